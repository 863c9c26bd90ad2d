"""Which declared figures can be believed, and which of them a profile shows (SOURCES section 11).

A series is what one source tells of one entity in one kind of accounts: consolidated ones (K) are never held against
the company's own (C, S). What the rules refuse is null, never another number; the one figure that is computed, a
turnover told in thousands, says so in `doubt`.
"""

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import BelievedStatement, EntityStatement, ProfileFinances, ProfileMember
from schemas.vocabulary import EntityKind, FinancialScope, StatementDoubt

SERIES = ["entity_id", "source", "scope"]
FARTHEST = 100.0  # times the median, up or down: beyond, the figure is in another unit
UNIT_ERROR = 1000.0
NEAR = 10.0  # a figure is mended only where it then fits this well
FEWEST_TO_JUDGE = 3  # of two figures that contradict each other nobody knows which is wrong
LARGEST_RESULT = 100.0  # times the turnover: a result in other units than the turnover beside it
TREND_YEARS = 3
STALE_YEARS = 5  # behind the newest turnover of any kind: too old to be shown before it
# A group is told by its consolidated accounts, a company by its own.
OF_A_GROUP = (FinancialScope.CONSOLIDATED, FinancialScope.UNKNOWN, FinancialScope.LEGAL)
OF_A_COMPANY = (FinancialScope.LEGAL, FinancialScope.UNKNOWN, FinancialScope.CONSOLIDATED)

REVENUE, INCOME = pl.col("revenue_eur"), pl.col("net_income_eur")


@step
def believe_statements(statements: dy.DataFrame[EntityStatement]) -> dy.DataFrame[BelievedStatement]:
    """One row for each series and closing year, with what can be believed of it.

    In this order: 0 is unknown; of two closings in one year the later stands; a turnover more than 100 times above or
    below the series' median is mended where a factor of 1000 explains it, else refused; consolidated years with the
    same turnover are refused, all of them, since one is a copy and nothing tells which (own accounts only where the
    result is the same as well); a result of more than 100 times the turnover is refused.
    """
    told = statements.with_columns(_nothing_if_zero("revenue_eur"), _nothing_if_zero("net_income_eur"))
    years = told.sort("closed_on", "source_key", nulls_last=False).unique(
        [*SERIES, "closing_year"], keep="last", maintain_order=True
    )
    scaled = _mend_units(years)
    honest = _refuse_copies(scaled)
    fits = (INCOME.abs() <= LARGEST_RESULT * REVENUE.abs()) | REVENUE.is_null()
    believed = honest.with_columns(pl.when(fits).then(INCOME).alias("net_income_eur"))
    columns = BelievedStatement.column_names()
    return BelievedStatement.validate(believed.select(columns).sort("source", "source_key"))


def _nothing_if_zero(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != 0).then(pl.col(column)).alias(column)


def _mend_units(years: pl.DataFrame) -> pl.DataFrame:
    """Turnovers on one scale; adds `doubt`. A series without a scale (two figures far apart) tells nothing."""
    size = REVENUE.abs()
    median, count = size.median().over(SERIES), size.count().over(SERIES)
    is_far = ~_within(size, median, FARTHEST)
    is_torn = (count < FEWEST_TO_JUDGE) & (size.max().over(SERIES) > FARTHEST * size.min().over(SERIES))
    in_thousands = is_far & _within(size * UNIT_ERROR, median, NEAR)
    too_many_zeros = is_far & _within(size / UNIT_ERROR, median, NEAR)
    can_judge = count >= FEWEST_TO_JUDGE
    refused = is_torn | (can_judge & is_far & ~in_thousands & ~too_many_zeros)
    mended = can_judge & (in_thousands | too_many_zeros)
    return years.with_columns(
        pl.when(refused.fill_null(False))
        .then(None)
        .when(can_judge & in_thousands)
        .then(REVENUE * UNIT_ERROR)
        .when(can_judge & too_many_zeros)
        .then(REVENUE / UNIT_ERROR)
        .otherwise(REVENUE)
        .alias("revenue_eur"),
        pl.when(refused.fill_null(False))
        .then(pl.lit(StatementDoubt.OUT_OF_SCALE.value))
        .when(mended.fill_null(False))
        .then(pl.lit(StatementDoubt.UNIT_MENDED.value))
        .alias("doubt"),
    )


def _within(value: pl.Expr, median: pl.Expr, factor: float) -> pl.Expr:
    return (value <= factor * median) & (value * factor >= median)


def _refuse_copies(years: pl.DataFrame) -> pl.DataFrame:
    """Years that repeat another one tell nothing, neither turnover nor result."""
    is_group = pl.col("scope") == FinancialScope.CONSOLIDATED.value
    same_turnover = REVENUE.is_not_null() & (pl.len().over([*SERIES, "revenue_eur"]) > 1)
    same_both = same_turnover & INCOME.is_not_null() & (pl.len().over([*SERIES, "revenue_eur", "net_income_eur"]) > 1)
    # a register that does not say which accounts it tells may repeat a small company's round figure
    is_own = pl.col("scope") == FinancialScope.LEGAL.value
    is_copy = (is_group & same_turnover) | (is_own & same_both)
    return years.with_columns(
        pl.when(~is_copy).then(REVENUE).alias("revenue_eur"),
        pl.when(~is_copy).then(INCOME).alias("net_income_eur"),
        pl.when(is_copy).then(pl.lit(StatementDoubt.REPEATED_YEAR.value)).otherwise("doubt").alias("doubt"),
    )


@step
def choose_statements(
    statements: dy.DataFrame[BelievedStatement], profile_members: dy.DataFrame[ProfileMember]
) -> dy.DataFrame[ProfileFinances]:
    """For each profile the newest turnover of the accounts that suit it, and the growth within the same series.

    A group takes its anchor's consolidated accounts before figures of unknown scope before the company's own; a
    company the other way round; accounts five years behind the newest are no longer shown. Where the register does not
    say which accounts it tells, there is no trend.
    """
    anchors = profile_members.filter("is_anchor").select("profile_id", "entity_id", "entity_kind")
    year = pl.col("closing_year")
    recent = statements.filter(REVENUE.is_not_null()).filter(year > year.max().over("entity_id") - STALE_YEARS)
    told = anchors.join(recent, on="entity_id")
    is_group = pl.col("entity_kind") == EntityKind.GROUP.value
    rank = pl.when(is_group).then(_rank(OF_A_GROUP)).otherwise(_rank(OF_A_COMPANY))
    newest = (
        told.with_columns(rank=rank)
        .sort("rank", "closing_year", "source", "source_key", descending=[True, False, False, False])
        .unique("profile_id", keep="last", maintain_order=True)
    )
    before = statements.select(
        *SERIES,
        (pl.col("closing_year") + TREND_YEARS).alias("closing_year"),
        REVENUE.alias("before"),
    )
    grown = newest.join(before, on=[*SERIES, "closing_year"], how="left")
    has_trend = (pl.col("scope") != FinancialScope.UNKNOWN.value) & (pl.col("before") > 0) & (REVENUE > 0)
    growth = pl.when(has_trend).then((REVENUE / pl.col("before")) ** (1 / TREND_YEARS) - 1).alias("revenue_cagr_3y")
    chosen = grown.with_columns(growth).select(ProfileFinances.column_names())
    return ProfileFinances.validate(chosen.sort("profile_id"))


def _rank(order: tuple[FinancialScope, ...]) -> pl.Expr:
    """0 for the scope that suits best."""
    places = {scope.value: place for place, scope in enumerate(order)}
    return pl.col("scope").replace_strict(places, return_dtype=pl.Int32)
