"""Keeps observed rows as versions: what a batch of sightings changes is worked out first, then written set by set."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, MetaData, Table, Text, delete, select, update

from flows import bulk
from flows.versions import EVENT_SCHEMA, INSTANT, RECORD, STAMPS, fold, hash_numbers, hash_rows
from schemas.frames import OBSERVED_FRAMES
from schemas.tables import table_named
from schemas.tables.columns import UtcDateTime

SIGHTINGS, LOADS = table_named("sightings"), table_named("loads")
VERSION = [*RECORD, "observed_from"]
OUTLINE = [*VERSION, "observed_to", "record_updated_at", "fetched_at", "payload_sha256", "row_hash"]
# what is staged to find a batch's records and their sightings from the batch's first instant on
SCOPE = Table(
    "scope",
    MetaData(),
    Column("source", Text, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("record_id", BigInteger),
    Column("from_us", BigInteger),
)
MENDED = Table(
    "mended",
    MetaData(),
    Column("source", Text, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("observed_from", UtcDateTime, primary_key=True),
    Column("observed_to", UtcDateTime),
    Column("fetched_at", UtcDateTime),
    Column("payload_sha256", Text),
)


@dataclass(frozen=True, slots=True)
class SavedCounts:
    """What became of the rows that were saved.

    Attributes:
        new: versions that began. unchanged: rows that say what was known.
        superseded: contents that lost against another one of the same record and instant.
    """

    new: int = 0
    unchanged: int = 0
    superseded: int = 0


def declared_columns(frame_name: str) -> list[str]:
    """Columns of the declared frame.

    Raises:
        KeyError: no observed frame is called so.
    """
    if frame_name not in OBSERVED_FRAMES:
        raise KeyError(f"no observed frame is called {frame_name!r}; known: {', '.join(OBSERVED_FRAMES)}")
    return OBSERVED_FRAMES[frame_name].column_names()


def save(connection: Connection, frame_name: str, frame: pl.DataFrame) -> SavedCounts:
    """Save one batch: declared columns and observed_from, fetched_at, payload_sha256, of any dates in any order."""
    if frame.is_empty():
        return SavedCounts()
    table, columns = table_named(frame_name), declared_columns(frame_name)
    stamped = frame.select(*columns, "observed_from", "fetched_at", "payload_sha256")
    rows = bulk.fit(stamped.with_columns(pl.lit("").alias("row_hash")), table).drop("observed_to")
    rows = rows.with_columns(hash_rows(rows, columns))
    events = rows.select(
        *RECORD,
        "observed_from",
        pl.lit(True).alias("is_seen"),
        "record_updated_at",
        "fetched_at",
        "payload_sha256",
        "row_hash",
        pl.lit(True).alias("is_incoming"),
    )
    applied = _apply(connection, frame_name, events, rows)
    lost = applied.events.filter("is_seen").join(
        applied.winners.select(*VERSION, pl.col("row_hash").alias("kept")), on=VERSION
    )
    lost = lost.filter(pl.col("row_hash") != pl.col("kept"))
    superseded = lost.select(*VERSION, "row_hash").unique().height
    unchanged = rows.height - applied.begun - lost.filter("is_incoming").height
    return SavedCounts(applied.begun, max(unchanged, 0), superseded)


def close(connection: Connection, frame_name: str, source: str, keys: Iterable[str], at: datetime) -> None:
    """Say that a good full load of `at` misses these records; a record seen at that very instant stays."""
    declared_columns(frame_name)
    events = pl.DataFrame({"source_key": sorted(set(keys))}, schema={"source_key": pl.String}).select(
        pl.lit(source).alias("source"),
        "source_key",
        pl.lit(at, INSTANT).alias("observed_from"),
        pl.lit(False).alias("is_seen"),
        pl.lit(None, INSTANT).alias("record_updated_at"),
        pl.lit(None, INSTANT).alias("fetched_at"),
        pl.lit(None, pl.String).alias("payload_sha256"),
        pl.lit(None, pl.String).alias("row_hash"),
        pl.lit(True).alias("is_incoming"),
    )
    if events.height:
        _apply(connection, frame_name, events, None)


def erase(connection: Connection, frame_name: str, source: str, keys: Iterable[str]) -> int:
    """Forget these records with all their versions and sightings; returns the versions erased."""
    table = table_named(frame_name)
    scope = _stage_scope(connection, frame_name, _records(source, keys), None)
    same = (table.c.source == source) & bulk.within(table.c.source_key, scope, "source_key")
    erased = connection.execute(delete(table).where(same)).rowcount
    connection.execute(delete(SIGHTINGS).where(bulk.within(SIGHTINGS.c.record_id, scope, "record_id")))
    bulk.drop_stage(connection, scope)
    return erased


def rewrite(connection: Connection, frame_name: str, frame: pl.DataFrame) -> None:
    """Change what stored versions say (privacy): declared columns and observed_from of versions that exist.

    Sightings stay, so ends and gaps stay; neighbours that have become equal become one version.
    """
    if frame.is_empty():
        return
    table, columns = table_named(frame_name), declared_columns(frame_name)
    scope = _stage_scope(connection, frame_name, frame.select(RECORD).unique(), None)
    stored = bulk.read_frame(connection, table, _in_scope(table, scope))
    changed = frame.select(*columns, "observed_from").join(
        stored.select(*VERSION, "observed_to", "fetched_at", "payload_sha256"), on=VERSION
    )
    kept = stored.drop("row_hash").join(changed, on=VERSION, how="anti")
    rows = pl.concat([kept.select(changed.columns), changed]).select(*columns, *(c for c in STAMPS if c != "row_hash"))
    rows = rows.with_columns(hash_rows(rows, columns))
    seen = _read_sightings(connection, scope)
    _, versions = fold(_with_content(seen, rows.select(OUTLINE)).select(EVENT_SCHEMA.keys()))
    connection.execute(delete(table).where(_in_scope(table, scope)))
    _insert_versions(connection, table, versions, rows)
    bulk.drop_stage(connection, scope)


# ------------------------------------------------------------------------------------------------------------ steps


@dataclass(frozen=True, slots=True)
class _Applied:
    events: pl.DataFrame
    winners: pl.DataFrame
    begun: int


def _apply(connection: Connection, frame_name: str, incoming: pl.DataFrame, rows: pl.DataFrame | None) -> _Applied:
    """Fold the incoming events into what is stored; `rows` holds the content of incoming hashes."""
    table = table_named(frame_name)
    first = incoming.group_by(RECORD).agg(pl.col("observed_from").min().alias("first"))
    scope = _stage_scope(connection, frame_name, first.select(RECORD), first["first"])
    stored = _read_outline(connection, table, scope).join(first, on=RECORD)
    later = _with_content(_read_sightings(connection, scope), stored.select(OUTLINE))
    # what stood just before the batch's first instant: a version that may reach into it, or one that ended before
    base = stored.filter(pl.col("observed_from") < pl.col("first")).sort(VERSION)
    base = base.unique(RECORD, keep="last", maintain_order=True)
    ended = base.filter(pl.col("observed_to") < pl.col("first"))
    parts = [_as_events(base, is_seen=True), _as_events(ended, is_seen=False), later, incoming]
    events = pl.concat([part.select(EVENT_SCHEMA.keys()) for part in parts])
    winners, versions = fold(events)
    reach = base.select(*RECORD, pl.col("observed_from").alias("base_from"))
    known = stored.join(reach, on=RECORD, how="left").filter(
        pl.col("base_from").is_null() | (pl.col("observed_from") >= pl.col("base_from"))
    )
    begun = _write_difference(connection, table, known, versions, rows, incoming)
    _remember(connection, frame_name, winners.filter("is_incoming"))
    bulk.drop_stage(connection, scope)
    return _Applied(events, winners, begun)


def _write_difference(
    connection: Connection,
    table: Table,
    known: pl.DataFrame,
    versions: pl.DataFrame,
    rows: pl.DataFrame | None,
    incoming: pl.DataFrame,
) -> int:
    """Make the stored versions equal to the folded ones; returns how many incoming sightings began a version."""
    same = [*VERSION, "row_hash"]
    gone = known.join(versions, on=same, how="anti")
    fresh = versions.join(known, on=same, how="anti")
    stamps = ["observed_to", "fetched_at", "payload_sha256"]
    mended = versions.join(known, on=[*same, *stamps], how="anti", nulls_equal=True).join(known, on=same, how="semi")
    contents = rows
    unknown = fresh if rows is None else fresh.join(rows, on=[*RECORD, "row_hash"], how="anti")
    if unknown.height:  # a stored content that stands again behind a late answer
        origin = unknown.join(known.select(*same), on=[*RECORD, "row_hash"], suffix="_stored")
        keys = origin.select(*RECORD, pl.col("observed_from_stored").alias("observed_from")).unique()
        stored = _read_versions(connection, table, keys)
        contents = stored if rows is None else pl.concat([rows, stored.select(rows.columns)])
    if gone.height:
        _delete_versions(connection, table, gone)
    if fresh.height and contents is not None:
        _insert_versions(connection, table, fresh, contents)
    if mended.height:
        staged = bulk.stage(connection, MENDED, mended.select(*VERSION, *stamps), "ends")
        connection.execute(
            update(table)
            .values({name: staged.c[name] for name in stamps})
            .where(*(table.c[key] == staged.c[key] for key in VERSION))
        )
        bulk.drop_stage(connection, staged)
    return fresh.join(incoming.filter("is_seen"), on=same, how="semi").height


def _insert_versions(connection: Connection, table: Table, versions: pl.DataFrame, contents: pl.DataFrame) -> None:
    content = contents.drop(*(s for s in STAMPS if s != "row_hash"), strict=False).unique([*RECORD, "row_hash"])
    staged = bulk.stage(connection, table, versions.join(content, on=[*RECORD, "row_hash"]), "versions")
    bulk.insert_missing(connection, table, staged)
    bulk.drop_stage(connection, staged)


def _delete_versions(connection: Connection, table: Table, versions: pl.DataFrame) -> None:
    staged = bulk.stage(connection, MENDED, versions.select(VERSION), "gone")
    bulk.delete_staged(connection, table, staged)
    bulk.drop_stage(connection, staged)


def _remember(connection: Connection, frame_name: str, winners: pl.DataFrame) -> None:
    """Store the sightings that count and the loads behind them."""
    if winners.is_empty():
        return
    identity = pl.concat_str(
        "source",
        pl.col("fetched_at").dt.epoch("us").cast(pl.String).fill_null("imported"),
        "payload_sha256",
        separator="|",
    )
    loads = winners.filter("is_seen").select("source", "fetched_at", "payload_sha256", identity.alias("load")).unique()
    loads = loads.with_columns(hash_numbers(loads["load"]).alias("load_id"))
    seen = winners.join(loads, on=["source", "fetched_at", "payload_sha256"], how="left", nulls_equal=True)
    sightings = seen.with_columns(_record_ids(frame_name, seen)).select(
        "record_id", pl.col("observed_from").dt.epoch("us").alias("seen_us"), "load_id"
    )
    staged_loads = bulk.stage(connection, LOADS, loads.drop("load"))
    bulk.insert_missing(connection, LOADS, staged_loads)
    staged = bulk.stage(connection, SIGHTINGS, sightings)
    bulk.upsert(connection, SIGHTINGS, staged)
    bulk.drop_stage(connection, staged_loads, staged)


# ---------------------------------------------------------------------------------------------------------- reading


def _record_ids(frame_name: str, records: pl.DataFrame) -> pl.Series:
    texts = records.select(pl.concat_str(pl.lit(frame_name), *RECORD, separator="|")).to_series()
    return hash_numbers(texts).alias("record_id")


def _records(source: str, keys: Iterable[str]) -> pl.DataFrame:
    frame = pl.DataFrame({"source_key": sorted(set(keys))}, schema={"source_key": pl.String})
    return frame.select(pl.lit(source).alias("source"), "source_key")


def _stage_scope(connection: Connection, frame_name: str, records: pl.DataFrame, first: pl.Series | None) -> Table:
    start = pl.lit(0, pl.Int64) if first is None else first.dt.epoch("us")
    frame = records.with_columns(_record_ids(frame_name, records), start.alias("from_us"))
    return bulk.stage(connection, SCOPE, frame)


def _in_scope(table: Table, scope: Table) -> ColumnElement[bool]:
    same = (scope.c.source == table.c.source) & (scope.c.source_key == table.c.source_key)
    return select(scope.c.source).where(same).correlate(table).exists()


def _read_outline(connection: Connection, table: Table, scope: Table) -> pl.DataFrame:
    """Every stored version of the records, without its content."""
    outline = Table(table.name, MetaData(), *(Column(name, table.c[name].type) for name in OUTLINE))
    return bulk.read_frame(connection, outline, _in_scope(outline, scope))


def _read_versions(connection: Connection, table: Table, keys: pl.DataFrame) -> pl.DataFrame:
    staged = bulk.stage(connection, MENDED, keys, "wanted")
    same = [staged.c[key] == table.c[key] for key in VERSION]
    frame = bulk.read_frame(connection, table, select(staged.c.source).where(*same).correlate(table).exists())
    bulk.drop_stage(connection, staged)
    return frame


def _read_sightings(connection: Connection, scope: Table) -> pl.DataFrame:
    """The stored sightings of the records from the batch's first instant on."""
    joined = (
        select(
            scope.c.source.label("source"),
            scope.c.source_key.label("source_key"),
            SIGHTINGS.c.seen_us.label("seen_us"),
            SIGHTINGS.c.load_id.label("load_id"),
            LOADS.c.fetched_at.label("fetched_at"),
            LOADS.c.payload_sha256.label("payload_sha256"),
        )
        .join_from(scope, SIGHTINGS, SIGHTINGS.c.record_id == scope.c.record_id)
        .outerjoin(LOADS, LOADS.c.load_id == SIGHTINGS.c.load_id)
        .where(SIGHTINGS.c.seen_us >= scope.c.from_us)
        .subquery()
    )
    found = bulk.read_frame(connection, joined)
    return found.with_columns(
        pl.from_epoch("seen_us", time_unit="us")
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
        .alias("observed_from"),
        pl.col("load_id").is_not_null().alias("is_seen"),
    ).drop("seen_us", "load_id")


