"""`grandcompte compare`: how likely two names are one company, and why."""

from pathlib import Path

import numpy as np
import polars as pl

from enrich.context import clean_context
from enrich.evidence import FEATURES
from enrich.lexicon import load_lexicon
from enrich.linking import read_names, score_names
from enrich.verdict import find_telling_words, put_in_bands, say_reasons
from enrich.weights import load_weights
from flows.errors import InputError
from flows.record_files import OPTIONAL, read_records, write_answers

SAID = 4  # pieces of evidence that an explanation names


def compare_file(path: Path, out: Path) -> int:
    """Score the pairs of a file; the exit code."""
    pairs = read_records(path, ("id", "name_a", "name_b"))
    answer = compare_names(pairs["name_a"], pairs["name_b"])
    write_answers(answer.select(pairs["id"], "score", "band", "reasons"), out)
    return 0


def compare_two(name_a: str, name_b: str) -> int:
    """Print one pair's score, band, reasons and what each piece of evidence weighed; the exit code.

    Raises:
        InputError: a name is empty.
    """
    if not name_a.strip() or not name_b.strip():
        raise InputError("compare: a name is empty; two names are expected")
    names = [pl.Series([name.encode("utf-8", "replace").decode("utf-8")]) for name in (name_a, name_b)]
    (row,) = compare_names(*names, explain=True).iter_rows(named=True)
    for field in ("score", "band", "reasons", "weighed"):
        print(f"{field}: {row[field]}")
    return 0


def compare_names(names_a: pl.Series, names_b: pl.Series, *, explain: bool = False) -> pl.DataFrame:
    """`score`, `band` and `reasons` of pairs of names; with `explain` also `weighed`, the evidence by its weight."""
    lexicon, weights = load_lexicon(), load_weights()
    sides = [_as_records(names) for names in (names_a, names_b)]
    rows = pl.int_range(len(names_a), dtype=pl.UInt32, eager=True)
    contexts = clean_context(sides[0]), clean_context(sides[1])
    left, right = (read_names(side, lexicon) for side in sides)
    pairs = pl.DataFrame({"left": rows, "right": rows})
    scored = score_names(left, right, pairs, contexts, lexicon, weights)
    probability = scored.pairs["probability"].to_numpy()
    held = find_telling_words(scored.evidence.left_only, lexicon, weights)
    held |= find_telling_words(scored.evidence.right_only, lexicon, weights)
    held |= scored.evidence.table[:, FEATURES.index("numbers")] > 0
    answer = pl.DataFrame({"score": probability}).select(pl.col("score").cast(pl.Float64).round(4))
    answer = answer.with_columns(
        band=put_in_bands(probability, held, weights.pair_auto, weights.pair_review),
        reasons=say_reasons(scored, *sides),
    )
    if explain:
        moved = weights.pair.weigh_features(scored.evidence.table)
        answer = answer.with_columns(weighed=pl.Series([_say_weights(row) for row in moved]))
    return answer


def _as_records(names: pl.Series) -> pl.DataFrame:
    blank = [pl.lit(None, pl.String).alias(name) for name in OPTIONAL]
    return pl.DataFrame({"name": names}).with_columns(blank)


def _say_weights(moved: np.ndarray) -> str:
    order = np.argsort(-np.abs(moved))[:SAID]
    return ", ".join(f"{FEATURES[at].replace('_', ' ')} {moved[at]:+.2f}" for at in order)
