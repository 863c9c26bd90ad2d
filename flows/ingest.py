"""Stage 1: every source is asked, its answers archived, parsed, held against objections, and saved as observations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from connectors.contract import Batch, Connector, NotAnAnswerError, SourceUnavailableError
from enrich.executives import is_believable_roster
from flows.erasure import conceal_units, erase_persons, lift_diffusion, mask_units
from flows.loads import Load, Page, Verdict, join_pages, judge_list
from flows.privacy import SCOPE_DIFFUSION, find_withheld, withhold
from flows.runtime import Runtime
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import Diffusion, ScopeKind

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
    for night in split_into_nights(read):
        save_night(runtime, connector, night, report)
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


def split_into_nights(read: list[ReadPayload]) -> list[list[ReadPayload]]:
    """Group answers by fetch: absences are judged night after night, never across nights."""
    nights: list[list[ReadPayload]] = []
    for item in sorted(read, key=lambda r: (r.observed_from, r.sha256)):
        if not nights or item.observed_from - nights[-1][-1].observed_from > NIGHT_GAP:
            nights.append([])
        nights[-1].append(item)
    return nights


def save_night(runtime: Runtime, connector: Connector, night: list[ReadPayload], report: SourceReport) -> None:
    """Save one night of one source: judge its loads, hold back what may not be stored, save, close what is gone."""
    verdicts = judge_loads(runtime, connector.name, night)
    refused = frozenset(sha for v in verdicts if v.refusal and v.load.kind is ScopeKind.LIST for sha in v.load.payloads)
    unbelieved = {v.load.unit_key for v in verdicts if v.load.kind is ScopeKind.ROSTER and not v.is_good}
    frames = join_frames([item for item in night if item.sha256 not in refused])
    if unbelieved and "appointments" in frames:
        frames["appointments"] = frames["appointments"].filter(~pl.col("unit_key").is_in(list(unbelieved)))
    frames, withheld, replaced = hold_back(runtime, connector, frames, report)
    for name, frame in frames.items():
        counts = runtime.store.save_observations(name, frame)
        report.new_rows[name] += counts.new
        report.superseded += counts.superseded
    runtime.store.save_payloads(payload_rows(night, replaced))
    unnamed = pl.col("source_key").is_in(list(withheld))
    runtime.store.save_quarantine(quarantine_rows(connector.name, night, runtime.instant).filter(~unnamed))
    close_what_is_gone(runtime, connector.name, verdicts)
    nameless = pl.col("unit_key").is_in(list(withheld))
    runtime.store.save_snapshots(snapshot_rows(connector.name, verdicts).filter(~nameless))
    report.refusals += [v.refusal for v in verdicts if v.refusal and v.refusal not in report.refusals]
    cut = [v.load.name for v in verdicts if not v.load.is_full and not v.refusal]
    report.incomplete += [name for name in cut if name not in report.incomplete]


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
    history = runtime.store.read_snapshots(source)
    judged = {
        (row["scope"], row["observed_at"], row["count"]): (row["is_good"], row["reason"])
        for row in history.iter_rows(named=True)
    }
    good = history.filter("is_good", "is_full").sort("observed_at", descending=True)
    good_loads: dict[str, list[tuple[datetime, int]]] = {}
    for scope, observed_at, count in good.select("scope", "observed_at", "count").iter_rows():
        good_loads.setdefault(scope, []).append((observed_at, count))
    officers = runtime.store.read_history("appointments").filter(pl.col("source") == source)
    verdicts = []
    for load in loads:
        earlier = judged.get((load.name, load.observed_at, len(load.keys)))
        if earlier is not None:
            verdicts.append(Verdict(load, *earlier))
        elif load.kind is ScopeKind.ROSTER:
            unbelieved = loads_unbelieved(history, load)
            verdicts.append(judge_roster(load, officers_before(officers, load), unbelieved))
        else:
            counts = [count for observed_at, count in good_loads.get(load.name, []) if observed_at < load.observed_at]
            verdicts.append(judge_list(load, counts))
    return verdicts


def officers_before(history: pl.DataFrame, load: Load) -> set[str]:
    """The appointments of one unit as they stood just before the load."""
    stood = (pl.col("observed_from") < load.observed_at) & (
        pl.col("observed_to").is_null() | (pl.col("observed_to") >= load.observed_at)
    )
    return set(history.filter(stood & (pl.col("unit_key") == load.unit_key))["source_key"])


LOADS_TO_CONVINCE = 2  # a roster that was not believed is, when it comes back the same a third time


def loads_unbelieved(history: pl.DataFrame, load: Load) -> int:
    """How many loads of this roster in a row, up to this one, said the same and were not believed."""
    earlier = history.filter((pl.col("scope") == load.name) & (pl.col("observed_at") < load.observed_at))
    count = 0
    for is_good, size in earlier.sort("observed_at", descending=True).select("is_good", "count").iter_rows():
        if is_good or size != len(load.keys):
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


def hold_back(
    runtime: Runtime, connector: Connector, frames: Mapping[str, pl.DataFrame], report: SourceReport
) -> tuple[dict[str, pl.DataFrame], frozenset[str], dict[str, str | None]]:
    """Enforce objections and partial diffusion on what is about to be stored and on what is stored already.

    Returns:
        The frames that may be stored, the units that may not be named anywhere, and the payloads that were rewritten
        (old sha256 -> new, None when nothing of the payload is left).
    """
    suppressed = runtime.store.read_suppressions(except_scope=SCOPE_DIFFUSION)
    newest = latest_units(frames)
    withheld = find_withheld({**frames, **newest}, suppressed, partial_identifiers(runtime, newest), runtime.keyed_hash)
    allowed = withhold(frames, withheld)
    units = frames.get("legal_units")
    replaced = conceal_units(runtime, connector, units, withheld.natural_units)
    replaced |= mask_units(runtime, connector, withheld.partial_units)
    erase_persons(runtime, connector.name, withheld.appointments)
    lift_diffusion(runtime, newest.get("legal_units"))
    report.withheld += len(withheld.natural_units) + len(withheld.partial_units) + len(withheld.appointments)
    moved = {old: new for old, new in replaced.items() if new is not None}
    allowed = {name: frame.with_columns(pl.col("payload_sha256").replace(moved)) for name, frame in allowed.items()}
    return allowed, withheld.natural_units, replaced


def latest_units(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The newest row of each legal unit: its word on diffusion counts, an older answer beside it does not."""
    units = frames.get("legal_units")
    if units is None:
        return {}
    order = ["observed_from", "record_updated_at", "payload_sha256"]
    return {"legal_units": units.sort(order, nulls_last=False).unique("source_key", keep="last", maintain_order=True)}


