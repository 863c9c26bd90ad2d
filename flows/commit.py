"""The publishing transaction: stage everything, take the feed's head, look again at what may have moved, write, commit.

Whatever the CRM can see is written here. change_seq grows in commit order because the head's row is taken first and
given back by the commit; no sequence, no identity column.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, collate, delete, func, literal, or_, select, true, update

from flows import bulk
from flows.database import BEGIN_OPTION
from flows.feed import (
    FEED_SCHEMA,
    FIELDS,
    PROFILE,
    REFERENCES,
    TOP_EXECUTIVE,
    WINDOW,
    Difference,
    find_difference,
    keep_contract,
    without_withheld,
)
from flows.publication import Publication, PublishResult
from schemas.tables import table_named
from schemas.vocabulary import FeedOperation, MatchStatus

HEAD, FEED, LOCK = table_named("feed_head"), table_named("profile_change"), table_named("run_lock")
TIMING, CHECK, SUPPRESSION = table_named("profile_timing"), table_named("profile_check"), table_named("suppression")
TOMBSTONE, REDIRECT = table_named("tombstone"), table_named("id_redirect")
LINK, MATCH = table_named("group_link"), table_named("account_match")
OF_PERSONS = (table_named("executive"), table_named("executive_change"))
# side tables that are made equal profile by profile; a profile that was not computed keeps its rows
OF_PROFILES = (
    "profile_evidence",
    "field_provenance",
    "score_detail",
    "executive",
    "executive_change",
    "presence_evidence",
)
LONGEST_CHAIN = 32  # redirects in a row; more would be a ring
SIDE = (*OF_PROFILES, "group_link", "account_match")


class LostLockError(Exception):
    """Another run took the lock over; this one may not publish any more."""


@dataclass(frozen=True, slots=True)
class _State:
    """What is published and what may not be, as of one look."""

    current: pl.DataFrame
    sequence: pl.DataFrame
    withheld: frozenset[str]
    persons: frozenset[str]
    hidden: pl.DataFrame

    def moved_since(self, other: "_State") -> bool:
        """Whether the difference must be taken again; each visible change of a profile moves its change_seq."""
        same_people = self.withheld == other.withheld and self.persons == other.persons
        return not (same_people and self.sequence.equals(other.sequence))


@dataclass(frozen=True, slots=True)
class _Stages:
    """The staged publication."""

    ids: Table
    profile_keys: Table
    person_keys: Table
    side: dict[str, Table]
    timing: Table
    checks: Table
    redirects: Table
    tombstones: Table

    def tables(self) -> list[Table]:
        """All of them."""
        single = [self.ids, self.profile_keys, self.person_keys, self.timing, self.checks, self.redirects]
        return [*single, self.tombstones, *self.side.values()]


def publish(
    connection: Connection,
    publication: Publication,
    *,
    run_id: str,
    instant: datetime,
    fencing_token: int | None,
    border: Callable[[str], None],
) -> PublishResult:
    """Publish; see `Store.publish`. The connection is given up afterwards if anything went wrong."""
    _begin(connection, "BEGIN")
    with connection.begin():
        desired = _desired(publication)
        stages = _stage(connection, publication, desired)
    with connection.begin():
        first = _look(connection, publication, stages)
        difference = _difference(publication, desired, first)
        staged = _stage_difference(connection, difference)
    border("staged")
    _begin(connection, "BEGIN IMMEDIATE")
    with connection.begin():
        base = connection.execute(select(HEAD.c.change_seq).where(HEAD.c.id == 1).with_for_update()).scalar_one()
        border("locked")
        _check_token(connection, fencing_token)
        second = _look(connection, publication, stages)
        if was_recomputed := second.moved_since(first):
            bulk.drop_stage(connection, *staged)
            difference = _difference(publication, desired, second)
            staged = _stage_difference(connection, difference)
        rows, feed = staged
        written = _write_feed(connection, feed, base, run_id, instant)
        border("profile_change")
        _write_profiles(connection, rows, base, instant)
        border("prospect_profile")
        _write_side(connection, stages, second, border)
        _forget_profiles(connection, second, difference.feed, instant)
        _forget_persons(connection, second)
        border("commit")
    _begin(connection, "BEGIN")
    with connection.begin():
        bulk.drop_stage(connection, *staged, *stages.tables())
    border("committed")
    operations = dict(sorted(difference.feed["op"].value_counts().iter_rows()))
    return PublishResult(written, base, operations, was_recomputed)


def _begin(connection: Connection, how: str) -> None:
    connection.execution_options(**{BEGIN_OPTION: how})  # only SQLite listens to it


# ---------------------------------------------------------------------------------------------------------- staging


def _desired(publication: Publication) -> pl.DataFrame:
    """The profiles to publish, in the contract's columns, types and lengths.

    Raises:
        ValueError: columns that do not fit, or a profile that comes twice.
    """
    if publication.profiles is None:
        return pl.DataFrame(schema={n: t for n, t in bulk.schema_of(PROFILE).items() if n in ("profile_id", *FIELDS)})
    stamped = publication.profiles.with_columns(
        pl.lit(None, bulk.INSTANT).alias("updated_at"), pl.lit(None, pl.Int64).alias("change_seq")
    )
    desired = keep_contract(bulk.fit(stamped, PROFILE).select("profile_id", *FIELDS))
    if twice := desired.filter(pl.col("profile_id").is_duplicated())["profile_id"].unique().sort().head(3).to_list():
        raise ValueError(f"publication: profiles come more than once: {', '.join(twice)}")
    return desired


def _stage(connection: Connection, publication: Publication, desired: pl.DataFrame) -> _Stages:
    """Everything that does not depend on what is published.

    Raises:
        ValueError: a side table that is none, or whose frame does not fit.
    """
    if unknown := sorted(set(publication.side) - set(SIDE)):
        raise ValueError(f"publication: no side tables are called {', '.join(unknown)}; known: {', '.join(SIDE)}")

    def staged(table: Table, frame: pl.DataFrame | None) -> Table:
        rows = pl.DataFrame(schema=bulk.schema_of(table)) if frame is None else bulk.fit(frame, table)
        keys = bulk.keys_of(table)
        if rows.select(keys).is_duplicated().any():
            raise ValueError(f"publication: table {table.name}: the key {', '.join(keys)} comes twice")
        return bulk.stage(connection, table, rows, "publish")

    return _Stages(
        ids=bulk.stage_values(connection, "profile_id", desired["profile_id"]),
        profile_keys=_stage_keys(connection, publication.profile_keys, "profile_id"),
        person_keys=_stage_keys(connection, publication.person_keys, "person_id"),
        side={name: staged(table_named(name), frame) for name, frame in sorted(publication.side.items())},
        timing=staged(TIMING, publication.timing),
        checks=staged(CHECK, publication.checks),
        redirects=staged(REDIRECT, publication.redirects),
        tombstones=staged(TOMBSTONE, publication.tombstones),
    )


def _stage_keys(connection: Connection, frame: pl.DataFrame | None, name: str) -> Table:
    columns = {name: pl.String(), "key_hash": pl.String()}
    rows = pl.DataFrame(schema=columns) if frame is None else frame.select(list(columns)).unique()
    return bulk.stage_texts(connection, rows)


def _stage_difference(connection: Connection, difference: Difference) -> tuple[Table, Table]:
    return bulk.stage(connection, PROFILE, difference.rows), bulk.stage(connection, FEED, difference.feed)


# ----------------------------------------------------------------------------------------------------- looking again


def _look(connection: Connection, publication: Publication, stages: _Stages) -> _State:
    """Read suppressions and the rows that this publication may touch."""
    withheld = publication.suppressed_profile_ids | _suppressed(connection, stages.profile_keys, "profile_id")
    persons = publication.suppressed_person_ids | _suppressed(connection, stages.person_keys, "person_id")
    hidden = _hidden_names(connection, stages, persons)
    touched = [bulk.within(PROFILE.c.profile_id, stages.ids, "profile_id")]
    others = bulk.stage_values(connection, "profile_id", [*withheld, *hidden["profile_id"]])
    touched += [bulk.within(PROFILE.c[name], others, "profile_id") for name in ("profile_id", *REFERENCES)]
    current = bulk.read_frame(connection, PROFILE, or_(*touched))
    timing = bulk.read_frame(connection, TIMING, bulk.within(TIMING.c.profile_id, stages.ids, "profile_id"))
    bulk.drop_stage(connection, others)
    return _State(
        current.join(timing.select("profile_id", *WINDOW), on="profile_id", how="left"),
        current.select("profile_id", "change_seq"),
        withheld,
        persons,
        hidden,
    )


def _suppressed(connection: Connection, keys: Table, name: str) -> frozenset[str]:
    query = select(keys.c[name]).join(SUPPRESSION, SUPPRESSION.c.key_hash == keys.c.key_hash).distinct()
    return frozenset(connection.scalars(query))


def _hidden_names(connection: Connection, stages: _Stages, persons: frozenset[str]) -> pl.DataFrame:
    """profile_id and full_name of the withheld persons, as published and as staged."""
    found: set[tuple[str, str]] = set()
    if persons:
        staged = bulk.stage_values(connection, "person_id", persons)
        for table in (*OF_PERSONS, *(stages.side[t.name] for t in OF_PERSONS if t.name in stages.side)):
            query = select(table.c.profile_id, table.c.full_name).where(
                bulk.within(table.c.person_id, staged, "person_id")
            )
            found |= {(row[0], row[1]) for row in connection.execute(query)}
        bulk.drop_stage(connection, staged)
    return pl.DataFrame(sorted(found), schema={"profile_id": pl.String, "full_name": pl.String}, orient="row")


def _difference(publication: Publication, desired: pl.DataFrame, state: _State) -> Difference:
    """The difference, with the rows of others that speak of who is withheld."""
    others = state.current.join(desired, on="profile_id", how="anti").select(desired.columns)
    wanted = without_withheld(pl.concat([desired, others]), state.withheld, state.hidden)
    windows = pl.DataFrame(schema={"profile_id": pl.String(), **WINDOW})
    if publication.timing is not None:
        windows = bulk.fit(publication.timing, TIMING).select(windows.columns)
    return find_difference(wanted, windows, state.current, state.withheld)


def _check_token(connection: Connection, token: int | None) -> None:
    if token is None:
        return
    query = select(LOCK.c.fencing_token, LOCK.c.run_id).where(LOCK.c.id == 1).with_for_update(read=True)
    held, run_id = connection.execute(query).one()
    if held != token:
        raise LostLockError(f"the run lock was taken over by {run_id}: nothing of this run is published")


# ---------------------------------------------------------------------------------------------------------- writing


def _write_feed(connection: Connection, staged: Table, base: int, run_id: str, instant: datetime) -> int:
    """Append the feed, numbered from the head on by profile and operation, and move the head."""
    is_sqlite = connection.dialect.name == "sqlite"
    # the order of bytes on both databases, whatever the server's collation
    order = [column if is_sqlite else collate(column, "C") for column in (staged.c.profile_id, staged.c.op)]
    number = literal(base, FEED.c.change_seq.type) + func.row_number().over(order_by=order)
    columns = {
        "change_seq": number,
        **{name: staged.c[name] for name in FEED_SCHEMA},
        "run_id": literal(run_id),
        "committed_at": literal(instant, FEED.c.committed_at.type),
    }
    connection.execute(FEED.insert().from_select(list(columns), select(*columns.values())))
    written = connection.execute(select(func.count()).select_from(staged)).scalar_one()
    if written:
        connection.execute(update(HEAD).where(HEAD.c.id == 1).values(change_seq=base + written))
    return written


def _write_profiles(connection: Connection, staged: Table, base: int, instant: datetime) -> None:
    fresh = FEED.c.change_seq > base
    number = select(FEED.c.change_seq).where(FEED.c.profile_id == staged.c.profile_id, fresh).scalar_subquery()
    connection.execute(update(staged).values(change_seq=number, updated_at=instant))
    bulk.upsert(connection, PROFILE, staged)
    back = select(FEED.c.profile_id).where(fresh, FEED.c.op == FeedOperation.INSERT.value)
    connection.execute(delete(TOMBSTONE).where(TOMBSTONE.c.profile_id.in_(back)))


def _write_side(connection: Connection, stages: _Stages, state: _State, border: Callable[[str], None]) -> None:
    """Side tables, checks, timing and redirects, without the rows of whom may not be shown."""
    profiles = bulk.stage_values(connection, "profile_id", state.withheld)
    people = bulk.stage_values(connection, "person_id", state.persons)
    for name, staged in [*stages.side.items(), (TIMING.name, stages.timing), (CHECK.name, stages.checks)]:
        table = table_named(name)
        _drop_rows(connection, staged, profiles, people)
        if name in OF_PROFILES:
            own = bulk.within(table.c.profile_id, stages.ids, "profile_id")
            bulk.delete_unstaged(connection, table, staged, own)
        elif name in SIDE:
            bulk.delete_unstaged(connection, table, staged, true())
        bulk.upsert(connection, table, staged)
        border(name)
    _write_redirects(connection, stages.redirects)
    bulk.upsert(connection, TOMBSTONE, stages.tombstones)
    bulk.drop_stage(connection, profiles, people)


def _write_redirects(connection: Connection, staged: Table) -> None:
    """An id that lost twice points at the last survivor, never at another loser; a survivor points nowhere."""
    alive = bulk.within(REDIRECT.c.old_id, staged, "new_id") & ~bulk.within(REDIRECT.c.old_id, staged, "old_id")
    connection.execute(delete(REDIRECT).where(alive))
    bulk.upsert(connection, REDIRECT, staged)
    further = REDIRECT.alias()
    target = select(further.c.new_id).where(further.c.old_id == REDIRECT.c.new_id).scalar_subquery()
    chained = update(REDIRECT).where(REDIRECT.c.new_id.in_(select(further.c.old_id))).values(new_id=target)
    for _ in range(LONGEST_CHAIN):
        if connection.execute(chained).rowcount < 1:
            return


def _drop_rows(connection: Connection, table: Table, profiles: Table, people: Table) -> None:
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


def _forget_profiles(connection: Connection, state: _State, feed: pl.DataFrame, instant: datetime) -> None:
    """Delete the withheld profiles, leave tombstones of those that were published, and empty what the feed told."""
    if not state.withheld:
        return
    staged = bulk.stage_values(connection, "profile_id", state.withheld)
    nobody = bulk.stage_values(connection, "person_id", [])
    for table in (PROFILE, TIMING, CHECK, *(table_named(name) for name in SIDE)):
        _drop_rows(connection, table, staged, nobody)
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


def _forget_persons(connection: Connection, state: _State) -> None:
    """Delete the withheld persons' rows and their names in what the feed told."""
    if not state.persons:
        return
    nobody = bulk.stage_values(connection, "profile_id", [])
    staged = bulk.stage_values(connection, "person_id", state.persons)
    for table in OF_PERSONS:
        _drop_rows(connection, table, nobody, staged)
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
