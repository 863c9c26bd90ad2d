"""Companies House: what each answer becomes, and the traps that SOURCES section 6 names."""

import base64
import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from connectors.companies_house import CONNECTOR, TERMS
from connectors.companies_house_records import OFFICES
from connectors.contract import OFFICERS_OF, STREET_OF, Batch, NotAnAnswerError, SourceUnavailableError
from connectors.polite import PoliteClient
from schemas.provenance import Payload, Watermark
from tests.flows.company_register import HOLDINGS, TOOLS, Register, read_answer

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
KEY = "invented-key-0000"


def body(fixtures: Path, name: str) -> bytes:
    return (fixtures / "companies_house" / name).read_bytes()


def payload(content: bytes) -> Payload:
    return Payload("companies_house", "import/answer", content)


def read(document: Any) -> Batch:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    (batch,) = CONNECTOR.parse(payload(content))
    return batch


def rows(batch: Batch, frame: str) -> list[dict[str, Any]]:
    return batch.frames[frame].to_dicts()


# ------------------------------------------------------------------------------------------------------- company


def test_a_profile(fixtures: Path) -> None:
    (unit,) = rows(read(read_answer(fixtures, "company")), "legal_units")
    assert (unit["national_id"], unit["national_id_scheme"], unit["country_code"]) == (TOOLS, "GB-COH", "GB")
    assert (unit["name"], unit["other_names"]) == ("BRAMBLEWICK TOOLS PLC", ["BRAMBLEWICK BROTHERS LIMITED"])
    assert (unit["activity_code"], unit["activity_code_scheme"], unit["life_status"]) == (
        "25730",
        "UK-SIC2007",
        "active",
    )
    assert (unit["address_line"], unit["city"]) == ("Unit 4, Sample Lane, Fable Park", "Exampleton")
    assert unit["employees_band"] is None  # the interface knows no count of employees


def test_a_company_from_abroad_lies_where_its_own_register_is(fixtures: Path) -> None:
    (unit,) = rows(read(read_answer(fixtures, "company_overseas")), "legal_units")
    assert (unit["country_code"], unit["life_status"], unit["ceased_on"]) == ("DE", "ceased", date(2025, 2, 28))
    document = read_answer(fixtures, "company_overseas")
    document["foreign_company_details"]["originating_registry"]["country"] = "ATLANTIS"
    (unit,) = rows(read(document), "legal_units")
    assert unit["country_code"] is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("6500244", "06500244"), ("06500244", "06500244"), ("SC1234", "SC001234"), ("ni 12345", "NI012345"),
     ("oc301234", "OC301234"), ("FC000001", "FC000001"), ("BR1", "BR000001"), ("IP1234R", "IP01234R")],
)  # fmt: skip
def test_lost_zeros_come_back(fixtures: Path, written: str, number: str) -> None:
    (unit,) = rows(read(read_answer(fixtures, "company") | {"company_number": written}), "legal_units")
    assert unit["source_key"] == number


def test_a_status_that_nobody_knows_is_heard_and_unknown(fixtures: Path) -> None:
    batch = read(read_answer(fixtures, "company") | {"company_status": "asleep"})
    assert batch.frames["legal_units"]["life_status"].to_list() == ["unknown"]
    assert batch.unknown_fields == ("company_status=asleep",)


# ------------------------------------------------------------------------------------------------------ officers


def test_the_roster_holds_those_who_have_left(fixtures: Path) -> None:
    batch = read(read_answer(fixtures, "officers"))
    (scope,) = batch.scopes
    assert (scope.name, scope.page, scope.pages, scope.total, len(scope.keys)) == (f"roster:{TOOLS}", 1, 1, 9, 9)
    left = batch.frames["appointments"].filter(pl.col("ended_on").is_not_null())
    assert left.height == 4


