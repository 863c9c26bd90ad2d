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


def test_a_natural_person_who_opposes_leaves_every_table_and_the_archive(world: OppositionWorld) -> None:
    world.night(1, person_night(1, shown(PERSON, 1, HERSELF)))
    profile_id, entity_id = world.ids_of(PERSON.siren)
    neighbour = world.company(SUBSIDIARY.siren)

    world.night(2, person_night(2, opposed(PERSON, 2)))

    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("prospect_profile").filter(pl.col("profile_id") == profile_id).is_empty()
    (tombstone,) = world.read("tombstone").to_dicts()
    assert (tombstone["profile_id"], tombstone["deleted_at"]) == (profile_id, instant_of(2))
    told = world.feed_of(profile_id)
    assert [op for op, _, _ in told] == ["insert", "suppress"]
    assert all(before is None and after is None for _, before, after in told)
    concealed = world.read("id_registry").filter(pl.col("id").is_in([profile_id, entity_id]))
    assert concealed["source_key"].str.contains(r"^hash:[0-9a-f]{64}$").all()
    assert set(world.read("suppression")["scope"]) == {"diffusion"}
    assert_unharmed(world, neighbour)


def assert_unharmed(world: OppositionWorld, neighbour: dict[str, Any]) -> None:
    """The other records of the rewritten answers are what they were, and point at answers that exist."""
    assert world.company(SUBSIDIARY.siren) == neighbour
    assert world.read("legal_units").filter(pl.col("source_key") == OTHER_LEI.lei).height == 1
    archived = {path.stem for path in (world.folder / "archive" / "objects").rglob("*.zst")}
    for table in ("legal_units", "establishments", "appointments", "relationships", "financial_statements"):
        assert set(world.read(table)["payload_sha256"]) <= archived
    for row in world.read("profile_evidence").to_dicts():
        assert {said["payload"] for said in json.loads(row["evidence"])["statements"]} <= archived


def test_the_run_is_repeatable_at_every_step(world: OppositionWorld) -> None:
    for night, person in enumerate((shown(PERSON, 1, HERSELF), opposed(PERSON, 2), shown(PERSON, 3, HERSELF)), start=1):
        world.night(night, person_night(night, person))
        before = world.digest()
        assert world.again(night).summary["feed_rows"] == 0
        assert world.digest() == before


def test_a_natural_person_who_is_back_to_o_gets_the_same_ids(world: OppositionWorld) -> None:
    world.night(1, person_night(1, shown(PERSON, 1, HERSELF)))
    ids = world.ids_of(PERSON.siren)
    world.night(2, person_night(2, opposed(PERSON, 2)))
    world.night(3, person_night(3, shown(PERSON, 3, HERSELF)))

    assert world.ids_of(PERSON.siren) == ids
    assert world.company(PERSON.siren)["status"] == "active"
    assert world.company(PERSON.siren)["lei"] == PERSON_LEI.lei
    assert [op for op, _, _ in world.feed_of(ids[0])] == ["insert", "suppress", "insert"]
    assert world.read("tombstone").is_empty()  # a tombstone says that the profile is gone; the feed tells the story
    assert world.read("suppression").is_empty()
    assert not world.read("id_registry")["source_key"].str.starts_with("hash:").any()


def test_a_natural_person_under_p_from_the_first_night_leaves_no_tombstone(world: OppositionWorld) -> None:
    world.night(1, person_night(1, opposed(PERSON, 1)))
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("tombstone").is_empty()
    assert world.read("suppression").height >= 1


def test_the_newest_word_counts_when_all_nights_are_read_at_once(world: OppositionWorld) -> None:
    world.night(3, [*person_night(1, shown(PERSON, 1, HERSELF)), *person_night(2, opposed(PERSON, 2))])
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("tombstone").is_empty()


def test_an_old_answer_does_not_bring_back_who_opposed_since(world: OppositionWorld) -> None:
    world.night(2, person_night(2, opposed(PERSON, 2)))
    world.night(3, person_night(1, shown(PERSON, 1, HERSELF)))
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}


def test_a_question_that_names_who_opposed_is_kept_without_the_name(world: OppositionWorld) -> None:
    world.night(1, [*person_night(1, shown(PERSON, 1, HERSELF)), lookup_by_number(1, PERSON)])
    world.night(2, person_night(2, opposed(PERSON, 2)))
    world.night(3, [lookup_by_number(3, PERSON)])  # an accounts file may ask for the number every night
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}


