"""SEC EDGAR: what each file becomes, and the traps that SOURCES section 7 names."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from connectors import edgar
from connectors.contract import STREET_OF, Batch, NotAnAnswerError
from connectors.edgar import CONNECTOR, TERMS
from connectors.edgar_records import classify_item_502, without_state
from connectors.polite import PoliteClient
from schemas.provenance import Payload, Watermark
from tests.flows.filing_server import FOLDER, HOLDINGS, FilingServer

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def body(fixtures: Path, name: str) -> bytes:
    return (fixtures / "edgar" / name).read_bytes()


def payload(content: bytes, key: str = "import/answer") -> Payload:
    return Payload("edgar", key, content)


def read(content: bytes, key: str = "import/answer") -> Batch:
    (batch,) = CONNECTOR.parse(payload(content, key))
    return batch


def read_file(fixtures: Path, name: str) -> Batch:
    return read(body(fixtures, name), f"import/{name}")


def rows(batch: Batch, frame: str) -> list[dict[str, Any]]:
    return batch.frames[frame].to_dicts()


# -------------------------------------------------------------------------------------------------------- filers


def test_a_filer(fixtures: Path) -> None:
    (unit,) = rows(read_file(fixtures, f"CIK{HOLDINGS}.json"), "legal_units")
    assert (unit["source_key"], unit["national_id_scheme"], unit["country_code"]) == (HOLDINGS, "US-SEC-CIK", "US")
    assert (unit["name"], unit["other_names"]) == ("BRAMBLEWICK HOLDINGS CORP", ["BRAMBLEWICK BROTHERS CO"])
    assert (unit["activity_code"], unit["activity_code_scheme"], unit["hq_country_code"]) == (
        "3490",
        "US-SIC1987",
        "US",
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [("NVIDIA CORP/DE/", "NVIDIA CORP"), ("X CO /NY/", "X CO"), ("FOO BAR/CA", "FOO BAR"), ("Y AG/ADR", "Y AG"),
     (r"Z \WA\ ".strip(), "Z"), ("NOVO A/S", "NOVO A/S"), ("/DE/", "/DE/")],
)  # fmt: skip
def test_the_state_behind_a_name_is_no_part_of_it(written: str, name: str) -> None:
    assert without_state(written) == name


def test_a_foreign_issuer_files_other_forms_and_has_no_events(fixtures: Path) -> None:
    batch = read_file(fixtures, "CIK9900000202.json")
    (unit,) = rows(batch, "legal_units")
    assert (unit["name"], unit["country_code"], unit["lei"]) == ("Fabulon Maschinen AG", "DE", "00000000000000000098")
    assert batch.frames["notices"].is_empty()


def test_an_insider_shares_the_address_of_companies_and_leaves_no_row(fixtures: Path) -> None:
    batch = read_file(fixtures, "CIK9900000303.json")
    assert (batch.records, batch.unknown_fields) == (0, ())


def test_events_are_notices_with_their_items(fixtures: Path) -> None:
    told = rows(read_file(fixtures, f"CIK{HOLDINGS}.json"), "notices")
    assert [(row["family"], row["published_on"], row["effective_on"]) for row in told] == [
        ("modification", date(2026, 2, 26), date(2026, 2, 24)),
        ("other", date(2026, 1, 28), date(2026, 1, 28)),
        ("insolvency", date(2025, 8, 1), date(2025, 7, 30)),
        ("other", date(2003, 5, 5), date(2003, 5, 1)),  # before August 2004 the items had other numbers
        ("other", date(2003, 2, 2), None),
    ]
    assert told[0]["description"] == "8-K 0000000000-26-000008: items 5.02, 9.01"


def test_an_overflow_file_is_read_under_its_name(fixtures: Path) -> None:
    name = f"CIK{HOLDINGS}-submissions-001.txt"
    (event,) = rows(read_file(fixtures, name), "notices")
    assert (event["unit_key"], event["published_on"]) == (HOLDINGS, date(2002, 12, 31))
    with pytest.raises(NotAnAnswerError, match="whose it is"):
        read(body(fixtures, name))


@pytest.mark.parametrize("column", ["items", "form", "filingDate", "accessionNumber", "reportDate"])
def test_columns_of_different_lengths_are_refused(fixtures: Path, column: str) -> None:
    document = json.loads(body(fixtures, f"CIK{HOLDINGS}.json"))
    document["filings"]["recent"][column].pop()
    with pytest.raises(NotAnAnswerError, match="different lengths"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("column", "value"),
    [("items", "5.02;9.01"), ("filingDate", "02/26/2026"), ("reportDate", "x"), ("accessionNumber", "1")],
)
def test_a_filing_that_cannot_be_read_is_quarantined(fixtures: Path, column: str, value: str) -> None:
    document = json.loads(body(fixtures, f"CIK{HOLDINGS}.json"))
    document["filings"]["recent"][column][1] = value
    batch = read(json.dumps(document).encode())
    (rejected,) = batch.rejected
    assert column in rejected.reason
    assert batch.frames["notices"].height == 4


def test_tickers_have_several_lines_a_company_and_only_lead_to_it(fixtures: Path) -> None:
    for name in ("company_tickers.json", "company_tickers_exchange.json"):
        assert read_file(fixtures, name).records == 0
    listed = payload(body(fixtures, "company_tickers.json"))
    names = ("Bramblewick Holdings", "FABULON MASCHINEN AG", "Nobody Inc", "!")
    assert edgar._named_in(listed, names) == [HOLDINGS, "9900000202"]


# ------------------------------------------------------------------------------------------------------ insiders


def test_form_3_tells_who_became_what_and_when(fixtures: Path) -> None:
    (office,) = rows(read_file(fixtures, "form3.xml"), "appointments")  # not the fund that only holds shares
    assert (office["family_name"], office["given_names"]) == ("Tansyhurst", "Rowan Mae")
    assert (office["title"], office["started_on"]) == ("Chief Financial Officer", date(2026, 2, 25))
    assert (office["unit_key"], office["officer_id"]) == (HOLDINGS, "9900000303")


@pytest.mark.parametrize(("name", "title"), [("form4.xml", "Director"), ("form5.xml", "EVP & CFO")])
def test_forms_4_and_5_tell_no_first_day(fixtures: Path, name: str, title: str) -> None:
    (office,) = rows(read_file(fixtures, name), "appointments")
    assert (office["title"], office["started_on"], office["source_key"].endswith("|seen")) == (title, None, True)


@pytest.mark.parametrize("word", ["1", "true", "TRUE"])
def test_yes_is_written_in_several_ways(fixtures: Path, word: str) -> None:
    content = body(fixtures, "form3.xml").replace(b"<isOfficer>true<", f"<isOfficer>{word}<".encode())
    assert read(content).frames["appointments"].height == 1


def test_a_relationship_that_nobody_understands_is_quarantined(fixtures: Path) -> None:
    content = body(fixtures, "form3.xml").replace(b"<isDirector>false<", b"<isDirector>maybe<")
    assert [r.record for r in read(content).rejected] == ["one insider"]


@pytest.mark.parametrize(
    "content",
    [b"<?xml version='1.0'?><ownershipDocument><documentType>3</documentType></ownershipDocument>",
     b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><ownershipDocument>&a;</ownershipDocument>",
     b"<?xml version='1.0'?><feed><entry></feed>", b"<?xml version='1.0'?><feed/>"],
)  # fmt: skip
def test_hostile_and_foreign_xml_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnAnswerError):
        read(content)


# ----------------------------------------------------------------------------------------------------- documents


def test_an_exhibit_21_gives_names_and_countries(fixtures: Path) -> None:
    batch = read_file(fixtures, f"data_{HOLDINGS}_000000000026000006_ex21.htm")
    assert {(row["name"], row["country_code"]) for row in rows(batch, "legal_units")} == {
        ("Bramblewick Tools LLC", "US"), ("Fabulon Maschinen GmbH", "DE"),
    }  # fmt: skip
    assert {(row["kind"], row["parent_key"]) for row in rows(batch, "relationships")} == {("controlled_by", HOLDINGS)}
    assert batch.scopes == ()  # the list need not be complete: nobody leaves it


def test_item_502_is_told_by_its_text(fixtures: Path) -> None:
    (moved,) = rows(read_file(fixtures, f"data_{HOLDINGS}_000000000026000008_8k.htm"), "notices")
    assert moved["description"] == "administration: item 5.02 tells of departure, appointment, compensation"
    assert (moved["effective_on"], moved["family"]) == (date(2026, 2, 24), "modification")
    (paid,) = rows(read_file(fixtures, f"data_{HOLDINGS}_000000000026000012_8k.htm"), "notices")
    assert paid["description"] == "item 5.02 tells of compensation"  # nobody came or went
    assert paid["family"] == "other"


@pytest.mark.parametrize(
    ("text", "words"),
    [("Item 5.02 Mr. X resigned. Item 9.01", ("departure",)), ("Item 5.02 Y was appointed.", ("appointment",)),
     ("Item 5.02 the bonus. Item 8.01 Z resigned", ("compensation",)), ("Item 5.03 X resigned", ()), ("", ())],
)  # fmt: skip
def test_the_sense_of_an_item(text: str, words: tuple[str, ...]) -> None:
    assert classify_item_502(text) == words


def test_no_name_of_a_report_is_kept(fixtures: Path) -> None:
    for path in (fixtures / "edgar").iterdir():
        told = str([frame.to_dicts() for frame in read_file(fixtures, path.name).frames.values()])
        assert not any(word in told for word in ("Pettigrove", "NOWHERE STREET", "000-000-0000", "HALLOWMERE"))


# ----------------------------------------------------------------------------------------------------- redaction


def test_an_objection_reaches_every_file(fixtures: Path) -> None:
    name = f"CIK{HOLDINGS}.json"
    key = f"F|20260226|0000000000-26-000008|{HOLDINGS}"
    after = CONNECTOR.redact(payload(body(fixtures, name)), frozenset({key}))
    assert after is not None
    assert b"0000000000-26-000008" not in after
    assert read(after).frames["notices"].height == 4
    after = CONNECTOR.redact(payload(body(fixtures, name)), frozenset({f"{STREET_OF}{HOLDINGS}"}))
    assert after is not None
    assert b"FABLE AVENUE" not in after
    for other in (
        "form3.xml",
        f"data_{HOLDINGS}_000000000026000008_8k.htm",
        f"CIK{HOLDINGS}-submissions-001.txt",
        name,
    ):
        asked = payload(body(fixtures, other), f"import/{other}")
        assert CONNECTOR.redact(asked, frozenset({HOLDINGS})) is None
        assert json.loads(body(fixtures, name))  # the original stays
    insider = f"{HOLDINGS}|9900000303|Chief Financial Officer"
    assert CONNECTOR.redact(payload(body(fixtures, "form3.xml")), frozenset({insider})) is None
    for listed in ("company_tickers.json", "company_tickers_exchange.json"):
        after = CONNECTOR.redact(payload(body(fixtures, listed)), frozenset({HOLDINGS}))
        assert after is not None
        assert b"BRAMBLEWICK" not in after
        assert b"Fabulon" in after


# -------------------------------------------------------------------------------------------------------- asking


class Asking:
    """A client before the server, with a clock that only waits."""

    def __init__(self, server: HTTPServer, fixtures: Path) -> None:
        self.source, self.slept, self.passed = FilingServer(fixtures), list[float](), 0.0
        server.expect_request(re.compile(".*")).respond_with_handler(self.source)
        self.url = server.url_for("").rstrip("/")

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def monotonic(self) -> float:
        self.passed += 0.0001
        return self.passed

    def fetch(self, window: Watermark) -> list[Payload]:
        self.source.asked.clear()
        with PoliteClient(
            "edgar", self.url, requests_per_second=TERMS.requests_per_second, clock=lambda: NOW,
            monotonic=self.monotonic, sleep=self.sleep, rng=random.Random(1).random, archive=None,
            user_agent="grandcompte/test (+Example admin@example.org)", allow_private_addresses=True,
        ) as client:  # fmt: skip
            return list(CONNECTOR.fetch(client, window))


@pytest.fixture
def asking(httpserver: HTTPServer, fixtures: Path) -> Iterator[Asking]:
    return Asking(httpserver, fixtures)


def test_a_first_night_reads_new_documents_and_not_the_old_files(asking: Asking) -> None:
    pages = asking.fetch(Watermark(until=NOW, identifiers={"US-SEC-CIK": (HOLDINGS, "9900000999")}))
    assert asking.source.asked == [
        f"/submissions/CIK{HOLDINGS}.json",
        f"{FOLDER}/000000000026000009/form3.xml",  # not the one that is dressed for reading (xslF345X05/)
        f"{FOLDER}/000000000026000008/bramblewick-8k.htm",
        f"{FOLDER}/000000000026000006/0000000000-26-000006-index.html",
        f"{FOLDER}/000000000026000006/ex21.htm",
        "/submissions/CIK9900000999.json",
    ]
    told = Counter[str]()
    for page in pages:
        for batch in CONNECTOR.parse(page):
            told.update({name: frame.height for name, frame in batch.frames.items()})
    assert told == {"legal_units": 3, "appointments": 1, "relationships": 2, "notices": 6}


def test_a_backfill_reads_the_overflow_file_of_its_years(asking: Asking) -> None:
    since, until = datetime(2002, 1, 1, tzinfo=UTC), datetime(2002, 12, 31, tzinfo=UTC)
    asking.fetch(Watermark(since=since, until=until, identifiers={"US-SEC-CIK": (HOLDINGS,)}))
    assert asking.source.asked[:2] == [
        f"/submissions/CIK{HOLDINGS}.json", f"/submissions/CIK{HOLDINGS}-submissions-001.json",
    ]  # fmt: skip
    assert len(asking.source.asked) == 2  # no form 3, no item 5.02 in those years


def test_the_feed_says_whom_to_ask_where_many_are_watched(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edgar, "FEED_PAYS", 2)
    watched = (HOLDINGS, "9900000202")
    window = Watermark(
        since=NOW - timedelta(days=1), until=NOW, identifiers={"US-SEC-CIK": watched}, told=frozenset(watched)
    )
    asking.fetch(window)
    assert asking.source.asked[0].startswith("/cgi-bin/browse-edgar?action=getcurrent&count=100&output=atom&start=0")
    assert f"/submissions/CIK{HOLDINGS}.json" in asking.source.asked
    assert not any("9900000202" in path for path in asking.source.asked)  # it filed nothing


def test_names_are_looked_up_once_and_nothing_to_ask_asks_nothing(asking: Asking) -> None:
    asking.source.busy = 1
    asking.fetch(Watermark(until=NOW, names=("Fabulon Maschinen",)))
    assert asking.source.asked[1:] == ["/files/company_tickers.json", "/submissions/CIK9900000202.json"]
    assert max(asking.slept) >= 5
    assert asking.fetch(Watermark(until=NOW, identifiers={"FR-RCS": ("002000006",)})) == []
    assert asking.source.asked == []


# ----------------------------------------------------------------------------------------------- recorded answers


def test_recorded_answers(shared: Path) -> None:
    folder = shared / "data" / "edgar"
    told, of_502 = Counter[str](), 0
    submissions = sorted(folder.glob("submissions/*.json"))
    for path in (*submissions, *folder.glob("getcurrent/*.xml"), *folder.glob("edgartools__form[345]*.xml")):
        batch = read(path.read_bytes(), f"import/{path.name}")
        assert batch.rejected == ()
        assert batch.unknown_fields == ()
        told.update({name: frame.height for name, frame in batch.frames.items()})
        of_502 += sum("5.02" in row["description"] for row in rows(batch, "notices"))
    assert len(submissions) == 33
    assert of_502 > 300
    assert (told["legal_units"], told["appointments"]) == (19, 4)


def test_recorded_insiders_leave_no_row(shared: Path) -> None:
    for cik in ("0000315090", "0001033331", "0001462356", "0001830610", "0001718179", "0001771340"):
        assert read((shared / f"data/edgar/submissions/CIK{cik}.json").read_bytes()).records == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [("1045810_000104581026000024_nvda_20260302.htm", "compensation"),
     ("72333_000007233323000015_jwn_20230301.htm", "compensation"),
     ("1326801_000162828025058337_meta_20251219.htm", "departure"),
     ("19617_000001961726000241_jpm_20260624.htm", "departure, appointment, compensation")],
)  # fmt: skip
def test_recorded_reports(shared: Path, name: str, words: str) -> None:
    cik, accession = name.split("_")[:2]
    key = f"Archives/edgar/data/{cik}/{accession}/x.htm"
    (notice,) = rows(read((shared / "data/edgar/docs" / name).read_bytes(), key), "notices")
    assert notice["description"].removeprefix("administration: ") == f"item 5.02 tells of {words}"
