from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from enrich.golden import pick_golden_records
from schemas.frames import Claim, GoldenEntity
from tests.enrich.linking_factory import NIGHT, entity_records, unit, units

PRIORITY = ["re", "gleif"]
LEI = "0000" + "A" * 16
FRENCH = {"national_id_scheme": "FR-RCS", "country_code": "FR"}


def pick(*rows: dict[str, Any]) -> tuple[dict[str, Any], pl.DataFrame]:
    """The golden row and the claims of one entity that has all the rows."""
    one = entity_records(gce_1=[f"{row['source']}|{row['source_key']}" for row in rows])
    golden, claims = pick_golden_records(units(*rows), one, PRIORITY)
    (row,) = golden.rows(named=True)
    return row, claims


def said(claims: pl.DataFrame, field: str) -> list[tuple[str, str, str]]:
    """(source, value, status) of one field's claims."""
    return claims.filter(pl.col("field") == field).select("source", "value", "status").rows()


def test_sources_win_by_priority_and_fill_each_others_gaps() -> None:
    row, _ = pick(
        unit(
            "gleif",
            "L1",
            name="Brisel Industries S.A.",
            lei=LEI,
            national_id="001",
            **FRENCH,
            created_on=date(1990, 1, 2),
        ),
        unit("re", "001", name="BRISEL INDUSTRIES SA", national_id="001", **FRENCH, employees_band="52"),
    )
    assert (row["name"], row["legal_name"]) == ("Brisel Industries SA", "BRISEL INDUSTRIES SA")
    assert (row["lei"], row["employees_band"], row["created_on"]) == (LEI, "52", date(1990, 1, 2))


def test_the_active_record_comes_before_the_better_source_and_the_newer_before_the_older() -> None:
    row, _ = pick(
        unit("re", "001", name="Old Brisel", life_status="ceased", ceased_on=date(2020, 1, 1)),
        unit("gleif", "L1", name="Brisel", record_updated_at=datetime(2024, 1, 1, tzinfo=UTC)),
        unit("gleif", "L2", name="Newer Brisel", record_updated_at=datetime(2025, 1, 1, tzinfo=UTC)),
        unit("gleif", "L3", name="Undated Brisel"),
    )
    assert (row["legal_name"], row["life_status"], row["ceased_on"]) == ("Newer Brisel", "active", None)
    assert row["aliases"] == ["Brisel", "Old Brisel", "Undated Brisel"]


def test_an_unknown_life_status_is_no_value() -> None:
    row, _ = pick(
        unit("re", "001", life_status="unknown"), unit("gleif", "L1", life_status="ceased", ceased_on=date(2020, 1, 1))
    )
    assert (row["life_status"], row["ceased_on"]) == ("ceased", date(2020, 1, 1))
    assert pick(unit("re", "001", life_status="unknown"))[0]["life_status"] == "unknown"


def test_an_address_and_a_code_with_its_scheme_come_from_one_record() -> None:
    row, claims = pick(
        unit("re", "001", city="LYON", activity_code="62.01Z", activity_code_scheme="NAF2008"),
        unit("gleif", "L1", city="Lyon", postal_code="69001", address_line="1 rue du Brisel"),
    )
    assert (row["city"], row["postal_code"], row["address_line"]) == ("LYON", None, None)
    assert (row["activity_code"], row["activity_code_scheme"]) == ("62.01Z", "NAF2008")
    assert said(claims, "address_line") == [("gleif", "1 rue du Brisel", "rejected")]


def test_each_value_is_claimed_once_and_told_apart() -> None:
    _, claims = pick(
        unit("re", "001", name="BRISEL SA", city="LYON", country_code="FR"),
        unit("gleif", "L1", name="Brisel S.A.", city="Lyon", country_code="FR"),
        unit("gleif", "L2", name="Talvane SA", city="Paris", country_code="FR"),
    )
    assert said(claims, "country_code") == [("re", "FR", "chosen")]
    assert said(claims, "city") == [
        ("gleif", "Lyon", "rejected"), ("gleif", "Paris", "conflicting"), ("re", "LYON", "chosen"),
    ]  # fmt: skip
    assert said(claims, "legal_name") == [
        ("gleif", "Brisel S.A.", "rejected"), ("gleif", "Talvane SA", "conflicting"), ("re", "BRISEL SA", "chosen"),
    ]  # fmt: skip
    assert said(claims, "name") == [("re", "Brisel SA", "derived")]
    assert set(claims["method"]) == {"registry"}
    assert set(claims["confidence"]) == {1.0}
    assert set(claims["observed_at"]) == {NIGHT}


def test_every_chosen_value_has_its_claim() -> None:
    row, claims = pick(
        unit("re", "001", name="Brisel SA", **FRENCH, national_id="001", size_category="GE", sites_open_count=0,
             has_responsible_buyer_label=False, city="Lyon", region_code="84"),
    )  # fmt: skip
    known = {f for f, value in row.items() if value is not None and value != []}
    unclaimed = {"entity_id", "is_natural_person", "diffusion"}
    assert known - unclaimed == set(claims.filter(pl.col("status") == "chosen")["field"])


def test_an_opposition_on_any_record_hides_the_street_and_is_not_completed() -> None:
    row, claims = pick(
        unit("re", "001", name="BRISEL", diffusion="P", city="NANTES"),
        unit("gleif", "L1", name="Brisel", city="Nantes", postal_code="44000", address_line="1 rue du Brisel"),
    )
    assert (row["diffusion"], row["city"], row["postal_code"], row["address_line"]) == ("P", "NANTES", None, None)
    assert set(claims["field"]).isdisjoint({"address_line", "postal_code"})


def test_a_natural_person_under_opposition_leaves_no_value_and_no_claim() -> None:
    row, claims = pick(
        unit("re", "001", diffusion="P", is_natural_person=True),
        unit("gleif", "L1", name="Jeanne Invented", other_names=["J. I."], city="Nice", lei=LEI),
    )
    assert {f for f, value in row.items() if value not in (None, [])} == {
        "entity_id", "is_natural_person", "diffusion", "life_status",
    }  # fmt: skip
    assert (row["is_natural_person"], row["diffusion"]) == (True, "P")
    assert claims.is_empty()


def test_aliases_leave_out_the_name_itself_in_any_spelling() -> None:
    row, _ = pick(unit("re", "001", name="BRISEL SA", other_names=["Brisel S.A.", "Talvane", "TALVANE", "Corvel"]))
    assert row["aliases"] == ["Corvel", "TALVANE"]


def test_units_without_an_entity_are_left_out() -> None:
    golden, claims = pick_golden_records(units(unit("re", "001")), entity_records(), PRIORITY)
    assert golden.equals(GoldenEntity.create_empty())
    assert claims.equals(Claim.create_empty())
