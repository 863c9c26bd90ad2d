"""From probabilities to bands and words: what would be merged unseen, what a person decides, and why."""

import numpy as np
import numpy.typing as npt
import polars as pl

from enrich.context import COLUMNS, IDENTIFIERS
from enrich.evidence import FEATURES
from enrich.lexicon import Lexicon, weigh_words
from enrich.linking import ScoredPairs
from enrich.weights import Weights

Floats = npt.NDArray[np.float32]
LABELS = {"lei": "LEI", "national_id": "national id", "vat_number": "VAT number", "postal_code": "postal code"}


def find_telling_words(words: pl.Series, lexicon: Lexicon, weights: Weights) -> npt.NDArray[np.bool_]:
    """Whether a word that the other side lacks is so rare that it may be another company."""
    known = words.fill_null("")
    return np.asarray((weigh_words(known, lexicon) >= weights.telling) & (known != "").to_numpy(), dtype=np.bool_)


def put_in_bands(probability: Floats, held: npt.NDArray[np.bool_], auto: float, review: float) -> pl.Series:
    """Bands by score; what is held is never merged unseen."""
    band = np.where(probability >= review, "review", "reject")
    return pl.Series("band", np.where((probability >= auto) & ~held, "auto", band))


def say_reasons(scored: ScoredPairs, left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Why a pair has its score: the two values that met, and what one side lacks.

    Args:
        scored: the pairs.
        left: records with `name`, `country` and context, by row.
        right: the same.
    """
    pairs, table = scored.pairs, scored.evidence.table
    one, two = left[pairs["left"]], right[pairs["right"]]
    share = pl.Series((table[:, FEATURES.index("cover_min")] * 100).round().astype(np.int32))
    like = pl.Series((table[:, FEATURES.index("core_ratio")] * 100).round().astype(np.int32))
    frame = pl.DataFrame(
        {
            "like": like, "share": share,
            "left_only": scored.evidence.left_only, "right_only": scored.evidence.right_only,
            "a": one["country"].fill_null(""), "b": two["country"].fill_null(""),
            "country": table[:, FEATURES.index("country")], "initials": table[:, FEATURES.index("initials")],
            "legal": table[:, FEATURES.index("legal")], "numbers": table[:, FEATURES.index("numbers")],
        }
    )  # fmt: skip
    others = [name for name in COLUMNS if name not in IDENTIFIERS]
    left_only, right_only = pl.col("left_only"), pl.col("right_only")
    said = [
        *(_say_context(scored.context, name, one, two) for name in (*IDENTIFIERS, *others)),
        *frame.select(
            names=pl.format("names {} % alike, {} % of the words' weight shared", "like", "share"),
            initials=pl.when(pl.col("initials") > 0).then(pl.lit("one is the other's initials")),
            left=pl.when(left_only != "").then(pl.format("only left has '{}'", left_only)),
            right=pl.when(right_only != "").then(pl.format("only right has '{}'", right_only)),
            numbers=pl.when(pl.col("numbers") > 0).then(pl.lit("numbers differ")),
            country=pl.when(pl.col("country") > 0).then(pl.format("country {} = {}", "a", "b"))
            .when(pl.col("country") < 0).then(pl.format("country {} / {}", "a", "b")),
            legal=pl.when(pl.col("legal") < 0).then(pl.lit("legal forms differ")),
        ).get_columns(),
    ]  # fmt: skip
    columns = [part.rename(str(place)) for place, part in enumerate(said) if part is not None]
    return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)).to_series()


def _say_context(context: pl.DataFrame, name: str, one: pl.DataFrame, two: pl.DataFrame) -> pl.Series | None:
    if name not in one.columns or name not in two.columns or not (context[name] != 0).any():
        return None
    frame = pl.DataFrame({"met": context[name], "a": one[name].cast(pl.String), "b": two[name].cast(pl.String)})
    label = LABELS.get(name, name)
    equal = pl.format("{} {} = {}", pl.lit(label), "a", "b")
    other = pl.format("{} {} / {}", pl.lit(label), "a", "b")
    return frame.select(pl.when(pl.col("met") > 0).then(equal).when(pl.col("met") < 0).then(other)).to_series()
