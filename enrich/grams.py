"""The features by which an index finds a name: words, their beginnings, letter groups, consonants, initials.

All names are one array of bytes, so that a million names cost no loop. A feature is a 32-bit number that depends on
nothing but its letters: an index that was written yesterday fits today's query.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

BLANK, NEWLINE = 32, 10
CHUNK = 20_000  # names at a time: their arrays stay near the processor
PRIME = np.uint64(0x9E3779B97F4A7C15)
# The kinds of features and what each weighs besides its rarity.
KINDS = ("word", "pair", "begin", "gram", "sound", "initials", "local", "local sound")
WEIGHTS = (1.6, 1.2, 0.7, 0.6, 0.6, 0.9, 1.0, 0.7)
SALTS = tuple(np.uint64((1 + 2 * n) * 0xD6E8FEB86659FD93 % 2**64) for n in range(len(KINDS)))
SIEVE_BITS = 24
KIND_BITS = 3  # the lowest bits of a feature tell its kind
# Consonants that languages and transliterations swap; vowels, h, w and y are silent.
SOUNDS = bytes.maketrans(b"lqcgvfpzxdj", b"rkkkbbbsstS".replace(b"S", b"s"))
SILENT = b"aeiouhwy"


@dataclass(frozen=True, slots=True)
class Words:
    """All words of many names, in order: where each begins, how long it is, whose it is, and its hash."""

    row: Ints
    start: Ints
    length: Ints
    code: Longs


def list_features(names: pl.DataFrame, wanted: pl.Series | None = None) -> pl.DataFrame:
    """The features of every name, each once a name.

    Args:
        names: `row` (u32), `key`, `core` and `strong` (blank-separated ASCII words) and `country` (null when unknown).
        wanted: only these features; None keeps all.

    Returns:
        `feature` (u32) and `row` (u32).
    """
    sieve = None if wanted is None else _make_sieve(wanted.to_numpy())
    parts = [_list_chunk(names.slice(at, CHUNK), sieve) for at in range(0, names.height, CHUNK)]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"feature": pl.UInt32, "row": pl.UInt32})


def _make_sieve(wanted: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Lets the wanted features through, and few others."""
    sieve = np.zeros(1 << SIEVE_BITS, dtype=bool)
    sieve[wanted >> np.uint32(32 - SIEVE_BITS)] = True
    return sieve


def _list_chunk(names: pl.DataFrame, sieve: npt.NDArray[np.bool_] | None) -> pl.DataFrame:
    rows = names["row"].to_numpy()
    strong, core = _to_bytes(names["strong"]), _to_bytes(names["core"])
    words = find_words(strong)
    squeezed = strong[strong != BLANK]
    kinds: list[tuple[int, Ints, Longs]] = []
    long = words.length > 1
    kinds.append((0, words.row[long], words.code[long]))
    beside = words.row[1:] == words.row[:-1]
    kinds.append((1, words.row[1:][beside], (words.code[1:] + words.code[:-1])[beside]))
    first = words.length >= 5
    kinds.append((2, words.row[first], _gram_codes(strong, 4)[words.start[first]]))
    kinds.append((3, *_list_grams(squeezed, 4)))
    heard, sound = _list_grams(sound_out(squeezed), 4)
    kinds.append((4, heard, sound))
    kinds.extend((5, row, code) for row, code in _list_initials(_to_bytes(names["key"]), core, words))
    place = names["country"].hash(7).to_numpy()
    is_placed = names["country"].is_not_null().to_numpy()
    placed = is_placed[words.row] & long
    kinds.append((6, words.row[placed], words.code[placed] + place[words.row[placed]]))
    placed = is_placed[heard]
    kinds.append((7, heard[placed], sound[placed] + place[heard[placed]]))
    found: list[pl.DataFrame] = []
    for kind, row, code in kinds:
        feature = _salt(code, kind)
        if sieve is not None:
            kept = sieve[feature >> np.uint32(32 - SIEVE_BITS)]
            feature, row = feature[kept], row[kept]
        found.append(pl.DataFrame({"feature": feature, "row": rows[row].astype(np.uint32)}))
    return pl.concat(found).unique()


