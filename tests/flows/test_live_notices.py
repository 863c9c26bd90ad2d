"""Nights that ask BODACC over loopback: paging, days beyond what it shows, 429, and answers that are none."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer

from connectors import bodacc
from connectors.archive import Archive
from flows.demo.notice_answers import PATH, notice
from flows.demo.world import FRENCH_UNITS, instant_of
from flows.night import NightPlan, NightReport, play_night
from tests.flows.demo_nights import DemoWorld
from tests.flows.notice_server import NoticeServer
from tests.flows.test_live_sources import Clock

pytestmark = pytest.mark.slow  # living servers, night after night: make check runs them

LAST = instant_of(1).date()
SHOWN = 200  # what the server shows of one question; the real one 10,000


def notices(day: date, publication: str, count: int) -> list[dict[str, object]]:
    accounts = {"dateCloture": "2025-12-31", "typeDepot": "Comptes annuels", "descriptif": None}
    unit = FRENCH_UNITS["ostrevigne"]
    return [notice(publication, day, number, "dpc", unit, depot=accounts) for number in range(1, count + 1)]


class NoticeWorld(DemoWorld):
    """A database and an archive in front of a living BODACC."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, url, monkeypatch)
        self.source, self.clock = NoticeServer(most_shown=SHOWN), Clock()
        server.expect_request(f"/{PATH}").respond_with_handler(self.source)
        monkeypatch.setenv("GRANDCOMPTE_BODACC_URL", server.url_for("").rstrip("/"))
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)
        monkeypatch.setattr(bodacc, "MOST_SHOWN", SHOWN)

    def ask(self, night: int) -> NightReport:
        """That night's run over this source alone."""
        self.source.asked.clear()
        self.clock.start = instant_of(night)
        return play_night(NightPlan(instant=instant_of(night), sources=("bodacc",)))

    def keys(self) -> set[str]:
        return set(self.read("notices")["notice_key"])


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[NoticeWorld]:
    made = NoticeWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    yield made
    made.close()


def test_three_months_first_and_then_three_days_again(world: NoticeWorld) -> None:
    old, late = LAST - timedelta(days=92), LAST - timedelta(days=2)
    world.source.notices = [*notices(old - timedelta(days=1), "B", 1), *notices(old, "B", 1), *notices(LAST, "A", 120)]
    report = world.ask(1)
    assert not report.is_refused
    assert len(world.keys()) == 121
    assert [query["offset"] for query in world.source.asked] == ["0", "100"]
    assert world.store.read_watermark("bodacc") == instant_of(1)

    world.source.notices += notices(late, "C", 1)  # published late, under an older date
    report = world.ask(2)
    assert len(world.keys()) == 122
    (where,) = {query["where"] for query in world.source.asked}
    assert re.findall(r"[0-9-]{10}", where) == [str(LAST - timedelta(days=3)), str(LAST + timedelta(days=1))]


def test_days_beyond_what_is_shown_are_read_by_publication_and_number(world: NoticeWorld) -> None:
    busy = [n for p, count in (("A", 30), ("B", 150), ("C", 140)) for n in notices(LAST, p, count)]
    world.source.notices = [*busy, *notices(LAST - timedelta(days=1), "B", 130)]
    report = world.ask(1)
    assert not report.is_refused
    assert len(world.keys()) == 450
    assert any("numeroannonce > 99" in query.get("where", "") for query in world.source.asked)
    payloads = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"]).entries("bodacc")
    assert len({entry.key for entry in payloads}) == len(world.source.asked)  # every answer is archived


def test_too_many_requests_are_waited_out(world: NoticeWorld) -> None:
    world.source.notices, world.source.busy = notices(LAST, "B", 1), 1
    report = world.ask(1)
    assert not report.is_refused
    assert len(world.source.asked) == 2
    assert world.clock.passed >= 3  # Retry-After


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"is_down": True}, "the source answers 500"),
        ({"broken": b"<html>maintenance</html>"}, "no JSON"),
        ({"broken": b'{"error_code": "ODSQLError", "message": "x"}'}, "answers with an error"),
        ({"broken": b'{"nhits": 0, "records": []}'}, "expected an answer of v2.1"),
        ({"ignores_offset": True}, "ignores the offset"),
    ],
)
def test_a_source_out_of_order_loses_no_day(world: NoticeWorld, fault: dict[str, object], reason: str) -> None:
    world.source.notices = notices(LAST, "B", 101)
    for name, value in fault.items():
        setattr(world.source, name, value)
    (source,) = world.ask(1).sources
    assert reason in str(source.unavailable)
    assert world.store.read_watermark("bodacc") is None

    world.source.is_down, world.source.broken, world.source.ignores_offset = False, None, False
    assert not world.ask(2).is_refused
    assert len(world.keys()) == 101
