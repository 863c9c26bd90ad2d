"""Raw answers past their limit go; what proves a standing value stays; pages go whatever stands on them."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import connectors
from connectors.archive import Archive
from flows.demo.world import instant_of
from flows.retention import RAW_REMOVED, purge_expired
from tests.flows.opposition_world import OppositionWorld, french_unit, search, shown

UNIT, OTHER = french_unit(201, "QUERIBOUX"), french_unit(202, "ATELIERS DU LEURRE")
LATER = 200  # nights: far past 90 days


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OppositionWorld]:
    kind = type(connectors.discover()["recherche_entreprises"])
    monkeypatch.setattr(kind, "terms", dataclasses.replace(kind.terms, retention_days=90))
    world = OppositionWorld(tmp_path, f"sqlite:///{tmp_path / 'grandcompte.db'}", monkeypatch)
    yield world
    world.close()


def keys(world: OppositionWorld) -> list[str]:
    return [entry.key for entry in Archive(str(world.folder / "archive")).entries()]


def purge(world: OppositionWorld, night: int) -> int:
    with world.runtime(night) as runtime:
        return purge_expired(runtime, datetime.now(UTC)).answers


def settle(world: OppositionWorld) -> None:
    """Two units on two nights, a third night that only confirms them, and a search that found nothing."""
    first, second = shown(UNIT, 1), shown(OTHER, 1)
    world.night(1, [search(1, "first", first), search(1, "nobody")])
    world.night(2, [search(2, "other", second)])
    world.night(3, [search(3, "both", first, second)])


@pytest.mark.slow
def test_what_proves_a_standing_row_stays_and_the_rest_goes(world: OppositionWorld) -> None:
    settle(world)
    rows = world.rows()["legal_units"]
    assert purge(world, 60) == 0
    assert purge(world, LATER) == 2  # the empty search, and the night that said nothing new
    assert keys(world) == ["search?q=first", "search?q=other"]
    assert world.rows()["legal_units"] == rows
    assert purge(world, LATER) == 0
    world.again(4)
    assert world.rows()["legal_units"] == rows  # read again without them, nothing moves


@pytest.mark.slow
def test_pages_go_although_rows_rest_on_them(world: OppositionWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(world)
    kind = type(connectors.discover()["recherche_entreprises"])
    monkeypatch.setattr(kind, "writes", (*kind.writes, "pages"))
    rows = world.rows()["legal_units"]
    assert purge(world, LATER) == 4
    assert keys(world) == []
    assert world.rows()["legal_units"] == rows
    assert set(world.read("payloads")["replaced_by"]) == {RAW_REMOVED}


@pytest.mark.slow
def test_a_night_purges_and_tells_the_ledger(world: OppositionWorld) -> None:
    settle(world)
    report = world.again(LATER)
    assert report.summary["archive"] == {"answers_removed": 2, "files_swept": 0}


def test_web_pages_have_ninety_days() -> None:
    limits = {c.name: c.terms.retention_days for c in connectors.discover().values() if "pages" in c.writes}
    assert limits == dict.fromkeys(limits, 90)
    assert limits
    assert instant_of(LATER) - instant_of(1) > timedelta(days=90)
