"""The RNE: each trap of SOURCES section 3 (rosters, roles, days, diffusion) and how its changes are asked for."""

import copy
import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from connectors.contract import OFFICERS_OF, STREET_OF, Batch, NotAnAnswerError, SourceUnavailableError
from connectors.polite import PoliteClient
from connectors.rne import CONNECTOR, TERMS
from connectors.rne_account import MOST_REQUESTS
from flows.demo.invented import siren
from schemas.provenance import Payload, Watermark
from schemas.reference.lists import labels_of
from schemas.reference.offices import office_of_role
from schemas.vocabulary import ExecutiveRole, OfficeGroup
from tests.flows.rne_server import PASSWORD, USER, RneServer

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rne"
UNTIL = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=2)


def answer(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def read(document: Any, key: str = "companies/x") -> Batch:
    (batch,) = CONNECTOR.parse(Payload("rne", key, json.dumps(document).encode()))
    return batch


def body_of(company: dict[str, Any]) -> dict[str, Any]:
    return company["formality"]["content"]["personneMorale"]


def roster(document: Any) -> dict[str, dict[str, Any]]:
    rows = read(document).frames["appointments"].iter_rows(named=True)
    return {f"{row['family_name'] or row['organisation_name']}|{row['title'] or ''}": row for row in rows}


# ---------------------------------------------------------------------------------------------------------- officers


def test_a_role_stands_in_one_of_three_places_or_nowhere() -> None:
    found = roster(answer("company"))
    assert set(found) == {
        "HALVORIN HOLDING|Président de SAS",  # pouvoir.roleEntreprise
        "CABINET TREVANNE AUDIT|Commissaire aux comptes titulaire",  # entreprise.roleEntreprise
        f"Lormeau|{labels_of('roles_rne')['70']}",  # descriptionPersonne.role
        "Brenac|Directeur Général",
        "Brenac|Secrétaire général",  # a second role is a second office
        "Ostrel|",  # none at all: as in the one real answer
        "Pravell|Directeur général",  # a label without a code
        "Urvoy|Censeur",
    }
    assert found["Ostrel|"]["role"] == ExecutiveRole.UNKNOWN
    assert found["Pravell|Directeur général"]["role"] == ExecutiveRole.CHIEF_EXECUTIVE
    assert found["CABINET TREVANNE AUDIT|Commissaire aux comptes titulaire"]["office_group"] == OfficeGroup.CONTROL


def test_a_mandate_keeps_its_number_beside_a_key_that_does_not_depend_on_it() -> None:
    company = answer("company")
    first = roster(company)["HALVORIN HOLDING|Président de SAS"]
    assert first["officer_id"] == "b6a7b3a0-0000-4000-8000-000000000001"
    body_of(company)["composition"]["pouvoirs"][0]["representantId"] = "b6a7b3a0-0000-4000-8000-0000000000ff"
    assert roster(company)["HALVORIN HOLDING|Président de SAS"]["source_key"] == first["source_key"]


def test_who_is_no_longer_active_is_not_on_the_roster() -> None:
    batch = read(answer("company"))
    assert "Delmarque" not in set(batch.frames["appointments"]["family_name"])
    (scope,) = batch.scopes
    assert (scope.name, scope.total) == (f"roster:{siren(9001)}", len(scope.keys))


def test_an_effective_date_counts_unless_the_register_says_that_it_has_none() -> None:
    found = roster(answer("company"))
    assert found[f"Lormeau|{labels_of('roles_rne')['70']}"]["started_on"] == date(2025, 1, 6)
    assert found["Brenac|Directeur Général"]["started_on"] is None
    assert found["HALVORIN HOLDING|Président de SAS"]["started_on"] == date(2024, 4, 15)


def test_names_are_read_and_nothing_private() -> None:
    batch = read(answer("company"))
    (row,) = [r for r in batch.frames["appointments"].iter_rows(named=True) if r["family_name"] == "Lormeau"]
    assert (row["usage_name"], row["given_names"], row["birth_month"]) == ("Vasquelin", "SOLÈNE MARIE", "1974-05")
    told = "".join(str(frame.to_dicts()) for frame in batch.frames.values())
    assert not any(word in told for word in ("Française", "Valmireux", "Quermel", "1970-03", "Texte du greffe"))


def test_a_whole_birth_date_is_cut_to_its_month() -> None:
    company = answer("company")
    described = body_of(company)["composition"]["pouvoirs"][4]["individu"]["descriptionPersonne"]
    described["dateDeNaissance"] = "1981-02-17"
    assert roster(company)["Ostrel|"]["birth_month"] == "1981-02"
    assert "1981-02-17" not in str(read(company).frames["appointments"].to_dicts())


def test_an_officer_who_cannot_be_read_leaves_the_roster_incomplete_and_unnamed() -> None:
    company = answer("company")
    body_of(company)["composition"]["pouvoirs"][4]["typeDePersonne"] = "ROBOT"
    batch = read(company)
    (scope,) = batch.scopes
    assert scope.total == len(scope.keys) + 1
    assert [(one.source_key, "Ostrel" in one.reason + one.record) for one in batch.rejected] == [(siren(9001), False)]


def test_a_role_that_the_list_lacks_is_heard() -> None:
    company = answer("company")
    body_of(company)["composition"]["pouvoirs"][1]["entreprise"]["roleEntreprise"] = "998"
    batch = read(company)
    assert any(field.endswith("pouvoirs[].roleEntreprise=998") for field in batch.unknown_fields)
    assert ExecutiveRole.UNKNOWN in set(batch.frames["appointments"]["role"])


@pytest.mark.parametrize(
    ("code", "group"),
    [("60", "executive"), ("73", "executive"), ("30", "executive"), ("65", "board"), ("61", "supervisory"),
     ("71", "control"), ("72", "control"), ("220", "control"), ("40", "distress"), ("97", "distress"),
     ("98", "distress"), ("14", "control"), ("104", "control")],
)  # fmt: skip
def test_the_84_roles_say_who_decides_and_who_never_does(code: str, group: str) -> None:
    assert len(labels_of("roles_rne")) == 84
    assert office_of_role(code)[1].value == group


# --------------------------------------------------------------------------------------------------------- diffusion


def test_who_opposed_prospecting_has_neither_street_nor_officers() -> None:
    batch = read(answer("company_opposed_to_prospecting"))
    (unit,) = batch.frames["legal_units"].to_dicts()
    assert (unit["diffusion"], unit["name"], unit["city"]) == ("P", "TREGOUX FINANCES", "VALMIREUX")
    assert unit["address_line"] is None
    assert batch.frames["establishments"]["address_line"].to_list() == [None]
    assert batch.frames["appointments"].is_empty()
    assert batch.scopes == ()  # nobody is taken for gone
    assert "1955-12" not in str([frame.to_dicts() for frame in batch.frames.values()])


@pytest.mark.parametrize(
    ("insee", "commercial", "shown"),
    [("O", True, "O"), (None, True, "O"), ("P", True, "P"), ("N", True, "P"), ("O", False, "P"), (None, False, "P")],
)
def test_the_stricter_of_both_words_counts(insee: str | None, commercial: bool, shown: str) -> None:
    company = answer("company")
    company["formality"] |= {"diffusionINSEE": insee, "diffusionCommerciale": commercial}
    assert read(company).frames["legal_units"]["diffusion"].to_list() == [shown]


def test_without_a_word_on_prospecting_nothing_is_kept() -> None:
    company = answer("company")
    del company["formality"]["diffusionCommerciale"]
    batch = read(company)
    assert all(frame.is_empty() for frame in batch.frames.values())
    assert {one.source_key for one in batch.rejected} == {siren(9001)}


def test_a_natural_person_has_no_name_street_or_described_event() -> None:
    batch = read(answer("company_natural_person"))
    (unit,) = batch.frames["legal_units"].to_dicts()
    assert (unit["name"], unit["is_natural_person"], unit["address_line"]) == (None, True, None)
    assert unit["other_names"] == ["ATELIER DU FIL"]
    (event,) = batch.frames["notices"].to_dicts()
    assert (event["is_natural_person"], event["description"]) == (True, None)
    assert "arvoise" not in str([frame.to_dicts() for frame in batch.frames.values()])


# ------------------------------------------------------------------------------------------------- unit, sites, events


def test_days_activity_and_life_are_read_as_the_register_means_them() -> None:
    (unit,) = read(answer("company")).frames["legal_units"].to_dicts()
    assert (unit["activity_code"], unit["activity_code_scheme"]) == ("70.22Z", "NAF2008")  # 7022Z here
    assert unit["created_on"] == date(2019, 2, 4)
    (opposed,) = read(answer("company_opposed_to_prospecting")).frames["legal_units"].to_dicts()
    assert opposed["created_on"] == date(2019, 2, 11)  # dateImmat 2019-02-11T00:00+01:00, which is the 10th in UTC
    (gone,) = read(answer("company_struck_off")).frames["legal_units"].to_dicts()
    assert (gone["life_status"], gone["ceased_on"]) == ("ceased", date(2026, 4, 20))
    assert gone["hq_country_code"] == "BE"


def test_a_site_that_is_told_twice_is_one_and_the_principal_entry_wins() -> None:
    sites = read(answer("company")).frames["establishments"].to_dicts()
    assert [(s["city"], s["is_head_office"], s["site_status"], s["activity_code"]) for s in sites] == [
        ("VALMIREUX", True, "open", "70.22Z"),
        ("LESTREVILLE", False, "closed", "70.10Z"),
        ("PARIS 99", False, "open", "70.22Z"),
    ]


def test_events_are_told_by_code_and_a_strange_code_is_heard() -> None:
    company = answer("company")
    events = read(company).frames["notices"].sort("published_on").to_dicts()
    assert [(e["published_on"], e["effective_on"], e["description"][:3]) for e in events] == [
        (date(2023, 9, 8), date(2023, 9, 1), "54M"),
        (date(2024, 5, 3), date(2024, 4, 15), "35M"),
    ]
    assert len(labels_of("cfe_events")) == 140
    company["formality"]["historique"][0]["codeEvenement"] = "A1Z"
    assert "formality.historique[].codeEvenement=A1Z" in read(company).unknown_fields


def test_acts_are_told_by_their_decisions_and_confidential_ones_are_not() -> None:
    acts = read(answer("attachments")).frames["notices"].to_dicts()
    assert [(a["unit_key"], a["published_on"], a["description"]) for a in acts] == [
        (siren(9001), date(2024, 5, 2), "Modification relative aux dirigeants d'une société ; Statuts mis à jour"),
        (siren(9003), date(2022, 1, 10), None),  # without a denomination it may be a person
    ]


def test_an_update_that_is_no_change_of_the_roster_keeps_every_key() -> None:
    company = answer("company")
    before = read(company)
    company["updatedAt"] = "2026-11-23T03:00:00+01:00"
    after = read(company)
    assert [s.keys for s in after.scopes] == [s.keys for s in before.scopes]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"message": "Access denied."}, "Access denied"),
        ([{"siren": "002000006"}], "company"),
        ({"data": []}, "expected"),
    ],
)
def test_what_is_no_answer_is_told(document: object, reason: str) -> None:
    with pytest.raises(NotAnAnswerError, match=reason):
        read(document)


