"""TED: the chain from lot to winner, the old schema, and a search that never ends by itself."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fault_proxy import NOW
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.contract import Batch, NotAnAnswerError, SourceUnavailableError
from connectors.polite import PoliteClient
from connectors.ted import CONNECTOR, SEARCH
from schemas.provenance import Payload, Watermark


def read(body: bytes) -> Batch:
    (batch,) = CONNECTOR.parse(Payload("ted", "import/x.xml", body))
    return batch


def rows(body: bytes) -> dict[str, dict[str, Any]]:
    return {row["source_key"]: row for row in read(body).frames["contract_awards"].iter_rows(named=True)}


@pytest.fixture
def eforms(fixtures: Path) -> bytes:
    return (fixtures / "ted/eforms_award.xml").read_bytes()


@pytest.fixture
def old(fixtures: Path) -> bytes:
    return (fixtures / "ted/f03_award.xml").read_bytes()


def test_the_chain_leads_to_who_won_and_not_to_who_lost_or_is_a_person(eforms: bytes) -> None:
    found = rows(eforms)
    assert set(found) == {"700101-2026|buyer|002800019", "700101-2026|winner|002800027"}
    buyer, winner = found["700101-2026|buyer|002800019"], found["700101-2026|winner|002800027"]
    assert (winner["amount_eur"], winner["buyer_name"], winner["cpv_code"]) == (480_000.0, None, "42000000")
    assert (buyer["amount_eur"], buyer["buyer_name"]) == (660_000.0, "Communauté de communes des Trois-Moulins")
    assert (winner["awarded_on"], winner["published_on"]) == (date(2026, 10, 18), date(2026, 11, 12))


def test_without_settled_contracts_every_tender_of_a_won_lot_counts(eforms: bytes) -> None:
    text = eforms.decode().replace("efac:SettledContract", "efac:Other")
    assert "700101-2026|winner|002800050" in rows(text.encode())
    ranked = text.replace(
        "<cbc:ID>TEN-0002</cbc:ID><efac:TenderingParty>",
        "<cbc:ID>TEN-0002</cbc:ID><cbc:RankCode>2</cbc:RankCode><efac:TenderingParty>",
    )
    assert "700101-2026|winner|002800050" not in rows(ranked.encode())


def test_an_amount_that_is_withheld_or_in_another_currency_is_unknown(eforms: bytes) -> None:
    for text in (eforms.replace(b">480000<", b">-1<"), eforms.replace(b"EUR", b"PLN")):
        assert rows(text)["700101-2026|winner|002800027"]["amount_eur"] is None


@pytest.mark.parametrize(
    ("kind", "stage"), [("competition", "call"), ("cont-modif", "modification"), ("planning", None)]
)
def test_the_kind_of_notice_tells_the_stage(eforms: bytes, kind: str, stage: str | None) -> None:
    found = rows(eforms.replace(b'listName="result"', f'listName="{kind}"'.encode()))
    assert {row["stage"] for row in found.values()} == ({stage} if stage else set())


def test_the_old_schema_sums_the_contracts_of_one_winner(old: bytes) -> None:
    found = rows(old)
    assert set(found) == {"700-2023|buyer|002800043", "700-2023|winner|002800027"}
    winner = found["700-2023|winner|002800027"]
    assert (winner["amount_eur"], winner["awarded_on"]) == (300_000.0, date(2022, 12, 15))
    assert found["700-2023|buyer|002800043"]["amount_eur"] is None  # 1 euro


def test_contact_persons_are_in_no_row(eforms: bytes, old: bytes) -> None:
    for body in (eforms, old):
        assert "Exemple Contact" in body.decode()
        assert not [row for row in rows(body).values() if "Contact" in str(row) or "@" in str(row)]


def test_a_notice_without_a_number_is_rejected(old: bytes) -> None:
    batch = read(old.replace(b'DOC_ID="000700-2023"', b""))
    assert (batch.records, len(batch.rejected)) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [b"<feed/>", b'<!DOCTYPE x [<!ENTITY e "e">]><TED_EXPORT>&e;</TED_EXPORT>', b"<TED_EXPORT>", b"<a>" * 100],
)
def test_hostile_or_other_xml_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnAnswerError):
        read(body)


def test_redacting_takes_a_winner_s_name_out_of_the_tender_s_title_too(eforms: bytes) -> None:
    body = CONNECTOR.redact(Payload("ted", "x", eforms), frozenset({"002800027"}))
    assert body is not None
    assert "Galeti" not in body.decode()
    assert set(rows(body)) == {"700101-2026|buyer|002800019"}


def test_real_award_notices_are_read(shared: Path) -> None:
    folder = shared / "data/procurement"
    batches = [
        read(path.read_bytes())
        for name in ("ted_xml_f03", "ted_eforms")
        for path in sorted((folder / name).glob("*.xml"))
    ]
    assert [batch.rejected for batch in batches if batch.rejected] == []
    winners = [
        row for b in batches for row in b.frames["contract_awards"].iter_rows(named=True) if row["party"] == "winner"
    ]
    assert len(winners) >= 50
    assert {row["unit_scheme"] for row in winners} >= {"FR-RCS", "VAT"}


# --------------------------------------------------------------------------------------------------------- asking


class TedServer:
    """The search (POST, an iteration token that never ends) and the notices' XML."""

    def __init__(self, notice: bytes, count: int) -> None:
        self.notice, self.count, self.page = notice, count, 2
        self.asked: list[dict[str, Any]] = []
        self.read: list[str] = []
        self.busy, self.timed_out, self.repeats, self.gone = 0, False, False, False

    def search(self, request: Request) -> Response:
        if self.busy:
            self.busy -= 1
            return Response("slow down", 429, {"Retry-After": "35"})
        question = json.loads(request.get_data())
        self.asked.append(question)
        start = 0 if self.repeats else int(question.get("iterationNextToken", 0))
        numbers = range(start, min(start + self.page, self.count))
        notices = [
            {
                "publication-number": f"{n + 1}-2026",
                "links": {"xml": {"MUL": f"{request.host_url}en/notice/{n + 1}-2026/xml"}},
            }
            for n in numbers
        ]
        answer = {
            "notices": notices,
            "totalNoticeCount": self.count,
            "iterationNextToken": str(start + self.page),
            "timedOut": self.timed_out,
        }
        return Response(json.dumps(answer), content_type="application/json")

    def show(self, request: Request) -> Response:
        self.read.append(request.path)
        number = request.path.split("/")[3]
        if self.gone:
            return Response("out of order", 500)
        return Response(self.notice.replace(b"00700101-2026", number.encode()), content_type="application/xml")


