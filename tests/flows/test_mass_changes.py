"""Too many changes of one kind in one night wait for a named operator (RELIABILITY R7)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows import ledger
from flows.masses import until_settled
from flows.night import NightPlan, locked, play_night
from flows.publication import DecisionsMovedError
from flows.runtime import now, open_runtime
from flows.settings import read_settings
from schemas.vocabulary import MassState
from tests.flows.command_line import CommandLine, call
from tests.flows.mass_world import (
    MassWorld,
    arrivals,
    leavers_declared,
    leavers_vanished,
    night,
    promotions,
)

__all__ = ["call"]

pytestmark = pytest.mark.slow

END = date(2026, 2, 27)
DEPARTED = "recherche_entreprises:departed:2026-03-03"


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MassWorld]:
    made = MassWorld(tmp_path, sqlite_url, monkeypatch)
    made.found()
    yield made
    made.close()


def statuses(world: MassWorld) -> dict[tuple[str, str], int]:
    counted = world.read("executive_change").group_by("kind", "status").len()
    return {(kind, status): count for kind, status, count in counted.iter_rows()}


EXECUTIVE_FIELDS = [
    "executives_count", "top_executive_name", "top_executive_title", "last_exec_change_on", "new_exec_window_open",
    "updated_at", "change_seq",
]  # fmt: skip


def shown(world: MassWorld) -> list[str]:
    """What the CRM sees of executives: profile fields, windows, offices and the feed."""
    profile = world.read("v_prospect").select("profile_id", *EXECUTIVE_FIELDS)
    offices = world.read("executive").drop("last_seen_at", "missing_snapshots", "payload_sha256")
    frames = (profile, offices, world.read("profile_change"))
    return [json.dumps(row, default=str) for frame in frames for row in frame.sort(frame.columns[:2]).to_dicts()]


def test_a_first_load_is_no_mass(world: MassWorld) -> None:
    assert world.read("executive_change").is_empty()
    assert world.read("mass_changes").is_empty()


def test_twenty_departures_are_told_and_one_more_holds_all(world: MassWorld) -> None:
    world.read_rosters(2, leavers_declared(20, END))
    report = world.play_plain(2)
    assert statuses(world) == {("departed", "new"): 20}
    assert "masses_held" not in report.summary
    world.read_rosters(3, leavers_declared(30, END))  # ten more in a night of their own
    world.play_plain(3)
    assert statuses(world) == {("departed", "new"): 30}


def test_twenty_five_departures_are_held_and_nothing_is_sent(world: MassWorld) -> None:
    before = shown(world)
    world.read_rosters(2, leavers_declared(25, END))
    report = world.play_plain(2)
    assert report.summary["masses_held"] == [DEPARTED]
    assert statuses(world) == {("departed", "review"): 25}
    assert shown(world) == before
    (mass,) = world.read("mass_changes").to_dicts()
    assert (mass["state"], mass["change_count"], mass["threshold"], mass["decided_by"]) == ("held", 25, 20.0, None)
    assert "more than 20" in mass["reason"]
    digest = world.digest()
    world.play_plain(2)
    assert world.digest() == digest  # the same night again holds nothing twice
    world.read_rosters(3, leavers_declared(25, END))
    world.play_plain(3)
    assert shown(world) == before


def test_each_kind_counts_for_itself(world: MassWorld) -> None:
    mixed = [*arrivals(15)[:45], *leavers_declared(30, END)[30:]]  # 15 arrive in some companies, 15 leave others
    world.read_rosters(2, mixed)
    world.play_plain(2)
    assert statuses(world) == {("appointed", "new"): 15, ("departed", "new"): 15}


@pytest.mark.parametrize(("roster", "kind"), [(arrivals, "appointed"), (promotions, "title_changed")])
def test_arrivals_and_title_changes_are_held_alike(world: MassWorld, roster: object, kind: str) -> None:
    before = shown(world)
    assert callable(roster)
    world.read_rosters(2, roster(25))
    world.play_plain(2)
    assert statuses(world) == {(kind, "review"): 25}
    assert shown(world) == before
    for number in (3, 4, 5):  # the old titles are missed for the third time
        world.read_rosters(number, roster(25))
        world.play_plain(number)
    assert shown(world) == before


def test_names_that_vanish_without_a_word_are_held_when_they_would_count(world: MassWorld) -> None:
    before = shown(world)
    for number in (2, 3):
        world.read_rosters(number, leavers_vanished(25))
        world.play_plain(number)
        assert statuses(world) == {("departed", "held"): 25}
        assert world.read("mass_changes").is_empty()
    world.read_rosters(4, leavers_vanished(25))
    report = world.play_plain(4)
    assert report.summary["masses_held"] == [DEPARTED]  # of the night in which they vanished
    assert statuses(world) == {("departed", "review"): 25}
    assert shown(world) == before
    world.read_rosters(5, leavers_declared(0, END))  # the page is mended
    report = world.play_plain(5)
    assert statuses(world) == {("departed", "retracted"): 25, ("renewed", "retracted"): 25}
    assert "masses_held" not in report.summary
    assert shown(world) == before


def test_a_release_tells_them_with_their_own_dates_and_a_rerun_adds_nothing(
    world: MassWorld,
    call: CommandLine,
) -> None:
    feed = world.read("profile_change").height
    world.read_rosters(2, leavers_declared(25, END))
    world.play_plain(2)
    ended = call("review", "list", "--json")
    (mass,) = json.loads(ended.out)["masses"]
    assert (mass["mass_id"], mass["standing"]) == (DEPARTED, 25)
    journal = json.loads(call("changes", "--json").out)
    assert {(row["status"], row["mass_id"]) for row in journal} == {("review", DEPARTED)}
    assert f"held in {DEPARTED}: 25 changes" in call("changes").out
    ended = call("review", "accept", "--mass", DEPARTED, "--by", "Ada Example")
    assert (ended.code, ended.err) == (0, "")
    changes = world.read("executive_change")
    assert set(changes["status"]) == {"new"}
    assert set(changes["effective_on"]) == {END}
    assert set(changes["detected_at"]) == {night(2)}
    assert world.read("profile_change").height == feed + 25
    gone = world.read("executive").filter(~pl.col("is_current"))
    assert set(gone["ended_on"]) == {END}
    assert gone.height == 25
    digest = world.digest()
    world.play_plain(2)
    assert world.digest() == digest
    again = call("review", "accept", "--mass", DEPARTED, "--by", "Somebody Else")
    assert again.code == 0
    assert world.digest() == digest
    (row,) = world.read("mass_changes").to_dicts()
    assert (row["state"], row["decided_by"]) == ("accepted", "Ada Example")
    assert not any(r["held_because"] for r in json.loads(call("changes", "--json").out))


def test_a_released_night_is_the_night_that_would_have_been(
    world: MassWorld,
    call: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.read_rosters(2, leavers_declared(25, END))
    world.play_plain(2)
    call("review", "accept", "--mass", DEPARTED, "--by", "Ada")
    released = comparable(world)
    from flows.store import Store

    url = f"sqlite:///{tmp_path / 'other.db'}"
    Store.migrate(url)
    monkeypatch.setattr("enrich.mass_changes.LEAST", 1e9)
    other = MassWorld(tmp_path, url, monkeypatch)
    other.found()
    other.read_rosters(2, leavers_declared(25, END))
    other.play_plain(2)
    assert comparable(other) == released
    other.close()


def comparable(world: MassWorld) -> dict[str, list[str]]:
    """Everything but the breaker's own tables and the instants of the decision."""
    own = ("mass_changes", "mass_change_members", "profile_change")
    rows = {table: rows for table, rows in world.rows().items() if table not in own}
    profiles = world.read("prospect_profile").drop("updated_at")
    feed = world.read("profile_change").drop("run_id", "committed_at")
    texts = [json.dumps(row, default=str) for row in [*profiles.to_dicts(), *feed.to_dicts()]]
    return {**rows, "prospect_profile": texts}


