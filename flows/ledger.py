"""The run ledger and the one lock: who runs what, and since when. Callers bring the clock.

A holder that has not been heard of for `STALE_AFTER` is taken for dead: its run is marked crashed and the lock goes on
with a higher fencing token, so that the old one, if it wakes up, may not publish.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from flows.database import DatabaseUnavailableError
from flows.store import Store
from schemas.tables import table_named
from schemas.vocabulary import RunState

STALE_AFTER = timedelta(seconds=120)
NO_TOKEN = 0  # of what held no lock
RUN, LOCK = table_named("run"), table_named("run_lock")


class RunLockedError(Exception):
    """Another run holds the lock; the message names its holder, its run and since when."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the ledger knows it. run_id says kind and instant: played again, it is the same run."""

    run_id: str
    kind: str
    instant: datetime
    state: RunState
    attempts: int
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    holder: str
    fencing_token: int
    parameters: Any = None
    summary: Any = None


def acquire(store: Store, kind: str, instant: datetime, holder: str, now: datetime, *, parameters: Any = None) -> Run:
    """Take the lock and open the run in the ledger.

    Args:
        store: the open store.
        kind: `nightly`, `backfill`.
        instant: the run's instant.
        holder: who takes it, for people (`host:pid`).
        now: wall-clock time.
        parameters: what the run was asked to do, JSON.

    Raises:
        RunLockedError: another run holds it.
    """
    refuse_if_held(store, now)  # at once, without waiting for a writer
    with store.transaction() as connection:
        lock = connection.execute(select(LOCK).where(LOCK.c.id == 1).with_for_update()).mappings().one()
        _refuse_if_held(lock, now)
        if lock["run_id"] is not None:
            left = (RUN.c.run_id == lock["run_id"]) & (RUN.c.state == RunState.RUNNING.value)
            connection.execute(update(RUN).where(left).values(state=RunState.CRASHED.value))
        token = lock["fencing_token"] + 1
        run_id = _run_id(kind, instant)
        taken = {"run_id": run_id, "holder": holder, "acquired_at": now, "heartbeat_at": now}
        connection.execute(update(LOCK).where(LOCK.c.id == 1).values(fencing_token=token, **taken))
        return _open(connection, run_id, kind, instant, holder, token, now, parameters)


def refuse_if_held(store: Store, now: datetime) -> None:
    """See that nobody holds the lock, without taking it: to tell a person before a run is prepared.

    Raises:
        RunLockedError: another run holds it.
    """
    with store.reading() as connection:
        _refuse_if_held(_read_lock(connection), now)


def heartbeat(store: Store, run: Run, now: datetime) -> bool:
    """Say that the run lives; False when the lock is another's or the database is busy: a late one is no error."""
    try:
        with store.transaction() as connection:
            held = (LOCK.c.id == 1) & (LOCK.c.fencing_token == run.fencing_token) & (LOCK.c.run_id == run.run_id)
            if connection.execute(update(LOCK).where(held).values(heartbeat_at=now)).rowcount < 1:
                return False
            connection.execute(update(RUN).where(_own(run)).values(heartbeat_at=now))
            return True
    except DatabaseUnavailableError:
        return False


def still_holds(store: Store, run: Run) -> bool:
    """Whether the lock is still this run's."""
    with store.reading() as connection:
        lock = _read_lock(connection)
    return bool(lock["run_id"] == run.run_id and lock["fencing_token"] == run.fencing_token)


def finish(store: Store, run: Run, state: RunState, summary: Any, now: datetime) -> bool:
    """Close the run and give the lock back; False when the lock is another's by now: it keeps it, and its own entry."""
    with store.transaction() as connection:
        closed = update(RUN).where(_own(run)).values(state=state.value, summary=summary, ended_at=now)
        if connection.execute(closed).rowcount < 1:
            return False
        held = (LOCK.c.id == 1) & (LOCK.c.fencing_token == run.fencing_token)
        free = {"run_id": None, "holder": None, "acquired_at": None, "heartbeat_at": None}
        return connection.execute(update(LOCK).where(held).values(**free)).rowcount > 0


def last_runs(store: Store, n: int) -> list[Run]:
    """The newest runs, newest first."""
    with store.reading() as connection:
        query = select(RUN).order_by(RUN.c.started_at.desc(), RUN.c.fencing_token.desc()).limit(n)
        return [_run_of(row) for row in connection.execute(query).mappings()]


def as_dict(run: Run) -> dict[str, Any]:
    """A run as plain JSON, instants as ISO texts."""
    values = {name: getattr(run, name) for name in Run.__slots__}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def note(
    store: Store, kind: str, instant: datetime, holder: str, now: datetime, *, parameters: Any, summary: Any
) -> None:
    """Put something that needed no lock into the ledger, done: an erasure, without the name of whom it was for."""
    with store.transaction() as connection:
        run_id = _run_id(kind, instant)
        run = _open(connection, run_id, kind, instant, holder, NO_TOKEN, now, parameters)
        done = {"state": RunState.DONE.value, "summary": summary, "ended_at": now}
        connection.execute(update(RUN).where(_own(run)).values(**done))


def _run_id(kind: str, instant: datetime) -> str:
    return f"{kind}-{instant:%Y%m%dT%H%M%S}" + (f".{instant:%f}" if instant.microsecond else "") + "Z"


def _own(run: Run) -> Any:
    return (RUN.c.run_id == run.run_id) & (RUN.c.fencing_token == run.fencing_token)


def _read_lock(connection: Connection) -> RowMapping:
    return connection.execute(select(LOCK).where(LOCK.c.id == 1)).mappings().one()


def _refuse_if_held(lock: RowMapping, now: datetime) -> None:
    if lock["run_id"] is None or now - lock["heartbeat_at"] > STALE_AFTER:
        return
    since = f"{lock['acquired_at']:%Y-%m-%d %H:%M:%S} UTC"
    raise RunLockedError(f"another run holds the lock: {lock['holder']}, run {lock['run_id']}, since {since}")


def _open(
    connection: Connection,
    run_id: str,
    kind: str,
    instant: datetime,
    holder: str,
    token: int,
    now: datetime,
    parameters: Any,
) -> Run:
    known = connection.execute(select(RUN.c.attempts).where(RUN.c.run_id == run_id)).scalar_one_or_none()
    values = {
        "kind": kind,
        "instant": instant,
        "state": RunState.RUNNING.value,
        "attempts": (known or 0) + 1,
        "started_at": now,
        "heartbeat_at": now,
        "ended_at": None,
        "holder": holder,
        "fencing_token": token,
        "parameters": parameters,
        "summary": None,
    }
    if known is None:
        connection.execute(insert(RUN).values(run_id=run_id, **values))
    else:
        connection.execute(update(RUN).where(RUN.c.run_id == run_id).values(**values))
    return _run_of(connection.execute(select(RUN).where(RUN.c.run_id == run_id)).mappings().one())


def _run_of(row: RowMapping) -> Run:
    return Run(**{**row, "state": RunState(row["state"])})
