"""Short ways to write relationships, groups, profiles and facts in tests; companies here are single letters."""

import tomllib
from datetime import UTC, date, datetime
from importlib import resources
from typing import Any, TypeVar

import dataframely as dy
import polars as pl

from enrich.policy import Policy, policy_from
from schemas.frames import (
    CurrentRelationship,
    EntityRecord,
    GoldenEntity,
    GroupAnchor,
    ListCompleteness,
    ProfileFacts,
    ProfileMember,
)

S = TypeVar("S", bound=dy.Schema)
FIRST, SECOND = datetime(2025, 1, 1, 2, tzinfo=UTC), datetime(2025, 3, 1, 2, tzinfo=UTC)
TODAY = date(2025, 6, 1)
KINDS = {
    "direct": "directly_consolidated_by",
    "ultimate": "ultimately_consolidated_by",
    "branch": "branch_of",
    "fund": "fund_managed_by",
    "no_direct": "no_direct_parent",
    "no_ultimate": "no_ultimate_parent",
}


def frame(schema: type[S], rows: list[dict[str, Any]]) -> dy.DataFrame[S]:
    """A checked frame; columns that a row leaves out are null."""
    dtypes = schema.create_empty().schema
    return schema.validate(pl.DataFrame([{n: row.get(n) for n in dtypes} for row in rows], schema=dtypes))


def entity(letter: str) -> str:
    """The entity id of a letter."""
    return f"gce_{letter}"


def relationships(*rows: str | dict[str, Any]) -> dy.DataFrame[CurrentRelationship]:
    """Relationships from `A direct B`, `A direct B list` or `A no_ultimate NO_KNOWN_PERSON`, or the same with options.

    In a dictionary `link` is that text, the rest are columns.
    """
    return frame(CurrentRelationship, [_relationship(row if isinstance(row, dict) else {"link": row}) for row in rows])


def _relationship(options: dict[str, Any]) -> dict[str, Any]:
    child, word, other, *is_list = options["link"].split()
    is_exception = word.startswith("no_")
    key = f"{child}|{KINDS[word]}" + ("" if is_exception else f"|{other}") + ("|list" if is_list else "")
    row = {
        "source": "gleif",
        "source_key": key,
        "kind": KINDS[word],
        "child_key": child,
        "parent_key": None if is_exception else other,
        "exception_reason": other if is_exception else None,
        "is_active": True,
        "observed_from": FIRST,
    }
    return row | {name: value for name, value in options.items() if name != "link"}


def entity_records(letters: str, **same_as: str) -> dy.DataFrame[EntityRecord]:
    """One gleif record per letter; `a="B"` gives a second record `a` to the entity of B."""
    keys = {letter: letter for letter in letters} | same_as
    return frame(
        EntityRecord,
        [
            {"source": "gleif", "source_key": key, "entity_id": entity(owner), "confidence": 1.0}
            for key, owner in keys.items()
        ],
    )


def golden(*rows: dict[str, Any]) -> dy.DataFrame[GoldenEntity]:
    """Chosen values of living legal persons; `id` is a letter."""
    usual = {"aliases": [], "is_natural_person": False, "diffusion": "O", "life_status": "active"}
    return frame(GoldenEntity, [usual | {"entity_id": entity(row["id"])} | row for row in rows])


def read_lists(**is_full: bool) -> dy.DataFrame[ListCompleteness]:
    """Lists of children that were read: `direct_H=True, ultimate_H=False`."""
    rows = []
    for name, full in is_full.items():
        kind, _, key = name.partition("_")
        rows.append({"source": "gleif", "list_name": f"{kind}-children:{key}", "unit_key": key, "is_full": full})
    return frame(ListCompleteness, rows)


def anchors(*rows: tuple[str, str] | tuple[str, str, datetime, str]) -> dy.DataFrame[GroupAnchor]:
    """Groups of the last night: (id, head's letter[, minted at, status])."""
    return frame(
        GroupAnchor,
        [
            {
                "group_id": row[0],
                "head_entity_id": entity(row[1]),
                "minted_at": row[2] if len(row) > 2 else FIRST,
                "status": row[3] if len(row) > 3 else "active",
            }
            for row in rows
        ],
    )


def profile(profile_id: str, letters: str, *, kind: str = "group", is_complete: bool = True) -> list[dict[str, Any]]:
    """Members of one profile, the first letter being its anchor."""
    return [
        {
            "profile_id": profile_id,
            "entity_id": entity(letter),
            "entity_kind": kind,
            "is_anchor": letter == letters[0],
            "is_complete": is_complete,
        }
        for letter in letters
    ]


def profile_members(*profiles: list[dict[str, Any]]) -> dy.DataFrame[ProfileMember]:
    """Profile members of several profiles."""
    return frame(ProfileMember, [row for rows in profiles for row in rows])


def facts(*rows: dict[str, Any]) -> dy.DataFrame[ProfileFacts]:
    """Facts of profiles; whatever a row leaves out is unknown."""
    usual = {"countries_known_count": 0, "regions_known_count": 0, "risk_flags": []}
    return frame(ProfileFacts, [usual | {"profile_id": f"p{n}"} | row for n, row in enumerate(rows)])


def policy_mapping() -> dict[str, Any]:
    """The shipped policy file as a mapping, fresh, to be changed by a test."""
    return tomllib.loads(resources.files("schemas.reference").joinpath("policy.toml").read_text("utf-8"))


def shipped_policy() -> Policy:
    """The policy that ships."""
    return policy_from(policy_mapping())
