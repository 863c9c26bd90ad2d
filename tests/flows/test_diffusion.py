"""Sirene P and objections end to end (DESIGN section 5): what goes, what stays, what comes back, in every table."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.demo.invented import siret
from flows.demo.people import ADM, CAC, PDG, PSAS, Officer
from flows.demo.world import instant_of
from flows.objections import object_to_person, object_to_unit
from flows.store import Store
from schemas.provenance import Payload
from tests.flows.opposition_world import (
    STREETS,
    OppositionWorld,
    children,
    french_unit,
    lei_entity,
    lei_records,
    lookup_by_number,
    opposed,
    search,
    shown,
    with_site_opposed,
)

pytestmark = pytest.mark.slow

PERSON = french_unit(201, "GUDULE FICTAVELLE", legal_form="1000")
COMPANY = french_unit(202, "TRESSIDOUX MENUISERIES", sites=("NANTES", "RENNES"))
SUBSIDIARY = french_unit(203, "CHARPENTES OBLIVARD")
PERSON_LEI, OTHER_LEI = lei_entity(301, "GUDULE FICTAVELLE"), lei_entity(304, "Neutralbau GmbH", "DE")
COMPANY_LEI = lei_entity(302, "TRESSIDOUX MENUISERIES")
SUBSIDIARY_LEI = lei_entity(303, "CHARPENTES OBLIVARD", parent="test-302")

HERSELF = Officer("Entrepreneur individuel", "FICTAVELLE", "GUDULE", "1969-03")
CHAIR, DIRECTOR = Officer(PDG, "BRANDEVILLON", "ODOARD", "1958-04"), Officer(ADM, "QUISTERNIC", "MAELA", "1971-10")
ARRIVAL = Officer(ADM, "ZEPHIRANT", "LUBIN", "1980-02")
AUDITOR = Officer(CAC, "", "", "", "CONTROLE IMAGINAIRE", "002009997")
MADE_CHAIR = Officer(PSAS, "", "", "", "TRESSIDOUX MENUISERIES", COMPANY.siren)
DEPUTY = Officer(ADM, "OBLIVARD", "SIDOINE", "1977-07")
OF_PERSON = ("GUDULE", "FICTAVELLE", PERSON.siren, PERSON_LEI.lei, STREETS[201])
OF_COMPANY = ("TRESSIDOUX", COMPANY.siren, COMPANY_LEI.lei, STREETS[202])
HIDDEN_OF_COMPANY = (STREETS[202], "QUAI DES SONGES", "BRANDEVILLON", "QUISTERNIC", "ZEPHIRANT")


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OppositionWorld]:
    made = OppositionWorld(tmp_path, sqlite_url, monkeypatch)
    yield made
    made.close()


# ------------------------------------------------------------------------------------------------ natural persons


def person_night(night: int, person: dict[str, Any]) -> list[Payload]:
    """The person alone by SIREN and by name, beside a company in one answer, and beside another entity at GLEIF."""
    beside = shown(SUBSIDIARY, night, DEPUTY)
    return [
        search(night, PERSON.siren, person),
        search(night, "Gudule Fictavelle", person),
        search(night, "menuiserie Nantes", person, beside),
        lei_records(night, (PERSON_LEI, PERSON), (OTHER_LEI, None)),
    ]


def test_a_natural_person_opposes_and_is_back_later(world: OppositionWorld) -> None:
    world.night(1, [*person_night(1, shown(PERSON, 1, HERSELF)), lookup_by_number(1, PERSON)])
    ids, neighbour = world.ids_of(PERSON.siren), world.company(SUBSIDIARY.siren)
    assert world.tables_naming(*OF_PERSON).keys() == set(OF_PERSON) - {STREETS[201]}  # it may be a home

    world.night(2, [p for p in person_night(2, opposed(PERSON, 2)) if p.source != "gleif"])
    assert_gone(world, ids)
    assert_unharmed(world, neighbour)
    assert_repeatable(world, 2)

    # the other register does not know who opposed, and an accounts file asks for the number every night
    world.night(3, [lookup_by_number(3, PERSON), lei_records(3, (PERSON_LEI, PERSON), (OTHER_LEI, None))])
    assert_gone(world, ids)
    assert_unharmed(world, neighbour)

    world.night(4, person_night(4, shown(PERSON, 4, HERSELF)))
    assert world.ids_of(PERSON.siren) == ids
    assert world.company(PERSON.siren)["status"] == "active"
    assert world.company(PERSON.siren)["lei"] == PERSON_LEI.lei
    assert [op for op, _, _ in world.feed_of(ids[0])] == ["insert", "suppress", "insert"]
    assert world.read("tombstone").is_empty()  # a tombstone says that the profile is gone; the feed tells the story
    assert world.read("suppression").is_empty()
    assert not world.read("id_registry")["source_key"].str.starts_with("hash:").any()
    assert_repeatable(world, 4)


def assert_gone(world: OppositionWorld, ids: tuple[str, str]) -> None:
    """Nothing names the person; a tombstone, an empty feed and a keyed hash for its ids are left."""
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("prospect_profile").filter(pl.col("profile_id") == ids[0]).is_empty()
    (tombstone,) = world.read("tombstone").to_dicts()
    assert (tombstone["profile_id"], tombstone["deleted_at"]) == (ids[0], instant_of(2))
    assert world.feed_of(ids[0]) == [("insert", None, None), ("suppress", None, None)]
    concealed = world.read("id_registry").filter(pl.col("id").is_in(ids))
    assert concealed.height == 2
    assert concealed["source_key"].str.contains(r"^hash:[0-9a-f]{64}$").all()
    assert set(world.read("suppression")["scope"]) == {"diffusion"}


def assert_evidence_is_archived(world: OppositionWorld) -> None:
    """Rows and evidence point at answers that exist."""
    archived = {path.stem for path in (world.folder / "archive" / "objects").rglob("*.zst")}
    for table in ("legal_units", "establishments", "appointments", "relationships", "financial_statements"):
        assert set(world.read(table)["payload_sha256"]) <= archived
    for row in world.read("profile_evidence").to_dicts():
        assert {said["payload"] for said in json.loads(row["evidence"])["statements"]} <= archived


def assert_unharmed(world: OppositionWorld, neighbour: dict[str, Any]) -> None:
    """The other records of the rewritten answers are what they were."""
    assert world.company(SUBSIDIARY.siren) == neighbour
    assert world.read("legal_units").filter(pl.col("source_key") == OTHER_LEI.lei).height == 1
    assert_evidence_is_archived(world)


def assert_repeatable(world: OppositionWorld, night: int) -> None:
    """The same run once more changes no row of any table."""
    before = world.rows()
    assert world.again(night).summary["feed_rows"] == 0
    assert world.rows() == before


def test_who_opposes_from_the_first_night_leaves_no_tombstone_and_no_old_answer_or_objection_is_outdone(
    world: OppositionWorld,
) -> None:
    world.night(2, person_night(2, opposed(PERSON, 2)))
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("suppression").height >= 1
    assert world.read("tombstone").is_empty()

    world.night(3, person_night(1, shown(PERSON, 1, HERSELF)))  # an answer of before, from a backup
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}

    with world.runtime(3) as runtime:
        object_to_unit(runtime, "FR-RCS", PERSON.siren, "objection")
    world.night(4, person_night(4, shown(PERSON, 4, HERSELF)))  # O again, but now there is an objection
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("tombstone").is_empty()


def test_the_newest_word_counts_when_all_nights_are_read_at_once(world: OppositionWorld) -> None:
    world.night(3, [*person_night(1, shown(PERSON, 1, HERSELF)), *person_night(2, opposed(PERSON, 2))])
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("tombstone").is_empty()


def test_a_killed_erasure_is_finished_by_the_next_run(world: OppositionWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.night(1, person_night(1, shown(PERSON, 1, HERSELF)))
    ids = world.ids_of(PERSON.siren)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "erase_observations", stop)
        with pytest.raises(KeyboardInterrupt):
            world.night(2, person_night(2, opposed(PERSON, 2)))
    world.again(2)
    assert_gone(world, ids)


# -------------------------------------------------------------------------------------------------- legal persons


def company_night(night: int, company: dict[str, Any], *, with_group: bool = True) -> list[Payload]:
    """The company by SIREN and beside its subsidiary, whose chair it is, and the group at GLEIF."""
    subsidiary = shown(SUBSIDIARY, night, MADE_CHAIR, DEPUTY)
    french = [search(night, COMPANY.siren, company), search(night, "bois", company, subsidiary)]
    if not with_group:
        return french
    german = replace(OTHER_LEI, parent="test-302")
    records = lei_records(night, (COMPANY_LEI, COMPANY), (SUBSIDIARY_LEI, SUBSIDIARY), (german, None))
    return [*french, records, *children(night, COMPANY_LEI, (SUBSIDIARY_LEI, SUBSIDIARY), (german, None))]


def officers(night: int) -> tuple[Officer, ...]:
    return (CHAIR, DIRECTOR, AUDITOR) if night == 1 else (CHAIR, ARRIVAL, DIRECTOR, AUDITOR)


def test_a_legal_person_under_p_keeps_name_and_commune_and_is_whole_again_under_o(world: OppositionWorld) -> None:
    for night in (1, 2):
        world.night(night, company_night(night, shown(COMPANY, night, *officers(night))))
    ids, group = world.ids_of(COMPANY.siren), world.profile("Tressidoux Menuiseries", "group")
    assert world.tables_naming(*HIDDEN_OF_COMPANY).keys() == set(HIDDEN_OF_COMPANY)  # all of it was told
    assert world.read("executive_change").filter(pl.col("profile_id") == ids[0]).height == 1

    world.night(3, company_night(3, opposed(COMPANY, 3, *officers(3))))
    assert world.tables_naming(*HIDDEN_OF_COMPANY) == {}
    assert world.archive_naming(*HIDDEN_OF_COMPANY) == {}  # its own answer under P named officers, GLEIF the street
    company = world.company(COMPANY.siren)
    assert (company["name"], company["hq_city"], company["status"]) == ("Tressidoux Menuiseries", "NANTES", "active")
    hidden = ("hq_address", "hq_postal_code", "top_executive_name", "top_executive_title", "executives_count")
    assert [company[name] for name in hidden] == [None] * 5
    assert world.ids_of(COMPANY.siren) == ids
    for table in ("executive", "executive_change"):
        assert set(world.read(table)["profile_id"]).isdisjoint({ids[0], group["profile_id"]})
    gleif = world.read("legal_units").filter(pl.col("source_key") == COMPANY_LEI.lei)
    assert gleif["address_line"].to_list() == [None] * gleif.height
    after = world.profile("Tressidoux Menuiseries", "group")
    assert after["group_entity_count"] == group["group_entity_count"] == 2  # it keeps its place in its group
    assert world.tables_naming("OBLIVARD", STREETS[203]).keys() == {"OBLIVARD", STREETS[203]}
    assert world.read("tombstone").is_empty()
    assert_evidence_is_archived(world)
    assert_repeatable(world, 3)

    world.night(4, company_night(4, shown(COMPANY, 4, *officers(4))))
    assert world.ids_of(COMPANY.siren) == ids
    company = world.company(COMPANY.siren)
    assert (company["hq_address"], company["top_executive_name"]) == (STREETS[202], "Odoard Brandevillon")
    assert company["executives_count"] == 3
    assert ids[0] not in set(world.read("executive_change")["profile_id"])  # what was forgotten is no arrival
    current = world.store.read_current("legal_units").filter(pl.col("source_key") == COMPANY_LEI.lei)
    assert current["address_line"].to_list() == [STREETS[202]]
    assert_repeatable(world, 4)


# ----------------------------------------------------------------------------------------------------------- sites


def test_a_site_under_p_has_no_street_in_any_version(world: OppositionWorld) -> None:
    seat, branch = STREETS[202], "4 QUAI DES SONGES"
    world.night(1, company_night(1, shown(COMPANY, 1, *officers(1))))
    world.night(2, company_night(2, with_site_opposed(shown(COMPANY, 2, *officers(2)), siret(COMPANY.siren, 2))))
    assert world.tables_naming(seat, branch).keys() == {seat}
    assert world.archive_naming(branch) == {}  # the street that was told before is forgotten
    assert world.company(COMPANY.siren)["hq_address"] == seat

    world.night(3, company_night(3, with_site_opposed(shown(COMPANY, 3, *officers(3)), siret(COMPANY.siren, 1))))
    assert world.archive_naming(seat) == {}
    assert world.tables_naming(seat, branch).keys() == {branch}  # the seat's street stands in another register too
    company = world.company(COMPANY.siren)
    assert (company["hq_city"], company["hq_address"]) == ("NANTES", None)
    assert company["top_executive_name"] == "Odoard Brandevillon"  # a site's P is not the company's
    assert world.read("executive_change").height >= 1
    assert_repeatable(world, 3)

    world.night(4, company_night(4, shown(COMPANY, 4, *officers(4))))
    assert world.company(COMPANY.siren)["hq_address"] == seat


# ------------------------------------------------------------------------------------------------------ objections


def test_a_company_that_objects_is_gone_at_once_and_does_not_come_back_with_o(world: OppositionWorld) -> None:
    for night in (1, 2):
        world.night(night, company_night(night, shown(COMPANY, night, *officers(night))))
    profile_id, _ = world.ids_of(COMPANY.siren)
    group_id = str(world.profile("Tressidoux Menuiseries", "group")["profile_id"])

    with world.runtime(2) as runtime:
        assert object_to_unit(runtime, "FR-RCS", COMPANY.siren, "objection") == 2  # the company and its group

    assert world.tables_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert world.archive_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert set(world.read("tombstone")["profile_id"]) == {profile_id, group_id}
    assert world.feed_of(profile_id)[-1] == ("suppress", None, None)
    assert world.company(SUBSIDIARY.siren)["ultimate_parent_name"] is None

    world.night(3, company_night(3, shown(COMPANY, 3, *officers(3))))
    assert world.tables_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert world.archive_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert world.company(SUBSIDIARY.siren)["executives_count"] == 1
    assert set(world.read("suppression")["scope"]) == {"objection"}
    assert_repeatable(world, 3)


def test_a_company_that_objected_before_is_never_stored_by_any_register(world: OppositionWorld) -> None:
    with world.runtime(1) as runtime:
        object_to_unit(runtime, "LEI", COMPANY_LEI.lei, "objection")  # the French register knows no LEI
    world.night(1, company_night(1, shown(COMPANY, 1, *officers(1))))
    assert world.tables_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert world.read("tombstone").is_empty()


def test_a_person_who_objected_is_gone_from_the_archive_and_stays_away_after_a_wipe(
    world: OppositionWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.night(1, company_night(1, shown(COMPANY, 1, *officers(1))))
    with world.runtime(1) as runtime:
        assert object_to_person(runtime, "Brandevillon", "Odoard", "1958-04", None, "objection") == 1
    assert world.tables_naming("BRANDEVILLON") == {}
    assert world.archive_naming("BRANDEVILLON") == {}
    world.night(2, company_night(2, shown(COMPANY, 2, *officers(2))))  # the register goes on naming them
    assert world.tables_naming("BRANDEVILLON") == {}
    assert world.archive_naming("BRANDEVILLON") == {}
    assert world.company(COMPANY.siren)["executives_count"] == 2
    assert world.read("executive_change")["kind"].to_list() == ["appointed"] * 2  # of company and group: no departure
    assert_repeatable(world, 2)

    wiped = wipe_but_suppressions(world, tmp_path, monkeypatch)
    wiped.night(4, company_night(1, shown(COMPANY, 1, *officers(1))))  # an answer of before, from a backup
    assert wiped.tables_naming("BRANDEVILLON") == {}
    assert wiped.archive_naming("BRANDEVILLON") == {}
    assert wiped.company(COMPANY.siren)["executives_count"] == 2
    wiped.close()


def wipe_but_suppressions(world: OppositionWorld, folder: Path, monkeypatch: pytest.MonkeyPatch) -> OppositionWorld:
    """An empty database over the same archive, with the list of those who objected."""
    url = f"sqlite:///{folder / 'wiped.db'}"
    wiped = OppositionWorld(folder, url, monkeypatch)
    wiped.store.sync("suppression", world.read("suppression"))
    return wiped