def partial_identifiers(runtime: Runtime, newest: Mapping[str, pl.DataFrame]) -> set[str]:
    """`scheme|identifier` of each legal person that a register shows as P, tonight or so far."""
    key = pl.concat_str("national_id_scheme", pl.lit("|"), "national_id").alias("key")
    stored = runtime.store.read_current("legal_units").select("diffusion", key, "source", "source_key")
    tonight = newest.get("legal_units")
    if tonight is not None:
        now = tonight.select("diffusion", key, "source", "source_key")
        stored = pl.concat([stored.join(now, on=["source", "source_key"], how="anti"), now])
    return set(stored.filter(pl.col("diffusion") == Diffusion.PARTIAL.value)["key"].drop_nulls())


def close_what_is_gone(runtime: Runtime, source: str, verdicts: list[Verdict]) -> None:
    """A good full load closes the rows of its scope that it misses; a load older than the newest one closes nothing."""
    newest = dict(runtime.store.read_snapshots(source).group_by("scope").agg(pl.col("observed_at").max()).iter_rows())
    current: dict[str, pl.DataFrame] = {}
    for verdict in verdicts:
        load = verdict.load
        is_late = load.name in newest and load.observed_at < newest[load.name]
        if not (verdict.is_good and load.is_full) or is_late or load.frame not in ("appointments", "relationships"):
            continue
        if load.frame not in current:
            frame = runtime.store.read_current(load.frame)
            current[load.frame] = frame.filter(pl.col("source") == source)
        covered = rows_of_scope(current[load.frame], load)
        gone = covered.filter(~pl.col("source_key").is_in(list(load.keys)))["source_key"].to_list()
        if gone:
            runtime.store.close_observations(load.frame, source, gone, load.observed_at)


LIST_KINDS = {
    "direct-children": ("directly_consolidated_by", True),
    "ultimate-children": ("ultimately_consolidated_by", True),
    "direct-child-relationships": ("directly_consolidated_by", False),
    "ultimate-child-relationships": ("ultimately_consolidated_by", False),
}


def rows_of_scope(frame: pl.DataFrame, load: Load) -> pl.DataFrame:
    """The stored rows that a load speaks of: one unit's officers, or one parent's list of children."""
    if load.frame == "appointments":
        return frame.filter(pl.col("unit_key") == load.unit_key)
    kind = LIST_KINDS.get(load.name.partition(":")[0])
    if kind is None:  # a query lists what matched, and what does not match has not gone
        return frame.clear()
    implied = pl.col("source_key").str.ends_with("|list")
    of_parent = (pl.col("parent_key") == load.unit_key) & (pl.col("kind") == kind[0])
    return frame.filter(of_parent & (implied if kind[1] else ~implied))


def payload_rows(night: list[ReadPayload], replaced: Mapping[str, str | None]) -> pl.DataFrame:
    """The register of payloads: what evidence points to; a rewritten payload stands under its new address."""
    kept = [(item, replaced.get(item.sha256, item.sha256)) for item in night]
    return pl.DataFrame(
        [
            {
                "source": item.payload.source,
                "sha256": sha256,
                "key": item.payload.key,
                "url": item.payload.url,
                "fetched_at": item.payload.fetched_at,
                "observed_from": item.observed_from,
            }
            for item, sha256 in kept
            if sha256 is not None
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


def quarantine_rows(source: str, night: list[ReadPayload], instant: datetime) -> pl.DataFrame:
    """Every record that could not be read, with its reason."""
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
