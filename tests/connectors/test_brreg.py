"""Brønnøysundregistrene: each trap that SOURCES section 10.1 names, and how the register is asked."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fault_proxy import NOW
from pytest_httpserver import HTTPServer

from connectors import brreg
from connectors.brreg import CONNECTOR
from connectors.contract import Batch, NotAnAnswerError
from connectors.polite import PoliteClient
from connectors.rotation import is_turn_of
from schemas.provenance import Payload, Watermark
from tests.flows.register_server import HEAD, NORWEGIANS, NorwegianRegister

FIXTURES = Path(__file__).parents[1] / "fixtures" / "brreg"


def read(body: bytes, key: str = "import/x.json", status: int = 200) -> Batch:
    (batch,) = CONNECTOR.parse(Payload("brreg", key, body, status=status))
    return batch


def fixture(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_bytes())
    return document


def encode(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def test_a_unit_is_read_with_its_number_form_activity_and_business_address() -> None:
    units = read((FIXTURES / "units_by_number.json").read_bytes()).frames["legal_units"]
    head = units.row(0, named=True)
    assert (head["source_key"], head["national_id_scheme"]) == ("000001376", "NO-BRC")
    assert (head["legal_form_code"], head["activity_code"]) == ("ASA", "26.110")
    assert head["address_line"] == "Skipsgata 3"  # null and empty lines left out, the postal `c/o` never read
    assert (head["created_on"], head["country_code"]) == (date(1994, 11, 2), "NO")


def test_a_sole_trader_is_a_natural_person_without_a_street() -> None:
    units = read((FIXTURES / "units_by_number.json").read_bytes()).frames["legal_units"]
    (trader,) = units.filter(pl.col("legal_form_code") == "ENK").to_dicts()
    assert trader["is_natural_person"]
    assert trader["address_line"] is None


def test_a_deleted_unit_has_ceased() -> None:
    (unit,) = read((FIXTURES / "unit_deleted.json").read_bytes()).frames["legal_units"].to_dicts()
    assert (unit["life_status"], unit["ceased_on"]) == ("ceased", date(2024, 10, 20))


@pytest.mark.parametrize("status", [404, 410])
def test_a_unit_that_is_not_there_says_nothing(status: int) -> None:
    assert read(b"", status=status).records == 0


def test_a_number_without_its_check_digit_is_refused() -> None:
    document = fixture("unit_deleted") | {"organisasjonsnummer": "000005488"}
    assert "modulus 11" in read(encode(document)).rejected[0].reason


def test_the_roster_has_who_is_in_office_without_dates_and_without_birth_days() -> None:
    batch = read((FIXTURES / "roles.json").read_bytes())
    officers = batch.frames["appointments"]
    assert officers.select("title", "family_name", "role", "office_group").rows() == [
        ("Daglig leder", "Fjellvikdatter", "chief_executive", "executive"),
        ("Styrets leder", "Eksempelsen", "board_chair", "board"),
        ("Styremedlem", "Oppdiktet", "board_member", "board"),
        ("Varamedlem", "Oppdiktet", "other", "other"),
        ("Revisor", None, "auditor", "control"),
    ]  # one resigned (fratraadt), one died (erDoed), one auditing firm was deleted: they are still listed
    assert officers["birth_month"].to_list() == ["1968-05", "1961-01", "1970-12", "1985-03", None]
    assert "1968-05-04" not in str(officers.rows())
    assert officers["started_on"].null_count() == officers.height  # sistEndret is the day the register wrote
    (scope,) = batch.scopes
    assert (scope.name, scope.kind, scope.total) == ("roster:000001376", "roster", 5)


def test_an_officer_who_cannot_be_read_leaves_the_roster_incomplete() -> None:
    document = fixture("roles")
    document["rollegrupper"][1]["roller"][1]["person"]["navn"]["etternavn"] = None
    batch = read(encode(document))
    assert len(batch.rejected) == 1
    assert batch.scopes[0].total == len(batch.scopes[0].keys) + 1


def test_an_unknown_role_stays_unknown_and_is_heard() -> None:
    document = fixture("roles")
    document["rollegrupper"][0]["roller"][0]["type"]["kode"] = "NYTT"
    batch = read(encode(document))
    assert batch.frames["appointments"]["role"][0] == "unknown"
    assert any("NYTT" in heard for heard in batch.unknown_fields)


def test_roles_without_an_address_belong_to_nobody() -> None:
    with pytest.raises(NotAnAnswerError, match="whose they are"):
        read(encode({"rollegrupper": [], "_links": {}}))


def test_a_group_is_read_from_its_head_down() -> None:
    batch = read((FIXTURES / "group.json").read_bytes())
    ties = batch.frames["relationships"].select("child_key", "parent_key").rows()
    assert ties == [("000002747", "000001376"), ("000010960", "000002747"), ("000012335", "000001376")]
    assert batch.frames["relationships"]["started_on"].null_count() == 3  # `dato` is the day of the last report
    assert (batch.scopes[0].name, batch.scopes[0].total) == ("group:000001376", 3)


def test_a_group_without_one_member_keeps_the_others_and_names_him_nowhere() -> None:
    payload = Payload("brreg", "konsernstruktur/000001376", (FIXTURES / "group.json").read_bytes())
    body = CONNECTOR.redact(payload, frozenset({"000001376"}))
    assert body is not None
    assert b"000001376" not in body
    assert b"NORDHAUG" not in body
    assert read(body).frames["relationships"]["child_key"].to_list() == ["000010960"]


def test_a_group_as_deep_as_the_ocean_is_refused() -> None:
    node: dict[str, Any] = {"organisasjonsnummer": "000002747", "children": []}
    for _ in range(31):
        node = {"organisasjonsnummer": "000002747", "children": [node]}
    with pytest.raises(NotAnAnswerError, match="more than 30 levels"):
        read(encode(node))


def test_lists_of_changes_hold_no_facts() -> None:
    assert read(b"[]", key="oppdateringer/roller?afterTime=x").records == 0


@pytest.mark.parametrize("what", ["000001376", "officers-of:000001376"])
def test_the_whole_roster_goes_with_its_unit(what: str) -> None:
    payload = Payload("brreg", "enheter/000001376/roller", (FIXTURES / "roles.json").read_bytes())
    assert CONNECTOR.redact(payload, frozenset({what})) is None


def test_one_officer_goes_and_the_others_stay() -> None:
    payload = Payload("brreg", "enheter/000001376/roller", (FIXTURES / "roles.json").read_bytes())
    officers = read(payload.body).frames["appointments"]
    body = CONNECTOR.redact(payload, frozenset({officers["source_key"][0]}))
    assert body is not None
    assert b"Fjellvikdatter" not in body
    assert read(body).frames["appointments"].height == officers.height - 1


# ------------------------------------------------------------------------------------------------------- asking


@pytest.fixture
def register(httpserver: HTTPServer) -> NorwegianRegister:
    server = NorwegianRegister()
    httpserver.expect_request(server.EVERY_PATH).respond_with_handler(server)
    return server


def ask(client: PoliteClient, **window: Any) -> list[Payload]:
    return list(CONNECTOR.fetch(client, Watermark(**window)))


def test_without_norwegian_numbers_nothing_is_asked(
    register: NorwegianRegister, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    client = client_for(httpserver.url_for(""))
    assert ask(client, identifiers={"FR-RCS": ("002000006",)}, names=("Exemple",)) == []
    assert client.requests_made == 0


def test_a_unit_is_asked_with_its_roster_and_its_group_whose_members_follow(
    register: NorwegianRegister, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    client = client_for(httpserver.url_for(""))
    payloads = ask(client, identifiers={"NO-BRC": (HEAD,)})
    assert [p.key.partition("?")[0] for p in payloads] == [
        "enheter", f"enheter/{HEAD}/roller", f"konsernstruktur/{HEAD}", "enheter",
    ]  # fmt: skip
    units = {key for p in payloads for key in read(p.body, p.key).frames["legal_units"]["source_key"]}
    assert units == set(NORWEGIANS)


def test_a_deleted_unit_is_asked_by_itself_and_one_removed_for_good_is_no_error(
    register: NorwegianRegister, httpserver: HTTPServer, client_for: Callable[..., PoliteClient]
) -> None:
    register.deleted, register.removed = {"000005487"}, {"000006858"}
    client = client_for(httpserver.url_for(""))
    payloads = ask(client, identifiers={"NO-BRC": (HEAD, "000005487", "000006858")})
    assert "enheter/000005487" in {p.key for p in payloads}
    assert "enheter/000006858" in {path.partition("?")[0].lstrip("/") for path in register.asked}


def test_of_a_large_universe_the_changed_the_new_and_a_seventh_are_asked(
    register: NorwegianRegister,
    httpserver: HTTPServer,
    client_for: Callable[..., PoliteClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(brreg, "MOST_EACH_NIGHT", 2)
    monkeypatch.setattr(brreg, "is_turn_of", lambda *_: False)
    numbers = tuple(NORWEGIANS)
    register.changed_units, register.changed_roles = {numbers[1]}, {numbers[2]}
    client = client_for(httpserver.url_for(""))
    window = {"since": NOW - timedelta(days=1), "until": NOW, "identifiers": {"NO-BRC": numbers}}
    ask(client, told=frozenset(numbers), **window)
    assert register.asked_for() == {numbers[1], numbers[2]}
    assert any("dato=2025-12-31T" in path for path in register.asked)  # four nights back: three rosters of a departure

    register.asked.clear()
    ask(client, told=frozenset(numbers[:3]), **window)
    assert register.asked_for() == {numbers[1], numbers[2], numbers[3]}


def test_everybody_has_one_day_of_the_week() -> None:
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(7)]
    assert all(sum(is_turn_of(number, day) for day in days) == 1 for number in NORWEGIANS)


# ------------------------------------------------------------------------------------------------- real recordings


def test_recorded_answers_are_read_whole(shared: Path) -> None:
    folder = shared / "data" / "other_registers"
    invalid = 0
    for path in sorted(folder.glob("no_*.json")):
        if "openapi" in path.name or "underenheter" in path.name:
            continue
        batch = read(path.read_bytes())
        assert batch.unknown_fields == (), path.name
        reasons = [one.reason for one in batch.rejected]
        assert all("modulus 11" in reason for reason in reasons), (path.name, reasons)  # invented numbers of a client
        invalid += len(reasons)
    roles = read((folder / "no_tidybrreg__roles_923609016.json").read_bytes()).frames["appointments"]
    assert roles.height == 16
    assert "chief_executive" in set(roles["role"])
