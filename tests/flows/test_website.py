"""The site of a company through whole nights: tied by its legal notice, published with its page, gone on objection."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from connectors.archive import Archive
from flows.demo.web_pages import web_payloads
from flows.demo.world import FRENCH_UNITS, instant_of
from flows.objections import object_to_unit
from flows.runtime import open_runtime
from flows.settings import read_settings
from flows.universe import window_for
from tests.flows.demo_nights import DemoWorld

DOMAIN, SIREN = "ostrevigne.example", FRENCH_UNITS["ostrevigne"].siren


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    made = DemoWorld(tmp_path, sqlite_url, monkeypatch)
    made.play(1)
    yield made
    made.close()


def asked_domains() -> tuple[str, ...]:
    with open_runtime(read_settings(), instant_of(2)) as runtime:
        return window_for(runtime, runtime.all_sources["website"]).domains


def test_a_domain_is_published_with_its_page_and_goes_when_the_company_objects(world: DemoWorld) -> None:
    row = world.profile("Ostrevigne Distribution", "company")
    assert row["domain"] == DOMAIN
    told = world.read("profile_evidence").filter(pl.col("profile_id") == row["profile_id"])["evidence"][0]
    evidence = json.loads(told)
    (statement,) = [evidence["statements"][n] for n in evidence["fields"]["domain"]]
    assert (statement["source"], statement["method"]) == ("website", "legal_notice")
    assert statement["source_key"] == "https://www.ostrevigne.example/mentions-legales"
    (tie,) = world.read("domain_ties").to_dicts()
    assert (tie["domain"], tie["identifier"], tie["status"]) == (DOMAIN, SIREN, "tied")
    assert SIREN[:3] in tie["quote"]
    others = world.read("prospect_profile").filter(pl.col("domain").is_not_null())
    assert set(others["domain"]) == {DOMAIN}
    assert DOMAIN in asked_domains()

    with open_runtime(read_settings(), instant_of(1)) as runtime:
        object_to_unit(runtime, "FR-RCS", SIREN, "objection")
    assert DOMAIN not in asked_domains()
    for _ in range(2):
        assert world.read("pages").is_empty()
        assert world.read("domain_ties").is_empty()
        assert Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"]).entries("website") == []
        told = {name: [line for line in lines if DOMAIN in line] for name, lines in world.rows().items()}
        assert {name for name, lines in told.items() if lines} <= {"crm_accounts"}
        world.play(2)  # the pages come again, and are not kept


def test_pages_of_the_same_words_the_next_night_change_nothing(world: DemoWorld) -> None:
    before = world.read("pages")
    world.play(2)
    kept = world.read("pages")
    assert kept["source_key"].to_list() == before["source_key"].to_list()
    assert kept["row_hash"].to_list() == before["row_hash"].to_list()
    names = [
        officer
        for payload in web_payloads(1)
        for officer in ("Vantrouilh", "Desmarezelles")
        if officer in payload.body.decode()
    ]
    assert names
    assert not any(name in str(row) for name in names for row in kept.rows())
