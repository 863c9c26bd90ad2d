"""One night as plain functions: the lock, the four stages in order, the ledger. Prefect is only a way to call it."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from connectors.contract import Connector
from flows import ledger
from flows.accounts import read_accounts
from flows.ingest import ingest_source
from flows.masses import until_settled
from flows.profile import profile
from flows.publish import publish
from flows.replay import replay_source
from flows.resolve import Resolved, resolve
from flows.retention import purge_expired
from flows.runtime import Runtime, now, open_runtime
from flows.settings import read_settings
from flows.source_report import SourceReport
from flows.store import DatabaseUnavailableError
from flows.universe import window_for
from schemas.provenance import Watermark
from schemas.vocabulary import RunState

T = TypeVar("T")
HEARTBEAT_SECONDS = 30.0
UNIVERSE_OF_ARCHIVE = "archive"  # the reason that an offline night notes
PRIVATE_ADDRESSES_ALLOWED = (
    "private addresses are ALLOWED (GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES=1): sources may stand on loopback or private "
    "networks; meant for test servers and mirrors"
)


class CallStage(Protocol):
    """How a stage is called: plainly, or as a Prefect task of that name."""

    def __call__(self, name: str, work: Callable[[], T]) -> T:
        """Do the work under this name."""
        ...


def call_plainly(name: str, work: Callable[[], T]) -> T:
    """Call a stage without Prefect."""
    return work()


@dataclass(frozen=True, slots=True)
class NightPlan:
    """What a run was asked to do.

    Attributes:
        kind: nightly or backfill. instant: the run's instant, None for the clock's.
        accounts: the CRM's accounts file, None to keep the accounts of the last run.
        sources: only these; empty for all. offline: read the archive, ask no source.
        since, until: the days of a backfill, both included.
    """

    kind: str = "nightly"
    instant: datetime | None = None
    accounts: Path | None = None
    sources: tuple[str, ...] = ()
    offline: bool = False
    since: date | None = None
    until: date | None = None


@dataclass
class NightReport:
    """What a run did, for the command line and the ledger."""

    run_id: str = ""
    state: RunState = RunState.DONE
    sources: list[SourceReport] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether a source or some input was refused (exit code 3)."""
        return any(not source.is_clean for source in self.sources)


def play_night(plan: NightPlan, call: CallStage = call_plainly) -> NightReport:
    """Run ingest, resolve, profile and publish once, under the lock.

    Raises:
        RunLockedError: another run holds the lock.
        InputError: the accounts file cannot be read (nothing is stored then).
    """
    accounts = read_accounts(plan.accounts) if plan.accounts else None
    with open_runtime(read_settings(), plan.instant, plan.sources) as runtime, locked(runtime, plan) as (run, report):
        if runtime.settings.allow_private_addresses:
            print(PRIVATE_ADDRESSES_ALLOWED, file=sys.stderr)
        if accounts is not None:
            runtime.store.sync("crm_accounts", accounts)
        for name, connector in runtime.sources.items():
            report.sources.append(call(f"ingest-{name}", ingestion(runtime, connector, plan)))
        resolved = call("resolve", lambda: resolve(runtime, offline=covers_archive(runtime, plan)))
        report.summary |= until_settled(lambda: profile_and_publish(runtime, resolved, run, call))
        purged = call("purge", lambda: purge_expired(runtime, now()))
        report.summary["archive"] = {"answers_removed": purged.answers, "files_swept": purged.files}
        report.summary["sources"] = {s.source: summarise(s) for s in report.sources}
        report.state = RunState.DEGRADED if report.is_refused else RunState.DONE
        return report


def profile_and_publish(runtime: Runtime, resolved: Resolved, run: ledger.Run, call: CallStage) -> dict[str, Any]:
    """The last two stages, which an operator's decision may ask for once more."""
    profiled = call("profile", lambda: profile(runtime, resolved))
    return call("publish", lambda: publish(runtime, resolved, profiled, run))


