"""INPI / BCE ratios: both shapes, what 0 and confidential mean, paging over loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.contract import Batch, SourceUnavailableError
from connectors.polite import PoliteClient
from connectors.ratios import CONNECTOR, RECORDS
from schemas.provenance import Payload, Watermark

FIELDS = {
    "siren": "002800019", "date_cloture_exercice": "2023-12-31", "chiffre_d_affaires": 5.0, "resultat_net": 1.0,
    "type_bilan": "C", "confidentiality": "Public",
}  # fmt: skip


def read(document: Any) -> Batch:
    (batch,) = CONNECTOR.parse(Payload("ratios", "import/x.json", json.dumps(document).encode()))
    return batch


def rows(document: Any) -> list[dict[str, Any]]:
    return read(document).frames["financial_statements"].to_dicts()


def one(**changes: Any) -> dict[str, Any]:
    return {"total_count": 1, "results": [{**FIELDS, **changes}]}


def test_zero_and_null_are_unknown_and_kinds_of_accounts_are_told_apart(fixtures: Path) -> None:
    found = {r["source_key"]: r for r in rows(json.loads((fixtures / "ratios/records_page.json").read_bytes()))}
    assert found["002800019|2023-12-31|K"]["scope"] == "consolidated"
    assert found["002800019|2023-12-31|C"]["scope"] == found["002800027|2024-06-30|S"]["scope"] == "legal"
    assert found["002800027|2024-06-30|S"]["net_income_eur"] is None
    assert found["002800035|2024-12-31|C"]["revenue_eur"] is None


def test_what_is_confidential_is_not_read() -> None:
    (row,) = rows(one(confidentiality="Confidentiel"))
    assert (row["revenue_eur"], row["net_income_eur"]) == (None, None)


@pytest.mark.parametrize("change", [{"type_bilan": "X"}, {"siren": "123456789"}, {"date_cloture_exercice": "2023"}])
def test_a_row_without_a_key_is_rejected(change: dict[str, Any]) -> None:
    batch = read(one(**change))
    assert (batch.records, len(batch.rejected)) == (1, 1)


def test_the_first_interface_reads_as_the_second() -> None:
    old = {"nhits": 1, "records": [{"datasetid": "ratios_inpi_bce", "recordid": "x", "fields": FIELDS}]}
    assert rows(old) == rows(one())


def test_the_recorded_answer_is_read_whole(shared: Path) -> None:
    body = (shared / "data/bilans_financiers/donnees-financieres-confidential.json").read_bytes()
    (batch,) = CONNECTOR.parse(Payload("ratios", "import/x.json", body))
    assert (batch.frames["financial_statements"].height, batch.rejected, batch.unknown_fields) == (4, (), ())


class RatioServer:
    """Answers 40 companies a question, 100 rows a page."""

    def __init__(self, per_unit: int = 10, first: int = 2010) -> None:
        self.first, self.per_unit, self.asked, self.busy, self.repeats = first, per_unit, [], 0, False

    def __call__(self, request: Request) -> Response:
        if self.busy:
            self.busy -= 1
            return Response("slow down", 429, {"Retry-After": "2"})
        query = dict(request.args)
        self.asked.append(query)
        sirens = [text.strip('"') for text in query["where"].removeprefix("siren in (").removesuffix(")").split(",")]
        every = [
            {
                **FIELDS,
                "siren": siren,
                "date_cloture_exercice": f"{self.first + n}-12-31",
                "chiffre_d_affaires": 5e8 + n,
            }
            for siren in sirens
            for n in range(self.per_unit)
        ]
        offset = 0 if self.repeats else int(query["offset"])
        page = every[offset : offset + int(query["limit"])]
        return Response(json.dumps({"total_count": len(every), "results": page}), content_type="application/json")


def sirens(count: int) -> tuple[str, ...]:
    from schemas.identifiers import normalise_siren

    found = (f"0029{n:05d}" for n in range(20 * count))
    return tuple([text for text in found if normalise_siren(text)][:count])


@pytest.fixture
def served(httpserver: HTTPServer) -> RatioServer:
    server = RatioServer()
    httpserver.expect_request(f"/{RECORDS}").respond_with_handler(server)
    return server


def test_companies_are_asked_in_groups_and_read_to_the_last_page(
    served: RatioServer, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    served.busy = 1
    window = Watermark(identifiers={"FR-RCS": sirens(50)})
    pages = list(CONNECTOR.fetch(client_for(httpserver.url_for("")), window))
    assert [query["offset"] for query in served.asked] == ["0", "100", "200", "300", "0"]
    keys = [
        key for page in pages for b in CONNECTOR.parse(page) for key in b.frames["financial_statements"]["source_key"]
    ]
    assert len(keys) == len(set(keys)) == 500


def test_with_nothing_to_ask_nothing_is_asked(
    served: RatioServer, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    client = client_for(httpserver.url_for(""))
    assert list(CONNECTOR.fetch(client, Watermark())) == []
    assert client.requests_made == 0


def test_a_source_that_ignores_the_offset_is_not_believed(
    served: RatioServer, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    served.repeats = True
    window = Watermark(identifiers={"FR-RCS": sirens(20)})
    with pytest.raises(SourceUnavailableError, match="repeats an earlier page"):
        list(CONNECTOR.fetch(client_for(httpserver.url_for("")), window))
