"""Nights that ask a register abroad over loopback: a nightly run, a departure over three nights, 429, and nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from flows.universe import window_for
from tests.flows.demo_nights import DemoWorld
from tests.flows.register_server import HEAD, NORWEGIANS, NorwegianRegister
from tests.flows.test_live_sources import Clock

pytestmark = pytest.mark.slow  # living servers, night after night: make check runs them


class RegisterWorld(DemoWorld):
    """A database and an archive in front of a living register, and one Norwegian unit in the universe."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, url, monkeypatch)
        self.source, self.clock, self.numbers = NorwegianRegister(), Clock(), (HEAD,)
        self.folder = folder
        self.clients: Path | None = None
        server.expect_request(self.source.EVERY_PATH).respond_with_handler(self.source)
        monkeypatch.setenv("GRANDCOMPTE_BRREG_URL", server.url_for("").rstrip("/"))
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)
        monkeypatch.setattr("flows.night.window_for", self.window)

    def window(self, runtime: object, connector: object) -> object:
        """What the night asks for, with the units of this world: an index of LEIs would have named them."""
        found = window_for(runtime, connector)  # type: ignore[arg-type]
        return replace(found, identifiers={**found.identifiers, "NO-BRC": self.numbers} if self.numbers else {})

    def ask(self, night: int) -> NightReport:
        """That night's run over this source alone."""
        self.source.asked.clear()
        self.clock.start, self.clock.passed = instant_of(night), 0.0
        return play_night(NightPlan(instant=instant_of(night), accounts=self.clients, sources=("brreg",)))


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[RegisterWorld]:
    made = RegisterWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    yield made
    made.close()


def test_units_rosters_and_groups_come_in_at_the_registers_pace(world: RegisterWorld) -> None:
    world.source.busy = 1
    report = world.ask(1)
    assert not report.is_refused
    assert set(world.read("legal_units")["source_key"]) == set(NORWEGIANS)
    assert world.read("appointments").height == 5
    assert world.read("relationships").height == 3
    assert len(world.source.asked) == 5  # a list, 429 before it, a roster, a group, its members
    assert world.clock.passed >= 2 + 3 / 5  # Retry-After, then five requests a second
    assert world.store.read_watermark("brreg") == instant_of(1)


def test_who_is_no_longer_in_the_roster_has_left_after_three_nights(world: RegisterWorld) -> None:
    """One account names the unit: the universe holds it, and its rosters are held against each other."""
    world.clients = world.folder / "clients.csv"
    row = "C1,Fjellvik Nordhaug ASA,NO,OSLO,0150,Skipsgata 3"
    world.clients.write_text(f"id,name,country,city,postal_code,address\n{row}\n", "utf-8")
    world.ask(1)
    world.source.leavers = {"Fjellvikdatter"}
    told = []
    for night in (2, 3, 4):
        assert not world.ask(night).is_refused
        changes = world.read("executive_change").filter(pl.col("kind") == "departed")
        told.append(changes.select("full_name", "status").unique().rows())  # of the company and of its group
    name = "Ingeborg Fjellvikdatter"
    assert told == [[(name, "held")], [(name, "held")], [(name, "new")]]


def test_without_a_norwegian_unit_the_register_is_not_asked(world: RegisterWorld) -> None:
    world.numbers = ()
    assert not world.ask(1).is_refused
    assert world.source.asked == []
