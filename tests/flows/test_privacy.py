import polars as pl
import pytest

from flows.privacy import KeyedHash, find_withheld, withhold
from schemas.frames import Appointment, Establishment, LegalUnit

KEYED = KeyedHash(b"a pepper for tests only")
SIREN, OTHER = "002000016", "002000024"


def unit(siren: str, **values: object) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(LegalUnit.column_names())
    row |= {
        "source": "recherche_entreprises",
        "source_key": siren,
        "name": "Aciers inventés",
        "other_names": [],
        "national_id": siren,
        "national_id_scheme": "FR-RCS",
        "is_natural_person": False,
        "diffusion": "O",
        "life_status": "active",
        "address_line": "1 rue de nulle part",
        "postal_code": "75001",
        "city": "Paris",
    }
    return row | values


def frames(*units: dict[str, object]) -> dict[str, pl.DataFrame]:
    sirens = [str(u["source_key"]) for u in units]
    site = dict.fromkeys(Establishment.column_names()) | {
        "source": "recherche_entreprises",
        "is_head_office": True,
        "site_status": "open",
        "diffusion": "O",
        "address_line": "1 rue de nulle part",
        "postal_code": "75001",
        "city": "Paris",
    }
    officer = dict.fromkeys(Appointment.column_names()) | {
        "source": "recherche_entreprises",
        "officer_kind": "person",
        "family_name": "Lemaître",
        "usage_name": "Dupuis",
        "given_names": "Anne Sophie",
        "birth_month": "1970-05",
        "title": "Gérant",
        "role": "manager",
        "office_group": "executive",
    }
    return {
        "legal_units": LegalUnit.validate(pl.DataFrame(list(units), infer_schema_length=None), cast=True),
        "establishments": Establishment.validate(
            pl.DataFrame([site | {"source_key": s + "00011", "unit_key": s} for s in sirens]), cast=True
        ),
        "appointments": Appointment.validate(
            pl.DataFrame([officer | {"source_key": s + "|gérant|lemaître", "unit_key": s} for s in sirens]), cast=True
        ),
    }


def held_back(given: dict[str, pl.DataFrame], suppressed: set[str] = frozenset()) -> dict[str, pl.DataFrame]:  # type: ignore[assignment]
    return withhold(given, find_withheld(given, set(suppressed), set(), KEYED))


def test_a_natural_person_under_p_has_no_row_anywhere() -> None:
    kept = held_back(frames(unit(SIREN, diffusion="P", is_natural_person=True), unit(OTHER)))
    assert kept["legal_units"]["source_key"].to_list() == [OTHER]
    assert kept["establishments"]["unit_key"].to_list() == [OTHER]
    assert kept["appointments"]["unit_key"].to_list() == [OTHER]


def test_a_legal_person_under_p_keeps_name_and_commune_without_street_and_persons() -> None:
    kept = held_back(frames(unit(SIREN, diffusion="P"), unit(OTHER)))
    partial = kept["legal_units"].filter(pl.col("source_key") == SIREN).row(0, named=True)
    assert (partial["name"], partial["city"]) == ("Aciers inventés", "Paris")
    assert partial["address_line"] is None
    assert partial["postal_code"] is None
    assert kept["appointments"]["unit_key"].to_list() == [OTHER]
    assert kept["establishments"].filter(pl.col("unit_key") == SIREN)["address_line"].to_list() == [None]


def test_another_register_does_not_complete_what_p_hides() -> None:
    given = frames(unit("LEI-RECORD", source="gleif", national_id=SIREN))
    kept = withhold(given, find_withheld(given, set(), {f"FR-RCS|{SIREN}"}, KEYED))
    assert kept["legal_units"]["address_line"].to_list() == [None]


def test_a_site_under_p_has_no_street() -> None:
    given = frames(unit(SIREN))
    given["establishments"] = given["establishments"].with_columns(diffusion=pl.lit("P"))
    kept = held_back(given)
    assert kept["establishments"]["address_line"].to_list() == [None]
    assert kept["legal_units"]["address_line"].to_list() == ["1 rue de nulle part"]


@pytest.mark.parametrize(
    ("family", "given", "month", "where", "is_hit"),
    [
        ("LEMAITRE", "anne-sophie", "1970-05", None, True),
        ("Dupuis", "Anne", "1970-05", None, True),  # the usage name counts too
        ("Lemaître", "Anne", None, SIREN, True),
        ("Lemaître", "Anne", "1970-06", None, False),  # a namesake of another month
        ("Lemaître", "Anne", None, OTHER, False),
        ("Lemaître", "Paul", "1970-05", None, False),
    ],
)
def test_an_objection_hits_the_person_and_no_namesake(
    family: str, given: str, month: str | None, where: str | None, is_hit: bool
) -> None:
    hashes = KEYED.person((family,), given.replace("-", " "), birth_month=month, unit=where)
    kept = held_back(frames(unit(SIREN)), hashes)
    assert (kept["appointments"].height == 0) is is_hit


def test_a_name_alone_is_no_key() -> None:
    assert KEYED.person(("Lemaître",), "Anne") == set()


@pytest.mark.parametrize(("scheme", "identifier"), [("FR-RCS", SIREN), ("LEI", "00000000000000000098")])
def test_an_objecting_company_is_not_stored(scheme: str, identifier: str) -> None:
    given = frames(unit(SIREN, lei="00000000000000000098"), unit(OTHER))
    kept = held_back(given, {KEYED.unit(scheme, identifier)})
    assert kept["legal_units"]["source_key"].to_list() == [OTHER]
    assert kept["appointments"]["unit_key"].to_list() == [OTHER]


def test_another_pepper_gives_other_hashes() -> None:
    assert KeyedHash(b"another").unit("FR-RCS", SIREN) != KEYED.unit("FR-RCS", SIREN)
