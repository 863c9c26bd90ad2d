"""The key-account score: value, interval, coverage, conservative value, gates, tier and reasons (PRODUCT section 6)."""

import dataframely as dy
import polars as pl

from enrich.components import check_words, component_evidence, component_values, noisy_or
from enrich.contract import step
from enrich.policy import COMPONENTS, Policy
from enrich.timing import time_profiles as time_profiles  # the score in time, in a file of its own
from schemas.frames import ProfileFacts, ProfileScore, ScoreDetail
from schemas.vocabulary import Tier

REASONS_LIMIT, TOP_REASONS = 255, 3


@step
def score_profiles(
    facts: dy.DataFrame[ProfileFacts], policy: Policy
) -> tuple[dy.DataFrame[ProfileScore], dy.DataFrame[ScoreDetail]]:
    """Score every profile on what is known of it, and say how far that can be believed.

    key_account_score = Σ w·s over the KNOWN components / Σ w known; low counts the unknown as 0, high as 1; coverage
    is the known share of the weight; conservative = low + coverage·(score - low). Points have two decimals by largest
    remainder, so that the points of a profile add up to its score exactly. A gate is null while it is unknown.

    Args:
        facts: what the sources say of each profile; null = no source able to answer was asked and answered.
        policy: weights, scales, gates, tiers; its version stands on every row.

    Returns:
        one row a profile, and one row a profile and component.

    Raises:
        ValueError: a word of evidence or a risk flag that the policy does not weigh.
    """
    check_words(facts, policy)
    values = component_values(policy)
    valued = facts.with_columns(
        **{_value(name): values[name] for name in COMPONENTS},
        **{_evidence(name): text for name, text in component_evidence().items()},
        risk_score=(100 * noisy_or("risk_flags", policy.risk)).round(2),
    )
    scored = _add_gates(_add_scores(valued, policy), policy)
    details = _share_points(scored, policy)
    scored = _add_reasons(scored, details).with_columns(score_version=pl.lit(policy.version))
    return (
        ProfileScore.validate(scored.select(ProfileScore.column_names()).sort("profile_id")),
        ScoreDetail.validate(details.select(ScoreDetail.column_names())),
    )


def _value(component: str) -> str:
    return f"value_{component}"


def _evidence(component: str) -> str:
    return f"evidence_{component}"


