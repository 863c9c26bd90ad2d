"""How far a profile reaches: the countries with what proves each of them, open sites, regions of the home country."""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import Claim, EntityEstablishment, GoldenEntity, Presence, PresenceEvidence, ProfileMember
from schemas.vocabulary import ClaimStatus, EntityKind, LifeStatus, PresenceKind, PresenceLevel, SiteStatus

GLOBAL_COUNTRIES, MULTINATIONAL_COUNTRIES, NATIONAL_REGIONS = 10, 2, 2  # PresenceLevel's words in schemas.vocabulary
GOLDEN = "golden"  # the source of a country that no claim names: the entity's own chosen value


@step
def find_presence_evidence(
    profile_members: dy.DataFrame[ProfileMember],
    entities: dy.DataFrame[GoldenEntity],
    establishments: dy.DataFrame[EntityEstablishment],
    claims: pl.DataFrame | None = None,
) -> dy.DataFrame[PresenceEvidence]:
    """What proves each country: the legal address of every living member, and open sites outside a member's country.

    Args:
        profile_members: which entities each profile stands for.
        entities: their chosen values; ceased ones prove nothing.
        establishments: the current ones.
        claims: Claim; the chosen claim of `country_code` names the register behind an address. Without one the
            evidence says `golden` and the entity's id.
    """
    living = profile_members.join(_living(entities), on="entity_id")
    known = Claim.create_empty() if claims is None else Claim.validate(claims)
    said = (
        known.filter((pl.col("field") == "country_code") & (pl.col("status") == ClaimStatus.CHOSEN.value))
        .sort("source", "source_key")
        .unique("subject_id", keep="first", maintain_order=True)
    )
    addresses = (
        living.filter(pl.col("country_code").is_not_null())
        .join(said.select("subject_id", "source", "source_key"), left_on="entity_id", right_on="subject_id", how="left")
        .select(
            "profile_id",
            "country_code",
            _kind_of_member().alias("kind"),
            "entity_id",
            pl.lit(1, pl.Int32).alias("count"),
            pl.col("source").fill_null(GOLDEN),
            pl.coalesce("source_key", "entity_id"),
        )
    )
    sites = (
        living.join(_open_sites(establishments), on="entity_id")
        .filter(pl.col("site_country") != pl.col("country_code"))
        .group_by("profile_id", pl.col("site_country").alias("country_code"), "entity_id")
        .agg(
            pl.lit(PresenceKind.SITE.value).alias("kind"),
            pl.len().cast(pl.Int32).alias("count"),
            pl.col("source").sort_by("source", "source_key").first(),
            pl.col("source_key").sort_by("source", "source_key").first(),
        )
        .select(addresses.columns)
    )
    return PresenceEvidence.validate(
        pl.concat([addresses, sites]).sort("profile_id", "country_code", "kind", "entity_id")
    )


@step
def measure_presence(
    evidence: dy.DataFrame[PresenceEvidence],
    profile_members: dy.DataFrame[ProfileMember],
    entities: dy.DataFrame[GoldenEntity],
    establishments: dy.DataFrame[EntityEstablishment],
    regions_of_home: Mapping[str, int],
) -> dy.DataFrame[Presence]:
    """Count countries, open sites and regions of every profile; a lower bound never stands in a count's place.

    countries_count is null for a profile that is not complete (its lists of children were not read whole).
    sites_open_count adds up what registers say, null when none says. regions_count is null unless the open sites we
    know are all the sites that the registers count and each has its region, and null for a group that is not complete;
    regions_known_count is what we know at least.

    Args:
        evidence: of `find_presence_evidence`.
        profile_members: which entities each profile stands for.
        entities: their chosen values.
        establishments: the current ones.
        regions_of_home: how many regions a country has (FR: 18); a country that is missing has an unknown number.
    """
    profiles = profile_members.group_by("profile_id").agg(
        home_entity_id=pl.col("entity_id").filter("is_anchor").sort().first(),
        is_complete=pl.col("is_complete").all(),
        # The sites of one legal unit are in its register, whoever was asked for its children.
        has_all_members=((pl.col("entity_kind") != EntityKind.GROUP.value) | pl.col("is_complete")).all(),
    )
    home = entities.select(pl.col("entity_id").alias("home_entity_id"), pl.col("country_code").alias("home_country"))
    profiles = profiles.join(home, on="home_entity_id", how="left")
    totals = pl.DataFrame(
        {"home_country": list(regions_of_home), "home_regions_total": list(regions_of_home.values())},
        schema={"home_country": pl.String, "home_regions_total": pl.Int32},
    )
    members = profile_members.join(_living(entities), on="entity_id").join(
        profiles.select("profile_id", "home_country"), on="profile_id"
    )
    measured = (
        profiles.join(_countries(evidence), on="profile_id", how="left")
        .join(_counted_sites(members), on="profile_id", how="left")
        .join(_known_sites(members, establishments), on="profile_id", how="left")
        .join(totals, on="home_country", how="left")
        .with_columns(
            pl.col("countries").fill_null([]),
            pl.col("countries_known_count", "regions_known_count", "known_sites").fill_null(0),
        )
        .with_columns(
            countries_count=pl.when(pl.col("is_complete") & (pl.col("countries_known_count") > 0)).then(
                "countries_known_count"
            )
        )
        .with_columns(regions_count=pl.when(_knows_every_site()).then("regions_known_count"))
        .with_columns(presence_level=_level())
    )
    return Presence.validate(measured.select(Presence.column_names()).sort("profile_id"))


