"""How likely two records are one company, with the reason in words.

The weights are a list that anyone can read (as in nomenklatura's logic_v2). What stands in `core` is averaged by its
weight; a qualifier adds its weight, or takes it away, where its evidence is present. An equal identifier decides, a
conflicting one forbids, and a telling word that the other side lacks keeps a pair out of `auto`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from enrich.blocking import CONFLICT_SCORE, clean_identifier, find_conflicts, list_identifiers
from enrich.contract import step
from enrich.reasons import say_reasons
from enrich.similarity import compare_keys
from schemas.frames import BlockedPair, CandidatePair, NamedRecord, TokenFrequency
from schemas.vocabulary import Band

AUTO = 0.9
REVIEW = 0.5
BELOW_AUTO = 0.01
PAIR = ["left_record", "right_record"]
# A table of fifty names knows little about which words are rare: it counts as if these many more had been read.
UNSEEN_RECORDS = 1000


@dataclass(frozen=True, slots=True)
class Feature:
    """One piece of evidence: a column from 0 to 1 of the evidence frame, and what it weighs."""

    name: str
    weight: float
    is_qualifier: bool = False


FEATURES: tuple[Feature, ...] = (
    Feature("cover", 0.55),  # the worse of the two directions: no word of either side may be unexplained
    Feature("token_sort", 0.20),
    Feature("ratio", 0.15),
    Feature("partial", 0.10),
    Feature("same_country", 0.02, is_qualifier=True),
    Feature("other_country", -0.20, is_qualifier=True),
    Feature("same_postal_code", 0.05, is_qualifier=True),
    Feature("same_city", 0.03, is_qualifier=True),
    Feature("other_legal_form", -0.02, is_qualifier=True),  # weak: `Ltd` and `Limited` differ only in writing
)


@step
def count_token_frequencies(named: dy.DataFrame[NamedRecord]) -> dy.DataFrame[TokenFrequency]:
    """How many records have each token, and how rare that makes it (inverse document frequency from 0 to 1)."""
    total = float(np.log(named.height + UNSEEN_RECORDS))
    counted = named.select(token="tokens").explode("token").drop_nulls().group_by("token").agg(record_count=pl.len())
    rarity = (1.0 - (pl.col("record_count").cast(pl.Float64) + 1.0).log() / total).clip(0.0, 1.0)
    return TokenFrequency.cast(counted.with_columns(rarity=rarity).sort("token"))


@step
def score_pairs(
    pairs: dy.DataFrame[BlockedPair],
    left: dy.DataFrame[NamedRecord],
    right: dy.DataFrame[NamedRecord],
    frequencies: dy.DataFrame[TokenFrequency] | None = None,
    *,
    weights: Sequence[Feature] = FEATURES,
    auto: float = AUTO,
    review: float = REVIEW,
) -> dy.DataFrame[CandidatePair]:
    """Score blocked pairs from 0 to 1, each by its two records and the frequencies alone.

    Args:
        pairs: what to score.
        left: the records of `left_record`.
        right: the records of `right_record`; the same frame twice when it is linked with itself.
        frequencies: how rare words are; keep one table for scores that must compare. None counts `right`.
        weights: the evidence and its weights.
        auto: score from which a pair is merged unseen.
        review: score from which a person is asked.

    Returns:
        one row a pair with score, band and the reasons, which name the two values that met.
    """
    rarities = count_token_frequencies(right) if frequencies is None else frequencies
    evidence = _gather_evidence(pairs, left, right, rarities)
    core = [feature for feature in weights if not feature.is_qualifier]
    name = pl.sum_horizontal(pl.col(f.name) * f.weight for f in core) / sum(f.weight for f in core)
    shift = pl.sum_horizontal(pl.lit(0.0), *(pl.col(f.name) * f.weight for f in weights if f.is_qualifier))
    weighed = evidence.with_columns(name_score=name.clip(0.0, 1.0)).with_columns(
        weighed=pl.when("has_names").then((pl.col("name_score") + shift).clip(0.0, 1.0)).otherwise(0.0)
    )
    has_telling_word = pl.col("left_only").is_not_null() | pl.col("right_only").is_not_null()
    kept = pl.when(has_telling_word).then(pl.min_horizontal("weighed", auto - BELOW_AUTO)).otherwise("weighed")
    is_same, is_forbidden = pl.col("same").is_not_null(), pl.col("conflict").is_not_null()
    score = (
        pl.when(is_same & is_forbidden)
        .then(CONFLICT_SCORE)
        .when(is_same)
        .then(1.0)
        .when(is_forbidden)
        .then(0.0)
        .otherwise(kept)
    )
    scored = weighed.with_columns(score=score.round(4)).with_columns(
        band=put_in_band(pl.col("score"), auto=auto, review=review), reasons=say_reasons()
    )
    return CandidatePair.cast(scored.select(CandidatePair.column_names()).sort(PAIR))


def put_in_band(score: pl.Expr, *, auto: float = AUTO, review: float = REVIEW) -> pl.Expr:
    """The band of a score."""
    return (
        pl.when(score >= auto)
        .then(pl.lit(Band.AUTO.value))
        .when(score >= review)
        .then(pl.lit(Band.REVIEW.value))
        .otherwise(pl.lit(Band.REJECT.value))
    )


def _gather_evidence(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, frequencies: pl.DataFrame
) -> pl.DataFrame:
    """Every feature's column, the values that met, and what identifiers say."""
    own = left.select(pl.all().name.prefix("left_")).drop("left_tokens", "left_other_names")
    other = right.select(pl.all().name.prefix("right_")).drop("right_tokens", "right_other_names")
    left_ids, right_ids = list_identifiers(left), list_identifiers(right)
    met = (
        pairs.join(own, on="left_record", how="left")
        .join(other, on="right_record", how="left")
        .join(_compare_names(pairs, left, right, frequencies), on=PAIR, how="left")
        .join(_find_equals(pairs, left_ids, right_ids), on=PAIR, how="left")
        .join(find_conflicts(pairs, left_ids, right_ids), on=PAIR, how="left")
    )
    cities = [_fold_place(pl.col(f"{side}_city")) for side in ("left", "right")]
    forms = [pl.col(f"{side}_legal_forms") for side in ("left", "right")]
    return met.with_columns(
        has_names=pl.col("left_key").is_not_null(),
        cover=pl.min_horizontal("left_cover", "right_cover"),
        same_country=_as_evidence(pl.col("left_country_code") == pl.col("right_country_code")),
        other_country=_as_evidence(pl.col("left_country_code") != pl.col("right_country_code")),
        same_postal_code=_as_evidence(
            clean_identifier(pl.col("left_postal_code")) == clean_identifier(pl.col("right_postal_code"))
        ),
        same_city=_as_evidence(cities[0] == cities[1]),
        other_legal_form=_as_evidence(
            (forms[0].list.len() > 0)
            & (forms[1].list.len() > 0)
            & (forms[0].list.set_intersection(forms[1]).list.len() == 0)
        ),
    ).with_columns(pl.col("cover", "token_sort", "ratio", "partial").fill_null(0.0))


