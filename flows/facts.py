"""Joins what the score reads of each profile; null where no source able to answer was asked and answered."""

import dataframely as dy
import polars as pl

from schemas.frames import ProfileFacts
from schemas.reference import size_band
from schemas.vocabulary import EntityKind, LifeStatus, OfficeGroup

INSOLVENCY, STRIKE_OFF = "insolvency", "strike_off"


def facts_of(
    members: pl.DataFrame,
    groups: pl.DataFrame,
    golden: pl.DataFrame,
    presence: pl.DataFrame,
    buying: pl.DataFrame,
    statements: pl.DataFrame,
    insolvent: list[str],
) -> dy.DataFrame[ProfileFacts]:
    """One ProfileFacts row for each profile.

    Args:
        members: ProfileMember.
        groups: Group.
        golden: GoldenEntity.
        presence: Presence.
        buying: BuyingEvidence.
        statements: current financial statements with entity_id.
        insolvent: profiles whose anchor is in liquidation.
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
        .join(latest_statements(statements).select("entity_id", "revenue_eur"), on="entity_id", how="left")
        .join(headcounts(members, golden), on="profile_id", how="left")
        .with_columns(
            pl.lit(None, pl.Float64).alias("sector_rank_pct"),
            pl.lit(None, pl.List(pl.String)).alias("reputation_evidence"),
            pl.lit(None, pl.List(pl.String)).alias("technology_evidence"),
            pl.lit(None, pl.Float64).alias("revenue_cagr_3y"),
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


def latest_statements(statements: pl.DataFrame) -> pl.DataFrame:
    """The newest closing year of each entity that tells its turnover."""
    told = statements.filter(pl.col("revenue_eur").is_not_null())
    return told.sort("closing_year", "source", "source_key").unique("entity_id", keep="last", maintain_order=True)


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


def insolvent_profiles(appointments: pl.DataFrame, entity_records: pl.DataFrame, members: pl.DataFrame) -> list[str]:
    """Profiles whose anchor's register lists a liquidator or a court-named administrator."""
    distressed = appointments.filter(pl.col("office_group") == OfficeGroup.DISTRESS.value).join(
        entity_records.select("source", pl.col("source_key").alias("unit_key"), "entity_id"), on=["source", "unit_key"]
    )
    hit = members.filter("is_anchor").join(distressed.select("entity_id").unique(), on="entity_id", how="semi")
    return hit["profile_id"].unique().sort().to_list()
