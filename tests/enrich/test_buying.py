from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from profile_factory import entity, frame, golden, profile, profile_members

from enrich.buying import BUYING_ROLES, find_arrivals, find_buying_evidence
from schemas.frames import ExecutiveChange
from schemas.vocabulary import BuyingRole, ExecutiveRole


@pytest.mark.parametrize(
    ("labels", "evidence"),
    [
        ({"H": True}, ["rfar_label"]),
        ({"H": False, "A": True}, ["rfar_label"]),
        ({"H": None, "A": True}, ["rfar_label"]),
        ({"H": False}, []),
        ({"H": False, "A": None}, []),
        ({"H": None}, None),
    ],
)
def test_the_label_of_any_member(labels: dict[str, bool | None], evidence: list[str] | None) -> None:
    entities = golden(*({"id": i, "has_responsible_buyer_label": label} for i, label in labels.items()))
    found = find_buying_evidence(profile_members(profile("g", "".join(labels))), entities)
    assert found.rows() == [("g", evidence)]


def test_a_ceased_member_s_label_is_gone() -> None:
    entities = golden({"id": "H", "has_responsible_buyer_label": True, "life_status": "ceased"})
    assert find_buying_evidence(profile_members(profile("g", "H")), entities).rows() == [("g", None)]


@pytest.mark.parametrize("role", list(ExecutiveRole))
def test_only_heads_of_the_executive_decide(role: ExecutiveRole) -> None:
    heads = {"chair_and_ceo", "chief_executive", "deputy_chief_executive", "president", "manager"}
    part = BUYING_ROLES.get(role)
    if role.value in heads | {"management_board_chair"}:
        assert part is not None
        assert part[0] is BuyingRole.DECIDEUR
        assert 0 < part[1] <= 1
    else:
        assert part is None


def change(**options: Any) -> pl.DataFrame:
    usual = {
        "change_id": "gcc_1",
        "entity_id": entity("H"),
        "officer_kind": "person",
        "full_name": "Ada Exemple",
        "kind": "appointed",
        "status": "new",
        "context": [],
        "role": "chief_executive",
        "office_group": "executive",
        "effective_on": date(2025, 5, 2),
        "first_seen_at": datetime(2025, 5, 9, 2, tzinfo=UTC),
        "confidence": 1.0,
        "source": "register",
        "source_key": "H|dg",
        "payload_sha256": "0",
    }
    return frame(ExecutiveChange, [usual | options])


@pytest.mark.parametrize(
    ("options", "effective_on"),
    [
        ({}, date(2025, 5, 2)),
        ({"effective_on": None}, date(2025, 5, 9)),
        ({"kind": "title_changed"}, date(2025, 5, 2)),
        ({"status": "confirmed"}, date(2025, 5, 2)),
        ({"context": ["interim"]}, date(2025, 5, 2)),
        ({"context": ["initial"]}, date(2025, 5, 2)),
        ({"context": ["initial"], "effective_on": None}, None),
        ({"context": ["reorganisation"]}, None),
        ({"kind": "departed"}, None),
        ({"kind": "renewed"}, None),
        ({"status": "retracted"}, None),
        ({"status": "review"}, None),
        ({"status": "held"}, None),
        ({"role": "auditor"}, None),
        ({"officer_kind": "organisation"}, None),
        ({"entity_id": entity("A")}, None),
    ],
)
def test_who_counts_as_an_arrival(options: dict[str, Any], effective_on: date | None) -> None:
    arrivals = find_arrivals(change(**options), profile_members(profile("g", "HA")))
    assert arrivals["effective_on"].to_list() == ([effective_on] if effective_on else [])


def test_an_arrival_counts_for_the_company_and_the_group_it_leads() -> None:
    members = profile_members(profile("g", "HA"), profile("c", "H", kind="company"))
    arrivals = find_arrivals(change(confidence=0.5), members)
    assert arrivals.select("profile_id", "buying_role", "confidence").rows() == [
        ("c", "decideur", 0.45),
        ("g", "decideur", 0.45),
    ]
