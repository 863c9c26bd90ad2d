"""`backfill` and `privacy purge` as a shell calls them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.archive import Archive
from flows.demo.world import instant_of
from schemas.provenance import Payload
from tests.flows.command_line import CommandLine, call
from tests.flows.opposition_world import OppositionWorld, french_unit, search, shown

__all__ = ["call"]

UNIT = french_unit(202, "ATELIERS DU LEURRE")
DAY = instant_of(1).date().isoformat()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OppositionWorld]:
    world = OppositionWorld(tmp_path, f"sqlite:///{tmp_path / 'grandcompte.db'}", monkeypatch)
    monkeypatch.setattr("flows.backfill.backfill", without_prefect)
    world.night(1, [search(1, UNIT.name, shown(UNIT, 1))])
    yield world
    world.close()


def without_prefect(*_arguments: object) -> None:
    raise RuntimeError("Failed to reach API at http://127.0.0.1:1/api/")


def test_a_window_is_read_again_and_changes_nothing(world: OppositionWorld, call: CommandLine) -> None:
    before = world.rows()
    ended = call("backfill", "--source", "recherche_entreprises", "--since", DAY, "--until", DAY, "--from-archive")
    assert (ended.code, ended.err.count("\n")) == (0, 1)
    assert ended.err.startswith("Prefect cannot be used (")
    assert "recherche_entreprises: 1 answers" in ended.out
    assert "feed rows 0," in ended.out
    assert world.rows() == before


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--source", "nobody", "--since", DAY, "--until", DAY), "no source is called nobody"),
        (("--source", "gleif", "--since", "yesterday", "--until", DAY), "'yesterday' is no ISO day"),
        (("--source", "gleif", "--since", DAY, "--until", "2001-01-01"), f"2001-01-01 lies before --since {DAY}"),
    ],
)
def test_a_window_that_cannot_be_meant_is_told(
    world: OppositionWorld, call: CommandLine, arguments: tuple[str, ...], what: str
) -> None:
    ended = call("backfill", *arguments, "--from-archive")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert what in ended.err


def test_pages_past_their_limit_are_purged(world: OppositionWorld, call: CommandLine) -> None:
    archive, url = Archive(str(world.folder / "archive")), "https://www.leurre.example/"
    archive.put(Payload("website", url, b"<html><body>ours</body></html>", fetched_at=instant_of(1), url=url))
    ended = call("privacy", "purge")  # today is more than 90 days after that night
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("purged: 1 raw answers past their limit, ")
    assert archive.entries("website") == []
    assert len(archive.entries("recherche_entreprises")) == 1
    assert call("privacy", "purge").out.startswith("purged: 0 raw answers")
