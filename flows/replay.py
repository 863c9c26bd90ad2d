"""Reads a window of the archive again with today's parser, and changes only what that reads differently.

A re-reading is no observation: nothing new was seen. The same answer keeps its instant, so a version that was read
wrongly is corrected in place (DESIGN section 5: of versions that share observed_from one is kept), what today's parser
no longer finds in that very answer goes, and what it newly finds comes, dated as of the answer. Everything that other
answers told stays; what follows from the rows is worked out again by the later stages. No source is asked.

Nights are read whole, because how complete a list was is judged over all its pages. A list that was believed and that
today's reading would have refused is left as it was, and told: the new parser may be the one that is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from connectors.archive import ArchiveEntry
from connectors.contract import Connector
from flows.absence import close_what_is_gone
from flows.diffusion import HeldBack, without_rows
from flows.ingest import believed_rows, hold_back_answers
from flows.judging import judge_loads, refused_payloads
from flows.loads import Verdict
from flows.privacy import withhold
from flows.readings import (
    NIGHT_GAP,
    ReadPayload,
    join_frames,
    read_again,
    read_payloads,
    split_into_nights,
)
from flows.runtime import Runtime
from flows.source_report import SourceReport
from flows.stored_rows import payload_rows, quarantine_rows, snapshot_rows
from schemas.frames import OBSERVED_FRAMES
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ScopeKind

AN_INSTANT = timedelta(microseconds=1)


def replay_source(runtime: Runtime, connector: Connector, window: Watermark) -> SourceReport:
    """Read one source's archived answers of a window again, night by night; the watermark stays where it is.

    Args:
        runtime: store and archive; no client is made.
        connector: today's parser.
        window: since and until, both included; an answer without a fetch instant counts from the date it carries, or
            from the run that read it first.
    """
    report = SourceReport(connector.name)
    read = list(read_payloads(runtime, connector, answers_of(runtime, connector, window), report))
    held = hold_back_answers(runtime, connector, read, report)
    for night in split_into_nights(list(read_again(runtime, connector, read, held))):
        reread_night(runtime, connector, night, held, report)
    report.unknown_fields = runtime.store.hear_fields(connector.name, report.unknown_fields, runtime.instant)
    return report


def answers_of(runtime: Runtime, connector: Connector, window: Watermark) -> Iterator[Payload]:
    """The answers of every night that reaches into the window, whole nights, imported answers first."""
    since = _in_utc(window.since) or datetime.min.replace(tzinfo=UTC) + NIGHT_GAP
    until = _in_utc(window.until) or runtime.instant
    first_read = runtime.store.read_first_readings(connector.name)
    for entry in runtime.archive.find_imported(connector.name):
        payload = runtime.archive.load(entry)
        counts_from = connector.dated(payload) or first_read.get(entry.sha256)
        if counts_from is not None and since <= counts_from <= until:
            yield payload
    for entry in whole_nights(runtime, connector.name, since, until):
        yield runtime.archive.load(entry)


def whole_nights(runtime: Runtime, source: str, since: datetime, until: datetime) -> list[ArchiveEntry]:
    """What was fetched in the window, and the rest of its first and last night."""
    found = runtime.archive.find(source, since=since, until=until + AN_INSTANT)
    while found:
        first, last = (entry.fetched_at or since for entry in (found[0], found[-1]))
        wider = runtime.archive.find(source, since=first - NIGHT_GAP, until=last + NIGHT_GAP + AN_INSTANT)
        if len(wider) == len(found):
            break
        found = wider
    return found


@dataclass(frozen=True, slots=True)
class _Night:
    """What of one night may be read again, and at which instants nothing else was read."""

    items: list[ReadPayload]
    verdicts: list[Verdict]
    whole_instants: frozenset[datetime]


def reread_night(
    runtime: Runtime, connector: Connector, night: list[ReadPayload], held: HeldBack, report: SourceReport
) -> None:
    """Let today's reading of one night stand for the earlier one; a killed run is healed by the next."""
    source, store = connector.name, runtime.store
    again = leave_what_turned(runtime, source, night, report)
    if not again.items:
        return
    refused = refused_payloads(again.verdicts)
    rosters = {v.load.unit_key for v in again.verdicts if v.load.kind is ScopeKind.ROSTER and not v.is_good}
    frames = join_frames(again.items)
    if rosters and "appointments" in frames:
        frames["appointments"] = frames["appointments"].filter(~pl.col("unit_key").is_in(list(rosters)))
    believed = {n: believed_rows(n, frame, refused, held.withheld.partial_units) for n, frame in frames.items()}
    allowed = withhold(believed, held.withheld)
    loads = loads_of_answers(source, again.items)
    for name in OBSERVED_FRAMES:
        if name in connector.writes:
            frame = allowed[name] if name in allowed else without_rows(name)
            counts = store.reread_observations(name, frame, loads, again.whole_instants)
            report.new_rows[name] += counts.new
            report.superseded += counts.superseded
    store.save_payloads(payload_rows(again.items))
    unnamed = tuple(held.withheld.natural_units)
    unread = quarantine_rows(source, again.items, runtime.instant, unnamed)
    named = {key for key in unread["source_key"] if held.masker.named_in(key)}
    unread = unread.filter(~pl.col("source_key").is_in(list(named)))
    store.replace_quarantine(source, {item.sha256 for item in again.items}, unread)
    close_what_is_gone(runtime, source, again.verdicts)
    store.forget_unused_loads(loads)
    snapshots = snapshot_rows(source, again.verdicts).filter(~pl.col("unit_key").is_in(unnamed).fill_null(False))
    store.replace_snapshots(source, again.whole_instants, snapshots)
    report.refusals += [v.refusal for v in again.verdicts if v.refusal and v.refusal not in report.refusals]
    cut = [v.load.name for v in again.verdicts if not v.load.is_full and not v.refusal]
    report.incomplete += [name for name in cut if name not in report.incomplete]


