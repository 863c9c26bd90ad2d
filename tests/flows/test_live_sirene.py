"""The Sirene API over loopback: a first night, updates by day, the first of a month, a backfill, and no key."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer

from connectors.sirene import TERMS
from flows.demo.invented import siren, siret
from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from tests.flows.demo_nights import DemoWorld
from tests.flows.sirene_server import KEY, SireneServer
from tests.flows.test_live_sources import Clock

pytestmark = pytest.mark.slow  # living servers, night after night: make check runs them

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sirene"
ORVALIS, OPPOSED, NATURAL = siren(9001), siren(9012), siren(9013)
FIRST = instant_of(1)  # 2026-03-02


class SireneWorld(DemoWorld):
    """Three accounts in front of a living directory."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, url, monkeypatch)
        sites = json.loads((FIXTURES / "siret_page.json").read_bytes())["etablissements"]
        self.directory, self.clock = SireneServer(copy.deepcopy(sites), page=2), Clock()
        server.expect_request(re.compile("/api-sirene/3.11/.*")).respond_with_handler(self.directory)
        monkeypatch.setenv("GRANDCOMPTE_SIRENE_URL", server.url_for("/api-sirene/3.11"))
        monkeypatch.setenv("GRANDCOMPTE_SIRENE_KEY", KEY)
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)
        rows = [f"a{n},Account {n},{number}" for n, number in enumerate((ORVALIS, OPPOSED, NATURAL))]
        self.accounts.write_text("\n".join(["id,name,national_id", *rows]) + "\n", encoding="utf-8")

    def ask(self, at: datetime, **plan: object) -> NightReport:
        """The night at this instant; the directory was brought up to date that morning."""
        self.directory.asked, self.directory.fresh = [], str(at.date())
        self.clock.start, self.clock.passed = at, 0.0
        return play_night(NightPlan(instant=at, accounts=self.accounts, sources=("sirene",), **plan))  # type: ignore[arg-type]

    def days(self) -> set[str]:
        """The days whose updates were asked for."""
        return {
            day for question in self.directory.questions() for day in re.findall(r":([0-9]{4}-[0-9-]{5})", question)
        }


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[SireneWorld]:
    made = SireneWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    yield made
    made.close()


def test_nights_by_day_and_a_backfill_at_the_pace_of_the_directory(world: SireneWorld) -> None:
    report = world.ask(FIRST)
    assert not report.is_refused
    assert world.days() == set()
    assert world.clock.passed >= (len(world.directory.asked) - 1) / TERMS.requests_per_second
    assert set(world.read("establishments")["source_key"]) >= {siret(ORVALIS, n) for n in (1, 2, 3)}
    assert world.store.read_cursor("sirene") == {"read_until": "2026-03-01"}

    closed = world.directory.sites[2]
    closed["dateDernierTraitementEtablissement"] = "2026-03-02T20:00:00"
    closed["periodesEtablissement"][0] |= {"dateDebut": "2026-02-28", "etatAdministratifEtablissement": "F"}
    world.directory.busy = 1
    report = world.ask(FIRST + timedelta(days=1))
    assert not report.is_refused
    assert world.days() == {"2026-03-01", "2026-03-02"}
    (site,) = [
        row
        for row in world.read("establishments").to_dicts()
        if row["source_key"] == siret(ORVALIS, 3) and row["observed_to"] is None
    ]
    assert (site["site_status"], site["closed_on"]) == ("closed", date(2026, 2, 28))

    report = world.ask(FIRST + timedelta(days=2), kind="backfill", since=date(2026, 2, 10), until=date(2026, 2, 12))
    assert not report.is_refused
    assert world.days() == {"2026-02-10", "2026-02-11", "2026-02-12"}
    assert world.store.read_cursor("sirene") == {"read_until": "2026-03-02"}  # a backfill does not move it


def test_the_first_of_a_month_is_left_out_and_its_days_are_read_the_day_after(world: SireneWorld) -> None:
    world.ask(datetime(2026, 3, 30, 6, tzinfo=FIRST.tzinfo))
    report = world.ask(datetime(2026, 4, 1, 6, tzinfo=FIRST.tzinfo))
    assert not report.is_refused
    assert world.directory.asked == []
    world.ask(datetime(2026, 4, 2, 6, tzinfo=FIRST.tzinfo))
    assert world.days() == {"2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01"}


def test_without_a_key_nothing_is_asked(world: SireneWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRANDCOMPTE_SIRENE_KEY")
    report = world.ask(FIRST)
    assert not report.is_refused
    assert world.directory.asked == []
    assert "GRANDCOMPTE_SIRENE_KEY" in " ".join(report.sources[0].notes)


def test_the_key_stands_nowhere_on_the_disk(world: SireneWorld, tmp_path: Path) -> None:
    world.ask(FIRST)
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
