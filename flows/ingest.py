"""Stage 1: every source is asked, its answers archived, parsed, held against objections, and saved as observations."""

from collections.abc import Iterator

import polars as pl

from connectors.contract import Connector
from flows.absence import close_what_is_gone
from flows.credentials import why_not_asked
from flows.diffusion import HeldBack, hold_back
from flows.judging import judge_loads, refused_payloads
from flows.page_people import remove_named_pages, remove_raw
from flows.privacy import withhold
from flows.readings import (
    ReadPayload,
    count_withheld,
    join_frames,
    read_again,
    read_payloads,
    split_into_nights,
)
from flows.runtime import Runtime
from flows.source_report import SourceReport
from flows.stored_rows import payload_rows, quarantine_rows, snapshot_rows
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ScopeKind


def ingest_source(
    runtime: Runtime, connector: Connector, window: Watermark, *, offline: bool, is_backfill: bool = False
) -> SourceReport:
    """Bring one source up to date, night by night in the order in which its answers were fetched.

    The watermark moves only when everything is saved. A source that fails keeps its old values; the report says why.
    A nightly offline run reads the whole archive whatever its dates, a backfill the answers fetched in its window.
    """
    report = SourceReport(connector.name)
    if not offline and (reason := why_not_asked(runtime.settings, connector)):
        report.notes.append(reason)
        return report
    if offline:
        payloads = archived(runtime, connector, window if is_backfill else Watermark())
    else:
        payloads = fetched(runtime, connector, window, report)
    read = list(read_payloads(runtime, connector, payloads, report))
    held = hold_back_answers(runtime, connector, read, report)
    nights = split_into_nights(list(read_again(runtime, connector, read, held)))
    named = remove_named_pages(runtime, connector, (item for night in nights for item in night))
    for night in nights:
        save_night(runtime, connector, night, held, report)
    remove_raw(runtime, connector.name, named)  # the register knows them only now
    report.unknown_fields = runtime.store.hear_fields(connector.name, report.unknown_fields, runtime.instant)
    if not offline and not is_backfill:
        keep_place(runtime, connector.name, window, report)
    return report


def keep_place(runtime: Runtime, source: str, window: Watermark, report: SourceReport) -> None:
    """Move the watermark of a source that was read whole; of one that stopped, keep only where it would go on."""
    if report.unavailable is None:
        until = window.until or runtime.instant
        runtime.store.move_watermark(source, until=until, moved_at=runtime.instant, cursor=report.cursor)
    elif report.cursor and report.cursor != dict(window.cursor):
        runtime.store.keep_cursor(source, report.cursor, runtime.instant)


def hold_back_answers(
    runtime: Runtime, connector: Connector, read: list[ReadPayload], report: SourceReport
) -> HeldBack:
    """Enforce objections and diffusion on these answers, on what they were asked and on what could not be read."""
    frames = join_frames(read)
    asked = {text for r in read for text in (r.payload.key, r.payload.url)}
    rejected = ((one.source_key, r.sha256) for r in read for one in r.batch.rejected if one.source_key)
    held = hold_back(runtime, connector, frames, asked, rejected)
    report.withheld = count_withheld(frames, held)
    return held


def fetched(runtime: Runtime, connector: Connector, window: Watermark, report: SourceReport) -> Iterator[Payload]:
    """Ask the source; the client lives as long as the answers are read. What it could not read is no refusal."""
    with runtime.client(connector) as client:
        try:
            yield from connector.fetch(client, window)
        finally:
            report.notes += client.notes
            report.cursor = dict(client.cursor)


def archived(runtime: Runtime, connector: Connector, window: Watermark) -> Iterator[Payload]:
    """The answers of this source in the archive that were fetched in the window, or all when it is open."""
    for entry in runtime.archive.entries(connector.name):
        if window.since and (entry.fetched_at is None or entry.fetched_at < window.since):
            continue
        if window.until and (entry.fetched_at is None or entry.fetched_at > window.until):
            continue
        yield runtime.archive.load(entry)


def save_night(
    runtime: Runtime, connector: Connector, night: list[ReadPayload], held: HeldBack, report: SourceReport
) -> None:
    """Save one night of one source: judge its loads, hold back what may not be stored, save, close what is gone."""
    verdicts = judge_loads(runtime, connector.name, night)
    refused = refused_payloads(verdicts)
    unbelieved = {v.load.unit_key for v in verdicts if v.load.kind is ScopeKind.ROSTER and not v.is_good}
    partial = held.withheld.partial_units
    frames = {name: believed_rows(name, frame, refused, partial) for name, frame in join_frames(night).items()}
    if unbelieved and "appointments" in frames:
        frames["appointments"] = frames["appointments"].filter(~pl.col("unit_key").is_in(list(unbelieved)))
    for name, frame in withhold(frames, held.withheld).items():
        counts = runtime.store.save_observations(name, frame)
        report.new_rows[name] += counts.new
        report.superseded += counts.superseded
    runtime.store.save_payloads(payload_rows(night))
    unnamed = tuple(held.withheld.natural_units)
    unread = quarantine_rows(connector.name, night, runtime.instant, unnamed)
    named = {key for key in unread["source_key"] if held.masker.named_in(key)}
    runtime.store.save_quarantine(unread.filter(~pl.col("source_key").is_in(list(named))))
    close_what_is_gone(runtime, connector.name, verdicts)
    nameless = pl.col("unit_key").is_in(unnamed)
    runtime.store.save_snapshots(snapshot_rows(connector.name, verdicts).filter(~nameless))
    report.refusals += [v.refusal for v in verdicts if v.refusal and v.refusal not in report.refusals]
    cut = [v.load.name for v in verdicts if not v.load.is_full and not v.refusal]
    report.incomplete += [name for name in cut if name not in report.incomplete]


def believed_rows(name: str, frame: pl.DataFrame, refused: frozenset[str], partial: frozenset[str]) -> pl.DataFrame:
    """The rows of a frame without those of refused loads; a unit under P is taken at its word even there."""
    is_refused = pl.col("payload_sha256").is_in(list(refused))
    if name in ("relationships", "pages"):
        return frame.filter(~is_refused)
    unit = pl.col("source_key" if name == "legal_units" else "unit_key")
    return frame.filter(~is_refused | unit.is_in(list(partial)))