def test_other_registers_are_silent_when_only_one_of_them_is_asked(world: OppositionWorld) -> None:
    world.night(1, person_night(1, shown(PERSON, 1, HERSELF)))
    world.night(2, [search(2, PERSON.siren, opposed(PERSON, 2))])
    assert world.tables_naming(*OF_PERSON) == {}
    world.night(3, [lei_records(3, (PERSON_LEI, PERSON), (OTHER_LEI, None))])  # it does not know who opposed
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}


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


def test_a_legal_person_who_opposes_keeps_name_and_commune_without_street_and_persons(world: OppositionWorld) -> None:
    for night in (1, 2):
        world.night(night, company_night(night, shown(COMPANY, night, *officers(night))))
    ids, group = world.ids_of(COMPANY.siren), world.profile("Tressidoux Menuiseries", "group")
    assert world.tables_naming(*HIDDEN_OF_COMPANY).keys() == set(HIDDEN_OF_COMPANY)  # all of it was told
    assert world.read("executive_change").filter(pl.col("profile_id") == ids[0]).height == 1

    world.night(3, company_night(3, opposed(COMPANY, 3, *officers(3))))

    assert world.tables_naming(*HIDDEN_OF_COMPANY) == {}
    company = world.company(COMPANY.siren)
    assert (company["name"], company["hq_city"], company["status"]) == ("Tressidoux Menuiseries", "NANTES", "active")
    hidden = ("hq_address", "hq_postal_code", "top_executive_name", "top_executive_title", "executives_count")
    assert [company[name] for name in hidden] == [None] * 5
    assert world.ids_of(COMPANY.siren) == ids
    for profile_id in (ids[0], str(group["profile_id"])):
        assert world.read("executive").filter(pl.col("profile_id") == profile_id).is_empty()
        assert world.read("executive_change").filter(pl.col("profile_id") == profile_id).is_empty()
    gleif = world.read("legal_units").filter(pl.col("source_key") == COMPANY_LEI.lei)
    assert gleif["address_line"].to_list() == [None] * gleif.height
    after = world.profile("Tressidoux Menuiseries", "group")
    assert after["group_entity_count"] == group["group_entity_count"] == 2  # it keeps its place in its group
    assert world.tables_naming("OBLIVARD", STREETS[203]).keys() == {"OBLIVARD", STREETS[203]}
    assert world.read("tombstone").is_empty()


def test_a_legal_person_who_is_back_to_o_is_whole_again_from_the_new_answer(world: OppositionWorld) -> None:
    world.night(1, company_night(1, shown(COMPANY, 1, *officers(1))))
    ids = world.ids_of(COMPANY.siren)
    world.night(2, company_night(2, opposed(COMPANY, 2, *officers(2))))
    world.night(3, company_night(3, shown(COMPANY, 3, *officers(3))))

    assert world.ids_of(COMPANY.siren) == ids
    company = world.company(COMPANY.siren)
    assert company["hq_address"] == STREETS[202]
    assert company["top_executive_name"] == "Odoard Brandevillon"
    assert company["executives_count"] == 3
    assert world.read("executive_change").is_empty()  # what was forgotten is not told as an arrival
    current = world.store.read_current("legal_units").filter(pl.col("source_key") == COMPANY_LEI.lei)
    assert current["address_line"].to_list() == [STREETS[202]]


def test_every_step_of_a_legal_person_is_repeatable(world: OppositionWorld) -> None:
    told = (shown(COMPANY, 1, *officers(1)), opposed(COMPANY, 2, *officers(2)), shown(COMPANY, 3, *officers(3)))
    for night, company in enumerate(told, start=1):
        world.night(night, company_night(night, company))
        before = world.rows()
        assert world.again(night).summary["feed_rows"] == 0
        assert world.rows() == before


def test_a_legal_person_under_p_from_the_first_night_shows_no_street_and_no_persons(world: OppositionWorld) -> None:
    world.night(1, company_night(1, opposed(COMPANY, 1, *officers(1))))
    assert world.tables_naming(*HIDDEN_OF_COMPANY) == {}
    assert world.company(COMPANY.siren)["name"] == "Tressidoux Menuiseries"


# ----------------------------------------------------------------------------------------------------------- sites


