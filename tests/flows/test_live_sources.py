"""A night that asks registers, index and legal notices over loopback, and one on which a source is out of order."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from connectors.archive import Archive
from flows import ledger
from flows.demo.notice_answers import PATH, first_night, second_night
from flows.demo.world import FRENCH_UNITS, HEADS, LEI_ENTITIES, instant_of, ultimate_children
from schemas.vocabulary import RunState
from tests.flows.command_line import CommandLine, Ended, call
from tests.flows.demo_nights import DemoWorld
from tests.flows.live_world import FrenchRegister, LeiIndex
from tests.flows.notice_server import NoticeServer

__all__ = ["call"]

SOURCES = ("recherche_entreprises", "gleif")


class Clock:
    """Time that passes when somebody waits, and a little with every look at it."""

    def __init__(self) -> None:
        self.start = instant_of(1)
        self.passed = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        self.passed += 0.001
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


class LiveWorld(DemoWorld):
    """The demo's accounts in front of two living sources."""

    def __init__(self, folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, database_url, monkeypatch)
        self.french, self.index, self.clock = FrenchRegister(), LeiIndex(), Clock()
        self.notices = NoticeServer([*first_night(), *second_night()])
        server.expect_request("/search").respond_with_handler(self.french)
        server.expect_request(re.compile("/api/v1/.*")).respond_with_handler(self.index)
        server.expect_request(f"/{PATH}").respond_with_handler(self.notices)
        monkeypatch.setenv("GRANDCOMPTE_BODACC_URL", server.url_for("").rstrip("/"))
        monkeypatch.setenv("GRANDCOMPTE_RECHERCHE_ENTREPRISES_URL", server.url_for(""))
        monkeypatch.setenv("GRANDCOMPTE_GLEIF_URL", server.url_for("/api/v1"))
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        monkeypatch.setattr(
            "flows.runtime.time", SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        )
        monkeypatch.setattr("flows.nightly.nightly", without_prefect)
        # no site stands at the accounts' domains here; tests/connectors/test_website.py has one
        monkeypatch.setattr("flows.universe.open_domains", lambda *_: ())

    def run(self, call: CommandLine, night: int, *, later: timedelta = timedelta(0)) -> Ended:
        """The command, on that night."""
        self.french.night = self.index.night = night
        self.french.asked, self.index.asked = [], []
        self.notices.asked.clear()
        self.clock.start, self.clock.passed = instant_of(night) + later, 0.0
        ended = call("run", "--accounts", self.accounts, "--sources", ",".join((*SOURCES, "bodacc")))
        said = ended.err.splitlines()
        assert said[0].startswith("Prefect cannot be used (")
        assert said[1].startswith("private addresses are ALLOWED (GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES=1)")
        return Ended(ended.code, ended.out, "\n".join(said[2:]))

    def archived(self, source: str, night: int) -> set[str]:
        """What was asked of a source that night, by the archive."""
        entries = Archive(self.environment["GRANDCOMPTE_ARCHIVE_URL"]).entries(source)
        return {e.key for e in entries if e.fetched_at and e.fetched_at.date() == instant_of(night).date()}

    def rows_of(self, source: str) -> list[str]:
        """Every observed row of a source."""
        tables = ("legal_units", "establishments", "appointments", "relationships", "financial_statements")
        return [str(row) for name in tables for row in self.read(name).filter(pl.col("source") == source).rows()]


def without_prefect(**_parameters: object) -> None:
    raise RuntimeError("Failed to reach API at http://127.0.0.1:1/api/")


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[LiveWorld]:
    made = LiveWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    yield made
    made.close()


