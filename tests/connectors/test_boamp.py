"""BOAMP: JSON inside a text, national forms and eForms, buyers by number and winners only where one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.boamp import CONNECTOR
from connectors.contract import Batch
from schemas.provenance import Payload


@pytest.fixture
def page(fixtures: Path) -> dict[str, Any]:
    return dict(json.loads((fixtures / "boamp/records_page.json").read_bytes()))


def read(document: dict[str, Any]) -> Batch:
    (batch,) = CONNECTOR.parse(Payload("boamp", "import/x.json", json.dumps(document).encode()))
    return batch


def rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["source_key"]: row for row in read(document).frames["contract_awards"].iter_rows(named=True)}


def with_first(page: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"total_count": 1, "results": [{**page["results"][0], **changes}]}


def test_buyers_are_known_by_the_number_inside_donnees_and_winners_by_the_chain(page: dict[str, Any]) -> None:
    found = rows(page)
    assert set(found) == {"26-000101|buyer|002800019", "26-000102|buyer|002800043", "26-000102|winner|002800027"}
    call, winner = found["26-000101|buyer|002800019"], found["26-000102|winner|002800027"]
    assert (call["stage"], call["buyer_name"]) == ("call", "Communauté de communes des Trois-Moulins")
    assert (winner["stage"], winner["amount_eur"], winner["buyer_name"]) == ("award", 480_000.0, None)


def test_contacts_titulaires_losers_and_natural_persons_are_in_no_row(page: dict[str, Any]) -> None:
    told = str(rows(page))
    assert "Contact" not in told
    assert "Galeti" not in told
    assert "002800050" not in told  # lost
    assert "002800035" not in told  # NaturalPersonIndicator


def test_a_notice_whose_buyer_has_no_number_has_no_row_and_is_no_fault(page: dict[str, Any]) -> None:
    form = json.dumps({"FNSimple": {"organisme": {"acheteurPublic": "x"}}})
    batch = read(with_first(page, donnees=form))
    assert (batch.records, batch.rejected, batch.unknown_fields) == (0, (), ())


def test_another_form_is_heard(page: dict[str, Any]) -> None:
    assert read(with_first(page, donnees='{"DSP": {}}')).unknown_fields == ("results[].donnees (another form)",)


def test_broken_json_inside_the_text_rejects_the_notice(page: dict[str, Any]) -> None:
    batch = read(with_first(page, donnees='{"FNSimple": '))
    assert [(one.source_key, "donnees" in one.reason) for one in batch.rejected] == [("26-000101", True)]


def test_a_cancelled_call_tells_nothing_but_is_still_redacted(page: dict[str, Any]) -> None:
    document = with_first(page, nature_libelle="Avis d'annulation")
    assert rows(document) == {}
    body = CONNECTOR.redact(Payload("boamp", "x", json.dumps(document).encode()), frozenset({"002800019"}))
    assert body is not None
    assert b"002800019" not in body
    assert b"Trois-Moulins" not in body


def test_the_loser_of_a_notice_can_be_taken_out_of_it(page: dict[str, Any]) -> None:
    body = CONNECTOR.redact(Payload("boamp", "x", json.dumps(page).encode()), frozenset({"002800050"}))
    assert body is not None
    assert b"Perdante" not in body
    assert len(rows(json.loads(body))) == 3
