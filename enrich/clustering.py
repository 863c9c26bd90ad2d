"""Which scored records are one company: average linkage inside connected components, with cannot-links.

Connected components alone would chain strangers: A like B and B like C does not make A like C.
"""

from collections import defaultdict
from typing import Literal

import dataframely as dy
import numpy as np
import numpy.typing as npt
import polars as pl

from enrich.blocking import find_identifier_pairs, list_identifiers
from enrich.contract import step
from enrich.linkage import Linkage
from enrich.scoring import AUTO, REVIEW
from schemas.frames import CandidatePair, NamedRecord, RecordCluster, RecordJudgement
from schemas.vocabulary import Band, Judgement

Numbers = npt.NDArray[np.int64]


@step
def cluster_records(
    named: dy.DataFrame[NamedRecord],
    pairs: dy.DataFrame[CandidatePair],
    judgements: dy.DataFrame[RecordJudgement],
    *,
    threshold: float = AUTO,
) -> dy.DataFrame[RecordCluster]:
    """Partition the records; any order of rows gives the same partition.

    What outranks what: a human's `different`, a human's `same`, conflicting identifiers of one scheme, an equal
    identifier, scores. A pair judged `unsure` keeps at most a score for review.

    Args:
        named: all records.
        pairs: scored pairs of them; a pair that is not there counts as 0 in an average.
        judgements: human words on pairs, in either direction; pairs with records that are gone are ignored.
        threshold: average score from which two clusters are one.
    """
    records = named.select("record").sort("record").with_row_index("number")
    # Contradictory words on one pair: `different` comes first in the alphabet, and caution wins.
    judged = _number_pairs(judgements, records, keep="first")
    scored = _number_pairs(pairs.select("left_record", "right_record", "score"), records, keep="last")
    scored = _apply_judgements(scored, judged)
    equal = find_identifier_pairs(named).filter(pl.col("band") == Band.AUTO.value)
    equal = _number_pairs(equal.select("left_record", "right_record"), records, keep="first")
    same = judged.filter(pl.col("judgement") == Judgement.SAME.value).select("left", "right")
    linked = pl.concat([same, equal, scored.filter(pl.col("score") >= threshold).select("left", "right")])
    touched = records.filter(pl.col("number").is_in(pl.concat([linked["left"], linked["right"]]).unique().implode()))

    linkage = Linkage(touched["number"], _collect_identifiers(named, touched), _collect_foes(judged))
    for left, right in same.iter_rows():
        linkage.bind(left, right, by_human=True)
    for left, right in equal.iter_rows():
        linkage.bind(left, right)
    labels = label_components(records.height, linked["left"].to_numpy(), linked["right"].to_numpy())
    is_inside = labels[scored["left"].to_numpy()] == labels[scored["right"].to_numpy()]
    linkage.weigh(scored.filter(pl.Series(is_inside, dtype=pl.Boolean)).iter_rows())
    linkage.run(threshold)
    return RecordCluster.cast(_name_clusters(records, linkage))


def label_components(count: int, left: Numbers, right: Numbers) -> Numbers:
    """The smallest number of each number's connected component, by hooking and pointer jumping."""
    labels = np.arange(count, dtype=np.int64)
    while True:
        lower = np.minimum(labels[left], labels[right])
        hooked = labels.copy()
        np.minimum.at(hooked, labels[left], lower)
        np.minimum.at(hooked, labels[right], lower)
        while not np.array_equal(hooked, jumped := hooked[hooked]):
            hooked = jumped
        if np.array_equal(hooked, labels):
            return labels
        labels = hooked


def _number_pairs(pairs: pl.DataFrame, records: pl.DataFrame, *, keep: Literal["first", "last"]) -> pl.DataFrame:
    """Pairs by the records' numbers, `left` < `right`, each once and sorted: the order of rows ends here."""
    number = pl.col("number").cast(pl.Int64)
    met = pairs.join(records.select(left_record="record", a=number), on="left_record").join(
        records.select(right_record="record", b=number), on="right_record"
    )
    numbered = met.filter(pl.col("a") != pl.col("b")).select(
        pl.min_horizontal("a", "b").alias("left"),
        pl.max_horizontal("a", "b").alias("right"),
        pl.exclude("left_record", "right_record", "a", "b"),
    )
    return numbered.sort(pl.all()).unique(["left", "right"], keep=keep, maintain_order=True)


def _apply_judgements(scored: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    both = scored.join(judged, on=["left", "right"], how="left", maintain_order="left")
    word = pl.col("judgement")
    score = (
        pl.when(word == Judgement.SAME.value)
        .then(1.0)
        .when(word == Judgement.DIFFERENT.value)
        .then(0.0)
        .when(word == Judgement.UNSURE.value)
        .then(pl.min_horizontal("score", pl.lit(REVIEW)))
        .otherwise("score")
    )
    return both.select("left", "right", score=score)


def _collect_identifiers(named: pl.DataFrame, touched: pl.DataFrame) -> dict[int, dict[str, frozenset[str]]]:
    known: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    identifiers = list_identifiers(named).join(touched, on="record").select("number", "scheme", "identifier")
    for number, scheme, identifier in identifiers.iter_rows():
        known[number][scheme] = frozenset([identifier])
    return known


def _collect_foes(judged: pl.DataFrame) -> dict[int, set[int]]:
    foes: dict[int, set[int]] = defaultdict(set)
    different = judged.filter(pl.col("judgement") == Judgement.DIFFERENT.value)
    for left, right in different.select("left", "right").iter_rows():
        foes[left].add(right)
        foes[right].add(left)
    return foes


def _name_clusters(records: pl.DataFrame, linkage: Linkage) -> pl.DataFrame:
    """Every record with its cluster, named by the smallest record; a record without links is alone, confidence 1."""
    homes = pl.DataFrame(
        {
            "number": list(linkage.home),
            "home": list(linkage.home.values()),
            "confidence": [linkage.confidence[record] for record in linkage.home],
        },
        schema={"number": records["number"].dtype, "home": records["number"].dtype, "confidence": pl.Float64},
    )
    named = records.join(homes, on="number", how="left").join(
        records.rename({"record": "cluster", "number": "home"}), on="home", how="left"
    )
    return named.select(
        "record", cluster=pl.coalesce("cluster", "record"), confidence=pl.col("confidence").fill_null(1.0).round(4)
    ).sort("record")
