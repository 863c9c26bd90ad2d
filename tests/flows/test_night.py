"""Whole nights over the demo's invented world, by the plain functions."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from flows.commands.changes import read_journal
from flows.demo.people import demo_suppressions
from flows.night import play_night
from tests.flows.demo_nights import DemoWorld


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    made = DemoWorld(tmp_path, sqlite_url, monkeypatch)
    yield made
    made.close()


def test_two_nights_tell_the_demo_story(world: DemoWorld) -> None:
    first = world.play(1)
    assert not first.is_refused
    assert world.read("executive_change").is_empty()  # a first roster is no change
    members = {row["name"]: row for row in world.read("prospect_profile").to_dicts() if row["entity_kind"] == "group"}
    assert len(members) >= 4

    second = world.play(2)
    assert second.is_refused  # a page of one group's list is missing
    (refused,) = [refusal for source in second.sources for refusal in source.refusals]
    assert "cut" in refused
    journal = read_journal(world.store, None)
    told = {(row["kind"], row["status"], row["missing_snapshots"]) for row in journal}
    assert told == {("appointed", "new", None), ("departed", "held", 1), ("title_changed", "new", None)}
    assert all(row["role"] != "auditor" for row in journal)
    # the founder of Mirobrac stands behind the company that follows him, as its notice says: he has not left
    assert "Leopold Mirobracq" not in {row["full_name"] for row in journal}
    warned = world.read("v_prospect").filter(pl.col("risk_flags").is_not_null())
    assert warned.select("name", "risk_flags").rows() == [("Sanvadour Sante", "insolvency")]
    assert set(world.read("notices")["family"]) == {"accounts_filing", "insolvency", "modification"}

    after = {row["name"]: row for row in world.read("prospect_profile").to_dicts() if row["entity_kind"] == "group"}
    lost = [
        name
        for name, row in after.items()
        if (row["group_entity_count"] or 0) < (members[name]["group_entity_count"] or 0)
    ]
    grown = [
        name
        for name, row in after.items()
        if (row["group_entity_count"] or 0) > (members[name]["group_entity_count"] or 0)
    ]
    assert lost == []  # of the cut list nothing leaves
    assert len(grown) == 1  # a subsidiary abroad appeared in another group


@pytest.mark.slow
def test_an_absence_becomes_one_departure_at_the_third_night(world: DemoWorld) -> None:
    for night in (1, 2, 3, 4):
        world.play(night)
        departed = [row for row in read_journal(world.store, None) if row["kind"] == "departed"]
        expected = {1: [], 2: [("held", 1)], 3: [("held", 2)], 4: [("new", 3)]}[night]
        assert [(row["status"], row["missing_snapshots"]) for row in departed] == expected
        if departed:
            mandates = world.read("executive").filter(pl.col("person_id") == departed[0]["person_id"])
            assert mandates["is_current"].any() is (night < 4)
    assert departed[0]["detected_at"].day == 3  # told on the night that first missed it, under one id


def test_the_same_night_again_changes_nothing(world: DemoWorld) -> None:
    world.play(1)
    world.play(2)
    before = world.digest()
    report = play_night(world.plan(2))
    assert report.summary["feed_rows"] == 0
    assert world.digest() == before


@pytest.mark.slow
def test_rows_do_not_depend_on_whether_nights_are_read_one_by_one(
    world: DemoWorld, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.play(1)
    world.play(2)
    step_by_step = observed(world)
    folder = tmp_path_factory.mktemp("at-once")
    at_once = DemoWorld(folder, f"sqlite:///{folder / 'gc.db'}", monkeypatch)
    at_once.bring(1)
    at_once.play(2)
    assert observed(at_once) == step_by_step
    at_once.close()


def observed(world: DemoWorld) -> dict[str, list[str]]:
    tables = ("legal_units", "establishments", "appointments", "relationships", "financial_statements")
    return {table: rows for table, rows in world.rows().items() if table in tables}


@pytest.mark.slow
def test_whoever_objected_before_is_never_stored(world: DemoWorld) -> None:
    (person, *_) = demo_suppressions()
    world.object(person.family, person.given, birth_month=person.birth_month, unit=person.unit)
    world.play(1)
    world.play(2)
    assert_absent(world, person.family)


def test_whoever_objects_later_disappears_from_every_table_and_the_feed(world: DemoWorld) -> None:
    world.play(1)
    (person, *_) = demo_suppressions()
    assert any(person.family.lower() in row.lower() for rows in world.rows().values() for row in rows)
    assert world.object(person.family, person.given, birth_month=person.birth_month, unit=person.unit) > 0
    assert_absent(world, person.family)
    world.play(2)
    assert_absent(world, person.family)


def assert_absent(world: DemoWorld, family: str) -> None:
    found = [table for table, rows in world.rows().items() if any(family.lower() in row.lower() for row in rows)]
    assert found == []


def test_partial_diffusion_shows_a_company_without_street_and_persons_and_no_natural_person(world: DemoWorld) -> None:
    world.play(1)
    partial = world.read("legal_units").filter(pl.col("diffusion") == "P")
    assert partial["is_natural_person"].to_list() == [False]
    (profile,) = world.read("prospect_profile").filter(pl.col("national_id") == partial["source_key"][0]).to_dicts()
    assert profile["name"]
    assert profile["hq_city"]
    assert profile["hq_address"] is None
    assert world.read("executive").filter(pl.col("profile_id") == profile["profile_id"]).is_empty()
    assert world.read("suppression").height >= 1  # the natural person, as a keyed hash


def test_accounts_are_matched_with_reasons_or_left_unmatched(world: DemoWorld) -> None:
    world.play(1)
    matches = world.read("account_match")
    assert matches["account_id"].n_unique() == 15
    assert matches.filter(pl.col("reasons") == "").is_empty()
    statuses = matches.group_by("match_status").len()
    assert {"matched", "no_match"} <= set(statuses["match_status"])
    matched = matches.filter(pl.col("match_status") == "matched")
    assert matched["profile_id"].null_count() == 0
    assert matched["profile_id"].n_unique() < matched.height  # duplicates in the CRM meet in one profile


def test_every_published_value_has_evidence_or_is_derived(world: DemoWorld) -> None:
    world.play(1)
    known_payloads = set(world.read("payloads")["sha256"])
    evidence = {r["profile_id"]: json.loads(r["evidence"]) for r in world.read("profile_evidence").to_dicts()}
    read_from_sources = ("name", "legal_name", "country_code", "national_id", "lei", "hq_city", "revenue_eur")
    for row in world.read("prospect_profile").to_dicts():
        told = evidence[row["profile_id"]]
        assert {s["payload"] for s in told["statements"]} <= known_payloads
        for field in read_from_sources:
            if row[field] is not None:
                assert told["fields"].get(field), f"{row['name']}: {field} has no statement"
    birth_months = set(world.read("appointments")["birth_month"].drop_nulls())
    published = [row for table in ("profile_evidence", "executive", "executive_change") for row in world.rows()[table]]
    assert not [row for row in published if any(month in row for month in birth_months)]


@pytest.mark.slow
def test_both_databases_publish_the_same_rows(
    world: DemoWorld, postgres_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for night in (1, 2):
        world.play(night)
    other = DemoWorld(tmp_path_factory.mktemp("postgres"), postgres_url, monkeypatch)
    for night in (1, 2):
        other.play(night)
    assert other.rows() == world.rows()
    other.close()
