"""Sites and raw pages of those who may not be named: closed while they may not, asked again when they may."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from connectors.archive import Archive
from flows.demo.invented import vat
from flows.demo.people import Officer
from flows.demo.world import instant_of
from flows.objections import object_to_person, object_to_unit
from flows.page_people import names_on_page
from flows.page_privacy import open_domains
from schemas.provenance import Payload
from tests.flows.opposition_world import OppositionWorld, french_unit, opposed, search, shown

pytestmark = pytest.mark.slow  # whole nights each: make check runs them

UNIT = french_unit(201, "QUERIBOUX ZEPHYR", legal_form="1000")
COMPANY = french_unit(202, "ATELIERS DU LEURRE")
SITE = "https://www.leurre.example"
HOME, PEOPLE, TEAM, NOTICE = f"{SITE}/", f"{SITE}/direction", f"{SITE}/equipe", f"{SITE}/mentions-legales"
OFFICER = Officer("Gérant", "ÉLOUARNEC", "ZACHARIE", "1964-03")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OppositionWorld]:
    world = OppositionWorld(tmp_path, f"sqlite:///{tmp_path / 'grandcompte.db'}", monkeypatch)
    yield world
    world.close()


def page(night: int, url: str, title: str, content: str) -> Payload:
    body = f'<!doctype html><html lang="fr"><head><title>{title}</title></head><body>{content}</body></html>'
    headers = {"content-type": "text/html; charset=utf-8"}
    return Payload("website", url, body.encode(), fetched_at=instant_of(night), url=url, headers=headers)


def legal_notice(night: int, siren: str, name: str) -> Payload:
    told = f"<h1>Mentions légales</h1><h2>Éditeur</h2><p>{name} SA, RCS Nantes {siren}, TVA {vat(siren)}</p>"
    return page(night, NOTICE, "Mentions légales", told)


def leadership(night: int, name: str = "Zacharie <strong>Élouarnec</strong>") -> Payload:
    return page(night, PEOPLE, "Direction", f"<h1>Direction</h1><ul><li><h3>{name}</h3><p>Gérant</p></li></ul>")


def is_open(world: OppositionWorld, night: int) -> bool:
    with world.runtime(night) as runtime:
        return open_domains(runtime, pl.DataFrame({"domain": ["leurre.example"]})) != ()


def keys(world: OppositionWorld) -> list[str]:
    return sorted(entry.key for entry in Archive(str(world.folder / "archive")).entries("website"))


def test_a_site_is_closed_under_p_and_open_again_at_o(world: OppositionWorld) -> None:
    world.night(1, [search(1, UNIT.siren, shown(UNIT, 1)), legal_notice(1, UNIT.siren, UNIT.name)])
    assert world.read("domain_ties")["domain"].to_list() == ["leurre.example"]
    assert is_open(world, 1)
    world.night(2, [search(2, UNIT.siren, opposed(UNIT, 2))])
    assert (keys(world), is_open(world, 2)) == ([], False)
    assert world.read("pages").is_empty()
    world.night(3, [search(3, UNIT.siren, shown(UNIT, 3)), legal_notice(3, UNIT.siren, UNIT.name)])
    assert is_open(world, 3)
    assert world.read("suppression").is_empty()
    assert world.read("domain_ties")["identifier"].to_list() == [UNIT.siren]


def test_a_site_stays_closed_for_whoever_else_may_not_be_named(world: OppositionWorld) -> None:
    both = legal_notice(1, UNIT.siren, UNIT.name)
    both = dataclasses.replace(both, body=both.body + legal_notice(1, COMPANY.siren, COMPANY.name).body)
    world.night(1, [search(1, "all", shown(UNIT, 1), shown(COMPANY, 1)), both])
    with world.runtime(1) as runtime:
        object_to_unit(runtime, "FR-RCS", COMPANY.siren, "objection")
    world.night(2, [search(2, UNIT.siren, opposed(UNIT, 2))])
    world.night(3, [search(3, UNIT.siren, shown(UNIT, 3))])
    assert not is_open(world, 3)


def test_raw_pages_that_name_an_objector_go_and_their_rows_stay(world: OppositionWorld) -> None:
    home = page(1, HOME, "Ateliers du leurre", "<h1>Ateliers</h1><p>Zacharie et les siens</p>")
    notice = legal_notice(1, COMPANY.siren, COMPANY.name)
    world.night(1, [search(1, COMPANY.siren, shown(COMPANY, 1, OFFICER)), home, leadership(1), notice])
    assert keys(world) == [HOME, PEOPLE, NOTICE]
    with world.runtime(1) as runtime:
        object_to_person(runtime, "Elouarnec", "Zacharie", "1964-03", None, "objection")
    assert keys(world) == [HOME, NOTICE]
    assert "élouarnec" not in world.archive_naming("élouarnec")
    assert sorted(world.read("pages")["source_key"]) == [HOME, PEOPLE, NOTICE]

    # the site still names them the next night: read, not kept; a namesake's page stays
    team = leadership(2, "Odile Élouarnec, directrice de la fabrication, et Zacharie Leguern")
    world.night(2, [leadership(2), dataclasses.replace(team, key=TEAM, url=TEAM)])
    assert keys(world) == [HOME, TEAM, NOTICE]
    register = world.read("payloads")
    assert register.filter(register["key"] == PEOPLE)["replaced_by"].to_list() == ["removed"]


@pytest.mark.parametrize(
    "body",
    [
        "<h3>Zacharie</h3><h3>ÉLOUARNEC</h3>",
        '<img alt="M. Zacharie Élouarnec">',
        '<script type="application/ld+json">{"name": "Zacharie Élouarnec"}</script>',
        "<p>Z. &Eacute;louarnec</p><p>&Eacute;louarnec&nbsp;Zacharie</p>",
    ],
)
def test_names_are_found_wherever_a_page_tells_them(body: str) -> None:
    assert {("Élouarnec", "Zacharie"), ("ÉLOUARNEC", "Zacharie")} & names_on_page(body.encode())
