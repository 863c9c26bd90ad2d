"""Which records deserve a comparison: those that share an identifier, a rare word or the beginning of their name."""

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import BlockedPair, BlockSize, CandidatePair, NamedRecord
from schemas.vocabulary import Band

MAX_BLOCK = 60
FULL_GROUP = 30  # up to here every two records of one identifier are paired; above, each with the smallest one
PREFIX_LENGTH = 8
STEM_LENGTH = 5
CONFLICT_SCORE = 0.5  # one identifier says same, another says different: a person decides


def list_identifiers(named: pl.DataFrame) -> pl.DataFrame:
    """Identifiers in long form: `record`, `scheme` (`LEI`, the national scheme, `VAT XX`) and `identifier`.

    A company has one VAT number a country, so the country belongs to the scheme.
    """
    vat = clean_identifier(pl.col("vat_number"))
    long = [
        named.select("record", scheme=pl.lit("LEI"), identifier=clean_identifier(pl.col("lei"))),
        named.select("record", scheme="national_id_scheme", identifier=clean_identifier(pl.col("national_id"))),
        named.select("record", scheme=pl.lit("VAT ") + vat.str.slice(0, 2), identifier=vat),
    ]
    return pl.concat(long).filter(pl.col("scheme").is_not_null() & (pl.col("identifier") != ""))


def clean_identifier(column: pl.Expr) -> pl.Expr:
    """Capitals and digits only."""
    return column.str.to_uppercase().str.replace_all("[^A-Z0-9]", "")


@step
def find_identifier_pairs(named: dy.DataFrame[NamedRecord]) -> dy.DataFrame[CandidatePair]:
    """Pair the records that share an identifier: score 1, band auto.

    Two records that share one identifier and differ in another of one scheme (a VAT group, a typing error) are for
    review. Groups of more than 30 records are paired through their smallest record, so that a placeholder typed a
    million times costs a million pairs and not their square.
    """
    identifiers = list_identifiers(named)
    by = ["scheme", "identifier"]
    sized = identifiers.with_columns(size=pl.len().over(by), first=pl.col("record").min().over(by))
    shared = sized.filter(pl.col("size") > 1)
    small = shared.filter(pl.col("size") <= FULL_GROUP)
    pairs = pl.concat(
        [
            small.join(small, on=by, suffix="_right").select(*by, left_record="record", right_record="record_right"),
            shared.filter(pl.col("size") > FULL_GROUP).select(*by, left_record="first", right_record="record"),
        ]
    ).filter(pl.col("left_record") < pl.col("right_record"))
    met = (
        pairs.sort(by)
        .group_by("left_record", "right_record")
        .agg(same=pl.format("{} {} = {}", "scheme", "identifier", "identifier").str.join("; "))
    )
    return CandidatePair.cast(_decide_by_identifier(met, find_conflicts(met, identifiers, identifiers)))