def test_one_person_in_two_offices_and_a_secretary_without_a_first_day(fixtures: Path) -> None:
    offices = [
        row
        for row in rows(read(read_answer(fixtures, "officers")), "appointments")
        if row["given_names"] == "Ottoline Mary"
    ]
    assert {row["officer_id"] for row in offices} == {"inventedOfficer-A"}
    assert {(row["title"], row["started_on"], row["birth_month"], row["office_group"]) for row in offices} == {
        ("secretary", None, None, "other"),
        ("director", date(2002, 7, 2), "1957-03", "board"),
    }


def test_a_pre_1992_bound_is_no_first_day_of_its_own(fixtures: Path) -> None:
    document = read_answer(fixtures, "officers")
    del document["items"][7]["appointed_on"]
    offices = rows(read(document), "appointments")
    assert [row["started_on"] for row in offices if row["family_name"] == "TANSYHURST"] == [None]


def test_who_leaves_on_his_first_day_only_formed_the_company(fixtures: Path) -> None:
    offices = rows(read(read_answer(fixtures, "officers")), "appointments")
    same_day = [row for row in offices if row["started_on"] and row["started_on"] == row["ended_on"]]
    assert {row["title"] for row in same_day} == {"nominee-director", "corporate-nominee-secretary", "director"}
    assert {row["office_group"] for row in same_day} == {"other"}
    nominee = next(row for row in same_day if row["title"] == "nominee-director")
    assert (nominee["officer_kind"], nominee["organisation_name"]) == ("organisation", "NIMBLE FORMATIONS LIMITED")


def test_back_the_day_after_is_two_declared_spells_that_touch(fixtures: Path) -> None:
    spells = [
        row
        for row in rows(read(read_answer(fixtures, "officers")), "appointments")
        if row["family_name"] == "QUILLWORTH"
    ]
    assert [(row["started_on"], row["ended_on"], row["given_names"]) for row in spells] == [
        (date(2012, 11, 9), date(2017, 9, 1), "Ambrose"),
        (date(2017, 9, 2), None, "Ambrose"),  # without the title behind the second comma
    ]


def test_a_corporate_director_has_a_number(fixtures: Path) -> None:
    (firm,) = [row for row in rows(read(read_answer(fixtures, "officers")), "appointments") if row["organisation_id"]]
    assert (firm["organisation_id"], firm["officer_kind"], firm["office_group"]) == (HOLDINGS, "organisation", "board")


def test_every_role_of_the_official_list_is_known(shared: Path) -> None:
    text = (shared / "data/companies_house/enum__constants.yml").read_text("utf-8")
    told = re.search(r"^officer_role:\n(.*?)^\w", text, re.S | re.M)
    assert told
    roles = re.findall(r"'([a-z-]+)'", told[1])
    assert {role.removeprefix("corporate-") for role in roles} == set(OFFICES)


def test_nothing_private_is_read(fixtures: Path) -> None:
    for name in ("officers", "appointments", "control", "charges", "filing_history"):
        told = str([frame.to_dicts() for frame in read(read_answer(fixtures, name)).frames.values()])
        assert not any(word in told for word in ("Nowhere Street", "British", "Pettigrove", "ASHCOMBE", "Fableman"))


# ------------------------------------------------------------------------------------------------------- control


def test_a_controlling_company_is_a_tie_by_number(fixtures: Path) -> None:
    ties = rows(read(read_answer(fixtures, "control")), "relationships")
    assert [(t["child_key"], t["parent_key"], t["kind"], t["is_active"]) for t in ties] == [
        (TOOLS, HOLDINGS, "controlled_by", True),
        (TOOLS, "ZZ000404", "controlled_by", False),
    ]  # not the German number, no person, no secret


def test_an_unknown_kind_of_control_goes_to_quarantine(fixtures: Path) -> None:
    document = read_answer(fixtures, "control")
    document["items"][4]["kind"] = "kind-of-tomorrow"
    (rejected,) = read(document).rejected
    assert "kind-of-tomorrow" in rejected.reason


# ------------------------------------------------------------------------------------------------------- filings


