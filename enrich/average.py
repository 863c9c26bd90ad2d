"""Clusters of scored rows: average linkage inside connected components, with pairs that must never meet."""

import numpy as np
import polars as pl

from enrich.context import IDENTIFIERS
from enrich.linkage import Linkage


def cluster_rows(
    count: int, pairs: pl.DataFrame, context: pl.DataFrame, threshold: float, floor: float = 0.02
) -> pl.DataFrame:
    """Partition rows 0 to count - 1.

    Args:
        count: rows.
        pairs: `left`, `right`, `probability`; a pair that is not there counts as 0 in an average.
        context: `clean_context`; rows whose identifiers of one scheme differ never share a cluster.
        threshold: average probability from which two clusters are one.
        floor: probabilities below it count as 0.

    Returns:
        `row`, `cluster` (its smallest row) and `score` (the weakest average link that holds it; 1 when alone).
    """
    linked = pairs.filter(pl.col("probability") >= threshold)
    touched = pl.concat([linked["left"], linked["right"]]).unique().sort()
    known = {
        row: {scheme: frozenset([value]) for scheme, value in values.items() if value is not None}
        for row, values in zip(touched, context[touched].select(IDENTIFIERS).iter_rows(named=True), strict=True)
    }
    linkage = Linkage(touched, known, {})
    inside = pairs.filter(
        (pl.col("probability") >= floor)
        & pl.col("left").is_in(touched.implode())
        & pl.col("right").is_in(touched.implode())
    )
    linkage.weigh(inside.select("left", "right", "probability").sort("left", "right").iter_rows())
    linkage.run(threshold)
    cluster = np.arange(count)
    score = np.ones(count)
    for row, home in linkage.home.items():
        cluster[row], score[row] = home, linkage.confidence[row]
    return pl.DataFrame({"row": np.arange(count, dtype=np.uint32), "cluster": cluster, "score": score})
