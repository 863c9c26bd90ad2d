"""Prefect around the night: the same tables through it and without it. The only module that starts Prefect's server."""

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import httpx
import polars as pl
import pytest
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows import ledger
from flows import nightly as nightly_module
from flows.backfill import backfill
from flows.commands.run import PREFECT_DEFAULTS
from flows.demo.world import FRENCH_UNITS, instant_of
from flows.errors import InputError
from flows.night import NightPlan, call_plainly
from flows.nightly import nightly, play_with_prefect
from schemas.vocabulary import RunState
from tests.flows.command_line import CommandLine, call
from tests.flows.demo_nights import DemoWorld

__all__ = ["call"]

JSON_TYPES = {"string", "boolean", "integer", "number", "null", "array"}


@pytest.fixture(scope="module")
def prefect() -> Iterator[None]:
    """Prefect's own server, once. Without heartbeats: their thread would outlive it."""
    with (
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        prefect_test_harness(server_startup_timeout=180),
    ):
        yield


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    for name, value in PREFECT_DEFAULTS.items():  # the command line would leave them behind in this process
        monkeypatch.setenv(name, value)
    made = DemoWorld(tmp_path, sqlite_url, monkeypatch)
    yield made
    made.close()


@pytest.mark.usefixtures("prefect")
def test_the_flow_gives_the_same_tables_as_the_plain_function(
    world: DemoWorld, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.bring(1)
    nightly(at="2026-03-02T03:15:00+01:00", accounts=str(world.accounts), offline=True)
    (run,) = ledger.last_runs(world.store, 9)
    assert (run.run_id, run.kind, run.state) == ("nightly-20260302T021500Z", "nightly", RunState.DONE)
    folder = tmp_path_factory.mktemp("plain")
    plain = DemoWorld(folder, f"sqlite:///{folder / 'gc.db'}", monkeypatch)
    plain.play(1)
    assert world.rows() == plain.rows()
    plain.close()


@pytest.mark.usefixtures("prefect")
def test_a_backfill_reads_the_archive_over_its_window_only(world: DemoWorld, call: CommandLine) -> None:
    world.bring(1)
    world.bring(2)
    window = ("--since", "2026-03-02", "--until", "2026-03-02")
    arguments = ("backfill", "--source", "recherche_entreprises", *window, "--from-archive")
    ended = call(*arguments, "--accounts", world.accounts)
    assert (ended.code, ended.err) == (0, "")
    payloads = world.read("payloads")
    assert payloads["fetched_at"].unique().to_list() == [instant_of(1)]
    assert payloads["source"].unique().to_list() == ["recherche_entreprises"]
    assert world.read("executive_change").is_empty()  # a first roster is no change
    (run,) = ledger.last_runs(world.store, 9)
    assert (run.kind, run.state) == ("backfill", RunState.DONE)
    assert (run.parameters["since"], run.parameters["until"]) == ("2026-03-02", "2026-03-02")
    assert f"run {run.run_id}: done" in ended.out
    assert world.store.read_watermark("recherche_entreprises") is None  # a backfill moves none
    siren = FRENCH_UNITS["sanvadour"].siren
    assert world.read("prospect_profile").filter(pl.col("national_id") == siren)["executives_count"][0] > 0


@pytest.mark.usefixtures("prefect")
def test_what_fails_inside_the_flow_comes_back_as_it_is(world: DemoWorld, call: CommandLine) -> None:
    world.bring(1)
    with pytest.raises(InputError, match="'yesterday' is no ISO date or instant"):
        nightly(at="yesterday", offline=True)
    assert ledger.last_runs(world.store, 9) == []


@pytest.mark.parametrize("flow", [nightly, backfill], ids=["nightly", "backfill"])
def test_parameters_are_plain_json(flow: Any) -> None:
    schema = json.loads(json.dumps(flow.parameters.model_dump()))
    for name, described in schema["properties"].items():
        kinds = [each["type"] for each in described.get("anyOf", [described])]
        assert set(kinds) <= JSON_TYPES, name
        assert described.get("description"), f"{name}: the form has nothing to say"
    assert set(schema["properties"]) == set(inspect.signature(flow.fn).parameters)
    json.dumps({name: value for name, value in schema["properties"].items() if "default" in value})


# --------------------------------------------------------------------------------------------- without Prefect's server


def replace_flow(monkeypatch: pytest.MonkeyPatch, flow: Callable[..., object]) -> None:
    monkeypatch.setattr(nightly_module, "nightly", flow)


def run(call: CommandLine, world: DemoWorld) -> Any:
    return call("run", "--offline", "--at", instant_of(1).isoformat(), "--accounts", world.accounts)


def http_error() -> PrefectHTTPStatusError:
    request = httpx.Request("POST", "http://127.0.0.1:4200/api/flows/")
    return PrefectHTTPStatusError.from_httpx_error(
        httpx.HTTPStatusError("503 Service Unavailable", request=request, response=httpx.Response(503, request=request))
    )


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Failed to reach API at http://127.0.0.1:4200/api/"),
        RuntimeError("Timed out while attempting to connect to ephemeral Prefect API server."),
        httpx.ConnectError("All connection attempts failed"),
        OSError(28, "No space left on device"),
        http_error(),
    ],
    ids=["unreachable", "start-up", "connection", "disk", "503"],
)
def test_without_prefect_the_plain_functions_play_the_night(
    error: Exception, world: DemoWorld, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_parameters: Any) -> NoReturn:
        raise error

    replace_flow(monkeypatch, fail)
    ended = run(call, world)
    assert ended.code == 0
    (line,) = ended.err.splitlines()
    assert line.startswith("Prefect cannot be used (")
    assert line.endswith("): the run goes on without it")
    assert "run nightly-20260302T021500Z: done" in ended.out
    assert [run.state for run in ledger.last_runs(world.store, 9)] == [RunState.DONE]
    assert world.read("crm_accounts").height == 15


