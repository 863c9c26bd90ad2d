"""A readable case for names that registers write in capitals."""

import polars as pl

OWN_CASE = {
    "GMBH": "GmbH", "MBH": "mbH", "KGAA": "KGaA", "SPA": "SpA", "APS": "ApS", "PTY": "Pty", "PTE": "Pte", "LTD": "Ltd",
    "INC": "Inc", "CO": "Co", "CORP": "Corp", "CIE": "Cie",
}  # fmt: skip
CAPITALS = [
    "SA", "SAS", "SASU", "SARL", "SCA", "SCS", "SNC", "SCI", "SCOP", "EURL", "GIE", "SE", "AG", "KG", "OHG", "EG",
    "NV", "BV", "BVBA", "SRL", "SPRL", "CV", "AB", "AS", "ASA", "OY", "OYJ", "PLC", "LLC", "LLP", "LP", "SL", "SLU",
    "USA", "UK",
]  # fmt: skip
PARTICLES = [
    "DE", "DU", "DES", "LA", "LE", "LES", "ET", "EN", "A", "AU", "AUX", "SUR", "POUR", "PAR", "AND", "OF", "THE",
    "FOR", "IN", "UND", "DER", "DIE", "DAS", "VON", "VAN", "Y", "E", "DEL", "DI", "DA", "DO", "D", "L",
]  # fmt: skip
ACRONYM = r"^\W*[B-DF-HJ-NP-TV-XZ0-9&.]{1,4}\W*$"  # up to four letters, none a vowel
SIGN_IN_BRACKETS = r"^\([A-Z0-9&.-]{2,6}\)$"  # (EDF)
BARE_WORD = r"[^A-Z0-9]"


def clean_name_case(names: pl.Series) -> pl.Series:
    """`ACME INDUSTRIES SA` -> `Acme Industries SA`; names that already mix cases are left as they are.

    Legal forms, acronyms of up to four letters without a vowel and acronyms in brackets stay in capitals; particles
    inside a name go to lower case.
    """
    frame = pl.DataFrame({"name": names.cast(pl.String)})
    shouted = frame.filter(pl.col("name") == pl.col("name").str.to_uppercase()).unique()
    cleaned = (
        shouted.with_columns(word=pl.col("name").str.strip_chars().str.split(" "))
        .explode("word")
        .with_columns(place=pl.int_range(pl.len()).over("name"))
        .with_columns(clean=_clean_word(pl.col("word"), is_first=pl.col("place") == 0))
        .group_by("name", maintain_order=True)
        .agg(clean=pl.col("clean").str.join(" "))
    )
    joined = frame.join(cleaned, on="name", how="left", maintain_order="left")
    return joined.select(name=pl.coalesce("clean", "name"))["name"]


def _clean_word(word: pl.Expr, *, is_first: pl.Expr) -> pl.Expr:
    bare = word.str.replace_all(BARE_WORD, "")
    form = bare.replace_strict({word: word for word in CAPITALS} | OWN_CASE, default=None, return_dtype=pl.String)
    return (
        pl.when(word.str.contains(SIGN_IN_BRACKETS))
        .then(word)
        .when(~is_first & (word == bare) & form.is_not_null())
        .then(form)
        .when(~is_first & word.is_in(PARTICLES))
        .then(word.str.to_lowercase())
        .when(word.str.contains(ACRONYM) | (~is_first & bare.is_in(CAPITALS) & word.str.contains(".", literal=True)))
        .then(word)
        .otherwise(word.str.to_titlecase())
    )
