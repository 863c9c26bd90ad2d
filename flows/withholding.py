"""Takes withheld profiles and persons out of everything published, what the feed told earlier included."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, delete, or_, select, update

from flows import bulk
from flows.draft import CHECK, FEED, OF_PERSONS, SIDE, TIMING, TOMBSTONE, State
from flows.feed import PROFILE, REFERENCES, TOP_EXECUTIVE
from schemas.tables import table_named
from schemas.vocabulary import FeedOperation, MatchStatus


def drop_rows(connection: Connection, table: Table, profiles: Table, people: Table) -> None:
    """Take the withheld out of a side table or its stage."""
    if "account_id" in table.columns:
        silent = {"match_status": MatchStatus.SUPPRESSED.value, "profile_id": None, "entity_id": None, "score": None}
        hit = bulk.within(table.c.profile_id, profiles, "profile_id")
        connection.execute(update(table).where(hit).values(**silent, reasons=""))
        return
    for name in ("child_id", "parent_id") if "child_id" in table.columns else ("profile_id",):
        connection.execute(delete(table).where(bulk.within(table.c[name], profiles, "profile_id")))
    if "person_id" in table.columns:
        connection.execute(delete(table).where(bulk.within(table.c.person_id, people, "person_id")))


def forget_profiles(connection: Connection, state: State, feed: pl.DataFrame, instant: datetime) -> None:
    """Delete the withheld profiles, leave tombstones of those that were published, and empty what the feed told."""
    if not state.withheld:
        return
    staged = bulk.stage_values(connection, "profile_id", state.withheld)
    nobody = bulk.stage_values(connection, "person_id", [])
    for table in (PROFILE, TIMING, CHECK, *(table_named(name) for name in SIDE)):
        drop_rows(connection, table, staged, nobody)
    told = bulk.within(FEED.c.profile_id, staged, "profile_id")
    connection.execute(update(FEED).where(told).values(before=None, after=None))
    gone = feed.filter(pl.col("op") == FeedOperation.SUPPRESS.value).select(
        "profile_id", pl.lit("suppressed").alias("reason"), pl.lit(instant, bulk.INSTANT).alias("deleted_at")
    )
    tombstones = bulk.stage(connection, TOMBSTONE, gone)
    bulk.insert_missing(connection, TOMBSTONE, tombstones)
    bulk.drop_stage(connection, staged, nobody, tombstones)
    names = [name for group in REFERENCES.values() for name in group]
    for profile_id in gone["profile_id"]:
        mentions = or_(
            *(bulk.as_text(FEED.c[side]).contains(profile_id, autoescape=True) for side in ("before", "after"))
        )
        _blank_feed(connection, mentions, names)


def forget_persons(connection: Connection, state: State) -> None:
    """Delete the withheld persons' rows and their names in what the feed told."""
    if not state.persons:
        return
    nobody = bulk.stage_values(connection, "profile_id", [])
    staged = bulk.stage_values(connection, "person_id", state.persons)
    for table in OF_PERSONS:
        drop_rows(connection, table, nobody, staged)
    profiles = bulk.stage_values(connection, "profile_id", state.hidden["profile_id"])
    names = set(state.hidden["full_name"])
    _blank_feed(connection, bulk.within(FEED.c.profile_id, profiles, "profile_id"), TOP_EXECUTIVE, names)
    bulk.drop_stage(connection, nobody, staged, profiles)


def _blank_feed(connection: Connection, where: Any, fields: Iterable[str], only_named: set[str] | None = None) -> None:
    """Take fields out of what feed rows tell; with `only_named`, where the first field has one of these names."""
    drop = list(fields)
    for row in connection.execute(select(FEED.c.change_seq, FEED.c.before, FEED.c.after).where(where)).all():
        kept = {}
        for side in ("before", "after"):
            values = getattr(row, side)
            if values is None or (only_named is not None and values.get(drop[0]) not in only_named):
                kept[side] = values
            else:
                kept[side] = {name: value for name, value in values.items() if name not in drop}
        if kept != {"before": row.before, "after": row.after}:
            own = FEED.c.change_seq == row.change_seq
            connection.execute(update(FEED).where(own).values(**kept))
