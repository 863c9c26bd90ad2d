"""Reads and keeps sightings: when each record was seen, in which payload, and which version stood then."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, MetaData, Table, Text, delete, func, select

from flows import bulk
from flows.versions import EVENT_SCHEMA, INSTANT, RECORD, hash_numbers
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


def remember(connection: Connection, frame_name: str, winners: pl.DataFrame) -> None:
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


def forget(connection: Connection, frame_name: str, sightings: pl.DataFrame) -> None:
    """Delete these sightings, or misses (source, source_key, observed_from)."""
    if sightings.is_empty():
        return
    gone = sightings.select(
        _record_ids(frame_name, sightings),
        pl.col("observed_from").dt.epoch("us").alias("seen_us"),
        pl.lit(None, pl.Int64).alias("load_id"),
    )
    staged = bulk.stage(connection, SIGHTINGS, gone.unique(["record_id", "seen_us"]), "gone")
    bulk.delete_staged(connection, SIGHTINGS, staged)
    bulk.drop_stage(connection, staged)


def find_loads(connection: Connection, loads: pl.DataFrame) -> pl.Series:
    """The ids under which these loads (source, fetched_at, payload_sha256) are stored."""
    staged = bulk.stage_values(connection, "payload_sha256", loads["payload_sha256"])
    known = bulk.read_frame(connection, LOADS, bulk.within(LOADS.c.payload_sha256, staged, "payload_sha256"))
    bulk.drop_stage(connection, staged)
    same = ["source", "fetched_at", "payload_sha256"]
    return known.join(loads.select(same).unique(), on=same, how="semi", nulls_equal=True)["load_id"]


def find_sightings(
    connection: Connection, table: Table, source: str, load_ids: pl.Series, missed_at: Iterable[datetime]
) -> pl.DataFrame:
    """What these loads told of a frame's records, and the misses of these instants (source, source_key, observed_from).

    A sighting knows its record by a hash only, so the records of the source are hashed to find their keys again.
    """
    keys = select(table.c.source, table.c.source_key).where(table.c.source == source).distinct().subquery()
    records = bulk.read_frame(connection, keys)
    records = records.with_columns(_record_ids(table.name, records))
    by_load = _stage_numbers(connection, "load_id", load_ids)
    instants = pl.Series(sorted(set(missed_at)), dtype=INSTANT).dt.epoch("us")
    by_instant = _stage_numbers(connection, "seen_us", instants)
    is_missed = SIGHTINGS.c.load_id.is_(None) & bulk.within(SIGHTINGS.c.seen_us, by_instant, "seen_us")
    found = bulk.read_frame(connection, SIGHTINGS, bulk.within(SIGHTINGS.c.load_id, by_load, "load_id") | is_missed)
    bulk.drop_stage(connection, by_load, by_instant)
    return records.join(found, on="record_id").select(*RECORD, _instant(pl.col("seen_us")).alias("observed_from"))


def forget_unused_loads(connection: Connection, load_ids: pl.Series) -> None:
    """Delete those of these loads that no sighting rests on any more."""
    staged = _stage_numbers(connection, "load_id", load_ids)
    told = select(SIGHTINGS.c.load_id).where(SIGHTINGS.c.load_id == LOADS.c.load_id).correlate(LOADS).exists()
    connection.execute(delete(LOADS).where(bulk.within(LOADS.c.load_id, staged, "load_id"), ~told))
    bulk.drop_stage(connection, staged)


def _stage_numbers(connection: Connection, name: str, numbers: pl.Series) -> Table:
    like = Table("numbers", MetaData(), Column(name, BigInteger))
    return bulk.stage(connection, like, pl.DataFrame({name: numbers.unique()}, schema={name: pl.Int64}))


def _record_ids(frame_name: str, records: pl.DataFrame) -> pl.Series:
    texts = records.select(pl.concat_str(pl.lit(frame_name), *RECORD, separator="|")).to_series()
    return hash_numbers(texts).alias("record_id")


def records_of(source: str, keys: Iterable[str]) -> pl.DataFrame:
    """Records of one source (source, source_key)."""
    frame = pl.DataFrame({"source_key": sorted(set(keys))}, schema={"source_key": pl.String})
    return frame.select(pl.lit(source).alias("source"), "source_key")


def stage_scope(connection: Connection, frame_name: str, records: pl.DataFrame, first: pl.Series | None) -> Table:
    """Stage records, each with the instant from which its sightings matter (None = all of them)."""
    start = pl.lit(0, pl.Int64) if first is None else first.dt.epoch("us")
    frame = records.with_columns(_record_ids(frame_name, records), start.alias("from_us"))
    return bulk.stage(connection, SCOPE, frame)


def in_scope(table: Table, scope: Table) -> ColumnElement[bool]:
    """Whether a row of the table belongs to a staged record."""
    same = (scope.c.source == table.c.source) & (scope.c.source_key == table.c.source_key)
    return select(scope.c.source).where(same).correlate(table).exists()


def read_outline(connection: Connection, table: Table, scope: Table) -> pl.DataFrame:
    """Every stored version of the records, without its content."""
    outline = Table(table.name, MetaData(), *(Column(name, table.c[name].type) for name in OUTLINE))
    return bulk.read_frame(connection, outline, in_scope(outline, scope))


def read_versions(connection: Connection, table: Table, keys: pl.DataFrame) -> pl.DataFrame:
    """These stored versions with their content."""
    staged = bulk.stage(connection, MENDED, keys, "wanted")
    same = [staged.c[key] == table.c[key] for key in VERSION]
    frame = bulk.read_frame(connection, table, select(staged.c.source).where(*same).correlate(table).exists())
    bulk.drop_stage(connection, staged)
    return frame


def read_sightings(connection: Connection, scope: Table) -> pl.DataFrame:
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
        _instant(pl.col("seen_us")).alias("observed_from"),
        pl.col("load_id").is_not_null().alias("is_seen"),
    ).drop("seen_us", "load_id")


def read_last_seen(connection: Connection, frame_name: str, records: pl.DataFrame) -> pl.DataFrame:
    """When each of these records was last seen (source, source_key, last_seen_at)."""
    scope = stage_scope(connection, frame_name, records, None)
    newest = (
        select(
            scope.c.source.label("source"),
            scope.c.source_key.label("source_key"),
            func.max(SIGHTINGS.c.seen_us).label("seen_us"),
        )
        .join_from(scope, SIGHTINGS, SIGHTINGS.c.record_id == scope.c.record_id)
        .where(SIGHTINGS.c.load_id.is_not(None))
        .group_by(scope.c.source, scope.c.source_key)
        .subquery()
    )
    found = bulk.read_frame(connection, newest)
    bulk.drop_stage(connection, scope)
    return found.select(*RECORD, _instant(pl.col("seen_us")).alias("last_seen_at")).sort(RECORD)


def _instant(microseconds: pl.Expr) -> pl.Expr:
    return microseconds.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def with_content(sightings: pl.DataFrame, outline: pl.DataFrame) -> pl.DataFrame:
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


def as_events(versions: pl.DataFrame, *, is_seen: bool) -> pl.DataFrame:
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
