"""What a spelling is made of: its key, its core without legal forms, its words in one language, its share class."""

import polars as pl

from enrich.keys import make_keys
from enrich.lexicon import STOP_WORDS, TAIL_WORDS, WEAK_WORDS, Lexicon

COLUMNS = ["spelling", "key", "full", "core", "canon", "strong", "legal", "tail", "named_country"]


def read_spellings(spellings: pl.Series, lexicon: Lexicon) -> pl.DataFrame:
    """Take distinct spellings apart.

    Returns:
        `spelling`; `key` (all words); `full` (without legal forms and share class); `core` (without stop words, too);
        `canon` (the core with every known word in its one spelling); `strong` (the canon without weak words); `legal`
        (the forms found, as one text); `tail` (the share class) and `named_country` (alpha-2), null where there is
        none. No other column is empty where the name has a sign.
    """
    distinct = spellings.drop_nulls().unique(maintain_order=True)
    keys = make_keys(distinct, lexicon.legal_forms, lexicon.meanings)
    tail = rf" (?:{TAIL_WORDS})((?: (?:{TAIL_WORDS}))*)$"
    core = pl.col("core_key")
    cut = core.str.replace(tail, "")
    keys = keys.with_columns(
        tail=core.str.extract(rf"( (?:{TAIL_WORDS})(?: (?:{TAIL_WORDS}))*)$", 1).str.strip_chars(),
        full=cut,
        core=_drop_words(cut, STOP_WORDS),
    )
    canon = _swap_words(pl.col("core"), lexicon.canonical)
    return (
        keys.with_columns(canon=canon)
        .with_columns(strong=_drop_words(pl.col("canon"), WEAK_WORDS))
        .with_columns(named_country=_name_country(pl.col("canon"), lexicon.countries))
        .select(
            "spelling",
            "full",
            "core",
            "canon",
            "strong",
            "tail",
            "named_country",
            key="name_key",
            legal=pl.col("legal_forms").list.join(" "),
        )
        .with_columns(pl.col("key", "full", "core", "canon", "strong", "legal").fill_null(""))
        .select(COLUMNS)
    )


def _pad(text: pl.Expr) -> pl.Expr:
    """Two blanks between words, so that neighbours do not share the blank that ends both patterns."""
    return " " + text.str.replace_all(" ", "  ", literal=True) + " "


def _tidy(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r" +", " ").str.strip_chars()


def _drop_words(text: pl.Expr, words: frozenset[str]) -> pl.Expr:
    left = _tidy(_pad(text).str.replace_many([f" {word} " for word in sorted(words)], [""]))
    return pl.when(left == "").then(text).otherwise(left)


def _swap_words(text: pl.Expr, canonical: dict[str, str]) -> pl.Expr:
    words = sorted(canonical)
    return _tidy(_pad(text).str.replace_many([f" {w} " for w in words], [f" {canonical[w]} " for w in words]))


def _name_country(canon: pl.Expr, countries: dict[str, str]) -> pl.Expr:
    """The country whose name or adjective stands in a name."""
    words = [f" {word} " for word in sorted(countries)]
    found = _pad(canon).str.extract_many(words).list.first().str.strip_chars()
    return found.replace_strict(countries, default=None, return_dtype=pl.String)