def test_an_empty_page_of_changes_is_an_answer() -> None:
    assert read([], "companies/diff?from=2026-11-22").records == 0


# --------------------------------------------------------------------------------------------------------- redaction


def test_street_and_officers_can_be_taken_out_of_an_answer() -> None:
    number = siren(9001)
    payload = Payload("rne", "companies/x", (FIXTURES / "company.json").read_bytes())
    body = CONNECTOR.redact(payload, frozenset({f"{OFFICERS_OF}{number}", f"{STREET_OF}{number}"}))
    assert body is not None
    assert not any(name in body.decode() for name in ("Lormeau", "Quermel", "Brenac", "DES TISSERANDS", "CARNOT"))
    batch = read(json.loads(body))
    assert batch.rejected == ()
    assert batch.frames["legal_units"]["address_line"].to_list() == [None]


def test_one_officer_can_be_taken_out_of_an_answer() -> None:
    payload = Payload("rne", "companies/x", (FIXTURES / "company.json").read_bytes())
    key = roster(answer("company"))["Ostrel|"]["source_key"]
    body = CONNECTOR.redact(payload, frozenset({key}))
    assert body is not None
    assert "Ostrel" not in body.decode()
    assert "Lormeau" in body.decode()


# ------------------------------------------------------------------------------------------------------------ asking


