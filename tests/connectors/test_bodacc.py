"""BODACC: both shapes, JSON inside texts, both sides of a sale, and lists that are larger than the source shows."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.bodacc import CONNECTOR
from connectors.contract import Batch, SourceUnavailableError
from connectors.french_text import mend, read_amount, read_day
from schemas.provenance import Payload, Watermark


def read(document: Any) -> Batch:
    (batch,) = CONNECTOR.parse(Payload("bodacc", "records", json.dumps(document).encode()))
    return batch


def fixture(fixtures: Path, name: str) -> Any:
    return json.loads((fixtures / "bodacc" / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clÃ´turÃ© en dÃ©cembre", "clôturé en décembre"),
        ("l\u00e2\u20ac\u2122activitÃ©", "l’activité"),
        ("Ã la suite", "à la suite"),
        ("déjà à l'Île", "déjà à l'Île"),
        ("São Ângelo", "São Ângelo"),
    ],
)
def test_mojibake_is_mended_and_good_text_left_alone(text: str, expected: str) -> None:
    assert mend(text) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-01", date(2026, 7, 1)),
        ("01/07/2026", date(2026, 7, 1)),
        ("27 novembre 2008", date(2008, 11, 27)),
        ("1er\u00a0janvier 2020", date(2020, 1, 1)),
        ("3 fÃ©vrier 2021", date(2021, 2, 3)),
        ("31/02/2020", None),
        ("sans date", None),
        (None, None),
    ],
)
def test_days_in_every_form(text: str | None, day: date | None) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("37 000,00 EUR", (37000.0, "EUR")),
        ("10000.00 euros", (10000.0, "EUR")),
        ("1.000.000 €", (1000000.0, "EUR")),
        ("500", (500.0, None)),
        ("capital variable", (None, None)),
    ],
)
def test_amounts_in_every_form(text: str, amount: Any) -> None:
    assert read_amount(text) == amount


def test_both_shapes_say_the_same(fixtures: Path) -> None:
    new = read(fixture(fixtures, "records_page.json")).frames["notices"]
    old = read(fixture(fixtures, "search_first_api.json")).frames["notices"]
    assert old.rows() == new.filter(new["source_key"].is_in(old["source_key"].to_list())).rows()
    assert old.height == 4


def test_a_sale_names_buyer_and_seller(fixtures: Path) -> None:
    sale = read(fixture(fixtures, "records_page.json")).frames["notices"].filter(family="sale")
    assert sale.select("unit_key", "party").rows() == [("002041036", "subject"), ("002041044", "previous_owner")]
    record = next(r for r in fixture(fixtures, "records_page.json")["results"] if r["familleavis"] == "vente")
    record |= {"listepersonnes": None, "listeprecedentproprietaire": None}
    only_numbers = read({"total_count": 1, "results": [record]}).frames["notices"]
    assert only_numbers.select("unit_key", "party").rows() == sale.select("unit_key", "party").rows()
    assert only_numbers["description"].to_list() == [None, None]


def test_nothing_is_kept_of_a_natural_person(fixtures: Path) -> None:
    batch = read(fixture(fixtures, "records_page.json"))
    (row,) = batch.frames["notices"].filter(is_natural_person=True).to_dicts()
    assert "Inventé" not in str(row)
    assert "Personne" not in str(row)
    texts = ("administration", "description", "judgement_kind", "capital_amount", "capital_currency")
    assert [row[name] for name in texts] == [None] * 5


def test_a_field_that_moves_inside_a_text_is_heard(fixtures: Path) -> None:
    record = fixture(fixtures, "records_page.json")["results"][0]
    record["listepersonnes"] = record["listepersonnes"].replace('"administration"', '"dirigeants"')
    assert "notice.listepersonnes.personne.dirigeants" in read({"total_count": 1, "results": [record]}).unknown_fields
    record["modificationsgenerales"] = "{broken"
    assert read({"total_count": 1, "results": [record]}).rejected[0].reason.startswith("notice.modificationsgenerales")


def test_the_recorded_answer_is_read_whole(shared: Path) -> None:
    batch = read(json.loads((shared / "data/bodacc/e2e__bodacc.json").read_text("utf-8")))
    assert (batch.rejected, batch.unknown_fields) == ((), ())
    assert batch.frames["notices"]["family"].to_list() == ["striking_off", "accounts_filing", "accounts_filing"]


class Server:
    """Answers from a list of (day, publication, number), with the source's limits."""

    def __init__(self, notices: list[tuple[str, str, int]], lost: str = "") -> None:
        self.notices, self.lost, self.asked = notices, lost, 0

    def get(self, path: str, params: dict[str, Any]) -> Payload:
        self.asked += 1
        where, refine = params.get("where", ""), params.get("refine", "")
        found = list(self.notices)
        if span := re.findall(r"date'([0-9-]+)'", where):
            found = [n for n in found if span[0] <= n[0] <= span[-1]]
        if refine:
            found = [n for n in found if n[0] == refine.partition(":")[2].replace("/", "-")]
        if by_number := re.search(r"publicationavis='(.)' AND numeroannonce > ([0-9]+)", where):
            found = [n for n in found if n[1] == by_number[1] != self.lost and n[2] > int(by_number[2])]
        found.sort(key=lambda n: n[2] if by_number else n)
        offset = params.get("offset", 0)
        assert offset + params["limit"] <= 10_000
        page = [
            {"dateparution": d, "publicationavis": p, "numeroannonce": n}
            for d, p, n in found[offset : offset + params["limit"]]
        ]
        return Payload("bodacc", path, json.dumps({"total_count": len(found), "results": page}).encode())


def fetched(server: Server) -> set[tuple[str, str, int]]:
    window = Watermark(datetime(2026, 7, 24, tzinfo=UTC), datetime(2026, 7, 24, 2, tzinfo=UTC))
    pages = CONNECTOR.fetch(server, window)  # type: ignore[arg-type]
    records = [r for page in pages for r in json.loads(page.body)["results"]]
    return {(r["dateparution"], r["publicationavis"], r["numeroannonce"]) for r in records}


def test_a_small_window_is_read_in_pages() -> None:
    server = Server([("2026-07-23", "B", n) for n in range(1, 251)])
    assert fetched(server) == set(server.notices)
    assert server.asked == 3


def test_a_day_beyond_the_limit_is_read_by_publication_and_number() -> None:
    busy = [("2026-07-23", p, n) for p, count in (("A", 900), ("B", 1900), ("C", 7800)) for n in range(1, count + 1)]
    server = Server([*busy, *(("2026-07-24", "B", n) for n in range(1, 31))])
    assert fetched(server) == set(server.notices)


def test_a_publication_that_is_not_shown_stops_the_source() -> None:
    server = Server([("2026-07-23", p, n) for p in "BC" for n in range(1, 5501)], lost="C")
    with pytest.raises(SourceUnavailableError, match="cannot be read whole"):
        fetched(server)
