"""Changes of title: every difference between a holder's offices from roster to roster, folded into changes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from enrich.rosters import UNIT
from enrich.spells import HOLDER
from enrich.title_fold import Office, Step, TitleChange, fold_steps

Key = tuple[Any, ...]

COLUMNS = {
    "status": pl.String(),
    "from_title": pl.String(),
    "to_title": pl.String(),
    "effective_on": pl.Date(),
    "first_seen_at": pl.Datetime("us", "UTC"),
    "missing_snapshots": pl.Int32(),
}


def find_titles(
    states: pl.DataFrame, main_offices: pl.DataFrame, gaps: pl.DataFrame, ends: pl.DataFrame, events: pl.DataFrame
) -> pl.DataFrame:
    """The title changes of every holder (`enrich.spells` gives the frames).

    Returns:
        One row a change: the columns of the gained office, or of the lost one, with status, from_title, to_title,
        effective_on, seen_before, first_seen_at and missing_snapshots.
    """
    chains = _chain(main_offices, gaps)
    differing = chains.filter(pl.col("prev_k").is_not_null(), pl.col("offices") != pl.col("prev_offices"))
    stays: dict[Key, list[Step]] = {}
    outcomes: dict[Key, tuple[datetime | None, bool]] = {}
    for stay, outcome, step in _steps(differing, states, ends, events):
        stays.setdefault(stay, []).append(step)
        outcomes[stay] = outcome
    rows = []
    for stay, steps in stays.items():
        left_at, is_gone = outcomes[stay]
        rows += [_row(change) for change in fold_steps(steps, left_at, is_gone=is_gone)]
    return pl.DataFrame(rows, schema={**states.schema, **COLUMNS})


def _steps(
    differing: pl.DataFrame, states: pl.DataFrame, ends: pl.DataFrame, events: pl.DataFrame
) -> Iterator[tuple[Key, tuple[datetime | None, bool], Step]]:
    """Each difference as a step, oldest first, with its stay and how that stay ends."""
    holders = differing.select(HOLDER).unique()
    offices: dict[Key, dict[str, Office]] = {}
    for row in states.join(holders, on=HOLDER, how="semi").iter_rows(named=True):
        offices.setdefault(_key(row, *HOLDER, "k"), {})[row["office_key"]] = row
    units = events.join(holders, on=UNIT, how="semi")
    rosters = {_key(row, *UNIT, "k"): row for row in units.iter_rows(named=True)}
    declared: dict[Key, list[dict[str, Any]]] = {}
    for row in ends.join(holders, on=HOLDER, how="semi").iter_rows(named=True):
        declared.setdefault(_key(row, *HOLDER), []).append(row)
    for row in differing.sort(*HOLDER, "k").iter_rows(named=True):
        holder, unit = _key(row, *HOLDER), _key(row, *UNIT)
        now, first = rosters[(*unit, row["k"])], rosters[(*unit, row["prev_k"] + 1)]
        came = [end for end in declared.get(holder, []) if first["seen_at"] <= end["ended_at"] <= now["seen_at"]]
        step = Step(
            first_seen_at=now["seen_at"],
            seen_before=first["seen_before"],
            second_at=now["second_at"],
            third_at=now["third_at"],
            before=offices[(*holder, row["prev_k"])],
            after=offices[(*holder, row["k"])],
            ends={end["office_key"]: end["ended_on"] for end in came},
        )
        yield (*holder, row["chain"]), (row["left_at"], row["is_gone"]), step


def _key(row: dict[str, Any], *names: str) -> Key:
    return tuple(row[name] for name in names)


def _chain(main_offices: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Add prev_k and prev_offices inside one stay, its number `chain`, and how the stay ends (left_at, is_gone)."""
    ends = gaps.filter(~pl.col("is_bridged")).select(
        *HOLDER, "k", left_at="gone_at", is_gone="is_published", ends_stay=pl.lit(True)
    )
    stays = (
        main_offices.join(ends, on=[*HOLDER, "k"], how="left")
        .sort(*HOLDER, "k")
        .with_columns(pl.col("ends_stay", "is_gone").fill_null(False))
        .with_columns(chain=pl.col("ends_stay").cast(pl.Int32).cum_sum().shift(1, fill_value=0).over(HOLDER))
    )
    stay = [*HOLDER, "chain"]
    return stays.with_columns(
        prev_k=pl.col("k").shift(1).over(stay),
        prev_offices=pl.col("offices").shift(1).over(stay),
        left_at=pl.col("left_at").max().over(stay),
        is_gone=pl.col("is_gone").any().over(stay),
    )


def _row(change: TitleChange) -> Office:
    office = change.gained or change.lost or {}
    effective_on = change.ended_on
    if change.gained:
        effective_on = change.gained["started_on"]
        # A record that only got another title keeps its start: that is no date of this change.
        if change.lost and (
            change.gained["source_key"] == change.lost["source_key"] or effective_on == change.lost["started_on"]
        ):
            effective_on = None
    return {
        **office,
        "status": change.status.value,
        "from_title": change.lost["title"] if change.lost else None,
        "to_title": change.gained["title"] if change.gained else None,
        "effective_on": effective_on,
        "seen_before": change.seen_before,
        "first_seen_at": change.step.first_seen_at,
        "missing_snapshots": change.missing,
    }
