"""A parser fault, its mend, and the replay: what is stored is what a world without the fault would have."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import connectors
from connectors.contract import Batch
from connectors.polite import PoliteClient
from flows.demo.payloads import demo_payloads
from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from schemas.provenance import Payload, Watermark
from tests.flows.demo_nights import DemoWorld

Fault = Callable[[str, pl.DataFrame], pl.DataFrame]
SOURCES = ("recherche_entreprises", "gleif")
# What a replay does not undo, because it happened: the feed keeps what was told and numbers go on (`change_seq`), ids
# that were minted stay with their redirects, a row that was told wrong has moved twice (`updated_at`), a change that
# was told and was wrong stays as `retracted`.
HISTORY = {"profile_change", "feed_head", "id_registry", "id_redirect", "tombstone"}
NUMBERED = {"change_seq", "updated_at"}


def truncates_names(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("name").str.head(9)) if frame == "legal_units" else rows


def drops_identifiers(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    if frame != "legal_units":
        return rows
    return rows.with_columns(pl.lit(None, pl.String).alias(c) for c in ("lei", "legal_form_code", "activity_code"))


def loses_officers(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    if frame != "appointments":
        return rows
    return rows.with_row_index("n").filter(pl.col("n") % 3 != 1).drop("n")


def invents_rows(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    if frame not in ("appointments", "establishments"):
        return rows
    return pl.concat([rows, rows.head(1).with_columns(pl.col("source_key") + "|twice")])


def postdates_records(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The record's own date, too late: it must not win over the right one of the same answer."""
    if frame != "legal_units":
        return rows
    late = pl.lit(datetime(2099, 1, 1), pl.Datetime("us")).dt.replace_time_zone("UTC")
    return rows.with_columns(late.alias("record_updated_at"))


def does_it_all(frame: str, rows: pl.DataFrame) -> pl.DataFrame:
    for fault in (truncates_names, drops_identifiers, loses_officers, invents_rows):
        rows = fault(frame, rows)
    return rows


ONE_BY_ONE: list[Fault] = [truncates_names, drops_identifiers, loses_officers, invents_rows, postdates_records]
FAULTS = [does_it_all, *ONE_BY_ONE]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Fault | None], None]]:
    """`plant(fault)` breaks both parsers, `plant(None)` mends them."""
    patch = pytest.MonkeyPatch()

    def planted(fault: Fault | None) -> None:
        patch.undo()
        if fault is None:
            return
        for source in SOURCES:
            kind = type(connectors.discover()[source])
            parse = kind.parse

            def broken(self: Any, payload: Payload, parse: Any = parse) -> Iterator[Batch]:
                for batch in parse(self, payload):
                    frames = {name: fault(name, rows) for name, rows in batch.frames.items()}
                    scopes = []
                    for scope in batch.scopes:
                        read = set(frames[scope.frame]["source_key"]) if scope.frame in frames else set()
                        is_roster = scope.name.startswith("roster")
                        told = tuple(key for key in scope.keys if key in read) if is_roster else scope.keys
                        scopes.append(dataclasses.replace(scope, keys=told))
                    yield dataclasses.replace(batch, frames=frames, scopes=tuple(scopes))

            patch.setattr(kind, "parse", broken)

    yield planted
    patch.undo()


def play_live(world: DemoWorld, night: int) -> None:
    """The night with sources that answer: only its own answers are read, as they come."""
    answers = demo_payloads(night)
    patch = pytest.MonkeyPatch()
    for source, connector in connectors.discover().items():

        def fetch(self: Any, client: PoliteClient, window: Watermark, source: str = source) -> Iterator[Payload]:
            for payload in answers:
                if payload.source == source:
                    client._archive.put(payload)  # type: ignore[union-attr]
                    yield payload

        patch.setattr(type(connector), "fetch", fetch)
    try:
        play_night(NightPlan(instant=instant_of(night), accounts=world.accounts))
    finally:
        patch.undo()


def replay(world: DemoWorld, first: int, last: int, source: str) -> NightReport:
    """`grandcompte backfill --source S --since --until --from-archive`, at the instant of the last night."""
    return play_night(
        NightPlan(
            kind="backfill",
            instant=instant_of(last),
            accounts=world.accounts,
            sources=(source,),
            offline=True,
            since=instant_of(first).date(),
            until=instant_of(last).date(),
        )
    )


def tables(world: DemoWorld) -> dict[str, list[str]]:
    """Every table but history and ledger, without the feed's numbers; a retracted change is history too."""
    found = {}
    for name, lines in world.rows().items():
        if name in HISTORY:
            continue
        rows = [{k: v for k, v in json.loads(line).items() if k not in NUMBERED} for line in lines]
        if name == "executive_change":
            rows = [row for row in rows if row["status"] != "retracted"]
        found[name] = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return found


def differences(left: dict[str, list[str]], right: dict[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    return {
        name: (sorted(set(left[name]) - set(right[name]))[:3], sorted(set(right[name]) - set(left[name]))[:3])
        for name in left
        if left[name] != right[name]
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, list[str]]]:
    """The tables of the world that never had a fault, after each of its nights."""
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("sound")
    world = DemoWorld(folder, f"sqlite:///{folder / 'grandcompte.db'}", patch)
    found = {}
    for night in (1, 2):
        play_live(world, night)
        found[night] = tables(world)
    world.close()
    patch.undo()
    return found


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoWorld]:
    world = DemoWorld(tmp_path, f"sqlite:///{tmp_path / 'grandcompte.db'}", monkeypatch)
    yield world
    world.close()


def no_network(*_: object, **__: object) -> None:
    raise AssertionError("a replay makes no client")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_mend_and_the_replay_leave_what_a_sound_parser_would_have(
    world: DemoWorld, sound: dict[int, dict[str, list[str]]], plant: Any, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    play_live(world, 1)
    plant(fault)
    play_live(world, 2)
    assert differences(tables(world), sound[2])
    plant(None)
    monkeypatch.setattr(PoliteClient, "__init__", no_network)
    for source in SOURCES:
        replay(world, 2, 2, source)
    left = differences(tables(world), sound[2])
    assert left == {}, json.dumps(left, indent=1)
    before, feed = world.digest(), world.read("feed_head")["change_seq"][0]
    for source in SOURCES:
        report = replay(world, 2, 2, source)
        assert sum(report.sources[0].new_rows.values()) == 0
    assert world.read("feed_head")["change_seq"][0] == feed
    assert world.digest() == before
