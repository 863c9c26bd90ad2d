"""Whose a domain is: an identifier ties, a second one forbids, a name never ties."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from enrich.domains import fill_identifiers, tie_domains
from schemas.frames import LinkRecord, ObservedLegalUnit, ObservedPage
from schemas.identifiers import vat_of_siren
from schemas.vocabulary import Diffusion, LifeStatus

AT = datetime(2026, 3, 2, tzinfo=UTC)
A, B = "002004018", "002004026"
LEI_A, LEI_B = "000000DEMO0000040118", "000000DEMO0000040215"


def claim(scheme: str, value: str, party: str = "publisher", place: str = "legal_notice") -> str:
    return json.dumps({"scheme": scheme, "value": value, "party": party, "place": place, "quote": f"n° {value}"})


def page(*claims: str, domain: str = "tolvec.example", key: str = "https://tolvec.example/x") -> dict:
    stamps = {"observed_from": AT, "payload_sha256": "ab"}
    return {"source": "website", "source_key": key, "url": key, "domain": domain, "kind": "legal_notice",
            "legal_names": ["MAISON TOLVEC SAS"], "claims": list(claims), **stamps}  # fmt: skip


def unit(key: str, siren: str | None = None, lei: str | None = None, vat: str | None = None, source="s") -> dict:
    return {"source": source, "source_key": key, "name": "MAISON TOLVEC", "other_names": [], "national_id": siren,
            "national_id_scheme": "FR-RCS" if siren else None, "lei": lei, "vat_number": vat,
            "is_natural_person": False, "diffusion": Diffusion.OPEN.value,
            "life_status": LifeStatus.ACTIVE.value, "observed_from": AT, "payload_sha256": "cd"}  # fmt: skip


def account(record: str = "crm|1", siren: str | None = None, **more: str | None) -> dict:
    return {"record": record, "source": "crm", "name": "Tolvec", "other_names": [], "domain": "tolvec.example",
            "national_id": siren, "national_id_scheme": "FR-RCS" if siren else None, **more}  # fmt: skip


def frame(schema: type, rows: list[dict]) -> pl.DataFrame:
    return schema.cast(pl.DataFrame(rows, schema=schema.create_empty().schema))


def ties(pages: list[dict], units: list[dict], accounts: list[dict] = ()) -> list[tuple[str, str, str]]:
    found = tie_domains(frame(ObservedPage, pages), frame(ObservedLegalUnit, units), frame(LinkRecord, list(accounts)))
    return found.select("identifier", "status", "method").rows()


KNOWN = [unit(A, A), unit(B, B), unit(LEI_A, A, LEI_A, source="gleif"), unit("de", None, LEI_B, "DE136695976")]


@pytest.mark.parametrize(
    ("claims", "identifier"),
    [
        ([claim("FR-RCS", A)], A),
        ([claim("FR-SIRET", A + "00012")], A),
        ([claim("VAT", vat_of_siren(A))], A),
        ([claim("LEI", LEI_A)], A),
        ([claim("LEI", LEI_B)], LEI_B),
        ([claim("VAT", "DE136695976")], LEI_B),
        ([claim("FR-RCS", A), claim("LEI", LEI_A), claim("VAT", vat_of_siren(A))], A),
        ([claim("FR-RCS", A), claim("FR-RCS", B, "host")], A),
        ([claim("FR-RCS", A), claim("FR-RCS", B, "agency"), claim("FR-RCS", B, "unknown")], A),
        ([claim("FR-RCS", A), claim("LEI", "000000DEMO0000040409")], A),  # a number that nobody told of says nothing
    ],
)
def test_a_number_of_the_publisher_ties(claims: list[str], identifier: str) -> None:
    assert ties([page(*claims)], KNOWN) == [(identifier, "tied", "legal_notice")]


@pytest.mark.parametrize(
    "claims",
    [[], [claim("FR-RCS", B, "host")], [claim("FR-RCS", B, "agency")], [claim("FR-RCS", "002004042")]],
)
def test_a_name_alone_and_a_stranger_leave_it_unknown(claims: list[str]) -> None:
    assert ties([page(*claims)], KNOWN) == []


@pytest.mark.parametrize("other", [claim("FR-RCS", B), claim("VAT", vat_of_siren(B)), claim("LEI", LEI_B)])
def test_two_publishers_forbid_the_tie_and_both_are_told(other: str) -> None:
    pages = [page(claim("FR-RCS", A)), page(other, key="https://tolvec.example/y")]
    assert [status for _, status, _ in ties(pages, KNOWN)] == ["conflict", "conflict"]


def test_a_second_siren_that_no_register_told_of_forbids_as_well() -> None:
    found = ties([page(claim("FR-RCS", A), claim("FR-RCS", "002004042"))], KNOWN)
    assert [(number, status) for number, status, _ in found] == [(A, "conflict"), ("002004042", "conflict")]


def test_the_legal_notice_is_the_better_proof() -> None:
    pages = [page(claim("FR-RCS", A, place="json_ld"), key="https://tolvec.example/a"), page(claim("FR-RCS", A))]
    assert ties(pages, KNOWN) == [(A, "tied", "legal_notice")]


@pytest.mark.parametrize(
    ("accounts", "status"),
    [
        ([account(siren=A)], "tied"),
        ([account(siren=B)], "conflict"),
        ([account(siren=B), account("crm|2", siren=A)], "tied"),  # a subsidiary that has its group's domain
        ([account(siren=B, domain="another.example")], "tied"),
        ([account(lei=LEI_A)], "tied"),
        ([account()], "tied"),
    ],
)
def test_an_account_with_another_number_forbids_the_tie(accounts: list[dict], status: str) -> None:
    assert [found for _, found, _ in ties([page(claim("FR-RCS", A))], KNOWN, accounts)] == [status]


def test_an_account_with_a_domain_only_gets_the_number_and_a_named_one_keeps_to_its_name() -> None:
    accounts = [account("crm|1", name=None), account("crm|2"), account("crm|3", name=None, domain="x.example")]
    records = frame(LinkRecord, accounts)
    tied = tie_domains(frame(ObservedPage, [page(claim("FR-RCS", A))]), frame(ObservedLegalUnit, KNOWN), records)
    filled = fill_identifiers(records, tied)
    assert filled["national_id"].to_list() == [A, None, None]
    assert filled["national_id_scheme"].to_list() == ["FR-RCS", None, None]
