"""What stands beside the names: identifiers decide; places, domains and telephones move the odds."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process

Floats = npt.NDArray[np.float32]

IDENTIFIERS = ("lei", "national_id", "vat_number")
COLUMNS = (*IDENTIFIERS, "domain", "phone", "postal_code", "city", "address")
SAME_ADDRESS = 80


def clean_context(records: pl.DataFrame) -> pl.DataFrame:
    """The context columns of records in one spelling, null where unknown; a column that is not there is unknown."""
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in records.columns]
    known = records.with_columns(missing).select(pl.col(COLUMNS).cast(pl.String))
    code = pl.col(*IDENTIFIERS, "postal_code").str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    words = pl.col("city", "address").str.normalize("NFKD").str.to_lowercase().str.replace_all("[^a-z0-9]+", " ")
    host = pl.col("domain").str.to_lowercase().str.replace(r"^[a-z]+://", "").str.replace(r"^www\.", "")
    cleaned = known.with_columns(
        code,
        words.str.replace(r"\bcedex.*", "").str.strip_chars(),
        host.str.replace(r"[/:?#].*$", "").str.strip_chars(),
        # The last nine digits: country prefixes come and go.
        pl.col("phone").str.replace_all("[^0-9]", "").str.slice(-9),
    )
    return cleaned.with_columns(pl.when(pl.all().str.len_chars() > 0).then(pl.all()))


def pair_by_identifier(left: pl.DataFrame, right: pl.DataFrame, most: int = 30) -> pl.DataFrame:
    """Rows that share an identifier, domain or telephone: `left`, `right`; a value that many share pairs nobody."""
    found = [pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32})]
    for column in (*IDENTIFIERS, "domain", "phone"):
        sides = []
        for frame, name in ((left, "left"), (right, "right")):
            rows = frame.select(pl.col(column).alias("value")).with_row_index(name).drop_nulls()
            sides.append(rows.filter(pl.len().over("value") <= most))
        found.append(sides[0].join(sides[1], on="value").select("left", "right"))
    return pl.concat(found).unique()


def compare_context(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """1 where both know a value and it is equal, -1 where it differs, 0 where one does not know; a row a pair."""
    one, two = left[pairs["left"]], right[pairs["right"]]
    compared = []
    for column in COLUMNS:
        a, b = one[column], two[column]
        known = (a.is_not_null() & b.is_not_null()).to_numpy()
        if not known.any():
            compared.append(pl.Series(column, np.zeros(len(a), dtype=np.int8)))
            continue
        equal = (a == b).fill_null(False).to_numpy()
        if column in {"address", "city"}:
            alike = process.cpdist(
                a.fill_null("").to_list(), b.fill_null("").to_list(), scorer=fuzz.token_set_ratio, dtype=np.float32
            )
            equal = alike >= SAME_ADDRESS
        compared.append(pl.Series(column, np.where(known, np.where(equal, 1, -1), 0).astype(np.int8)))
    return pl.DataFrame(compared)


def shift_odds(context: pl.DataFrame, weights: Mapping[str, tuple[float, float]]) -> Floats:
    """What the context adds to the log-odds: for each column (weight when equal, weight when different)."""
    total = np.zeros(context.height, dtype=np.float32)
    for column, (same, other) in weights.items():
        value = context[column].to_numpy()
        total += np.where(value > 0, same, np.where(value < 0, other, 0)).astype(np.float32)
    return total


def decide_by_identifier(context: pl.DataFrame) -> npt.NDArray[np.int8]:
    """1 where an identifier is equal and none differs, -1 where one differs and none is equal, 2 for both, else 0."""
    values = np.column_stack([context[column].to_numpy() for column in IDENTIFIERS])
    same, other = (values > 0).any(axis=1), (values < 0).any(axis=1)
    return np.where(same & other, 2, np.where(same, 1, np.where(other, -1, 0))).astype(np.int8)
