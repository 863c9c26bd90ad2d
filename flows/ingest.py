"""Stage 1: every source is asked, its answers archived, parsed, held against objections, and saved as observations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from connectors.contract import Batch, Connector, NotAnAnswerError, SourceUnavailableError
from enrich.executives import is_believable_roster
from flows.diffusion import HeldBack, hold_back
from flows.loads import Load, Page, Verdict, join_pages, judge_list
from flows.privacy import withhold
from flows.runtime import Runtime
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ScopeKind

NIGHT_GAP = timedelta(hours=12)  # a pause this long between two answers of one source begins another night


@dataclass
class SourceReport:
    """What one source brought tonight; counts for the ledger and for people."""

    source: str
    payloads: int = 0
    records: int = 0
    parsed: Counter[str] = field(default_factory=Counter)
    new_rows: Counter[str] = field(default_factory=Counter)
    superseded: int = 0
    quarantined: int = 0
    withheld: int = 0
    refused_payloads: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    unknown_fields: set[str] = field(default_factory=set)
    unavailable: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nothing was refused."""
        return not (self.refused_payloads or self.refusals or self.unavailable)


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """One payload with what it says and the instant from which it counts."""

    payload: Payload
    sha256: str
    batch: Batch
    observed_from: datetime


def ingest_source(
    runtime: Runtime, connector: Connector, window: Watermark, *, offline: bool, is_backfill: bool = False
) -> SourceReport:
    """Bring one source up to date, night by night in the order in which its answers were fetched.

    The watermark moves only when everything is saved. A source that fails keeps its old values; the report says why.
    A nightly offline run reads the whole archive whatever its dates, a backfill the answers fetched in its window.
    """
    report = SourceReport(connector.name)
    if offline:
        payloads = archived(runtime, connector, window if is_backfill else Watermark())
    else:
        payloads = fetched(runtime, connector, window)
    read = list(read_payloads(runtime, connector, payloads, report))
    frames = join_frames(read)
    held = hold_back(runtime, connector, frames, {text for r in read for text in (r.payload.key, r.payload.url)})
    report.withheld = count_withheld(frames, held)
    for night in split_into_nights(list(read_again(runtime, connector, read, held))):
        save_night(runtime, connector, night, held, report)
    if not offline and not is_backfill and report.unavailable is None:
        runtime.store.move_watermark(connector.name, until=window.until or runtime.instant, moved_at=runtime.instant)
    return report


def fetched(runtime: Runtime, connector: Connector, window: Watermark) -> Iterator[Payload]:
    """Ask the source; the client lives as long as the answers are read."""
    with runtime.client(connector) as client:
        yield from connector.fetch(client, window)


def archived(runtime: Runtime, connector: Connector, window: Watermark) -> Iterator[Payload]:
    """The answers of this source in the archive that were fetched in the window, or all when it is open."""
    for entry in runtime.archive.entries(connector.name):
        if window.since and (entry.fetched_at is None or entry.fetched_at < window.since):
            continue
        if window.until and (entry.fetched_at is None or entry.fetched_at > window.until):
            continue
        yield runtime.archive.load(entry)


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
    """How many units and appointments of these answers are held back, whole or in part."""
    units = held.withheld.natural_units | held.withheld.partial_units
    told = set(frames["legal_units"]["source_key"]) if "legal_units" in frames else set()
    return len(told & units) + len(held.withheld.appointments)


def split_into_nights(read: list[ReadPayload]) -> list[list[ReadPayload]]:
    """Group answers by fetch: absences are judged night after night, never across nights."""
    nights: list[list[ReadPayload]] = []
    for item in sorted(read, key=lambda r: (r.observed_from, r.sha256)):
        if not nights or item.observed_from - nights[-1][-1].observed_from > NIGHT_GAP:
            nights.append([])
        nights[-1].append(item)
    return nights


def save_night(
    runtime: Runtime, connector: Connector, night: list[ReadPayload], held: HeldBack, report: SourceReport
) -> None:
    """Save one night of one source: judge its loads, hold back what may not be stored, save, close what is gone."""
    verdicts = judge_loads(runtime, connector.name, night)
    refused = frozenset(sha for v in verdicts if v.refusal and v.load.kind is ScopeKind.LIST for sha in v.load.payloads)
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
    runtime.store.save_quarantine(quarantine_rows(connector.name, night, runtime.instant, unnamed))
    close_what_is_gone(runtime, connector.name, verdicts)
    nameless = pl.col("unit_key").is_in(unnamed)
    runtime.store.save_snapshots(snapshot_rows(connector.name, verdicts).filter(~nameless))
    report.refusals += [v.refusal for v in verdicts if v.refusal and v.refusal not in report.refusals]
    cut = [v.load.name for v in verdicts if not v.load.is_full and not v.refusal]
    report.incomplete += [name for name in cut if name not in report.incomplete]


