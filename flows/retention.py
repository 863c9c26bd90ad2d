"""Raw answers do not stay for ever: what `SourceTerms.retention_days` says is applied at the end of each night.

What stays, and why:
- An answer within its source's limit, and every answer of a source without one (open registers).
- Of a register beyond its limit: an answer that a standing version names as its evidence, because a published value
  must never lose the only thing that proves it. It goes with the night on which something newer stands instead. The
  other pages of its list stay with it, or the list would look cut when the archive is read again.
- Of pages of the open web (a connector that writes `pages`) nothing beyond the limit: they may show anybody. The rows
  keep their values, quotes and address; the register of payloads says `removed` where the raw answer was, so that
  evidence which points there is known to have no raw answer any more.

Rows and sightings are never touched here. An answer counts from its fetch, an imported one from the run that read it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from connectors.archive import ArchiveEntry
from connectors.contract import Connector, NotAnAnswerError
from flows.runtime import Runtime
from schemas.frames import OBSERVED_FRAMES

RAW_REMOVED = "removed"
SWEEP_PATIENCE = timedelta(hours=1)  # another command may be archiving right now


@dataclass(frozen=True, slots=True)
class Purged:
    """What was removed: raw answers past their limit, and files that killed processes had left."""

    answers: int = 0
    files: int = 0


def purge_expired(runtime: Runtime, now: datetime) -> Purged:
    """Remove raw answers past their source's limit and sweep the archive; only under the run lock.

    Args:
        runtime: store, archive, all connectors; its instant is what the limits count back from.
        now: wall-clock time, against which the age of files is held.
    """
    removed = sum(purge_source(runtime, connector) for connector in runtime.all_sources.values())
    return Purged(removed, runtime.archive.sweep(before=now - SWEEP_PATIENCE))


def purge_source(runtime: Runtime, connector: Connector) -> int:
    """Remove the raw answers of one source that may not stay any longer; returns how many."""
    days = connector.terms.retention_days
    if days is None:
        return 0
    expired = expired_answers(runtime, connector.name, runtime.instant - timedelta(days=days))
    if "pages" not in connector.writes:
        expired = without_needed(runtime, connector, expired)
    if not expired:
        return 0
    going = {entry.entry_id for entry in expired}
    left = {e.sha256 for e in runtime.archive.entries(connector.name) if e.entry_id not in going}
    runtime.store.mark_removed(connector.name, {entry.sha256 for entry in expired} - left, RAW_REMOVED)
    with runtime.archive.together():
        for entry in expired:
            runtime.archive.delete(entry)
    return len(expired)


def expired_answers(runtime: Runtime, source: str, limit: datetime) -> list[ArchiveEntry]:
    """What was fetched, or first read, before the limit."""
    first_read = runtime.store.read_first_readings(source)
    imported = runtime.archive.find_imported(source)
    old = [entry for entry in imported if (at := first_read.get(entry.sha256)) is not None and at < limit]
    return [*old, *runtime.archive.find(source, until=limit)]


def without_needed(runtime: Runtime, connector: Connector, expired: Iterable[ArchiveEntry]) -> list[ArchiveEntry]:
    """The answers on which no standing version rests, nor a list of which a page stays."""
    needed = {
        sha256
        for name in OBSERVED_FRAMES
        if name in connector.writes
        for sha256 in runtime.store.read_current(name).filter(pl.col("source") == connector.name)["payload_sha256"]
    }
    answers = list(expired)
    if not any(entry.sha256 in needed for entry in answers):
        return answers
    lists = {entry.entry_id: lists_in(runtime, connector, entry) for entry in answers}
    staying = {entry.entry_id for entry in answers if entry.sha256 in needed}
    kept_lists = {one for entry_id in staying for one in lists[entry_id]}
    return [e for e in answers if e.entry_id not in staying and not lists[e.entry_id] & kept_lists]


def lists_in(runtime: Runtime, connector: Connector, entry: ArchiveEntry) -> frozenset[tuple[str, str]]:
    """The lists of several pages of which this answer is one: name and day."""
    try:
        batches = list(connector.parse(runtime.archive.load(entry)))
    except NotAnAnswerError:
        return frozenset()
    day = entry.fetched_at.date().isoformat() if entry.fetched_at else ""
    return frozenset((scope.name, day) for batch in batches for scope in batch.scopes if scope.pages > 1)