def _compare_names(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, frequencies: pl.DataFrame
) -> pl.DataFrame:
    """The best of a pair's names: its two main names, or a main name and one of the other's other names."""
    spelled = (
        pairs.join(_list_keys(left, "left"), on="left_record")
        .join(_list_keys(right, "right"), on="right_record")
        .filter(pl.col("left_is_main") | pl.col("right_is_main"))
    )
    compared = compare_keys(spelled.select("left_key", "right_key").unique(), frequencies)
    closeness = pl.min_horizontal("left_cover", "right_cover") + pl.col("token_sort")
    return (
        spelled.join(compared, on=["left_key", "right_key"])
        .with_columns(closeness=closeness)
        .sort([*PAIR, "closeness", "left_key", "right_key"], descending=[False, False, True, False, False])
        .unique(PAIR, keep="first", maintain_order=True)
        .drop("closeness", "left_is_main", "right_is_main")
    )


def _list_keys(named: pl.DataFrame, side: str) -> pl.DataFrame:
    record, key, is_main = f"{side}_record", f"{side}_key", f"{side}_is_main"
    main = named.select(pl.col("record").alias(record), pl.col("core_key").alias(key), pl.lit(True).alias(is_main))
    others = named.select(
        pl.col("record").alias(record), pl.col("other_keys").alias(key), pl.lit(False).alias(is_main)
    ).explode(key)
    return pl.concat([main, others]).drop_nulls(key).unique([record, key], keep="first", maintain_order=True)


def _find_equals(pairs: pl.DataFrame, left_ids: pl.DataFrame, right_ids: pl.DataFrame) -> pl.DataFrame:
    both = pairs.join(left_ids.rename({"record": "left_record"}), on="left_record").join(
        right_ids.rename({"record": "right_record"}), on=["right_record", "scheme", "identifier"]
    )
    words = pl.format("{} {} = {}", "scheme", "identifier", "identifier")
    return both.sort("scheme").group_by(PAIR).agg(same=words.str.join("; "))


def _fold_place(place: pl.Expr) -> pl.Expr:
    """A city for comparison: no case, accents, district number or CEDEX."""
    folded = place.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"cedex.*|[^a-z]", "")
    return pl.when(folded != "").then(folded)


def _as_evidence(condition: pl.Expr) -> pl.Expr:
    """1 where both values are known and the condition holds, otherwise 0: unknown is no evidence."""
    return condition.fill_null(False).cast(pl.Float64)
