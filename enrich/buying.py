"""Evidence of professional buying, and the part that an office holder plays when the account buys."""

from collections.abc import Mapping
from types import MappingProxyType

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import BuyingEvidence, ExecutiveArrival, ExecutiveChange, GoldenEntity, ProfileMember
from schemas.vocabulary import (
    BuyingRole,
    ChangeContext,
    ChangeKind,
    ChangeStatus,
    ExecutiveRole,
    LifeStatus,
    OfficerKind,
)

RFAR_LABEL = "rfar_label"

# Who heads the executive decides; how sure that is depends on how often the office only represents another one. A
# board member, an auditor or a liquidator buys nothing. Figures are ours, to be calibrated.
BUYING_ROLES: Mapping[ExecutiveRole, tuple[BuyingRole, float]] = MappingProxyType(
    {
        ExecutiveRole.CHAIR_AND_CEO: (BuyingRole.DECIDEUR, 0.9),
        ExecutiveRole.CHIEF_EXECUTIVE: (BuyingRole.DECIDEUR, 0.9),
        ExecutiveRole.MANAGEMENT_BOARD_CHAIR: (BuyingRole.DECIDEUR, 0.9),
        ExecutiveRole.PRESIDENT: (BuyingRole.DECIDEUR, 0.8),
        ExecutiveRole.MANAGER: (BuyingRole.DECIDEUR, 0.8),
        ExecutiveRole.DEPUTY_CHIEF_EXECUTIVE: (BuyingRole.DECIDEUR, 0.7),
    }
)

ARRIVALS = (ChangeKind.APPOINTED.value, ChangeKind.TITLE_CHANGED.value)
BELIEVED = (ChangeStatus.NEW.value, ChangeStatus.CONFIRMED.value)


@step
def find_buying_evidence(
    profile_members: dy.DataFrame[ProfileMember], entities: dy.DataFrame[GoldenEntity]
) -> dy.DataFrame[BuyingEvidence]:
    """Per profile the kinds of evidence found: `rfar_label` where a living member holds the label.

    An empty list means that the label was asked for and nobody holds it. That shows no absence of professional buying
    (the label is one of seven kinds): the policy says whether an empty list counts as known, and by default it does
    not. Null means that no source able to answer was asked.
    """
    living = entities.filter(pl.col("life_status") != LifeStatus.CEASED.value)
    label = pl.col("has_responsible_buyer_label")
    asked = (
        profile_members.join(living.select("entity_id", "has_responsible_buyer_label"), on="entity_id", how="left")
        .group_by("profile_id")
        .agg(is_asked=label.is_not_null().any(), has_label=label.any())
    )
    evidence = pl.when("has_label").then([RFAR_LABEL]).when("is_asked").then(pl.lit([], pl.List(pl.String)))
    return BuyingEvidence.validate(
        asked.select("profile_id", buying_evidence=evidence.cast(pl.List(pl.String))).sort("profile_id")
    )


@step
def find_arrivals(
    changes: dy.DataFrame[ExecutiveChange], profile_members: dy.DataFrame[ProfileMember]
) -> dy.DataFrame[ExecutiveArrival]:
    """Who took an office that matters to buying, for the profiles that stand on that entity.

    Appointments and title changes that are believed (new or confirmed). A change in a subsidiary's office says nothing
    of its group: only anchors count. A company that takes an office is nobody whom one could meet, and often belongs to
    the very person who held it before. The roster read first (`initial`) tells no arrival without a declared date, a
    reorganisation none at all. Without a declared date the day of the first roster that shows it stands.
    """
    role = pl.col("role")
    parts = {str(office.value): part.value for office, (part, _) in BUYING_ROLES.items()}
    surety = {str(office.value): confidence for office, (_, confidence) in BUYING_ROLES.items()}
    contexts = pl.col("context").list
    matters = (
        pl.col("kind").is_in(ARRIVALS)
        & pl.col("status").is_in(BELIEVED)
        & (pl.col("officer_kind") == OfficerKind.PERSON.value)
        & role.is_in(list(parts))
        & ~contexts.contains(ChangeContext.REORGANISATION.value)
        & ~(contexts.contains(ChangeContext.INITIAL.value) & pl.col("effective_on").is_null())
    )
    anchors = profile_members.filter("is_anchor").select("profile_id", "entity_id")
    arrivals = (
        changes.filter(matters)
        .join(anchors, on="entity_id")
        .select(
            "profile_id",
            pl.col("change_id").alias("arrival_id"),
            role.replace_strict(parts, return_dtype=pl.String).alias("buying_role"),
            pl.coalesce("effective_on", pl.col("first_seen_at").dt.date()).alias("effective_on"),
            (pl.col("confidence") * role.replace_strict(surety, return_dtype=pl.Float64)).alias("confidence"),
        )
    )
    return ExecutiveArrival.validate(arrivals.sort("profile_id", "arrival_id"))
