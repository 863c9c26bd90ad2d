"""Reads the CRM's accounts file: CSV or parquet with id and name, and whatever identifiers the CRM has."""

from pathlib import Path

import polars as pl

from connectors.domains import registrable_domain
from flows.errors import InputError
from schemas.identifiers import normalise_lei, normalise_siren, normalise_vat

COLUMNS = ("name", "country", "city", "postal_code", "address", "national_id", "lei", "vat_number", "domain")
ID_COLUMNS = ("account_id", "id")
ROWS_NAMED = 3  # how many bad rows a message names


def read_accounts(path: Path) -> pl.DataFrame:
    """The accounts of one file, one row an account, all text, trimmed; empty is null.

    Returns:
        account_id, name, country_code, city, postal_code, address, national_id, national_id_scheme, lei, vat_number,
        domain (registrable, lower case; null for what is no domain).

    Raises:
        InputError: no such file, not UTF-8, no id or name column, an id that is missing or comes twice, a country
            that is no ISO code; names file, row and column.
    """
    table = _read_table(path)
    key = next((name for name in ID_COLUMNS if name in table.columns), None)
    if key is None:
        raise InputError(f"{path}: column 'id' is missing; found: {', '.join(table.columns) or 'none'}")
    if "name" not in table.columns:
        raise InputError(f"{path}: column 'name' is missing; found: {', '.join(table.columns)}")
    table = table.select(
        pl.col(key).alias("account_id"),
        *(pl.col(c) if c in table.columns else pl.lit(None, pl.String).alias(c) for c in COLUMNS),
    ).with_columns(pl.all().cast(pl.String).str.strip_chars().replace("", None))
    _refuse_rows(path, table, pl.col("account_id").is_null(), key, "an id is expected")
    _refuse_rows(path, table, pl.col("account_id").is_duplicated(), key, "this id comes more than once")
    table = table.with_columns(pl.col("country").str.to_uppercase())
    _refuse_rows(
        path, table, ~pl.col("country").str.contains("^[A-Z]{2}$"), "country", "an ISO code such as FR is expected"
    )
    sirens = [normalise_siren(text) for text in table["national_id"]]
    return (
        table.with_columns(
            pl.Series("national_id", [s or t for s, t in zip(sirens, table["national_id"], strict=True)], pl.String),
            pl.Series("lei", [normalise_lei(text) for text in table["lei"]], pl.String),
            pl.Series("vat_number", [normalise_vat(text) for text in table["vat_number"]], pl.String),
            pl.Series("domain", [registrable_domain(text) for text in table["domain"]], pl.String),
            pl.Series("is_siren", [s is not None for s in sirens], pl.Boolean),
        )
        .with_columns(
            # a number that is no SIREN belongs to a register that we cannot name from the number alone
            pl.when("is_siren").then(pl.lit("FR-RCS")).alias("national_id_scheme"),
            pl.when("is_siren").then("national_id").alias("national_id"),
        )
        .rename({"country": "country_code"})
        .drop("is_siren")
    )


def _read_table(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file; an accounts file is CSV or parquet with columns id,name")
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path).select(pl.all().cast(pl.String))
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(f"{path}: row {row}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: not readable as parquet: {error}") from error
    if not text.strip():
        raise InputError(f"{path}: the file is empty; a header with id,name is expected")
    try:
        return pl.read_csv(text.encode(), infer_schema=False, separator=";" if ";" in text.split("\n", 1)[0] else ",")
    except pl.exceptions.PolarsError as error:
        first_line = str(error).split("\n", 1)[0]
        raise InputError(f"{path}: not readable as CSV: {first_line}") from error


def _refuse_rows(path: Path, table: pl.DataFrame, where: pl.Expr, column: str, expected: str) -> None:
    bad = table.with_row_index("row", offset=2).filter(where)
    if bad.height:
        rows = ", ".join(str(row) for row in bad["row"].head(ROWS_NAMED))
        more = f" and {bad.height - ROWS_NAMED} more" if bad.height > ROWS_NAMED else ""
        raise InputError(f"{path}: row {rows}{more}, column {column}: {expected}")
