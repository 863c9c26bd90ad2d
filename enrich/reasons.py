"""Why a pair has its score, in words that name the two values that met."""

import polars as pl


def say_reasons() -> pl.Expr:
    """The reasons of a pair over the columns of the evidence frame; what no side knows is not spoken of."""
    said = [
        pl.col("same"),
        pl.col("conflict"),
        pl.when("has_names")
        .then(pl.format("name {}: '{}' ~ '{}'", pl.col("name_score").round(2), "left_key", "right_key"))
        .otherwise(pl.lit("no name to compare")),
        _say_if_known("left_only", pl.format("only left has '{}'", "left_only")),
        _say_if_known("right_only", pl.format("only right has '{}'", "right_only")),
        pl.when(pl.col("same_country") == 1)
        .then(pl.format("country {} = {}", "left_country_code", "right_country_code"))
        .when(pl.col("other_country") == 1)
        .then(pl.format("country {} / {}", "left_country_code", "right_country_code")),
        pl.when(pl.col("same_postal_code") == 1)
        .then(pl.format("postal code {} = {}", "left_postal_code", "right_postal_code")),
        pl.when(pl.col("same_city") == 1).then(pl.format("city {} = {}", "left_city", "right_city")),
        pl.when(pl.col("other_legal_form") == 1)
        .then(
            pl.format(
                "legal form {} / {}", pl.col("left_legal_forms").list.join(", "),
                pl.col("right_legal_forms").list.join(", "),
            )
        ),
    ]  # fmt: skip
    return pl.concat_str(said, separator="; ", ignore_nulls=True)


def _say_if_known(column: str, words: pl.Expr) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null()).then(words)