def _add_scores(valued: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Score, interval, coverage and conservative value; always summed in the same order, whatever the row order."""
    total = policy.total_weight
    known = pl.sum_horizontal(
        pl.when(pl.col(_value(name)).is_not_null()).then(policy.weights[name]).otherwise(0.0) for name in COMPONENTS
    )
    earned = pl.sum_horizontal((pl.col(_value(name)) * policy.weights[name]).fill_null(0.0) for name in COMPONENTS)
    valued = valued.with_columns(known=known, earned=earned).with_columns(
        score=pl.when(pl.col("known") > 0).then(100 * pl.col("earned") / pl.col("known")),
        low=100 * pl.col("earned") / total,
        high=100 * (pl.col("earned") + (total - pl.col("known"))) / total,
        coverage=pl.col("known") / total,
    )
    score, low = pl.col("key_account_score"), pl.col("score_low")
    return valued.with_columns(
        key_account_score=pl.col("score").round(2),
        score_low=pl.col("low").round(2),
        score_high=pl.col("high").round(2),
        score_coverage=(100 * pl.col("coverage")).round(0).cast(pl.Int32),
        score_conservative=(pl.col("low") + pl.col("coverage") * (pl.col("score").fill_null(0.0) - pl.col("low"))),
    ).with_columns(
        # Each number is rounded on its own; a last digit must not turn the interval around.
        score_low=pl.min_horizontal("score_low", score),
        score_high=pl.max_horizontal("score_high", score).clip(0.0, 100.0),
        score_conservative=pl.col("score_conservative")
        .round(2)
        .clip(pl.min_horizontal(low, score), pl.max_horizontal(low, score.fill_null(0.0))),
    )


def _add_gates(scored: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The seed's three criteria and the tier that follows."""
    gates = policy.gates
    reaches = (pl.col("countries_known_count") >= gates.countries) | (pl.col("regions_known_count") >= gates.regions)
    reaches = (
        reaches
        | (pl.col("countries_count") >= gates.countries).fill_null(value=False)
        | (pl.col("regions_count") >= gates.regions).fill_null(value=False)
    )
    is_counted = pl.col("countries_count").is_not_null() & pl.col("regions_count").is_not_null()
    scored = scored.with_columns(
        gate_presence=pl.when(reaches).then(statement=True).when(is_counted).then(statement=False),
        gate_buying=pl.col(_value("professional_buying")) >= gates.buying,
        gate_potential=pl.col(_value("purchase_potential")) >= gates.potential,
    )
    lamps = [pl.col("gate_presence"), pl.col("gate_buying"), pl.col("gate_potential")]
    scored = scored.with_columns(
        criteria_met=pl.sum_horizontal(lamp.fill_null(value=False).cast(pl.Int32) for lamp in lamps),
        criteria_unknown=pl.sum_horizontal(lamp.is_null().cast(pl.Int32) for lamp in lamps),
    )
    tier = pl.lit(Tier.D.value)
    for rule in reversed(policy.tiers):
        fits = (pl.col("criteria_met") >= rule.gates) & (pl.col("score_conservative") >= rule.conservative)
        tier = pl.when(fits).then(pl.lit(rule.tier.value)).otherwise(tier)
    return scored.with_columns(key_account_tier=tier)


def _share_points(scored: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per profile and component; hundredths go to the largest remainders, so that they add up to the score."""
    order = {name: place for place, name in enumerate(COMPONENTS)}
    parts = [
        scored.select(
            "profile_id",
            "known",
            "key_account_score",
            component=pl.lit(name),
            place=pl.lit(order[name]),
            weight=pl.lit(policy.weights[name]),
            value=pl.col(_value(name)),
            evidence=pl.col(_evidence(name)),
        )
        for name in COMPONENTS
    ]
    # A component without weight is known and earns nothing, also where nothing else is known.
    exact = (10_000 * pl.col("weight") * pl.col("value") / pl.col("known")).fill_nan(0.0)
    details = pl.concat(parts).with_columns(exact=exact).with_columns(whole=pl.col("exact").floor())
    missing = (100 * pl.col("key_account_score")).round(0) - pl.col("whole").sum().over("profile_id")
    details = (
        details.with_columns(missing=missing, remainder=pl.col("exact") - pl.col("whole"))
        .sort("profile_id", pl.col("remainder").fill_null(-1.0).neg(), "place")
        .with_columns(turn=pl.int_range(pl.len()).over("profile_id"))
    )
    extra = (pl.col("turn") < pl.col("missing")).cast(pl.Float64)
    return details.with_columns(points=((pl.col("whole") + extra) / 100).round(2)).sort("profile_id", "place")


def _add_reasons(scored: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """`94/100 [94-94] coverage 100%, criteria 3/3: international +16; ... | unknown: ...`, three best reasons."""
    reasons = (
        details.filter(pl.col("points") > 0)
        .sort("profile_id", pl.col("points").neg(), "place")
        .group_by("profile_id", maintain_order=True)
        .head(TOP_REASONS)
        .group_by("profile_id", maintain_order=True)
        .agg(best=pl.format("{} +{}", "component", _whole("points")).str.join("; "))
    )
    unknown = (
        details.filter(pl.col("value").is_null())
        .group_by("profile_id", maintain_order=True)
        .agg(unknown=pl.col("component").str.join(", "))
    )
    told = scored.join(reasons, on="profile_id", how="left").join(unknown, on="profile_id", how="left")
    open_gates = pl.when(pl.col("criteria_unknown") > 0).then(pl.format(" ({} unknown)", "criteria_unknown"))
    sentence = pl.concat_str(
        pl.format(
            "{}/100 [{}-{}] coverage {}%, criteria {}/3",
            _whole("key_account_score").cast(pl.String).fill_null("?"),
            _whole("score_low"),
            _whole("score_high"),
            "score_coverage",
            "criteria_met",
        ),
        open_gates.fill_null(""),
        pl.format(": {}", "best").fill_null(""),
        pl.format(" | unknown: {}", "unknown").fill_null(""),
    )
    return told.with_columns(score_reasons=sentence.str.slice(0, REASONS_LIMIT))


def _whole(column: str) -> pl.Expr:
    return pl.col(column).round(0).cast(pl.Int32)