@pytest.fixture
def served(httpserver: HTTPServer, eforms: bytes) -> TedServer:
    import re

    made = TedServer(eforms, 5)
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request(f"/{SEARCH}", method="POST").respond_with_handler(made.search)
    httpserver.expect_request(re.compile("/en/notice/.*")).respond_with_handler(made.show)
    return made


def fetch(httpserver: HTTPServer, client_for: Callable[..., PoliteClient]) -> list[Payload]:
    return list(CONNECTOR.fetch(client_for(httpserver.url_for("")), Watermark(until=NOW)))


def test_the_search_ends_with_the_total_and_each_notice_is_read(
    served: TedServer, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    served.busy = 1
    found = fetch(httpserver, client_for)
    assert len(served.asked) == 3
    assert "buyer-country = FRA" in served.asked[0]["query"]
    assert {row for payload in found for row in rows(payload.body)} >= {
        f"{n}-2026|winner|002800027" for n in range(1, 6)
    }


def test_an_empty_window_asks_no_notice(
    served: TedServer, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    served.count = 0
    assert fetch(httpserver, client_for) == []
    assert (len(served.asked), served.read) == (1, [])


@pytest.mark.parametrize(
    ("fault", "reason"), [("timed_out", "ran out of time"), ("repeats", "repeats a page"), ("gone", "answers 500")]
)
def test_a_list_that_is_not_whole_loses_no_notice(
    served: TedServer, httpserver: HTTPServer, client_for: Callable[..., PoliteClient], fault: str, reason: str
) -> None:
    setattr(served, fault, True)
    with pytest.raises(SourceUnavailableError, match=reason):
        fetch(httpserver, client_for)


def test_without_a_window_nothing_is_asked(httpserver: HTTPServer, client_for: Callable[..., PoliteClient]) -> None:
    client = client_for(httpserver.url_for(""))
    assert list(CONNECTOR.fetch(client, Watermark())) == []
    assert client.requests_made == 0
