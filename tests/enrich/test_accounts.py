from typing import Any

import polars as pl
import pytest

from enrich.accounts import match_accounts
from tests.enrich.linking_factory import LEGAL_FORMS, entity_records, records

SIREN = {"national_id_scheme": "FR-RCS"}
UNITS = records(
    {"record": "re|001", "name": "BRISEL INDUSTRIES", "country_code": "FR", "national_id": "001", **SIREN},
    {
        "record": "gleif|L1",
        "name": "Brisel Industries SA",
        "country_code": "FR",
        "lei": "L1",
        "national_id": "001",
        **SIREN,
    },
    {"record": "re|002", "name": "BRISEL INDUSTRIES NORD", "country_code": "FR", "national_id": "002", **SIREN},
    {"record": "gleif|L3", "name": "Talvane GmbH", "country_code": "DE", "lei": "L3"},
    {"record": "gleif|L4", "name": "Talvane AG", "country_code": "AT", "lei": "L4"},
    {"record": "re|009", "name": "Orphan of no entity"},
)
ENTITIES = entity_records(gce_1=["re|001", "gleif|L1"], gce_2=["re|002"], gce_3=["gleif|L3"], gce_4=["gleif|L4"])


def match(*rows: dict[str, Any]) -> pl.DataFrame:
    """Match accounts given without their `crm|`."""
    accounts = records(*({**row, "record": f"crm|{row['record']}"} for row in rows))
    return match_accounts(accounts, UNITS, ENTITIES, LEGAL_FORMS)


@pytest.mark.parametrize(
    ("account", "status", "entity_id", "band"),
    [
        ({"name": "brisel industries s.a."}, "matched", "gce_1", "auto"),
        ({"name": "Brisel Industrie", "country_code": "FR"}, "matched", "gce_1", "auto"),
        ({"name": "Anything", "national_id": "002", **SIREN}, "matched", "gce_2", "auto"),
        ({"lei": "l3"}, "matched", "gce_3", "auto"),
        ({"name": "Brisel Industries", "lei": "L3"}, "matched", "gce_3", "auto"),
        ({"name": "Talvane", "country_code": "AT"}, "matched", "gce_4", "auto"),
        ({"name": "Nobody Knows Ltd"}, "no_match", None, "reject"),
        ({"name": "Orphan of no entity"}, "no_match", None, "reject"),
        ({"name": "Brisel Industries", "national_id": "777", **SIREN}, "no_match", None, "reject"),
        ({"name": "  "}, "invalid_input", None, "reject"),
        ({}, "invalid_input", None, "reject"),
    ],
)
def test_one_account(account: dict[str, Any], status: str, entity_id: str | None, band: str) -> None:
    (row,) = match({"record": "A1", **account}).rows(named=True)
    assert (row["account_id"], row["rank"], row["match_status"], row["entity_id"], row["band"]) == (
        "A1", 1, status, entity_id, band,
    )  # fmt: skip


def test_two_close_candidates_are_ranked_and_left_to_a_person() -> None:
    found = match({"record": "A1", "name": "Talvane"})
    assert found.select("rank", "match_status", "entity_id", "band").rows() == [
        (1, "ambiguous", "gce_3", "review"),
        (2, "ambiguous", "gce_4", "review"),
    ]
    assert found["reasons"].str.ends_with("2 candidates too close to choose").all()


def test_a_lone_doubtful_candidate_is_not_matched_unseen() -> None:
    (row,) = (
        match({"record": "A1", "name": "Talvane Holding", "country_code": "DE"})
        .filter(pl.col("rank") == 1)
        .rows(named=True)
    )
    assert (row["match_status"], row["entity_id"], row["band"]) == ("ambiguous", "gce_3", "review")


def test_identifiers_that_contradict_each_other_are_for_a_person() -> None:
    found = match({"record": "A1", "name": "Brisel Industries", "lei": "L1", "national_id": "002", **SIREN})
    assert set(found["match_status"]) == {"ambiguous"}
    assert set(found["entity_id"]) == {"gce_1", "gce_2"}


def test_a_vat_number_shared_in_a_group_does_not_stand_against_a_register_number() -> None:
    shared = {"vat_number": "FR00001", **SIREN}
    units = records(
        {"record": "re|001", "name": "Brisel", "national_id": "001", **shared},
        {"record": "re|002", "name": "Talvane", "national_id": "002", **shared},
    )
    account = records({"record": "crm|A1", "name": "Brisel", "national_id": "001", **shared})
    found = match_accounts(account, units, entity_records(gce_1=["re|001"], gce_2=["re|002"]), LEGAL_FORMS)
    assert found.select("match_status", "entity_id").rows() == [("matched", "gce_1")]


def test_duplicate_accounts_are_both_matched_and_name_each_other() -> None:
    found = match({"record": "A1", "name": "Brisel Industries"}, {"record": "A2", "lei": "L1"})
    assert found["entity_id"].to_list() == ["gce_1", "gce_1"]
    assert found["reasons"].str.extract("(same entity as account .*)").to_list() == [
        "same entity as account A2",
        "same entity as account A1",
    ]


def test_no_match_tells_the_nearest() -> None:
    (row,) = match({"record": "A1", "name": "Brisel Industries", "national_id": "777", **SIREN}).rows(named=True)
    assert row["reasons"].startswith("nearest: FR-RCS differs: 777 / 00")


def test_every_account_has_a_first_row_and_no_accounts_no_rows() -> None:
    found = match(*({"record": f"A{n}", "name": name} for n, name in enumerate(["Talvane", "x", "", "Brisel Nord"])))
    assert found.filter(pl.col("rank") == 1)["account_id"].to_list() == ["A0", "A1", "A2", "A3"]
    assert match().is_empty()
