"""Folds sightings into versions: the same table whatever order answers come in. Pure, over frames.

A record is seen at instants, each time with some content, or is missed by a good full load. At one instant the sighting
that is last by (the record's own update date, fetch instant, payload) counts; being seen outranks being missed. A
version begins where the content differs from the sighting before, and ends where something else, or nothing, is seen.
"""

import hashlib

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
RECORD = ["source", "source_key"]
STAMPS = ["observed_from", "observed_to", "fetched_at", "payload_sha256", "row_hash"]
# what decides between two sightings of one record at one instant; of one answer the newest reading counts (a corrected
# parser, a street that may be shown again), and the content's hash only makes a tie repeatable
RANK = ["is_seen", "record_updated_at", "fetched_at", "payload_sha256", "is_incoming", "row_hash"]
EVENT_SCHEMA: dict[str, pl.DataType] = {
    "source": pl.String(),
    "source_key": pl.String(),
    "observed_from": INSTANT,
    "is_seen": pl.Boolean(),
    "record_updated_at": INSTANT,
    "fetched_at": INSTANT,
    "payload_sha256": pl.String(),
    "row_hash": pl.String(),
    "is_incoming": pl.Boolean(),
}


def hash_rows(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """A hash of the declared columns of each row, the same on every machine and in every version of polars.

    Null columns do not count, so a column that is declared later, and is null in old records, changes no hash.
    """
    texts = frame.select(pl.concat_str([_tagged(frame, name) for name in columns]).alias("text")).to_series()
    hashes = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
    return pl.Series("row_hash", hashes, pl.String)


def _tagged(frame: pl.DataFrame, name: str) -> pl.Expr:
    """`name:length:value;` or nothing: no value can pose as the beginning of the next."""
    dtype, value = frame.schema[name], pl.col(name)
    if isinstance(dtype, pl.List):
        part = pl.element().cast(pl.String).fill_null("")
        text = value.list.eval(pl.concat_str(part.str.len_bytes().cast(pl.String), pl.lit(":"), part)).list.join("")
    elif isinstance(dtype, pl.Datetime):
        text = value.dt.epoch("us").cast(pl.String)
    else:
        text = value.cast(pl.String)
    length = text.str.len_bytes().cast(pl.String)
    return pl.concat_str(pl.lit(f"{name}:"), length, pl.lit(":"), text, pl.lit(";"), ignore_nulls=False).fill_null("")


def hash_numbers(texts: pl.Series) -> pl.Series:
    """A 63-bit number for each text, the same on every machine."""
    numbers = [int.from_bytes(hashlib.blake2b(t.encode(), digest_size=8).digest(), "big") >> 1 for t in texts]
    return pl.Series(texts.name, numbers, pl.Int64)


def fold(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sightings that count and the versions that they make.

    Args:
        events: EVENT_SCHEMA, in any order, the same sighting any number of times.

    Returns:
        (winners, versions): one event for each record and instant; and source, source_key, observed_from, observed_to,
        fetched_at, payload_sha256, row_hash.
    """
    over = RECORD
    winners = (
        events.sort(*RECORD, "observed_from", *RANK, nulls_last=False)
        .unique([*RECORD, "observed_from"], keep="last", maintain_order=True)
        .with_columns(state=pl.when("is_seen").then("row_hash").otherwise(pl.lit("")))
    )
    before = pl.col("state").shift(1).over(over).fill_null("")
    turns = winners.filter(pl.col("state") != before)
    versions = turns.with_columns(pl.col("observed_from").shift(-1).over(over).alias("observed_to")).filter("is_seen")
    return winners.drop("state"), versions.select(*RECORD, *STAMPS)