def test_living_sources_are_asked_archived_and_published(world: LiveWorld, call: CommandLine) -> None:
    ended = world.run(call, 1)
    assert (ended.code, ended.err) == (0, "")
    assert "run nightly-20260302T021500Z: done" in ended.out
    french, index = (world.archived(name, 1) for name in SOURCES)
    assert {world.store.read_watermark(name) for name in SOURCES} == {instant_of(1)}

    # the categories of the rule, then names of accounts without a number; nobody twice
    assert {f"search?categorie_entreprise={c}&etat_administratif=A&page=1&per_page=25" for c in ("GE", "ETI")} < french
    assert "search?page=1&per_page=25&q=Halkinor%20France" in french
    assert not any(unit.siren in key for unit in FRENCH_UNITS.values() for key in french)
    # whom the first source told of is looked up at the second one in the same night
    assert all(f"registeredAs]={FRENCH_UNITS[key].siren}" in " ".join(index) for key in ("ancelvaux", "ostrevigne"))
    assert any(key.startswith(f"lei-records/{LEI_ENTITIES['halquinor'].lei}/direct-children?") for key in index)
    waited = len(world.french.asked) / 5.0 + len(world.index.asked) / 0.8 + len(world.notices.asked) / 2.0
    assert world.profile("Sanvadour Sante", "company")["risk_flags"] == "insolvency"
    assert world.clock.passed == pytest.approx(waited, rel=0.1)  # each source was asked at its own pace

    expected = {LEI_ENTITIES[key].name.casefold(): len(ultimate_children(key, 1)) for key in HEADS}
    assert {name.casefold(): count for name, count in groups(world).items()} == expected
    matched = world.read("account_match").filter(pl.col("match_status") == "matched")
    assert {"A001", "A004", "A006", "A010", "A013"} <= set(matched["account_id"])
    # answers are later than the run's instant, and still they count in this run
    known_payloads = world.read("payloads")
    assert min(known_payloads["fetched_at"].to_list()) > instant_of(1)
    assert world.read("executive").filter("is_current").height > 20
    assert set(world.read("executive")["payload_sha256"]) <= set(known_payloads["sha256"])


def test_the_same_answers_an_hour_later_change_nothing(world: LiveWorld, call: CommandLine) -> None:
    world.run(call, 1)
    before = world.read("prospect_profile")
    ended = world.run(call, 1, later=timedelta(hours=1))
    assert (ended.code, ended.err) == (0, "")
    assert " feed rows 0," in ended.out
    assert world.read("prospect_profile").equals(before)
    assert world.read("executive_change").is_empty()


def test_a_source_that_is_down_harms_no_other_and_loses_nothing(world: LiveWorld, call: CommandLine) -> None:
    world.run(call, 1)
    index_before, groups_before = world.rows_of("gleif"), groups(world)
    world.index.is_down = True
    ended = world.run(call, 2)
    assert ended.code == 3
    (line,) = ended.err.splitlines()
    assert re.match(r"unavailable  gleif: gleif: localhost:\d+/\S+: the source answers 500 \(attempt 4 of 4\)", line)
    assert len(world.index.asked) == 4  # one question, and no other after it
    assert world.archived("gleif", 2) == set()
    assert (world.rows_of("gleif"), groups(world)) == (index_before, groups_before)
    assert world.store.read_watermark("gleif") == instant_of(1)
    assert world.store.read_watermark("recherche_entreprises") == instant_of(2)
    told = {(row["kind"], row["status"]) for row in world.read("executive_change").to_dicts()}
    assert told == {("appointed", "new"), ("departed", "held"), ("title_changed", "new")}

    world.index.is_down, world.french.is_down = False, True
    french_before, executives = world.rows_of("recherche_entreprises"), world.read("executive")
    ended = world.run(call, 3)
    assert ended.code == 3
    assert ended.err.startswith("unavailable  recherche_entreprises: recherche_entreprises: localhost:")
    assert world.rows_of("recherche_entreprises") == french_before
    assert world.read("executive").equals(executives)  # a night without an answer misses nobody
    assert world.store.read_watermark("recherche_entreprises") == instant_of(2)
    assert world.store.read_watermark("gleif") == instant_of(3)
    grown = [name for name, count in groups(world).items() if count > groups_before[name]]
    assert len(grown) == 1  # the subsidiary abroad that came on the second night
    assert [run.state for run in ledger.last_runs(world.store, 9)] == [
        RunState.DEGRADED,
        RunState.DEGRADED,
        RunState.DONE,
    ]


def groups(world: LiveWorld) -> dict[str, int]:
    rows = world.read("prospect_profile").filter(pl.col("entity_kind") == "group")
    return dict(rows.select("name", "group_entity_count").iter_rows())
