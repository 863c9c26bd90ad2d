"""Names against names: candidates, their evidence, their scores. Frames in, frames out; rows are numbered."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from enrich.boosted import Model
from enrich.candidates import NameIndex, build_index, find_candidates
from enrich.competition import rank_rivals
from enrich.context import clean_context, compare_context, decide_by_identifier, pair_by_identifier, shift_odds
from enrich.evidence import FEATURES, Evidence, gather_evidence
from enrich.grams import list_features
from enrich.lexicon import Lexicon
from enrich.spellings import read_spellings
from enrich.weights import Weights

Floats = npt.NDArray[np.float32]

MOST_SCORED = 16  # candidates of one query that get the dear evidence
KNOWN_SHARED = 100.0  # an equal identifier counts as much in the choice of candidates as a whole name
CERTAIN, FORBIDDEN, TORN = 0.999, 0.001, 0.5
BATCH = 50_000  # records of a table that are linked with it at a time
COVERS = [FEATURES.index(name) for name in ("left_cover", "right_cover")]


def read_names(records: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """Take the names of records apart.

    Args:
        records: `name` and `country`, null or empty when unknown.
        lexicon: the words to know.

    Returns:
        one row a record in the same order: `row` (u32), the columns of `read_spellings`, `country`.
    """
    country = pl.col("country").str.strip_chars().str.to_uppercase()
    named = records.select(
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        spelling=pl.col("name").fill_null(""),
        country=pl.when(country != "").then(country),
    )
    spellings = read_spellings(named["spelling"], lexicon)
    return named.join(spellings, on="spelling", how="left", maintain_order="left")


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Pairs with everything that was found of them; all parts have the same rows."""

    pairs: pl.DataFrame  # left, right, shared, probability (of the pair alone)
    evidence: Evidence
    context: pl.DataFrame
    decided: npt.NDArray[np.int8]


def score_names(
    left: pl.DataFrame,
    right: pl.DataFrame,
    pairs: pl.DataFrame,
    contexts: tuple[pl.DataFrame, pl.DataFrame],
    lexicon: Lexicon,
    weights: Weights,
) -> ScoredPairs:
    """Score pairs by their two records and the lexicon alone.

    Args:
        left: `read_names` of one side.
        right: of the other.
        pairs: `left`, `right` rows.
        contexts: `clean_context` of both sides.
        lexicon: words and weights.
        weights: the models.
    """
    evidence = gather_evidence(left, right, pairs, lexicon)
    context = compare_context(*contexts, pairs)
    decided = decide_by_identifier(context)
    odds = _score_both_ways(weights.pair, evidence.table) + shift_odds(context, weights.context)
    probability = _apply_identifiers(1 / (1 + np.exp(-odds)), decided)
    nameless = ((left["key"].gather(pairs["left"]) == "") | (right["key"].gather(pairs["right"]) == "")).to_numpy()
    probability = np.where(nameless & (decided <= 0), FORBIDDEN, probability)
    return ScoredPairs(pairs.with_columns(probability=pl.Series(probability)), evidence, context, decided)


SWAPPED = [
    FEATURES.index(name.replace("left", "L").replace("right", "left").replace("L", "right")) for name in FEATURES
]


def _score_both_ways(model: Model, table: Floats) -> Floats:
    """The mean of both directions: a pair's score does not depend on which record stands left."""
    return ((model.sum_trees(table) + model.sum_trees(np.ascontiguousarray(table[:, SWAPPED]))) / 2).astype(np.float32)


def _apply_identifiers(probability: Floats, decided: npt.NDArray[np.int8]) -> Floats:
    chosen = np.select([decided == 1, decided == -1, decided == 2], [CERTAIN, FORBIDDEN, TORN], probability)
    return chosen.astype(np.float32)


def find_best(
    left: pl.DataFrame,
    right: pl.DataFrame,
    index: NameIndex,
    contexts: tuple[pl.DataFrame, pl.DataFrame],
    features: pl.DataFrame,
) -> pl.DataFrame:
    """The candidates that deserve the dear evidence: `left`, `right`, `shared`, at most 16 of a left row."""
    found = find_candidates(features, index)
    known = pair_by_identifier(*contexts).with_columns(shared=pl.lit(KNOWN_SHARED, pl.Float32))
    if known.height:
        found = pl.concat([found, known]).group_by("left", "right").agg(pl.col("shared").max())
    place = pl.col("country")
    rated = (
        found.join(left.select(left="row", country="country"), on="left", how="left")
        .join(right.select(right="row", country_right="country"), on="right", how="left")
        .with_columns(
            rating=pl.col("shared") / pl.col("shared").max().over("left")
            + (place == pl.col("country_right")).cast(pl.Float32).replace(0.0, -1.0).fill_null(0.0) * 0.3
        )
    )
    return (
        rated.sort("left", "rating", "right", descending=[False, True, False])
        .group_by("left", maintain_order=True)
        .head(MOST_SCORED)
        .select("left", "right", "shared")
    )


