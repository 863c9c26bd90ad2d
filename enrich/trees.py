"""Climbing the ownership tree: every entity points at the one above it, in arrays, so that a level costs one step.

A pointer array holds for each entity the position of the entity above, and the number of entities (one past the last)
where there is none. Entities are in the order of their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.frames import BrokenLink
from schemas.vocabulary import RelationshipKind

DIRECT = RelationshipKind.DIRECTLY_CONSOLIDATED_BY.value
ULTIMATE = RelationshipKind.ULTIMATELY_CONSOLIDATED_BY.value
NO_DIRECT = RelationshipKind.NO_DIRECT_PARENT.value
NO_ULTIMATE = RelationshipKind.NO_ULTIMATE_PARENT.value

Pointers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tree:
    """The entities in order, the links between them, and what is said of each entity's top.

    Attributes:
        entity_ids: sorted. ceased: which of them no longer live.
        links: link_id, kind, child and parent (positions), one row per child and kind.
        is_declared_head: an exception says that nobody consolidates the entity.
        has_unresolved_parent: its direct or ultimate parent is known by an identifier only.
        has_unresolved_top: its ultimate parent is known by an identifier only.
        has_secret_parent: an exception says that a parent is kept secret.
    """

    entity_ids: pl.Series
    ceased: Flags
    links: pl.DataFrame
    is_declared_head: Flags
    has_unresolved_parent: Flags
    has_unresolved_top: Flags
    has_secret_parent: Flags

    @classmethod
    def of(cls, entities: pl.DataFrame, holding: pl.DataFrame, head_reasons: Sequence[str]) -> "Tree":
        """Place the links that hold on the entities (entity_id, is_ceased; sorted by id).

        Where several direct (or ultimate) links of one child hold, the newest stands, then the smallest link id.
        """
        position = entities.select("entity_id").with_row_index("position").cast({"position": pl.Int64})
        resolved = (
            holding.join(position, left_on="child_entity_id", right_on="entity_id")
            .rename({"position": "child"})
            .join(position, left_on="parent_entity_id", right_on="entity_id", how="left")
            .rename({"position": "parent"})
        )
        consolidates = pl.col("kind").is_in([DIRECT, ULTIMATE])
        links = (
            resolved.filter(consolidates & pl.col("parent").is_not_null())
            .sort("valid_from", "link_id", descending=[True, False], nulls_last=True)
            .unique(["child", "kind"], keep="first", maintain_order=True)
            .select("link_id", "kind", "child", "parent", "child_entity_id", "parent_entity_id")
        )
        says_head = pl.col("exception_reason").is_in(head_reasons).fill_null(value=False)

        def which(condition: pl.Expr) -> Flags:
            flags = np.zeros(entities.height, dtype=np.bool_)
            flags[resolved.filter(condition)["child"].to_numpy()] = True
            return flags

        unresolved = pl.col("parent").is_null()
        secret_top = which((pl.col("kind") == NO_ULTIMATE) & ~says_head)
        declared_top = which((pl.col("kind") == NO_ULTIMATE) & says_head)
        # Without a word on the ultimate parent, who has no direct parent has no ultimate parent either.
        declared_direct = which((pl.col("kind") == NO_DIRECT) & says_head)
        secret_direct = which((pl.col("kind") == NO_DIRECT) & ~says_head)
        return cls(
            entity_ids=entities["entity_id"],
            ceased=entities["is_ceased"].to_numpy().astype(np.bool_),
            links=links,
            is_declared_head=declared_top | (declared_direct & ~secret_top),
            has_unresolved_parent=which(consolidates & unresolved),
            has_unresolved_top=which((pl.col("kind") == ULTIMATE) & unresolved),
            has_secret_parent=secret_top | (secret_direct & ~declared_top),
        )

    @property
    def towards_head(self) -> Pointers:
        """The next entity on the way to the head: the ultimate parent, else the direct one."""
        return self._pointers(ULTIMATE, DIRECT)

    @property
    def parent(self) -> Pointers:
        """The direct parent, else the ultimate one."""
        return self._pointers(DIRECT, ULTIMATE)

    def _pointers(self, first: str, second: str) -> Pointers:
        pointers = np.full(len(self.entity_ids), len(self.entity_ids), dtype=np.int64)
        for kind in (second, first):
            links = self.links.filter(pl.col("kind") == kind)
            pointers[links["child"].to_numpy()] = links["parent"].to_numpy()
        return pointers

    def has_known_top(self, head: Pointers) -> Flags:
        """For each entity: is its head known to be the ultimate parent, and not only the highest one with a record?"""
        n = len(head)
        is_named_ultimate = np.zeros(n, dtype=np.bool_)
        is_named_ultimate[self.links.filter(pl.col("kind") == ULTIMATE)["parent"].to_numpy()] = True
        is_open = self.has_unresolved_parent | (self.has_secret_parent & ~self.is_declared_head)
        is_top = (self.is_declared_head | is_named_ultimate) & ~is_open
        known: Flags = is_top[head] & ~self.has_unresolved_top
        return known

    def names_of(self, pointers: Pointers) -> pl.Series:
        """The entity ids that a pointer array points at, null past the last."""
        places = pl.Series(pointers).cast(pl.Int64)
        return self.entity_ids.gather(places.set(places == len(self.entity_ids), None))


def cut_rings(tree: Tree) -> tuple[Tree, pl.DataFrame]:
    """Leave out one link of every ring, so that each climb ends; also gives the links left out (BrokenLink).

    The ring is cut above its likeliest head: who declares to have no parent, else whom most links name as a parent,
    else the smallest id. Order of rows never matters.
    """
    broken: list[pl.DataFrame] = []
    named = np.bincount(tree.links["parent"].to_numpy(), minlength=len(tree.entity_ids))
    likeliest = np.lexsort((np.arange(len(named)), -named, ~tree.is_declared_head))
    rank = np.empty(len(named), dtype=np.int64)
    rank[likeliest] = np.arange(len(named))
    while True:
        cuts = [
            (cut, kinds)
            for kinds in ((ULTIMATE, DIRECT), (DIRECT, ULTIMATE))
            if len(cut := _ring_heads(tree._pointers(*kinds), rank))
        ]
        if not cuts:
            frames = pl.concat(broken) if broken else BrokenLink.create_empty()
            return tree, frames.select(BrokenLink.column_names()).sort("link_id")
        cut, kinds = cuts[0]
        used = (
            tree.links.filter(pl.col("child").is_in(cut.tolist()))
            .sort(pl.col("kind") != kinds[0])
            .unique("child", keep="first", maintain_order=True)
        )
        broken.append(used.with_columns(reason=pl.lit("the links above this entity lead back to it")))
        tree = replace(tree, links=tree.links.join(used, on="link_id", how="anti"))


def _ring_heads(pointers: Pointers, rank: Pointers) -> Pointers:
    """The entity of lowest rank of every ring of a pointer array."""
    n = len(pointers)
    at = np.append(pointers, n)  # who has nobody above leads to the sink, which leads to itself
    lowest = np.append(rank, n)
    for _ in range(int(n).bit_length() + 1):  # doubling: more steps than entities, so that every climb is in its ring
        lowest = np.minimum(lowest, lowest[at])
        at = at[at]
    inside = np.unique(at[at < n])
    heads: Pointers = inside[rank[inside] == lowest[inside]]
    return heads


def bypass_ceased(tree: Tree) -> Tree:
    """Hang who hangs under a ceased entity under the nearest living one above it; ceased entities have no links left.

    The tree must have no rings (`cut_rings`); the new links may close some.
    """
    if not tree.ceased.any():
        return tree
    n = len(tree.ceased)
    above, is_ceased = np.append(tree.towards_head, n), np.append(tree.ceased, False)
    living = np.arange(n + 1)
    while (through := is_ceased[living]).any():
        living[through] = above[living[through]]
    links = (
        tree.links.with_columns(parent=pl.Series(living[tree.links["parent"].to_numpy()]))
        .filter(pl.Series(~tree.ceased[tree.links["child"].to_numpy()]))
        .filter(pl.col("parent") != n, pl.col("parent") != pl.col("child"))
    )
    return replace(tree, links=links)


def climb(pointers: Pointers) -> Pointers:
    """The last entity of every climb; an entity with nobody above is its own."""
    n = len(pointers)
    top = np.where(pointers == n, np.arange(n), pointers)
    while not np.array_equal(higher := top[top], top):
        top = higher
    return top


def count_steps(parent: Pointers, head: Pointers) -> npt.NDArray[np.int32]:
    """Levels under the head along the parents; where the chain does not reach it, the levels that the chain has."""
    n = len(parent)
    above: npt.NDArray[Any] = np.append(parent, n)
    at, goal = np.arange(n), head
    steps = np.zeros(n, dtype=np.int32)
    while (climbing := (at != goal) & (above[at] != n)).any():
        at = np.where(climbing, above[at], at)
        steps += climbing
    return steps
