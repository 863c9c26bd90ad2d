"""Takes withheld profiles and persons out of everything published, what the feed told earlier included."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select, update

from flows import bulk
from flows.draft import CHECK, FEED, OF_PERSONS, SIDE, TIMING, TOMBSTONE, State
from flows.feed import PROFILE, REFERENCES, TOP_EXECUTIVE
from flows.privacy import words_of
from schemas.tables import table_named
from schemas.vocabulary import FeedOperation, MatchStatus, OfficerKind

SIDES = ("before", "after")
PARENT_NAME = ("ultimate_parent_name", "ultimate_parent_id", "ultimate_parent_country")


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
    gone = feed.filter(pl.col("op") == FeedOperation.SUPPRESS.value).select(
        "profile_id", pl.lit("suppressed").alias("reason"), pl.lit(instant, bulk.INSTANT).alias("deleted_at")
    )
    tombstones = bulk.stage(connection, TOMBSTONE, gone)
    bulk.insert_missing(connection, TOMBSTONE, tombstones)
    if gone.height:
        told = bulk.within(FEED.c.profile_id, staged, "profile_id")
        _blank_feed(connection, _tells("ultimate_parent_name"), PARENT_NAME, _names_of(connection, state, told))
        connection.execute(update(FEED).where(told).values(before=None, after=None))
    bulk.drop_stage(connection, staged, nobody, tombstones)
    references = [name for group in REFERENCES.values() for name in group]
    for profile_id in gone["profile_id"]:
        _blank_feed(connection, _tells(profile_id), references)


def _tells(text: str) -> ColumnElement[bool]:
    """Whether a feed row has this quoted text, a field's name or an id, before or after."""
    return or_(*(bulk.as_text(FEED.c[side]).contains(f'"{text}"', autoescape=True) for side in SIDES))


def _names_of(connection: Connection, state: State, told: ColumnElement[bool]) -> set[str]:
    """Every name that withheld profiles have, or had as far as the feed tells: a child's rows repeat it."""
    names = set(state.current.filter(pl.col("profile_id").is_in(list(state.withheld)))["name"].drop_nulls())
    for row in connection.execute(select(FEED.c.before, FEED.c.after).where(told)).all():
        names |= {values["name"] for values in row if values and values.get("name")}
    return names


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


def forget_fields(connection: Connection, hidden: pl.DataFrame | None) -> None:
    """Take fields out of everything that the feed told of profiles which may not show them any more."""
    if hidden is None or hidden.is_empty():
        return
    for (name,), rows in hidden.group_by("field", maintain_order=True):
        staged = bulk.stage_values(connection, "profile_id", rows["profile_id"])
        own = bulk.within(FEED.c.profile_id, staged, "profile_id")
        _blank_feed(connection, own & _tells(str(name)), [str(name)])
        bulk.drop_stage(connection, staged)


def forget_records(connection: Connection, records: pl.DataFrame | None, names: frozenset[str]) -> None:
    """Take withheld records out of what other profiles show: evidence, links, offices, reasons of matches."""
    if records is None or records.is_empty():
        return
    keys = bulk.stage_texts(connection, records.select("source", "source_key").unique())
    for table in (table_named("presence_evidence"), table_named("field_provenance")):
        same = (keys.c.source == table.c.source) & (keys.c.source_key == table.c.source_key)
        connection.execute(delete(table).where(select(keys.c.source).where(same).correlate(table).exists()))
    links = table_named("group_link")
    connection.execute(delete(links).where(bulk.within(links.c.parent_key, keys, "source_key")))
    organisations = bulk.stage_values(connection, "name", names)
    for table in OF_PERSONS:
        is_organisation = table.c.officer_kind == OfficerKind.ORGANISATION.value
        held = is_organisation & bulk.within(table.c.full_name, organisations, "name")
        connection.execute(delete(table).where(held))
    bulk.drop_stage(connection, keys, organisations)
    _drop_statements(connection, set(records.select("source", "source_key").iter_rows()))
    for table in (table_named("account_match"), table_named("account_matches")):
        _silence_reasons(connection, table, [*names, *records["source_key"]])


def _drop_statements(connection: Connection, records: set[tuple[str, str]]) -> None:
    """Rewrite the evidence of profiles that rests on these records too."""
    table = table_named("profile_evidence")
    mentions = or_(*(bulk.as_text(table.c.evidence).contains(key, autoescape=True) for _, key in sorted(records)))
    for row in connection.execute(select(table).where(mentions)).all():
        told = row.evidence["statements"]
        kept = [n for n, said in enumerate(told) if (said["source"], said["source_key"]) not in records]
        places = {old: new for new, old in enumerate(kept)}
        fields = {
            name: [places[n] for n in numbers if n in places]
            for name, numbers in row.evidence["fields"].items()
            if any(n in places for n in numbers)
        }
        evidence = {"statements": [told[n] for n in kept], "fields": fields}
        own = table.c.profile_id == row.profile_id
        connection.execute(update(table).where(own).values(evidence=evidence))


def _silence_reasons(connection: Connection, table: Table, names: Iterable[str]) -> None:
    """The reasons of a match quote names, in a spelling of their own, and identifiers."""
    wanted = [words for name in names if (words := words_of(name))]
    for row in connection.execute(select(table).where(table.c.reasons != "")).all():
        quoted = words_of(row.reasons)
        if any(words <= quoted for words in wanted):
            own = (table.c.account_id == row.account_id) & (table.c.rank == row.rank)
            connection.execute(update(table).where(own).values(reasons=""))


def _blank_feed(connection: Connection, where: Any, fields: Iterable[str], only_named: set[str] | None = None) -> None:
    """Take fields out of what feed rows tell; with `only_named`, where the first field has one of these names."""
    drop = list(fields)
    for row in connection.execute(select(FEED.c.change_seq, FEED.c.before, FEED.c.after).where(where)).all():
        kept = {}
        for side in SIDES:
            values = getattr(row, side)
            if values is None or (only_named is not None and values.get(drop[0]) not in only_named):
                kept[side] = values
            else:
                kept[side] = {name: value for name, value in values.items() if name not in drop}
        if kept != {"before": row.before, "after": row.after}:
            own = FEED.c.change_seq == row.change_seq
            connection.execute(update(FEED).where(own).values(**kept))
