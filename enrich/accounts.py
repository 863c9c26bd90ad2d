"""Which entity each CRM account stands for: identifiers first, then names that compete with each other."""

import dataframely as dy
import polars as pl

from enrich.blocking import block_on_names, list_identifiers
from enrich.contract import step
from enrich.names import add_name_keys
from enrich.scoring import AUTO, REVIEW, score_pairs
from schemas.frames import AccountMatch, BlockedPair, EntityRecord, LinkRecord, TokenFrequency
from schemas.vocabulary import Band, MatchStatus

MARGIN = 0.05  # a rival nearer than this makes a match ambiguous
MAX_CANDIDATES = 5
# An account is one record against a whole register: a block costs its length here and not its square.
MAX_BLOCK = 2000
SOURCE_PREFIX = "crm|"


@step
def match_accounts(
    accounts: dy.DataFrame[LinkRecord],
    units: dy.DataFrame[LinkRecord],
    entity_records: dy.DataFrame[EntityRecord],
    legal_forms: frozenset[str],
    frequencies: dy.DataFrame[TokenFrequency] | None = None,
    *,
    auto: float = AUTO,
    review: float = REVIEW,
    margin: float = MARGIN,
    max_candidates: int = MAX_CANDIDATES,
) -> dy.DataFrame[AccountMatch]:
    """Match every account to an entity, to several candidates, or to none; every account has a row of rank 1.

    Args:
        accounts: records `crm|<account_id>`.
        units: the registers' records.
        entity_records: which records are one entity; candidates of one entity do not compete.
        legal_forms: what `add_name_keys` strips.
        frequencies: how rare words are; None counts the units' words.
        auto: score from which an account is matched unseen.
        review: score from which a candidate is shown.
        margin: how far the best must be ahead of the second.
        max_candidates: most candidates shown for one account.

    Returns:
        `matched` (one row, band auto); `ambiguous` (a person decides, best first); `no_match`; `invalid_input` (neither
        name nor identifier). Accounts of one entity are all matched and name each other in their reasons.
    """
    named, registered = add_name_keys(accounts, legal_forms), add_name_keys(units, legal_forms)
    identified = _pair_by_identifier(named, registered)
    blocked = block_on_names(named, registered, max_block=MAX_BLOCK)
    pairs = BlockedPair.cast(pl.concat([identified.select(blocked.columns), blocked]).unique())
    scored = score_pairs(pairs, named, registered, frequencies, auto=auto, review=review)
    best = _pick_entity_scores(scored, identified, entity_records)
    kept = _compete(best.filter(pl.col("score") >= review), auto=auto, margin=margin, max_candidates=max_candidates)
    rest = _explain_rest(named, kept, best)
    return AccountMatch.cast(pl.concat([_name_duplicates(kept), rest]).sort("account_id", "rank"))