def leave_what_turned(runtime: Runtime, source: str, night: list[ReadPayload], report: SourceReport) -> _Night:
    """The night without the answers of lists that were believed and would not be now; those are told as refused."""
    verdicts = judge_loads(runtime, source, night, again=True)
    snapshots = runtime.store.read_snapshots(source).filter("is_good")
    good = set(snapshots.select("scope", "observed_at").iter_rows())
    turned = [v for v in verdicts if v.refusal and (v.load.name, v.load.observed_at) in good]
    report.refusals += [f"{v.refusal}; read again: what was stored stays" for v in turned]
    left = frozenset(sha256 for v in turned for sha256 in v.load.payloads)
    items = [item for item in night if item.sha256 not in left]
    register = runtime.store.read("payloads").filter(pl.col("source") == source)
    unread = register.filter(~pl.col("sha256").is_in([item.sha256 for item in items]), ~WAS_REWRITTEN)
    return _Night(
        items,
        [v for v in verdicts if not v.load.payloads & left],
        frozenset(item.observed_from for item in items) - frozenset(unread["observed_from"]),
    )


# an address under which an answer stood before a record was taken out of it
WAS_REWRITTEN = pl.col("replaced_by").is_not_null() & (pl.col("replaced_by").str.len_chars() == 64)


def loads_of_answers(source: str, items: list[ReadPayload]) -> pl.DataFrame:
    """The answers as the store names loads (source, fetched_at, payload_sha256)."""
    rows = {(source, item.payload.fetched_at, item.sha256) for item in items}
    return pl.DataFrame(
        sorted(rows, key=lambda row: (row[2], str(row[1]))),
        schema={"source": pl.String, "fetched_at": pl.Datetime("us", "UTC"), "payload_sha256": pl.String},
        orient="row",
    )


def _in_utc(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)
