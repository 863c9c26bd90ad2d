"""One run at a time over whole nights: the second is told who is first, the dead are replaced, the ledger tells all."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import ledger, night
from flows.demo.world import instant_of
from flows.ledger import RunLockedError
from flows.night import play_night
from flows.store import DatabaseUnavailableError, LostLockError, Store
from schemas.vocabulary import RunState
from tests.flows.command_line import CommandLine, call
from tests.flows.demo_nights import DemoWorld

__all__ = ["call"]

NOW = datetime(2026, 3, 5, 2, 15, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    made = DemoWorld(tmp_path, sqlite_url, monkeypatch)
    monkeypatch.setattr(night, "now", lambda: NOW)
    yield made
    made.close()


def take(world: DemoWorld, seconds: float = 0) -> ledger.Run:
    """Another program, with a store of its own, takes the lock this many seconds from NOW."""
    with Store.open(world.database_url) as other:
        return ledger.acquire(other, "nightly", instant_of(1), "elsewhere:7", NOW + timedelta(seconds=seconds))


def states(world: DemoWorld) -> list[RunState]:
    return [run.state for run in ledger.last_runs(world.store, 9)]


@pytest.mark.parametrize("seconds", [0, -120])
def test_the_second_run_ends_with_75_and_names_the_first(world: DemoWorld, call: CommandLine, seconds: int) -> None:
    first = take(world, seconds)
    before = world.digest()
    ended = call("run", "--offline", "--accounts", world.accounts)
    assert (ended.code, ended.out) == (75, "")
    since = f"{NOW + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"
    assert ended.err == (f"grandcompte: another run holds the lock: elsewhere:7, run {first.run_id}, since {since}\n")
    with pytest.raises(RunLockedError, match="elsewhere:7"):  # also when it came between the check and the run
        play_night(world.plan(2))
    assert world.digest() == before
    assert states(world) == [RunState.RUNNING]
    assert ledger.still_holds(world.store, first)


def test_a_crashed_holder_is_replaced_after_two_minutes(world: DemoWorld) -> None:
    dead = take(world, -120.1)
    world.play(1)
    (run,) = ledger.last_runs(world.store, 9)  # the same night again is the same run
    assert (run.run_id, run.attempts, run.state) == (dead.run_id, 2, RunState.DONE)
    assert not ledger.still_holds(world.store, dead)


def test_another_nights_crashed_holder_is_told_in_the_ledger(world: DemoWorld) -> None:
    take(world, -121)
    play_night(world.plan(2))
    assert states(world) == [RunState.DONE, RunState.CRASHED]


@pytest.mark.slow
def test_the_ledger_says_how_each_run_ended(world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play(1)
    world.play(2)
    degraded, done = ledger.last_runs(world.store, 9)
    assert (done.state, degraded.state) == (RunState.DONE, RunState.DEGRADED)
    assert done.summary["profiles"] > 0
    assert done.summary["sources"]["gleif"]["refused"] == []
    assert degraded.summary["sources"]["gleif"]["refused"]
    assert done.parameters == {
        "accounts": "accounts.csv", "sources": [], "offline": True, "since": None, "until": None,
    }  # fmt: skip
    for error in (ZeroDivisionError("Ada Lovelace"), KeyboardInterrupt()):
        fail_in(monkeypatch, "resolve", error)
        with pytest.raises(type(error)):
            play_night(world.plan(3))
        failed = ledger.last_runs(world.store, 1)[0]
        # the name alone: a message may quote a record
        assert (failed.state, failed.summary) == (RunState.FAILED, {"error": type(error).__name__})
        assert failed.ended_at == NOW
        assert not ledger.still_holds(world.store, failed)
    assert failed.attempts == 2


def fail_in(monkeypatch: pytest.MonkeyPatch, stage: str, error: BaseException) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(night, stage, fail)


def before_stage(monkeypatch: pytest.MonkeyPatch, stage: str, action: Callable[[], object]) -> None:
    original = getattr(night, stage)

    def act(*arguments: Any) -> Any:
        action()
        return original(*arguments)

    monkeypatch.setattr(night, stage, act)


def test_a_run_that_was_replaced_meanwhile_publishes_nothing(
    world: DemoWorld, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_replaced() -> None:
        with Store.open(world.database_url) as other:
            ledger.acquire(other, "nightly", instant_of(2), "elsewhere:7", NOW + timedelta(seconds=121))

    before_stage(monkeypatch, "publish", be_replaced)
    with pytest.raises(LostLockError):
        world.play(1)
    assert world.read("prospect_profile").is_empty()
    other, replaced = ledger.last_runs(world.store, 9)
    assert (other.state, replaced.state) == (RunState.RUNNING, RunState.FAILED)
    assert replaced.summary["error"] == "LostLockError"
    assert ledger.still_holds(world.store, other)


def test_the_first_failure_is_told_also_when_the_ledger_cannot_be_written(
    world: DemoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_down(*_arguments: Any) -> None:
        raise DatabaseUnavailableError("down")

    monkeypatch.setattr(ledger, "finish", be_down)
    fail_in(monkeypatch, "resolve", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        world.play(1)
    assert states(world) == [RunState.RUNNING]  # its lock grows stale
