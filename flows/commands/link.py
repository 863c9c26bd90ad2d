"""`grandcompte link`: which record of a register each record of a list is."""

from pathlib import Path

import numpy as np
import polars as pl

from enrich.lexicon import load_lexicon
from enrich.linking import link_records
from enrich.verdict import find_telling_words, put_in_bands, say_reasons
from enrich.weights import load_weights
from flows.record_files import read_records, write_answers

SHOWN = 5  # candidates of one left record
ANSWER = ["left_id", "right_id", "score", "band", "reasons"]


def link_files(left: Path, right: Path, out: Path, show_all: bool, executor: str = "local") -> int:
    """Link two files and write the answer; the exit code."""
    queries, register = read_records(left), read_records(right)
    if executor == "dask":
        from flows.executor import link_on_dask

        answer = link_on_dask(queries, register)
    else:
        answer = link_frames(queries, register)
    write_answers(answer if show_all else answer.filter(pl.col("band") != "reject"), out)
    return 0


def link_frames(queries: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """The best five candidates of every query, best first; at most one of them is `auto`."""
    lexicon, weights = load_lexicon(), load_weights()
    scored, probability = link_records(queries, register, lexicon, weights)
    evidence = scored.evidence
    held = find_telling_words(evidence.left_only, lexicon, weights) & (scored.decided != 1)
    # A word that only the register has is often the longer official name; its rivals have already spoken of it.
    band = put_in_bands(probability, held, weights.link_auto, weights.link_review)
    # Ties go to the pair that is closer by itself, then to the register's order.
    frame = scored.pairs.with_columns(score=pl.Series(probability), band=band, place=np.arange(len(probability)))
    best = (
        frame.sort("left", "score", "probability", "right", descending=[False, True, True, False])
        .with_columns(rank=pl.int_range(pl.len()).over("left"))
        .filter(pl.col("rank") < SHOWN)
        .with_columns(
            band=pl.when((pl.col("rank") > 0) & (pl.col("band") == "auto")).then(pl.lit("review")).otherwise("band")
        )
    )
    reasons = say_reasons(scored, queries, register).gather(best["place"])
    return best.select(
        left_id=queries["id"].gather(best["left"]),
        right_id=register["id"].gather(best["right"]),
        score=pl.col("score").cast(pl.Float64).round(4),
        band="band",
        reasons=reasons,
    ).select(ANSWER)
