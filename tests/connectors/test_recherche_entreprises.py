"""recherche-entreprises: what each field becomes, who is held back, and which questions are asked."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer
from stdnum import luhn
from werkzeug import Request, Response

from connectors import recherche_entreprises
from connectors.contract import Batch, NotAnAnswerError
from connectors.polite import PoliteClient
from connectors.recherche_entreprises import (
    CONNECTOR,
    country_of_label,
    split_aliases,
    split_names,
    street_of,
)
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ScopeKind

LARGE, MIDDLE, SOLE_TRADER, PARTIAL, ABROAD = "002001014", "002002020", "002003036", "002004042", "002005056"


def answer(fixtures: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((fixtures / "recherche_entreprises" / f"{name}.json").read_text("utf-8"))
    return document


def payload(document: Any, key: str = "search?q=x") -> Payload:
    return Payload(source=CONNECTOR.name, key=key, body=json.dumps(document).encode())


def read(document: Any, key: str = "search?q=x") -> Batch:
    (batch,) = CONNECTOR.parse(payload(document, key))
    return batch


def row(batch: Batch, frame: str, key: str) -> dict[str, Any]:
    return batch.frames[frame].row(by_predicate=pl.col("source_key") == key, named=True)


# --------------------------------------------------------------------------------------------------- what is read


def test_a_unit_with_everything(fixtures: Path) -> None:
    unit = row(read(answer(fixtures, "search_siren")), "legal_units", LARGE)
    assert unit["name"] == "OROLIA INVENTEE"
    assert unit["other_names"] == ["OI", "ORO OUTILLAGE", "OROLIA PRO"]
    assert (unit["country_code"], unit["national_id"], unit["national_id_scheme"]) == ("FR", LARGE, "FR-RCS")
    assert unit["vat_number"] == "FR15" + LARGE
    assert (unit["legal_form_code"], unit["legal_form_scheme"]) == ("5599", "FR-CJ")
    assert (unit["activity_code"], unit["activity_code_scheme"]) == ("28.29B", "NAF2008")
    assert (unit["is_natural_person"], unit["diffusion"], unit["life_status"]) == (False, "O", "active")
    assert (unit["size_category"], unit["employees_band"], unit["employees_year"]) == ("GE", "42", 2023)
    assert (unit["address_line"], unit["postal_code"], unit["city"]) == ("12 RUE DES ESSAIS", "69003", "LYON")
    assert (unit["region_code"], unit["sites_count"], unit["sites_open_count"]) == ("84", 24, 19)
    assert unit["has_responsible_buyer_label"] is True
    assert unit["created_on"] == date(2001, 3, 1)


def test_the_index_date_of_the_source_is_no_update_of_the_record(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    before = read(document).frames["legal_units"]
    document["results"][0]["date_mise_a_jour"] = "2026-05-18T04:00:00"
    assert read(document).frames["legal_units"].equals(before)
    assert before["record_updated_at"].to_list() == [datetime(2026, 4, 10, 13, 28, 37, tzinfo=UTC)]


def test_officers_of_both_kinds(fixtures: Path) -> None:
    batch = read(answer(fixtures, "search_siren"))
    columns = ("family_name", "usage_name", "organisation_name", "organisation_id", "role", "office_group")
    assert batch.frames["appointments"].select(columns).rows() == [
        ("VALMONT", None, None, None, "chief_executive", "executive"),
        ("DUVALON", "SERVIER-LANTIN", None, None, "board_member", "board"),
        ("ARBOGAST", None, None, None, "board_chair", "board"),
        ("OKAFOR", None, None, None, "unknown", "other"),
        (None, None, "CABINET IMAGINAIRE AUDIT", PARTIAL, "auditor", "control"),
        (None, None, "HOLDING LOINTAINE AG", None, "board_member", "board"),
    ]
    assert batch.frames["appointments"]["source_key"].to_list()[1:5:3] == [
        f"{LARGE}|administrateur|duvalon|servier-lantin|helene|1962-07",
        f"{LARGE}|commissaire aux comptes titulaire|{PARTIAL}",
    ]
    (roster,) = batch.scopes
    assert (roster.name, roster.kind, roster.total) == (f"roster:{LARGE}", ScopeKind.ROSTER, 6)
    assert roster.keys == tuple(batch.frames["appointments"]["source_key"])


def test_a_declared_zero_is_unknown(fixtures: Path) -> None:
    statement = row(read(answer(fixtures, "search_siren")), "financial_statements", f"{LARGE}|2024")
    assert (statement["revenue_eur"], statement["net_income_eur"]) == (2_737_600_000.0, None)
    assert (statement["closing_year"], statement["scope"]) == (2024, "unknown")


def test_sites_told_twice_are_one_and_a_masked_one_has_no_address(fixtures: Path) -> None:
    batch = read(answer(fixtures, "search_page"))
    sites = batch.frames["establishments"].filter(batch.frames["establishments"]["unit_key"] == MIDDLE)
    assert sites["is_head_office"].to_list() == [True, False, False, False]
    assert sites["site_status"].to_list() == ["open", "open", "closed", "open"]
    assert sites["address_line"].to_list() == [
        "ZI DES MIRAGES 4 QUAI SANS EAU",
        "8 PLACE IMAGINAIRE",
        "12 RUE DES ESSAIS",
        None,
    ]
    assert sites["diffusion"].to_list() == ["O", "O", "O", "P"]
    assert sites["closed_on"].to_list() == [None, None, date(2019, 6, 30), None]
    assert sites["name"].to_list() == [None, "TFN LILLE", None, None]


def test_a_seat_abroad_is_in_its_country(fixtures: Path) -> None:
    unit = row(read(answer(fixtures, "search_page")), "legal_units", ABROAD)
    assert (unit["country_code"], unit["region_code"], unit["life_status"]) == ("DE", None, "ceased")
    assert unit["ceased_on"] == date(2024, 12, 31)


@pytest.mark.parametrize(
    ("name", "family", "usage"),
    [
        ("VALMONT", "VALMONT", None),
        ("SERVIER (DUVALON)", "DUVALON", "SERVIER"),
        ("DE NULLE PART DIT AILLEURS (DUVALON)", "DUVALON", "DE NULLE PART DIT AILLEURS"),
        ("ARBOGAST (ARBOGAST)", "ARBOGAST", None),
        ("(DUVALON)", "DUVALON", None),
        ("SERVIER ( )", "SERVIER", None),
        (None, None, None),
    ],
)
def test_usage_and_birth_name(name: str | None, family: str | None, usage: str | None) -> None:
    assert split_names(name) == (family, usage)


@pytest.mark.parametrize(
    ("full", "name", "aliases"),
    [
        ("OROLIA", "OROLIA", []),
        ("OROLIA (ORO)", "OROLIA", ["ORO"]),
        ("OROLIA (ORO) (OUTILLAGE)", "OROLIA", ["ORO", "OUTILLAGE"]),
        ("OROLIA (LYON) SUD", "OROLIA (LYON) SUD", []),
        ("(ORO)", "(ORO)", []),
        (None, None, []),
    ],
)
def test_brackets_behind_a_name_are_other_names(full: str | None, name: str | None, aliases: list[str]) -> None:
    assert split_aliases(full) == (name, aliases)


@pytest.mark.parametrize(
    ("full", "postal_code", "street"),
    [
        ("3 RUE IMAGINAIRE 75002 PARIS", "75002", "3 RUE IMAGINAIRE"),
        ("75002 RUE DES 75002 PAS 75002 PARIS 2", "75002", "75002 RUE DES 75002 PAS"),
        ("75002 PARIS", "75002", None),
        ("20099 HAMBURG ALLEMAGNE", None, "20099 HAMBURG ALLEMAGNE"),
        ("3 RUE IMAGINAIRE", "75002", "3 RUE IMAGINAIRE"),
        (None, "75002", None),
    ],
)
def test_street(full: str | None, postal_code: str | None, street: str | None) -> None:
    assert street_of(full, postal_code) == street


@pytest.mark.parametrize(
    ("label", "code"), [("ALLEMAGNE", "DE"), ("SUISSE", "CH"), ("PAYS-BAS", "NL"), ("ATLANTIDE", None), (None, None)]
)
def test_country_labels(label: str | None, code: str | None) -> None:
    assert country_of_label(label) == code


# -------------------------------------------------------------------------------------------------- who is held back


def test_p_natural_person_has_a_masked_row_and_nobody_else(fixtures: Path) -> None:
    batch = read(answer(fixtures, "search_page"))
    unit = row(batch, "legal_units", SOLE_TRADER)
    assert (unit["name"], unit["other_names"], unit["address_line"], unit["postal_code"]) == (None, [], None, None)
    assert (unit["is_natural_person"], unit["diffusion"], unit["city"]) == (True, "P", "RENNES")
    assert SOLE_TRADER not in batch.frames["appointments"]["unit_key"]
    assert batch.rejected == ()


def test_p_legal_person_has_no_street_no_officers_and_no_roster(fixtures: Path) -> None:
    batch = read(answer(fixtures, "search_page"))
    unit = row(batch, "legal_units", PARTIAL)
    assert (unit["name"], unit["address_line"], unit["city"]) == ("CABINET IMAGINAIRE AUDIT", None, "PARIS")
    assert PARTIAL not in batch.frames["appointments"]["unit_key"]
    assert f"roster:{PARTIAL}" not in {scope.name for scope in batch.scopes}


def test_p_hides_the_street_even_if_the_source_forgets_to_mask_it(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    document["results"][0]["statut_diffusion"] = "P"
    batch = read(document)
    assert batch.frames["legal_units"]["address_line"].to_list() == [None]
    assert batch.frames["appointments"].height == 0


def test_o_to_p_and_back(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    first = read(document)
    document["results"][0]["statut_diffusion"] = "P"
    assert read(document).scopes == ()
    document["results"][0]["statut_diffusion"] = "O"
    assert read(document).scopes == first.scopes


def test_the_street_of_a_sole_trader_may_be_a_home(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    document["results"][0]["complements"]["est_entrepreneur_individuel"] = True
    batch = read(document)
    assert batch.frames["legal_units"]["is_natural_person"].to_list() == [True]
    assert batch.frames["legal_units"]["address_line"].to_list() == [None]
    assert batch.frames["establishments"]["address_line"].to_list() == [None]


def test_nothing_that_we_may_not_keep_reaches_a_frame_or_a_reason(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    officer = document["results"][0]["dirigeants"][0]
    officer |= {"nationalite": "NATIONALITE-X", "annee_de_naissance": "ANNEE-X", "prenoms": ["PRENOM-X"]}
    batch = read(document)
    told = str(batch.rejected) + "".join(str(frame.rows()) for frame in batch.frames.values())
    assert not any(secret in told for secret in ("NATIONALITE-X", "ANNEE-X", "PRENOM-X", "VALMONT", "1969-04"))
    assert [r.reason for r in batch.rejected] == ["results[].dirigeants[].prenoms: expected a text, found a list"]


# ------------------------------------------------------------------------------------------- scopes and quarantine


def test_an_unreadable_officer_leaves_the_roster_incomplete(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    document["results"][0]["dirigeants"][0]["date_de_naissance"] = "avril"
    document["results"][0]["dirigeants"][1]["nom"] = "X" * 301
    batch = read(document)
    (roster,) = batch.scopes
    assert (len(roster.keys), roster.total) == (4, 6)
    assert batch.rejected[0].reason == "results[].dirigeants[].date_de_naissance: expected YYYY-MM"
    assert "family_name" in batch.rejected[1].reason
    assert batch.rejected[1].reason.startswith("rule ")
    assert [(r.source_key, r.record) for r in batch.rejected] == [(LARGE, "one officer")] * 2  # no name, no month
    assert batch.records == 9


def test_without_officers_in_the_answer_there_is_no_roster(fixtures: Path) -> None:
    assert read(answer(fixtures, "search_minimal")).scopes == ()


def test_an_empty_roster_is_a_roster(fixtures: Path) -> None:
    rosters = {scope.name: scope.total for scope in read(answer(fixtures, "search_page")).scopes}
    assert rosters == {f"roster:{MIDDLE}": 2, f"roster:{ABROAD}": 0}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (
            "search?categorie_entreprise=GE&etat_administratif=A&page=2&per_page=25",
            "query:categorie_entreprise=GE&etat_administratif=A",
        ),
        ("search?q=002002020", None),
        ("search?page=1&per_page=25&q=OROLIA", None),
        ("import/answer.json", None),
    ],
)
def test_a_list_by_rule_is_a_scope_and_a_look_up_is_none(fixtures: Path, key: str, name: str | None) -> None:
    lists = [s for s in read(answer(fixtures, "search_page"), key).scopes if s.kind is ScopeKind.LIST]
    assert [scope.name for scope in lists] == ([name] if name else [])
    if name:
        assert lists[0].keys == (MIDDLE, SOLE_TRADER, PARTIAL, ABROAD)


def test_at_the_cap_a_list_never_looks_whole(fixtures: Path) -> None:
    document = answer(fixtures, "search_page") | {"total_results": 10_000}
    (listed,) = [s for s in read(document, "search?categorie_entreprise=PME").scopes if s.kind is ScopeKind.LIST]
    assert listed.total == 10_001


def test_a_unit_without_siren_takes_its_records_to_quarantine(fixtures: Path) -> None:
    document = answer(fixtures, "search_siren")
    document["results"][0]["siren"] = "123456789"
    batch = read(document)
    assert all(frame.height == 0 for frame in batch.frames.values())
    assert Counter(r.record for r in batch.rejected) == {
        "one legal unit": 1,
        "one establishment": 1,
        "one officer": 6,
        "one financial statement": 1,
    }


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"searchTerms": "x", "result": {"results": [], "total_results": 0}}, "--unwrap result"),
        ({"currentPage": 1, "resultCount": 1, "results": [{"siren": MIDDLE}]}, "total_results missing"),
        ({"erreur": "Veuillez indiquer au moins un paramètre de recherche."}, "Veuillez indiquer"),
        ({"1043": {"titre de la convention": "x"}}, "results and total_results missing"),
        ({"results": {}, "total_results": 0}, "must be a list"),
        ({"results": [], "total_results": 0, "page": 1, "per_page": 10}, "total_pages is missing"),
    ],
)
def test_other_shapes_are_no_answers(document: Any, reason: str) -> None:
    with pytest.raises(NotAnAnswerError, match=reason):
        read(document)


def test_redacting_officers_and_sites(fixtures: Path) -> None:
    document = answer(fixtures, "search_page")
    before = read(document)
    officer = before.frames["appointments"]["source_key"][0]
    site = before.frames["establishments"]["source_key"][1]
    body = CONNECTOR.redact(payload(document), frozenset({officer, site}))
    assert body is not None
    after = read(json.loads(body))
    assert set(before.frames["appointments"]["source_key"]) - set(after.frames["appointments"]["source_key"]) == {
        officer
    }
    assert set(before.frames["establishments"]["source_key"]) - set(after.frames["establishments"]["source_key"]) == {
        site
    }
    assert after.frames["legal_units"].equals(before.frames["legal_units"])


# ------------------------------------------------------------------------------------------------------- asking


class FakeSearch:
    """Answers /search as the source does: by q, or by filters with pages, counting no further than `cap`."""

    def __init__(self, template: dict[str, Any], cap: int) -> None:
        self.template = template
        self.cap = cap
        self.units: list[tuple[str, str, str]] = []  # siren, category, departement
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Response:
        asked = {name: str(value) for name, value in request.args.items()}
        self.asked.append(asked)
        size, number = int(asked.get("per_page", 10)), int(asked.get("page", 1))
        if "q" in asked:
            found = [u for u in self.units if asked["q"] in (u[0], "OROLIA")]
        else:
            found = [
                unit
                for unit in self.units
                if unit[1] == asked["categorie_entreprise"] and asked.get("departement", unit[2]) == unit[2]
            ]
        total = min(len(found), self.cap)
        results = [self.template | {"siren": siren, "siege": None} for siren, *_ in found[(number - 1) * size :][:size]]
        answer = {"results": results, "total_results": total, "page": number, "per_page": size}
        return Response(json.dumps(answer | {"total_pages": -(-total // size)}), content_type="application/json")


def invented_siren(number: int) -> str:
    return f"001{number:05d}" + luhn.calc_check_digit(f"001{number:05d}")


@pytest.fixture
def search(httpserver: HTTPServer, fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSearch:
    monkeypatch.setattr(recherche_entreprises, "MOST_RESULTS", 60)
    monkeypatch.setattr(recherche_entreprises, "DIMENSIONS", (("departement", ("59", "69")),))
    fake = FakeSearch(answer(fixtures, "search_minimal")["results"][0], cap=60)
    httpserver.expect_request("/search").respond_with_handler(fake)
    return fake


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[PoliteClient]:
    with PoliteClient(
        CONNECTOR.name,
        httpserver.url_for(""),
        requests_per_second=10_000,
        clock=lambda: datetime(2026, 11, 24, 2, tzinfo=UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        rng=lambda: 0.0,
        archive=None,
        user_agent="grandcompte tests",
        allow_private_addresses=True,
    ) as polite:
        yield polite


def sirens_of(payloads: list[Payload]) -> list[str]:
    return [
        siren
        for answered in payloads
        for batch in CONNECTOR.parse(answered)
        for siren in batch.frames["legal_units"]["source_key"]
    ]


def test_each_unit_of_the_universe_is_asked_for_once(search: FakeSearch, client: PoliteClient) -> None:
    search.units = [(invented_siren(n), "GE", "69") for n in range(30)] + [(MIDDLE, "ETI", "59")]
    known = (invented_siren(3), MIDDLE)
    window = Watermark(identifiers={"FR-RCS": known}, names=("OROLIA", "X "), size_categories=("GE", "TPE"))
    payloads = list(CONNECTOR.fetch(client, window))
    rule = {"categorie_entreprise": "GE", "etat_administratif": "A", "per_page": "25"}
    assert search.asked == [
        rule | {"page": "1"},
        rule | {"page": "2"},
        {"q": MIDDLE},
        {"q": "OROLIA", "page": "1", "per_page": "25"},
    ]
    assert len(sirens_of(payloads[:2])) == 30
    (first, second) = (next(CONNECTOR.parse(p)).scopes[0] for p in payloads[:2])
    assert first.name == second.name == "query:categorie_entreprise=GE&etat_administratif=A"
    assert (first.page, second.page, first.pages, first.total) == (1, 2, 2, 30)


def test_a_list_over_the_cap_is_split(search: FakeSearch, client: PoliteClient) -> None:
    search.units = [(invented_siren(n), "ETI", "59" if n % 2 else "69") for n in range(70)]
    payloads = list(CONNECTOR.fetch(client, Watermark(size_categories=("ETI",))))
    assert [(a.get("departement"), a["page"]) for a in search.asked] == [
        (None, "1"),
        ("59", "1"),
        ("59", "2"),
        ("69", "1"),
        ("69", "2"),
    ]
    assert len(set(sirens_of(payloads))) == 70


def test_an_answer_that_is_none_is_handed_on_to_be_refused(httpserver: HTTPServer, client: PoliteClient) -> None:
    httpserver.expect_request("/search").respond_with_data("<html>maintenance</html>")
    payloads = list(CONNECTOR.fetch(client, Watermark(identifiers={"FR-RCS": (MIDDLE,)}, size_categories=("GE",))))
    assert len(payloads) == 2
    for answered in payloads:
        with pytest.raises(NotAnAnswerError):
            list(CONNECTOR.parse(answered))


def test_nothing_is_asked_for_an_empty_window(search: FakeSearch, client: PoliteClient) -> None:
    assert list(CONNECTOR.fetch(client, Watermark())) == []
    assert search.asked == []


# ------------------------------------------------------------------------------------------------- recorded answers


def unwrapped(document: Any) -> Any:
    """As `archive import --unwrap result`: a wrapper has nothing but plain values beside the object."""
    if isinstance(document, dict) and isinstance(document.get("result"), dict):
        others = [value for name, value in document.items() if name != "result"]
        return document if any(isinstance(value, dict | list) for value in others) else document["result"]
    return document


def test_recorded_answers_are_read_whole(shared: Path) -> None:
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for path in sorted((shared / "data" / "recherche_entreprises").glob("*.json")):
        document = unwrapped(json.loads(path.read_bytes()))
        try:
            batch = read(document, f"import/{path.name}")
        except NotAnAnswerError:
            refused[path.name.split("__")[0]] += 1
            continue
        assert batch.unknown_fields == ()
        counts["files"] += 1
        counts["rejected"] += len(batch.rejected)
        counts["units of the answers"] += len(document["results"])
        counts["figures of the answers"] += sum(len(u["finances"] or {}) for u in document["results"])
        counts["sites of the answers"] += sum(
            len({s["siret"] for s in [u["siege"], *u["matching_etablissements"]] if s}) for u in document["results"]
        )
        counts["named officers of the answers"] += sum(
            o.get("nom") != "[NON-DIFFUSIBLE]" for u in document["results"] for o in u["dirigeants"]
        )
        counts.update({name: frame.height for name, frame in batch.frames.items()})
    assert refused == {"snap": 24, "unit": 3}
    assert counts["files"] == 4 + 39
    assert counts["rejected"] == 1  # 123456789 is no SIREN: an answer that the site's own tests made up
    assert counts["legal_units"] + 1 == counts["units of the answers"] == 104
    assert counts["establishments"] == counts["sites of the answers"]
    assert counts["appointments"] == counts["named officers of the answers"]
    assert counts["financial_statements"] == counts["figures of the answers"] == 24


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("e2e__search-552032534", {"executive": 1, "board": 10, "control": 2}),
        # these two rosters of the register name board members, auditors and "Autre", and no executive office at all
        ("e2e__search-356000000", {"board": 10, "control": 4, "other": 9}),
        ("unit__search-775663438", {"board": 3, "other": 25}),
    ],
)
def test_offices_of_known_units(shared: Path, name: str, groups: dict[str, int]) -> None:
    document = unwrapped(json.loads((shared / "data" / "recherche_entreprises" / f"{name}.json").read_bytes()))
    officers = read(document, f"import/{name}").frames["appointments"]
    assert Counter(officers["office_group"]) == groups
    assert officers.filter(officers["role"] == "auditor")["office_group"].unique().to_list() in ([], ["control"])
