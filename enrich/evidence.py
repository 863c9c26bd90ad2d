"""What speaks for and against a pair of names, as one table of numbers: a row a pair, a column a feature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, Levenshtein

from enrich.grams import sound_out
from enrich.lexicon import Lexicon
from enrich.word_match import Cover, Floats, NameWords, Sides, WordTable, match_words, number_words

Ints = npt.NDArray[np.int64]

FEATURES = (
    "ratio", "core_ratio", "full_ratio", "token_sort", "token_set", "jaro_winkler", "partial", "key_ratio", "sound",
    "cover_min", "cover_max", "left_cover", "right_cover", "found_min", "missing_left", "missing_right",
    "worst_left", "worst_right", "worst_min", "best", "first_min", "first_max", "first_weight",
    "initials", "numbers", "disorder", "legal", "country", "named", "tail", "edits", "same",
    "length_share", "length", "left_words", "right_words",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """Features of pairs, and what the reasons tell of them."""

    table: Floats  # pairs x FEATURES
    left_only: pl.Series  # the rarest word that the right lacks, or null
    right_only: pl.Series


def gather_evidence(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame, lexicon: Lexicon) -> Evidence:
    """Measure pairs of names.

    Args:
        left: names by row: `key`, `core`, `canon`, `strong`, `legal`, `tail`, `country`.
        right: the same of the other side.
        pairs: `left` and `right` row numbers into both.
        lexicon: words and their weights; nothing else decides, so a pair has one evidence for ever.
    """
    one, two = _Side.of(left, pairs["left"]), _Side.of(right, pairs["right"])
    table, (own, other) = number_words([one.names, two.names], lexicon)
    sides = Sides(
        one.spread(own), two.spread(other), one["squeezed"], two["squeezed"], one["initials"], two["initials"]
    )
    a, b, numbers, disorder = match_words(sides, table)
    columns = [
        _score(one["strong_squeezed"], two["strong_squeezed"], fuzz.ratio),
        _score(one["squeezed"], two["squeezed"], fuzz.ratio),
        _score(one["full_squeezed"], two["full_squeezed"], fuzz.ratio),
        _score(one["canon"], two["canon"], fuzz.token_sort_ratio),
        _score(one["canon"], two["canon"], fuzz.token_set_ratio),
        _score(one["squeezed"], two["squeezed"], JaroWinkler.normalized_similarity) * np.float32(100),
        _score(one["squeezed"], two["squeezed"], fuzz.partial_ratio),
        _score(one["key"], two["key"], fuzz.ratio),
        _score(one["sound"], two["sound"], fuzz.ratio),
    ]
    columns = [column / np.float32(100) for column in columns]
    columns += [
        np.minimum(a.share, b.share), np.maximum(a.share, b.share), a.share, b.share, np.minimum(a.found, b.found),
        a.missing, b.missing, a.worst, b.worst, np.minimum(a.worst, b.worst), np.maximum(a.best, b.best),
        np.minimum(a.first, b.first), np.maximum(a.first, b.first), np.minimum(a.first_weight, b.first_weight),
        _meet_initials(one, two), numbers, disorder, _compare_known(one, two, "legal"),
        _compare_equal(one["country"], two["country"]),
        _compare_named(one, two), _compare_tails(one["tail"], two["tail"]),
        np.minimum(_score(one["full_squeezed"], two["full_squeezed"], Levenshtein.distance), 12),
        (one["full_squeezed"] == two["full_squeezed"]).to_numpy().astype(np.float32)
        + (one["key"] == two["key"]).to_numpy(),
    ]  # fmt: skip
    sizes = [side["squeezed"].str.len_chars().to_numpy().astype(np.float32) for side in (one, two)]
    counts = [(side.meant >= 0).sum(axis=1).astype(np.float32) for side in (sides.left, sides.right)]
    columns += [np.minimum(*sizes) / np.maximum(np.maximum(*sizes), 1), np.minimum(*sizes), *counts]
    return Evidence(np.column_stack(columns).astype(np.float32), _name_words(a, table), _name_words(b, table))


@dataclass(frozen=True, slots=True)
class _Side:
    """The distinct names that one side's pairs use, and which pair uses which."""

    names: pl.DataFrame
    place: pl.Series

    @classmethod
    def of(cls, names: pl.DataFrame, rows: pl.Series) -> "_Side":
        used = rows.unique().sort()
        place = pl.DataFrame({"row": rows}).join(
            pl.DataFrame({"row": used}).with_row_index("place"), on="row", how="left", maintain_order="left"
        )["place"]
        squeezed = names[used].with_columns(
            squeezed=pl.col("core").str.replace_all(" ", "", literal=True),
            full_squeezed=pl.col("full").str.replace_all(" ", "", literal=True),
            strong_squeezed=pl.col("strong").str.replace_all(" ", "", literal=True),
            initials=pl.col("core").str.replace_all(r"([a-z0-9])[a-z0-9]* ?", "${1}"),
            key_initials=pl.col("key").str.replace_all(r"([a-z0-9])[a-z0-9]* ?", "${1}"),
        )
        return cls(squeezed.with_columns(sound=_sound_names(squeezed["squeezed"])), place)

    def __getitem__(self, column: str) -> pl.Series:
        return self.names[column].gather(self.place)

    def spread(self, words: NameWords) -> NameWords:
        """Word rows of names as word rows of pairs."""
        place = self.place.to_numpy()
        return NameWords(words.written[place], words.meant[place])


