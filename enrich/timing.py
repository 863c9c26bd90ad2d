"""When to call: windows of new executives, and the priority that ranks (PRODUCT section 6). Moves by calendar alone."""

from collections.abc import Collection
from datetime import date

import dataframely as dy
import polars as pl

from enrich.contract import step
from enrich.policy import Policy
from schemas.frames import ExecutiveArrival, ProfileScore, ProfileTiming


@step
def time_profiles(
    scores: dy.DataFrame[ProfileScore],
    arrivals: dy.DataFrame[ExecutiveArrival],
    policy: Policy,
    *,
    on: date,
    insolvent_profiles: Collection[str] = (),
) -> dy.DataFrame[ProfileTiming]:
    """Timing and priority of every scored profile on one day.

    now = 1-Π(1 - p_role·window(days)·confidence). priority = conservative · (a + b·now)/(a + b) · (1 - share·risk),
    capped in insolvency. The blend is multiplicative, so that timing alone never lifts a small company above a large
    one; likeness to good customers (c) joins when an own file is read. The window is open from the announcement on;
    it closes for the profile with the last open arrival, and has no last day while that has no date.

    Args:
        scores: of `score_profiles`.
        arrivals: who took or will take an office (`enrich.buying.find_arrivals`).
        policy: windows, roles, blend.
        on: the day.
        insolvent_profiles: ids of profiles under insolvency proceedings.
    """
    weight = pl.col("buying_role").replace_strict(
        {role.value: p for role, p in policy.roles.items()}, default=0.0, return_dtype=pl.Float64
    )
    days = (pl.lit(on) - pl.col("effective_on")).dt.total_days()
    last_day = pl.col("effective_on").dt.offset_by(f"{policy.window.closed_from - 1}d")
    open_arrivals = (
        arrivals.with_columns(window=window_value(days, policy), weight=weight, last_day=last_day)
        .filter((pl.col("window") > 0) & (pl.col("weight") > 0))
        .sort("profile_id", "arrival_id")
        .group_by("profile_id", maintain_order=True)
        .agg(
            missed=(1 - pl.col("weight") * pl.col("window") * pl.col("confidence")).product(),
            new_exec_window_until=pl.when(pl.col("last_day").is_not_null().all()).then(pl.col("last_day").max()),
        )
    )
    blend = policy.blend
    now = 1 - pl.col("missed")
    lift = (blend.structure + blend.now * now) / (blend.structure + blend.now)
    priority = pl.col("score_conservative") * lift * (1 - policy.risk_share * pl.col("risk_score") / 100)
    is_insolvent = pl.col("profile_id").is_in(list(insolvent_profiles))
    timing = (
        scores.join(open_arrivals, on="profile_id", how="left")
        .with_columns(new_exec_window_open=pl.col("missed").is_not_null())
        .with_columns(pl.col("missed").fill_null(1.0))
        .with_columns(
            now_score=(100 * now).round(2).clip(0.0, 100.0),
            priority_score=pl.when(is_insolvent)
            .then(pl.min_horizontal(priority, policy.insolvency_cap))
            .otherwise(priority)
            .round(2)
            .clip(0.0, 100.0),
        )
    )
    return ProfileTiming.validate(timing.select(ProfileTiming.column_names()).sort("profile_id"))


def window_value(days: pl.Expr, policy: Policy) -> pl.Expr:
    """How far a new executive listens, 0 to 1, by days since taking office (negative or null: only announced)."""
    window = policy.window
    rising = window.announced + (1 - window.announced) * days / window.full_from
    falling = 1 - (days - window.full_until) / (window.closed_from - window.full_until)
    return (
        pl.when(days.is_null() | (days < 0))
        .then(window.announced)
        .when(days < window.full_from)
        .then(rising)
        .when(days <= window.full_until)
        .then(1.0)
        .when(days < window.closed_from)
        .then(falling)
        .otherwise(0.0)
    )
