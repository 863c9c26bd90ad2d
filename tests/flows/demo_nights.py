"""The demo's invented world in a folder and database of its own, played night by night without Prefect."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from connectors.archive import Archive
from flows.demo.accounts import accounts_csv
from flows.demo.payloads import demo_payloads
from flows.demo.world import instant_of
from flows.night import NightPlan, NightReport, play_night
from flows.objections import object_to_person
from flows.runtime import open_runtime
from flows.settings import read_settings
from flows.store import Store
from schemas.tables import metadata

PEPPER = "a pepper for tests only, never for real people"
LEDGER = {"run", "run_lock"}  # wall-clock times stand here and nowhere else


class DemoWorld:
    """One database and one archive; `play(n)` brings night n's answers and runs it."""

    def __init__(self, folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.database_url = folder, database_url
        self.environment = {
            "GRANDCOMPTE_DATABASE_URL": database_url,
            "GRANDCOMPTE_ARCHIVE_URL": str(folder / "archive"),
            "GRANDCOMPTE_PEPPER": PEPPER,
        }
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        Store.migrate(database_url)
        self.accounts = folder / "accounts.csv"
        self.accounts.write_text(accounts_csv(), encoding="utf-8")
        self.store = Store.open(database_url)

    def bring(self, night: int) -> None:
        """Put the night's answers into the archive."""
        archive = Archive(self.environment["GRANDCOMPTE_ARCHIVE_URL"])
        for payload in demo_payloads(night):
            archive.put(payload)

    def plan(self, night: int) -> NightPlan:
        """The night, offline, at its own instant."""
        return NightPlan(instant=instant_of(night), accounts=self.accounts, offline=True)

    def play(self, night: int) -> NightReport:
        """Bring the night and run it."""
        self.bring(night)
        return play_night(self.plan(night))

    def object(self, family: str, given: str, *, birth_month: str | None = None, unit: str | None = None) -> int:
        """A person objects."""
        with open_runtime(read_settings(), instant_of(1)) as runtime:
            return object_to_person(runtime, family, given, birth_month, unit, "objection")

    def read(self, table: str) -> pl.DataFrame:
        """A table as it stands."""
        return self.store.read(table)

    def profile(self, name: str, kind: str | None = None) -> dict[str, object]:
        """The one published row of this name."""
        rows = self.read("v_prospect").filter(pl.col("name") == name)
        if kind is not None:
            rows = rows.filter(pl.col("entity_kind") == kind)
        (row,) = rows.to_dicts()
        return row

    def rows(self) -> dict[str, list[str]]:
        """Every table but the ledger as sorted JSON lines: equal on both databases when the rows are."""
        return {
            table: sorted(json.dumps(row, sort_keys=True, default=str) for row in self.read(table).to_dicts())
            for table in sorted(metadata.tables)
            if table not in LEDGER
        }

    def digest(self) -> str:
        """One fingerprint of all that is stored."""
        return hashlib.sha256(json.dumps(self.rows(), sort_keys=True).encode()).hexdigest()

    def close(self) -> None:
        """Give the connections back."""
        self.store.close()
