"""Legal notices name companies and persons and know neither P nor objections: what of them is never kept, or goes."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.recherche_entreprises import CONNECTOR as RECHERCHE
from flows.demo.notice_answers import BASE, PATH, notice
from flows.demo.people import ADM, PDG, Officer
from flows.demo.world import FrenchUnit, instant_of
from flows.notices import Unwelcome, find_withheld_notices
from flows.objections import object_to_person, object_to_unit
from flows.privacy import KeyedHash
from schemas.frames import Notice
from schemas.provenance import Payload
from tests.flows.opposition_world import OppositionWorld, french_unit, opposed, search, shown

pytestmark = pytest.mark.slow  # whole nights each: make check runs them

KEYED = KeyedHash(b"a pepper for tests only")
PERSON = french_unit(201, "GUDULE FICTAVELLE", legal_form="1000")
COMPANY = french_unit(202, "TRESSIDOUX MENUISERIES")
OTHER = french_unit(203, "CHARPENTES OBLIVARD")
CHAIR = Officer(PDG, "BRANDEVILLON", "ODOARD", "1958-04")
DEPUTY = Officer(ADM, "OBLIVARD", "SIDOINE", "1977-07")
HERSELF = Officer("Entrepreneur individuel", "FICTAVELLE", "GUDULE", "1969-03")
TEXT = "nomination du Président-directeur général : Brandevillon, Odoard Marie"
OPENING = {"famille": "Jugement d'ouverture", "nature": "Jugement d'ouverture de liquidation judiciaire", "date": None}


# ------------------------------------------------------------------------------------------------- what a text names


def row(administration: str | None, siren: str = COMPANY.siren, **values: Any) -> pl.DataFrame:
    key = "B|20260141|1"
    told = dict.fromkeys(Notice.column_names()) | {
        "source": "bodacc", "source_key": f"{key}|{siren}", "notice_key": key, "unit_key": siren, "party": "subject",
        "is_natural_person": False, "family": "modification", "kind": "initial", "administration": administration,
        "published_on": instant_of(1).date(),
    }  # fmt: skip
    return Notice.validate(pl.DataFrame([told | values]), cast=True)


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("Gérant partant : Brissonneau, Étienne Marc", True),
        ("Président : B.V.N. SLU représenté par BRISSONNEAU Etienne Adresse : 1 rue Inventée", True),
        ("Étienne Brissonneau n'est plus gérant", True),
        ("Gérant : BRISSONNEAU (GALVIAC) Étienne", True),
        ("Gérant : Brissonneau, Luc, Commissaire aux comptes : Delormeau, Étienne", False),
        (None, False),
    ],
)
def test_a_person_who_objected_is_found_in_every_layout(text: str | None, is_named: bool) -> None:
    suppressed = KEYED.person(("Brissonneau",), "Étienne", unit=COMPANY.siren)
    assert bool(find_withheld_notices(row(text), Unwelcome(suppressed), KEYED).rows) is is_named
    assert not find_withheld_notices(row(text, OTHER.siren), Unwelcome(suppressed), KEYED).rows  # a namesake elsewhere


@pytest.mark.parametrize(
    ("objected", "told"),
    [("Jean-Pierre", "Jean-Pierre"), ("Jean-Pierre", "Jean Pierre"), ("Jean Pierre", "Jean-Pierre")],
)
def test_a_compound_given_name_is_one_word_or_two(objected: str, told: str) -> None:
    suppressed = KEYED.person(("de Kervannou",), objected, unit=COMPANY.siren)
    assert find_withheld_notices(row(f"Gérant : DE KERVANNOU {told}"), Unwelcome(suppressed), KEYED).rows


def test_a_unit_is_found_by_its_number_in_a_text_and_a_notice_goes_as_a_whole() -> None:
    siren = OTHER.siren
    spaced = f"{siren[:3]} {siren[3:6]}\u00a0{siren[6:]}"
    buyer = row(None, description=f"apport à la société X, {spaced} RCS Nulleville")
    seller = row(None, PERSON.siren, party="previous_owner")
    unwelcome = Unwelcome({KEYED.unit("FR-RCS", siren)})
    assert find_withheld_notices(pl.concat([buyer, seller]), unwelcome, KEYED).rows == {
        buyer["source_key"][0],
        seller["source_key"][0],
    }


def test_of_a_sale_by_an_unconfirmed_person_the_company_that_bought_stays() -> None:
    rows = pl.concat([row(None), row(None, PERSON.siren, is_natural_person=True, party="previous_owner")])
    found = find_withheld_notices(rows, Unwelcome(set()), KEYED)
    assert found.rows == {rows["source_key"][1]}
    assert found.units == {PERSON.siren}
    assert not find_withheld_notices(rows, Unwelcome(set(), confirmed={PERSON.siren}), KEYED).rows


# ------------------------------------------------------------------------------------------------------ whole nights


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OppositionWorld]:
    made = OppositionWorld(tmp_path, sqlite_url, monkeypatch)
    yield made
    made.close()


def told(night: int, *records: dict[str, Any]) -> Payload:
    """BODACC's answer of that night; its key names the units that were asked for."""
    key = f"{PATH}?where=dateparution >= date'{instant_of(night).date()}'"
    body = json.dumps({"total_count": len(records), "results": list(records)}, ensure_ascii=False).encode()
    return Payload("bodacc", key, body, fetched_at=instant_of(night), url=f"{BASE}/{key}")


