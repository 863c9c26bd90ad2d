"""Time as one unit's good full rosters tell it: when a row was first seen, first missed, and how often since.

An absence counts as a departure at the third good full roster that misses it, each at least 20 h after the last
counted one (RELIABILITY.md R8).
"""

from datetime import datetime, timedelta

import polars as pl

MISSING_LIMIT = 3
SPACING = timedelta(hours=20)
UNIT = ["source", "unit_key"]


def find_good_rosters(snapshots: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The good full rosters until `as_of` (inclusive), by unit and time.

    Returns:
        source, unit_key, seen_at, seen_before (the good roster before, or null), second_at and third_at (the counted
        rosters after it, where an absence begins here; null while they have not come).
    """
    good = snapshots.filter("is_full", "is_good", pl.col("observed_at") <= as_of)
    rosters = good.select(*UNIT, seen_at=pl.col("observed_at")).sort("seen_at", *UNIT)
    later = rosters.rename({"seen_at": "counted_at"})
    following = (
        rosters.with_columns(due_at=pl.col("seen_at") + SPACING)
        .join_asof(later, left_on="due_at", right_on="counted_at", by=UNIT, strategy="forward", check_sortedness=False)
        .select(*UNIT, "seen_at", second_at="counted_at")
    )
    third = following.select(*UNIT, second_at="seen_at", third_at="second_at")
    return (
        following.join(third, on=[*UNIT, "second_at"], how="left")
        .sort(*UNIT, "seen_at")
        .with_columns(seen_before=pl.col("seen_at").shift(1).over(UNIT))
    )


def _first_roster_from(versions: pl.DataFrame, rosters: pl.DataFrame, instant: pl.Expr, name: str) -> pl.DataFrame:
    """Add `name`: the unit's first good roster at or after `instant`; null where either is missing."""
    asked = versions.select(*UNIT, asked_at=instant).filter(pl.col("asked_at").is_not_null()).unique().sort("asked_at")
    seen = rosters.select(*UNIT, "seen_at").sort("seen_at")
    found = asked.join_asof(
        seen, left_on="asked_at", right_on="seen_at", by=UNIT, strategy="forward", check_sortedness=False
    ).rename({"seen_at": name})
    keyed = versions.with_columns(asked_at=instant)
    return keyed.join(found, on=[*UNIT, "asked_at"], how="left", maintain_order="left").drop("asked_at")


def add_presence(versions: pl.DataFrame, rosters: pl.DataFrame) -> pl.DataFrame:
    """Add what good rosters say of each appointment version.

    Returns:
        The versions with seen_from (first good roster that has it), gone_at (first without it) and ended_at (first
        that shows its end); null where none has come yet. An end that a record gets later than its first version is
        shown at once, whatever its day: a resignation. One that it always had, the term of a mandate, on its day.
    """
    midnight = pl.col("ended_on").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    versions = _first_roster_from(versions, rosters, pl.col("observed_from"), "seen_from")
    versions = _first_roster_from(versions, rosters, pl.col("observed_to"), "gone_at")
    record = ["source", "source_key"]
    had_no_end = pl.col("ended_on").is_null().shift(1).over(record, order_by="observed_from").fill_null(False)
    shown_at = pl.when(had_no_end).then("observed_from").otherwise(pl.max_horizontal(midnight, "observed_from"))
    ended = pl.when(midnight.is_not_null()).then(shown_at)
    return _first_roster_from(versions, rosters, ended, "ended_at")