@pytest.fixture
def server(httpserver: HTTPServer) -> RneServer:
    made = RneServer(copy.deepcopy([item["company"] for item in answer("diff_page")] + [answer("company")]))
    httpserver.expect_request(re.compile("/api/.*")).respond_with_handler(made)
    return made


@pytest.fixture
def client(client_for: Callable[..., PoliteClient], httpserver: HTTPServer) -> PoliteClient:
    return client_for(httpserver.url_for("/api"), key=f"{USER}:{PASSWORD}")


def many(server: RneServer, count: int, day: str) -> tuple[str, ...]:
    """Fill the register with companies of one kind that changed on this day."""
    template = answer("company_opposed_to_prospecting")
    for number in range(1, count + 1):
        own = siren(20_000 + number)
        text = json.dumps(template).replace(siren(9002), own)
        server.companies[own] = json.loads(text)
        server.changed[own] = day
    return tuple(sorted(s for s in server.companies if s in server.changed))


def pages_of(payloads: Iterator[Payload]) -> list[str]:
    return [p.key for p in payloads if p.key.startswith("companies/diff")]


def test_day_d_is_asked_for_from_the_day_before(server: RneServer, client: PoliteClient) -> None:
    known = many(server, 3, "2026-11-22")
    window = Watermark(since=SINCE, until=UNTIL, identifiers={"FR-RCS": known}, told=frozenset(known))
    list(CONNECTOR.fetch(client, window))
    (first, *_) = [query for path, query in server.asked if path == "companies/diff"]
    assert (first["from"], first["to"]) == (["2026-11-21"], ["2026-11-24"])  # 22, the day of the last night, to 24
    assert [p for p in server.paths() if p.endswith("/attachments")] == [f"companies/{s}/attachments" for s in known]


