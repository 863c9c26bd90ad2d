"""Who consolidates whom (GLEIF level 2): dated links, the place of every entity in its tree, the groups that follow.

The tree itself is climbed in `enrich.trees`, the ids of groups over time are decided in `enrich.anchors`.
"""

from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from enrich.anchors import anchor_groups as anchor_groups  # the last step of ownership, in a file of its own
from enrich.contract import step
from enrich.trees import Tree, bypass_ceased, climb, count_steps, cut_rings
from schemas.frames import (
    BrokenLink,
    CurrentRelationship,
    EntityRecord,
    Group,
    GroupLink,
    GroupMember,
    ListCompleteness,
)
from schemas.vocabulary import GroupRole, LifeStatus, RelationshipKind

DIRECT = RelationshipKind.DIRECTLY_CONSOLIDATED_BY.value
ULTIMATE = RelationshipKind.ULTIMATELY_CONSOLIDATED_BY.value
NO_DIRECT = RelationshipKind.NO_DIRECT_PARENT.value
NO_ULTIMATE = RelationshipKind.NO_ULTIMATE_PARENT.value
# Fund relationships say who manages or feeds whom, not who belongs to whom (SOURCES section 5): they are no links.
LINK_KINDS = (DIRECT, ULTIMATE, NO_DIRECT, NO_ULTIMATE, RelationshipKind.BRANCH_OF.value)

# These reasons say that nobody consolidates the entity. The others (NON_PUBLIC, NO_LEI, CONSENT_NOT_OBTAINED, ...) say
# that a parent is kept secret: the head is then unknown.
HEAD_REASONS = ("NO_KNOWN_PERSON", "NATURAL_PERSONS", "NON_CONSOLIDATING")


@step
def find_group_links(
    relationships: dy.DataFrame[CurrentRelationship], entity_records: dy.DataFrame[EntityRecord]
) -> dy.DataFrame[GroupLink]:
    """One dated link per child, kind and parent, between entities; a parent without a record keeps its key.

    A relationship record beats the row that a list of children implies, also when it says that the link has ended. Of
    a link and an exception of the same level that contradict each other, the one first seen later stands (the link
    when both came together), the other ends on that day. A link between two records of one entity is none.
    """
    rows = relationships.filter(pl.col("kind").is_in(LINK_KINDS))
    same_link = ["source", "child_key", "kind", "parent_key"]
    rows = rows.sort(
        pl.col("source_key").str.ends_with("|list"), pl.col("observed_from").dt.epoch("us").neg(), "source_key"
    ).unique(same_link, keep="first", maintain_order=True)
    ids = entity_records.select("source", "source_key", "entity_id")
    child = ids.rename({"source_key": "child_key", "entity_id": "child_entity_id"})
    parent = ids.rename({"source_key": "parent_key", "entity_id": "parent_entity_id"})
    links = (
        rows.join(child, on=["source", "child_key"])
        .join(parent, on=["source", "parent_key"], how="left")
        .filter(pl.col("parent_entity_id").is_null() | (pl.col("parent_entity_id") != pl.col("child_entity_id")))
        .with_columns(
            link_id=pl.concat_str("source", pl.lit("|"), "source_key"),
            valid_from=pl.col("started_on"),
            valid_to=_last_day(),
            seen_on=pl.col("observed_from").dt.date(),
            seen_at=pl.col("observed_from"),
        )
    )
    links = _one_per_entity_pair(_settle_contradictions(links))
    return GroupLink.validate(links.select(GroupLink.column_names()).sort("link_id"))


def _last_day() -> pl.Expr:
    """The first day on which the link no longer holds; an inactive one without an end ended when it was said so."""
    seen_on = pl.col("observed_from").dt.date()
    said_on = pl.coalesce("ended_on", pl.col("record_updated_at").dt.date(), seen_on)
    return pl.when("is_active").then("ended_on").otherwise(pl.min_horizontal(said_on, seen_on))


def _settle_contradictions(links: pl.DataFrame) -> pl.DataFrame:
    """End the older of a link and an exception that speak of the same level of the same child."""
    level = pl.col("kind").replace({NO_DIRECT: DIRECT, NO_ULTIMATE: ULTIMATE})
    links = links.with_columns(level=level, is_exception=pl.col("parent_key").is_null())
    holding = links.filter(pl.col("valid_to").is_null() & pl.col("level").is_in([DIRECT, ULTIMATE]))
    newest = holding.group_by("child_entity_id", "level").agg(
        link_seen_at=pl.col("seen_at").filter(~pl.col("is_exception")).max(),
        exception_seen_at=pl.col("seen_at").filter("is_exception").max(),
    )
    exception_wins = pl.col("exception_seen_at") > pl.col("link_seen_at")
    loses = pl.when("is_exception").then(~exception_wins).otherwise(exception_wins).fill_null(value=False)
    winner_seen_on = pl.max_horizontal("exception_seen_at", "link_seen_at").dt.date()
    return links.join(newest, on=["child_entity_id", "level"], how="left", maintain_order="left").with_columns(
        valid_to=pl.when(pl.col("valid_to").is_null() & loses).then(winner_seen_on).otherwise("valid_to")
    )


def _one_per_entity_pair(links: pl.DataFrame) -> pl.DataFrame:
    """Two records of one entity may tell the same link: the one that holds stands, then the record, then the newer."""
    parent = pl.coalesce("parent_entity_id", pl.concat_str("source", pl.lit("|"), "parent_key"))
    return (
        links.with_columns(parent=parent)
        .sort(
            pl.col("valid_to").is_not_null(),
            pl.col("link_id").str.ends_with("|list"),
            pl.col("seen_at").dt.epoch("us").neg(),
            "link_id",
        )
        .unique(["child_entity_id", "kind", "parent"], keep="first", maintain_order=True)
    )


