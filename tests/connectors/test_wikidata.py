"""Wikidata: ranks, qualifiers, precision and unknown values before any value; no persons, no events (SOURCES 8)."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fault_proxy import NOW
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors import wikidata
from connectors.contract import Batch, NotAnAnswerError
from connectors.polite import PoliteClient
from connectors.wikidata import CONNECTOR, LONGEST_SEARCH, searches_for
from schemas.provenance import Payload, Watermark

FIXTURES = Path(__file__).parents[1] / "fixtures" / "wikidata"
A, B = "Q9900000001", "Q9900000002"


def items() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / "items.json").read_bytes())
    return document


def read(document: Any) -> Batch:
    (batch,) = CONNECTOR.parse(Payload("wikidata", "w/api.php", json.dumps(document).encode()))
    return batch


def unit(batch: Batch, key: str = A) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in batch.frames["legal_units"].to_dicts() if row["source_key"] == key)
    return found


def test_an_item_ties_identifiers_names_and_days() -> None:
    row = unit(read(items()))
    assert (row["national_id_scheme"], row["national_id"]) == ("FR-RCS", "002000008")
    assert (row["name"], row["other_names"]) == ("Halkinor", ["Halki", "Halkinor Group"])
    assert row["created_on"] == date(1987, 3, 2)
    assert row["life_status"] == "unknown"  # nobody ever says that a company lives


def test_of_two_values_the_preferred_one_counts() -> None:
    document = items()
    preferred = document["entities"][A]["claims"]["P1278"][0]["mainsnak"]["datavalue"]["value"]
    assert unit(read(document))["lei"] == preferred
    document["entities"][A]["claims"]["P1278"][0]["rank"] = "normal"
    assert unit(read(document))["lei"] is None  # two of one rank: which company is meant?


def test_deprecated_and_ended_statements_are_not_read() -> None:
    told = read(items()).frames["corroborations"].select("property", "value").rows()
    assert told == [("web_site", "halkinor.example"), ("parent", "Q9900000003"), ("employees", "1200")]


def test_a_year_is_no_day_and_a_dissolved_company_has_ceased() -> None:
    row = unit(read(items()), B)
    assert row["created_on"] is None  # precision 9, "+1990-00-00"
    assert (row["life_status"], row["ceased_on"]) == ("ceased", date(2024, 6, 30))


@pytest.mark.parametrize("snak", ["somevalue", "novalue"])
def test_an_unknown_value_is_no_value(snak: str) -> None:
    document = items()
    statement = document["entities"][A]["claims"]["P1616"][0]["mainsnak"]
    statement["snaktype"] = snak
    del statement["datavalue"]
    row = unit(read(document))
    assert (row["national_id"], row["lei"] is None) == (None, False)


def test_no_person_is_read() -> None:
    document = items()
    assert "Q9900000009" not in str(read(document).frames)  # P169, the chief executive
    document["entities"][A]["claims"]["P31"][0]["mainsnak"]["datavalue"]["value"]["id"] = "Q5"
    assert read(document).frames["legal_units"]["source_key"].to_list() == [B]


def test_an_item_without_a_valid_identifier_is_rejected() -> None:
    document = items()
    document["entities"][B]["claims"]["P1616"][0]["mainsnak"]["datavalue"]["value"] = "002000017"
    assert "no identifier" in read(document).rejected[0].reason


def test_a_missing_item_and_a_search_say_nothing() -> None:
    assert read({"entities": {"Q1": {"id": "Q1", "missing": ""}}, "success": 1}).records == 0
    assert read(json.loads((FIXTURES / "search.json").read_bytes())).records == 0


def test_an_error_in_an_answer_is_no_answer() -> None:
    with pytest.raises(NotAnAnswerError, match="maxlag"):
        read({"error": {"code": "maxlag"}})


def test_it_writes_no_frame_that_makes_an_event() -> None:
    assert set(CONNECTOR.writes) == {"legal_units", "corroborations"}


def test_redaction_reaches_items_statements_and_searches() -> None:
    payload = Payload("wikidata", "x", (FIXTURES / "items.json").read_bytes())
    body = CONNECTOR.redact(payload, frozenset({"Q9900000003"}))
    assert body is not None
    assert b"Q9900000003" not in body
    search = Payload("wikidata", "x", (FIXTURES / "search.json").read_bytes())
    left = CONNECTOR.redact(search, frozenset({A}))
    assert left is not None
    assert A.encode() not in left
    assert CONNECTOR.redact(search, frozenset({A, B})) is None


# ------------------------------------------------------------------------------------------------------- asking


class Wiki:
    """`w/api.php`: searches by statement, and items; `busy`: how many questions are answered with 429."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.busy = 0

    def __call__(self, request: Request) -> Response:
        query = dict(request.args)
        self.asked.append(query)
        if self.busy:
            self.busy -= 1
            return Response("slow down", status=429, headers={"Retry-After": "4"})
        entities = items()["entities"]
        if query["action"] == "wbgetentities":
            assert query["ids"].count("|") < 50
            found: dict[str, Any] = {"entities": {q: entities[q] for q in query["ids"].split("|")}, "success": 1}
        else:
            numbers = set(re.findall(r"=([0-9A-Z]+)", query["srsearch"]))
            hits = [{"title": q} for q, one in entities.items() if numbers & numbers_of(one)]
            found = {"query": {"searchinfo": {"totalhits": len(hits)}, "search": hits}}
        return Response(json.dumps(found), content_type="application/json")


