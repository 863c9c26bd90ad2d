"""Nights that ask EDGAR over loopback: no contact, a first night, a quiet one, a backfill; requests in budget."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer

from connectors.edgar import TERMS
from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from tests.flows.demo_nights import DemoWorld
from tests.flows.filing_server import HOLDINGS, FilingServer
from tests.flows.test_live_sources import Clock


class FilingWorld(DemoWorld):
    """One account in front of a living EDGAR."""

    def __init__(
        self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer, fixtures: Path
    ) -> None:
        super().__init__(folder, url, monkeypatch)
        self.accounts.write_text(
            "account_id,name,country,city\nB001,Bramblewick Holdings Corp,US,Sampletown\n", "utf-8"
        )
        self.source, self.clock = FilingServer(fixtures), Clock()
        server.expect_request(re.compile(".*")).respond_with_handler(self.source)
        monkeypatch.setenv("GRANDCOMPTE_EDGAR_URL", server.url_for("").rstrip("/"))
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)

    def ask(self, night: int, **more: object) -> NightReport:
        """That night's run over this source alone."""
        self.source.asked.clear()
        self.clock.start, self.clock.passed = instant_of(night), 0.0
        plan = NightPlan(instant=instant_of(night), accounts=self.accounts, sources=("edgar",))
        return play_night(replace(plan, **more))  # type: ignore[arg-type]


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, fixtures: Path
) -> Iterator[FilingWorld]:
    made = FilingWorld(tmp_path, sqlite_url, monkeypatch, httpserver, fixtures)
    yield made
    made.close()


def test_without_a_contact_it_is_left_out_in_one_line(world: FilingWorld) -> None:
    report = world.ask(1)
    assert not report.is_refused
    (note,) = report.sources[0].notes
    assert note.startswith("edgar: it wants a contact, not asked")
    assert world.source.asked == []


@pytest.mark.slow
def test_a_nightly_then_a_backfill(world: FilingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANDCOMPTE_CONTACT", "Example admin@example.org")
    world.source.busy = 1
    report = world.ask(1)
    assert not report.is_refused, report.summary
    assert world.source.agents == {"grandcompte/0.1.0 (+Example admin@example.org)"}
    assert world.store.read_watermark("edgar") == instant_of(1)
    assert world.clock.passed >= (len(world.source.asked) - 1) / TERMS.requests_per_second
    assert {row["officer_id"] for row in world.read("appointments").to_dicts()} == {"9900000303"}
    assert world.profile("Bramblewick Holdings Corp")["country_code"] == "US"
    first = len(world.source.asked)

    report = world.ask(2)
    assert not report.is_refused, report.summary
    assert len(world.source.asked) < first
    assert sum(report.sources[0].new_rows.values()) == 0

    report = world.ask(3, kind="backfill", accounts=None, since=date(2002, 1, 1), until=date(2002, 12, 31))
    assert not report.is_refused, report.summary
    assert f"/submissions/CIK{HOLDINGS}-submissions-001.json" in world.source.asked
    assert "2002-12-31" in {str(day) for day in world.read("notices")["published_on"]}
    assert world.store.read_watermark("edgar") == instant_of(2)
