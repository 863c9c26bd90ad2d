import csv
import hashlib
import io
import json
import re
from datetime import UTC, datetime

import polars as pl
import pytest

import connectors
from flows.demo.accounts import accounts_csv
from flows.demo.french_answers import MASK
from flows.demo.payloads import demo_payloads
from flows.demo.people import demo_suppressions, officers_of
from flows.demo.world import FRENCH_UNITS, HEADS, LEI_ENTITIES, instant_of, ultimate_children
from schemas.identifiers import Lei, Siren, Siret, Vat, is_invented
from schemas.provenance import Payload

NIGHTS = (1, 2, 3, 4)
SIREN_LIKE = re.compile(r'"(?:siren|registeredAs|validatedAs|registre)": \[?"([^"]+)"')
SIRET_LIKE = re.compile(r'"siret": "([^"]+)"')
# every text of 20 capitals and digits that ends as an LEI does
LEI_LIKE = re.compile(r"\b[A-Z0-9]{18}[0-9]{2}\b")


def text_of(night: int) -> str:
    return "\n".join(f"{p.key}\n{p.body.decode()}" for p in demo_payloads(night))


def answers(night: int, source: str) -> dict[str, dict[str, object]]:
    return {p.key: json.loads(p.body) for p in demo_payloads(night) if p.source == source}


def read_night(night: int) -> dict[str, pl.DataFrame]:
    found = connectors.discover()
    frames: dict[str, list[pl.DataFrame]] = {}
    for payload in demo_payloads(night):
        for batch in found[payload.source].parse(payload):
            for name, frame in batch.frames.items():
                frames.setdefault(name, []).append(frame)
    return {name: pl.concat(parts).unique(["source", "source_key"]) for name, parts in frames.items()}


def test_the_world_is_as_large_as_promised() -> None:
    assert len(HEADS) >= 4
    assert len(LEI_ENTITIES) + len(FRENCH_UNITS) >= 15
    assert len({entity.country for entity in LEI_ENTITIES.values()}) >= 8
    assert sum(len(unit.sites) for unit in FRENCH_UNITS.values()) >= 60
    assert sum(len(officers_of(key, 1)) for key in FRENCH_UNITS) >= 50
    assert {unit.size for unit in FRENCH_UNITS.values()} == {"GE", "ETI", "PME"}


def test_all_of_it_reaches_the_frames() -> None:
    frames = read_night(1)
    assert frames["establishments"].height >= 60
    # without those whom P withholds and before anybody's objection
    assert frames["appointments"].height >= 50
    unseen = 2  # the second page of Halquinor's children never comes
    assert (
        frames["legal_units"].height
        == len(FRENCH_UNITS) + sum(e.from_night == 1 for e in LEI_ENTITIES.values()) - unseen
    )
    assert frames["legal_units"]["country_code"].n_unique() >= 8


@pytest.mark.parametrize("night", NIGHTS)
def test_every_answer_is_read_whole_by_its_connector(night: int) -> None:
    found = connectors.discover()
    for payload in demo_payloads(night):
        for batch in found[payload.source].parse(payload):
            assert batch.rejected == (), payload.key
            assert batch.unknown_fields == (), payload.key


@pytest.mark.parametrize("night", NIGHTS)
def test_identifiers_are_from_ranges_that_nobody_holds(night: int) -> None:
    text = text_of(night)
    numbers = set(SIREN_LIKE.findall(text))
    assert numbers
    for number in numbers:
        scheme = "FR-RCS" if number.isdigit() else "GB-COH"
        assert is_invented(scheme, number), number
        # 002 lies inside the gap of the Sirene stock between 001807254 and 005410220; 00 alone is not unassigned
        assert number.startswith(("002", "ZZ")), number
    for siret in SIRET_LIKE.findall(text):
        assert Siret.is_valid(siret), siret
        assert siret.startswith("002"), siret
    leis = {lei for lei in LEI_LIKE.findall(text) if Lei.is_valid(lei)}
    assert LEI_ENTITIES["ancelvaux"].lei in leis
    assert all(is_invented("LEI", lei) for lei in leis)


def test_only_our_sources_are_named_as_hosts() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", text_of(1)))
    assert hosts == {"api.gleif.org", "www.bodacc.example", "www.ostrevigne.example"}
    assert "@" not in text_of(1)


def test_identifiers_have_their_check_digits() -> None:
    for unit in FRENCH_UNITS.values():
        assert Siren.is_valid(unit.siren)
    for payload in demo_payloads(1):
        for number in re.findall(r'"FR[0-9]{11}"', payload.body.decode()):
            assert Vat.is_valid(number.strip('"'))


@pytest.mark.parametrize("night", NIGHTS)
def test_the_same_bytes_every_time(night: int) -> None:
    def digest(payloads: list[Payload]) -> str:
        return hashlib.sha256(repr([(p.key, p.sha256, p.fetched_at, p.url) for p in payloads]).encode()).hexdigest()

    assert digest(demo_payloads(night)) == digest(demo_payloads(night))
    assert len({p.key for p in demo_payloads(night)}) == len(demo_payloads(night))


def test_nights_are_a_day_apart() -> None:
    assert {p.fetched_at for p in demo_payloads(1)} == {datetime(2026, 3, 2, 2, 15, tzinfo=UTC)}
    assert (instant_of(2) - instant_of(1)).total_seconds() == 24 * 3600
    head = LEI_ENTITIES["ancelvaux"].lei
    answer = answers(2, "gleif")[f"lei-records/{head}"]
    assert answer["meta"] == {"goldenCopy": {"publishDate": "2026-03-03T00:00:00Z"}}


