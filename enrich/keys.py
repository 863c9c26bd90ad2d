"""One spelling for the many ways in which one company's name is written: the keys, without any frame's contract."""

from collections.abc import Iterable, Mapping

import polars as pl
from anyascii import anyascii

NAME_LIMIT = 500  # as LegalUnit.name; what follows tells nothing and costs much
FALLBACK_LIMIT = 32
CONJUNCTIONS = r"\b(et|und|och)\b"  # French, German and Swedish for `and`
NO_WORDS = pl.lit([], dtype=pl.List(pl.String))


def make_keys(
    spellings: pl.Series, legal_forms: frozenset[str], meanings: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Keys of distinct spellings: columns `spelling`, `name_key`, `core_key` and `legal_forms` (found ones, sorted)."""
    forms = pl.Series("form", sorted(legal_forms), dtype=pl.String)
    foreign = [form for form in forms if not form.isascii()]
    frame = pl.DataFrame({"spelling": spellings}).with_columns(name_key=normalise_names(spellings, foreign, meanings))
    # Two blanks between words, so that neighbours such as `sa sas` do not share the blank that ends both patterns.
    padded = " " + pl.col("name_key").str.replace_all(" ", "  ", literal=True) + " "
    patterns = _form_patterns(normalise_names(forms))
    if not patterns:
        return frame.with_columns(core_key="name_key", legal_forms=NO_WORDS)
    found = padded.str.extract_many(patterns, leftmost=True)
    core = padded.str.replace_many(patterns, [""], leftmost=True).str.replace_all(r" +", " ").str.strip_chars()
    return frame.with_columns(
        core_key=pl.when(core == "").then("name_key").otherwise(core),
        legal_forms=found.list.eval(pl.element().str.strip_chars().str.replace_all("  ", " ", literal=True))
        .list.unique()
        .list.sort()
        .fill_null(NO_WORDS),
    )


def normalise_names(
    names: pl.Series, inner_forms: list[str] | None = None, meanings: Mapping[str, str] | None = None
) -> pl.Series:
    """Lower-case ASCII words with one blank between them; null for null and for blanks only.

    NFKC, case, accents, `&` and its words, apostrophes, dotted or spaced abbreviations (`S.A.`, `S A`), punctuation;
    letters outside Latin are transliterated by anyascii.

    Args:
        names: text in any script.
        inner_forms: non-ASCII legal forms, cut off as words before transliteration (scripts without blanks).
        meanings: words of scripts without blanks and what to write for them instead of their sound (`大学`).
    """
    frame = pl.DataFrame({"raw": names.cast(pl.String)}).with_columns(text=_fold_letters(pl.col("raw")))
    frame = frame.join(
        _transliterate(frame["text"], inner_forms or [], meanings or {}), on="text", how="left", maintain_order="left"
    )
    frame = frame.with_columns(key=_tidy_words(pl.coalesce("ascii", "text")))
    # A name of signs only (`!!!`) has no word: its code points stand in.
    wordless = frame.filter((pl.col("key") == "") & (pl.col("raw").str.strip_chars() != ""))["raw"].unique()
    codes = pl.DataFrame(
        {"raw": wordless, "code": [_code_points(name) for name in wordless]}, schema_overrides={"code": pl.String}
    )
    frame = frame.join(codes, on="raw", how="left", maintain_order="left")
    key = pl.when(pl.col("key") == "").then(pl.col("code")).otherwise(pl.col("key"))
    return frame.select(name_key=key)["name_key"]


def _fold_letters(text: pl.Expr) -> pl.Expr:
    """Compatibility forms, case and Latin accents; Hangul and kana are composed again for the transliteration."""
    return (
        text.str.slice(0, NAME_LIMIT)
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_all("[\u0300-\u036f]", "")
        .str.normalize("NFKC")
    )


def _transliterate(texts: pl.Series, inner_forms: list[str], meanings: Mapping[str, str]) -> pl.DataFrame:
    """ASCII readings (`text`, `ascii`) of the texts that need one: the one loop over names, on few distinct ones."""
    foreign = texts.filter(texts.str.contains(r"[^\x00-\x7f]")).unique()
    said = {form: form for form in _fold_all(inner_forms) if _is_unspaced(form)}
    said |= dict(zip(_fold_all(meanings), meanings.values(), strict=True))
    longest_first = sorted(said, key=lambda word: (-len(word), word))
    marked = foreign
    if said:
        marked = foreign.str.replace_many(longest_first, [f" {said[w]} " for w in longest_first], leftmost=True)
    return pl.DataFrame(
        {"text": foreign, "ascii": [anyascii(text).lower() for text in marked]}, schema_overrides={"ascii": pl.String}
    )


def _fold_all(words: Iterable[str]) -> pl.Series:
    return pl.select(_fold_letters(pl.lit(pl.Series(list(words), dtype=pl.String)))).to_series()


def _is_unspaced(form: str) -> bool:
    """Whether a form is written in Han, kana or Hangul, which put no blank before it."""
    return any("\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" for letter in form)


def _tidy_words(text: pl.Expr) -> pl.Expr:
    """Words of ASCII text; control characters mark single letters, because the regex engine cannot look back."""
    dotted = (
        text.str.replace_all(r"[\x00-\x1f]", " ")
        .str.replace_all(r"['`]", "")
        .str.replace_all("&", " and ", literal=True)
        .str.replace_all(r"\b([a-z])\.", "\x01${1}\x02")
        .str.replace_all(r"\x02([a-z])\b", "${1}\x02")  # S.A without its last dot
        .str.replace_all("\x02\x01", "", literal=True)
        .str.replace_all(r"[^a-z0-9]+", " ")
        .str.strip_chars()
    )
    return (
        dotted.str.replace_all(r"\b([a-z])\b", "\x01${1}\x02")
        .str.replace_all("\x02 \x01", "", literal=True)
        .str.replace_all(r"[\x01\x02]", "")
        .str.replace_all(CONJUNCTIONS, "and")
    )


def _form_patterns(keys: pl.Series) -> list[str]:
    """Padded legal forms, those of most words first: `societe anonyme` must win over `societe`."""
    distinct = {key for key in keys.drop_nulls() if len(key) > 1}
    ordered = sorted(distinct, key=lambda key: (-key.count(" "), -len(key), key))
    return [f" {key.replace(' ', '  ')} " for key in ordered]


def _code_points(name: str) -> str:
    return "u" + "u".join(f"{ord(sign):x}" for sign in name.strip()[:FALLBACK_LIMIT])