def test_filings_are_notices_with_the_day_from_which_they_hold(fixtures: Path) -> None:
    told = rows(read(read_answer(fixtures, "filing_history")), "notices")
    assert [row["family"] for row in told] == ["modification"] * 3 + ["insolvency", "striking_off"]
    first = told[0]
    assert (first["published_on"], first["effective_on"]) == (date(2026, 2, 27), date(2026, 2, 20))
    assert first["description"] == (
        "administration: TM01 termination-director-company-with-name-termination-date: Ambrose Quillworth"
    )
    assert told[4]["unit_key"] == TOOLS  # one item has no links: the others say whose history it is
    assert all(row["administration"] is None for row in told)


def test_charges_are_notices_without_those_who_are_entitled(fixtures: Path) -> None:
    told = rows(read(read_answer(fixtures, "charges")), "notices")
    assert [(row["description"], row["effective_on"]) for row in told] == [
        ("charge: outstanding", date(2015, 12, 18)),
        ("charge: fully-satisfied on 2014-02-03", date(2010, 9, 3)),
    ]


# ---------------------------------------------------------------------------------------------------- bulk files


def test_the_monthly_file_with_blanks_in_its_header_and_lost_zeros(fixtures: Path) -> None:
    batch = read(body(fixtures, "BasicCompanyData-sample.csv"))
    first, second = rows(batch, "legal_units")
    assert (first["created_on"], first["activity_code"], first["other_names"]) == (
        date(1987, 3, 9), "25730", ["BRAMBLEWICK BROTHERS LIMITED"],
    )  # fmt: skip
    assert (second["source_key"], second["name"]) == (HOLDINGS, '"HALLOWMERE" HOLDINGS, LIMITED')
    assert (second["activity_code"], second["life_status"]) == (None, "active")
    (rejected,) = batch.rejected
    assert (rejected.source_key, "dd/mm/yyyy" in rejected.reason) == ("ZZ000303", True)
    assert batch.records == 3