@step
def find_group_members(
    links: dy.DataFrame[GroupLink], entities: pl.DataFrame, *, on: date
) -> tuple[dy.DataFrame[GroupMember], dy.DataFrame[BrokenLink]]:
    """The place of every entity in its tree on one day, and the links that were left out because they close a ring.

    The parent is the direct one, else the ultimate one. The ultimate link decides the head, the direct chain the
    depth. A ceased entity stands alone; who hung under it hangs under its nearest living ancestor. The ultimate parent
    is known when a link to it resolves to an entity or that entity's exception says that nobody consolidates it; it
    stays null when the way up ends at a parent known by an identifier only, kept secret, or never asked for.

    Args:
        links: GroupLink.
        entities: every entity (`entity_id`, repeated or not; EntityRecord and GoldenEntity both fit). Where the columns
            life_status and ceased_on are there, an entity is ceased when a record says so and no record says active.
        on: the day; a link holds from valid_from until the day before valid_to.
    """
    tree = Tree.of(_living(entities, on), _holding(links, on), HEAD_REASONS)
    tree, broken = cut_rings(tree)
    tree, broken_again = cut_rings(bypass_ceased(tree))
    head, parent = climb(tree.towards_head), tree.parent
    ultimate = np.where(tree.has_known_top(head) & (head != np.arange(len(head))), head, len(head))
    members = pl.DataFrame({"entity_id": tree.entity_ids}).with_columns(
        head_entity_id=tree.names_of(head),
        parent_entity_id=tree.names_of(parent),
        ultimate_parent_entity_id=tree.names_of(ultimate),
        depth=pl.Series(count_steps(parent, head)),
        group_role=_roles(tree, parent, head),
    )
    return GroupMember.validate(members), BrokenLink.validate(pl.concat([broken, broken_again]))


def _living(entities: pl.DataFrame, on: date) -> pl.DataFrame:
    """Every entity once, with `is_ceased`."""
    if "life_status" not in entities.columns:
        return entities.select("entity_id", is_ceased=pl.lit(value=False)).unique().sort("entity_id")
    ended = pl.col("ceased_on").is_null() | (pl.col("ceased_on") <= on) if "ceased_on" in entities.columns else True
    is_ceased = (pl.col("life_status") == LifeStatus.CEASED.value) & ended
    is_active = pl.col("life_status") == LifeStatus.ACTIVE.value
    return (
        entities.group_by("entity_id")
        .agg(is_ceased=is_ceased.any() & ~(is_active & ~is_ceased).any())
        .sort("entity_id")
    )


def _holding(links: pl.DataFrame, on: date) -> pl.DataFrame:
    """The consolidation links and exceptions that hold on that day."""
    return links.filter(
        pl.col("kind").is_in([DIRECT, ULTIMATE, NO_DIRECT, NO_ULTIMATE])
        & (pl.col("valid_from").is_null() | (pl.col("valid_from") <= on))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > on))
    )


def _roles(tree: Tree, parent: np.ndarray, head: np.ndarray) -> pl.Series:
    """Head, intermediate, subsidiary, standalone, or unknown where nobody able to say was asked."""
    n = len(head)
    is_own_head = head == np.arange(n)
    leads = np.bincount(head[~is_own_head], minlength=n) > 0
    has_children = np.bincount(parent, minlength=n + 1)[:n] > 0
    roles = np.select(
        [
            is_own_head & leads,
            ~is_own_head & has_children,
            ~is_own_head | (is_own_head & tree.has_unresolved_parent & ~tree.ceased),
            is_own_head & tree.is_declared_head & ~tree.ceased,
        ],
        [GroupRole.HEAD.value, GroupRole.INTERMEDIATE.value, GroupRole.SUBSIDIARY.value, GroupRole.STANDALONE.value],
        default=GroupRole.UNKNOWN.value,
    )
    return pl.Series(roles.tolist(), dtype=pl.String)


@step
def find_groups(
    members: dy.DataFrame[GroupMember],
    completeness: dy.DataFrame[ListCompleteness],
    entity_records: dy.DataFrame[EntityRecord],
) -> dy.DataFrame[Group]:
    """The groups: heads that consolidate at least one other living entity.

    A count is a count only when the head's list of ultimate children was read and none of its lists of children is
    cut; otherwise entity_count is null and known_entity_count says how many are known at least. Nobody asked for the
    lists: not complete either.
    """
    is_below = pl.col("entity_id") != pl.col("head_entity_id")
    groups = (
        members.group_by("head_entity_id")
        .agg(known_entity_count=pl.len().cast(pl.Int32), depth=pl.col("depth").max(), has_others=is_below.any())
        .filter("has_others")
    )
    lists = (
        completeness.filter(pl.col("list_name").str.contains("^(direct|ultimate)-child"))
        .join(entity_records, left_on=["source", "unit_key"], right_on=["source", "source_key"])
        .group_by("entity_id")
        .agg(
            is_complete=pl.col("is_full").all() & pl.col("list_name").str.starts_with("ultimate").any(),
        )
    )
    groups = groups.join(lists, left_on="head_entity_id", right_on="entity_id", how="left").with_columns(
        pl.col("is_complete").fill_null(value=False)
    )
    count = pl.when("is_complete").then("known_entity_count")
    return Group.validate(groups.with_columns(entity_count=count).select(Group.column_names()).sort("head_entity_id"))
