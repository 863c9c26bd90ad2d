"""Keeps observed rows as versions: what a batch of sightings changes is worked out first, then written set by set."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Table, delete, update

from flows import bulk
from flows.sightings import (
    MENDED,
    OUTLINE,
    SIGHTINGS,
    VERSION,
    as_events,
    find_loads,
    find_sightings,
    forget,
    in_scope,
    read_outline,
    read_sightings,
    read_versions,
    records_of,
    remember,
    stage_scope,
    with_content,
)
from flows.versions import EVENT_SCHEMA, INSTANT, RECORD, STAMPS, fold, hash_rows
from schemas.frames import OBSERVED_FRAMES
from schemas.tables import table_named


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
    return SavedCounts() if frame.is_empty() else _save(connection, frame_name, frame, None)


def reread(
    connection: Connection, frame_name: str, frame: pl.DataFrame, loads: pl.DataFrame, missed_at: Iterable[datetime]
) -> SavedCounts:
    """Let today's reading of answers stand for every earlier reading of the very same answers.

    Where both read the same nothing moves. Where they differ the version is corrected in place: it keeps its instant,
    for nothing new was seen. What the answers no longer tell goes, and what other answers told stays as it was.

    Args:
        connection: a writing transaction.
        frame_name: an observed frame.
        frame: what is read and believed now, as for `save`.
        loads: the answers (source, fetched_at, payload_sha256), all of one source.
        missed_at: instants at which absences were noted because of these answers; they are forgotten, for the caller
            to note those that hold.

    Returns:
        `new`: versions that began or were corrected.
    """
    table, (source,) = table_named(frame_name), loads["source"].unique()
    void = find_sightings(connection, table, source, find_loads(connection, loads), missed_at)
    return SavedCounts() if frame.is_empty() and void.is_empty() else _save(connection, frame_name, frame, void)


def _save(connection: Connection, frame_name: str, frame: pl.DataFrame, void: pl.DataFrame | None) -> SavedCounts:
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
    applied = _apply(connection, frame_name, events, rows, void)
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
    scope = stage_scope(connection, frame_name, records_of(source, keys), None)
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
    scope = stage_scope(connection, frame_name, frame.select(RECORD).unique(), None)
    stored = bulk.read_frame(connection, table, in_scope(table, scope))
    changed = frame.select(*columns, "observed_from").join(
        stored.select(*VERSION, "observed_to", "fetched_at", "payload_sha256"), on=VERSION
    )
    kept = stored.drop("row_hash").join(changed, on=VERSION, how="anti")
    rows = pl.concat([kept.select(changed.columns), changed]).select(*columns, *(c for c in STAMPS if c != "row_hash"))
    rows = rows.with_columns(hash_rows(rows, columns))
    seen = read_sightings(connection, scope)
    _, versions = fold(with_content(seen, rows.select(OUTLINE)).select(EVENT_SCHEMA.keys()))
    connection.execute(delete(table).where(in_scope(table, scope)))
    _insert_versions(connection, table, versions, rows)
    bulk.drop_stage(connection, scope)


# ------------------------------------------------------------------------------------------------------------ steps


@dataclass(frozen=True, slots=True)
class _Applied:
    events: pl.DataFrame
    winners: pl.DataFrame
    begun: int


def _apply(
    connection: Connection,
    frame_name: str,
    incoming: pl.DataFrame,
    rows: pl.DataFrame | None,
    void: pl.DataFrame | None = None,
) -> _Applied:
    """Fold the incoming events into what is stored; `rows` holds the content of incoming hashes.

    `void` are stored sightings and misses (VERSION) that the incoming ones replace, or that hold no longer.
    """
    table = table_named(frame_name)
    touched = incoming if void is None else pl.concat([incoming.select(VERSION), void.select(VERSION)])
    first = touched.group_by(RECORD).agg(pl.col("observed_from").min().alias("first"))
    scope = stage_scope(connection, frame_name, first.select(RECORD), first["first"])
    stored = read_outline(connection, table, scope).join(first, on=RECORD)
    later = with_content(read_sightings(connection, scope), stored.select(OUTLINE))
    if void is not None:
        later = later.join(void, on=VERSION, how="anti")
    # what stood just before the batch's first instant: a version that may reach into it, or one that ended before
    base = stored.filter(pl.col("observed_from") < pl.col("first")).sort(VERSION)
    base = base.unique(RECORD, keep="last", maintain_order=True)
    ended = base.filter(pl.col("observed_to") < pl.col("first"))
    parts = [as_events(base, is_seen=True), as_events(ended, is_seen=False), later, incoming]
    events = pl.concat([part.select(EVENT_SCHEMA.keys()) for part in parts])
    winners, versions = fold(events)
    reach = base.select(*RECORD, pl.col("observed_from").alias("base_from"))
    known = stored.join(reach, on=RECORD, how="left").filter(
        pl.col("base_from").is_null() | (pl.col("observed_from") >= pl.col("base_from"))
    )
    begun = _write_difference(connection, table, known, versions, rows, incoming)
    if void is not None:
        forget(connection, frame_name, void.join(winners, on=VERSION, how="anti"))
    remember(connection, frame_name, winners.filter("is_incoming"))
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
        stored = read_versions(connection, table, keys)
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