def test_only_units_of_the_universe_are_asked_for(server: RneServer, client: PoliteClient) -> None:
    known = many(server, 3, "2026-11-23")
    window = Watermark(since=SINCE, until=UNTIL, identifiers={"FR-RCS": known[:1]}, told=frozenset(known))
    list(CONNECTOR.fetch(client, window))
    assert all(query["siren[]"] == [known[0]] for path, query in server.asked if path == "companies/diff")


def test_nobody_wanted_nothing_asked(server: RneServer, client: PoliteClient) -> None:
    assert list(CONNECTOR.fetch(client, Watermark(until=UNTIL))) == []
    assert (server.asked, server.logins) == ([], 0)


def test_a_first_night_looks_everybody_up_and_follows_a_corporate_manager_one_level(
    server: RneServer, client: PoliteClient
) -> None:
    company = server.companies[siren(9001)]
    body_of(company)["composition"]["pouvoirs"] = body_of(company)["composition"]["pouvoirs"][:2]
    holding = json.loads(json.dumps(company).replace(siren(9001), siren(9004)))  # and it stands among its own officers
    body_of(holding)["composition"]["pouvoirs"][0]["entreprise"]["siren"] = siren(9007)
    server.companies[siren(9004)] = holding
    list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": (siren(9001), siren(9099))})))
    assert server.paths() == [f"companies/{siren(n)}" for n in (9001, 9004, 9099)]
    assert client.cursor == {}


def test_a_company_among_its_own_officers_is_asked_once(server: RneServer, client: PoliteClient) -> None:
    company = server.companies[siren(9001)]
    powers = body_of(company)["composition"]["pouvoirs"] = body_of(company)["composition"]["pouvoirs"][:1]
    powers[0]["entreprise"]["siren"] = siren(9001)
    list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": (siren(9001),)})))
    assert server.paths() == [f"companies/{siren(9001)}"]


def test_a_token_that_ended_is_renewed_once_a_question(server: RneServer, client: PoliteClient) -> None:
    server.token_uses = 2
    known = many(server, 5, "2026-11-23")
    list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": known})))
    assert server.logins == 3
    server.token_uses = 0
    with pytest.raises(SourceUnavailableError, match="401"):
        list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": known})))


def test_an_account_without_access_is_told_what_to_do(server: RneServer, client: PoliteClient) -> None:
    server.is_barred = True
    with pytest.raises(SourceUnavailableError, match="has no access to the API"):
        list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": (siren(9001),)})))


@pytest.mark.parametrize("key", [None, "", "only-a-name", "name:", ":password"])
def test_a_key_that_is_none_is_told(
    client_for: Callable[..., PoliteClient], server: RneServer, httpserver, key
) -> None:
    client = client_for(httpserver.url_for("/api"), key=key)
    with pytest.raises(SourceUnavailableError, match="USER:PASSWORD"):
        list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": (siren(9001),)})))
    assert server.asked == []


def test_pages_shrink_to_five_to_one_and_grow_again(server: RneServer, client: PoliteClient, fake_time) -> None:
    known = many(server, 12, "2026-11-23")
    server.largest_page = 5
    window = Watermark(since=SINCE, until=UNTIL, identifiers={"FR-RCS": known}, told=frozenset(known))
    read_units = {u for p in CONNECTOR.fetch(client, window) for u in units_in(p)}
    assert read_units == set(known)
    sizes = [query["pageSize"][0] for path, query in server.asked if path == "companies/diff"]
    assert sizes[:4] == ["100", "5", "100", "5"]
    assert fake_time.slept.count(60.0) == sizes.count("100")


