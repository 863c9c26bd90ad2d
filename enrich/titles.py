"""When two titles are one office: `Président` and `Présidente de SAS` are, `Directeur financier` is another."""

import re

import polars as pl
from anyascii import anyascii

from schemas.vocabulary import ExecutiveRole

# Roles that say the office by themselves; under the others the wording decides.
GENERIC_ROLES = [
    ExecutiveRole.DIRECTOR.value,
    ExecutiveRole.AUTHORISED_REPRESENTATIVE.value,
    ExecutiveRole.ELECTED_OFFICIAL.value,
    ExecutiveRole.OTHER.value,
    ExecutiveRole.UNKNOWN.value,
]
UNTITLED = "untitled"
LINK_WORDS = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "of", "the", "and", "for"}
LEGAL_FORMS = {
    "sa", "sas", "sasu", "sarl", "eurl", "snc", "sca", "scs", "sci", "selarl", "selas", "gie", "societe", "company",
    "plc", "ltd", "limited",
}  # fmt: skip
INTERIM = re.compile(r"\b(interim|interimaire|provisoire|acting)\b")


def fold_title(title: str | None) -> str:
    """A title in plain lower case with single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(title or "").lower()))


def title_words(title: str | None) -> str:
    """The words of a title that make it an office: sorted, without link words, legal forms, gender and number."""
    words = {_without_gender(word) for word in fold_title(title).split() if word not in LINK_WORDS | LEGAL_FORMS}
    return " ".join(sorted(words))


def _without_gender(word: str) -> str:
    word = re.sub(r"s$", "", word)
    word = re.sub(r"(t)rice$", r"\1eur", word)
    word = re.sub(r"euse$", "eur", word)
    return re.sub(r"e$", "", word)


def add_office_keys(appointments: pl.DataFrame) -> pl.DataFrame:
    """Add `office_key` (equal = the same office, whatever the wording), `title_text` (folded) and `is_interim`.

    An officer without a title and with an unknown role has the key `untitled`, which fits every office.
    """
    titles = appointments.select("title").unique()
    texts = titles["title"].to_list()
    titles = titles.with_columns(
        pl.Series("title_text", [fold_title(text) for text in texts], dtype=pl.String),
        pl.Series("title_words", [title_words(text) for text in texts], dtype=pl.String),
        pl.Series("is_interim", [bool(INTERIM.search(fold_title(text))) for text in texts], dtype=pl.Boolean),
    )
    wording = pl.when(pl.col("role").is_in(GENERIC_ROLES)).then(pl.col("title_words")).otherwise(pl.lit(""))
    interim = pl.when(pl.col("is_interim")).then(pl.lit("|interim")).otherwise(pl.lit(""))
    is_untitled = (pl.col("title_text") == "") & (pl.col("role") == ExecutiveRole.UNKNOWN.value)
    key = pl.when(is_untitled).then(pl.lit(UNTITLED)).otherwise(pl.concat_str("role", pl.lit("|"), wording, interim))
    return (
        appointments.join(titles, on="title", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(office_key=key)
        .drop("title_words")
    )
