"""The words that linking knows: legal forms, words of one meaning, weak words, and how rare words are."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.reference.legal_forms import legal_form_tokens
from schemas.reference.lists import read_list

# They stand in a name or not, and mean nothing alone.
STOP_WORDS = frozenset([
    "the", "of", "for", "de", "du", "des", "d", "la", "le", "les", "l", "der", "die", "das", "dem", "den", "von",
    "vom", "zu", "zur", "van", "del", "della", "dello", "dei", "degli", "di", "do", "da", "dos", "in", "at", "on",
    "to", "a", "an", "o", "el", "los", "las", "al", "y", "e", "et", "und", "och", "og", "i", "ve", "n", "s",
])  # fmt: skip
# They tell little: one side may lack them without being another company.
WEAK_WORDS = frozenset([
    "group", "holdings", "international", "company", "corporation", "limited", "and", "enterprises", "societe",
    "association", "public", "common", "ordinary", "stock", "shares", "inc", "incorporated",
])  # fmt: skip
# A listing's share class or a register's remark at the end of a name.
TAIL_WORDS = (
    r"(?:cl|class|ser|series|sr)(?: [a-h0-9])?|[abfhn]|ord|pref|prf|pfd|nom|na|adr|ads|gdr|drc|nvdr|inh|namen|vz|vzo|"
    r"pn|cedear|cdi|bdr|npv|cva|rg|reit|units?|wts?|rights"
)
AMBIGUOUS_COUNTRIES = frozenset({"jersey", "georgia", "jordan", "mali", "guinea", "chad", "niger"})
NUMBER = r"^[0-9]+$"
BASE_COUNT = 12  # a word that the table lacks counts as if it had been seen so often


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words and their weights; one value for a whole run, and the same for every run of one version."""

    legal_forms: frozenset[str]
    canonical: dict[str, str]
    meanings: dict[str, str]
    counts: pl.DataFrame  # word, weight
    countries: dict[str, str]  # canonical word, alpha-2

    @property
    def default_weight(self) -> float:
        """Weight of a word that the table does not have."""
        return 1.0


@cache
def load_lexicon() -> Lexicon:
    """The lexicon that ships, read once."""
    words = {row["word"]: row["canonical"] for row in read_list("name_words")}
    canonical = {word: meant for word, meant in words.items() if word.isascii()}
    meanings = {word: meant for word, meant in words.items() if not word.isascii()}
    rows = read_list("word_counts")
    total = float(rows[0]["count"])  # the first row counts the names
    counted = pl.DataFrame(
        {"word": [row["word"] for row in rows[1:]], "count": [float(row["count"]) for row in rows[1:]]},
        schema={"word": pl.String, "count": pl.Float64},
    )
    top = np.log(total / BASE_COUNT)
    weight = (np.log(total) - pl.col("count").clip(BASE_COUNT).log()) / top
    return Lexicon(
        legal_form_tokens(),
        canonical,
        meanings,
        counted.select("word", weight=weight.cast(pl.Float32)),
        name_countries(canonical),
    )


def name_countries(canonical: dict[str, str]) -> dict[str, str]:
    """Alpha-2 codes by the word that a name would say: `french` for France, `chile` for Chile."""
    named = {}
    for row in read_list("countries"):
        word = row["name_en"].lower()
        if word.isascii() and word.isalpha() and word not in AMBIGUOUS_COUNTRIES:
            named[canonical.get(word, word)] = row["code"]
    return {**named, "us": "US", "uk": "GB", "british": "GB"}


def weigh_words(words: pl.Series, lexicon: Lexicon) -> npt.NDArray[np.float32]:
    """How much each word tells: 1 for a rare one, near 0 for a common one; weak words little, numbers enough."""
    frame = pl.DataFrame({"word": words}).join(lexicon.counts, on="word", how="left", maintain_order="left")
    rarity = pl.col("weight").fill_null(lexicon.default_weight)
    # Two letters are rarely a name of their own.
    short = pl.when(pl.col("word").str.len_chars() <= 1).then(0.3).otherwise(1.0)
    weighed = (
        pl.when(pl.col("word").is_in(list(STOP_WORDS)))
        .then(0.02)
        .when(pl.col("word").is_in(list(WEAK_WORDS)))
        .then(rarity * 0.3)
        .when(pl.col("word").str.contains(NUMBER))
        .then(0.6)
        .otherwise(rarity * short)
    )
    return frame.select(weighed.cast(pl.Float32)).to_series().to_numpy()