def test_a_rejection_retracts_them_for_good(world: MassWorld, call: CommandLine) -> None:
    before = shown(world)
    world.read_rosters(2, leavers_declared(25, END))
    world.play_plain(2)
    assert call("review", "reject", "--mass", DEPARTED, "--by", "Ada").code == 0
    assert statuses(world) == {("departed", "retracted"): 25}
    assert shown(world) == before
    digest = world.digest()
    world.play_plain(2)
    assert world.digest() == digest
    world.read_rosters(3, leavers_declared(27, END))  # two more, in a night of their own
    world.play_plain(3)
    assert statuses(world) == {("departed", "retracted"): 25, ("departed", "new"): 2}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("accept", "--mass", DEPARTED), "--by is missing"),
        (("accept", "--mass", DEPARTED, "--by", " "), "--by is missing"),
        (("reject", "--by", "Ada"), "--mass is missing"),
        (("accept", "--mass", "nothing", "--by", "Ada"), "no mass has this id; waiting: none"),
    ],
)
def test_a_decision_needs_a_name_and_a_mass(
    world: MassWorld,
    call: CommandLine,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    ended = call("review", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_a_decision_while_a_night_runs_is_kept_and_published_by_that_night(
    world: MassWorld,
    call: CommandLine,
) -> None:
    world.read_rosters(2, leavers_declared(25, END))
    world.play_plain(2)
    with open_runtime(read_settings(), night(3)) as runtime, locked(runtime, NightPlan(instant=night(3))):
        ended = call("review", "accept", "--mass", DEPARTED, "--by", "Ada")
    assert (ended.code, "the run under way publishes it" in ended.out) == (0, True)
    assert statuses(world) == {("departed", "review"): 25}
    world.play_plain(3)
    assert statuses(world) == {("departed", "new"): 25}


def test_a_night_that_a_decision_overtakes_is_prepared_again(world: MassWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.read_rosters(2, leavers_declared(25, END))
    world.play_plain(2)
    prepared = 0

    def call_and_decide(name: str, work: object) -> object:
        nonlocal prepared
        assert callable(work)
        result = work()
        if name == "profile":
            prepared += 1
            world.store.decide_mass(DEPARTED, MassState.ACCEPTED.value, "Ada", now())
        return result

    play_night(NightPlan(instant=night(3), offline=True), call_and_decide)  # type: ignore[arg-type]
    assert prepared == 2
    assert statuses(world) == {("departed", "new"): 25}


def test_whoever_keeps_deciding_is_told_so() -> None:
    def work() -> None:
        raise DecisionsMovedError("again")

    with pytest.raises(DecisionsMovedError, match="again"):
        until_settled(work)


@pytest.mark.parametrize("border", ["staged", "locked", "executive_change", "mass_changes", "commit", "committed"])
def test_a_night_killed_at_any_border_holds_the_same_mass(world: MassWorld, border: str) -> None:
    world.read_rosters(2, leavers_declared(25, END))
    before = shown(world)
    arguments = [sys.executable, "-m", "tests.flows.killed_night", str(world.accounts), night(2).isoformat()]
    world.accounts.write_text("id,name\n", encoding="utf-8")
    child = subprocess.run([*arguments, "border", border], env={**os.environ, **world.environment}, check=False)
    assert child.returncode == -signal.SIGKILL
    assert shown(world) == before
    with world.store.transaction() as connection:  # the killed holder's lock would be free after two minutes
        connection.execute(ledger.LOCK.update().values(run_id=None))
    world.play_plain(2)
    assert statuses(world) == {("departed", "review"): 25}
    assert world.read("mass_changes").height == 1
    assert world.read("mass_change_members").height == 25
    assert shown(world) == before
