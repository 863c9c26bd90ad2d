"""Reads the answers of one source: each is parsed into what it says, joined with the rest of its night."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from connectors.contract import Batch, Connector, NotAnAnswerError, SourceUnavailableError
from flows.diffusion import HeldBack
from flows.runtime import Runtime
from flows.source_report import SourceReport
from schemas.provenance import Payload

NIGHT_GAP = timedelta(hours=12)  # a pause this long between two answers of one source begins another night


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """One payload with what it says and the instant from which it counts."""

    payload: Payload
    sha256: str
    batch: Batch
    observed_from: datetime


def read_payloads(
    runtime: Runtime, connector: Connector, payloads: Iterable[Payload], report: SourceReport
) -> Iterator[ReadPayload]:
    """Parse each answer; what is no answer of the source is refused by name and the next one is read."""
    first_read = runtime.store.read_first_readings(connector.name)
    iterator = iter(payloads)
    while True:
        try:
            payload = next(iterator)
        except StopIteration:
            return
        except SourceUnavailableError as error:
            report.unavailable = str(error)
            return
        report.payloads += 1
        sha256 = payload.sha256
        counts_from = payload.fetched_at or connector.dated(payload) or first_read.get(sha256, runtime.instant)
        try:
            batches = list(connector.parse(payload))
        except NotAnAnswerError as error:
            report.refused_payloads.append(f"{payload.url or payload.key}: {error}")
            continue
        for batch in batches:
            report.records += batch.records
            report.quarantined += len(batch.rejected)
            report.unknown_fields.update(batch.unknown_fields)
            report.parsed.update({name: frame.height for name, frame in batch.frames.items()})
            yield ReadPayload(payload, sha256, batch, counts_from)


def read_again(
    runtime: Runtime, connector: Connector, read: list[ReadPayload], held: HeldBack
) -> Iterator[ReadPayload]:
    """The answers as they stand in the archive now, so that this run stores what every later one will read."""
    entries = {e.sha256: e for e in runtime.archive.entries(connector.name)} if held.rewritten else {}
    known: set[tuple[str, str, datetime | None]] = set()
    for item in read:
        payload, sha256 = item.payload, held.rewritten.get(item.sha256, item.sha256)
        if item.sha256 not in held.rewritten:
            yield replace(item, payload=held.masker.mask(payload, held_them=False))
        elif sha256 in entries and (sha256, payload.key, payload.fetched_at) not in known:
            known.add((sha256, payload.key, payload.fetched_at))
            masked = held.masker.mask(payload, held_them=True)
            left = replace(masked, body=runtime.archive.load(entries[sha256]).body)
            for batch in connector.parse(left):
                yield ReadPayload(left, sha256, batch, item.observed_from)


def count_withheld(frames: Mapping[str, pl.DataFrame], held: HeldBack) -> int:
    """How many units, appointments and notices of these answers are held back, whole or in part."""
    units = held.withheld.natural_units | held.withheld.partial_units
    told = set(frames["legal_units"]["source_key"]) if "legal_units" in frames else set()
    return len(told & units) + len(held.withheld.appointments) + len(held.withheld.notices)


def split_into_nights(read: list[ReadPayload]) -> list[list[ReadPayload]]:
    """Group answers by fetch: absences are judged night after night, never across nights."""
    nights: list[list[ReadPayload]] = []
    for item in sorted(read, key=lambda r: (r.observed_from, r.sha256)):
        if not nights or item.observed_from - nights[-1][-1].observed_from > NIGHT_GAP:
            nights.append([])
        nights[-1].append(item)
    return nights


def join_frames(night: list[ReadPayload]) -> dict[str, pl.DataFrame]:
    """All rows of a night by frame, each stamped with its payload and the instant from which it counts."""
    stamped: dict[str, list[pl.DataFrame]] = {}
    for item in night:
        for name, frame in item.batch.frames.items():
            stamped.setdefault(name, []).append(
                frame.with_columns(
                    pl.lit(item.observed_from, pl.Datetime("us", "UTC")).alias("observed_from"),
                    pl.lit(item.payload.fetched_at, pl.Datetime("us", "UTC")).alias("fetched_at"),
                    pl.lit(item.sha256).alias("payload_sha256"),
                )
            )
    return {name: pl.concat(parts) for name, parts in stamped.items()}