def believed_rows(name: str, frame: pl.DataFrame, refused: frozenset[str], partial: frozenset[str]) -> pl.DataFrame:
    """The rows of a frame without those of refused loads; a unit under P is taken at its word even there."""
    is_refused = pl.col("payload_sha256").is_in(list(refused))
    if name == "relationships":
        return frame.filter(~is_refused)
    unit = pl.col("source_key" if name == "legal_units" else "unit_key")
    return frame.filter(~is_refused | unit.is_in(list(partial)))


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


def judge_loads(runtime: Runtime, source: str, night: list[ReadPayload]) -> list[Verdict]:
    """Join tonight's pages and hold each load against the earlier ones of its scope.

    A load that was judged before (the archive is read again) keeps its verdict.
    """
    loads = join_pages(Page(scope, item.sha256, item.observed_from) for item in night for scope in item.batch.scopes)
    history = loads_by_scope(runtime.store.read_snapshots(source), loads)
    judged = {
        (scope, row["observed_at"], row["count"]): (row["is_good"], row["reason"])
        for scope, rows in history.items()
        for row in rows
    }
    unjudged = [load for load in loads if (load.name, load.observed_at, len(load.keys)) not in judged]
    rosters = [load for load in unjudged if load.kind is ScopeKind.ROSTER]
    officers = officers_before(runtime.store.read_history("appointments"), source, rosters) if rosters else {}
    verdicts = []
    for load in loads:
        earlier = judged.get((load.name, load.observed_at, len(load.keys)))
        before = [row for row in history.get(load.name, ()) if row["observed_at"] < load.observed_at]
        if earlier is not None:
            verdicts.append(Verdict(load, *earlier))
        elif load.kind is ScopeKind.ROSTER:
            verdicts.append(judge_roster(load, officers.get(load.name, set()), loads_unbelieved(before, load)))
        else:
            verdicts.append(judge_list(load, [row["count"] for row in before if row["is_good"] and row["is_full"]]))
    return verdicts


def loads_by_scope(snapshots: pl.DataFrame, loads: Sequence[Load]) -> dict[str, list[dict[str, Any]]]:
    """The earlier loads of tonight's scopes, newest first."""
    asked = pl.DataFrame({"scope": [load.name for load in loads]}, schema={"scope": pl.String})
    found: dict[str, list[dict[str, Any]]] = {}
    earlier = snapshots.join(asked, on="scope", how="semi").sort("scope", "observed_at", descending=[False, True])
    for row in earlier.select("scope", "observed_at", "count", "is_full", "is_good", "reason").iter_rows(named=True):
        found.setdefault(row["scope"], []).append(row)
    return found


def officers_before(history: pl.DataFrame, source: str, rosters: Sequence[Load]) -> dict[str, set[str]]:
    """By roster the appointments of its unit as they stood just before it; one join for all rosters."""
    stood = (pl.col("observed_from") < pl.col("at")) & (
        pl.col("observed_to").is_null() | (pl.col("observed_to") >= pl.col("at"))
    )
    known = history.filter(pl.col("source") == source).join(load_rows(rosters), on="unit_key").filter(stood)
    found: dict[str, set[str]] = {}
    for scope, source_key in known.select("scope", "source_key").iter_rows():
        found.setdefault(scope, set()).add(source_key)
    return found