def check_plan(plan: NightPlan) -> None:
    """See that the run could start: accounts file, settings, sources, policy, database, lock. Changes nothing.

    Raises:
        InputError, SettingsError, DatabaseUnavailableError, RunLockedError: as `play_night` would.
    """
    if plan.accounts:
        read_accounts(plan.accounts)
    with open_runtime(read_settings(), plan.instant, plan.sources) as runtime:
        ledger.refuse_if_held(runtime.store, now())


def ingestion(runtime: Runtime, connector: Connector, plan: NightPlan) -> Callable[[], SourceReport]:
    """The work of one source, its window taken when it starts: an earlier source may have named new identifiers."""

    def work() -> SourceReport:
        window = window_of(plan, window_for(runtime, connector))
        if plan.kind == "backfill" and plan.offline:
            return replay_source(runtime, connector, window)
        return ingest_source(runtime, connector, window, offline=plan.offline, is_backfill=plan.kind == "backfill")

    return work


def covers_archive(runtime: Runtime, plan: NightPlan) -> bool:
    """Whether the universe is everything in the archive: offline, but a backfill keeps to what nights have covered."""
    if plan.kind != "backfill":
        return plan.offline
    return plan.offline and UNIVERSE_OF_ARCHIVE in set(runtime.store.read("universe")["reason"])


def window_of(plan: NightPlan, window: Watermark) -> Watermark:
    """The night's window, or the days of a backfill."""
    if plan.since is None or plan.until is None:
        return window
    first = datetime.combine(plan.since, datetime.min.time(), tzinfo=window.until.tzinfo if window.until else None)
    last = datetime.combine(plan.until, datetime.max.time(), tzinfo=first.tzinfo)
    return replace(window, since=first, until=last, cursor={})


def summarise(report: SourceReport) -> dict[str, Any]:
    """One source's counts as plain JSON."""
    return {
        "payloads": report.payloads,
        "records": report.records,
        "parsed": dict(sorted(report.parsed.items())),
        "new_rows": {name: count for name, count in sorted(report.new_rows.items()) if count},
        "superseded": report.superseded,
        "quarantined": report.quarantined,
        "withheld": report.withheld,
        "refused": [*report.refused_payloads, *report.refusals],
        "incomplete": report.incomplete,
        "unknown_fields": sorted(report.unknown_fields),
        "unavailable": report.unavailable,
        "notes": report.notes,
    }


@contextmanager
def locked(runtime: Runtime, plan: NightPlan) -> Iterator[tuple[ledger.Run, NightReport]]:
    """Hold the run lock with a heartbeat; the ledger learns how it ended."""
    holder = f"{socket.gethostname()}:{os.getpid()}"
    run = ledger.acquire(runtime.store, plan.kind, runtime.instant, holder, now(), parameters=parameters_of(plan))
    report = NightReport(run_id=run.run_id)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(runtime, run, stop), name="heartbeat", daemon=True)
    beat.start()
    try:
        yield run, report
    except BaseException as error:
        stop.set()
        beat.join()
        # the name alone: a message may quote a record
        summary = {**report.summary, "error": type(error).__name__}
        with suppress(DatabaseUnavailableError):  # then the lock grows stale, and the next run marks this one crashed
            ledger.finish(runtime.store, run, RunState.FAILED, summary, now())
        raise
    stop.set()
    beat.join()
    ledger.finish(runtime.store, run, report.state, report.summary, now())


def _beat(runtime: Runtime, run: ledger.Run, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        ledger.heartbeat(runtime.store, run, now())


def parameters_of(plan: NightPlan) -> dict[str, Any]:
    """The plan as the JSON that the ledger keeps."""
    return {
        "accounts": plan.accounts.name if plan.accounts else None,
        "sources": list(plan.sources),
        "offline": plan.offline,
        "since": plan.since.isoformat() if plan.since else None,
        "until": plan.until.isoformat() if plan.until else None,
    }
