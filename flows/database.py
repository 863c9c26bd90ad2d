"""Opens the database: addresses, engines, what is set on every connection, migrations."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError

import schemas.migrations
from flows.settings import SettingsError

BUSY_SECONDS = 60  # how long a writer waits on SQLite for another one
WAL_PAUSE_SECONDS = 0.05
BEGIN_OPTION = "grandcompte_begin"


class DatabaseUnavailableError(Exception):
    """The database cannot be used; the message is one line with the address (no password) and the reason."""


class DatabaseAddressError(DatabaseUnavailableError, SettingsError):
    """The setting itself is wrong: nothing was asked."""


class NotMigratedError(DatabaseUnavailableError):
    """The database answers but its tables are not those of this version."""


def read_url(url: str) -> URL:
    """The address with the driver that we use; `postgresql://` means psycopg 3.

    Raises:
        DatabaseAddressError: no database address, or a database that is neither SQLite nor PostgreSQL.
    """
    setting = "setting GRANDCOMPTE_DATABASE_URL"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise DatabaseAddressError(
            f"{setting}: the database address cannot be read; expected sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseAddressError(
            f"{setting}: {parsed.drivername}: this database is not supported; "
            "expected sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    return parsed


def check_file(url: URL) -> None:
    """See that the file of a SQLite database is there: SQLite itself would make an empty one.

    Raises:
        NotMigratedError: it is not.
    """
    name = url.database
    in_a_file = url.get_backend_name() == "sqlite" and name and name != ":memory:" and not name.startswith("file:")
    if in_a_file and not Path(str(name)).exists():
        where = url.render_as_string(hide_password=True)
        raise NotMigratedError(f"database {where} has no tables yet; run `grandcompte migrate`")


def open_engine(url: URL) -> Engine:
    """An engine whose connections are durable, in UTC, and on SQLite begin the way each transaction asks for."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late for a lock
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    _turn_to_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")  # acknowledged means durable
    connection.execute("PRAGMA foreign_keys=ON")


def _turn_to_wal(connection: sqlite3.Connection) -> None:
    """Once for each file. SQLite does not wait here for whoever is in the file (busy_timeout does not apply): we do."""
    patience = BUSY_SECONDS / WAL_PAUSE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            patience -= 1
            if "locked" not in str(error) or patience <= 0:
                raise
        time.sleep(WAL_PAUSE_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN_OPTION, "BEGIN"))


def _prepare_postgres(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        # acknowledged means durable, whatever the server's default (25 killed servers: 77 batches lost with `off`)
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what the driver says into one clear line.

    Raises:
        NotMigratedError: a table or column is missing.
        DatabaseUnavailableError: everything else that keeps the database from answering.
    """
    try:
        yield
    except (OperationalError, InterfaceError, DatabaseError) as error:
        first = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        where = url.render_as_string(hide_password=True)
        if "no such table" in first or type(error.orig).__name__ in ("UndefinedTable", "UndefinedColumn"):
            raise NotMigratedError(f"database {where}: {first}; run `grandcompte migrate`") from error
        is_down = isinstance(error, OperationalError | InterfaceError) or "not a database" in first
        if not is_down or "syntax error" in first:
            raise
        raise DatabaseUnavailableError(f"database {where} is not available: {first}") from error


def migration_config(url: URL) -> Config:
    """Alembic's settings without an ini file: the scripts lie in the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(schemas.migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url.render_as_string(hide_password=False)
    return config


def migrate(url: str) -> None:
    """Bring the database to this version's tables; nothing happens when it is there already.

    Raises:
        DatabaseUnavailableError: it cannot be reached.
    """
    parsed = read_url(url)
    with explained(parsed):
        command.upgrade(migration_config(parsed), "head")
        engine = open_engine(parsed)
        engine.connect().close()  # leaves a SQLite file in WAL mode before two processes meet in it
        engine.dispose()


def check_is_migrated(engine: Engine) -> None:
    """Compare the database's revision with the scripts'.

    Raises:
        NotMigratedError: they differ.
    """
    wanted = set(ScriptDirectory.from_config(migration_config(engine.url)).get_heads())
    with explained(engine.url), engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    if found != wanted:
        where = engine.url.render_as_string(hide_password=True)
        state = "has no tables yet" if not found else f"is at version {', '.join(sorted(found))}"
        raise NotMigratedError(f"database {where} {state}; run `grandcompte migrate`")


def give_up_space(engine: Engine) -> None:
    """Rewrite the database without what deleted rows left in its pages: VACUUM, which waits for whoever writes.

    On PostgreSQL it frees the space for the next rows; a page's old bytes go when they are written over.
    """
    statements = ["VACUUM"]
    if engine.url.get_backend_name() == "sqlite":  # the log keeps what was written before
        statements = ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"]
    with explained(engine.url):
        connection = engine.raw_connection()
        try:
            if engine.url.get_backend_name() != "sqlite":
                connection.driver_connection.autocommit = True  # type: ignore[union-attr]
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            cursor.close()
        finally:
            connection.invalidate()


def durability_problems(engine: Engine) -> list[str]:
    """Settings of the server under which an acknowledged night could be lost; empty when all is well."""
    if engine.url.get_backend_name() == "sqlite":
        return []
    with explained(engine.url), engine.connect() as connection:
        settings = [name for name in ("fsync", "full_page_writes") if connection.scalar(text(f"SHOW {name}")) == "off"]
    return [f"PostgreSQL runs with {name}=off: a power cut can lose or tear what was acknowledged" for name in settings]