def _sound_names(squeezed: pl.Series) -> pl.Series:
    text = ("\n".join(squeezed.to_list()) + "\n").encode("ascii", "replace")
    heard = sound_out(np.frombuffer(text, dtype=np.uint8)).tobytes().decode("ascii")
    return pl.Series(heard.split("\n")[:-1] if len(squeezed) else [], dtype=pl.String)


def _score(left: pl.Series, right: pl.Series, scorer: Callable[..., float]) -> Floats:
    """Scores of pairs by rapidfuzz's own threads."""
    return process.cpdist(left.to_list(), right.to_list(), scorer=scorer, workers=-1, dtype=np.float32)


def _meet_initials(one: _Side, two: _Side) -> Floats:
    """1 when one name is the initials of the other, with or without its legal form."""
    met = np.zeros(len(one.place), dtype=bool)
    for a, b in ((one, two), (two, one)):
        short = a["squeezed"]
        long_enough = (short.str.len_chars() >= 2).to_numpy()
        for column in ("initials", "key_initials"):
            met |= (short == b[column]).to_numpy() & long_enough & (a["squeezed"] != b["squeezed"]).to_numpy()
    return met.astype(np.float32)


def _compare_known(one: _Side, two: _Side, column: str) -> Floats:
    """1 when both sides know and share, -1 when they know and differ, 0 when one does not know."""
    left, right = one[column], two[column]
    like = _score(left, right, fuzz.token_set_ratio) >= 80
    known = ((left != "") & (right != "")).to_numpy()
    return np.where(known, np.where(like, 1.0, -1.0), 0.0).astype(np.float32)


def _compare_equal(left: pl.Series, right: pl.Series) -> Floats:
    known = (left.is_not_null() & right.is_not_null()).to_numpy()
    equal = (left == right).fill_null(False).to_numpy()
    return np.where(known, np.where(equal, 1.0, -1.0), 0.0).astype(np.float32)


def _compare_named(one: _Side, two: _Side) -> Floats:
    """Countries that stand in the names: 1 where it is the other's country, -1 where the other has another one."""
    met = np.zeros(len(one.place), dtype=np.float32)
    for a, b in ((one, two), (two, one)):
        met += np.where((b["named_country"].is_null()).to_numpy(), _compare_equal(a["named_country"], b["country"]), 0)
    return met + _compare_equal(one["named_country"], two["named_country"])


def _compare_tails(left: pl.Series, right: pl.Series) -> Floats:
    """Share classes: 0 on neither side, -1 on one side, 1 equal, -2 different."""
    alone = (left.is_null() != right.is_null()).to_numpy()
    both = _compare_equal(left, right)
    return np.where(alone, -1, np.where(both < 0, -2, both)).astype(np.float32)


def _name_words(cover: Cover, table: WordTable) -> pl.Series:
    words = pl.Series([*table.words, None], dtype=pl.String)
    return words.gather(np.where(cover.worst_word < 0, len(table.words), cover.worst_word))
