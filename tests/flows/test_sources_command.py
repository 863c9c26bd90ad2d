"""`grandcompte sources` and docs/sources.md: one truth, the connectors; and what a mistyped address says."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.commands.sources_page import sources_page
from flows.runtime import chosen_sources
from flows.settings import SettingsError, check_source_urls, read_settings
from tests.flows.command_line import CommandLine, call
from tests.flows.mass_world import SOURCE, MassWorld, night

__all__ = ["call"]

ROOT = Path(__file__).resolve().parents[2]
TOLD = {
    "name", "title", "publisher", "homepage", "licence", "attribution", "needs_key", "key_is_set", "own_limit",
    "requests_per_second", "personal_data", "retention_days", "checked_on", "writes", "watermark", "last_load",
    "last_load_age_days", "last_refusal", "last_refusal_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with nothing in it, and no setting but the defaults."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANDCOMPTE_DATABASE_URL", raising=False)
    return tmp_path


def test_the_page_says_what_the_connectors_say() -> None:
    written = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert written == sources_page(), "run: python -m flows.commands.sources_page > docs/sources.md"


def test_the_page_tells_every_source() -> None:
    page = sources_page()
    for name, connector in chosen_sources().items():
        assert f"## {name}\n" in page
        assert connector.terms.licence in page
        assert connector.terms.personal_data in page


@pytest.mark.parametrize("command", ["sources", "status", "changes", "review list", "doctor"])
def test_who_only_looks_makes_no_database(command: str, call: CommandLine, elsewhere: Path) -> None:
    ended = call(*command.split())
    assert ended.code == (0 if command == "sources" else 69)
    assert list(elsewhere.iterdir()) == []


def test_sources_without_a_database_have_terms_and_nulls(call: CommandLine) -> None:
    ended = call("sources", "--json")
    assert (ended.code, ended.err) == (0, "")
    rows = json.loads(ended.out)
    assert [row["name"] for row in rows] == list(chosen_sources())
    for row in rows:
        assert set(row) == TOLD
        assert row["licence"]
        assert {row[name] for name in ("watermark", "last_load", "last_refusal", "last_refusal_at")} == {None}


def test_sources_tell_load_age_and_refusal(
    call: CommandLine, elsewhere: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = MassWorld(elsewhere, sqlite_url, monkeypatch)
    world.found()
    world.store.move_watermark(SOURCE, until=night(1), moved_at=night(1))
    monkeypatch.setattr("flows.commands.sources.now", lambda: datetime(2026, 3, 12, 9, tzinfo=UTC))
    (row,) = [row for row in json.loads(call("sources", "--json").out) if row["name"] == SOURCE]
    assert (row["watermark"], row["last_load"]) == (night(1).isoformat(), night(1).isoformat())
    assert (row["last_load_age_days"], row["last_refusal"]) == (10, None)
    with world.store.transaction() as connection:
        from flows import ledger

        told = {"sources": {SOURCE: {"unavailable": "503 for ever", "refused": ["a page of another format"]}}}
        connection.execute(ledger.RUN.update().values(summary=told))
    (row,) = [row for row in json.loads(call("sources", "--json").out) if row["name"] == SOURCE]
    assert row["last_refusal"] == "503 for ever; a page of another format"
    assert row["last_refusal_at"] == night(1).isoformat()
    ended = call("sources")
    assert (ended.code, ended.err) == (0, "")
    assert "(10 days old)" in ended.out
    world.close()


@pytest.mark.parametrize(
    "address", ["nonsense", "sqlite//x.db", "mysql://somewhere/x", "postgresql://me@host:port/x", "://"]
)
@pytest.mark.parametrize("command", ["status", "sources", "changes", "migrate", "review list"])
def test_an_unreadable_database_address_is_bad_input(
    address: str, command: str, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANDCOMPTE_DATABASE_URL", address)
    ended = call(*command.split())
    assert ended.code == 2
    assert ended.err.startswith("grandcompte: setting GRANDCOMPTE_DATABASE_URL: ")
    assert ended.err.count("\n") == 1


BAD_ADDRESSES = [
    ("GLIEF", "https://mirror.example/api", "no source is called glief; known: .*gleif"),
    ("GLEIF", "https://www.linkedin.com/api", "deny list: its terms forbid automated reading"),
    ("GLEIF", "https://mirror.example/login", "is a log-in or a wall"),
    ("GLEIF", "mirror.example/api", "no web address"),
    ("GLEIF", "file:///etc/passwd", "no web address"),
    ("GLEIF", "https://mirror.example:port/api", "no web address"),
]


@pytest.mark.parametrize(("source", "address", "said"), BAD_ADDRESSES)
@pytest.mark.parametrize("command", ["sources", "run --offline"])
def test_an_address_that_may_not_be_is_told_before_anything_is_asked(
    source: str, address: str, said: str, command: str, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GRANDCOMPTE_{source}_URL", address)
    monkeypatch.setenv("GRANDCOMPTE_PEPPER", "a pepper for tests only, never for real people")
    monkeypatch.setattr("connectors.polite.PoliteClient.__init__", lambda *_: pytest.fail("a client was made"))
    ended = call(*command.split())
    assert ended.code == 2
    assert ended.err.startswith(f"grandcompte: setting GRANDCOMPTE_{source}_URL: ")
    with pytest.raises(SettingsError, match=said):
        check_source_urls(read_settings(), chosen_sources())


def test_an_address_of_a_mirror_is_fine() -> None:
    settings = read_settings({"GRANDCOMPTE_GLEIF_URL": "http://127.0.0.1:8080/api/v1"})
    check_source_urls(settings, chosen_sources())


def test_a_key_is_told_but_never_shown(call: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANDCOMPTE_GLEIF_KEY", "very-secret-key")
    for arguments in (("sources",), ("sources", "--json")):
        ended = call(*arguments)
        assert "very-secret-key" not in ended.out + ended.err
    (row,) = [row for row in json.loads(call("sources", "--json").out) if row["name"] == "gleif"]
    assert row["key_is_set"] is True
