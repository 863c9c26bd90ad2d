"""`grandcompte dedupe`: which records of one file are one company."""

from pathlib import Path

import polars as pl

from enrich.average import cluster_rows
from enrich.context import clean_context
from enrich.lexicon import load_lexicon
from enrich.linking import pair_records, score_twins
from enrich.weights import load_weights
from flows.record_files import read_records, write_answers


def dedupe_file(path: Path, out: Path) -> int:
    """Cluster a file's records and write the answer; the exit code."""
    write_answers(dedupe_frame(read_records(path)), out)
    return 0


def dedupe_frame(records: pl.DataFrame) -> pl.DataFrame:
    """`id`, `cluster_id` (the id of the cluster's first record by id) and `score`; any order of rows gives the same."""
    ordered = records.sort("id")
    # Records that are equal in everything but their id are one: a million of them cost as much as one.
    content = [name for name in ordered.columns if name != "id"]
    distinct = ordered.unique(content, keep="first", maintain_order=True)
    weights = load_weights()
    scored = pair_records(distinct, load_lexicon(), weights)
    pairs = scored.pairs.with_columns(probability=pl.Series(score_twins(scored, weights)))
    clusters = cluster_rows(distinct.height, pairs, clean_context(distinct), weights.cluster)
    named = distinct.select(
        *content, cluster_id=distinct["id"].gather(clusters["cluster"]), score=clusters["score"].round(4)
    )
    is_named = ordered["name"].fill_null("").str.strip_chars() != ""
    joined = ordered.join(named, on=content, how="left", nulls_equal=True, maintain_order="left").with_columns(
        is_named=is_named
    )
    # Nothing joins records without a name: each stays alone.
    cluster = pl.when("is_named").then("cluster_id").otherwise("id")
    return joined.select("id", cluster_id=cluster, score=pl.when("is_named").then("score").otherwise(1.0))
