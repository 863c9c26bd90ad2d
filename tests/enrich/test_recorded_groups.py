"""The groups that real recorded answers of GLEIF give; skipped where the recordings are not there."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from profile_factory import frame, golden

from connectors.contract import ListScope
from connectors.gleif import Gleif
from enrich.ownership import find_group_links, find_group_members, find_groups
from enrich.presence import find_presence_evidence, measure_presence
from schemas.frames import CurrentRelationship, EntityEstablishment, EntityRecord, ListCompleteness, ProfileMember
from schemas.provenance import Payload

FOLDERS = ("lei_records", "relationships", "reporting_exceptions")
ON = date(2025, 6, 1)


@pytest.fixture(scope="module")
def groups(shared: Path) -> dict[str, dict[str, Any]]:
    """Every group by its head's name: counts of entities and countries."""
    units, ties, scopes = read_answers(shared / "data" / "gleif" / "api_v1")
    entities = units.with_columns(entity_id=pl.lit("gce_") + pl.col("source_key"))
    records = frame(EntityRecord, [r | {"confidence": 1.0} for r in entities.iter_rows(named=True)])
    chosen = golden(*({"id": r["source_key"]} | r for r in entities.iter_rows(named=True)))
    members, broken = find_group_members(find_group_links(ties, records), chosen, on=ON)
    assert broken.is_empty()
    found = find_groups(members, scopes, records)
    profiles = profiles_of(members, found)
    sites = EntityEstablishment.create_empty()
    presence = measure_presence(
        find_presence_evidence(profiles, chosen, sites), profiles, chosen, sites, regions_of_home={"FR": 18}
    )
    named = found.join(chosen, left_on="head_entity_id", right_on="entity_id").join(
        presence, left_on="head_entity_id", right_on="profile_id"
    )
    return {row["name"]: row for row in named.iter_rows(named=True)}


def read_answers(folder: Path) -> tuple[pl.DataFrame, Any, Any]:
    units, ties, scopes = [], [], []
    for path in sorted(p for name in FOLDERS for p in (folder / name).glob("*.json")):
        if path.name.startswith("managing-lou"):
            continue  # the issuers of the identifiers, which the night does not ask for
        payload = Payload("gleif", path.stem, path.read_bytes())
        for batch in Gleif().parse(payload):
            units.append(batch.frames["legal_units"])
            ties.append(batch.frames["relationships"])
            scopes += batch.scopes
    seen = pl.lit(datetime(2025, 5, 15, tzinfo=UTC), pl.Datetime("us", "UTC"))
    current = pl.concat(ties).unique(["source", "source_key"], keep="first", maintain_order=True)
    return (
        pl.concat(units).unique("source_key", keep="first", maintain_order=True),
        CurrentRelationship.validate(current.with_columns(observed_from=seen)),
        frame(ListCompleteness, [completeness(scope) for scope in scopes]),
    )


def completeness(scope: ListScope) -> dict[str, Any]:
    whole = scope.pages == 1 and scope.total == len(scope.keys)
    return {"source": "gleif", "list_name": scope.name, "unit_key": scope.name.split(":")[1], "is_full": whole}


def profiles_of(members: pl.DataFrame, groups: pl.DataFrame) -> Any:
    rows = members.join(groups.select("head_entity_id", "is_complete"), on="head_entity_id").with_columns(
        profile_id=pl.col("head_entity_id"),
        entity_kind=pl.lit("group"),
        is_anchor=pl.col("entity_id") == pl.col("head_entity_id"),
    )
    return ProfileMember.validate(rows.select(ProfileMember.column_names()))


@pytest.mark.parametrize(("head", "besides", "countries"), [("PUMA SE", 13, 9), ("MICROSOFT CORPORATION", 14, 7)])
def test_whole_lists_give_counts(groups: dict[str, dict[str, Any]], head: str, besides: int, countries: int) -> None:
    group = groups[head]
    assert (group["entity_count"], group["countries_count"]) == (besides + 1, countries)
    assert group["is_complete"]


@pytest.mark.parametrize("head", ["SHELL PLC", "COMMERZBANK Aktiengesellschaft"])
def test_a_cut_list_is_never_a_count(groups: dict[str, dict[str, Any]], head: str) -> None:
    group = groups[head]
    assert (group["entity_count"], group["countries_count"], group["is_complete"]) == (None, None, False)
    assert group["known_entity_count"] > 15
