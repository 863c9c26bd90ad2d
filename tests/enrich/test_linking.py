import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.average import cluster_rows
from enrich.boosted import Model
from enrich.candidates import build_index, find_candidates
from enrich.context import clean_context
from enrich.grams import find_words, list_features
from enrich.lexicon import load_lexicon
from enrich.linking import ScoredPairs, link_records, read_names, score_names
from enrich.spellings import read_spellings
from enrich.weights import load_weights

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))


def records(*names: str, **columns: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"name": list(names), **columns}).with_columns(
        [pl.lit(None, pl.String).alias(c) for c in ("country",) if c not in columns]
    )


def score(left: pl.DataFrame, right: pl.DataFrame) -> ScoredPairs:
    """Score the rows of two tables against each other, one by one."""
    lexicon = load_lexicon()
    rows = pl.int_range(left.height, dtype=pl.UInt32, eager=True)
    return score_names(
        read_names(left, lexicon),
        read_names(right, lexicon),
        pl.DataFrame({"left": rows, "right": rows}),
        (clean_context(left), clean_context(right)),
        lexicon,
        load_weights(),
    )


def likeness(left: str, right: str) -> float:
    return float(score(records(left), records(right)).pairs["probability"][0])


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("Brisel Talvane S.A.", "core", "brisel talvane"),
        ("S A Brisel Talvane", "core", "brisel talvane"),
        ("Brisel Talvane Ser. B", "core", "brisel talvane"),
        ("Brisel Intl Pharma", "canon", "brisel international pharmaceutical"),
        ("Universität Brisel", "canon", "university brisel"),
        ("株式会社ブリセル製薬", "canon", "buriseru pharmaceutical"),
        ("The Brisel Group", "strong", "brisel"),
        ("Holding", "strong", "holdings"),
        ("SA", "core", "sa"),
        ("Brisel Deutschland", "named_country", "DE"),
    ],
)
def test_a_spelling_is_taken_apart(name: str, part: str, said: str) -> None:
    assert read_spellings(pl.Series([name]), load_lexicon())[part][0] == said


@given(st.text(LETTERS, max_size=40))
def test_a_name_with_a_sign_never_has_an_empty_part(name: str) -> None:
    parts = read_spellings(pl.Series([name]), load_lexicon())
    if parts["key"][0]:
        assert all(parts[column][0] for column in ("full", "core", "canon", "strong"))
        assert parts["key"][0].isascii()


@given(st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=30))
def test_a_score_does_not_depend_on_which_side_a_record_stands(one: str, two: str) -> None:
    assert likeness(one, two) == pytest.approx(likeness(two, one), abs=1e-5)


def test_case_and_accents_do_not_move_a_score() -> None:
    plain = likeness("Brisel Energie Talvane", "Brisel Talvane")
    assert likeness("BRISEL ÉNERGIE TALVANE", "brisel talvané") == pytest.approx(plain, abs=1e-5)


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        (("Brisel Talvane SA", "Brisel Talvane"), ("Brisel Talvane SA", "Brisel Cardal")),
        (("Brisel Holding", "Brisel"), ("Brisel Holding", "Brisel Real Estate")),
        (("Brisel Talvane Technologies", "Brisel Talvane Tech"), ("Brisel Talvane", "Talvane Energy")),
        (("Velmora Fund No. 2", "Velmora Fund No 2"), ("Velmora Fund No. 2", "Velmora Fund No. 3")),
        (("Talvane Steel", "Tavlane Steel"), ("Talvane Steel", "Cardal Steel")),
    ],
)
def test_what_is_nearer_scores_higher(nearer: tuple[str, str], farther: tuple[str, str]) -> None:
    assert likeness(*nearer) > likeness(*farther)


def test_an_equal_identifier_decides_and_a_conflicting_one_forbids() -> None:
    one = records("Brisel", "Brisel", lei=["0000A", "0000A"])
    two = records("Talvane", "Brisel", lei=["0000A", "0000B"])
    same, other = score(one, two).pairs["probability"]
    assert same > 0.99
    assert other < 0.01


def test_places_and_domains_move_a_score() -> None:
    plain = score(records("Brisel Cardal"), records("Brisel")).pairs["probability"][0]
    near = score(
        records("Brisel Cardal", domain=["www.brisel.example"]), records("Brisel", domain=["https://brisel.example/a"])
    ).pairs["probability"][0]
    assert near > plain


def test_rows_in_another_order_get_the_same_candidates() -> None:
    register = records("Brisel Talvane SA", "Talvane Energy", "Cardal Brisel", "Quenor Foods", "Brisel")
    queries = records("Brisel Talvane", "Quenor Food")
    lexicon, weights = load_lexicon(), load_weights()

    def answer(right: pl.DataFrame) -> set[tuple[int, str, float]]:
        scored, probability = link_records(queries, right, lexicon, weights)
        names = right["name"].gather(scored.pairs["right"])
        return {(a, b, round(float(p), 4)) for a, b, p in zip(scored.pairs["left"], names, probability, strict=True)}

    assert answer(register) == answer(register.reverse())


def test_a_stored_index_finds_what_a_new_one_finds() -> None:
    lexicon = load_lexicon()
    names = read_names(records("Brisel Talvane", "Quenor Foods", "Australia Brisel Cardal Talvane"), lexicon)
    queries = list_features(read_names(records("Quenor Food", "ABCT", "Brizel"), lexicon))
    whole, needed = build_index(names), build_index(names, queries["feature"].unique())
    assert find_candidates(queries, whole).equals(find_candidates(queries, needed))
    assert set(find_candidates(queries, whole)["right"]) == {0, 1, 2}


def test_words_of_many_lines_are_hashed_alike_wherever_they_stand() -> None:
    text = np.frombuffer(b"brisel sa\ntalvane brisel\n\nbrisel\n", dtype=np.uint8)
    words = find_words(text)
    assert words.row.tolist() == [0, 0, 1, 1, 3]
    assert len({words.code[0], words.code[3], words.code[4]}) == 1
    assert words.code[0] != words.code[2]


def test_trees_are_walked_and_explained() -> None:
    model = Model.read({"features": ["a", "b"], "baseline": -1.0, "trees": [[[0, 0.5, 1, 2, 0.25], [-0.5], [1.0]]]})
    table = np.array([[0.2, 0.0], [0.9, 0.0]], dtype=np.float32)
    assert model.sum_trees(table).tolist() == [-1.5, 0.0]
    assert model.weigh_features(table).tolist() == [[-0.75, 0.0], [0.75, 0.0]]


def test_average_linkage_does_not_chain_strangers_and_keeps_conflicts_apart() -> None:
    chain = pl.DataFrame(
        {"left": [0, 1], "right": [1, 2], "probability": [0.9, 0.8]},
        schema_overrides={"left": pl.UInt32, "right": pl.UInt32},
    )
    nothing = clean_context(records("a", "b", "c"))
    assert cluster_rows(3, chain, nothing, 0.6)["cluster"].to_list() == [0, 0, 2]
    conflict = clean_context(records("a", "b", "c", lei=["X1", "X2", None]))
    assert cluster_rows(3, chain, conflict, 0.6)["cluster"].to_list() == [0, 1, 1]
