"""How a candidate stands among the other candidates of its query: evidence that only a whole search has."""

import numpy as np
import polars as pl

CERTAIN = 1e-4  # log-odds are cut here
NEAR = 0.7  # log-odds: a rival nearer than this is as good
COVERED = 0.9

FEATURES = (
    "odds", "odds_rank", "odds_gap", "odds_near", "odds_sum", "shared", "shared_share", "shared_rank",
    "left_covered", "right_covered", "same_country", "top_shared",
)  # fmt: skip


def rank_rivals(candidates: pl.DataFrame) -> pl.DataFrame:
    """Measure every candidate against its query's others.

    Args:
        candidates: `left`, `shared`, `probability` of the pair alone, `left_cover`, `right_cover`, `country`.

    Returns:
        a column for each of FEATURES, in the same order of rows.
    """
    cut = pl.col("probability").clip(CERTAIN, 1 - CERTAIN)
    shared_rank = pl.col("shared").rank("ordinal", descending=True)
    ranked = candidates.with_columns(odds=(cut / (1 - cut)).log()).with_columns(
        top=pl.col("odds").max().over("left"),
        second=pl.col("odds").top_k(2).min().over("left"),
        rivals=pl.len().over("left"),
        top_shared=pl.col("shared").max().over("left"),
    )
    second = pl.when(pl.col("rivals") > 1).then("second").otherwise(float(np.log(CERTAIN)))
    return ranked.select(
        "odds",
        pl.col("odds").rank("min", descending=True).over("left").alias("odds_rank"),
        (pl.col("odds") - pl.when(pl.col("odds") == pl.col("top")).then(second).otherwise("top")).alias("odds_gap"),
        (pl.col("odds") >= pl.col("top") - NEAR).sum().over("left").alias("odds_near"),
        pl.col("probability").sum().over("left").alias("odds_sum"),
        "shared",
        (pl.col("shared") / pl.col("top_shared")).alias("shared_share"),
        shared_rank.over("left").alias("shared_rank"),
        (pl.col("left_cover") > COVERED).sum().over("left").alias("left_covered"),
        (pl.col("right_cover") > COVERED).sum().over("left").alias("right_covered"),
        (pl.col("country") > 0).sum().over("left").alias("same_country"),
        "top_shared",
    ).cast(pl.Float32)