def _pair_by_identifier(named: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    both = list_identifiers(named).join(list_identifiers(registered), on=["scheme", "identifier"], suffix="_right")
    # Several legal units may share one VAT number, so it does not stand against a register's own number.
    is_firm = ~pl.col("scheme").str.starts_with("VAT").all()
    return both.group_by(left_record="record", right_record="record_right").agg(is_firm=is_firm)


def _pick_entity_scores(scored: pl.DataFrame, identified: pl.DataFrame, entity_records: pl.DataFrame) -> pl.DataFrame:
    """The best score of each account and entity, with `account_id`; a unit without an entity is no candidate.

    Where identifiers speak, names do not compete (`is_identified`); identifiers that name two entities do.
    """
    homes = entity_records.select("entity_id", right_record=pl.concat_str("source", pl.lit("|"), "source_key"))
    candidates = (
        scored.join(homes, on="right_record")
        .join(identified, on=["left_record", "right_record"], how="left")
        .with_columns(is_identified=(pl.col("is_firm") | (pl.col("score") == 1.0)) & pl.col("is_firm").is_not_null())
        .filter(pl.col("is_identified") | ~pl.col("is_identified").any().over("left_record"))
    )
    return (
        candidates.sort(["score", "right_record"], descending=[True, False])
        .unique(["left_record", "entity_id"], keep="first", maintain_order=True)
        .with_columns(account_id=_account_id(pl.col("left_record")))
    )


def _compete(candidates: pl.DataFrame, *, auto: float, margin: float, max_candidates: int) -> pl.DataFrame:
    """The winner where one is far enough ahead, otherwise the ranked candidates, all for review."""
    best = pl.col("score").max().over("account_id")
    is_near = (pl.col("score") > best - margin) | pl.col("is_identified")
    ranked = (
        candidates.sort(["account_id", "score", "entity_id"], descending=[False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("account_id"), is_near=is_near)
        .with_columns(rivals=pl.col("is_near").sum().over("account_id").cast(pl.Int64) - 1)
        .with_columns(is_won=(best >= auto) & (pl.col("rivals") == 0))
    )
    status = pl.when("is_won").then(pl.lit(MatchStatus.MATCHED.value)).otherwise(pl.lit(MatchStatus.AMBIGUOUS.value))
    rivalry = pl.when(pl.col("is_near") & (pl.col("rivals") > 0)).then(
        pl.format("{} candidates too close to choose", pl.col("rivals") + 1)
    )
    shown = pl.when("is_won").then(pl.col("rank") == 1).otherwise(pl.col("rank") <= max_candidates)
    return ranked.filter(shown).select(
        "account_id",
        pl.col("rank").cast(pl.Int32),
        status.alias("match_status"),
        "entity_id",
        "score",
        pl.when("is_won").then("band").otherwise(pl.lit(Band.REVIEW.value)).alias("band"),
        pl.concat_str("reasons", rivalry, separator="; ", ignore_nulls=True).alias("reasons"),
    )


def _name_duplicates(kept: pl.DataFrame) -> pl.DataFrame:
    """Accounts that are matched to one entity stay matched and say so."""
    matched = kept.filter(pl.col("match_status") == MatchStatus.MATCHED.value).select("account_id", "entity_id")
    twins = (
        matched.join(matched.rename({"account_id": "twin"}), on="entity_id")
        .filter(pl.col("account_id") != pl.col("twin"))
        .group_by("account_id")
        .agg(
            twins=pl.format(
                "same entity as account {}", pl.col("twin").sort().head(MAX_CANDIDATES).str.join(", ")
            ).first()
        )
    )
    joined = kept.join(twins, on="account_id", how="left", maintain_order="left")
    reasons = pl.concat_str("reasons", "twins", separator="; ", ignore_nulls=True)
    return joined.with_columns(reasons=reasons).drop("twins")


def _explain_rest(named: pl.DataFrame, kept: pl.DataFrame, best: pl.DataFrame) -> pl.DataFrame:
    """One row for each account that has no candidate: nothing to go by, or nothing near enough."""
    has_key = pl.col("name_key").is_not_null() | (pl.col("other_keys").list.len() > 0)
    usable = has_key | pl.col("record").is_in(list_identifiers(named)["record"].unique().implode())
    accounts = named.select(account_id=_account_id(pl.col("record")), is_usable=usable)
    nearest = (
        best.sort("score", "entity_id", descending=[True, False])
        .unique("account_id", keep="first")
        .select("account_id", "score", nearest="reasons")
    )
    rest = accounts.join(kept, on="account_id", how="anti").join(nearest, on="account_id", how="left")
    found_nothing = pl.lit("no record shares an identifier, a rare word or the beginning of the name")
    return rest.select(
        "account_id",
        pl.lit(1, pl.Int32).alias("rank"),
        pl.when("is_usable")
        .then(pl.lit(MatchStatus.NO_MATCH.value))
        .otherwise(pl.lit(MatchStatus.INVALID_INPUT.value))
        .alias("match_status"),
        pl.lit(None, pl.String).alias("entity_id"),
        "score",
        pl.lit(Band.REJECT.value).alias("band"),
        pl.when(~pl.col("is_usable"))
        .then(pl.lit("neither a name nor an identifier"))
        .otherwise(pl.coalesce(pl.format("nearest: {}", "nearest"), found_nothing))
        .alias("reasons"),
    )


def _account_id(record: pl.Expr) -> pl.Expr:
    return record.str.strip_prefix(SOURCE_PREFIX)