def link_records(
    left: pl.DataFrame, right: pl.DataFrame, lexicon: Lexicon, weights: Weights, index: NameIndex | None = None
) -> tuple[ScoredPairs, Floats]:
    """Find and score the candidates of every left record among the right ones.

    Args:
        left: records with `name`, `country` and whatever context they have.
        right: the register.
        lexicon: words and weights.
        weights: the models.
        index: of the register, when it is stored; None builds what the queries need.

    Returns:
        the scored pairs, and for each the probability among its rivals.
    """
    one, two = read_names(left, lexicon), read_names(right, lexicon)
    contexts = clean_context(left), clean_context(right)
    features = list_features(one)
    index = build_index(two, features["feature"].unique()) if index is None else index
    scored = score_names(one, two, find_best(one, two, index, contexts, features), contexts, lexicon, weights)
    return scored, score_rivals(scored, weights)


def score_rivals(scored: ScoredPairs, weights: Weights) -> Floats:
    """Probabilities of candidates that compete for the same left record."""
    table = rival_table(scored)
    return _apply_identifiers(weights.rivals.score(table), scored.decided)


def rival_table(scored: ScoredPairs) -> Floats:
    """Features of the model of rivals: its own, then the pair's."""
    covers = {FEATURES[at]: scored.evidence.table[:, at] for at in (*COVERS, FEATURES.index("country"))}
    ranked = rank_rivals(scored.pairs.with_columns(**{name: pl.Series(value) for name, value in covers.items()}))
    return np.column_stack([ranked.to_numpy(), scored.evidence.table]).astype(np.float32)


def find_twins(names: pl.DataFrame, context: pl.DataFrame) -> pl.DataFrame:
    """Pairs of one table's rows that deserve the dear evidence: `left` < `right` and `shared`."""
    features = list_features(names)
    index = build_index(names)
    found = []
    for at in range(0, names.height, BATCH):
        part = features.filter(pl.col("row").is_between(at, at + BATCH - 1))
        found.append(find_best(names, names, index, (context.clear(), context.clear()), part))
    known = pair_by_identifier(context, context).with_columns(shared=pl.lit(KNOWN_SHARED, pl.Float32))
    return (
        pl.concat([*found, known])
        .select(
            pl.min_horizontal("left", "right").alias("left"),
            pl.max_horizontal("left", "right").alias("right"),
            "shared",
        )
        .filter(pl.col("left") < pl.col("right"))
        .group_by("left", "right")
        .agg(pl.col("shared").max())
        .sort("left", "right")
    )


def pair_records(records: pl.DataFrame, lexicon: Lexicon, weights: Weights) -> ScoredPairs:
    """Score every record against its candidates in the same table, each pair once with the smaller row left."""
    names = read_names(records, lexicon)
    context = clean_context(records)
    return score_names(names, names, find_twins(names, context), (context, context), lexicon, weights)


def score_twins(scored: ScoredPairs, weights: Weights) -> Floats:
    """Probabilities of pairs of one table that compete with the other pairs of both their records."""
    if weights.twins is None:
        return scored.pairs["probability"].to_numpy()
    return _apply_identifiers(weights.twins.score(twin_table(scored)), scored.decided)


def twin_table(scored: ScoredPairs) -> Floats:
    """Features of the model of twins: the lesser and the greater of both records' rivalries, then the pair's."""
    table = scored.evidence.table
    swapped = scored.pairs.rename({"left": "right", "right": "left"}).select(scored.pairs.columns)
    both = pl.concat([scored.pairs, swapped]).with_columns(
        left_cover=pl.Series(np.concatenate([table[:, COVERS[0]], table[:, COVERS[1]]])),
        right_cover=pl.Series(np.concatenate([table[:, COVERS[1]], table[:, COVERS[0]]])),
        country=pl.Series(np.tile(table[:, FEATURES.index("country")], 2)),
    )
    ranked = rank_rivals(both).to_numpy()
    one, two = ranked[: len(table)], ranked[len(table) :]
    return np.column_stack([np.minimum(one, two), np.maximum(one, two), table]).astype(np.float32)
