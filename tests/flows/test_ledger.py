"""The run lock: one at a time, the second is told who is first, the dead are replaced and may not come back."""

import threading
from datetime import timedelta

import pytest
from observed_rows import day

from flows import ledger
from flows.ledger import Run, RunLockedError
from flows.store import LostLockError, Publication, Store
from schemas.vocabulary import RunState

NOW = day(100)


def take(store: Store, holder: str = "host-a:1", seconds: float = 0, instant: float = 1) -> Run:
    return ledger.acquire(store, "nightly", day(instant), holder, NOW + timedelta(seconds=seconds))


def test_a_run_from_beginning_to_end(store: Store) -> None:
    run = ledger.acquire(store, "nightly", day(1), "host-a:1", NOW, parameters={"offline": True})
    assert (run.run_id, run.state, run.fencing_token, run.attempts) == ("nightly-20250102T020000Z", "running", 1, 1)
    assert ledger.still_holds(store, run)
    assert ledger.finish(store, run, RunState.DONE, {"profiles": 3}, NOW + timedelta(minutes=1))
    assert not ledger.still_holds(store, run)
    (last,) = ledger.last_runs(store, 5)
    assert (last.state, last.summary, last.parameters) == (RunState.DONE, {"profiles": 3}, {"offline": True})
    assert last.ended_at == NOW + timedelta(minutes=1)
    assert ledger.as_dict(last)["instant"] == "2025-01-02T02:00:00+00:00"


def test_the_second_is_refused_and_told_who_is_first(store: Store) -> None:
    take(store)
    with pytest.raises(RunLockedError, match=r"host-a:1, run nightly-20250102T020000Z, since 2025-04-11 02:00:00 UTC"):
        take(store, "host-b:2", seconds=119)
    assert len(ledger.last_runs(store, 5)) == 1


def test_a_dead_holder_is_replaced_after_two_minutes(store: Store) -> None:
    dead = take(store)
    assert ledger.heartbeat(store, dead, NOW + timedelta(seconds=30))
    with pytest.raises(RunLockedError):
        take(store, "host-b:2", seconds=150)
    living = take(store, "host-b:2", seconds=151, instant=2)
    assert [(run.run_id[8:16], run.state) for run in ledger.last_runs(store, 5)] == [
        ("20250103", RunState.RUNNING),
        ("20250102", RunState.CRASHED),
    ]
    # the dead one wakes up: no error, and no effect
    assert not ledger.heartbeat(store, dead, NOW + timedelta(seconds=200))
    assert not ledger.still_holds(store, dead)
    assert not ledger.finish(store, dead, RunState.DONE, {}, NOW + timedelta(seconds=200))
    with pytest.raises(LostLockError):
        store.publish(Publication(), run_id=dead.run_id, instant=day(1), fencing_token=dead.fencing_token)
    assert ledger.still_holds(store, living)
    store.publish(Publication(), run_id=living.run_id, instant=day(2), fencing_token=living.fencing_token)


def test_the_same_night_played_again_is_the_same_run(store: Store) -> None:
    crashed = take(store)
    again = take(store, "host-a:2", seconds=300)
    assert (again.run_id, again.attempts) == (crashed.run_id, 2)
    assert not ledger.finish(store, crashed, RunState.FAILED, {}, NOW)
    assert ledger.finish(store, again, RunState.DONE, {}, NOW + timedelta(seconds=400))
    assert [run.state for run in ledger.last_runs(store, 5)] == [RunState.DONE]


def test_of_eight_at_once_exactly_one_works(database_url: str) -> None:
    outcomes: list[str] = []

    def compete(number: int) -> None:
        with Store.open(database_url) as own:
            try:
                outcomes.append(take(own, f"host:{number}").holder)
            except RunLockedError as error:
                outcomes.append(f"refused: {error}")

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [outcome for outcome in outcomes if not outcome.startswith("refused")]
    assert sum(winner in outcome for outcome in outcomes) == 8
