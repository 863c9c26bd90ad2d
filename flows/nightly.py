"""The nightly flow: Prefect calls the stages of `flows.night`; frames never pass through Prefect's results."""

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.moments import parse_instant
from flows.night import NightPlan, NightReport, play_night

T = TypeVar("T")

# What became of the run, also when Prefect itself fails behind it (RELIABILITY R15).
progress: ContextVar[list[NightReport | None] | None] = ContextVar("progress", default=None)


@task(name="stage", task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def run_stage(name: str, work: Callable[[], T]) -> T:
    """One stage of one source: the size of a Prefect task."""
    return work()


def call_as_task(name: str, work: Callable[[], T]) -> T:
    """Call a stage as a Prefect task."""
    return run_stage(name, work)


def play_with_prefect(plan: NightPlan) -> NightReport:
    """Play the plan with its stages as tasks, and leave word of how far it came."""
    seen = progress.get()
    if seen is not None:
        seen.append(None)
    report = play_night(plan, call_as_task)
    if seen is not None:
        seen.append(report)
    return report


@flow(name="nightly", persist_result=False, validate_parameters=True)
def nightly(
    at: str | None = None,
    accounts: str | None = None,
    sources: list[str] | None = None,
    offline: bool = False,
) -> None:
    """One night: ingest, resolve, profile, publish.

    Args:
        at: the run's instant (ISO); the clock's when empty.
        accounts: path of the CRM's accounts file; the last run's accounts when empty.
        sources: only these sources; all when empty.
        offline: read the archive and ask no source.
    """
    play_with_prefect(
        NightPlan(
            instant=parse_instant(at or None),
            accounts=Path(accounts) if accounts else None,
            sources=tuple(sources or ()),
            offline=offline,
        )
    )
