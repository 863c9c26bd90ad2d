"""Closes what a good full load does not list any more: the one way in which a stored row ends without a word."""

from collections.abc import Sequence

import polars as pl

from flows.loads import Load, Verdict, load_rows
from flows.runtime import Runtime

LIST_KINDS = pl.DataFrame(
    [
        ("direct-children", "directly_consolidated_by", True),
        ("ultimate-children", "ultimately_consolidated_by", True),
        ("direct-child-relationships", "directly_consolidated_by", False),
        ("ultimate-child-relationships", "ultimately_consolidated_by", False),
    ],
    schema=["list_kind", "kind", "is_implied"],
    orient="row",
)


def close_what_is_gone(runtime: Runtime, source: str, verdicts: list[Verdict]) -> None:
    """A good full load ends the rows of its scope that stood at its instant and that it misses.

    A load that comes late does so too, in the past: whatever order answers come in, the versions are the same.
    """
    for frame in ("appointments", "relationships"):
        closing = [v.load for v in verdicts if v.is_good and v.load.is_full and v.load.frame == frame]
        if not closing:
            continue
        history = runtime.store.read_history(frame).filter(pl.col("source") == source)
        gone = missed_rows(history, frame, closing)
        for (at,), rows in gone.group_by("at", maintain_order=True):
            runtime.store.close_observations(frame, source, rows["source_key"], at)


def missed_rows(history: pl.DataFrame, frame: str, loads: Sequence[Load]) -> pl.DataFrame:
    """The rows (source_key, at) that stood at the instant of a load which speaks of them and does not list them.

    A load speaks of one unit's officers, or of one parent's list of children; a query lists what matched, and what
    does not match has not gone.
    """
    asked = load_rows(loads)
    if frame == "appointments":
        covered = history.join(asked, on="unit_key")
    else:
        parents = asked.join(LIST_KINDS, on="list_kind").rename({"unit_key": "parent_key"})
        implied = history.with_columns(is_implied=pl.col("source_key").str.ends_with("|list"))
        covered = implied.join(parents, on=["parent_key", "kind", "is_implied"])
    stood = (pl.col("observed_from") < pl.col("at")) & (
        pl.col("observed_to").is_null() | (pl.col("observed_to") > pl.col("at"))
    )
    listed = pl.DataFrame(
        [(load.name, key) for load in loads for key in load.keys],
        schema={"scope": pl.String, "source_key": pl.String},
        orient="row",
    )
    missed = covered.filter(stood).join(listed, on=["scope", "source_key"], how="anti")
    return missed.select("source_key", "at").unique().sort("at", "source_key")
