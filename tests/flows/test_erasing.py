"""One raw record deleted everywhere: no spelling of it is left in the archive or in the database's file."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

import polars as pl
import pytest
import zstandard
from anyascii import anyascii

from connectors.archive import Archive
from flows.demo.people import Officer
from flows.demo.world import instant_of
from flows.erasing import erase_address
from tests.flows.command_line import CommandLine, call
from tests.flows.opposition_world import OppositionWorld, french_unit, lei_entity, lei_records, search, shown

pytestmark = pytest.mark.slow  # whole nights each: make check runs them

__all__ = ["call"]

UNIT = french_unit(201, "QUÉRIBOUX ZÉPHYR")
OTHER = french_unit(202, "ATELIERS DU LEURRE")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OppositionWorld]:
    world = OppositionWorld(tmp_path, f"sqlite:///{tmp_path / 'grandcompte.db'}", monkeypatch)
    yield world
    world.close()


def officer(family: str = "ÉLOUARNEC", given: str = "ZACHARIE") -> Officer:
    return Officer("Gérant", family, given, "1964-03")


def spellings(text: str) -> set[bytes]:
    """As the source writes it, in lower case, folded to ASCII, escaped in JSON, quoted in an address."""
    folded = anyascii(text)
    forms = {text, text.lower(), text.title(), folded, folded.lower(), folded.title()}
    escaped = {json.dumps(form).strip('"') for form in forms} | {quote_plus(form) for form in forms}
    return {form.encode() for form in forms | escaped}


def places_of(world: OppositionWorld, *texts: str) -> list[str]:
    """Every file, decompressed where it is, that holds a spelling of one of the texts; the database's file too."""
    wanted = {form for text in texts for form in spellings(text)}
    found = []
    for path in sorted(p for p in world.folder.rglob("*") if p.is_file() and p.name != "accounts.csv"):
        data = path.read_bytes()
        if data[:4] == zstandard.FRAME_HEADER:
            data = zstandard.ZstdDecompressor().decompress(data)
        found += [f"{path.relative_to(world.folder)}: {form!r}" for form in wanted if form in data]
    return found


def settle(world: OppositionWorld) -> None:
    unit, other = shown(UNIT, 1, officer()), shown(OTHER, 1, officer("LEGUERN", "ODILE"))
    world.night(
        1,
        [
            search(1, UNIT.name, unit, other),
            search(1, UNIT.siren, unit),
            search(1, "Zacharie Élouarnec", unit, other),
            lei_records(1, (lei_entity(301, UNIT.name), UNIT)),
        ],
    )
    world.store.close()


def test_a_unit_is_gone_everywhere(world: OppositionWorld, call: CommandLine) -> None:
    settle(world)
    assert len(places_of(world, UNIT.name, UNIT.siren)) > 10
    ended = call("privacy", "erase", "--unit", UNIT.siren)
    assert (ended.code, ended.err) == (0, "")
    assert "legal_units" in ended.out
    assert "raw answers" in ended.out
    assert places_of(world, UNIT.name, UNIT.siren) == []
    assert places_of(world, OTHER.name)
    assert call("privacy", "erase", "--unit", UNIT.siren).out == "erased: nothing was stored\n"
    audit = world.read("run").filter(pl.col("kind") == "erase")
    assert audit.height == 2
    assert UNIT.siren not in json.dumps(audit.to_dicts(), default=str)
    world.again(2)
    assert UNIT.siren not in world.read("legal_units")["source_key"].to_list()


def test_a_person_s_record_is_gone_everywhere(world: OppositionWorld, call: CommandLine) -> None:
    settle(world)
    (key,) = world.read("appointments").filter(pl.col("unit_key") == UNIT.siren)["source_key"]
    assert len(places_of(world, "ÉLOUARNEC")) > 3
    ended = call("privacy", "erase", "--source", "recherche_entreprises", "--record", key)
    assert ended.code == 0
    assert "1 appointments" in ended.out
    assert places_of(world, "ÉLOUARNEC") == []
    assert places_of(world, UNIT.name, "LEGUERN")
    again = call("privacy", "erase", "--source", "recherche_entreprises", "--record", key)
    assert again.out == "erased: nothing was stored\n"
    world.again(2)
    assert places_of(world, "ÉLOUARNEC") == []


def test_another_record_goes_and_its_neighbours_stay(world: OppositionWorld, call: CommandLine) -> None:
    settle(world)
    sites = world.read("establishments")
    (site,) = sites.filter(pl.col("unit_key") == OTHER.siren)["source_key"]
    ended = call("privacy", "erase", "--source", "recherche_entreprises", "--record", site)
    assert ended.code == 0
    assert "1 establishments" in ended.out
    assert places_of(world, site) == []
    assert world.read("establishments").height == sites.height - 1
    assert OTHER.siren in world.read("legal_units")["source_key"].to_list()


def test_an_address_goes_with_what_it_alone_told(world: OppositionWorld) -> None:
    told = search(1, UNIT.name, shown(UNIT, 1, officer()))
    later = dataclasses.replace(told, key="search?q=other", url="https://another.example/x", fetched_at=instant_of(2))
    world.night(1, [told, search(1, OTHER.name, shown(OTHER, 1))])
    world.night(2, [later])
    with world.runtime(2) as runtime:
        removed = erase_address(runtime, told.url)
        assert removed["raw answers"] == 1
        assert erase_address(runtime, told.url) == {}
    assert [e.key for e in Archive(str(world.folder / "archive")).entries() if e.url == told.url] == []
    versions = world.read("legal_units").filter(pl.col("source_key") == UNIT.siren)
    assert versions["observed_from"].to_list() == [instant_of(2)]
    assert OTHER.siren in world.read("legal_units")["source_key"].to_list()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--source", "gleif"], ["--record", "x"], ["--unit", "123"], ["--unit", UNIT.siren, "--url", "https://x.example"],
     ["--source", "nobody", "--record", "x"]],
)  # fmt: skip
def test_what_cannot_be_meant_ends_in_one_line(world: OppositionWorld, call: CommandLine, arguments: list[str]) -> None:
    ended = call("privacy", "erase", *arguments)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