def numbers_of(item: dict[str, Any]) -> set[str]:
    claims = item["claims"]
    return {one["mainsnak"]["datavalue"]["value"] for name in ("P1616", "P1278") for one in claims.get(name, ())}


@pytest.fixture
def wiki(httpserver: HTTPServer) -> Wiki:
    server = Wiki()
    httpserver.expect_request("/w/api.php").respond_with_handler(server)
    return server


def test_items_are_found_by_their_numbers_and_read_once(
    wiki: Wiki, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    wiki.busy = 1
    lei = items()["entities"][A]["claims"]["P1278"][0]["mainsnak"]["datavalue"]["value"]
    window = Watermark(identifiers={"FR-RCS": ("002000008", "002000016"), "LEI": (lei,)}, names=("Halki",))
    payloads = list(CONNECTOR.fetch(client_for(httpserver.url_for("")), window))
    assert [query["action"] for query in wiki.asked] == ["query", "query", "wbgetentities"]  # the first one again
    assert wiki.asked[1]["srsearch"] == f"haswbstatement:P1616=002000008|P1616=002000016|P1278={lei}"
    assert sum(batch.frames["legal_units"].height for p in payloads for batch in CONNECTOR.parse(p)) == 2


def test_without_a_number_nothing_is_asked(
    wiki: Wiki, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    window = Watermark(names=("Halki",), domains=("halkinor.example",))
    assert list(CONNECTOR.fetch(client_for(httpserver.url_for("")), window)) == []
    assert wiki.asked == []


def test_after_the_first_night_each_number_has_one_day_of_the_week(
    wiki: Wiki, httpserver: HTTPServer, client_for: Callable[..., PoliteClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wikidata, "is_turn_of", lambda number, _: number == "002000016")
    window = Watermark(since=NOW - timedelta(days=1), until=NOW, identifiers={"FR-RCS": ("002000008", "002000016")})
    list(CONNECTOR.fetch(client_for(httpserver.url_for("")), window))
    assert wiki.asked[0]["srsearch"] == "haswbstatement:P1616=002000016"


def test_no_search_is_longer_than_the_source_allows() -> None:
    statements = [f"P1616=00200{n:04d}" for n in range(200)]
    searches = list(searches_for(statements))
    assert max(map(len, searches)) <= LONGEST_SEARCH
    assert "|".join(s.removeprefix("haswbstatement:") for s in searches).split("|") == statements


# ------------------------------------------------------------------------------------------------- real recordings


def test_recorded_items_that_are_no_companies_give_no_rows(shared: Path) -> None:
    """A person and a band: the shapes of ranks, qualifiers and values are real, and both have no company's number."""
    for path in sorted((shared / "data" / "wikidata").glob("*.json")):
        batch = read(json.loads(path.read_bytes()))
        assert all(frame.is_empty() for frame in batch.frames.values()), path.name
        assert all("no identifier" in one.reason for one in batch.rejected), (path.name, batch.rejected[:2])
        assert batch.unknown_fields == (), path.name
