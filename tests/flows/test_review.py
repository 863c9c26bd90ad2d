"""What happens to ids, links and windows when the world moves: leavers, merges, moved heads, killed and late loads."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.archive import Archive
from flows.demo import gleif_answers
from flows.demo.payloads import demo_payloads
from flows.demo.world import FRENCH_UNITS, LEI_ENTITIES, LeiEntity, instant_of
from flows.night import NightPlan, play_night
from flows.policy import read_policy
from flows.store import Store
from flows.universe import find_universe
from schemas.provenance import Payload
from tests.flows.demo_nights import DemoWorld

pytestmark = pytest.mark.slow

PENHALLARD, HALQUINOR, ANCELVAUX = (LEI_ENTITIES[key] for key in ("penhallard", "halquinor", "ancelvaux"))


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    made = DemoWorld(tmp_path, sqlite_url, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def new_world(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], DemoWorld]]:
    made: list[DemoWorld] = []

    def make() -> DemoWorld:
        folder = tmp_path_factory.mktemp("world")
        made.append(DemoWorld(folder, f"sqlite:///{folder / 'gc.db'}", monkeypatch))
        return made[-1]

    yield make
    for each in made:
        each.close()


def put(world: DemoWorld, key: str, answer: dict[str, Any], night: int) -> None:
    dated = {"meta": {"goldenCopy": {"publishDate": f"{instant_of(night):%Y-%m-%d}T00:00:00Z"}}, **answer}
    body = json.dumps(dated).encode()
    payload = Payload("gleif", key, body, fetched_at=instant_of(night), url=f"{gleif_answers.BASE}/{key}")
    Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"]).put(payload)


def own_accounts(world: DemoWorld, *keys: str) -> None:
    rows = [f"{key},{FRENCH_UNITS[key].name},{FRENCH_UNITS[key].siren}" for key in keys]
    world.accounts.write_text("\n".join(["id,name,national_id", *rows]), encoding="utf-8")


@pytest.fixture
def only_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The universe of a night on line whose policy has no rule: the accounts and whom they belong to."""

    def chosen(*frames: Any, offline: bool) -> pl.DataFrame:
        assert offline
        return find_universe(*frames, offline=False)

    bare = dataclasses.replace(read_policy(), universe_size_categories=())
    monkeypatch.setattr("flows.resolve.find_universe", chosen)
    monkeypatch.setattr("flows.runtime.read_policy", lambda _path: bare)


@pytest.mark.usefixtures("only_accounts")
def test_whoever_leaves_the_universe_stays_as_it_was_and_comes_back_under_its_ids(world: DemoWorld) -> None:
    own_accounts(world, "ancelvaux", "ostrevigne")
    world.play(1)
    before = {row["profile_id"]: row for row in world.read("prospect_profile").to_dicts()}
    links = world.read("group_link")
    own_accounts(world, "ostrevigne")
    world.play(2)
    after = {row["profile_id"]: row for row in world.read("prospect_profile").to_dicts()}
    left = [key for key, row in before.items() if "ncelvaux" in row["name"]]
    assert len(left) > 10
    assert {key: after[key] for key in left} == {key: before[key] for key in left}  # the group has not ceased
    assert world.read("group_link")["link_id"].to_list() == links["link_id"].to_list()
    own_accounts(world, "ancelvaux", "ostrevigne")
    world.play(3)
    assert set(world.read("prospect_profile").filter(pl.col("name").str.contains("ncelvaux"))["profile_id"]) >= set(
        left
    )
    assert set(world.read("profile_change")["op"]) == {"insert", "update"}