def about(unit: FrenchUnit, night: int, number: int, text: str | None = None, **parts: Any) -> dict[str, Any]:
    family = "collective" if "jugement" in parts else "modification"
    found = notice("B", instant_of(night).date() - timedelta(days=1), number, family, unit, text=text, **parts)
    if unit.is_natural_person:
        found["listepersonnes"] = (
            found["listepersonnes"].replace("ROUVILLAC", "FICTAVELLE").replace("Hermance", "Gudule")
        )
        found["commercant"] = "FICTAVELLE Gudule"
    return found


def notices(night: int) -> list[dict[str, Any]]:
    return [
        about(COMPANY, night, 1, TEXT),
        about(COMPANY, night, 2, jugement=OPENING),
        about(OTHER, night, 3, "Administrateur : Oblivard, Sidoine"),
        about(PERSON, night, 4, jugement=OPENING),
    ]


def register(night: int, *units: dict[str, Any]) -> list[Payload]:
    return [search(night, row["siren"], row) for row in units]


def everybody(night: int) -> list[dict[str, Any]]:
    return [shown(COMPANY, night, CHAIR), shown(OTHER, night, DEPUTY), shown(PERSON, night, HERSELF)]


def keys(world: OppositionWorld) -> set[str]:
    return {key.partition("|")[2].partition("|")[2] for key in world.read("notices")["source_key"]}


def of(*pairs: tuple[int, FrenchUnit]) -> set[str]:
    return {f"{number}|{unit.siren}" for number, unit in pairs}


def assert_gone(world: OppositionWorld, *texts: str) -> None:
    assert world.tables_naming(*texts) == {}
    assert world.archive_naming(*texts) == {}
    runs = json.dumps(world.read("run").to_dicts(), default=str).casefold()
    assert not [text for text in texts if text.casefold() in runs]


def first_night(world: OppositionWorld, *, register_rows: Iterable[dict[str, Any]] | None = None) -> None:
    rows = everybody(1) if register_rows is None else register_rows
    world.night(1, [*register(1, *rows), told(1, *notices(1))])


def test_notices_are_kept_and_a_liquidation_is_a_risk_with_its_evidence(world: OppositionWorld) -> None:
    first_night(world)
    assert keys(world) == of((1, COMPANY), (2, COMPANY), (3, OTHER), (4, PERSON))
    assert world.read("notices").filter("is_natural_person")["judgement_kind"].to_list() == [None]
    company = world.company(COMPANY.siren)
    assert company["risk_flags"] == "insolvency"
    evidence = world.read("profile_evidence").filter(pl.col("profile_id") == company["profile_id"])
    found = json.loads(evidence["evidence"][0])
    (said,) = [found["statements"][number] for number in found["fields"]["risk_flags"]]
    assert said["source"] == "bodacc"
    assert said["source_key"].endswith(f"|2|{COMPANY.siren}")
    assert world.company(OTHER.siren)["risk_flags"] is None

    closing = {"famille": "Clôture", "nature": "Jugement de clôture pour extinction du passif", "date": None}
    world.night(2, [*register(2, *everybody(2)), told(2, about(COMPANY, 2, 9, jugement=closing))])
    assert world.company(COMPANY.siren)["risk_flags"] is None


def test_of_a_person_whom_no_register_confirms_no_name_is_kept(world: OppositionWorld) -> None:
    first_night(world, register_rows=everybody(1)[:2])
    assert keys(world) == of((1, COMPANY), (2, COMPANY), (3, OTHER))
    assert_gone(world, "FICTAVELLE", PERSON.siren)


