"""Short ways to write observed rows in tests: invented companies, instants by day number."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from schemas.frames import OBSERVED_FRAMES

EPOCH = datetime(2025, 1, 1, 2, tzinfo=UTC)
DEFAULTS: dict[str, Any] = {
    "other_names": [],
    "is_natural_person": False,
    "diffusion": "O",
    "life_status": "active",
}


def day(number: float) -> datetime:
    """The instant of the night of that number."""
    return EPOCH + timedelta(days=number)


def seen(name: str, at: float, *, key: str = "001", source: str = "registry", **values: Any) -> dict[str, Any]:
    """One legal unit as seen on a night; the payload is named after what it says and when."""
    stamps = {"observed_from": day(at), "fetched_at": day(at), "payload_sha256": f"{name}-{at}"}
    return {**DEFAULTS, "source": source, "source_key": key, "name": name, **stamps, **values}


def units(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Legal units with the stamps that ingest gives them."""
    frame = OBSERVED_FRAMES["legal_units"]
    schema = {name: column.dtype for name, column in frame.columns().items()}
    instant = pl.Datetime("us", "UTC")
    stamps = {"observed_from": instant, "fetched_at": instant, "payload_sha256": pl.String()}
    return pl.DataFrame(list(rows), schema={**schema, **stamps}, orient="row")


def spells(history: pl.DataFrame) -> list[tuple[str, int, int | None]]:
    """(name, from night, to night) of each version."""

    def number(at: datetime | None) -> int | None:
        return None if at is None else (at - EPOCH).days

    return [
        (name, number(start) or 0, number(end))
        for name, start, end in history.sort("source_key", "observed_from")
        .select("name", "observed_from", "observed_to")
        .iter_rows()
    ]
