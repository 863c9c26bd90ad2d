"""The RNE over loopback: a first night, one with changes, one that runs out of requests, a backfill, and no key."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer

from connectors.archive import Archive
from connectors.rne import TERMS
from flows.demo.invented import siren
from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from tests.flows.demo_nights import DemoWorld
from tests.flows.rne_server import PASSWORD, USER, RneServer
from tests.flows.test_live_sources import Clock

pytestmark = pytest.mark.slow  # living servers, night after night: make check runs them

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rne"
ORVALIS, OPPOSED, GONE = siren(9001), siren(9002), siren(9005)
FIRST = instant_of(1)


class RneWorld(DemoWorld):
    """Three accounts in front of a living register."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, url, monkeypatch)
        page = [item["company"] for item in json.loads((FIXTURES / "diff_page.json").read_bytes())]
        company = json.loads((FIXTURES / "company.json").read_bytes())
        self.register, self.clock = RneServer(copy.deepcopy([company, *page])), Clock()
        server.expect_request(re.compile("/api/.*")).respond_with_handler(self.register)
        monkeypatch.setenv("GRANDCOMPTE_RNE_URL", server.url_for("/api"))
        monkeypatch.setenv("GRANDCOMPTE_RNE_KEY", f"{USER}:{PASSWORD}")
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)
        rows = [f"a{n},Account {n},{number}" for n, number in enumerate((ORVALIS, OPPOSED, GONE))]
        self.accounts.write_text("\n".join(["id,name,national_id", *rows]) + "\n", encoding="utf-8")

    def ask(self, day: int, **plan: object) -> NightReport:
        """The night so many days after the first one."""
        self.register.asked, self.register.logins = [], 0
        self.clock.start, self.clock.passed = FIRST + timedelta(days=day), 0.0
        return play_night(NightPlan(instant=self.clock.start, accounts=self.accounts, sources=("rne",), **plan))  # type: ignore[arg-type]

    def titles(self) -> set[str]:
        return {str(row["title"]) for row in self.read("appointments").to_dicts() if row["observed_to"] is None}


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[RneWorld]:
    made = RneWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    yield made
    made.close()


def test_nights_and_a_backfill_at_the_pace_of_the_register(world: RneWorld) -> None:
    report = world.ask(0)
    assert not report.is_refused
    # the holding that leads is not followed: persons lead as well
    assert world.register.paths() == [f"companies/{number}" for number in (ORVALIS, OPPOSED, GONE)]
    assert world.clock.passed >= 3 / TERMS.requests_per_second  # login and three companies
    assert world.store.read_watermark("rne") == FIRST
    assert len(world.titles()) == 8

    company = world.register.companies[ORVALIS]
    powers = company["formality"]["content"]["personneMorale"]["composition"]["pouvoirs"]
    powers.pop(3)  # Brenac, who held two offices
    company["updatedAt"] = "2026-03-02T18:00:00+01:00"
    world.register.changed = {ORVALIS: "2026-03-02"}
    world.register.acts = {ORVALIS: json.loads((FIXTURES / "attachments.json").read_bytes())}
    world.register.busy = 1
    report = world.ask(1)
    assert not report.is_refused
    assert world.register.paths() == ["companies/diff"] * 2 + [f"companies/{ORVALIS}/attachments", "companies/diff"]
    assert "Secrétaire général" not in world.titles()
    assert world.read("notices").filter(source="rne").height == 3  # two events and one act; a person's act is not kept

    since, until = FIRST.date() - timedelta(days=30), FIRST.date()
    report = world.ask(2, kind="backfill", since=since, until=until)
    assert not report.is_refused
    (question, *_) = [query for path, query in world.register.asked if path == "companies/diff"]
    assert (question["from"], question["to"]) == ([str(since - timedelta(days=1))], [str(until)])
    assert world.store.read_watermark("rne") == FIRST + timedelta(days=1)  # a backfill does not move it


def test_a_night_without_requests_left_is_finished_by_the_next_one(world: RneWorld) -> None:
    world.register.out_after = 1
    report = world.ask(0)
    assert report.is_refused
    assert world.store.read_watermark("rne") is None
    assert world.store.read_cursor("rne") == {"from": "2026-03-01", "to": "2026-03-01", "after": ""}
    assert set(world.read("legal_units")["source_key"]) == {ORVALIS}  # what was read is kept

    world.register.out_after = None
    assert not world.ask(1).is_refused
    assert world.register.paths() == ["companies/diff", f"companies/{OPPOSED}", f"companies/{GONE}"]
    assert world.store.read_cursor("rne") == {}
    assert world.store.read_watermark("rne") == FIRST + timedelta(days=1)


def test_who_opposed_is_kept_without_street_and_officers_even_in_the_archive(world: RneWorld) -> None:
    world.ask(0)
    (unit,) = [row for row in world.read("legal_units").to_dicts() if row["source_key"] == OPPOSED]
    assert (unit["diffusion"], unit["address_line"], unit["city"]) == ("P", None, "VALMIREUX")
    archive = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"])
    bodies = b"".join(archive.load(entry).body for entry in archive.entries("rne") if OPPOSED in entry.key)
    assert OPPOSED.encode() in bodies
    assert b"1955-12" not in bodies


def test_without_a_key_nothing_is_asked_and_one_line_says_so(world: RneWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRANDCOMPTE_RNE_KEY")
    report = world.ask(0)
    assert not report.is_refused
    assert (world.register.asked, world.register.logins) == ([], 0)
    (source,) = report.sources
    assert [note for note in source.notes if "GRANDCOMPTE_RNE_KEY" in note] == source.notes
    assert world.store.read_watermark("rne") is None


def test_password_and_token_stand_nowhere_on_the_disk(world: RneWorld, tmp_path: Path) -> None:
    world.ask(0)
    held = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert held
    assert not any(secret in path.read_bytes() for path in held for secret in (PASSWORD.encode(), b"token-0001"))
