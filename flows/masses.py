"""Holds what changes too much in one night until a named operator has decided (RELIABILITY R7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import dataframely as dy
import polars as pl

from enrich.executives import end_replaced_mandates
from enrich.mass_changes import (
    count_officers,
    find_mass_changes,
    hold_mandates,
    hold_mass_changes,
    leave_unbelieved,
)
from flows.publication import DecisionsMovedError, MassDecisions
from flows.runtime import Runtime
from flows.store import Store
from schemas.frames import ExecutiveChange, Mandate, MassChange, MassMember, ProfileMember
from schemas.vocabulary import ChangeStatus, MassState

T = TypeVar("T")
BELIEVED = (ChangeStatus.NEW.value, ChangeStatus.CONFIRMED.value)
TRIES = 9  # each costs an operator who decides while the night is being written


@dataclass(frozen=True, slots=True)
class Believed:
    """What may be told of tonight's executives, and what is held."""

    mandates: dy.DataFrame[Mandate]
    changes: dy.DataFrame[ExecutiveChange]
    decisions: MassDecisions

    @property
    def held(self) -> list[str]:
        """The masses that wait for somebody, and of which a change still stands."""
        standing = self.changes.filter(pl.col("status") == ChangeStatus.REVIEW.value)
        waiting = self.decisions.masses.filter(pl.col("state") == MassState.HELD.value)
        members = self.decisions.members.join(standing, on="change_id", how="semi")
        return sorted(waiting.join(members, on="mass_id", how="semi")["mass_id"])


def hold_masses(
    runtime: Runtime,
    members: dy.DataFrame[ProfileMember],
    mandates: dy.DataFrame[Mandate],
    changes: dy.DataFrame[ExecutiveChange],
) -> Believed:
    """Keep mandates and changes as they were where too much of one kind came in one night.

    Only what stands on a profile is counted: nothing else is told.
    """
    masses, joined = read_masses(runtime.store)
    states = dict(masses.select("mass_id", "state").iter_rows())
    anchors = members.filter("is_anchor").select("entity_id").unique()
    shown = ExecutiveChange.cast(changes.join(anchors, on="entity_id", how="semi"))
    published = runtime.store.read("executive_change").filter(pl.col("status").is_in(BELIEVED))
    masses, joined = find_mass_changes(
        shown,
        masses,
        joined,
        count_officers(mandates),
        told=published["change_id"].unique().to_list(),
        at=runtime.instant,
    )
    unbelieved = leave_unbelieved(changes, masses, joined)
    others = ExecutiveChange.cast(changes.join(unbelieved, on="change_id", how="anti"))
    before = hold_mandates(end_replaced_mandates(mandates, others), unbelieved)
    return Believed(before, hold_mass_changes(changes, masses, joined), MassDecisions(states, masses, joined))


def read_masses(store: Store) -> tuple[dy.DataFrame[MassChange], dy.DataFrame[MassMember]]:
    """The masses so far, decided or not, and their changes."""
    return MassChange.cast(store.read("mass_changes")), MassMember.cast(store.read("mass_change_members"))


def until_settled(work: Callable[[], T]) -> T:
    """Do the work again when an operator decided about a mass while it was done.

    Raises:
        DecisionsMovedError: somebody keeps deciding.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except DecisionsMovedError:
            continue
    return work()
