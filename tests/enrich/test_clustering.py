import random

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.clustering import cluster_records, label_components
from schemas.frames import NamedRecord, RecordCluster
from tests.enrich.linking_factory import judgements, named, pairs

ABCD = named(*({"record": f"s|{letter}"} for letter in "abcd"))
SIREN = {"national_id_scheme": "FR-RCS"}


def parts(clusters: pl.DataFrame) -> list[str]:
    """Clusters as words of record letters: `ab c`."""
    grouped = clusters.sort("record").group_by("cluster").agg(pl.col("record").str.slice(2).str.join(""))
    return sorted(grouped["record"])


def test_a_chain_is_not_merged_where_its_ends_differ() -> None:
    chain = pairs(("s|a", "s|b", 0.95), ("s|b", "s|c", 0.94))
    assert parts(cluster_records(ABCD, chain, judgements())) == ["ab", "c", "d"]
    closed = pairs(("s|a", "s|b", 0.95), ("s|b", "s|c", 0.94), ("s|a", "s|c", 0.9))
    assert parts(cluster_records(ABCD, closed, judgements())) == ["abc", "d"]


def test_confidence_is_the_link_that_holds_a_record() -> None:
    closed = pairs(("s|a", "s|b", 0.96), ("s|b", "s|c", 0.94), ("s|a", "s|c", 0.9))
    found = cluster_records(ABCD, closed, judgements())
    assert found.rows() == [("s|a", "s|a", 0.96), ("s|b", "s|a", 0.96), ("s|c", "s|a", 0.92), ("s|d", "s|d", 1.0)]


def test_human_words_outrank_scores_and_unsure_holds_a_pair_back() -> None:
    scored = pairs(("s|a", "s|b", 0.99), ("s|c", "s|d", 0.2))
    words = judgements(("s|b", "s|a", "different"), ("s|d", "s|c", "same"))
    assert parts(cluster_records(ABCD, scored, words)) == ["a", "b", "cd"]
    assert parts(cluster_records(ABCD, scored, judgements(("s|a", "s|b", "unsure")))) == ["a", "b", "c", "d"]
    assert parts(cluster_records(ABCD, scored, judgements(("s|a", "s|gone", "same")))) == ["ab", "c", "d"]


def test_different_outranks_a_chain_of_same_and_of_contradictory_words() -> None:
    words = judgements(("s|a", "s|b", "same"), ("s|b", "s|c", "same"), ("s|a", "s|c", "different"))
    assert parts(cluster_records(ABCD, pairs(), words)) == ["ab", "c", "d"]
    words = judgements(("s|a", "s|b", "same"), ("s|b", "s|a", "different"))
    assert parts(cluster_records(ABCD, pairs(), words)) == ["a", "b", "c", "d"]


def test_equal_identifiers_join_and_conflicting_ones_keep_apart() -> None:
    frame = named(
        {"record": "s|a", "national_id": "001", **SIREN},
        {"record": "s|b", "national_id": "001", **SIREN, "lei": "L1"},
        {"record": "s|c", "lei": "L1"},
        {"record": "s|d", "national_id": "002", **SIREN},
    )
    scored = pairs(*((f"s|{x}", "s|d", 0.99) for x in "abc"))
    assert parts(cluster_records(frame, scored, judgements())) == ["abc", "d"]
    assert parts(cluster_records(frame, scored, judgements(("s|a", "s|d", "same")))) == ["abcd"]


def test_a_record_between_two_conflicting_ones_joins_one_of_them_only() -> None:
    frame = named(
        {"record": "s|a", "national_id": "001", **SIREN},
        {"record": "s|b"},
        {"record": "s|c", "national_id": "002", **SIREN},
    )
    scored = pairs(("s|a", "s|b", 0.95), ("s|b", "s|c", 0.95))
    assert parts(cluster_records(frame, scored, judgements())) == ["ab", "c"]


LETTERS = "abcdefgh"
SCORED = st.dictionaries(
    st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)).filter(lambda p: p[0] < p[1]),
    st.sampled_from([0.4, 0.8, 0.9, 0.93, 0.95, 1.0]),
    max_size=20,
)


@settings(max_examples=25)
@given(SCORED, st.lists(st.sampled_from(["", "001", "002"]), min_size=8, max_size=8), st.randoms(use_true_random=False))
def test_any_order_of_rows_gives_the_same_partition(
    scored: dict[tuple[str, str], float], numbers: list[str], chance: random.Random
) -> None:
    rows = [
        {"record": f"s|{letter}", "national_id": number or None, "national_id_scheme": "FR-RCS" if number else None}
        for letter, number in zip(LETTERS, numbers, strict=True)
    ]
    links = [(f"s|{a}", f"s|{b}", score) for (a, b), score in scored.items()]
    found = cluster_records(named(*rows), pairs(*links), judgements())
    chance.shuffle(rows)
    chance.shuffle(links)
    turned = [(b, a, s) if chance.random() < 0.5 else (a, b, s) for a, b, s in links]
    assert cluster_records(named(*rows), pairs(*turned), judgements()).equals(found)
    assert_keeps_its_promises(found, named(*rows))


def assert_keeps_its_promises(found: RecordCluster | pl.DataFrame, frame: NamedRecord | pl.DataFrame) -> None:
    """Every record once, a cluster is named by its smallest record, and no cluster holds two register numbers."""
    assert isinstance(found, pl.DataFrame)
    assert isinstance(frame, pl.DataFrame)
    assert found["record"].to_list() == sorted(frame["record"])
    assert (
        (found.group_by("cluster").agg(pl.col("record").min()).select(pl.col("cluster") == pl.col("record")))
        .to_series()
        .all()
    )
    joined = found.join(frame.select("record", "national_id"), on="record").drop_nulls("national_id")
    assert joined.group_by("cluster").agg(pl.col("national_id").n_unique())["national_id"].max() in (None, 1)


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_components_are_those_of_a_plain_search(edges: list[tuple[int, int]]) -> None:
    left, right = (np.array([edge[side] for edge in edges], dtype=np.int64) for side in (0, 1))
    expected = list(range(20))
    for _ in range(20):
        for a, b in edges:
            expected[a] = expected[b] = min(expected[a], expected[b])
    assert label_components(20, left, right).tolist() == expected
