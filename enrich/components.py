"""The nine components of the key-account score as expressions over ProfileFacts: each a value 0 to 1, null = unknown.

Formulas: PRODUCT section 6. A zero count gives 0, never ln(0); everything is clamped to 0..1.
"""

import math
from collections.abc import Iterable, Mapping

import polars as pl

from enrich.policy import LogScale, Policy


def component_values(policy: Policy) -> dict[str, pl.Expr]:
    """Component -> its value 0 to 1 from the columns of ProfileFacts; null where its facts are unknown."""
    return {
        "international": log_scaled(pl.col("countries_count"), policy.scales["countries"]),
        "national_multisite": _multisite(policy),
        "professional_buying": _buying(policy),
        "complexity": _complexity(policy),
        "purchase_potential": pl.mean_horizontal(
            log_scaled(pl.col("revenue_eur"), policy.scales["revenue_eur"]),
            log_scaled(pl.col("employees"), policy.scales["employees"]),
        ),
        "sector_leadership": _clamped(
            (pl.col("sector_rank_pct") - policy.leadership_floor) / (1 - policy.leadership_floor)
        ).pow(2),
        "reputation": noisy_or("reputation_evidence", policy.reputation),
        "technology": noisy_or("technology_evidence", policy.technology),
        "growth": _clamped(0.5 + pl.col("revenue_cagr_3y") / policy.growth_span),
    }


def log_scaled(count: pl.Expr, scale: LogScale) -> pl.Expr:
    """0 up to the scale's low end (zero and negative numbers too), 1 from its high end, logarithmic between."""
    low, span = math.log(scale.low), math.log(scale.high) - math.log(scale.low)
    # The clip comes before the logarithm: ln(0) would be minus infinity and ln(-1) no number.
    return _clamped((count.cast(pl.Float64).clip(scale.low, scale.high).log() - low) / span)


def noisy_or(column: str, evidence: Mapping[str, float]) -> pl.Expr:
    """1 - Π(1-p) over the distinct words of a list; an empty list gives 0, null stays null."""
    words = pl.col(column).list.unique().list.sort()
    missing = pl.element().replace_strict(dict(evidence), default=None, return_dtype=pl.Float64)
    left = words.list.eval((1 - missing).product()).list.first()
    return _clamped(pl.when(pl.col(column).list.len() == 0).then(0.0).otherwise(1 - left))


def check_words(facts: pl.DataFrame, policy: Policy) -> None:
    """Refuse evidence that the policy does not weigh: a misspelt word would count nothing and nobody would hear it.

    Raises:
        ValueError: a word that the policy's table does not have.
    """
    tables: Iterable[tuple[str, Mapping[str, float]]] = (
        ("buying_evidence", policy.buying),
        ("reputation_evidence", policy.reputation),
        ("technology_evidence", policy.technology),
        ("risk_flags", policy.risk),
    )
    for column, table in tables:
        words = facts[column].explode(empty_as_null=True).drop_nulls().unique()
        if unknown := sorted(set(words) - set(table)):
            raise ValueError(
                f"{column}: the policy (version {policy.version}) has no weight for {', '.join(unknown)}; "
                f"it knows {', '.join(sorted(table))}"
            )


def _clamped(value: pl.Expr) -> pl.Expr:
    return value.clip(0.0, 1.0)


def _part(name: str, value: pl.Expr, needs: frozenset[str]) -> pl.Expr:
    """A part that the policy needs makes the whole unknown; another counts 0 while it is unknown."""
    return value if name in needs else value.fill_null(0.0)


def _multisite(policy: Policy) -> pl.Expr:
    parts = policy.multisite
    sites = log_scaled(pl.col("sites_open_count"), policy.scales["sites"])
    regions = _clamped(pl.col("regions_count") / pl.col("home_regions_total"))
    return _clamped(
        parts.sites * _part("sites", sites, parts.needs) + parts.regions * _part("regions", regions, parts.needs)
    )


def _complexity(policy: Policy) -> pl.Expr:
    parts = policy.complexity
    entities = log_scaled(pl.col("entities_count"), policy.scales["entities"])
    levels = _clamped((pl.col("depth") - 1) / (parts.levels_full - 1))
    divisions = _clamped((pl.col("activity_divisions_count") - 1) / (parts.divisions_full - 1))
    return _clamped(
        parts.entities * _part("entities", entities, parts.needs)
        + parts.levels * _part("levels", levels, parts.needs)
        + parts.divisions * _part("divisions", divisions, parts.needs)
    )


def _buying(policy: Policy) -> pl.Expr:
    value = noisy_or("buying_evidence", policy.buying)
    if policy.buying_none_found_is_known:
        return value
    return pl.when(pl.col("buying_evidence").list.len() > 0).then(value)


def component_evidence() -> dict[str, pl.Expr]:
    """Component -> what was counted, in words (`14 countries`); null where nothing was."""
    return {
        "international": pl.coalesce(
            _counted("countries_count", "country", "countries"),
            pl.when(pl.col("countries_known_count") > 0).then(
                pl.lit("at least ")
                + _counted("countries_known_count", "country", "countries")
                + pl.lit("; the list is not whole")
            ),
        ),
        "national_multisite": _joined(
            _counted("sites_open_count", "open site", "open sites"),
            pl.format("{} of {} regions", "regions_count", "home_regions_total"),
        ),
        "professional_buying": _listed("buying_evidence"),
        "complexity": _joined(
            _counted("entities_count", "entity", "entities"),
            _counted("depth", "level", "levels"),
            _counted("activity_divisions_count", "activity division", "activity divisions"),
            pl.when(pl.col("activity_divisions_count").is_null()).then(pl.lit("activities unknown")),
        ),
        "purchase_potential": _joined(
            pl.format("revenue {} M€", (pl.col("revenue_eur") / 1e6).round(1)),
            _counted("employees", "employee", "employees"),
        ),
        "sector_leadership": pl.format("percentile {} of its sector", (pl.col("sector_rank_pct") * 100).round(1)),
        "reputation": _listed("reputation_evidence"),
        "technology": _listed("technology_evidence"),
        "growth": pl.format("{} % a year over 3 years", (pl.col("revenue_cagr_3y") * 100).round(1)),
    }


def _counted(column: str, one: str, several: str) -> pl.Expr:
    word = pl.when(pl.col(column) == 1).then(pl.lit(one)).otherwise(pl.lit(several))
    return pl.format("{} {}", column, word)


def _joined(*parts: pl.Expr) -> pl.Expr:
    text = pl.concat_list(parts).list.drop_nulls().list.join(", ")
    return pl.when(text != "").then(text)


def _listed(column: str) -> pl.Expr:
    words = pl.col(column).list.unique().list.sort().list.join(", ")
    return pl.when(pl.col(column).list.len() == 0).then(pl.lit("none found")).otherwise(words)
