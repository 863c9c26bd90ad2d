"""From rows to a validated frame: what the frame's schema refuses goes to quarantine under its rule's name."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import polars as pl

from connectors.contract import Batch, ListScope, Rejected
from schemas.frames import SourceRecord

Row = Mapping[str, Any]
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def to_frame(schema: type[SourceRecord], rows: Iterable[Row]) -> tuple[pl.DataFrame, list[Rejected]]:
    """Make a frame of rows read from one answer.

    A record that the answer tells twice in the same words is one record. Of two different ones with one key the
    newer (`record_updated_at`) is kept, the other is rejected.

    Args:
        schema: the frame's schema.
        rows: values by column; a column that is absent is null.

    Returns:
        The valid frame in the order of the rows, and what was rejected.
    """
    kept, rejected = _one_per_key(rows)
    if not kept:
        return empty_frame(schema), rejected
    frame = pl.DataFrame([dict(row) for row in kept], schema=empty_frame(schema).schema, orient="row")
    valid, failure = schema.filter(frame)
    return valid, rejected + (_refused(failure.details(), schema) if len(failure) else [])


def to_frames(
    schemas: Mapping[str, type[SourceRecord]], rows: Mapping[str, Iterable[Row]]
) -> tuple[dict[str, pl.DataFrame], list[Rejected]]:
    """One frame for each schema (`to_frame`), and what was rejected of all of them; a name without rows is empty."""
    frames: dict[str, pl.DataFrame] = {}
    rejected: list[Rejected] = []
    for name, schema in schemas.items():
        frames[name], refused = to_frame(schema, rows.get(name, ()))
        rejected += refused
    return frames, rejected


def make_batch(
    frames: Mapping[str, pl.DataFrame],
    rejected: Iterable[Rejected] = (),
    unknown: Iterable[str] = (),
    scopes: Iterable[ListScope] = (),
) -> Batch:
    """What one answer says, every record of it counted: those in the frames and those that were rejected."""
    wrong = tuple(rejected)
    return Batch(
        frames=frames,
        scopes=tuple(scopes),
        rejected=wrong,
        records=sum(frame.height for frame in frames.values()) + len(wrong),
        unknown_fields=tuple(sorted(unknown)),
    )


@cache
def empty_frame(schema: type[SourceRecord]) -> pl.DataFrame:
    """A frame of this schema without rows."""
    return schema.create_empty()


def _one_per_key(rows: Iterable[Row]) -> tuple[list[Row], list[Rejected]]:
    kept: dict[str, Row] = {}
    rejected: list[Rejected] = []
    for row in rows:
        key = row["source_key"]
        other = kept.setdefault(key, row)
        if other == row:
            continue
        if (row.get("record_updated_at") or LONG_AGO) > (other.get("record_updated_at") or LONG_AGO):
            kept[key] = row
        rejected.append(Rejected(key, "the answer tells this record twice, differently; the newer one is kept"))
    return list(kept.values()), rejected


def _refused(details: pl.DataFrame, schema: type[SourceRecord]) -> list[Rejected]:
    rules = [name for name in details.columns if name not in schema.column_names()]
    return [
        Rejected(row["source_key"], "rule " + ", ".join(rule for rule in rules if row[rule] == "invalid"))
        for row in details.iter_rows(named=True)
    ]