def _living(entities: pl.DataFrame) -> pl.DataFrame:
    return entities.filter(pl.col("life_status") != LifeStatus.CEASED.value).select(
        "entity_id", "country_code", "entity_category", "sites_open_count"
    )


def _kind_of_member() -> pl.Expr:
    is_branch = (pl.col("entity_category") == "BRANCH").fill_null(value=False)
    return (
        pl.when(pl.col("is_anchor"))
        .then(pl.lit(PresenceKind.REGISTERED_OFFICE.value))
        .when(is_branch)
        .then(pl.lit(PresenceKind.BRANCH.value))
        .otherwise(pl.lit(PresenceKind.SUBSIDIARY.value))
    )


def _open_sites(establishments: pl.DataFrame) -> pl.DataFrame:
    return establishments.filter(pl.col("site_status") == SiteStatus.OPEN.value).select(
        "entity_id", "source", "source_key", "region_code", site_country="country_code"
    )


def _countries(evidence: pl.DataFrame) -> pl.DataFrame:
    """Per profile the countries, most evidence first, then by code."""
    return (
        evidence.group_by("profile_id", "country_code")
        .agg(pl.col("count").sum())
        .sort("profile_id", "count", "country_code", descending=[False, True, False])
        .group_by("profile_id", maintain_order=True)
        .agg(countries=pl.col("country_code"), countries_known_count=pl.len().cast(pl.Int32))
    )


def _counted_sites(members: pl.DataFrame) -> pl.DataFrame:
    """Per profile the open sites that registers count, and whether every member at home is counted."""
    counted = pl.col("sites_open_count")
    is_at_home = (pl.col("country_code") == pl.col("home_country")).fill_null(value=True)
    return members.group_by("profile_id").agg(
        sites_open_count=pl.when(counted.is_not_null().any()).then(counted.sum()).cast(pl.Int32),
        all_counted=(counted.is_not_null() | ~is_at_home).all(),
    )


def _known_sites(members: pl.DataFrame, establishments: pl.DataFrame) -> pl.DataFrame:
    """Per profile the open sites that we can place, and the regions of the home country among them.

    A site without a country is in its unit's country: registers leave the country out at home.
    """
    sites = members.join(_open_sites(establishments), on="entity_id").with_columns(
        is_at_home=pl.coalesce("site_country", "country_code") == pl.col("home_country")
    )
    regions = pl.col("region_code").filter("is_at_home").drop_nulls().n_unique()
    return sites.group_by("profile_id").agg(
        known_sites=(~pl.col("is_at_home") | pl.col("region_code").is_not_null()).sum().cast(pl.Int32),
        regions_known_count=regions.cast(pl.Int32),
    )


def _knows_every_site() -> pl.Expr:
    return (
        pl.col("has_all_members")
        & pl.col("all_counted").fill_null(value=False)
        & (pl.col("known_sites") == pl.col("sites_open_count")).fill_null(value=False)
    )


def _level() -> pl.Expr:
    """From lower bounds, which more knowledge can only raise; `local` needs every site."""
    levels = PresenceLevel
    return (
        pl.when(pl.col("countries_known_count") >= GLOBAL_COUNTRIES)
        .then(pl.lit(levels.GLOBAL.value))
        .when(pl.col("countries_known_count") >= MULTINATIONAL_COUNTRIES)
        .then(pl.lit(levels.MULTINATIONAL.value))
        .when(pl.col("regions_known_count") >= NATIONAL_REGIONS)
        .then(pl.lit(levels.NATIONAL.value))
        .when((pl.col("countries_known_count") == 1) & (pl.col("regions_count") == 1))
        .then(pl.lit(levels.LOCAL.value))
        .otherwise(pl.lit(levels.UNKNOWN.value))
    )
