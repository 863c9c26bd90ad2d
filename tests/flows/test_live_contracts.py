"""Nights that ask the sources of accounts and public contracts over loopback: nightly, backfill, and an objection."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors import boamp, decp, ratios, ted
from connectors.archive import Archive
from flows.demo.world import FRENCH_UNITS, instant_of
from flows.night import NightPlan, NightReport, play_night
from flows.objections import object_to_unit
from flows.runtime import open_runtime
from flows.settings import read_settings
from tests.connectors.test_decp import Catalogue
from tests.connectors.test_ratios import RatioServer
from tests.connectors.test_ted import TedServer
from tests.flows.demo_nights import DemoWorld
from tests.flows.test_live_sources import Clock

pytestmark = pytest.mark.slow
FIXTURES = Path(__file__).parents[1] / "fixtures"
SOURCES = ("boamp", "decp", "ratios", "ted")


class BoampServer:
    """Opendatasoft: the fixture's notices, each on its own day of the asked window."""

    def __init__(self, count: int) -> None:
        self.record = json.loads((FIXTURES / "boamp/records_page.json").read_bytes())["results"][1]
        self.count, self.asked, self.busy = count, [], 0

    def __call__(self, request: Request) -> Response:
        if self.busy:
            self.busy -= 1
            return Response("slow down", 429, {"Retry-After": "3"})
        query: dict[str, Any] = dict(request.args)
        self.asked.append(query)
        start, limit = int(query.get("offset", 0)), int(query["limit"])
        numbers = range(start, min(start + limit, self.count))
        found = [{**self.record, "idweb": f"26-{n:06d}", "id": f"26-{n:06d}"} for n in numbers]
        return Response(json.dumps({"total_count": self.count, "results": found}), content_type="application/json")


class ContractWorld(DemoWorld):
    """A database and an archive before four living sources."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, url, monkeypatch)
        self.clock = Clock()
        published = instant_of(1).date() - timedelta(days=3)
        self.boamp, self.ratios, self.decp = BoampServer(120), RatioServer(per_unit=3, first=2022), Catalogue()
        self.decp.published = published
        self.ted = TedServer((FIXTURES / "ted/eforms_award.xml").read_bytes(), 3)
        server.expect_request(f"/{boamp.RECORDS}").respond_with_handler(self.boamp)
        server.expect_request(f"/{ratios.RECORDS}").respond_with_handler(self.ratios)
        server.expect_request(f"/{decp.DATASET}").respond_with_handler(self.decp)
        server.expect_request("/files/decp.parquet").respond_with_handler(self.decp)
        server.expect_request("/robots.txt").respond_with_data("", 404)
        server.expect_request(f"/{ted.SEARCH}", method="POST").respond_with_handler(self.ted.search)
        server.expect_request(re.compile("/en/notice/.*")).respond_with_handler(self.ted.show)
        for source in SOURCES:
            monkeypatch.setenv(f"GRANDCOMPTE_{source.upper()}_URL", server.url_for("").rstrip("/"))
        monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
        monkeypatch.setattr("flows.runtime.now", self.clock.now)
        time = SimpleNamespace(monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        monkeypatch.setattr("flows.runtime.time", time)

    def ask(self, night: int, **backfill: Any) -> NightReport:
        self.clock.start = instant_of(night)
        plan = NightPlan(instant=instant_of(night), accounts=self.accounts, sources=SOURCES, **backfill)
        return play_night(plan)

    def requests(self) -> dict[str, int]:
        return {
            "boamp": len(self.boamp.asked), "decp": len(self.decp.asked), "ratios": len(self.ratios.asked),
            "ted": len(self.ted.asked) + len(self.ted.read),
        }  # fmt: skip


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[ContractWorld]:
    made = ContractWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    yield made
    made.close()


def test_a_night_then_a_backfill_each_within_its_budget(world: ContractWorld) -> None:
    world.boamp.busy = 1
    report = world.ask(1)
    assert {s.source: s.unavailable for s in report.sources} == dict.fromkeys(SOURCES)
    assert not report.is_refused
    first = world.requests()
    # a count and two pages; page and file; one question per 40 companies; two searches and three notices
    assert first == {"boamp": 3, "decp": 2, "ratios": first["ratios"], "ted": 5}
    assert 1 <= first["ratios"] <= 2
    awards = world.read("contract_awards")
    assert {source: rows.height for (source,), rows in awards.group_by("source")} == {"boamp": 240, "decp": 2, "ted": 6}
    assert world.read("financial_statements")["source"].unique().to_list() == ["ratios"]
    assert all(world.store.read_watermark(source) == instant_of(1) for source in SOURCES)
    assert world.clock.passed >= sum(first.values()) - 8  # at most one request a second and host

    report = world.ask(2)
    assert not report.is_refused
    assert world.requests()["decp"] == 3  # the same checksum: only the catalogue's page was asked
    assert world.read("contract_awards").height == awards.height

    marks = {source: world.store.read_watermark(source) for source in SOURCES}
    since = instant_of(1).date() - timedelta(days=40)
    report = world.ask(2, kind="backfill", since=since, until=since + timedelta(days=9))
    assert not report.is_refused
    assert f"dateparution >= date'{since - timedelta(days=3)}'" in world.boamp.asked[-1]["where"]
    assert f"{since - timedelta(days=1):%Y%m%d}" in world.ted.asked[-1]["query"]
    assert {source: world.store.read_watermark(source) for source in SOURCES} == marks


def test_a_company_s_accounts_reach_its_profile_by_siren(world: ContractWorld) -> None:
    world.play(1)  # the register's own records, offline
    before = {row["national_id"]: row["revenue_eur"] for row in world.read("prospect_profile").iter_rows(named=True)}
    siren = next(u.siren for u in FRENCH_UNITS.values() if u.siren in before)
    world.ask(2)
    told = world.read("financial_statements")
    assert siren in set(told.filter(source="ratios")["unit_key"])
    company = world.read("prospect_profile").filter(national_id=siren, entity_kind="company").to_dicts()
    assert [(row["revenue_eur"], row["revenue_scope"]) for row in company] == [(5e8 + 2, "legal")]


def test_who_objects_is_in_no_row_and_no_answer_of_these_sources(world: ContractWorld) -> None:
    world.ask(1)
    siren = "002800027"
    assert siren in set(world.read("contract_awards")["unit_key"])
    with open_runtime(read_settings(), instant_of(1)) as runtime:
        object_to_unit(runtime, "FR-RCS", siren, "objection")
    archive = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"])

    def named() -> set[str]:
        bodies = [archive.load(entry).body for source in SOURCES for entry in archive.entries(source)]
        texts = {body.decode("utf-8", "replace") for body in bodies}
        return {text[:80] for text in texts if siren in text}

    assert siren not in set(world.read("contract_awards")["unit_key"])
    assert named() == set()
    world.decp.checksum = "bb"
    world.ask(2)  # told again, withheld again
    assert siren not in set(world.read("contract_awards")["unit_key"])
    assert named() == set()
