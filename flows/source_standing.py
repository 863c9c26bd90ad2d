"""How a source stands: its terms, its budget, and what its last loads came to."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from connectors.contract import Connector
from flows import ledger
from flows.settings import Settings
from flows.store import Store

RUNS_LOOKED_AT = 200
REASONS_TOLD = 3
NEVER = {
    "watermark": None,
    "last_load": None,
    "last_load_age_days": None,
    "last_refusal": None,
    "last_refusal_at": None,
}


def terms_of(connector: Connector, settings: Settings) -> dict[str, Any]:
    """What the connector itself says, and whether the settings have its key."""
    terms = connector.terms
    return {
        "name": connector.name,
        "title": terms.title,
        "publisher": terms.publisher,
        "homepage": terms.homepage,
        "licence": terms.licence,
        "attribution": terms.attribution,
        "needs_key": terms.needs_key,
        "key_is_set": settings.has_key(connector.name),
        "requests_per_second": terms.requests_per_second,
        "own_limit": terms.own_limit,
        "personal_data": terms.personal_data,
        "retention_days": terms.retention_days,
        "checked_on": terms.checked_on.isoformat(),
        "writes": list(connector.writes),
    }


def standing_of(store: Store, at: datetime) -> dict[str, dict[str, Any]]:
    """By source: watermark, newest good load with its age at `at`, newest refusal with its instant and reason.

    Loads are told by their snapshots; that a source was down, or an answer refused as a whole, by the ledger.
    """
    snapshots = store.read_snapshots().sort("observed_at")
    refusals = [*refused_loads(snapshots), *refused_runs(store)]
    good = snapshots.filter("is_good").select("source", "observed_at")
    # pages of the open web are no load that one could hold against another: their sightings stand for them
    pages = store.read_last_seen("pages").select("source", observed_at="last_seen_at")
    loads: dict[str, datetime] = dict(pl.concat([good, pages]).group_by("source").max().iter_rows())
    watermarks = store.read("watermarks")
    until: dict[str, datetime | None] = dict(watermarks.select("source", "until").iter_rows())
    sources = {*loads, *until, *(source for source, _, _ in refusals)}
    return {source: _standing(source, loads, until, refusals, at) for source in sorted(sources)}


def _standing(
    source: str,
    loads: dict[str, datetime],
    until: dict[str, datetime | None],
    refusals: list[tuple[str, datetime, str]],
    at: datetime,
) -> dict[str, Any]:
    load, watermark = loads.get(source), until.get(source)
    refused_at, reason = max(((when, why) for name, when, why in refusals if name == source), default=(None, None))
    return {
        "watermark": watermark.isoformat() if watermark else None,
        "last_load": load.isoformat() if load else None,
        "last_load_age_days": max(0, (at - load) // timedelta(days=1)) if load else None,
        "last_refusal": reason,
        "last_refusal_at": refused_at.isoformat() if refused_at else None,
    }


def refused_loads(snapshots: pl.DataFrame) -> list[tuple[str, datetime, str]]:
    """Loads that were not believed (source, instant, reason)."""
    refused = snapshots.filter(~pl.col("is_good"), pl.col("reason").is_not_null())
    return list(refused.select("source", "observed_at", "reason").iter_rows())


def refused_runs(store: Store) -> list[tuple[str, datetime, str]]:
    """Sources that were down and answers that were refused, by the ledger (source, instant of the run, reasons)."""
    found = []
    for run in ledger.last_runs(store, RUNS_LOOKED_AT):
        for source, told in ((run.summary or {}).get("sources") or {}).items():
            reasons = [told.get("unavailable"), *(told.get("refused") or ())]
            if said := [reason for reason in reasons if reason]:
                more = f" (and {len(said) - REASONS_TOLD} more)" if len(said) > REASONS_TOLD else ""
                found.append((source, run.instant, "; ".join(said[:REASONS_TOLD]) + more))
    return found
