"""Migrations: they give the tables that the code declares, on both databases, and no ini file is needed."""

from importlib import resources
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from flows.database import migration_config, open_engine, read_url
from flows.store import Store
from schemas.tables import V_PROSPECT, metadata


def test_alembic_finds_nothing_to_do(database_url: str) -> None:
    command.check(migration_config(read_url(database_url)))
    engine = open_engine(read_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    with Store.open(database_url) as store:
        store.check_is_migrated()
        with store.transaction() as connection:
            connection.execute(text("UPDATE feed_head SET change_seq = 7"))
        Store.migrate(database_url)
        assert store.read("feed_head").rows() == [(1, 7)]


def test_the_view_has_the_columns_that_are_declared(database_url: str) -> None:
    engine = open_engine(read_url(database_url))
    assert [c["name"] for c in inspect(engine).get_columns("v_prospect")] == [c.name for c in V_PROSPECT.columns]
    engine.dispose()


def test_a_migration_can_be_taken_back(database_url: str) -> None:
    config = migration_config(read_url(database_url))
    command.downgrade(config, "base")
    engine = open_engine(read_url(database_url))
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert inspect(engine).get_view_names() == []
    engine.dispose()
    command.upgrade(config, "head")
    with Store.open(database_url) as store:
        store.check_is_migrated()


def test_the_scripts_ship_in_the_package() -> None:
    folder = resources.files("schemas.migrations")
    assert folder.joinpath("script.py.mako").is_file()
    assert [f.name for f in folder.joinpath("versions").iterdir() if f.name.startswith("0001")]


def test_a_new_migration_writes_plain_types(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    create_engine(url).dispose()
    config = migration_config(read_url(url))
    config.set_main_option("version_locations", str(tmp_path))
    command.revision(config, "all", autogenerate=True, rev_id="9999")
    written = (tmp_path / "9999_all.py").read_text()
    assert "schemas.tables" not in written
    assert "sa.DateTime(timezone=True)" in written
