"""Reads the files that `link`, `dedupe` and `compare` are given: CSV or parquet, every value a text."""

from pathlib import Path

import polars as pl

from flows.errors import InputError

OPTIONAL = (
    "country", "city", "postal_code", "address", "phone", "national_id", "lei", "vat_number", "domain",
)  # fmt: skip
OTHER_NAMES = {"country_code": "country", "zip": "postal_code", "postcode": "postal_code", "address_line": "address"}
SHOWN = 3


def read_records(path: Path, required: tuple[str, ...] = ("id", "name")) -> pl.DataFrame:
    """The records of a file, all columns as texts, optional ones added where they are missing (null).

    Raises:
        InputError: the file cannot be read, lacks a column, or has an id twice or an empty id; the message names file,
            row and column.
    """
    frame = _read(path)
    frame = frame.rename(
        {old: new for old, new in OTHER_NAMES.items() if old in frame.columns and new not in frame.columns}
    )
    missing = [name for name in required if name not in frame.columns]
    if missing:
        raise InputError(
            f"{path}: column {', '.join(missing)} is missing; expected {','.join(required)}, "
            f"found {','.join(frame.columns[:12]) or 'none'}"
        )
    frame = frame.with_columns(pl.all().cast(pl.String, strict=False))
    _check_ids(path, frame["id"])
    absent = [pl.lit(None, pl.String).alias(name) for name in OPTIONAL if name not in frame.columns]
    return frame.with_columns(absent).select(*required, *(name for name in OPTIONAL if name not in required))


def write_answers(frame: pl.DataFrame, path: Path) -> None:
    """Write an answer as CSV, or as parquet where the name says so.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        if path.suffix == ".parquet":
            frame.write_parquet(path)
        else:
            frame.write_csv(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file; a CSV or parquet file is expected")
    try:
        if path.suffix == ".parquet" or _begins_with(path, b"PAR1"):
            return pl.read_parquet(path)
        separator = _guess_separator(path)
        # Bytes that are no UTF-8 (lone surrogates, Latin-1) become the replacement sign: one bad name spoils no file.
        return pl.read_csv(
            path, infer_schema=False, encoding="utf8-lossy", separator=separator, truncate_ragged_lines=False
        )
    except pl.exceptions.NoDataError as error:
        raise InputError(f"{path}: the file is empty; a first line with the names of columns is expected") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be read as a table: {said}") from error


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _guess_separator(path: Path) -> str:
    with path.open("rb") as file:
        first = file.readline(100_000)
    counts = {sign: first.count(sign.encode()) for sign in (",", ";", "\t")}
    return max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ","


def _check_ids(path: Path, ids: pl.Series) -> None:
    empty = (ids.is_null() | (ids.str.strip_chars() == "")).arg_true()
    if len(empty):
        raise InputError(f"{path}: row {empty[0] + 2}, column id: empty; every row needs an id of its own")
    if ids.n_unique() != len(ids):
        twice = ids.filter(ids.is_duplicated())
        row = int((ids == twice[0]).arg_true()[1]) + 2
        raise InputError(
            f"{path}: row {row}, column id: '{twice[0][:60]}' stands there twice ({twice.n_unique()} ids do)"
        )
