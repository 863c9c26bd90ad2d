"""Sirene: each trap of SOURCES section 2, how its days are asked for, and the stock files in all their shapes."""

import copy
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from connectors.contract import STREET_OF, Batch, NotAnAnswerError, SourceUnavailableError
from connectors.polite import PoliteClient
from connectors.sirene import CONNECTOR, TERMS, UNITS_A_QUESTION
from connectors.sirene_stock import is_siren, is_siret, scan_history, scan_successions
from flows.demo.invented import siren, siret
from schemas.identifiers import normalise_siren, normalise_siret
from schemas.provenance import Payload, Watermark
from tests.flows.sirene_server import KEY, SireneServer

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sirene"
ORVALIS, OPPOSED, NATURAL = siren(9001), siren(9012), siren(9013)
UNTIL = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def answer(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def read(body: bytes | object) -> Batch:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    (batch,) = CONNECTOR.parse(Payload("sirene", "siret?q=x", body))
    return batch


def rows(batch: Batch, frame: str) -> dict[str, dict[str, Any]]:
    return {row["source_key"]: row for row in batch.frames[frame].iter_rows(named=True)}


# ----------------------------------------------------------------------------------------------------------- the API


def test_current_values_are_those_of_the_period_without_an_end() -> None:
    units = rows(read(answer("siren_page")), "legal_units")
    assert units[ORVALIS]["name"] == "ORVALIS PARTICIPATIONS"  # the older period stands first in this answer
    assert (units[siren(9005)]["life_status"], units[siren(9005)]["ceased_on"]) == ("ceased", date(2026, 4, 20))
    sites = rows(read(answer("siret_page")), "establishments")
    closed = sites[siret(ORVALIS, 2)]
    assert (closed["site_status"], closed["opened_on"], closed["closed_on"]) == (
        "closed", date(2019, 5, 2), date(2024, 7, 1),
    )  # fmt: skip


def test_without_a_current_period_nothing_is_read() -> None:
    document = answer("siret")
    document["etablissement"]["periodesEtablissement"] = document["etablissement"]["periodesEtablissement"][1:]
    (rejected,) = read(document).rejected
    assert "no period without dateFin" in rejected.reason


def test_the_head_office_tells_its_unit_with_the_address() -> None:
    unit = rows(read(answer("siret_page")), "legal_units")[ORVALIS]
    assert (unit["address_line"], unit["postal_code"], unit["region_code"]) == ("12 RUE DES TISSERANDS", "75999", "11")
    assert (unit["size_category"], unit["employees_band"], unit["employees_year"]) == ("ETI", "41", 2024)
    assert unit["other_names"] == ["ORVA", "ORVALIS"]


def test_nd_is_null_and_p_has_no_street() -> None:
    batch = read(answer("siret_page"))
    unit, site = rows(batch, "legal_units")[OPPOSED], rows(batch, "establishments")[siret(OPPOSED, 1)]
    assert (unit["diffusion"], unit["name"], unit["city"], unit["postal_code"]) == ("P", None, "VALMIREUX", None)
    assert (site["diffusion"], site["address_line"]) == ("P", None)
    assert "[ND]" not in str([frame.to_dicts() for frame in batch.frames.values()])


def test_a_natural_person_has_no_name_and_no_street() -> None:
    batch = read(answer("siret_page"))
    unit, site = rows(batch, "legal_units")[NATURAL], rows(batch, "establishments")[siret(NATURAL, 1)]
    assert (unit["is_natural_person"], unit["name"], unit["address_line"]) == (True, None, None)
    assert (site["name"], site["address_line"]) == (None, None)
    assert "MARVOISE" not in str([frame.to_dicts() for frame in batch.frames.values()])


def test_naf_is_that_of_2008_beside_the_one_of_2025_and_places_abroad_are_abroad() -> None:
    sites = rows(read(answer("siret_page")), "establishments")
    assert sites[siret(ORVALIS, 1)]["activity_code"] == "70.22Z"
    abroad = sites[siret(ORVALIS, 3)]
    assert (abroad["city"], abroad["country_code"], abroad["region_code"]) == ("LIEGE", "BE", None)
    assert sites[siret(ORVALIS, 2)]["region_code"] == "94"  # commune 2A999: Corsica


def test_a_street_can_be_taken_out_of_an_answer() -> None:
    payload = Payload("sirene", "siret?q=x", (FIXTURES / "siret_page.json").read_bytes())
    body = CONNECTOR.redact(payload, frozenset({f"{STREET_OF}{ORVALIS}"}))
    assert body is not None
    assert "DES TISSERANDS" not in body.decode()
    assert "DES LILAS" in body.decode()


@pytest.mark.parametrize("body", [{"fault": {"code": 900802}}, {"header": {"statut": 400, "message": "Erreur"}}])
def test_an_error_is_no_answer_and_is_told(body: object) -> None:
    with pytest.raises(NotAnAnswerError, match=r"900802|Erreur"):
        read(body)


# ------------------------------------------------------------------------------------------------------------ asking


@pytest.fixture
def server(httpserver: HTTPServer) -> SireneServer:
    made = SireneServer(copy.deepcopy(answer("siret_page")["etablissements"]))
    httpserver.expect_request(re.compile("/api-sirene/3.11/.*")).respond_with_handler(made)
    return made


@pytest.fixture
def client(client_for: Callable[..., PoliteClient], httpserver: HTTPServer) -> PoliteClient:
    return client_for(httpserver.url_for("/api-sirene/3.11"), key=KEY)


def window(**more: Any) -> Watermark:
    return Watermark(**{"until": UNTIL, "identifiers": {"FR-RCS": (ORVALIS,)}, **more})


def test_a_first_night_reads_every_site_and_asks_for_no_day(server: SireneServer, client: PoliteClient) -> None:
    server.page = 2
    seen = {key for p in CONNECTOR.fetch(client, window()) for key in rows_in(p)}
    assert seen == {siret(ORVALIS, n) for n in (1, 2, 3)}
    assert set(server.questions()) == {f"(siren:{ORVALIS})"}
    cursors = [query["curseur"] for path, query in server.asked if path == "siret"]
    assert cursors == ["*", siret(ORVALIS, 2), siret(ORVALIS, 3)]  # the last page gives its own cursor back
    assert client.cursor == {"read_until": "2026-11-23"}


def test_days_are_read_one_by_one_from_the_last_one_again(server: SireneServer, client: PoliteClient) -> None:
    told = window(
        since=datetime(2026, 11, 22, 6, tzinfo=UTC), told=frozenset({ORVALIS}), cursor={"read_until": "2026-11-21"}
    )
    list(CONNECTOR.fetch(client, told))
    days = [re.findall("[0-9]{4}-[0-9]{2}-[0-9]{2}", question)[0] for question in server.questions()]
    assert days == [day for day in ("2026-11-21", "2026-11-22", "2026-11-23") for _ in range(2)]
    assert sum("etablissementSiege:true" in question for question in server.questions()) == 3
    assert client.cursor == {"read_until": "2026-11-23"}


def test_what_is_not_at_disposal_yet_is_read_by_a_later_night(server: SireneServer, client: PoliteClient) -> None:
    server.fresh = "2026-11-22"  # nothing new for two days
    told = window(told=frozenset({ORVALIS}), cursor={"read_until": "2026-11-21"})
    list(CONNECTOR.fetch(client, told))
    assert client.cursor == {"read_until": "2026-11-21"}


def test_on_the_first_of_a_month_nothing_is_asked_and_no_day_is_lost(
    server: SireneServer, client: PoliteClient
) -> None:
    first = datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert list(CONNECTOR.fetch(client, window(until=first, cursor={"read_until": "2026-11-29"}))) == []
    assert server.asked == []
    assert client.cursor == {"read_until": "2026-11-29"}


def test_a_question_names_few_units_and_nobody_else(server: SireneServer, client: PoliteClient) -> None:
    many = tuple(siren(number) for number in range(20_000, 20_000 + UNITS_A_QUESTION + 5))
    list(CONNECTOR.fetch(client, window(identifiers={"FR-RCS": many})))
    named = [re.findall("siren:([0-9]{9})", question) for question in server.questions()]
    assert [len(units) for units in named] == [UNITS_A_QUESTION, 5]
    assert max(len(question) for question in server.questions()) < 2_000


def test_nobody_wanted_nothing_asked(server: SireneServer, client: PoliteClient) -> None:
    assert list(CONNECTOR.fetch(client, Watermark(until=UNTIL))) == []
    assert server.asked == []


def test_a_cursor_that_does_not_move_ends_the_list(server: SireneServer, client: PoliteClient) -> None:
    server.stuck = True
    list(CONNECTOR.fetch(client, window()))
    assert len(server.questions()) == 1


def test_a_service_that_does_not_say_how_fresh_it_is_is_not_believed(
    client_for: Callable[..., PoliteClient], httpserver: HTTPServer
) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_json({"etatService": "DOWN"})
    with pytest.raises(SourceUnavailableError, match="how fresh"):
        list(CONNECTOR.fetch(client_for(httpserver.url_for("")), window()))


def test_the_key_goes_into_no_address_and_no_answer(server: SireneServer, client: PoliteClient) -> None:
    payloads = list(CONNECTOR.fetch(client, window()))
    assert payloads
    assert not any(KEY in f"{p.url}{p.key}{p.headers}" for p in payloads)


def test_the_budget_is_below_the_limit() -> None:
    assert TERMS.requests_per_second * 60 < 30


def rows_in(payload: Payload) -> list[str]:
    (batch,) = CONNECTOR.parse(payload)
    return batch.frames["establishments"]["source_key"].to_list()


# --------------------------------------------------------------------------------------------------------- the stock

UNITS, SITES = "StockUniteLegale", "StockEtablissement"


def stock(name: str, form: str = "csv") -> bytes:
    body = (FIXTURES / f"{name}.csv").read_bytes()
    if form == "bom":
        return b"\xef\xbb\xbf" + body
    if form == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr(f"{name}_utf8.csv", body)
        return packed.getvalue()
    if form == "parquet":  # typed, as INSEE writes it
        table, out = pl.read_csv(body, infer_schema=False), io.BytesIO()
        days = [pl.col(c).str.to_date(strict=False) for c in ("dateDebut",)]
        times = [
            pl.col(c).str.to_datetime(strict=False) for c in table.columns if c.startswith("dateDernierTraitement")
        ]
        flags = [pl.col(c).str.to_lowercase() == "true" for c in table.columns if c == "etablissementSiege"]
        years = [pl.col(c).cast(pl.Int32) for c in table.columns if c.startswith("annee")]
        table.with_columns(*days, *times, *flags, *years).write_parquet(out)
        return out.getvalue()
    return body


@pytest.mark.parametrize("form", ["csv", "bom", "zip", "parquet"])
def test_units_of_the_stock(form: str) -> None:
    batch = read(stock(UNITS, form))
    units = rows(batch, "legal_units")
    assert set(units) == {ORVALIS, OPPOSED, NATURAL, siren(9005)}
    assert units[ORVALIS]["other_names"] == ["ORVA", "ORVALIS"]
    assert units[ORVALIS]["record_updated_at"] == datetime(2026, 10, 20, 20, 52, 20, tzinfo=UTC)
    assert (units[OPPOSED]["diffusion"], units[OPPOSED]["name"]) == ("P", None)
    assert (units[NATURAL]["is_natural_person"], units[NATURAL]["name"]) == (True, None)
    gone = units[siren(9005)]
    assert (gone["life_status"], gone["ceased_on"], gone["activity_code_scheme"]) == ("ceased", date(2026, 4, 20), None)
    assert {one.source_key: one.reason.split(":")[0] for one in batch.rejected} == {
        "002000001": "siren is no SIREN", siren(9014): "dateCreationUniteLegale",
    }  # fmt: skip
    assert batch.records == 6


@pytest.mark.parametrize("form", ["csv", "zip", "parquet"])
def test_sites_of_the_stock(form: str) -> None:
    sites = rows(read(stock(SITES, form)), "establishments")
    head = sites[siret(ORVALIS, 1)]
    assert (head["is_head_office"], head["postal_code"], head["region_code"]) == (True, "01999", "84")  # zeros stay
    assert head["address_line"] is None
    assert sites[siret(ORVALIS, 2)]["closed_on"] == date(2024, 7, 1)
    assert sites[siret(ORVALIS, 3)]["country_code"] == "BE"
    opposed = sites[siret(OPPOSED, 1)]
    assert (opposed["diffusion"], opposed["is_head_office"], opposed["region_code"]) == ("P", True, "04")


def test_history_and_successions() -> None:
    periods = scan_history(stock("StockEtablissementHistorique")).sort("started_on").collect().rows()
    assert periods == [
        (siret(ORVALIS, 2), "open", date(2019, 5, 2), date(2024, 6, 30)),
        (siret(ORVALIS, 2), "closed", date(2024, 7, 1), None),
    ]
    (moved,) = scan_successions(stock("StockEtablissementLiensSuccession")).collect().rows()
    assert moved == (siret(ORVALIS, 2), siret(ORVALIS, 1), date(2024, 7, 1), True, True)


def test_the_keys_are_those_of_the_row_wise_check() -> None:
    numbers = (
        [siren(n) for n in range(1, 200)] + [f"{n:09d}" for n in range(2_000_000, 2_000_400)] + ["35600000", "x" * 9]
    )
    found = pl.DataFrame({"n": numbers}).select(is_siren(pl.col("n"))).to_series().to_list()
    assert found == [normalise_siren(n) is not None for n in numbers]
    post = [f"356000000{n:05d}" for n in range(1, 400)] + [siret(siren(7), n) for n in range(1, 50)] + ["1" * 14]
    found = pl.DataFrame({"n": post}).select(is_siret(pl.col("n"))).to_series().to_list()
    assert found == [normalise_siret(n) is not None for n in post]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"siren,name\n002000006,X\n", "missing"),
        (b"PAR1 and nothing else", "no stock file"),
        (b"PK\x03\x04 and nothing else", "no stock file"),
        (b"siren,siren\n1,2,3\n\xff\xfe", "no stock file"),
    ],
)
def test_what_is_no_stock_file_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(NotAnAnswerError, match=reason):
        read(body)


