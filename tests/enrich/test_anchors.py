"""Every sentence of DESIGN section 1 about the ids of groups, as a table."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from profile_factory import (
    FIRST,
    SECOND,
    TODAY,
    anchors,
    entity,
    entity_records,
    read_lists,
    relationships,
)

from enrich.ownership import anchor_groups, find_group_links, find_group_members, find_groups

LETTERS = "ABCHKX"
MERGED = datetime(2024, 1, 1, tzinfo=UTC)
Before = list[tuple[str, str] | tuple[str, str, datetime, str]]


def decide(before: Before, links: list[str]) -> tuple[dict[str, str | None], dict[str, str], list[str]]:
    records = entity_records(LETTERS)
    members, _ = find_group_members(find_group_links(relationships(*links), records), records, on=TODAY)
    groups = find_groups(members, read_lists(), records)
    anchored, redirects, ceased = anchor_groups(groups, anchors(*before), members)
    kept = {head.removeprefix("gce_"): group_id for head, group_id in anchored.iter_rows()}
    return kept, dict(redirects.iter_rows()), ceased["group_id"].to_list()


@pytest.mark.parametrize(
    ("before", "links", "kept", "redirects", "ceased"),
    [
        ([], ["C direct A"], {"A": None}, {}, []),
        ([("g1", "A")], ["C direct A"], {"A": "g1"}, {}, []),
        ([("g1", "A")], ["B direct A", "C direct B"], {"A": "g1"}, {}, []),
        ([("g1", "A")], ["C direct A", "A direct Y"], {"A": "g1"}, {}, []),
        ([("g1", "A")], ["C direct A", "A direct H"], {"H": "g1"}, {}, []),
        ([("g1", "A")], ["C direct A", "A direct K", "K direct H"], {"H": "g1"}, {}, []),
        ([("g1", "A")], ["A direct H"], {"H": "g1"}, {}, []),
        ([("g1", "A"), ("g2", "H")], ["C direct A", "A direct H"], {"H": "g2"}, {"g1": "g2"}, []),
        (
            [("g1", "A", SECOND, "active"), ("g2", "H", FIRST, "active")],
            ["A direct H"],
            {"H": "g2"},
            {"g1": "g2"},
            [],
        ),
        (
            [("g1", "A", FIRST, "active"), ("g2", "H", SECOND, "active")],
            ["A direct H"],
            {"H": "g2"},
            {"g1": "g2"},
            [],
        ),
        (
            [("g1", "A", SECOND, "active"), ("g2", "B", FIRST, "active")],
            ["A direct H", "B direct H"],
            {"H": "g2"},
            {"g1": "g2"},
            [],
        ),
        ([("g1", "A"), ("g2", "B")], ["A direct H", "B direct H"], {"H": "g1"}, {"g2": "g1"}, []),
        ([("g1", "H")], ["B direct H", "C direct A"], {"A": None, "H": "g1"}, {}, []),
        ([("g1", "H")], ["C direct A"], {"A": None}, {}, ["g1"]),
        (
            [("g1", "A", MERGED, "merged"), ("g2", "H")],
            ["C direct A", "B direct H"],
            {"A": None, "H": "g2"},
            {},
            [],
        ),
        ([("g1", "A")], [], {}, {}, ["g1"]),
        ([("g1", "A", FIRST, "ceased")], [], {}, {}, []),
        ([("g1", "A", FIRST, "ceased")], ["C direct A"], {"A": "g1"}, {}, []),
        ([("g1", "H", FIRST, "ceased"), ("g2", "A")], ["A direct H"], {"H": "g2"}, {}, []),
        ([("g1", "A", FIRST, "ceased")], ["A direct H"], {"H": None}, {}, []),
        ([("g1", "A", FIRST, "suppressed")], ["C direct A"], {"A": "g1"}, {}, []),
        ([("g1", "Z")], ["C direct A"], {"A": None}, {}, ["g1"]),
    ],
    ids=[
        "a new group has no id yet",
        "a group stays with its head",
        "a changed parent moves members and never the id",
        "a parent known only by an identifier is no anchor",
        "a higher head without a group: the anchor moves up",
        "the anchor moves up more than one level",
        "the anchor moves up although the old head leads nobody now",
        "a higher head with a group survives, the other is merged",
        "the higher head's group survives as the older one",
        "the higher head's group survives as the younger one too",
        "two groups under one new head: minted first survives",
        "two groups of one instant: the smaller id survives",
        "independence regained: a new group, the old one goes on",
        "independence regained and nobody left: the old one ceases",
        "independence regained after a merge: a new group, not the merged id",
        "a head that consolidates nothing: ceased",
        "ceased stays ceased, told once",
        "the same head consolidates again: the same id wakes",
        "a sleeping group gives way to the one that moves up",
        "a sleeping group does not move up",
        "a suppressed group keeps its id",
        "a head that is no entity any more",
    ],
)
def test_ids_of_groups(
    before: Before, links: list[str], kept: dict[str, str | None], redirects: dict[str, str], ceased: list[str]
) -> None:
    assert decide(before, links) == (kept, redirects, ceased)


@settings(max_examples=30)
@given(
    before=st.lists(
        st.tuples(
            st.sampled_from(["g1", "g2", "g3", "g4"]),
            st.sampled_from(LETTERS),
            st.sampled_from([FIRST, SECOND]),
            st.sampled_from(["active", "ceased", "merged"]),
        ),
        unique_by=lambda group: group[0],
        max_size=4,
    ),
    parents=st.dictionaries(st.sampled_from(LETTERS), st.sampled_from(LETTERS), max_size=6),
)
def test_no_id_stands_twice_and_none_is_lost(before: Before, parents: dict[str, str]) -> None:
    kept, redirects, ceased = decide(before, [f"{child} direct {up}" for child, up in parents.items() if child != up])
    used = [group_id for group_id in kept.values() if group_id]
    assert len(used) == len(set(used))
    assert set(redirects.values()) <= set(used)
    assert not set(redirects) & set(used)
    active = {group[0] for group in before if group[3] == "active"}  # type: ignore[misc]
    assert active <= set(used) | set(redirects) | set(ceased)
    assert set(ceased) <= active


def test_the_order_of_rows_does_not_matter() -> None:
    before: Before = [("g1", "A"), ("g2", "B"), ("g3", "K")]
    links = ["A direct H", "B direct H", "C direct K"]
    assert decide(before, links) == decide(before[::-1], links[::-1])
    assert entity("A") == "gce_A"
