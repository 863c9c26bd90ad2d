"""Joins what the score reads of each profile; null where no source able to answer was asked and answered."""

from datetime import date

import dataframely as dy
import polars as pl

from schemas.frames import EntityStatement, ProfileFacts
from schemas.reference import size_band
from schemas.vocabulary import EntityKind, LifeStatus, OfficeGroup

INSOLVENCY, STRIKE_OFF = "insolvency", "strike_off"


def facts_of(
    members: pl.DataFrame,
    groups: pl.DataFrame,
    golden: pl.DataFrame,
    presence: pl.DataFrame,
    buying: pl.DataFrame,
    finances: pl.DataFrame,
    insolvent: list[str],
) -> dy.DataFrame[ProfileFacts]:
    """One ProfileFacts row for each profile.

    Args:
        members: ProfileMember.
        groups: Group.
        golden: GoldenEntity.
        presence: Presence.
        buying: BuyingEvidence.
        finances: ProfileFinances.
        insolvent: profiles whose anchor is under insolvency proceedings.
    """
    anchors = members.filter("is_anchor").select("profile_id", "entity_id", "entity_kind")
    ceased = members.filter("is_anchor").join(
        golden.filter(pl.col("life_status") == LifeStatus.CEASED.value), on="entity_id"
    )["profile_id"]
    facts = (
        anchors.join(presence, on="profile_id")
        .join(buying, on="profile_id")
        .join(group_sizes(anchors, groups), on="profile_id")
        .join(activity_divisions(members, golden), on="profile_id", how="left")
        .join(finances.select("profile_id", "revenue_eur", "revenue_cagr_3y"), on="profile_id", how="left")
        .join(headcounts(members, golden), on="profile_id", how="left")
        .with_columns(
            pl.lit(None, pl.Float64).alias("sector_rank_pct"),
            pl.lit(None, pl.List(pl.String)).alias("reputation_evidence"),
            pl.lit(None, pl.List(pl.String)).alias("technology_evidence"),
            pl.concat_list(
                pl.when(pl.col("profile_id").is_in(insolvent)).then(pl.lit(INSOLVENCY)),
                pl.when(pl.col("profile_id").is_in(ceased.to_list())).then(pl.lit(STRIKE_OFF)),
            )
            .list.drop_nulls()
            .alias("risk_flags"),
        )
    )
    return ProfileFacts.validate(facts.select(ProfileFacts.column_names()).sort("profile_id"), cast=True)


def group_sizes(anchors: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Entities and levels of each profile's tree: one of each for a company, null while a group's lists are cut."""
    sizes = groups.select(
        pl.col("head_entity_id").alias("entity_id"),
        "entity_count",
        (pl.col("depth") + 1).alias("levels"),
        "is_complete",
    )
    is_group = pl.col("entity_kind") == EntityKind.GROUP.value
    return anchors.join(sizes, on="entity_id", how="left").select(
        "profile_id",
        pl.when(is_group).then("entity_count").otherwise(1).cast(pl.Int32).alias("entities_count"),
        pl.when(is_group & pl.col("is_complete")).then("levels").when(~is_group).then(1).cast(pl.Int32).alias("depth"),
    )


def activity_divisions(members: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """Distinct NACE divisions over the members whose activity is known; unknown while fewer than half tell theirs."""
    division = pl.col("activity_code").str.slice(0, 2)
    return (
        members.join(golden.select("entity_id", "activity_code"), on="entity_id")
        .group_by("profile_id")
        .agg(
            division.drop_nulls().n_unique().cast(pl.Int32).alias("divisions"),
            (pl.col("activity_code").is_not_null().mean() >= 0.5).alias("is_told"),
        )
        .select("profile_id", pl.when("is_told").then("divisions").alias("activity_divisions_count"))
    )


def attach_statements(statements: pl.DataFrame, entity_records: pl.DataFrame) -> dy.DataFrame[EntityStatement]:
    """Current financial statements with their entity: by their own source's record, else by the SIREN they name.

    A source of accounts alone has no records of legal units; it names a company by the number that is the key of the
    national register's record.
    """
    records = entity_records.select("source", pl.col("source_key").alias("unit_key"), "entity_id")
    own = statements.join(records, on=["source", "unit_key"])
    others = statements.join(records.select("source").unique(), on="source", how="anti")
    is_siren = pl.col("unit_key").str.contains(r"^[0-9]{9}$")
    named = others.join(records.filter(is_siren).select("unit_key", "entity_id").unique("unit_key"), on="unit_key")
    columns = EntityStatement.column_names()
    return EntityStatement.validate(pl.concat([own.select(columns), named.select(columns)]), cast=True)


def headcounts(members: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """The least headcount that the size bands allow, over all members; unknown while one member's band is unknown."""
    bands = golden["employees_band"].drop_nulls().unique().to_list()
    lowest = {band: size_band(band)[0] for band in bands}
    known = {band: low for band, low in lowest.items() if low is not None}
    at_least = pl.col("employees_band").replace_strict(known, default=None, return_dtype=pl.Int32)
    return (
        members.join(golden.select("entity_id", at_least.alias("at_least")), on="entity_id")
        .group_by("profile_id")
        .agg(pl.when(pl.col("at_least").is_not_null().all()).then(pl.col("at_least").sum()).alias("employees"))
    )


def find_insolvencies(
    appointments: pl.DataFrame,
    proceedings: pl.DataFrame,
    entity_records: pl.DataFrame,
    members: pl.DataFrame,
    *,
    on: date,
) -> pl.DataFrame:
    """The records that show a profile's anchor in insolvency: profile_id and the columns of a statement.

    Args:
        appointments: current ones; a liquidator or court-named administrator whose office has not ended counts. Their
            unit stands as source_key: an appointment's own key can hold a birth month.
        proceedings: NoticeEvent of open proceedings with observed_from and payload_sha256.
        entity_records: EntityRecord.
        members: ProfileMember.
        on: the day.
    """
    stamps = [pl.col("payload_sha256"), pl.col("observed_from").alias("observed_at")]
    is_over = (pl.col("ended_on") <= on).fill_null(value=False)
    offices = (
        appointments.filter(pl.col("office_group") == OfficeGroup.DISTRESS.value, ~is_over)
        .join(entity_records, left_on=["source", "unit_key"], right_on=["source", "source_key"])
        .select("entity_id", "source", pl.col("unit_key").alias("source_key"), *stamps)
    )
    # a notice names the company by its SIREN, which is the key of its register's own record
    told = proceedings.join(entity_records.select("entity_id", unit_key="source_key"), on="unit_key").select(
        "entity_id", "source", "source_key", *stamps
    )
    anchors = members.filter("is_anchor").select("profile_id", "entity_id")
    shown = anchors.join(pl.concat([offices, told]), on="entity_id").drop("entity_id").unique()
    method, confidence = pl.lit("registry").alias("method"), pl.lit(1.0).alias("confidence")
    return shown.with_columns(method, confidence).sort("profile_id", "source", "source_key", "payload_sha256")
