"""Nights that ask Companies House over loopback: no key, a first night, a quiet one, a backfill; requests in budget."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from connectors.archive import Archive
from connectors.companies_house import TERMS
from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from tests.flows.company_register import TOOLS, Register
from tests.flows.demo_nights import DemoWorld
from tests.flows.test_live_sources import Clock

KEY = "invented-key-for-tests"


class CompanyWorld(DemoWorld):
    """One account in front of a living register."""

    def __init__(
        self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer, fixtures: Path
    ) -> None:
        super().__init__(folder, url, monkeypatch)
        self.accounts.write_text("account_id,name,country,city\nB001,Bramblewick Tools PLC,GB,Exampleton\n", "utf-8")
        self.source, self.clock = Register(fixtures), Clock()
        server.expect_request(re.compile(".*")).respond_with_handler(self.source)
        monkeypatch.setenv("GRANDCOMPTE_COMPANIES_HOUSE_URL", server.url_for("").rstrip("/"))
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)

    def ask(self, night: int, **more: object) -> NightReport:
        """That night's run over this source alone."""
        self.source.asked.clear()
        self.clock.start, self.clock.passed = instant_of(night), 0.0
        plan = NightPlan(instant=instant_of(night), accounts=self.accounts, sources=("companies_house",))
        return play_night(replace(plan, **more))  # type: ignore[arg-type]


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, fixtures: Path
) -> Iterator[CompanyWorld]:
    made = CompanyWorld(tmp_path, sqlite_url, monkeypatch, httpserver, fixtures)
    yield made
    made.close()


def test_without_a_key_it_is_left_out_in_one_line(world: CompanyWorld) -> None:
    report = world.ask(1)
    assert not report.is_refused
    assert report.sources[0].notes == ["companies_house: no key, not asked; set GRANDCOMPTE_COMPANIES_HOUSE_KEY"]
    assert world.source.asked == []
    assert world.store.read_watermark("companies_house") is None


@pytest.mark.slow
def test_a_nightly_then_a_backfill(world: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANDCOMPTE_COMPANIES_HOUSE_KEY", KEY)
    world.source.busy = 1
    report = world.ask(1)
    assert not report.is_refused, report.summary
    assert world.source.asked[-1].startswith(f"company/{TOOLS}/charges")
    assert world.store.read_watermark("companies_house") == instant_of(1)
    assert world.clock.passed >= (len(world.source.asked) - 1) / TERMS.requests_per_second
    appointments = world.read("appointments")
    assert (appointments.height, appointments["unit_key"].unique().to_list()) == (9, [TOOLS])
    assert world.read("relationships")["kind"].unique().to_list() == ["controlled_by"]
    changes = world.read("executive_change")
    told = changes.filter(pl.col("full_name").str.contains("(?i)quillworth|nimble|pettigrove"))
    assert told.filter(pl.col("kind") == "departed").is_empty(), told.to_dicts()  # back the next day; formation agents
    assert world.profile("Bramblewick Tools PLC")["country_code"] == "GB"
    keys = [entry.key + entry.url for entry in Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"]).entries()]
    assert keys
    assert not any(KEY in key for key in keys)

    first = len(world.source.asked)
    report = world.ask(2)
    assert not report.is_refused, report.summary
    assert len(world.source.asked) < first
    assert sum(report.sources[0].new_rows.values()) == 0

    report = world.ask(3, kind="backfill", accounts=None, since=date(2025, 12, 1), until=date(2026, 3, 1))
    assert not report.is_refused, report.summary
    assert sum(report.sources[0].new_rows.values()) == 0
    assert world.store.read_watermark("companies_house") == instant_of(2)


@pytest.mark.slow
def test_an_objection_reaches_offices_filings_and_raw_answers(
    world: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANDCOMPTE_COMPANIES_HOUSE_KEY", KEY)
    world.ask(1)
    assert "Quillworth" in str(world.read("notices").to_dicts())
    world.object("Quillworth", "Ambrose", birth_month="1975-07")
    world.object("Quillworth", "Ambrose", unit=TOOLS)
    world.ask(2)
    for table in ("appointments", "notices", "executive", "executive_change"):
        assert "quillworth" not in str(world.read(table).to_dicts()).lower(), table
    archive = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"])
    raw = [archive.load(entry) for entry in archive.entries("companies_house")]
    assert raw
    assert not any(b"quillworth" in answer.body.lower() for answer in raw)