def _with_content(sightings: pl.DataFrame, outline: pl.DataFrame) -> pl.DataFrame:
    """Each sighting with the content of the version that stood at its instant."""
    content = outline.select(*RECORD, "observed_from", "record_updated_at", "row_hash").sort("observed_from")
    joined = sightings.sort("observed_from").join_asof(
        content, on="observed_from", by=RECORD, strategy="backward", check_sortedness=False
    )
    unseen = pl.col("is_seen").not_()
    return joined.with_columns(
        *(pl.when(unseen).then(None).otherwise(pl.col(c)).alias(c) for c in ("record_updated_at", "row_hash")),
        pl.lit(False).alias("is_incoming"),
    )


def _as_events(versions: pl.DataFrame, *, is_seen: bool) -> pl.DataFrame:
    """The first sighting of each version, or the load that missed it."""
    if is_seen:
        return versions.with_columns(pl.lit(True).alias("is_seen"), pl.lit(False).alias("is_incoming"))
    nothing = [pl.lit(None, EVENT_SCHEMA[c]).alias(c) for c in ("record_updated_at", "fetched_at", "row_hash")]
    return versions.with_columns(
        pl.col("observed_to").alias("observed_from"),
        pl.lit(False).alias("is_seen"),
        pl.lit(None, pl.String).alias("payload_sha256"),
        pl.lit(False).alias("is_incoming"),
        *nothing,
    )