@pytest.mark.parametrize(("site", "street"), [(2, "4 QUAI DES SONGES"), (1, "3 QUAI DES SONGES")])
def test_a_site_under_p_has_no_street_in_any_version(world: OppositionWorld, site: int, street: str) -> None:
    other = {1: "4 QUAI DES SONGES", 2: "3 QUAI DES SONGES"}[site]
    world.night(1, company_night(1, shown(COMPANY, 1, *officers(1))))
    assert world.tables_naming(street)
    hidden = with_site_opposed(shown(COMPANY, 2, *officers(2)), siret(COMPANY.siren, site))
    world.night(2, company_night(2, hidden))

    assert world.tables_naming(street) == {}
    assert world.tables_naming(other)
    company = world.company(COMPANY.siren)
    assert (company["hq_city"], company["top_executive_name"]) == ("NANTES", "Odoard Brandevillon")
    assert (company["hq_address"] is None) is (site == 1)
    assert world.read("executive_change").height >= 1  # a site's P is not the company's
    before = world.rows()
    assert world.again(2).summary["feed_rows"] == 0
    assert world.rows() == before

    world.night(3, company_night(3, shown(COMPANY, 3, *officers(3))))
    assert world.company(COMPANY.siren)["hq_address"] == STREETS[202]
    assert world.tables_naming(street)


# ------------------------------------------------------------------------------------------------------ objections


@pytest.mark.parametrize(("scheme", "identifier"), [("FR-RCS", COMPANY.siren), ("LEI", COMPANY_LEI.lei)])
def test_a_company_that_objects_is_gone_at_once_and_does_not_come_back_with_o(
    world: OppositionWorld, scheme: str, identifier: str
) -> None:
    for night in (1, 2):
        world.night(night, company_night(night, shown(COMPANY, night, *officers(night))))
    profile_id, _ = world.ids_of(COMPANY.siren)
    group_id = str(world.profile("Tressidoux Menuiseries", "group")["profile_id"])

    with world.runtime(2) as runtime:
        assert object_to_unit(runtime, scheme, identifier, "objection") == 2  # the company and its group

    assert world.tables_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert world.archive_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert set(world.read("tombstone")["profile_id"]) == {profile_id, group_id}
    assert world.feed_of(profile_id)[-1] == ("suppress", None, None)
    assert world.company(SUBSIDIARY.siren)["ultimate_parent_name"] is None

    for night in (3, 4):
        world.night(night, company_night(night, shown(COMPANY, night, *officers(night))))
        assert world.tables_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
        assert world.archive_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
        assert world.company(SUBSIDIARY.siren)["executives_count"] == 1
        before = world.rows()
        assert world.again(night).summary["feed_rows"] == 0
        assert world.rows() == before
    assert set(world.read("suppression")["scope"]) == {"objection"}


def test_a_company_that_objected_before_is_never_stored_by_any_register(world: OppositionWorld) -> None:
    with world.runtime(1) as runtime:
        object_to_unit(runtime, "LEI", COMPANY_LEI.lei, "objection")  # the French register knows no LEI
    world.night(1, company_night(1, shown(COMPANY, 1, *officers(1))))
    assert world.tables_naming(*OF_COMPANY, *HIDDEN_OF_COMPANY) == {}
    assert world.read("tombstone").is_empty()


def test_an_objection_outlasts_the_register_that_says_o_again(world: OppositionWorld) -> None:
    world.night(1, person_night(1, opposed(PERSON, 1)))
    with world.runtime(1) as runtime:
        object_to_unit(runtime, "FR-RCS", PERSON.siren, "objection")
    world.night(2, person_night(2, shown(PERSON, 2, HERSELF)))
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}


def test_a_person_who_objected_is_gone_from_the_archive_and_stays_away_after_a_wipe(
    world: OppositionWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for night in (1, 2):
        world.night(night, company_night(night, shown(COMPANY, night, *officers(night))))
    with world.runtime(2) as runtime:
        assert object_to_person(runtime, "Brandevillon", "Odoard", "1958-04", None, "objection") == 1
    assert world.tables_naming("BRANDEVILLON") == {}
    assert world.archive_naming("BRANDEVILLON") == {}
    world.night(3, company_night(3, shown(COMPANY, 3, *officers(3))))  # the register goes on naming them
    assert world.tables_naming("BRANDEVILLON") == {}
    assert world.archive_naming("BRANDEVILLON") == {}
    assert world.company(COMPANY.siren)["executives_count"] == 2
    assert world.read("executive_change")["kind"].to_list() == ["appointed"] * 2  # of company and group: no departure
    before = world.rows()
    assert world.again(3).summary["feed_rows"] == 0
    assert world.rows() == before

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


def test_a_killed_erasure_is_finished_by_the_next_run(world: OppositionWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.night(1, person_night(1, shown(PERSON, 1, HERSELF)))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "erase_observations", stop)
        with pytest.raises(KeyboardInterrupt):
            world.night(2, person_night(2, opposed(PERSON, 2)))
    world.again(2)
    assert world.tables_naming(*OF_PERSON) == {}
    assert world.archive_naming(*OF_PERSON) == {}
    assert world.read("tombstone").height == 1
