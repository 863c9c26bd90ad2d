"""When a night's changes are too many to be believed unasked (RELIABILITY R7)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from enrich.mass_changes import (
    count_officers,
    find_mass_changes,
    hold_mandates,
    hold_mass_changes,
    leave_unbelieved,
)
from schemas.frames import CoveredOfficers, ExecutiveChange, Mandate, MassChange, MassMember

NIGHT = datetime(2030, 1, 2, 2, 15, tzinfo=UTC)
MASS = "register:departed:2030-01-02"


def change(number: int, kind: str = "departed", **more: Any) -> dict[str, Any]:
    return {
        "change_id": f"gcc_{kind}{number}", "entity_id": f"gce_{number}", "person_id": f"gch_{number}",
        "officer_kind": "person", "full_name": f"Ada Quorum {number}", "kind": kind, "status": "new", "context": [],
        "from_title": "Gérant" if kind != "appointed" else None, "to_title": "Gérante" if kind != "departed" else None,
        "role": "manager", "office_group": "executive", "effective_on": None, "seen_before": NIGHT - timedelta(days=1),
        "first_seen_at": NIGHT, "missing_snapshots": None, "confidence": 1.0, "source": "register",
        "source_key": f"key {number}", "payload_sha256": "a" * 64, **more,
    }  # fmt: skip


def changes_of(*rows: dict[str, Any]) -> dy.DataFrame[ExecutiveChange]:
    schema = {name: column.dtype for name, column in ExecutiveChange.columns().items()}
    return ExecutiveChange.validate(pl.DataFrame(list(rows), schema=schema, orient="row"))


def departures(count: int, **more: Any) -> list[dict[str, Any]]:
    return [change(number, **more) for number in range(count)]


def covered(count: int) -> dy.DataFrame[CoveredOfficers]:
    """Officers who are still there."""
    return CoveredOfficers.cast(pl.DataFrame({"source": ["register"], "officers_count": [count]}))


def nothing() -> tuple[dy.DataFrame[MassChange], dy.DataFrame[MassMember]]:
    return MassChange.create_empty(), MassMember.create_empty()


def find(
    changes: dy.DataFrame[ExecutiveChange],
    before: tuple[dy.DataFrame[MassChange], dy.DataFrame[MassMember]] | None = None,
    officers: int = 0,
    told: tuple[str, ...] = (),
) -> tuple[dy.DataFrame[MassChange], dy.DataFrame[MassMember]]:
    return find_mass_changes(changes, *(before or nothing()), covered(officers), told=told, at=NIGHT)


def decided(masses: dy.DataFrame[MassChange], state: str) -> dy.DataFrame[MassChange]:
    return MassChange.cast(masses.with_columns(state=pl.lit(state), decided_by=pl.lit("Ada"), decided_at=NIGHT))


@pytest.mark.parametrize(
    ("left", "officers", "is_mass"),
    [
        (20, 0, False),
        (21, 0, True),
        (20, 4_000 - 20, False),
        (21, 4_000 - 21, True),
        (40, 8_000 - 40, False),  # 0.5 % of 8,000 is 40
        (41, 8_000 - 41, True),
        (51, 40_000 - 51, False),  # the night of a million with 20 % turnover
        (200, 40_000 - 200, False),
        (201, 40_000 - 201, True),
    ],
)
def test_the_threshold_is_twenty_or_half_a_percent(left: int, officers: int, is_mass: bool) -> None:
    masses, members = find(changes_of(*departures(left)), officers=officers)
    assert masses["mass_id"].to_list() == ([MASS] if is_mass else [])
    assert members.height == (left if is_mass else 0)


NOT_A_MASS: Mapping[str, list[dict[str, Any]]] = {
    "two kinds": [*departures(15), *departures(15, kind="appointed")],
    "two sources": [*departures(15), *(change(n, source="other") for n in range(15, 30))],
    "two nights": [*departures(15), *(change(n, first_seen_at=NIGHT + timedelta(days=1)) for n in range(15, 30))],
    "absences that do not count yet": departures(30, status="held"),
    "what was taken back": departures(30, status="retracted"),
    "renewals": departures(30, kind="renewed"),
}


@pytest.mark.parametrize("rows", NOT_A_MASS.values(), ids=NOT_A_MASS)
def test_each_kind_source_and_night_counts_for_itself(rows: list[dict[str, Any]]) -> None:
    masses, members = find(changes_of(*rows))
    assert masses.is_empty()
    assert members.is_empty()


@pytest.mark.parametrize("kind", ["departed", "appointed", "title_changed"])
def test_a_night_lasts_from_noon_to_noon(kind: str) -> None:
    evening = [change(n, kind, first_seen_at=NIGHT - timedelta(hours=14)) for n in range(11)]
    masses, _ = find(changes_of(*evening, *(change(n, kind) for n in range(11, 22))))
    assert masses["mass_id"].to_list() == [f"register:{kind}:2030-01-02"]


def test_the_same_night_again_changes_nothing() -> None:
    changes = changes_of(*departures(25))
    first = find(changes)
    again = find(changes, first, officers=1_000_000)
    assert [frame.to_dicts() for frame in again] == [frame.to_dicts() for frame in first]


def test_what_was_told_counts_but_is_held_no_more() -> None:
    told = tuple(f"gcc_departed{number}" for number in range(18))
    masses, members = find(changes_of(*departures(23)), told=told)
    assert masses["change_count"].to_list() == [23]
    assert members["change_id"].to_list() == [f"gcc_departed{number}" for number in range(18, 23)]


def test_what_was_told_long_ago_is_never_a_mass() -> None:
    told = tuple(f"gcc_departed{number}" for number in range(30))
    assert find(changes_of(*departures(30)), told=told)[0].is_empty()


def test_who_comes_late_to_a_held_night_waits_as_well() -> None:
    masses, members = find(changes_of(*departures(26)), find(changes_of(*departures(25))))
    assert (masses.height, members.height, masses["change_count"][0]) == (1, 26, 26)


@pytest.mark.parametrize(("state", "late", "expected"), [("accepted", 3, 0), ("accepted", 21, 21), ("rejected", 3, 3)])
def test_behind_a_decision_the_count_begins_anew(state: str, late: int, expected: int) -> None:
    masses, members = find(changes_of(*departures(25)))
    masses, members = find(changes_of(*departures(25 + late)), (decided(masses, state), members))
    assert members.filter(pl.col("mass_id") == f"{MASS}:2").height == expected
    assert masses.filter(pl.col("mass_id") == MASS)["state"].to_list() == [state]


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        ("held", "new", "review"),
        ("held", "confirmed", "review"),
        ("held", "review", "review"),
        ("held", "retracted", "retracted"),
        ("held", "held", "held"),
        ("accepted", "new", "new"),
        ("accepted", "review", "review"),
        ("rejected", "new", "retracted"),
        ("rejected", "review", "retracted"),
    ],
)
def test_a_change_is_told_as_its_mass_was_decided(state: str, before: str, after: str) -> None:
    masses, members = find(changes_of(*departures(25)))
    mixed = changes_of(*departures(24), change(24, status=before), change(99, "appointed"))
    told = hold_mass_changes(mixed, decided(masses, state), members)
    assert told.filter(pl.col("change_id") == "gcc_departed24")["status"].to_list() == [after]
    assert told.filter(pl.col("change_id") == "gcc_appointed99")["status"].to_list() == ["new"]


@pytest.mark.parametrize(("state", "status"), [("held", "retracted"), ("rejected", "retracted"), ("accepted", "new")])
@pytest.mark.parametrize("kind", ["renewed", "appointed"])
def test_who_comes_back_was_never_away(state: str, status: str, kind: str) -> None:
    masses, members = find(changes_of(*departures(25)))
    back = change(3, kind, first_seen_at=NIGHT + timedelta(days=3))
    told = hold_mass_changes(changes_of(*departures(25), back), decided(masses, state), members)
    assert told.filter(pl.col("kind") == kind)["status"].to_list() == [status]


# ------------------------------------------------------------------------------------------------------- the offices


def mandate(number: int, title: str = "Gérant", **more: Any) -> dict[str, Any]:
    return {
        "mandate_id": f"register|{number} {title}", "entity_id": f"gce_{number}", "person_id": f"gch_{number}",
        "officer_kind": "person", "full_name": f"Ada Quorum {number}", "title": title, "role": "manager",
        "office_group": "executive", "started_on": None, "started_on_basis": "first_seen", "ended_on": None,
        "is_current": True, "missing_snapshots": 0, "first_seen_at": NIGHT - timedelta(days=9), "last_seen_at": NIGHT,
        "source": "register", "source_key": f"key {number}", "payload_sha256": "a" * 64, **more,
    }  # fmt: skip


def mandates_of(*rows: dict[str, Any]) -> dy.DataFrame[Mandate]:
    schema = {name: column.dtype for name, column in Mandate.columns().items()}
    return Mandate.validate(pl.DataFrame(list(rows), schema=schema, orient="row"))


def test_who_holds_two_offices_is_one_officer() -> None:
    found = count_officers(mandates_of(mandate(1), mandate(1, "Présidente"), mandate(2), mandate(3, is_current=False)))
    assert found.to_dicts() == [{"source": "register", "officers_count": 2}]


OLD, NEW = NIGHT - timedelta(days=1), NIGHT
FIRST = NIGHT - timedelta(days=9)
END = NIGHT.date()


@pytest.mark.parametrize(
    ("held", "office", "expected"),
    [
        (change(1, effective_on=END), mandate(1, is_current=False, ended_on=END), (True, None)),
        (change(1, effective_on=END), mandate(1, ended_on=END), (True, None)),  # an end that lies ahead is not told
        (change(1), mandate(1, is_current=False, last_seen_at=OLD, missing_snapshots=3), (True, None)),
        (change(1), mandate(1, is_current=False, last_seen_at=FIRST), (False, None)),  # an office of long ago
        (change(1), mandate(2, is_current=False), (False, None)),  # somebody else
        (change(1, "appointed"), mandate(1, "Gérante", first_seen_at=NEW), None),
        (change(1, "appointed"), mandate(1, "Gérante"), (False, None)),  # had been there before, and left
        (change(1, "appointed"), mandate(2, "Gérante", first_seen_at=NEW), (True, None)),
        (change(1, "title_changed"), mandate(1, "Gérante", first_seen_at=NEW), None),
        (change(1, "title_changed"), mandate(1, is_current=False, last_seen_at=OLD), (True, None)),
        (change(1, "title_changed"), mandate(1, "Administrateur"), (True, None)),  # an office beside it
    ],
)
def test_the_roster_stays_as_it_was(
    held: dict[str, Any], office: dict[str, Any], expected: tuple[bool, None] | None
) -> None:
    before = hold_mandates(mandates_of(office), changes_of(held))
    assert before.select("is_current", "ended_on").rows() == ([] if expected is None else [expected])


@pytest.mark.parametrize(("state", "count"), [("held", 25), ("rejected", 25), ("accepted", 0)])
def test_what_nobody_believes_leaves_the_roster_alone(state: str, count: int) -> None:
    changes = changes_of(*departures(25), change(99, "appointed"))
    masses, members = find(changes)
    assert leave_unbelieved(changes, decided(masses, state), members).height == count
