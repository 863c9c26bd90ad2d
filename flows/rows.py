"""The published rows: what a CRM sees of each profile, built from what resolve and profile found out."""

import polars as pl

from flows.domains import entity_domains
from flows.profile import Profiled
from flows.resolve import Resolved
from schemas.reference import naf_label, size_band
from schemas.vocabulary import (
    ChangeKind,
    ChangeStatus,
    EntityKind,
    ExecutiveRole,
    GroupRole,
    LifeStatus,
    OfficerKind,
    ProfileStatus,
)

HEADCOUNT = ("employees_min", "employees_max", "employees_scope")
LIST_LIMIT = 1000  # characters of a joined list column
# Who stands first on the page when several lead: the order of executive power, boards last.
TOP_ROLES = [
    ExecutiveRole.CHAIR_AND_CEO,
    ExecutiveRole.CHIEF_EXECUTIVE,
    ExecutiveRole.PRESIDENT,
    ExecutiveRole.MANAGEMENT_BOARD_CHAIR,
    ExecutiveRole.MANAGER,
    ExecutiveRole.DIRECTOR,
    ExecutiveRole.DEPUTY_CHIEF_EXECUTIVE,
    ExecutiveRole.BOARD_CHAIR,
    ExecutiveRole.SUPERVISORY_BOARD_CHAIR,
]


