"""One night over the recorded real answers beside the checkout: the acceptance lines of the issue as numbers.

No file and no name of a person from there stands here; what is asserted is counts, identifiers of large companies and
the absence of what may not be shown.
"""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.commands.archive import import_answers
from flows.errors import EXIT_REFUSED
from flows.night import NightPlan, NightReport, play_night
from flows.store import Store
from schemas.tables import metadata
from tests.flows.demo_nights import LEDGER

INSTANT = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
DANONE, LA_POSTE, RATP = "552032534", "356000000", "775663438"
OPPOSED_PERSON = "300025764"
PUMA, MICROSOFT = "529900GRZ2BQY5ZM9N49", "INR2EJN1ERAN0W5ZP974"
SHELL, COMMERZBANK = "21380068P1DRHMJ8KU70", "851WYGNLUQLFZBSYGB56"
PUBLISHED = (
    "prospect_profile", "profile_change", "profile_timing", "profile_check", "profile_evidence", "field_provenance",
    "score_detail", "executive", "executive_change", "group_link", "presence_evidence", "account_match",
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """What one import and one night made of the recorded answers."""

    store: Store
    night: NightReport
    exits: dict[str, int]
    told: dict[str, str]
    refused: dict[str, list[str]]

    def group(self, lei: str) -> dict[str, Any]:
        """The group profile whose head has this LEI."""
        return self._only(pl.col("lei") == lei, "group")

    def company(self, siren: str) -> dict[str, Any]:
        """The company profile of this SIREN."""
        return self._only((pl.col("national_id") == siren) & (pl.col("national_id_scheme") == "FR-RCS"), "company")

    def _only(self, which: pl.Expr, kind: str) -> dict[str, Any]:
        (row,) = self.store.read("prospect_profile").filter(which, pl.col("entity_kind") == kind).to_dicts()
        return row

    def rows(self, *tables: str) -> str:
        """These tables, or all but the ledger, as text."""
        names = tables or tuple(name for name in metadata.tables if name not in LEDGER)
        return "\n".join(json.dumps(row, default=str) for name in names for row in self.store.read(name).to_dicts())


@pytest.fixture(scope="module")
def recorded(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("recorded")
    url = f"sqlite:///{folder / 'grandcompte.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRANDCOMPTE_DATABASE_URL", url)
        patch.setenv("GRANDCOMPTE_ARCHIVE_URL", str(folder / "archive"))
        patch.setenv("GRANDCOMPTE_PEPPER", "a pepper for tests only, never for real people")
        patch.chdir(folder)
        exits, told, refused = import_all(shared / "data")
        Store.migrate(url)
        night = play_night(NightPlan(instant=INSTANT, offline=True))
    with Store.open(url) as store:
        yield Recorded(store, night, exits, told, refused)


def import_all(data: Path) -> tuple[dict[str, int], dict[str, str], dict[str, list[str]]]:
    """Import both folders; exit codes, what was said, and the refusals by source."""
    exits, told, refused = {}, {}, {}
    for source, folder, unwrap in (
        ("recherche_entreprises", data / "recherche_entreprises", "result"),
        ("gleif", data / "gleif" / "api_v1", None),
    ):
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained):
            exits[source] = import_answers([folder], source, unwrap)
        told[source] = said.getvalue()
        refused[source] = complained.getvalue().splitlines()
    return exits, told, refused


def test_answers_are_archived_and_what_is_none_is_refused_by_name(recorded: Recorded) -> None:
    assert recorded.exits == dict.fromkeys(("recherche_entreprises", "gleif"), EXIT_REFUSED)
    assert "43 answers archived" in recorded.told["recherche_entreprises"]
    refused = recorded.refused["recherche_entreprises"]
    assert len(refused) == 27
    assert sum("snap__" in line for line in refused) == 24
    assert all(".json: " in line for line in refused)  # one line each: file and reason
    assert "104 answers archived" in recorded.told["gleif"]
    assert len(recorded.refused["gleif"]) == 78
    assert {source.source: source.payloads for source in recorded.night.sources if source.payloads} == {
        "recherche_entreprises": 43,
        "gleif": 104,
    }