def test_a_zipped_part_is_read_and_a_damaged_one_refused(fixtures: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("BasicCompanyData-2026-03-01-part1_7.csv", body(fixtures, "BasicCompanyData-sample.csv"))
        file.writestr("__MACOSX/._BasicCompanyData.csv", b"\x00\x05\x16\x07")
    assert read(packed.getvalue()).frames["legal_units"].height == 2
    with pytest.raises(NotAnAnswerError, match="bulk file"):
        list(CONNECTOR.parse(payload(packed.getvalue()[:200])))
    with pytest.raises(NotAnAnswerError, match="CompanyNumber"):
        list(CONNECTOR.parse(payload(b"CompanyName,Something\r\nA,B\r\n")))


def test_the_daily_snapshot_of_control(fixtures: Path) -> None:
    batch = read(body(fixtures, "psc-snapshot-sample.txt"))
    (tie,) = rows(batch, "relationships")
    assert (tie["child_key"], tie["parent_key"]) == (TOOLS, HOLDINGS)  # ZZ101: padded
    assert [r.reason for r in batch.rejected] == ["data.kind: 'kind-of-tomorrow' is no kind of control that we know"]
    assert batch.unknown_fields == ()


@pytest.mark.parametrize("name", ["BasicCompanyData-sample.csv", "psc-snapshot-sample.txt"])
def test_redacting_a_company_out_of_a_file(fixtures: Path, name: str) -> None:
    content = body(fixtures, name)
    assert CONNECTOR.redact(payload(content), frozenset()) == content
    after = CONNECTOR.redact(payload(content), frozenset({TOOLS}))
    assert after is not None
    assert TOOLS.encode() not in after
    batch = read(after)
    assert all(TOOLS not in str(frame.to_dicts()) for frame in batch.frames.values())
    assert b"SAMPLE LANE" not in (CONNECTOR.redact(payload(content), frozenset({f"{STREET_OF}{TOOLS}"})) or b"")


# ----------------------------------------------------------------------------------------------------- redaction


def test_an_objection_reaches_officer_filing_and_street(fixtures: Path) -> None:
    officers = body(fixtures, "officers.json")
    key = f"{TOOLS}|inventedOfficer-G|director|2020-05-05"
    after = CONNECTOR.redact(payload(officers), frozenset({key}))
    assert after is not None
    assert b"PETTIGROVE" not in after
    assert json.loads(after)["total_results"] == 8
    assert CONNECTOR.redact(payload(officers), frozenset({f"{OFFICERS_OF}{TOOLS}"})) is None
    filings = body(fixtures, "filing_history.json")
    first = json.loads(filings)["items"][0]
    row = f"F|20260227|{first['transaction_id']}|{TOOLS}"
    after = CONNECTOR.redact(payload(filings), frozenset({row}))
    assert after is not None
    assert b"Quillworth" not in after
    assert CONNECTOR.redact(payload(filings), frozenset({TOOLS})) is None
    profile = CONNECTOR.redact(payload(body(fixtures, "company.json")), frozenset({f"{STREET_OF}{TOOLS}"}))
    assert profile is not None
    assert b"Sample Lane" not in profile
    assert read(profile).frames["legal_units"]["city"].to_list() == ["Exampleton"]


# -------------------------------------------------------------------------------------------------------- asking


class Asking:
    """A client before the register, with a clock that only waits."""

    def __init__(self, server: HTTPServer, fixtures: Path) -> None:
        self.register, self.slept, self.passed = Register(fixtures), list[float](), 0.0
        server.expect_request(re.compile(".*")).respond_with_handler(self.register)
        self.url = server.url_for("").rstrip("/")

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def monotonic(self) -> float:
        self.passed += 0.0001
        return self.passed

    def fetch(self, window: Watermark) -> list[Payload]:
        self.register.asked.clear()
        with PoliteClient(
            "companies_house", self.url, requests_per_second=TERMS.requests_per_second, clock=lambda: NOW,
            monotonic=self.monotonic, sleep=self.sleep, rng=random.Random(1).random, archive=None,
            user_agent="grandcompte/test", allow_private_addresses=True, key=KEY,
        ) as client:  # fmt: skip
            return list(CONNECTOR.fetch(client, window))


@pytest.fixture
def asking(httpserver: HTTPServer, fixtures: Path) -> Iterator[Asking]:
    return Asking(httpserver, fixtures)


FIRST = Watermark(until=NOW, identifiers={"GB-COH": (TOOLS, "ZZ000999")})


def test_the_first_night_reads_a_company_whole_and_the_roster_in_pages(asking: Asking) -> None:
    batches = [batch for page in asking.fetch(FIRST) for batch in CONNECTOR.parse(page)]
    parts = [path.partition("?")[0].removeprefix(f"company/{TOOLS}") for path in asking.register.asked]
    assert parts.count("/officers") == 5
    assert set(parts) >= {"", "/officers", "/persons-with-significant-control", "/filing-history", "/charges"}
    pages = [scope for batch in batches for scope in batch.scopes]
    assert [(scope.page, scope.pages, scope.total) for scope in pages] == [(n, 5, 9) for n in range(1, 6)]
    assert len({key for scope in pages for key in scope.keys}) == 9
    assert asking.register.keys == {"Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
    assert sum(asking.slept) == pytest.approx((len(asking.register.asked) - 1) / 1.8, rel=0.15)


def test_a_quiet_night_costs_one_question_a_company(asking: Asking) -> None:
    nights = [NOW + timedelta(days=n) for n in range(40, 47)]
    asked = []
    for night in nights:
        window = Watermark(
            since=night - timedelta(days=1), until=night, identifiers=FIRST.identifiers, told=frozenset({TOOLS})
        )
        asking.fetch(window)
        asked.append(sum(TOOLS in path for path in asking.register.asked))
    assert sorted(asked)[:6] == [1] * 6  # and once in seven nights all of it
    assert max(asked) == 9


def test_a_filing_calls_for_what_it_touches(asking: Asking) -> None:
    night = next(n for d in range(40, 47) if (n := NOW + timedelta(days=d)))
    late = dict(asking.register.filings[0], date=str(night.date()), transaction_id="ZZnew")
    asking.register.filings.insert(0, late)
    known = frozenset({TOOLS})
    for day in range(2):  # one of two nights in a row is not the weekly one
        window = Watermark(since=night, until=night + timedelta(days=day), identifiers={"GB-COH": (TOOLS,)}, told=known)
        asking.fetch(window)
        parts = {path.partition("?")[0].removeprefix(f"company/{TOOLS}") for path in asking.register.asked}
        if "" not in parts:
            assert parts == {"/filing-history", "/officers"}
            return
    pytest.fail("both nights read the company whole")


def test_a_name_is_searched_and_only_profiles_of_its_hits_are_rows(asking: Asking) -> None:
    pages = asking.fetch(Watermark(until=NOW, names=("Bramblewick", "x")))
    asked = [path.partition("?")[0] for path in asking.register.asked]
    assert asked[0] == "search/companies"
    assert f"company/{TOOLS}/officers" in asked  # it bears the name
    assert next(CONNECTOR.parse(pages[0])).records == 0
    other = Watermark(until=NOW, names=("Tools Bramblewick",))
    asking.fetch(other)
    assert [path.partition("?")[0] for path in asking.register.asked] == ["search/companies", f"company/{TOOLS}"]
    asking.fetch(replace(other, told=frozenset({TOOLS})))
    assert [path.partition("?")[0] for path in asking.register.asked] == ["search/companies"]


def test_nothing_to_ask_asks_nothing(asking: Asking) -> None:
    assert asking.fetch(Watermark(until=NOW, identifiers={"FR-RCS": ("002000006",)})) == []
    assert asking.register.asked == []


def test_it_waits_when_told_and_stops_at_a_list_that_repeats_itself(asking: Asking) -> None:
    asking.register.busy = 1
    assert asking.fetch(Watermark(until=NOW, identifiers={"GB-COH": (TOOLS,)}))
    assert max(asking.slept) >= 4
    asking.register.ignores_start = True
    with pytest.raises(SourceUnavailableError, match="ignores start_index"):
        asking.fetch(FIRST)


# ----------------------------------------------------------------------------------------------- recorded answers


def test_recorded_answers(shared: Path) -> None:
    folder = shared / "data" / "companies_house"
    told: dict[str, int] = {}
    for path in sorted(
        (
            *folder.glob("herrbert/*.json"),
            *folder.glob("bulk_toolkit/input__product-217*.csv"),
            *folder.glob("uktrade*.zip"),
        )
    ):
        if path.name.startswith("insolvency"):  # names practitioners; filings tell the event
            with pytest.raises(NotAnAnswerError):
                read(path.read_bytes())
            continue
        for batch in CONNECTOR.parse(payload(path.read_bytes())):
            assert batch.rejected == ()
            for name, frame in batch.frames.items():
                told[name] = told.get(name, 0) + frame.height
    assert told == {"legal_units": 2 + 22 + 23, "appointments": 10, "relationships": 0, "notices": 47 + 3 + 9}


def test_recorded_company_numbers_get_their_zeros_back(shared: Path) -> None:
    """The uktrade sample lost them."""
    content = (shared / "data" / "companies_house" / "uktrade__ch_part1_2.zip").read_bytes()
    keys = read(content).frames["legal_units"]["source_key"]
    assert set(keys.str.len_chars()) == {8}
    assert keys[0].startswith("0")


def test_recorded_control_of_every_kind(shared: Path) -> None:
    ties = 0
    for path in sorted((shared / "data" / "companies_house").glob("psc__*.json")):
        document = json.loads(path.read_bytes())
        if "company_number" not in document:
            continue
        batch = read(json.dumps(document, separators=(",", ":")).encode() + b"\n")
        assert batch.rejected == ()
        ties += batch.frames["relationships"].height
    assert (
        ties == 3
    )  # a company, a legal person, and a number that no register knows; no person, no secret, no Yorkshire