def test_sites_listed_are_the_sites_counted_except_where_the_source_lists_fewer() -> None:
    listed = {
        answer["results"][0]["siren"]: answer["results"][0]
        for key, answer in answers(1, "recherche_entreprises").items()
        if "limite_matching" in key
    }
    for unit in FRENCH_UNITS.values():
        if unit.siren not in listed:
            continue
        result = listed[unit.siren]
        still_open = [s for s in result["matching_etablissements"] if s["etat_administratif"] == "A"]
        assert result["nombre_etablissements_ouverts"] == len(still_open) + unit.unlisted_sites
        assert result["matching_etablissements"][0]["siret"] == result["siege"]["siret"]
    assert any(unit.unlisted_sites for unit in FRENCH_UNITS.values())


def test_a_search_by_siren_lists_no_sites_as_the_source_does() -> None:
    by_siren = {k: a for k, a in answers(1, "recherche_entreprises").items() if re.fullmatch(r"search\?q=[0-9]{9}", k)}
    assert len(by_siren) == len(FRENCH_UNITS)
    assert all(answer["results"][0]["matching_etablissements"] == [] for answer in by_siren.values())


def names(key: str, night: int) -> set[tuple[str, str]]:
    return {(o.title, o.family or o.organisation) for o in officers_of(key, night)}


def test_what_happens_between_the_nights() -> None:
    arrived = names("ancelvaux", 2) - names("ancelvaux", 1)
    assert {title for title, _ in arrived} == {"Directeur Général", "Commissaire aux comptes titulaire"}
    missing = names("lormancet", 1) - names("lormancet", 2)
    assert len(missing) == 1
    assert names("ostrevigne", 2) - names("ostrevigne", 1) == {("Directeur Général", "VANTROUILH")}
    assert names("ostrevigne", 1) - names("ostrevigne", 2) == {("Directeur général délégué", "VANTROUILH")}
    changed = {key for key in FRENCH_UNITS if officers_of(key, 1) != officers_of(key, 2)}
    assert names("mirobrac", 2) - names("mirobrac", 1) == {("Président de SAS", "MIROBRACQ PARTICIPATIONS")}
    assert changed == {"ancelvaux", "lormancet", "ostrevigne", "mirobrac"}


@pytest.mark.parametrize("night", [3, 4])
def test_the_missing_director_stays_away_and_nothing_else_moves(night: int) -> None:
    assert all(officers_of(key, night) == officers_of(key, 2) for key in FRENCH_UNITS)
    assert ultimate_children("ancelvaux", night) == ultimate_children("ancelvaux", 2)


def pages_of(key: str, night: int) -> list[dict[str, object]]:
    lei = LEI_ENTITIES[key].lei
    return [
        answer
        for name, answer in answers(night, "gleif").items()
        if name.startswith(f"lei-records/{lei}/") and "-children?" in name
    ]


def test_a_page_of_one_list_is_lost_on_the_second_night_only() -> None:
    assert [len(page["data"]) for page in pages_of("lormancet", 1)] == [6, 6]
    assert [len(page["data"]) for page in pages_of("lormancet", 2)] == [6]
    assert pages_of("lormancet", 2)[0]["meta"]["pagination"] == {
        "currentPage": 1,
        "perPage": 6,
        "from": 1,
        "to": 6,
        "total": 12,
        "lastPage": 2,
    }
    assert [len(page["data"]) for page in pages_of("lormancet", 3)] == [6, 6]


def test_a_subsidiary_abroad_appears_in_another_group() -> None:
    new = {e.key for e in ultimate_children("ancelvaux", 2)} - {e.key for e in ultimate_children("ancelvaux", 1)}
    assert new == {"ancelvaux-se"}
    lei = LEI_ENTITIES["ancelvaux-se"].lei
    assert lei not in text_of(1)
    assert lei in text_of(2)


def test_one_list_is_never_whole() -> None:
    for night in NIGHTS:
        for page in pages_of("halquinor", night):
            assert page["meta"]["pagination"]["currentPage"] < page["meta"]["pagination"]["lastPage"]


def test_one_company_and_one_person_under_p() -> None:
    partial = [unit for unit in FRENCH_UNITS.values() if unit.is_partial]
    assert sorted(unit.is_natural_person for unit in partial) == [False, True]
    found = answers(1, "recherche_entreprises")
    for unit in partial:
        result = found[f"search?q={unit.siren}"]["results"][0]
        assert result["statut_diffusion"] == "P"
        assert result["siege"]["adresse"] == MASK
        assert result["siege"]["libelle_commune"] in unit.sites
        assert (result["nom_complet"] == MASK) == unit.is_natural_person
    units = read_night(1)["legal_units"].filter(pl.col("diffusion") == "P")
    assert units["address_line"].null_count() == units.height == 2


def test_the_objection_names_somebody_who_is_there() -> None:
    (objection,) = demo_suppressions()
    unit = next(unit for unit in FRENCH_UNITS.values() if unit.siren == objection.unit)
    assert any(
        (o.family, o.given, o.birth_month) == (objection.family, objection.given, objection.birth_month)
        for o in officers_of(unit.key, 1)
    )


def test_fifteen_accounts_with_invented_domains() -> None:
    rows = list(csv.DictReader(io.StringIO(accounts_csv())))
    assert len(rows) == len({row["account_id"] for row in rows}) == 15
    assert all(row["domain"] == "" or is_invented("DOMAIN", row["domain"]) for row in rows)
    numbers = [row["national_id"] for row in rows if row["national_id"]]
    assert all(is_invented("FR-RCS", number) or is_invented("GB-COH", number) for number in numbers)
    ours = {unit.name.casefold() for unit in FRENCH_UNITS.values()}
    assert sum(row["name"].casefold() in ours for row in rows) < 10  # most are written differently, or unknown
    assert accounts_csv() == accounts_csv()
