"""The publishing transaction: stage everything, take the feed's head, look again at what may have moved, write, commit.

Whatever the CRM can see is written here. change_seq grows in commit order because the head's row is taken first and
given back by the commit; no sequence, no identity column.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, literal, select, true, update

from flows import bulk
from flows.database import BEGIN_OPTION
from flows.draft import (
    CHECK,
    FEED,
    MASS_MEMBERS,
    MASSES,
    OF_PROFILES,
    REDIRECT,
    SIDE,
    TIMING,
    TOMBSTONE,
    Stages,
    State,
    desired_profiles,
    look,
    stage_difference,
    stage_publication,
    take_difference,
)
from flows.feed import FEED_SCHEMA, PROFILE
from flows.publication import DecisionsMovedError, Publication, PublishResult
from flows.withholding import drop_rows, forget_fields, forget_persons, forget_profiles, forget_records
from schemas.tables import table_named
from schemas.vocabulary import FeedOperation

HEAD, LOCK = table_named("feed_head"), table_named("run_lock")
LONGEST_CHAIN = 32  # redirects in a row; more would be a ring


class LostLockError(Exception):
    """Another run took the lock over; this one may not publish any more."""


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
        desired = desired_profiles(publication)
        stages = stage_publication(connection, publication, desired)
    with connection.begin():
        first = look(connection, publication, stages)
        difference = take_difference(publication, desired, first)
        staged = stage_difference(connection, difference)
    border("staged")
    _begin(connection, "BEGIN IMMEDIATE")
    with connection.begin():
        base = connection.execute(select(HEAD.c.change_seq).where(HEAD.c.id == 1).with_for_update()).scalar_one()
        border("locked")
        _check_token(connection, fencing_token)
        _check_decisions(connection, publication)
        second = look(connection, publication, stages)
        if was_recomputed := second.moved_since(first):
            bulk.drop_stage(connection, *staged)
            difference = take_difference(publication, desired, second)
            staged = stage_difference(connection, difference)
        rows, feed = staged
        written = _write_feed(connection, feed, base, run_id, instant)
        border("profile_change")
        _write_profiles(connection, rows, base, instant)
        border("prospect_profile")
        _write_side(connection, stages, second, border)
        forget_profiles(connection, second, difference.feed, instant)
        forget_persons(connection, second)
        forget_fields(connection, publication.hidden_fields)
        forget_records(connection, publication.withheld_records, publication.withheld_names)
        border("commit")
    _begin(connection, "BEGIN")
    with connection.begin():
        bulk.drop_stage(connection, *staged, *stages.tables())
    border("committed")
    operations = dict(sorted(difference.feed["op"].value_counts().iter_rows()))
    return PublishResult(written, base, operations, was_recomputed)


def _begin(connection: Connection, how: str) -> None:
    connection.execution_options(**{BEGIN_OPTION: how})  # only SQLite listens to it


def _check_token(connection: Connection, token: int | None) -> None:
    if token is None:
        return
    query = select(LOCK.c.fencing_token, LOCK.c.run_id).where(LOCK.c.id == 1).with_for_update(read=True)
    held, run_id = connection.execute(query).one()
    if held != token:
        raise LostLockError(f"the run lock was taken over by {run_id}: nothing of this run is published")


def _check_decisions(connection: Connection, publication: Publication) -> None:
    if publication.decisions is None:
        return
    states = {row.mass_id: row.state for row in connection.execute(select(MASSES.c.mass_id, MASSES.c.state))}
    if states != publication.decisions.states:
        raise DecisionsMovedError("somebody decided about a mass of changes meanwhile: nothing of this is published")


# ---------------------------------------------------------------------------------------------------------- writing


def _write_feed(connection: Connection, staged: Table, base: int, run_id: str, instant: datetime) -> int:
    """Append the staged feed, numbered from the head on, and move the head; returns the rows appended."""
    columns = {
        **{name: staged.c[name] for name in FEED_SCHEMA},
        "change_seq": staged.c.change_seq + base,
        "run_id": literal(run_id),
        "committed_at": literal(instant, FEED.c.committed_at.type),
    }
    connection.execute(FEED.insert().from_select(list(columns), select(*columns.values())))
    written = int(connection.execute(select(func.count()).select_from(staged)).scalar_one())
    if written:
        connection.execute(update(HEAD).where(HEAD.c.id == 1).values(change_seq=base + written))
    back = select(staged.c.profile_id).where(staged.c.op == FeedOperation.INSERT.value)
    connection.execute(delete(TOMBSTONE).where(TOMBSTONE.c.profile_id.in_(back)))
    return written


def _write_profiles(connection: Connection, staged: Table, base: int, instant: datetime) -> None:
    connection.execute(update(staged).values(change_seq=staged.c.change_seq + base, updated_at=instant))
    bulk.upsert(connection, PROFILE, staged)


def _write_side(connection: Connection, stages: Stages, state: State, border: Callable[[str], None]) -> None:
    """Side tables, checks, timing and redirects, without the rows of whom may not be shown."""
    profiles = bulk.stage_values(connection, "profile_id", state.withheld)
    people = bulk.stage_values(connection, "person_id", state.persons)
    for name, staged in [*stages.side.items(), (TIMING.name, stages.timing), (CHECK.name, stages.checks)]:
        table = table_named(name)
        drop_rows(connection, staged, profiles, people)
        if name in OF_PROFILES:
            own = bulk.within(table.c.profile_id, stages.ids, "profile_id")
            bulk.delete_unstaged(connection, table, staged, own)
        elif name in SIDE:
            bulk.delete_unstaged(connection, table, staged, true())
        bulk.upsert(connection, table, staged)
        border(name)
    bulk.upsert(connection, MASSES, stages.masses)
    bulk.upsert(connection, MASS_MEMBERS, stages.mass_members)
    border(MASSES.name)
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