def _to_bytes(names: pl.Series) -> Bytes:
    """All names, one line each, the last one too."""
    return np.frombuffer(("\n".join(names.to_list()) + "\n").encode("ascii", "replace"), dtype=np.uint8)


def _row_of(text: Bytes) -> Ints:
    """The line of every byte; the newline belongs to the line that it ends."""
    ends = text == NEWLINE
    return np.asarray(np.cumsum(ends) - ends, dtype=np.int64)


def find_words(text: Bytes) -> Words:
    """The words of lines of text, with a hash of their letters."""
    is_letter = (text != BLANK) & (text != NEWLINE)
    before = np.concatenate([[False], is_letter[:-1]])
    starts = np.flatnonzero(is_letter & ~before)
    lengths = np.flatnonzero(~is_letter & before) - starts
    place = _places(len(text), starts)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, PRIME, dtype=np.uint64))
    letters = np.where(is_letter, text, 0).astype(np.uint64) * powers[np.minimum(place, len(powers) - 1)]
    code = np.add.reduceat(letters, starts) if len(starts) else np.empty(0, np.uint64)
    return Words(_row_of(text)[starts], starts, lengths, _mix(code))


def _places(size: int, starts: Ints) -> Ints:
    """How far every byte is from the beginning of its word; bytes before the first word are at 0."""
    origin = np.zeros(size, dtype=np.int64)
    origin[starts] = starts
    return np.arange(size) - np.maximum.accumulate(origin)


def _mix(code: Longs) -> Longs:
    mixed = (code ^ (code >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))


def _salt(code: Longs, kind: int) -> npt.NDArray[np.uint32]:
    mixed = _mix(code + SALTS[kind])
    return ((mixed >> np.uint64(32 + KIND_BITS)) << np.uint64(KIND_BITS)).astype(np.uint32) | np.uint32(kind)


def _gram_codes(text: Bytes, size: int) -> Longs:
    """A number for the `size` bytes that begin at each byte (0 filled at the end)."""
    padded = np.concatenate([text, np.zeros(size, np.uint8)]).astype(np.uint64)
    code = np.zeros(len(text), dtype=np.uint64)
    for step in range(size):
        code = code << np.uint64(8) | padded[step : step + len(text)]
    return code


def _list_grams(squeezed: Bytes, size: int) -> tuple[Ints, Longs]:
    """Groups of letters, with a sign for the beginning of the name: a newline before it."""
    text = np.concatenate([np.array([NEWLINE], np.uint8), squeezed])
    codes = _gram_codes(text, size)
    row = np.concatenate([[0], _row_of(squeezed)])
    row = np.where(text == NEWLINE, row + 1, row)
    row[0] = 0
    inner = np.ones(len(text), dtype=bool)  # a group may begin with a newline, and hold no other
    for step in range(1, size):
        inner[:-step] &= text[step:] != NEWLINE
        inner[len(text) - step :] = False
    return row[inner], codes[inner]


def sound_out(squeezed: Bytes) -> Bytes:
    """The consonants of squeezed lines, one sign for those that sound alike, none twice in a row."""
    table = np.frombuffer(bytes(range(256)).translate(SOUNDS), dtype=np.uint8)
    kept = squeezed[~np.isin(squeezed, np.frombuffer(SILENT, dtype=np.uint8))]
    heard = table[kept]
    again = np.concatenate([[False], heard[1:] == heard[:-1]]) & (heard != NEWLINE)
    return np.asarray(heard[~again], dtype=np.uint8)


def _list_initials(key: Bytes, core: Bytes, words: Words) -> list[tuple[Ints, Longs]]:
    """Initials of names, with and without legal forms, and short words, which may be such initials."""
    short = (words.length >= 3) & (words.length <= 6)
    return [_initials_of(key), _initials_of(core), (words.row[short], words.code[short])]


def _initials_of(text: Bytes) -> tuple[Ints, Longs]:
    """The first letters of names of three words and more, as one word."""
    own = find_words(text)
    count = np.bincount(own.row, minlength=1)
    many = count[own.row] >= 3
    if not many.any():
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    breaks = np.flatnonzero(np.diff(own.row[many])) + 1
    line = np.insert(text[own.start][many], breaks, NEWLINE)
    named = np.unique(own.row[many])
    found = find_words(np.append(line, np.uint8(NEWLINE)))
    return named[found.row], found.code
