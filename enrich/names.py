"""Name keys: one spelling for the many ways in which one company's name is written."""

import dataframely as dy
import polars as pl

from enrich.contract import step
from enrich.keys import NO_WORDS, make_keys, normalise_names
from schemas.frames import LinkRecord, NamedRecord

__all__ = ["add_name_keys", "make_keys", "normalise_names"]


@step
def add_name_keys(records: dy.DataFrame[LinkRecord], legal_forms: frozenset[str]) -> dy.DataFrame[NamedRecord]:
    """Add the keys that blocking and scoring compare.

    Args:
        records: names to link, in any script.
        legal_forms: words and phrases such as `sa`, `S.A.R.L.`, `société anonyme`, `株式会社`, in any spelling; they
            are normalised as the names are.

    Returns:
        the same records in the same order with `name_key`, `core_key`, `other_keys`, `tokens` and `legal_forms`. A name
        that holds more than blanks never has an empty key, and legal forms never empty a name.
    """
    others = records.select("record", spelling="other_names").explode("spelling").drop_nulls()
    spellings = pl.concat([records["name"].alias("spelling"), others["spelling"]]).drop_nulls().unique()
    keys = make_keys(spellings, legal_forms)
    other_keys = (
        others.join(keys, on="spelling")
        .drop_nulls("core_key")
        .group_by("record")
        .agg(other_keys=pl.col("core_key").unique().sort())
    )
    named = (
        records.join(keys.rename({"spelling": "name"}), on="name", how="left", maintain_order="left")
        .join(other_keys, on="record", how="left", maintain_order="left")
        .with_columns(pl.col("other_keys", "legal_forms").fill_null(NO_WORDS))
    )
    words = pl.concat_list(
        pl.col("core_key").fill_null("").str.split(" "), pl.col("other_keys").list.join(" ").str.split(" ")
    )
    named = named.with_columns(tokens=words.list.filter(pl.element() != "").list.unique().list.sort())
    return NamedRecord.cast(named.select(NamedRecord.column_names()))
