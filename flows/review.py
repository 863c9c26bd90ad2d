"""What a named operator decides about masses of changes, and how it reaches the CRM (RELIABILITY R7).

The decision is kept at once and waits only for a publication that is being written. Then the last night is published
again as it stands with the decision, under the run lock; where a run holds that, it publishes the decision itself.
"""

from dataclasses import dataclass, replace

import polars as pl

from flows import ledger
from flows.errors import InputError
from flows.ledger import RunLockedError
from flows.masses import until_settled
from flows.night import NightPlan, locked
from flows.profile import profile
from flows.publish import publish
from flows.resolve import resolve
from flows.runtime import Runtime
from flows.store import Store
from schemas.vocabulary import ChangeStatus, MassState, RunState

REVIEW, NIGHTS = "review", ("nightly", "backfill")
PUBLISHED = (RunState.DONE, RunState.DEGRADED)
RUNS_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision. `is_published`: False where the run under way publishes it."""

    mass_id: str
    state: MassState
    changes: int
    is_published: bool


def list_masses(store: Store) -> pl.DataFrame:
    """Every mass, those that wait first, with `standing`: how many of its changes its source still shows."""
    changes = store.read("executive_change").unique("change_id").select("change_id", "status")
    standing = (
        store.read("mass_change_members")
        .join(changes.filter(pl.col("status") != ChangeStatus.RETRACTED.value), on="change_id", how="semi")
        .group_by("mass_id")
        .agg(standing=pl.len())
    )
    masses = (
        store.read("mass_changes")
        .join(standing, on="mass_id", how="left")
        .with_columns(pl.col("standing").fill_null(0))
    )
    return masses.sort(pl.col("state") != MassState.HELD.value, "night", "mass_id")


def decide_mass(runtime: Runtime, mass_id: str, state: MassState, decided_by: str) -> Decided:
    """Keep the decision and publish it; said again, it is kept and published once.

    Raises:
        InputError: no mass has this id; names those that wait.
    """
    if not runtime.store.decide_mass(mass_id, state.value, decided_by, runtime.instant):
        masses = runtime.store.read("mass_changes")
        waiting = sorted(masses.filter(pl.col("state") == MassState.HELD.value)["mass_id"])
        raise InputError(f"--mass {mass_id!r}: no mass has this id; waiting: {', '.join(waiting) or 'none'}")
    members = runtime.store.read("mass_change_members").filter(pl.col("mass_id") == mass_id)
    try:
        with locked(runtime, NightPlan(kind=REVIEW)) as (run, report):
            report.summary |= until_settled(lambda: publish_again(runtime, run))
    except RunLockedError:
        return Decided(mass_id, state, members.height, is_published=False)
    return Decided(mass_id, state, members.height, is_published=True)


def publish_again(runtime: Runtime, run: ledger.Run) -> dict[str, object]:
    """Publish the last night as it stands: its own calendar day, nothing asked of any source."""
    last = last_published(runtime.store)
    if last is None:
        return {}
    night = replace(runtime, instant=last.instant)
    resolved = resolve(night, offline=bool((last.parameters or {}).get("offline")))
    profiled = profile(night, resolved)
    return publish(night, resolved, profiled, run, committed_at=runtime.instant)


def last_published(store: Store) -> ledger.Run | None:
    """The newest night or backfill that reached its end; None before the first."""
    runs = ledger.last_runs(store, RUNS_LOOKED_AT)
    return next((run for run in runs if run.kind in NIGHTS and run.state in PUBLISHED), None)