def test_every_record_is_parsed_or_in_quarantine_with_its_reason(recorded: Recorded) -> None:
    counts = {s.source: (s.records, s.parsed.total(), s.quarantined) for s in recorded.night.sources if s.payloads}
    assert counts == {"recherche_entreprises": (518, 517, 1), "gleif": (409, 409, 0)}
    quarantine = recorded.store.read("quarantine")
    assert quarantine.height == 1
    assert "no SIREN" in quarantine["reason"][0]
    assert not any(source.refused_payloads or source.unknown_fields for source in recorded.night.sources)


@pytest.mark.parametrize("siren", [DANONE, LA_POSTE, RATP])
def test_large_companies_have_profiles_with_executives_and_no_auditor(recorded: Recorded, siren: str) -> None:
    company = recorded.company(siren)
    mandates = recorded.store.read("executive").filter(pl.col("profile_id") == company["profile_id"])
    assert company["executives_count"] == mandates.filter(pl.col("officer_kind") == "person")["person_id"].n_unique()
    assert company["executives_count"] > 10
    assert not mandates["role"].is_in(["auditor", "deputy_auditor"]).any()
    assert not mandates["office_group"].str.contains("audit").any()
    assert not mandates["title"].str.to_lowercase().str.contains("commissaire aux comptes").any()


@pytest.mark.parametrize(("lei", "entities", "countries"), [(PUMA, 13, 9), (MICROSOFT, 14, 7)])
def test_a_group_whose_lists_are_whole_is_counted(recorded: Recorded, lei: str, entities: int, countries: int) -> None:
    group = recorded.group(lei)
    assert (group["group_entity_count"], group["countries_count"]) == (entities, countries)
    assert len(group["countries"].split(";")) == countries
    assert group["group_is_complete"] is True


@pytest.mark.parametrize("lei", [SHELL, COMMERZBANK])
def test_a_list_cut_by_paging_is_never_shown_as_a_count(recorded: Recorded, lei: str) -> None:
    group = recorded.group(lei)
    assert group["group_is_complete"] is False
    assert [group[name] for name in ("group_entity_count", "group_depth", "countries_count")] == [None] * 3
    assert any(lei in name for source in recorded.night.sources for name in source.incomplete)


def test_a_natural_person_under_p_has_no_profile_and_no_row(recorded: Recorded) -> None:
    assert OPPOSED_PERSON not in recorded.rows()
    assert recorded.store.read("tombstone").is_empty()  # it was never published
    assert recorded.store.read("suppression")["scope"].to_list() == ["diffusion"]
    (report,) = [source for source in recorded.night.sources if source.source == "recherche_entreprises"]
    assert report.withheld == 1


def test_nothing_private_is_published(recorded: Recorded, shared: Path) -> None:
    published = recorded.rows(*PUBLISHED)
    appointments = recorded.store.read("appointments")
    months = set(appointments["birth_month"].drop_nulls())
    assert len(months) > 50
    assert [month for month in months if month in published] == []
    # a key of the observed layer holds names and a birth month
    assert [key for key in appointments["source_key"] if key in published] == []
    columns = {column.name for name in PUBLISHED for column in metadata.tables[name].columns}
    assert not [name for name in columns if "birth" in name or ("nation" in name and name not in NATIONAL)]
    told = nationalities(shared)
    assert told
    assert [word for word in told if f'"{word}"' in published] == []
    natural = recorded.store.read("legal_units").filter("is_natural_person")
    assert natural.height >= 1
    assert natural["address_line"].null_count() == natural.height
    homes = recorded.store.read("establishments").join(
        natural.select("source", pl.col("source_key").alias("unit_key")), on=["source", "unit_key"], how="semi"
    )
    assert homes["address_line"].null_count() == homes.height
    profiles = recorded.store.read("prospect_profile").filter(
        pl.col("national_id").is_in(natural["national_id"].to_list())
    )
    assert profiles["hq_address"].null_count() == profiles.height


NATIONAL = ("national_id", "national_id_scheme")


def nationalities(shared: Path) -> set[str]:
    """Every nationality that the recorded answers give to an officer."""
    found: set[str] = set()
    for path in (shared / "data" / "recherche_entreprises").glob("*.json"):
        collect(json.loads(path.read_bytes()), found)
    return found


def collect(value: Any, found: set[str]) -> None:
    """Walk through an answer."""
    if isinstance(value, list):
        for part in value:
            collect(part, found)
    elif isinstance(value, dict):
        told = value.get("nationalite")
        if isinstance(told, str) and "DIFFUSIBLE" not in told:
            found.add(told)
        for part in value.values():
            collect(part, found)