def test_when_prefect_fails_behind_the_run_the_data_are_complete(
    world: DemoWorld, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly_module, "call_as_task", call_plainly)

    def fail_at_the_end(*, at: str, accounts: str, **_parameters: Any) -> NoReturn:
        play_with_prefect(NightPlan(instant=instant_of(1), accounts=Path(accounts), offline=True))
        raise http_error()

    replace_flow(monkeypatch, fail_at_the_end)
    world.bring(1)
    ended = run(call, world)
    assert ended.code == 0
    (line,) = ended.err.splitlines()
    assert line.startswith("Prefect failed behind the run (")
    assert line.endswith("): the data are complete")
    assert [run.state for run in ledger.last_runs(world.store, 9)] == [RunState.DONE]
    assert [attempt.attempts for attempt in ledger.last_runs(world.store, 9)] == [1]  # it was not played twice


@pytest.mark.parametrize("error", [RuntimeError("ours"), OSError("ours"), ZeroDivisionError("ours")])
def test_what_fails_inside_the_night_is_not_taken_for_prefects(
    error: Exception, world: DemoWorld, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly_module, "call_as_task", call_plainly)

    def fail(*_arguments: Any, **_options: Any) -> NoReturn:
        raise error

    monkeypatch.setattr("flows.night.resolve", fail)
    replace_flow(monkeypatch, lambda **_parameters: play_with_prefect(world.plan(1)))
    with pytest.raises(type(error), match="ours"):
        run(call, world)
    (ended,) = ledger.last_runs(world.store, 9)
    assert (ended.state, ended.attempts, ended.summary) == (RunState.FAILED, 1, {"error": type(error).__name__})


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), pl.exceptions.ComputeError("ours"), ImportError("ours")])
def test_our_own_failures_before_the_night_are_not_taken_for_prefects(
    error: Exception, world: DemoWorld, call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_parameters: Any) -> NoReturn:
        raise error

    replace_flow(monkeypatch, fail)
    with pytest.raises(type(error), match="ours"):
        run(call, world)
    assert ledger.last_runs(world.store, 9) == []
