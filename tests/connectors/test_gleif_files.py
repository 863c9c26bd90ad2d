"""GLEIF's golden copy and delta files: three formats give the same rows, in bounded pieces, and nothing in silence."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from connectors import gleif_files
from connectors.contract import Batch, NotAnAnswerError
from connectors.gleif import CONNECTOR
from schemas.provenance import Payload


def lei(body: str) -> str:
    digits = "".join(str(int(letter, 36)) for letter in f"{body[:18]}00")
    return f"{body[:18]}{98 - int(digits) % 97:02d}"


LEIS = [lei(f"0000FILES00000000{n}") for n in range(1, 4)]


def record(number: int, **changes: str) -> dict[str, str]:
    """One record under the names of the CSV."""
    return {
        "LEI": LEIS[number],
        "Entity.LegalName": f"Halki {number} S.A.",
        "Entity.OtherEntityNames.OtherEntityName.1": "Halki Autrefois",
        "Entity.LegalAddress.FirstAddressLine": "3 rue Inventée",
        "Entity.LegalAddress.AdditionalAddressLine.1": "Bâtiment B",
        "Entity.LegalAddress.City": "Exempleville",
        "Entity.LegalAddress.Region": "FR-IDF",
        "Entity.LegalAddress.Country": "FR",
        "Entity.LegalAddress.PostalCode": "01000",
        "Entity.HeadquartersAddress.FirstAddressLine": "3 rue Inventée",
        "Entity.HeadquartersAddress.City": "Exempleville",
        "Entity.HeadquartersAddress.Country": "FR",
        "Entity.RegistrationAuthority.RegistrationAuthorityID": "RA000189",
        "Entity.RegistrationAuthority.RegistrationAuthorityEntityID": "002 000 008",
        "Entity.EntityCategory": "GENERAL",
        "Entity.LegalForm.EntityLegalFormCode": "K65D",
        "Entity.EntityStatus": "ACTIVE",
        "Entity.EntityCreationDate": "2001-02-03T00:00:00+01:00",
        "Registration.LastUpdateDate": "2026-11-20T08:00:00.250Z",
        "Registration.RegistrationStatus": "LAPSED",
        **changes,
    }


RECORDS = [record(0), record(1), record(2, **{"Entity.EntityCategory": "SOLE_PROPRIETOR"})]


def nested(flat: dict[str, str]) -> dict[str, Any]:
    """The same record in the `$` form."""
    root: dict[str, Any] = {}
    for name, text in flat.items():
        parts = name.split(".")
        inner = root
        is_list = parts[-1].isdigit()
        for part in parts[: -2 if is_list else -1]:
            inner = inner.setdefault(part, {})
        if is_list:
            inner.setdefault(parts[-2], []).append({"$": text})
        else:
            inner[parts[-1]] = {"$": text}
    return root


def as_json(records: list[dict[str, str]] = RECORDS) -> bytes:
    return json.dumps({"records": [nested(flat) for flat in records]}, indent=4, ensure_ascii=False).encode()


def as_csv(records: list[dict[str, str]] = RECORDS) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(records[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode()


def as_xml(records: list[dict[str, str]] = RECORDS) -> bytes:
    def element(value: Any, name: str) -> str:
        if isinstance(value, list):
            return "".join(element(one, name) for one in value)
        inside = value["$"] if "$" in value else "".join(element(inner, part) for part, inner in value.items())
        return f"<lei:{name}>{inside}</lei:{name}>"

    body = "".join(element(nested(flat), "LEIRecord") for flat in records)
    space = "http://www.gleif.org/data/schema/leidata/2016"
    return (
        f'<?xml version="1.0" encoding="utf-8"?><lei:LEIData xmlns:lei="{space}"><lei:LEIRecords>{body}'
        "</lei:LEIRecords></lei:LEIData>"
    ).encode()


def as_zip(body: bytes, members: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"file{number}", body)
    return out.getvalue()


FORMS = {
    "json": as_json(),
    "csv": as_csv(),
    "xml": as_xml(),
    "zip": as_zip(as_json()),
    "bom": b"\xef\xbb\xbf" + as_csv(),
}
EVERY_FORM = pytest.mark.parametrize("form", FORMS)


def read(body: bytes, key: str = "import/file") -> Batch:
    (batch,) = CONNECTOR.parse(Payload("gleif", key, body))
    return batch


@EVERY_FORM
def test_every_form_gives_the_same_rows(form: str) -> None:
    batch = read(FORMS[form])
    assert (batch.records, batch.rejected, batch.unknown_fields) == (3, (), ())
    assert_frame_equal(batch.frames["legal_units"], read(FORMS["json"]).frames["legal_units"])
    first = batch.frames["legal_units"].row(0, named=True)
    assert (first["national_id_scheme"], first["national_id"]) == ("FR-RCS", "002000008")  # spaces are taken out
    assert first["address_line"] == "3 rue Inventée, Bâtiment B"
    assert first["life_status"] == "active"  # LAPSED: the fee is unpaid
    assert first["created_on"] == date(2001, 2, 3)
    assert first["region_code"] == "FR-IDF"
    assert first["other_names"] == ["Halki Autrefois"]
    assert first["record_updated_at"] == datetime(2026, 11, 20, 8, 0, 0, 250_000, UTC)
    trader = batch.frames["legal_units"].row(2, named=True)
    assert (trader["is_natural_person"], trader["address_line"]) == (True, None)


def test_relationships_take_the_newest_period_of_the_tie_itself() -> None:
    row = {
        "Relationship.StartNode.NodeID": LEIS[0], "Relationship.EndNode.NodeID": LEIS[1],
        "Relationship.RelationshipType": "IS_DIRECTLY_CONSOLIDATED_BY", "Relationship.RelationshipStatus": "ACTIVE",
        "Relationship.Period.1.startDate": "2024-01-01T00:00:00Z",
        "Relationship.Period.1.periodType": "ACCOUNTING_PERIOD",
        "Relationship.Period.2.startDate": "2019-05-01T00:00:00Z",
        "Relationship.Period.2.periodType": "RELATIONSHIP_PERIOD",
        "Registration.LastUpdateDate": "2026-01-01T00:00:00Z", "Registration.RegistrationStatus": "PUBLISHED",
    }  # fmt: skip
    (tie,) = read(as_csv([row])).frames["relationships"].to_dicts()
    assert tie["source_key"] == f"{LEIS[0]}|directly_consolidated_by|{LEIS[1]}"
    assert tie["started_on"] == date(2019, 5, 1)


def test_reporting_exceptions_say_who_is_the_head() -> None:
    row = {
        "LEI": LEIS[0],
        "Exception.Category": "ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT",
        "Exception.Reason.1": "NO_KNOWN_PERSON",
    }
    (tie,) = read(as_csv([row])).frames["relationships"].to_dicts()
    assert (tie["kind"], tie["parent_key"], tie["exception_reason"]) == ("no_ultimate_parent", None, "NO_KNOWN_PERSON")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"LEI": f"{LEIS[1][:-1]}x"}, "no LEI"),
        ({"Entity.LegalName": ""}, "LegalName is missing"),
        ({"Entity.EntityStatus": "ASLEEP"}, "EntityStatus is none of"),
        ({"Entity.LegalAddress.Country": ""}, "Country is missing"),
        ({"Registration.LastUpdateDate": "yesterday"}, "LastUpdateDate"),
        ({"Entity.EntityCreationDate": "2001-13-45"}, "EntityCreationDate"),
    ],
)
@pytest.mark.parametrize("form", ["json", "csv", "xml"])
def test_a_record_that_cannot_be_read_is_rejected_by_name(form: str, changes: dict[str, str], reason: str) -> None:
    make = {"json": as_json, "csv": as_csv, "xml": as_xml}[form]
    batch = read(make([record(0), record(1, **changes)]))
    assert batch.records == 2
    assert [reason in one.reason for one in batch.rejected] == [True]


def test_the_newer_of_two_records_of_one_entity_is_kept() -> None:
    older = record(0, **{"Registration.LastUpdateDate": "2020-01-01T00:00:00Z", "Entity.LegalName": "Avant"})
    batch = read(as_json([older, record(0)]))
    assert batch.frames["legal_units"]["name"].to_list() == ["Halki 0 S.A."]
    assert "twice" in batch.rejected[0].reason


@pytest.mark.parametrize("form", ["json", "csv", "xml"])
def test_a_new_field_is_heard_and_a_value_of_another_type_is_never_read(form: str) -> None:
    make = {"json": as_json, "csv": as_csv, "xml": as_xml}[form]
    assert read(make([record(0, **{"Entity.FieldOfTomorrow": "x"})])).unknown_fields == ("Entity.FieldOfTomorrow",)
    document = {"records": [nested(record(0)) | {"LEI": LEIS[0]}]}
    batch = read(json.dumps(document).encode())
    assert "no LEI" in batch.rejected[0].reason
    assert batch.unknown_fields == ("LEI",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (as_json()[:-40], "cut"),
        (b'{"records": [7]}', "something else"),
        (b'{"records": [{"Other": {"$": "x"}}]}', "no file of GLEIF"),
        (b"LEI,Entity.LegalName\nx,y\n", "lacks the column"),
        (as_xml()[:-40], "no XML"),
        (as_xml().replace(b"<lei:LEIData", b'<!DOCTYPE a [<!ENTITY e "x">]><lei:LEIData'), "document type"),
        (as_zip(as_json(), members=2), "one file"),
        (b"PK\x03\x04broken", "no zip"),
    ],
)
def test_what_is_no_file_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NotAnAnswerError, match=reason):
        list(CONNECTOR.parse(Payload("gleif", "import/file", body)))


@pytest.mark.parametrize("form", ["json", "csv", "xml"])
def test_a_large_file_comes_in_batches(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gleif_files, "RECORDS_A_BATCH", 2)
    monkeypatch.setattr(gleif_files, "CHUNK", 700)
    batches = list(CONNECTOR.parse(Payload("gleif", "import/file", FORMS[form])))
    assert sum(batch.records for batch in batches) == 3
    assert len(batches) == 2


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(records: int) -> int:
        one = json.dumps(nested(record(0)))
        body = io.BytesIO(f'{{"records": [{",".join([one] * records)}]}}'.encode())
        tracemalloc.start()
        for _ in gleif_files.json_records(body):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(20_000) < peak(4_000) * 2


def test_a_line_end_inside_quotes_is_no_end_of_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gleif_files, "CHUNK", 40)
    rows = [record(0, **{"Entity.LegalName": 'Halki\n"Nord"'}), record(1)]
    batches = list(CONNECTOR.parse(Payload("gleif", "import/file", as_csv(rows))))
    names = [name for batch in batches for name in batch.frames["legal_units"]["name"]]
    assert names == ['Halki "Nord"', "Halki 1 S.A."]


def test_a_file_is_dated_by_its_name() -> None:
    name = "import/20240505-0800-gleif-goldencopy-lei2-intra-day.json"
    assert CONNECTOR.dated(Payload("gleif", name, FORMS["json"])) == datetime(2024, 5, 5, 8, 0, tzinfo=UTC)
    assert CONNECTOR.dated(Payload("gleif", "import/file", FORMS["json"])) is None


@EVERY_FORM
def test_whoever_objects_is_taken_out_of_a_file(form: str) -> None:
    payload = Payload("gleif", "import/file", FORMS[form])
    body = CONNECTOR.redact(payload, frozenset({LEIS[1]}))
    assert body is not None
    assert read(body).frames["legal_units"]["lei"].to_list() == [LEIS[0], LEIS[2]]
    assert CONNECTOR.redact(payload, frozenset(LEIS)) is None
    hidden = CONNECTOR.redact(payload, frozenset({f"street-of:{LEIS[0]}"}))
    assert hidden is not None
    assert read(hidden).frames["legal_units"]["address_line"].to_list()[:2] == [None, "3 rue Inventée, Bâtiment B"]


def test_recorded_files_are_read_whole(shared: Path) -> None:
    folder = shared / "data" / "gleif"
    delta = read((folder / "20240505-0000-gleif-goldencopy-lei2-intra-day.json").read_bytes())
    units = delta.frames["legal_units"]
    assert (units.height, delta.rejected, delta.unknown_fields) == (577, (), ())
    assert units["is_natural_person"].sum() == 28
    assert units.filter(units["national_id_scheme"] == "FR-RCS").height == 41
    assert units.filter(units["life_status"] == "ceased").height == 0
    old = read((folder / "20180901-lei2-Top10.xml").read_bytes())
    assert (old.records, old.rejected, old.unknown_fields) == (10, (), ())
