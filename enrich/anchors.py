"""Which id a group keeps from one night to the next (DESIGN section 1, "What a prospect is")."""

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import AnchoredGroup, CeasedGroup, Group, GroupAnchor, GroupMember, IdRedirect
from schemas.vocabulary import ProfileStatus


@step
def anchor_groups(
    groups: dy.DataFrame[Group], previous: dy.DataFrame[GroupAnchor], members: dy.DataFrame[GroupMember]
) -> tuple[dy.DataFrame[AnchoredGroup], dy.DataFrame[IdRedirect], dy.DataFrame[CeasedGroup]]:
    """Carry the ids of the last night's groups to tonight's.

    A group stays with its head. When that head now stands under a higher one, the group's anchor moves up, unless the
    higher head had a group of its own: then that one survives and this one is merged into it. Of several groups that
    move up to one head the one minted first survives (same instant: the smaller id). A head that left its group and
    leads one of its own gets a new id. A group whose head consolidates nothing any more has ceased; it wakes with the
    same id when that same head consolidates again.

    Args:
        groups: tonight's groups.
        previous: the ids that exist. Merged ones are ignored: a redirect already stands for them. Heads that were
            merged into another entity must already carry the surviving entity's id.
        members: tonight's place of every entity.

    Returns:
        which id each of tonight's groups keeps (null: mint one for its head), the ids merged tonight with the one that
        survives, and the ids that ceased tonight.
    """
    place = members.select(pl.col("entity_id").alias("anchor"), "head_entity_id")
    claims = (
        previous.filter(pl.col("status") != ProfileStatus.MERGED.value)
        .rename({"head_entity_id": "anchor"})
        .join(place, on="anchor", how="left")
        .join(groups.select("head_entity_id", is_group=pl.lit(value=True)), on="head_entity_id", how="left")
        .with_columns(
            is_asleep=pl.col("status") == ProfileStatus.CEASED.value,
            moves_up=pl.col("anchor") != pl.col("head_entity_id"),
        )
    )
    alive = claims.filter("is_group").filter(~(pl.col("is_asleep") & pl.col("moves_up")))
    ranked = alive.sort("head_entity_id", "is_asleep", "moves_up", "minted_at", "group_id").with_columns(
        survivor=pl.col("group_id").first().over("head_entity_id")
    )
    kept = ranked.filter(pl.col("group_id") == pl.col("survivor")).select("head_entity_id", "group_id")
    merged = ranked.filter((pl.col("group_id") != pl.col("survivor")) & ~pl.col("is_asleep")).select(
        old_id="group_id", new_id="survivor"
    )
    ceased = claims.filter(pl.col("is_group").is_null() & ~pl.col("is_asleep")).select("group_id")
    anchored = groups.select("head_entity_id").join(kept, on="head_entity_id", how="left")
    return (
        AnchoredGroup.validate(anchored.sort("head_entity_id")),
        IdRedirect.validate(merged.sort("old_id")),
        CeasedGroup.validate(ceased.sort("group_id")),
    )