def load_rows(loads: Sequence[Load]) -> pl.DataFrame:
    """Loads as rows: scope, list_kind (what stands before its colon), unit_key and the instant `at`."""
    return pl.DataFrame(
        [(load.name, load.name.partition(":")[0], load.unit_key, load.observed_at) for load in loads],
        schema={
            "scope": pl.String,
            "list_kind": pl.String,
            "unit_key": pl.String,
            "at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )


LOADS_TO_CONVINCE = 2  # a roster that was not believed is, when it comes back the same a third time


def loads_unbelieved(before: Sequence[Mapping[str, Any]], load: Load) -> int:
    """How many loads of this roster in a row, up to this one, said the same and were not believed.

    Args:
        before: the earlier loads of the roster, newest first (is_good, count).
        load: tonight's.
    """
    count = 0
    for row in before:
        if row["is_good"] or row["count"] != len(load.keys):
            break
        count += 1
    return count


def judge_roster(load: Load, known: set[str], unbelieved: int = 0) -> Verdict:
    """A roster that is suddenly empty or mostly gone is an error page, not a mass resignation (R8).

    Unless it says so for the third time: a company can change most of its officers, and its old roster never comes
    back. An empty roster is never believed.
    """
    missing = len(known - load.keys)
    is_insistent = unbelieved >= LOADS_TO_CONVINCE and len(load.keys) > 0
    if is_insistent or is_believable_roster(len(known), missing, len(load.keys)):
        return Verdict(load, is_good=load.is_full)
    return Verdict(load, False, f"{load.name}: {missing} of {len(known)} officers gone at once: not believed")


def close_what_is_gone(runtime: Runtime, source: str, verdicts: list[Verdict]) -> None:
    """A good full load ends the rows of its scope that stood at its instant and that it misses.

    A load that comes late does so too, in the past: whatever order answers come in, the versions are the same.
    """
    for frame in ("appointments", "relationships"):
        closing = [v.load for v in verdicts if v.is_good and v.load.is_full and v.load.frame == frame]
        if not closing:
            continue
        history = runtime.store.read_history(frame).filter(pl.col("source") == source)
        gone = missed_rows(history, frame, closing)
        for (at,), rows in gone.group_by("at", maintain_order=True):
            runtime.store.close_observations(frame, source, rows["source_key"], at)


LIST_KINDS = pl.DataFrame(
    [
        ("direct-children", "directly_consolidated_by", True),
        ("ultimate-children", "ultimately_consolidated_by", True),
        ("direct-child-relationships", "directly_consolidated_by", False),
        ("ultimate-child-relationships", "ultimately_consolidated_by", False),
    ],
    schema=["list_kind", "kind", "is_implied"],
    orient="row",
)


def missed_rows(history: pl.DataFrame, frame: str, loads: Sequence[Load]) -> pl.DataFrame:
    """The rows (source_key, at) that stood at the instant of a load which speaks of them and does not list them.

    A load speaks of one unit's officers, or of one parent's list of children; a query lists what matched, and what
    does not match has not gone.
    """
    asked = load_rows(loads)
    if frame == "appointments":
        covered = history.join(asked, on="unit_key")
    else:
        parents = asked.join(LIST_KINDS, on="list_kind").rename({"unit_key": "parent_key"})
        implied = history.with_columns(is_implied=pl.col("source_key").str.ends_with("|list"))
        covered = implied.join(parents, on=["parent_key", "kind", "is_implied"])
    stood = (pl.col("observed_from") < pl.col("at")) & (
        pl.col("observed_to").is_null() | (pl.col("observed_to") > pl.col("at"))
    )
    listed = pl.DataFrame(
        [(load.name, key) for load in loads for key in load.keys],
        schema={"scope": pl.String, "source_key": pl.String},
        orient="row",
    )
    missed = covered.filter(stood).join(listed, on=["scope", "source_key"], how="anti")
    return missed.select("source_key", "at").unique().sort("at", "source_key")


def payload_rows(night: list[ReadPayload]) -> pl.DataFrame:
    """The register of payloads: what evidence points to."""
    return pl.DataFrame(
        [
            {
                "source": item.payload.source,
                "sha256": item.sha256,
                "key": item.payload.key,
                "url": item.payload.url,
                "fetched_at": item.payload.fetched_at,
                "observed_from": item.observed_from,
            }
            for item in night
        ],
        schema={
            "source": pl.String,
            "sha256": pl.String,
            "key": pl.String,
            "url": pl.String,
            "fetched_at": pl.Datetime("us", "UTC"),
            "observed_from": pl.Datetime("us", "UTC"),
        },
    )


def quarantine_rows(
    source: str, night: list[ReadPayload], instant: datetime, unnamed: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Every record that could not be read, with its reason; none of a unit that may not be named."""
    return pl.DataFrame(
        [
            {
                "source": source,
                "payload_sha256": item.sha256,
                "source_key": rejected.source_key or f"#{number}",
                "reason": rejected.reason,
                "first_seen_at": instant,
            }
            for item in night
            for number, rejected in enumerate(item.batch.rejected, start=1)
            if not (rejected.source_key or "").startswith(unnamed)
        ],
        schema={
            "source": pl.String,
            "payload_sha256": pl.String,
            "source_key": pl.String,
            "reason": pl.String,
            "first_seen_at": pl.Datetime("us", "UTC"),
        },
    )


def snapshot_rows(source: str, verdicts: list[Verdict]) -> pl.DataFrame:
    """How complete each load was."""
    return pl.DataFrame(
        [
            {
                "source": source,
                "scope": v.load.name,
                "observed_at": v.load.observed_at,
                "kind": v.load.kind.value,
                "frame": v.load.frame,
                "unit_key": v.load.unit_key,
                "night": v.load.observed_at.date(),
                "is_full": v.load.is_full,
                "is_good": v.is_good,
                "count": len(v.load.keys),
                "reason": v.refusal,
            }
            for v in verdicts
        ],
        schema={
            "source": pl.String,
            "scope": pl.String,
            "observed_at": pl.Datetime("us", "UTC"),
            "kind": pl.String,
            "frame": pl.String,
            "unit_key": pl.String,
            "night": pl.Date,
            "is_full": pl.Boolean,
            "is_good": pl.Boolean,
            "count": pl.Int32,
            "reason": pl.String,
        },
    )