def profile_rows(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """One prospect_profile row for each profile of tonight (all columns but updated_at and change_seq)."""
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id", "entity_kind")
    joined = (
        anchors.join(identity_columns(resolved), on="entity_id")
        .join(entity_domains(resolved).select("entity_id", "domain"), on="entity_id", how="left")
        .join(size_columns(resolved), on="entity_id", how="left")
        .join(finance_columns(profiled), on="profile_id", how="left")
        .join(tree_columns(resolved, profiled), on="profile_id", how="left")
        .join(presence_columns(profiled), on="profile_id", how="left")
        .join(people_columns(profiled), on="entity_id", how="left")
        .join(change_columns(profiled), on="entity_id", how="left")
        .join(buying_columns(profiled), on="profile_id", how="left")
        .join(risk_columns(profiled), on="profile_id", how="left")
        .join(profiled.scores, on="profile_id", how="left")
    )
    is_group = pl.col("entity_kind") == EntityKind.GROUP.value
    return joined.with_columns(
        pl.lit(None, pl.String).alias("merged_into_id"),
        # a headcount band, a category or a number of sites is the head's own: it is not the group's
        *(pl.when(~is_group).then(column).alias(column) for column in HEADCOUNT),
    ).sort("profile_id")


def joined_list(column: str) -> pl.Expr:
    """A list column as one text, parts joined by `;`, never cut inside a part."""
    whole = pl.col(column).list.join(";")
    cut = whole.str.slice(0, LIST_LIMIT).str.replace(r";[^;]*$", "")
    text = pl.when(whole.str.len_chars() <= LIST_LIMIT).then(whole).otherwise(cut)
    return pl.when(pl.col(column).list.len() > 0).then(text).alias(column)


def identity_columns(resolved: Resolved) -> pl.DataFrame:
    """Names, identifiers, address and activity of each entity."""
    codes = resolved.golden["activity_code"].drop_nulls().unique().to_list()
    labels = {code: label for code in codes if (label := naf_label(code))}
    confidence = resolved.entity_records.group_by("entity_id").agg(pl.col("confidence").min().alias("match_confidence"))
    is_ceased = pl.col("life_status") == LifeStatus.CEASED.value
    without_semicolon = pl.element().str.replace_all(";", ",")
    return (
        resolved.golden.with_columns(pl.col("aliases").list.eval(without_semicolon))
        .join(confidence, on="entity_id", how="left")
        .select(
            "entity_id",
            pl.when(is_ceased)
            .then(pl.lit(ProfileStatus.CEASED.value))
            .otherwise(pl.lit(ProfileStatus.ACTIVE.value))
            .alias("status"),
            pl.col("name").str.slice(0, 255),
            pl.col("legal_name").str.slice(0, 255),
            joined_list("aliases"),
            "country_code",
            "national_id",
            "national_id_scheme",
            "lei",
            "vat_number",
            pl.col("address_line").str.slice(0, 255).alias("hq_address"),
            pl.col("postal_code").alias("hq_postal_code"),
            pl.col("city").str.slice(0, 120).alias("hq_city"),
            pl.col("region_code").alias("hq_region_code"),
            "activity_code",
            "activity_code_scheme",
            pl.col("activity_code")
            .replace_strict(labels, default=None, return_dtype=pl.String)
            .alias("activity_label"),
            "size_category",
            "match_confidence",
        )
    )


def finance_columns(profiled: Profiled) -> pl.DataFrame:
    """The turnover that each profile shows."""
    return profiled.finances.select(
        "profile_id",
        "revenue_eur",
        pl.col("scope").alias("revenue_scope"),
        "net_income_eur",
        pl.col("closing_year").alias("financials_year"),
    )


def size_columns(resolved: Resolved) -> pl.DataFrame:
    """Headcount band of each entity."""
    bands = resolved.golden["employees_band"].drop_nulls().unique().to_list()
    low = {band: size_band(band)[0] for band in bands}
    high = {band: size_band(band)[1] for band in bands}
    band = pl.col("employees_band")
    return resolved.golden.select(
        "entity_id",
        band.replace_strict(low, default=None, return_dtype=pl.Int32).alias("employees_min"),
        band.replace_strict(high, default=None, return_dtype=pl.Int32).alias("employees_max"),
    ).with_columns(pl.when(pl.col("employees_min").is_not_null()).then(pl.lit("legal")).alias("employees_scope"))


def tree_columns(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """Place of each profile in its tree; parents are named by their company profiles, a group has none."""
    companies = profiled.members.filter(pl.col("entity_kind") == EntityKind.COMPANY.value)
    ids = companies.select("entity_id", "profile_id")
    heads = resolved.golden.select(
        pl.col("entity_id").alias("ultimate_parent_entity_id"),
        pl.col("name").alias("ultimate_parent_name"),
        pl.col("country_code").alias("ultimate_parent_country"),
    )
    of_company = (
        ids.join(resolved.members, on="entity_id")
        .join(
            ids.rename({"entity_id": "parent_entity_id", "profile_id": "parent_id"}), on="parent_entity_id", how="left"
        )
        .join(
            ids.rename({"entity_id": "ultimate_parent_entity_id", "profile_id": "ultimate_parent_id"}),
            on="ultimate_parent_entity_id",
            how="left",
        )
        .join(heads, on="ultimate_parent_entity_id", how="left")
        .select(
            "profile_id",
            "parent_id",
            "ultimate_parent_id",
            "ultimate_parent_name",
            "ultimate_parent_country",
            "group_role",
            pl.lit(None, pl.Int32).alias("group_entity_count"),
            pl.lit(None, pl.Int32).alias("group_depth"),
            pl.lit(None, pl.Boolean).alias("group_is_complete"),
        )
    )
    anchors = profiled.members.filter("is_anchor", pl.col("entity_kind") == EntityKind.GROUP.value)
    of_group = anchors.select("profile_id", pl.col("entity_id").alias("head_entity_id")).join(
        profiled.groups, on="head_entity_id"
    )
    nothing = [pl.lit(None, pl.String).alias(c) for c in of_company.columns[1:5]]
    return pl.concat(
        [
            of_company,
            of_group.select(
                "profile_id",
                *nothing,
                pl.lit(GroupRole.HEAD.value).alias("group_role"),
                (pl.col("entity_count") - 1).alias("group_entity_count"),  # controlled entities: the head is not one
                pl.when("is_complete").then("depth").alias("group_depth"),
                pl.col("is_complete").alias("group_is_complete"),
            ),
        ]
    )


def presence_columns(profiled: Profiled) -> pl.DataFrame:
    """Countries, sites and regions."""
    return profiled.presence.select(
        "profile_id",
        joined_list("countries"),
        "countries_count",
        "sites_open_count",
        "regions_count",
        "presence_level",
    )


def people_columns(profiled: Profiled) -> pl.DataFrame:
    """How many people hold a mandate, and who stands first; unknown where no roster was ever read."""
    order = {role.value: rank for rank, role in enumerate(TOP_ROLES)}
    people = profiled.mandates.filter("is_current", pl.col("officer_kind") == OfficerKind.PERSON.value)
    rank = pl.col("role").replace_strict(order, default=None, return_dtype=pl.Int32)
    top = (
        people.with_columns(rank.alias("rank"))
        .filter(pl.col("rank").is_not_null())
        .sort("rank", "started_on", "full_name", "mandate_id", nulls_last=True)
        .unique("entity_id", keep="first", maintain_order=True)
        .select(
            "entity_id",
            pl.col("full_name").str.slice(0, 160).alias("top_executive_name"),
            pl.col("title").str.slice(0, 160).alias("top_executive_title"),
        )
    )
    counts = people.group_by("entity_id").agg(pl.col("person_id").n_unique().cast(pl.Int32).alias("executives_count"))
    asked = profiled.roster_units.select("entity_id").unique()
    return (
        asked.join(counts, on="entity_id", how="left")
        .with_columns(pl.col("executives_count").fill_null(0))
        .join(top, on="entity_id", how="left")
    )


def change_columns(profiled: Profiled) -> pl.DataFrame:
    """The day of the newest arrival or departure that is believed."""
    believed = profiled.changes.filter(
        pl.col("kind").is_in([ChangeKind.APPOINTED.value, ChangeKind.DEPARTED.value])
        & pl.col("status").is_in([ChangeStatus.NEW.value, ChangeStatus.CONFIRMED.value])
    )
    day = pl.coalesce("effective_on", pl.col("first_seen_at").dt.date())
    return believed.group_by("entity_id").agg(day.max().alias("last_exec_change_on"))


def buying_columns(profiled: Profiled) -> pl.DataFrame:
    """What shows a professional buying process; empty where nothing was found or nobody could say."""
    return profiled.buying.select("profile_id", joined_list("buying_evidence").alias("procurement_evidence"))


def risk_columns(profiled: Profiled) -> pl.DataFrame:
    """Risk flags."""
    return profiled.facts.select("profile_id", joined_list("risk_flags"))