def test_a_unit_can_be_taken_out_of_a_stock_file() -> None:
    body = CONNECTOR.redact(Payload("sirene", "x.csv", stock(UNITS)), frozenset({ORVALIS}))
    assert body is not None
    assert ORVALIS not in body.decode()
    assert set(rows(read(body), "legal_units")) == {OPPOSED, NATURAL, siren(9005)}


# ---------------------------------------------------------------------------------------------------- recorded answers


def test_the_recorded_answers_are_read(shared: Path) -> None:
    folder = shared / "data" / "sirene"
    for name, count in (("siret", 1), ("sirets_by_siren_one", 4)):
        batch = read((folder / f"conseillers__api_insee_{name}.json").read_bytes())
        assert (batch.rejected, batch.unknown_fields) == ((), ())
        assert batch.frames["establishments"].height == count
        assert batch.frames["legal_units"].height == 1
    sites = read((folder / "etalab__sample_etablissements_OK.csv").read_bytes())
    units = read((folder / "etalab__sample_unites_legales_OK.csv").read_bytes())
    assert (sites.frames["establishments"].height, units.frames["legal_units"].height) == (3, 3)
    assert (sites.rejected, units.rejected) == ((), ())
    randomised = read((folder / "sf__sireneULTestData.csv").read_bytes())  # real header, deliberate nonsense below it
    assert randomised.frames["legal_units"].is_empty()
    assert len(randomised.rejected) == 4