def test_out_of_memory_goes_to_one_at_once(server: RneServer, client: PoliteClient) -> None:
    known = many(server, 3, "2026-11-23")
    server.heavy = {known[1]}
    window = Watermark(since=SINCE, until=UNTIL, identifiers={"FR-RCS": known}, told=frozenset(known))
    assert {u for p in CONNECTOR.fetch(client, window) for u in units_in(p)} == set(known)
    sizes = [query["pageSize"][0] for path, query in server.asked if path == "companies/diff"]
    assert sizes[:2] == ["100", "1"]


def test_a_night_that_was_stopped_goes_on_where_it_stopped(
    server: RneServer, client_for: Callable[..., PoliteClient], httpserver: HTTPServer
) -> None:
    known = many(server, 250, "2026-11-23")
    window = Watermark(since=SINCE, until=UNTIL, identifiers={"FR-RCS": known}, told=frozenset(known))
    client, seen = client_for(httpserver.url_for("/api"), key=f"{USER}:{PASSWORD}"), set()
    server.out_after = 150  # in the second hundred
    payloads = CONNECTOR.fetch(client, window)
    seen |= {unit for payload in itertools.islice(payloads, 102) for unit in units_in(payload)}
    with pytest.raises(SourceUnavailableError, match="429"):
        list(payloads)
    assert client.cursor == {"from": "2026-11-21", "to": "2026-11-24", "after": known[99]}

    server.out_after, server.asked = None, []
    again = client_for(httpserver.url_for("/api"), key=f"{USER}:{PASSWORD}")
    next_night = Watermark(
        since=SINCE, until=UNTIL + timedelta(days=1), identifiers={"FR-RCS": known}, told=frozenset(known),
        cursor=client.cursor,
    )  # fmt: skip
    for payload in CONNECTOR.fetch(again, next_night):
        seen |= units_in(payload)
    assert seen == set(known)
    asked = [query for path, query in server.asked if path == "companies/diff"]
    assert known[0] not in asked[0]["siren[]"]  # the first hundred is not read again for those days
    assert {(q["from"][0], q["to"][0]) for q in asked} == {("2026-11-21", "2026-11-24"), ("2026-11-24", "2026-11-25")}
    assert again.cursor == {}


def test_a_header_that_does_not_move_ends_the_pages(server: RneServer, client: PoliteClient, httpserver) -> None:
    known = many(server, 2, "2026-11-23")
    honest = server.changes

    def stuck(request: Any) -> Any:
        found = honest(request)
        found.headers["Pagination-Search-After"] = known[0]
        if request.args.get("searchAfter"):
            found.set_data(json.dumps([{"company": server.companies[known[0]]}]))
        return found

    server.changes = stuck  # type: ignore[method-assign]
    window = Watermark(since=SINCE, until=UNTIL, identifiers={"FR-RCS": known}, told=frozenset(known))
    assert len(pages_of(CONNECTOR.fetch(client, window))) == 2


def test_the_budget_stays_below_the_limits() -> None:
    assert TERMS.requests_per_second < 1  # above it the connection is cut
    assert MOST_REQUESTS < 9_000


def test_user_password_and_token_stand_in_no_answer_and_no_message(server: RneServer, client: PoliteClient) -> None:
    payloads = list(CONNECTOR.fetch(client, Watermark(until=UNTIL, identifiers={"FR-RCS": (siren(9001),)})))
    told = "".join(f"{p.url}{p.key}{p.headers}{p.body.decode()}" for p in payloads)
    assert payloads
    assert not any(secret in told for secret in (USER, PASSWORD, "token-0001"))


def units_in(payload: Payload) -> set[str]:
    (batch,) = CONNECTOR.parse(payload)
    return set(batch.frames["legal_units"]["source_key"])


# ------------------------------------------------------------------------------------------------- recorded answer


def test_the_recorded_answer_is_read_whole(shared: Path) -> None:
    body = (shared / "data" / "rne" / "conseillers__api_rne_companies.json").read_bytes()
    (batch,) = CONNECTOR.parse(Payload("rne", "companies/418166096", body))
    assert (batch.rejected, batch.unknown_fields) == ((), ())
    assert {name: frame.height for name, frame in batch.frames.items()} == {
        "legal_units": 1, "establishments": 6, "appointments": 2, "notices": 0,
    }  # fmt: skip
    assert sorted(batch.frames["appointments"]["role"]) == ["auditor", "unknown"]  # the individual has no role at all
    assert CONNECTOR.dated(Payload("rne", "x", body)) == datetime(2023, 6, 15, 11, 1, 57, tzinfo=UTC)
