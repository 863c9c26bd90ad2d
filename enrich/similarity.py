"""How alike two core keys are: rapidfuzz over whole keys, then a cover of each key's words by the other's."""

from collections.abc import Callable

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

CHEAP_FLOOR = 0.6  # below this on every whole-key measure the dear word cover cannot make a match
WORD_FLOOR = 0.8  # two words below this are different words
ABBREVIATION = 0.9  # `tech` for `technologies`: the shorter has four letters or more and begins the longer
RARE = 0.25  # rarity from which an unmatched word tells of another company
WEAK_WEIGHT = 0.15
NUMBER_WEIGHT = 0.5
NUMBERS = r"^([0-9]+|i{1,3}|iv|vi{0,3}|ix)$"  # `Fund 2` and `Fund 3`, `II` and `III` are two companies
WEAK_WORDS = [
    "and", "the", "of", "for", "de", "du", "des", "d", "la", "le", "les", "l", "der", "die", "das", "van", "von", "del",
    "group", "groupe", "gruppe", "gruppo", "grupo", "holding", "holdings", "international", "internationale",
    "company", "compagnie", "cie", "co", "societe", "ste",
]  # fmt: skip


def compare_keys(keys: pl.DataFrame, frequencies: pl.DataFrame) -> pl.DataFrame:
    """Name evidence for distinct pairs of core keys.

    Args:
        keys: distinct `left_key`, `right_key`.
        frequencies: a frame of `TokenFrequency`; a word that it does not have is as rare as can be.

    Returns:
        keys with, from 0 to 1, `token_sort`, `ratio` (blanks apart), `partial`, `left_cover` (share of the left
        words' rarity that the right has) and `right_cover`; with `left_only` and `right_only`, the rarest telling word
        that the other side lacks, or null.
    """
    squeezed = keys.select(pl.col("left_key", "right_key").str.replace_all(" ", "", literal=True))
    measured = keys.with_row_index("pair").with_columns(
        token_sort=_score_each(keys["left_key"], keys["right_key"], fuzz.token_sort_ratio),
        ratio=_score_each(squeezed["left_key"], squeezed["right_key"], fuzz.ratio),
        partial=_score_each(keys["left_key"], keys["right_key"], fuzz.partial_ratio),
        is_same=squeezed["left_key"] == squeezed["right_key"],
    )
    worth = pl.max_horizontal("token_sort", "ratio", "partial") >= CHEAP_FLOOR
    covered = _cover_words(measured.filter(worth & ~pl.col("is_same")), frequencies)
    both = measured.join(covered, on="pair", how="left", maintain_order="left")
    cover = pl.when("is_same").then(1.0)
    return both.with_columns(
        left_cover=cover.otherwise(pl.col("left_cover").fill_null(0.0)),
        right_cover=cover.otherwise(pl.col("right_cover").fill_null(0.0)),
    ).drop("pair", "is_same")


def weigh_word(word: pl.Expr, rarity: pl.Expr) -> pl.Expr:
    """Weight of a word in a cover: its rarity, little for weak words, never little for numbers."""
    return (
        pl.when(word.is_in(WEAK_WORDS))
        .then(rarity * WEAK_WEIGHT)
        .when(word.str.contains(NUMBERS))
        .then(pl.max_horizontal(rarity, NUMBER_WEIGHT))
        .otherwise(rarity)
    )


def _score_each(left: pl.Series, right: pl.Series, scorer: Callable[..., float]) -> pl.Series:
    """Pairwise scores from 0 to 1; rapidfuzz's own threads, no loop of ours."""
    scores = process.cpdist(left.to_list(), right.to_list(), scorer=scorer, workers=-1, dtype=np.float32)
    return pl.Series(scores.astype(np.float64) / 100.0, dtype=pl.Float64)


def _cover_words(keys: pl.DataFrame, frequencies: pl.DataFrame) -> pl.DataFrame:
    left, right = (_list_words(keys, side, frequencies) for side in ("left_key", "right_key"))
    near = _match_near_words(
        left.join(right, on=["pair", "word"], how="anti"), right.join(left, on=["pair", "word"], how="anti")
    )
    left_cover = _cover_side(left, right, near.drop("other"), "left")
    right_cover = _cover_side(right, left, near.drop("word").rename({"other": "word"}), "right")
    return left_cover.join(right_cover, on="pair", how="full", coalesce=True)


def _list_words(keys: pl.DataFrame, side: str, frequencies: pl.DataFrame) -> pl.DataFrame:
    words = keys.select("pair", word=pl.col(side).str.split(" ")).explode("word").unique()
    rarity = frequencies.select(word="token", rarity="rarity")
    weighed = words.join(rarity, on="word", how="left").with_columns(pl.col("rarity").fill_null(1.0))
    return weighed.with_columns(weight=weigh_word(pl.col("word"), pl.col("rarity")))


def _match_near_words(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Misspelt and abbreviated words (`pair`, `word`, `other`, `near`) among those without their equal.

    Only words with one first letter are compared: few slips hit it, and the rest would cost twenty times as much.
    """
    initial = pl.col("word").str.slice(0, 1)
    met = left.with_columns(initial=initial).join(
        right.with_columns(initial=initial), on=["pair", "initial"], suffix="_right"
    )
    distinct = met.select("word", other="word_right").unique()
    short, long = pl.min_horizontal(*_lengths()), pl.max_horizontal(*_lengths())
    begins = pl.col("word").str.starts_with(pl.col("other")) | pl.col("other").str.starts_with(pl.col("word"))
    is_number = pl.col("word").str.contains(NUMBERS) | pl.col("other").str.contains(NUMBERS)
    near = pl.max_horizontal("alike", pl.when(begins & (short >= 4) & (long > short)).then(ABBREVIATION))
    judged = distinct.with_columns(alike=_score_each(distinct["word"], distinct["other"], fuzz.ratio)).with_columns(
        near=pl.when(~is_number & (short >= 3)).then(near).otherwise(0.0)
    )
    good = judged.filter(pl.col("near") >= WORD_FLOOR).drop("alike")
    return met.select("pair", "word", other="word_right").join(good, on=["word", "other"])


def _lengths() -> tuple[pl.Expr, pl.Expr]:
    return pl.col("word").str.len_chars(), pl.col("other").str.len_chars()


def _cover_side(own: pl.DataFrame, other: pl.DataFrame, near: pl.DataFrame, side: str) -> pl.DataFrame:
    """Weighted share of one side's words that the other side has, and its rarest telling word that has no match."""
    equal = other.select("pair", "word", equal=pl.lit(1.0))
    best = near.group_by("pair", "word").agg(pl.col("near").max())
    met = (
        own.join(equal, on=["pair", "word"], how="left")
        .join(best, on=["pair", "word"], how="left")
        .with_columns(found=pl.coalesce("equal", "near", pl.lit(0.0)))
    )
    covers = met.group_by("pair").agg(
        ((pl.col("weight") * pl.col("found")).sum() / pl.col("weight").sum()).clip(0.0, 1.0).alias(f"{side}_cover")
    )
    telling = met.filter((pl.col("found") == 0.0) & (pl.col("weight") >= RARE))
    rarest = telling.sort("pair", "weight", "word").unique("pair", keep="last")
    missing = rarest.select("pair", pl.col("word").alias(f"{side}_only"))
    return covers.join(missing, on="pair", how="left")
