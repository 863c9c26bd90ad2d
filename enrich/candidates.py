"""Which names of a register deserve a look for a query: those that share its rarest features.

The index is two frames, so that parquet holds it and polars joins it: the features of every name, and how many names
have each. A feature that too many names share is no evidence and is not opened.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from enrich.grams import KIND_BITS, WEIGHTS, list_features

MOST_SHARED = 0.002  # share of the names above which a feature is not opened, and never fewer than MOST_SHARED_MIN
MOST_SHARED_MIN, MOST_SHARED_MAX = 100, 800
OPENED = 22  # rarest features of a query that are opened
KEPT = 40  # candidates of a query that go on
BATCH = 1_000  # queries at a time


@dataclass(frozen=True, slots=True)
class NameIndex:
    """An index of names.

    Attributes:
        postings: `feature`, `row`, sorted by feature; only features that are opened.
        counts: `feature`, `count` of the same.
        size: names in the index.
    """

    postings: pl.DataFrame
    counts: pl.DataFrame
    size: int


def build_index(names: pl.DataFrame, wanted: pl.Series | None = None) -> NameIndex:
    """Index names (`row`, `core`, `strong`, `country`).

    Args:
        names: as for `list_features`.
        wanted: only these features, when the queries are known; None keeps all, for an index that is stored.
    """
    features = list_features(names, wanted)
    if wanted is not None:
        features = features.join(pl.DataFrame({"feature": wanted}), on="feature", how="semi")
    counts = features.group_by("feature").agg(count=pl.len()).filter(pl.col("count") <= most_shared(names.height))
    postings = features.join(counts, on="feature", how="semi").sort("feature")
    return NameIndex(postings, counts, names.height)


def most_shared(size: int) -> int:
    """How many of `size` names may share a feature that is still opened."""
    return int(np.clip(size * MOST_SHARED, MOST_SHARED_MIN, MOST_SHARED_MAX))


def find_candidates(features: pl.DataFrame, index: NameIndex, *, kept: int = KEPT, batch: int = BATCH) -> pl.DataFrame:
    """The best candidates of every query by the weight of what they share.

    Args:
        features: `feature` and `row` of the queries.
        index: of the register.
        kept: most candidates of a query.
        batch: queries joined at a time.

    Returns:
        `left` and `right` rows and `shared`, the weight of the common features.
    """
    kind = (pl.col("feature") % (1 << KIND_BITS)).cast(pl.Int8)
    weight = kind.replace_strict(dict(enumerate(WEIGHTS)), return_dtype=pl.Float32)
    rarity = (np.log(max(index.size, 2)) - pl.col("count").log()).cast(pl.Float32)
    opened = (
        features.join(index.counts, on="feature")
        .with_columns(rarity=rarity)
        .sort("row", "rarity", "feature", descending=[False, True, False])
        .group_by("row", maintain_order=True)
        .head(OPENED)
        .select("feature", left="row", weight=weight * pl.col("rarity"))
    )
    queries = opened["left"].unique(maintain_order=True)
    found = []
    for at in range(0, len(queries), batch):
        part = opened.filter(pl.col("left").is_in(queries.slice(at, batch).implode()))
        met = part.join(index.postings, on="feature").group_by("left", right="row").agg(shared=pl.col("weight").sum())
        found.append(
            met.sort("left", "shared", "right", descending=[False, True, False])
            .group_by("left", maintain_order=True)
            .head(kept)
        )
    empty = pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32, "shared": pl.Float32})
    return pl.concat([empty, *found])