def find_conflicts(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose records have different identifiers of one scheme, with `conflict` in words.

    Args:
        pairs: at least `left_record` and `right_record`.
        left: `list_identifiers` of the left records.
        right: `list_identifiers` of the right records.
    """
    both = (
        pairs.select("left_record", "right_record")
        .join(left.rename({"record": "left_record"}), on="left_record")
        .join(right.rename({"record": "right_record"}), on=["right_record", "scheme"], suffix="_right")
        .filter(pl.col("identifier") != pl.col("identifier_right"))
    )
    words = pl.format("{} differs: {} / {}", "scheme", "identifier", "identifier_right")
    return both.sort("scheme").group_by("left_record", "right_record").agg(conflict=words.str.join("; "))


def _decide_by_identifier(met: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    judged = met.join(conflicts, on=["left_record", "right_record"], how="left")
    is_clear = pl.col("conflict").is_null()
    return judged.select(
        "left_record",
        "right_record",
        score=pl.when(is_clear).then(1.0).otherwise(CONFLICT_SCORE),
        band=pl.when(is_clear).then(pl.lit(Band.AUTO.value)).otherwise(pl.lit(Band.REVIEW.value)),
        reasons=pl.concat_str("same", "conflict", separator="; ", ignore_nulls=True),
    ).sort("left_record", "right_record")


@step
def count_block_sizes(
    left: dy.DataFrame[NamedRecord], right: dy.DataFrame[NamedRecord] | None = None
) -> dy.DataFrame[BlockSize]:
    """What every block of every rule costs in pairs, dearest first: look before you change a rule or its cap."""
    sizes = _size_blocks(_list_blocks(left), None if right is None else _list_blocks(right))
    return BlockSize.cast(sizes.sort(["pair_count", "rule", "key"], descending=[True, False, False]))


@step
def block_on_names(
    left: dy.DataFrame[NamedRecord], right: dy.DataFrame[NamedRecord] | None = None, *, max_block: int = MAX_BLOCK
) -> dy.DataFrame[BlockedPair]:
    """Pair the records whose names share a rare word or its stem, the beginning of the core key, or its consonants.

    Args:
        left: records to link.
        right: where to look for them; None pairs `left` with itself, each pair once with the smaller record left.
        max_block: a block with more records than this, on either side, is not opened: its word is no evidence, and
            its cost grows with the square.
    """
    own = _list_blocks(left)
    other = own if right is None else _list_blocks(right)
    sizes = _size_blocks(own, None if right is None else other)
    is_cheap = (pl.col("left_count") <= max_block) & (pl.col("right_count") <= max_block) & (pl.col("pair_count") > 0)
    opened = sizes.filter(is_cheap).select("rule", "key")
    pairs = (
        own.join(opened, on=["rule", "key"])
        .join(other, on=["rule", "key"], suffix="_right")
        .select(left_record="record", right_record="record_right")
    )
    if right is None:
        pairs = pairs.filter(pl.col("left_record") < pl.col("right_record"))
    return BlockedPair.cast(pairs.unique().sort("left_record", "right_record"))


def _list_blocks(named: pl.DataFrame) -> pl.DataFrame:
    """The blocks of every record: `record`, `rule`, `key`. Further rules are further rows."""
    keys = pl.concat(
        [
            named.select("record", core="core_key"),
            named.select("record", core="other_keys").explode("core"),
        ]
    ).drop_nulls("core")
    words = named.select("record", key="tokens").explode("key").drop_nulls("key")
    squeezed = pl.col("core").str.replace_all(" ", "", literal=True)
    consonants = squeezed.str.replace_all("[aeiouy]", "").str.split("").list.unique().list.sort().list.join("")
    rules = [
        words.select("record", rule=pl.lit("word"), key="key"),
        words.filter(pl.col("key").str.len_chars() > STEM_LENGTH).select(
            "record", rule=pl.lit("stem"), key=pl.col("key").str.slice(0, STEM_LENGTH)
        ),
        keys.select("record", rule=pl.lit("prefix"), key=squeezed.str.slice(0, PREFIX_LENGTH)),
        # The whole name stays a small block where its prefix is a crowded one (`international ...`).
        keys.select("record", rule=pl.lit("name"), key=squeezed),
        # Survives swapped letters, doubled letters and wrong vowels.
        keys.select("record", rule=pl.lit("consonants"), key=squeezed.str.slice(0, 1) + consonants),
    ]
    return pl.concat(rules).unique()


def _size_blocks(left: pl.DataFrame, right: pl.DataFrame | None) -> pl.DataFrame:
    counts = left.group_by("rule", "key").agg(left_count=pl.len())
    if right is None:
        one_side = pl.col("left_count").cast(pl.UInt64)
        return counts.with_columns(right_count="left_count", pair_count=one_side * (one_side - 1) // 2)
    others = right.group_by("rule", "key").agg(right_count=pl.len())
    return counts.join(others, on=["rule", "key"]).with_columns(
        pair_count=pl.col("left_count").cast(pl.UInt64) * pl.col("right_count")
    )