@pytest.mark.usefixtures("only_accounts")
def test_the_window_of_a_profile_that_left_the_universe_closes_in_time(world: DemoWorld) -> None:
    own_accounts(world, "ancelvaux", "ostrevigne")
    world.play(1)
    world.play(2)
    opened = world.read("v_prospect").filter("new_exec_window_open")
    assert opened.height == 3  # two companies, and the group of one of them
    own_accounts(world, "quelorme")
    until = opened["new_exec_window_until"].max()
    assert until is not None
    for day, is_open in ((until, True), (until + timedelta(days=1), False)):
        rows = world.read("profile_change").height
        play_night(dataclasses.replace(world.plan(2), instant=datetime.combine(day, time(2, 15), UTC)))
        timing = world.read("v_prospect").filter(pl.col("profile_id").is_in(opened["profile_id"].to_list()))
        assert timing["new_exec_window_open"].to_list() == [is_open] * 3
        told = world.read("profile_change").sort("change_seq")[rows:]
        windows = [row for row in told.to_dicts() if row["op"] == "update"]
        if not is_open:
            assert [row["changed_fields"] for row in windows] == [["new_exec_window_open", "new_exec_window_until"]] * 3


def test_a_run_that_dies_between_two_tables_gives_the_same_ids(
    world: DemoWorld, new_world: Callable[[], DemoWorld], monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = Store.sync

    def die_before_anchors(store: Store, name: str, *rest: Any) -> tuple[int, int]:
        if name == "group_anchors":  # the groups' ids are in the registry already
            raise KeyboardInterrupt
        return sync(store, name, *rest)

    world.bring(1)
    monkeypatch.setattr(Store, "sync", die_before_anchors)
    with pytest.raises(KeyboardInterrupt):
        play_night(world.plan(1))
    monkeypatch.setattr(Store, "sync", sync)
    play_night(world.plan(1))
    rows = world.rows()
    whole = new_world()
    whole.play(1)
    assert rows == whole.rows()


def record_of(entity: LeiEntity, siren: str | None, night: int) -> dict[str, Any]:
    record = gleif_answers.record(entity)
    record["attributes"]["entity"]["registeredAs"] = siren
    record["attributes"]["registration"]["validatedAs"] = siren
    record["attributes"]["registration"]["lastUpdateDate"] = f"{instant_of(night):%Y-%m-%d}T01:00:00Z"
    return {"data": record}


def test_a_record_that_gets_its_siren_later_merges_two_profiles(world: DemoWorld) -> None:
    stranger = LeiEntity("stranger", 190, "Zzyvarel Pharma Holding", "FR", "PARIS", "75001", "K65D")
    siren = FRENCH_UNITS["sanvadour"].siren
    world.accounts.write_text(
        f"id,name,lei,national_id\n1,Zzyvarel,{stranger.lei},\n2,Sanvadour,,{siren}\n", encoding="utf-8"
    )
    put(world, f"lei-records/{stranger.lei}", record_of(stranger, None, 1), 1)
    world.play(1)
    first = {row["account_id"]: row for row in world.read("account_match").to_dicts()}
    assert first["1"]["profile_id"] != first["2"]["profile_id"]

    put(world, f"lei-records/{stranger.lei}", record_of(stranger, siren, 2), 2)
    world.play(2)
    second = {row["account_id"]: row for row in world.read("account_match").to_dicts()}
    survivor, entity = second["1"]["profile_id"], second["1"]["entity_id"]
    assert (second["2"]["profile_id"], second["2"]["entity_id"]) == (survivor, entity)
    ids = {row[key] for row in first.values() for key in ("profile_id", "entity_id")}
    assert dict(world.read("id_redirect").iter_rows()) == {
        old: new for old in ids - {survivor, entity} for new in (survivor, entity) if old[:3] == new[:3]
    }
    (lost,) = {row["profile_id"] for row in first.values()} - {survivor}
    row = world.read("v_prospect").filter(pl.col("profile_id") == lost).to_dicts()[0]
    assert (row["status"], row["merged_into_id"], row["new_exec_window_open"]) == ("merged", survivor, False)
    feed = world.read("profile_change").filter(pl.col("profile_id") == lost)
    assert feed.sort("change_seq")["op"].to_list() == ["insert", "merge"]
    assert world.profile("Sanvadour Sante")["lei"] == stranger.lei

    rows = world.read("profile_change").height
    play_night(world.plan(2))
    assert world.read("profile_change").height == rows


def consolidate(world: DemoWorld, parent: LeiEntity, night: int, *, until: int | None = None) -> None:
    """Say that this parent consolidates Penhallard, from a night on or until one."""
    for kind in (gleif_answers.DIRECT, gleif_answers.ULTIMATE):
        record = gleif_answers.relationship(PENHALLARD, parent, kind)
        if until is not None:
            record["attributes"]["relationship"]["status"] = "INACTIVE"
            record["attributes"]["validTo"] = f"{instant_of(until):%Y-%m-%d}T00:00:00Z"
        level = "direct" if kind == gleif_answers.DIRECT else "ultimate"
        put(world, f"lei-records/{PENHALLARD.lei}/{level}-parent-relationship?{parent.key}", {"data": record}, night)


def test_a_bought_group_keeps_its_redirect_when_its_head_is_sold_on(world: DemoWorld) -> None:
    world.play(1)
    groups = {row["name"]: row for row in world.read("prospect_profile").to_dicts() if row["entity_kind"] == "group"}
    bought, buyer = groups["Penhallard Group PLC"]["profile_id"], groups["Halquinor SE"]["profile_id"]
    consolidate(world, HALQUINOR, 2)
    world.play(2)
    assert dict(world.read("id_redirect").iter_rows()) == {bought: buyer}
    assert world.read("profile_change").filter(pl.col("profile_id") == bought)["op"].to_list() == ["insert", "merge"]

    consolidate(world, HALQUINOR, 3, until=3)
    consolidate(world, ANCELVAUX, 3)
    world.play(3)
    head = world.profile("Penhallard Group PLC", "company")
    assert head["ultimate_parent_name"] == "Ancelvaux Energies"
    assert dict(world.read("id_redirect").iter_rows()) == {bought: buyer}
    merged = world.read("prospect_profile").filter(pl.col("profile_id") == bought).to_dicts()[0]
    assert (merged["status"], merged["merged_into_id"]) == ("merged", buyer)


def test_a_record_that_says_the_same_again_is_verified_again(world: DemoWorld) -> None:
    world.play(1)
    world.play(2)
    checks = {row["name"]: row["last_verified_at"] for row in world.read("v_prospect").to_dicts()}
    assert checks["Ancelvaux Polska Sp. z o.o."] == instant_of(2)  # known to GLEIF alone, without a roster
    assert checks["Lormancet Maroc"] == instant_of(1)  # of the list that was refused on night 2


def test_a_night_that_is_filled_in_later_leaves_the_same_versions(
    world: DemoWorld, new_world: Callable[[], DemoWorld]
) -> None:
    for night in (1, 2, 3):
        bring_with_gap(world, night)
        play_night(world.plan(night))
    in_order = observed(world)
    late = new_world()
    for night in (1, 3):
        bring_with_gap(late, night)
        play_night(late.plan(night))
    bring_with_gap(late, 2)
    day = instant_of(2).date()
    backfill = NightPlan(
        kind="backfill", instant=instant_of(4), sources=("recherche_entreprises",), offline=True, since=day, until=day
    )
    play_night(backfill)
    assert observed(late) == in_order
    versions = late.store.read_history("appointments").filter(pl.col("observed_to") == instant_of(2))
    assert versions.filter(pl.col("unit_key") == FRENCH_UNITS["mirobrac"].siren).height == 1


def bring_with_gap(world: DemoWorld, night: int) -> None:
    """The French answers of night 1 again, and on night 2 one officer of one unit is missing."""
    archive = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"])
    for payload in demo_payloads(1):
        if payload.source != "recherche_entreprises":
            continue
        answer = json.loads(payload.body)
        for result in answer["results"]:
            result["date_mise_a_jour"] = f"{instant_of(night):%Y-%m-%d}T00:30:00"
            if night == 2 and result["siren"] == FRENCH_UNITS["mirobrac"].siren:
                result["dirigeants"] = result["dirigeants"][1:]
        body = json.dumps(answer).encode()
        archive.put(dataclasses.replace(payload, body=body, fetched_at=instant_of(night)))


def observed(world: DemoWorld) -> list[dict[str, Any]]:
    columns = ["source", "source_key", "observed_from", "observed_to", "row_hash"]
    return world.store.read_history("appointments").select(columns).sort(columns).to_dicts()
