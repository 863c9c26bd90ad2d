"""How the words of one name explain those of another, for many pairs at once.

Every name is a short row of word numbers, so that equal words are one comparison of arrays; only words that are left
over go to rapidfuzz, each distinct pair of words once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from enrich.lexicon import Lexicon, weigh_words

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_WORDS = 8  # of a name; the ninth word decides nothing
SLICE = 20_000  # pairs at a time
SAME_MEANING = 0.95  # `Intl` and `International`
INSIDE = 0.92  # `Auto Technologies` and `AutoTechnologies`
INITIALS = 0.8  # `ANZ` for `Australia and New Zealand`
NEAR = 0.76  # two words below this likeness are two words
SHORTENED = 0.85  # `Chem` for a longer word that begins so
SKIPPED = 0.6  # `Bldg`: letters in order, the first one equal
NONE = -1
SPOKEN_OF = 0.25  # weight from which a word that the other side lacks is named


@dataclass(frozen=True, slots=True)
class WordTable:
    """The distinct words of all names at hand, by number."""

    words: list[str]
    weight: Floats
    length: Ints
    first: Ints
    is_number: Flags


@dataclass(frozen=True, slots=True)
class NameWords:
    """Word numbers of names, one row each, filled up with -1: as written and in their one spelling."""

    written: Ints
    meant: Ints


@dataclass(frozen=True, slots=True)
class Cover:
    """What one side's words say of the other's; arrays of one value a pair.

    Attributes:
        share: share of the words' weight that the other side explains.
        found: weight explained.
        missing: weight not explained.
        worst: the largest weight of one word that is not explained.
        best: the largest weight of one word that is explained.
        first: how well the first word is explained.
        first_weight: weight of the first word.
        worst_word: number of the word of `worst`, -1 when every word is explained.
    """

    share: Floats
    found: Floats
    missing: Floats
    worst: Floats
    best: Floats
    first: Floats
    first_weight: Floats
    worst_word: Ints


def number_words(names: list[pl.DataFrame], lexicon: Lexicon) -> tuple[WordTable, list[NameWords]]:
    """Number the words of frames with `core` and `canon`."""
    split = [frame.select(pl.col("core", "canon").str.split(" ").list.head(MOST_WORDS)) for frame in names]
    words = (
        pl.concat([pl.concat([part["core"].explode(), part["canon"].explode()]) for part in split])
        .unique()
        .sort()
        .drop_nulls()
    )
    numbers = pl.DataFrame({"word": words}).with_row_index("number")
    text = words.to_list()
    table = WordTable(
        text,
        weigh_words(words, lexicon),
        words.str.len_chars().to_numpy().astype(np.int64),
        np.array([ord(word[0]) if word else 0 for word in text], dtype=np.int64),
        words.str.contains(r"^[0-9]+$").to_numpy(),
    )
    return table, [NameWords(_to_rows(p["core"], numbers), _to_rows(p["canon"], numbers)) for p in split]


def _to_rows(words: pl.Series, numbers: pl.DataFrame) -> Ints:
    frame = pl.DataFrame({"word": words}).with_row_index("row").explode("word").drop_nulls()
    place = pl.int_range(pl.len()).over("row")
    placed = frame.with_columns(place=place).join(numbers, on="word", how="left", maintain_order="left")
    rows = np.full((len(words), MOST_WORDS), NONE, dtype=np.int64)
    rows[placed["row"].to_numpy(), placed["place"].to_numpy()] = placed["number"].to_numpy()
    return rows


@dataclass(frozen=True, slots=True)
class Sides:
    """Both names of every pair: word numbers, squeezed core and initials."""

    left: NameWords
    right: NameWords
    left_squeezed: pl.Series
    right_squeezed: pl.Series
    left_initials: pl.Series
    right_initials: pl.Series


def match_words(sides: Sides, table: WordTable) -> tuple[Cover, Cover, Floats, Floats]:
    """Covers of the left and of the right words; then conflicting numbers (0 to 2); then disorder (share)."""
    parts = []
    for at in range(0, max(len(sides.left.meant), 1), SLICE):
        parts.append(_match_slice(sides, table, slice(at, at + SLICE)))
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    width = len(Cover.__slots__)
    return Cover(*joined[:width]), Cover(*joined[width : 2 * width]), joined[-2], joined[-1]


def _match_slice(sides: Sides, table: WordTable, part: slice) -> list[npt.NDArray[np.generic]]:
    left, right = sides.left.meant[part], sides.right.meant[part]
    met = (left[:, :, None] == right[:, None, :]) & (left[:, :, None] != NONE)
    written = sides.left.written[part][:, :, None] == sides.right.written[part][:, None, :]
    like = np.where(met, np.where(written, 1.0, SAME_MEANING), 0.0).astype(np.float32)
    _match_rest(like, left, right, table)
    left_best, right_best = like.max(axis=2), like.max(axis=1)
    left_best = _match_inside(left_best, left, sides.right_squeezed[part], table)
    right_best = _match_inside(right_best, right, sides.left_squeezed[part], table)
    left_best, right_best = _match_initials(left_best, right_best, left, right, sides.right_initials[part], table)
    right_best, left_best = _match_initials(right_best, left_best, right, left, sides.left_initials[part], table)
    numbers = sum(
        ((words != NONE) & table.is_number[words] & (best < 0.9)).any(axis=1).astype(np.float32)
        for words, best in ((left, left_best), (right, right_best))
    )
    place = np.where(left_best > 0, like.argmax(axis=2), 0)
    matched = (left != NONE) & (like.max(axis=2) > 0)
    disorder = ((place != np.arange(place.shape[1])) & matched).sum(axis=1) / np.maximum(matched.sum(axis=1), 1)
    return [*_cover(left, left_best, table), *_cover(right, right_best, table), numbers, disorder.astype(np.float32)]


def _match_rest(like: Floats, left: Ints, right: Ints, table: WordTable) -> None:
    """Compare the words that have no equal: slips, shortenings, skipped letters. Changes `like`."""
    lone_left = (left != NONE) & (like.max(axis=2) == 0)
    lone_right = (right != NONE) & (like.max(axis=1) == 0)
    both = lone_left[:, :, None] & lone_right[:, None, :]
    # A slip hits the first letter rarely, and then mostly swaps it with the second.
    both &= (table.first[left][:, :, None] == table.first[right][:, None, :]) | (
        (table.length[left][:, :, None] >= 5)
        & (np.abs(table.length[left][:, :, None] - table.length[right][:, None, :]) <= 1)
    )
    pair, at, to = np.nonzero(both)
    if not len(pair):
        return
    size = len(table.words)
    codes, inverse = np.unique(left[pair, at] * size + right[pair, to], return_inverse=True)
    one, two = codes // size, codes % size
    like[pair, at, to] = compare_words(one, two, table)[inverse]


def compare_words(one: Ints, two: Ints, table: WordTable) -> Floats:
    """How alike two different words are, 0 when they are two words."""
    a, b = [table.words[n] for n in one], [table.words[n] for n in two]
    ratio = process.cpdist(a, b, scorer=fuzz.ratio, dtype=np.float32, workers=-1) / np.float32(100)
    common = process.cpdist(a, b, scorer=LCSseq.similarity, dtype=np.int32, workers=-1)
    short = np.minimum(table.length[one], table.length[two])
    long = np.maximum(table.length[one], table.length[two])
    begins = np.array([x.startswith(y) or y.startswith(x) for x, y in zip(a, b, strict=True)], dtype=bool)
    same_first = table.first[one] == table.first[two]
    near = np.where((ratio >= NEAR) & (short >= 3), ratio, 0)
    near = np.maximum(near, np.where(begins & (short >= 3), np.where(short >= 4, SHORTENED, 0.7), 0))
    near = np.maximum(near, np.where((common == short) & same_first & (short >= 3) & (long > short), SKIPPED, 0))
    is_number = table.is_number[one] | table.is_number[two]
    return np.where(is_number, 0, near).astype(np.float32)


def _match_inside(best: Floats, words: Ints, other: pl.Series, table: WordTable) -> Floats:
    """Words of four letters and more that stand inside the other name, written together or apart."""
    pair, at = np.nonzero((words != NONE) & (best < INSIDE) & (table.length[words] >= 4) & ~table.is_number[words])
    if not len(pair):
        return best
    frame = pl.DataFrame({"name": other.gather(pair), "word": [table.words[n] for n in words[pair, at]]})
    inside = frame.select(pl.col("name").str.contains(pl.col("word"), literal=True)).to_series().to_numpy()
    best = best.copy()
    best[pair[inside], at[inside]] = INSIDE
    return best


def _match_initials(
    best: Floats, other_best: Floats, words: Ints, others: Ints, initials: pl.Series, table: WordTable
) -> tuple[Floats, Floats]:
    """Short words that are the initials of neighbours in the other name; those neighbours are explained, too."""
    pair, at = np.nonzero((words != NONE) & (best == 0) & (table.length[words] >= 2) & (table.length[words] <= 6))
    if not len(pair):
        return best, other_best
    frame = pl.DataFrame({"initials": initials.gather(pair), "word": [table.words[n] for n in words[pair, at]]})
    found = frame.select(pl.col("initials").str.find(pl.col("word"), literal=True)).to_series()
    hit = found.is_not_null().to_numpy()
    pair, at, start = pair[hit], at[hit], found.drop_nulls().to_numpy().astype(np.int64)
    length = table.length[words[pair, at]]
    value = np.where(length >= 3, INITIALS, 0.5).astype(np.float32)
    best, other_best = best.copy(), other_best.copy()
    best[pair, at] = value
    for step in range(6):
        place = start + step
        ok = (step < length) & (place < MOST_WORDS)
        other_best[pair[ok], place[ok]] = np.maximum(other_best[pair[ok], place[ok]], value[ok])
    return best, other_best


def _cover(words: Ints, best: Floats, table: WordTable) -> list[npt.NDArray[np.generic]]:
    weight = np.where(words != NONE, table.weight[words], 0).astype(np.float32)
    total = np.maximum(weight.sum(axis=1), 1e-6)
    found, missing = weight * best, weight * (1 - best)
    worst_at = missing.argmax(axis=1)
    rows = np.arange(len(words))
    worst = missing[rows, worst_at]
    worst_word = np.where(worst > SPOKEN_OF, words[rows, worst_at], NONE)
    return [
        found.sum(axis=1) / total, found.sum(axis=1), missing.sum(axis=1), worst, found.max(axis=1),
        best[:, 0], weight[:, 0], worst_word,
    ]  # fmt: skip
