"""When each holder was on a unit's roster: only the rosters at which something differs are looked at.

A register of 40,000 officers over a year has millions of (roster, officer) pairs and a few thousand differences.
"""

from datetime import timedelta

import polars as pl

from enrich.rosters import UNIT

RENEWAL = timedelta(days=90)  # DESIGN.md section 6: a re-appointment within 90 days retracts the departure
HOLDER = [*UNIT, "holder"]


def find_ends(offices: pl.DataFrame) -> pl.DataFrame:
    """The declared ends that have come: ended_at is the first good roster that shows one.

    An end that a later version of the record took back before it came is none.
    """
    is_newest = pl.col("observed_from") == pl.col("observed_from").max().over("source", "source_key")
    came = pl.col("gone_at").is_null() | (pl.col("ended_at") <= pl.col("gone_at")) | is_newest
    ends = offices.filter(pl.col("ended_at").is_not_null(), came)
    return ends.select(*HOLDER, "office_key", "ended_at", "ended_on", end_sha256="payload_sha256")


def find_events(offices: pl.DataFrame, rosters: pl.DataFrame) -> pl.DataFrame:
    """Each unit's first roster and those at which an office begins or is over, numbered `k` from 0 by unit.

    Units where nothing ever differs have no events.
    """
    bounds = pl.concat(offices.select(*UNIT, seen_at=name) for name in ("seen_from", "leaves_at"))
    differing = rosters.join(bounds.unique(), on=[*UNIT, "seen_at"], how="semi")
    firsts = rosters.filter(pl.col("seen_before").is_null())
    events = pl.concat([firsts, differing]).unique().sort(*UNIT, "seen_at")
    return events.with_columns(k=pl.int_range(pl.len()).over(UNIT)).filter(pl.len().over(UNIT) > 1)


def add_leaving(offices: pl.DataFrame) -> pl.DataFrame:
    """Add leaves_at, the first good roster without the version; drops what no good roster has."""
    over = offices.with_columns(leaves_at=pl.min_horizontal("gone_at", "ended_at"))
    return over.filter(pl.col("leaves_at").is_null() | (pl.col("leaves_at") > pl.col("seen_from")))


def find_states(offices: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The offices of every holder at every event: the newest version of each office, with the event's columns."""
    is_held = pl.col("leaves_at").is_null() | (pl.col("leaves_at") > pl.col("seen_at"))
    return (
        offices.join(events, on=UNIT)
        .filter(pl.col("seen_from") <= pl.col("seen_at"), is_held)
        .sort("observed_from", "source_key")
        .unique([*HOLDER, "office_key", "k"], keep="last", maintain_order=True)
    )


def find_main_offices(states: pl.DataFrame) -> pl.DataFrame:
    """The highest office of each holder at each event, with `offices`, the set of all of them as one text."""
    keys = states.group_by(*HOLDER, "k").agg(offices=pl.col("office_key").sort().str.join("\n"))
    highest = states.sort("rank", "source_key").unique([*HOLDER, "k"], keep="first", maintain_order=True)
    return highest.join(keys, on=[*HOLDER, "k"])


def find_gaps(main_offices: pl.DataFrame, ends: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Every time a holder is on no roster after having been on one.

    Returns:
        The holder's main office of before (number of its event: k), gone_at, seen_before, second_at and third_at of
        the first roster without the holder, returned_at and next_k of the return, declared_at and ended_on of a
        declared end, missing_snapshots (1 to 3; null with a declared end), and
        is_published (the absence counts), is_bridged (back so soon that there was no departure).
    """
    following = main_offices.sort("k").with_columns(
        next_k=pl.col("k").shift(-1).over(HOLDER, order_by="k"), gone_k=pl.col("k") + 1
    )
    leaving = following.filter(pl.col("next_k").is_null() | (pl.col("next_k") > pl.col("gone_k")))
    first_missing = events.select(*UNIT, "seen_before", "second_at", "third_at", gone_k="k", gone_at="seen_at")
    back = main_offices.select(*HOLDER, next_k="k", returned_at="seen_at", restarted_on="started_on")
    stale = ["seen_at", "seen_before", "second_at", "third_at", "gone_at", "ended_on"]
    gaps = leaving.drop(stale).join(first_missing, on=[*UNIT, "gone_k"]).join(back, on=[*HOLDER, "next_k"], how="left")
    return _add_outcome(_add_declared_end(gaps, ends))


def _add_declared_end(gaps: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """The declared end that a gap begins with or that comes while it lasts."""
    during = (pl.col("ended_at") >= pl.col("gone_at")) & (
        pl.col("returned_at").is_null() | (pl.col("ended_at") < pl.col("returned_at"))
    )
    declared = (
        gaps.select(*HOLDER, "k", "gone_at", "returned_at")
        .join(ends, on=HOLDER)
        .filter(during)
        .sort("ended_on", "end_sha256")
        .group_by(*HOLDER, "k", maintain_order=True)
        .agg(pl.col("ended_at").min().alias("declared_at"), pl.col("ended_on", "end_sha256").last())
    )
    return gaps.join(declared, on=[*HOLDER, "k"], how="left")


def _add_outcome(gaps: pl.DataFrame) -> pl.DataFrame:
    def comes(at: str) -> pl.Expr:
        in_time = pl.col("returned_at").is_null() | (pl.col(at) < pl.col("returned_at"))
        return (pl.col(at).is_not_null() & in_time).fill_null(False)

    left_on = pl.coalesce("ended_on", pl.col("gone_at").dt.date())
    is_quick = (pl.col("returned_at").dt.date() - left_on <= RENEWAL) | (
        (pl.col("restarted_on") - left_on).is_between(timedelta(0), RENEWAL).fill_null(False)
    )
    counted = pl.sum_horizontal(comes(at).cast(pl.Int32) for at in ("gone_at", "second_at", "third_at"))
    return gaps.with_columns(
        left_on=left_on,
        missing_snapshots=pl.when(pl.col("declared_at").is_null()).then(counted),
        is_published=comes("declared_at") | comes("third_at"),
    ).with_columns(is_bridged=pl.col("returned_at").is_not_null() & (~pl.col("is_published") | is_quick))
