"""The rows that ingest writes beside the observations: register of payloads, quarantine, how complete loads were."""

import json
from datetime import datetime

import polars as pl

from flows.loads import Verdict
from flows.readings import ReadPayload


def payload_rows(night: list[ReadPayload]) -> pl.DataFrame:
    """The register of payloads: what evidence points to."""
    return pl.DataFrame(
        [
            {
                "source": item.payload.source,
                "sha256": item.sha256,
                "key": item.payload.key,
                "url": item.payload.url,
                "fetched_at": item.payload.fetched_at,
                "observed_from": item.observed_from,
            }
            for item in night
        ],
        schema={
            "source": pl.String,
            "sha256": pl.String,
            "key": pl.String,
            "url": pl.String,
            "fetched_at": pl.Datetime("us", "UTC"),
            "observed_from": pl.Datetime("us", "UTC"),
        },
    )


def quarantine_rows(
    source: str, night: list[ReadPayload], instant: datetime, unnamed: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Every record that could not be read, with its reason; none of a unit that may not be named."""
    return pl.DataFrame(
        [
            {
                "source": source,
                "payload_sha256": item.sha256,
                "source_key": rejected.source_key or f"#{number}",
                "reason": rejected.reason,
                "first_seen_at": instant,
            }
            for item in night
            for number, rejected in enumerate(item.batch.rejected, start=1)
            if not (rejected.source_key or "").startswith(unnamed)
        ],
        schema={
            "source": pl.String,
            "payload_sha256": pl.String,
            "source_key": pl.String,
            "reason": pl.String,
            "first_seen_at": pl.Datetime("us", "UTC"),
        },
    )


def snapshot_rows(source: str, verdicts: list[Verdict]) -> pl.DataFrame:
    """How complete each load was and what it held; of one judged before the earlier word stands."""
    return pl.DataFrame(
        [
            {
                "source": source,
                "scope": v.load.name,
                "observed_at": v.load.observed_at,
                "kind": v.load.kind.value,
                "frame": v.load.frame,
                "unit_key": v.load.unit_key,
                "night": v.load.observed_at.date(),
                "is_full": v.load.is_full,
                "is_good": v.is_good,
                "count": len(v.load.keys),
                "reason": v.refusal,
                "records": v.measure.records if v.measure else None,
                "quarantined": v.measure.quarantined if v.measure else None,
                "filled": json.dumps(v.measure.filled, sort_keys=True) if v.measure else None,
                "released_by": v.released_by,
            }
            for v in verdicts
            if not v.is_old
        ],
        schema={
            "source": pl.String,
            "scope": pl.String,
            "observed_at": pl.Datetime("us", "UTC"),
            "kind": pl.String,
            "frame": pl.String,
            "unit_key": pl.String,
            "night": pl.Date,
            "is_full": pl.Boolean,
            "is_good": pl.Boolean,
            "count": pl.Int32,
            "reason": pl.String,
            "records": pl.Int32,
            "quarantined": pl.Int32,
            "filled": pl.String,
            "released_by": pl.String,
        },
    )