def test_who_turns_p_is_gone_from_notices_the_same_run_and_back_under_o(world: OppositionWorld) -> None:
    first_night(world)
    assert "notices" in world.tables_naming("Brandevillon")["Brandevillon"]
    hidden = register(2, opposed(COMPANY, 2, CHAIR), shown(OTHER, 2, DEPUTY), opposed(PERSON, 2))
    world.night(2, hidden)  # nothing new from BODACC: what is stored goes
    assert keys(world) == of((3, OTHER))
    assert_gone(world, "BRANDEVILLON", "FICTAVELLE", PERSON.siren)
    assert world.company(COMPANY.siren)["risk_flags"] is None

    world.night(3, [told(3, *notices(3))])  # and it goes on telling of them
    assert keys(world) == of((3, OTHER))
    assert_gone(world, "BRANDEVILLON", "FICTAVELLE", PERSON.siren)
    before = world.digest()
    world.again(3)
    assert world.digest() == before

    world.night(4, [*register(4, *everybody(4)), told(4, *notices(4))])
    assert keys(world) == of((1, COMPANY), (2, COMPANY), (3, OTHER), (4, PERSON))
    assert world.company(COMPANY.siren)["risk_flags"] == "insolvency"


def test_a_company_that_objects_is_in_no_notice_any_more(world: OppositionWorld) -> None:
    mention = about(OTHER, 1, 5, "Administrateur : TRESSIDOUX MENUISERIES")
    world.night(1, [*register(1, *everybody(1)), told(1, *notices(1), mention)])
    with world.runtime(1) as runtime:
        object_to_unit(runtime, "FR-RCS", COMPANY.siren, "objection")
    assert keys(world) == of((3, OTHER), (4, PERSON))
    assert_gone(world, "TRESSIDOUX", COMPANY.siren, "Brandevillon")

    broken = about(COMPANY, 2, 6, TEXT) | {"typeavis": "unheard"}  # a record that cannot be read
    world.night(2, [*register(2, *everybody(2)), told(2, *notices(2), broken)])
    assert keys(world) == of((3, OTHER), (4, PERSON))
    assert_gone(world, "TRESSIDOUX", COMPANY.siren, "Brandevillon")


@pytest.mark.parametrize(("month", "unit"), [("1958-04", None), (None, COMPANY.siren)])
@pytest.mark.parametrize("is_before", [True, False])
def test_a_person_who_objects_is_in_no_notice_whenever_that_is(
    world: OppositionWorld, month: str | None, unit: str | None, is_before: bool
) -> None:
    if not is_before:
        first_night(world)
    with world.runtime(1) as runtime:
        object_to_person(runtime, "Brandevillon", "Odoard", month, unit, "objection")
    if is_before:
        first_night(world)
    assert keys(world) == of((2, COMPANY), (3, OTHER), (4, PERSON))
    assert_gone(world, "BRANDEVILLON", "Odoard")

    world.night(2, [told(2, *notices(2))])  # the register is silent, the notice comes again
    assert_gone(world, "BRANDEVILLON", "Odoard")
    assert world.company(COMPANY.siren)["risk_flags"] == "insolvency"


def test_a_founder_behind_the_company_that_follows_him_has_not_left(world: OppositionWorld) -> None:
    holding = Officer(PDG, "", "", "", "BRANDEVILLON PARTICIPATIONS", "002009997")
    text = (
        "Président partant : Brandevillon, Odoard ; nomination du Président : BRANDEVILLON PARTICIPATIONS représentée"
        " par BRANDEVILLON Odoard Marie"
    )
    first_night(world)
    for night in (2, 3, 4):
        answers = register(night, shown(COMPANY, night, holding), shown(OTHER, night))
        answers += [told(night, about(COMPANY, night, 7, text))] if night == 2 else []
        world.night(night, answers)
    departed = world.read("executive_change").filter(pl.col("kind") == "departed")
    assert "Odoard Brandevillon" not in set(departed["full_name"])


@pytest.mark.parametrize("word", ["P", None, "?"])
def test_of_a_unit_that_cannot_be_read_and_is_not_o_nothing_that_hangs_on_it_is_kept(word: str | None) -> None:
    unit = shown(COMPANY, 1, CHAIR) | {"etat_administratif": "?", "statut_diffusion": word}
    (batch,) = RECHERCHE.parse(search(1, "bois", unit, shown(OTHER, 1, DEPUTY)))
    for name in ("legal_units", "establishments", "appointments", "financial_statements"):
        frame = batch.frames[name]
        assert set(frame["source_key" if name == "legal_units" else "unit_key"]) <= {OTHER.siren}
    assert {rejected.source_key for rejected in batch.rejected} == {COMPANY.siren}
    assert [scope.name for scope in batch.scopes if COMPANY.siren in scope.name] == []
    assert "BRANDEVILLON" not in str(batch.rejected).upper()
