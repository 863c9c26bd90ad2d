"""DECP: the parquet table, scanned lazily, and producers' documents of 2019 and 2022."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fault_proxy import NOW
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.contract import Batch, NotAnAnswerError, SourceUnavailableError
from connectors.decp import CONNECTOR, DATASET
from connectors.decp_table import reduce_table
from connectors.polite import PoliteClient
from schemas.provenance import Payload, Watermark

BUYER, WINNER, OTHER = "00280001900016", "00280002700019", "00280003500012"
ROW = {
    "uid": f"{BUYER}A1", "acheteur_id": BUYER, "titulaire_id": WINNER, "titulaire_typeIdentifiant": "SIRET",
    "montant": 50_000.0, "codeCPV": "42000000-6", "dureeMois": "12", "offresRecues": "3",
    "dateNotification": date(2026, 9, 1), "datePublicationDonnees": date(2026, 9, 20), "donneesActuelles": True,
    "titulaire_nom": "Exemple Personne", "objet": "x",
}  # fmt: skip


def parquet(*changes: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame([{**ROW, **change} for change in changes], infer_schema_length=None).write_parquet(out)
    return out.getvalue()


def read(body: bytes, key: str = "import/decp.parquet") -> Batch:
    (batch,) = CONNECTOR.parse(Payload("decp", key, body))
    return batch


def rows(body: bytes, key: str = "import/decp.parquet") -> dict[str, dict[str, Any]]:
    return {row["source_key"]: row for row in read(body, key).frames["contract_awards"].iter_rows(named=True)}


def test_a_row_of_the_table_is_a_buyer_and_a_winner_without_a_name() -> None:
    found = rows(parquet({}))
    assert set(found) == {f"{BUYER}A1|buyer|002800019", f"{BUYER}A1|winner|002800027"}
    row = found[f"{BUYER}A1|winner|002800027"]
    assert (row["cpv_code"], row["duration_months"], row["tenders_count"]) == ("42000000", 12, 3)
    assert "Exemple" not in str(found)


def test_what_was_changed_since_is_read_in_its_present_state_only() -> None:
    told = parquet({"donneesActuelles": False, "montant": 1e6}, {"titulaire_id": OTHER})
    assert {row["unit_key"] for row in rows(told).values()} == {"002800019", "002800035"}


@pytest.mark.parametrize("word", ["oui", "True", "1"])
def test_a_flag_in_words_is_a_flag(word: str) -> None:
    assert len(rows(parquet({"donneesActuelles": word}))) == 2


def test_what_stands_for_nothing_is_null() -> None:
    told = parquet({"dureeMois": "NC", "offresRecues": "NC", "montant": 1.0, "codeCPV": "NC"})
    row = rows(told)[f"{BUYER}A1|buyer|002800019"]
    assert [row[name] for name in ("duration_months", "tenders_count", "amount_eur", "cpv_code")] == [None] * 4
    billions = rows(parquet({"montant": 3.2e12}))
    assert {row["amount_eur"] for row in billions.values()} == {None}


@pytest.mark.parametrize(
    ("number", "kind", "unit"),
    [
        (WINNER.lstrip("0"), "SIRET", "002800027"),  # read as a number, it lost its zeros
        (f"{WINNER}.0", "SIRET", "002800027"),
        ("00280002700018", "SIRET", None),  # wrong key
        ("35600000000048", "SIRET", "356000000"),  # a site of La Poste has no Luhn key
        ("CHE-000.000.000", "HORS-UE", None),
        ("0000001", "RIDET", None),
    ],
)
def test_winners_are_known_by_identifiers_that_can_be_checked(number: str, kind: str, unit: str | None) -> None:
    found = rows(parquet({"titulaire_id": number, "titulaire_typeIdentifiant": kind}))
    assert {r["unit_key"] for r in found.values() if r["party"] == "winner"} == ({unit} if unit else set())


def test_of_a_file_only_the_window_s_contracts_and_the_columns_that_are_read_are_kept() -> None:
    told = parquet(
        {"nouveau": "Exemple"}, {"uid": f"{BUYER}A2", "datePublicationDonnees": date(2026, 10, 2), "nouveau": "x"}
    )
    kept = reduce_table(told, date(2026, 10, 1), date(2026, 10, 31))
    assert {row["contract_key"] for row in rows(kept).values()} == {f"{BUYER}A2"}
    assert b"Exemple" not in kept
    assert read(kept).unknown_fields == ("nouveau",)
    assert len(rows(told)) == 4  # an imported file is read whole


def test_a_new_column_is_heard_and_a_missing_one_refuses_the_file() -> None:
    assert read(parquet({"nouveau": 1})).unknown_fields == ("nouveau",)
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(parquet({}))).drop("donneesActuelles").write_parquet(out)
    with pytest.raises(NotAnAnswerError, match="donneesActuelles"):
        read(out.getvalue())


@pytest.mark.parametrize("body", [b"PAR1", b"PAR1" + b"x" * 100, parquet({})[:-20]])
def test_a_damaged_file_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnAnswerError, match="parquet"):
        read(body)


def test_redacting_the_table_takes_out_a_winner_or_a_buyer_with_his_contracts() -> None:
    told = parquet({}, {"titulaire_id": OTHER}, {"uid": f"{OTHER}B1", "acheteur_id": OTHER})
    payload = Payload("decp", "x", told)
    without_winner = CONNECTOR.redact(payload, frozenset({"002800027"}))
    assert without_winner is not None
    assert {row["unit_key"] for row in rows(without_winner).values()} == {"002800019", "002800035"}
    without_buyer = CONNECTOR.redact(payload, frozenset({"002800019"}))
    assert without_buyer is not None
    assert {row["contract_key"] for row in rows(without_buyer).values()} == {f"{OTHER}B1"}
    assert CONNECTOR.redact(payload, frozenset({"002800019", "002800035"})) is None
    assert CONNECTOR.redact(payload, frozenset({"002800043"})) == told


# ------------------------------------------------------------------------------------------------------ documents


def document(**changes: Any) -> bytes:
    contract = {
        "id": "A1", "acheteur": {"id": BUYER}, "dateNotification": "2026-09-01", "datePublicationDonnees": "2026-09-20",
        "dureeMois": 12, "montant": 50_000.0, "titulaires": [{"typeIdentifiant": "SIRET", "id": WINNER}], **changes,
    }  # fmt: skip
    return json.dumps({"marches": [contract]}).encode()


def test_the_format_of_2019_nests_winners_at_any_depth_and_may_flatten_its_buyer() -> None:
    told = document(titulaires=[[[{"typeIdentifiant": "SIRET", "id": OTHER, "denominationSociale": "Exemple"}]]])
    assert {row["unit_key"] for row in rows(told).values()} == {"002800019", "002800035"}
    flat = json.loads(document())
    flat["marches"][0]["acheteur.id"] = flat["marches"][0].pop("acheteur")["id"]
    assert f"{BUYER}A1|buyer|002800019" in rows(json.dumps(flat).encode())


def test_numbers_may_be_words() -> None:
    row = rows(document(dureeMois="NC", montant="50000,50"))[f"{BUYER}A1|buyer|002800019"]
    assert (row["duration_months"], row["amount_eur"]) == (None, 50_000.5)
    assert len(read(document(montant="cher")).rejected) == 2


def test_the_last_change_stands(fixtures: Path) -> None:
    row = rows((fixtures / "decp/document_2022.json").read_bytes())[f"{BUYER}2026-001|winner|002800027"]
    assert (row["amount_eur"], row["duration_months"]) == (1_400_000.0, 60)


def test_the_official_examples_are_read_whole(shared: Path) -> None:
    for name in ("concessions", "concessions_avec_modifications", "marches_avec_modifications", "marches_concessions"):
        batch = read((shared / f"data/procurement/decp/exemple__{name}.json").read_bytes())
        assert batch.records > 0, name
        assert (batch.rejected, batch.unknown_fields) == ((), ()), name
    assert read((shared / "data/procurement/decp/cm__tests_data_decp_test_2019.json").read_bytes()).rejected == ()


# --------------------------------------------------------------------------------------------------------- asking


class Catalogue:
    """data.gouv.fr: the page of the data set, and the file that it names."""

    def __init__(self) -> None:
        self.checksum, self.asked, self.busy, self.address, self.published = "aa", [], 0, "", date(2026, 1, 2)

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.path)
        if self.busy:
            self.busy -= 1
            return Response("slow down", 429, {"Retry-After": "2"})
        if request.path.endswith(".parquet"):
            return Response(
                parquet({"datePublicationDonnees": self.published}), content_type="application/octet-stream"
            )
        file = {
            "format": "parquet",
            "url": self.address or request.host_url + "files/decp.parquet",
            "last_modified": "2",
        }
        listed = [{"format": "csv", "url": "x"}, {**file, "checksum": {"type": "sha1", "value": self.checksum}}]
        return Response(json.dumps({"slug": "decp", "resources": listed}), content_type="application/json")


@pytest.fixture
def catalogue(httpserver: HTTPServer) -> Catalogue:
    made = Catalogue()
    for path in (f"/{DATASET}", "/files/decp.parquet"):
        httpserver.expect_request(path).respond_with_handler(made)
    return made


def test_the_file_is_asked_for_once_and_again_when_it_changed(
    catalogue: Catalogue, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    client = client_for(httpserver.url_for(""))
    catalogue.busy = 1
    (payload,) = CONNECTOR.fetch(client, Watermark(until=NOW))
    assert payload.key.startswith("decp.parquet?since=")
    assert client.cursor == {"checksum": "aa"}
    assert list(CONNECTOR.fetch(client, Watermark(until=NOW, cursor=client.cursor))) == []
    catalogue.checksum = "bb"
    assert len(list(CONNECTOR.fetch(client, Watermark(until=NOW, cursor=client.cursor)))) == 1
    assert len(catalogue.asked) == 6  # a refusal, then two, one and two


def test_a_file_elsewhere_is_not_asked_for(
    catalogue: Catalogue, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    catalogue.address = "https://files.example/decp.parquet"
    with pytest.raises(SourceUnavailableError, match="no parquet file"):
        list(CONNECTOR.fetch(client_for(httpserver.url_for("")), Watermark(until=NOW)))


def test_the_page_of_the_data_set_tells_of_no_contract() -> None:
    batch = read(json.dumps({"slug": "decp", "resources": []}).encode())
    assert batch.records == 0
