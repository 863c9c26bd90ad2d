from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from profile_factory import (
    FIRST,
    SECOND,
    TODAY,
    entity,
    entity_records,
    golden,
    read_lists,
    relationships,
)

from enrich.ownership import find_group_links, find_group_members, find_groups


def links_of(letters: str, *rows: str | dict[str, Any]) -> pl.DataFrame:
    return find_group_links(relationships(*rows), entity_records(letters))


def tree_of(letters: str, *rows: str | dict[str, Any]) -> dict[str, dict[str, Any]]:
    members, _ = find_group_members(links_of(letters, *rows), entity_records(letters), on=TODAY)
    return by_letter(members)


def by_letter(members: pl.DataFrame) -> dict[str, dict[str, Any]]:
    def letter(name: str | None) -> str | None:
        return name and name.removeprefix("gce_")

    return {
        str(letter(row["entity_id"])): {
            "head": letter(row["head_entity_id"]),
            "parent": letter(row["parent_entity_id"]),
            "ultimate": letter(row["ultimate_parent_entity_id"]),
            "depth": row["depth"],
            "role": row["group_role"],
        }
        for row in members.iter_rows(named=True)
    }


def place(head: str, parent: str | None, ultimate: str | None, depth: int, role: str) -> dict[str, Any]:
    return {"head": head, "parent": parent, "ultimate": ultimate, "depth": depth, "role": role}


class TestLinks:
    @pytest.mark.parametrize(
        ("rows", "link_id", "valid_to"),
        [
            (["C direct H", "C direct H list"], "gleif|C|directly_consolidated_by|H", None),
            (["C direct H list"], "gleif|C|directly_consolidated_by|H|list", None),
            (
                [{"link": "C direct H", "is_active": False, "ended_on": date(2024, 12, 31)}, "C direct H list"],
                "gleif|C|directly_consolidated_by|H",
                date(2024, 12, 31),
            ),
            (
                [{"link": "C direct H", "is_active": False}],
                "gleif|C|directly_consolidated_by|H",
                FIRST.date(),
            ),
            (
                [{"link": "C direct H", "ended_on": date(2025, 5, 1)}],
                "gleif|C|directly_consolidated_by|H",
                date(2025, 5, 1),
            ),
        ],
        ids=["record beats list", "list alone", "ended record beats list", "inactive, no date", "active with an end"],
    )
    def test_several_rows_give_one_link(self, rows: list[Any], link_id: str, valid_to: date | None) -> None:
        links = links_of("CH", *rows)
        assert links.select("link_id", "valid_to").rows() == [(link_id, valid_to)]

    def test_direct_and_ultimate_are_two_links(self) -> None:
        assert links_of("CH", "C direct H", "C ultimate H").height == 2

    def test_a_parent_without_a_record_keeps_its_key(self) -> None:
        links = links_of("C", "C direct H")
        assert links.select("parent_entity_id", "parent_key").rows() == [(None, "H")]

    def test_a_child_without_a_record_gives_no_link(self) -> None:
        assert links_of("H", "C direct H").is_empty()

    def test_branches_are_links_and_funds_are_not(self) -> None:
        assert links_of("CDH", "C branch H", "D fund H")["kind"].to_list() == ["branch_of"]

    def test_two_records_of_one_entity_give_one_link_and_never_a_link_to_itself(self) -> None:
        records = entity_records("CH", c="C")
        links = find_group_links(relationships("C direct H", "c direct H", "c ultimate C"), records)
        assert links["link_id"].to_list() == ["gleif|C|directly_consolidated_by|H"]

    def test_the_record_that_holds_stands_for_an_entity_with_two_records(self) -> None:
        ended = {"link": "C direct H", "is_active": False, "ended_on": date(2020, 1, 1)}
        links = find_group_links(relationships(ended, "c direct H list"), entity_records("CH", c="C"))
        assert links.select("link_id", "valid_to").rows() == [("gleif|c|directly_consolidated_by|H|list", None)]

    @pytest.mark.parametrize(
        ("link_seen", "exception_seen", "standing"),
        [
            (FIRST, SECOND, "no_direct_parent"),
            (SECOND, FIRST, "directly_consolidated_by"),
            (FIRST, FIRST, "directly_consolidated_by"),
        ],
    )
    def test_what_was_said_later_stands(self, link_seen: Any, exception_seen: Any, standing: str) -> None:
        links = links_of(
            "CH",
            {"link": "C direct H", "observed_from": link_seen},
            {"link": "C no_direct NATURAL_PERSONS", "observed_from": exception_seen},
        )
        assert links.filter(pl.col("valid_to").is_null())["kind"].to_list() == [standing]
        assert links["valid_to"].drop_nulls().to_list() == [max(link_seen, exception_seen).date()]

    def test_a_direct_exception_does_not_contradict_an_ultimate_parent(self) -> None:
        links = links_of("CH", "C ultimate H", {"link": "C no_direct NON_CONSOLIDATING", "observed_from": SECOND})
        assert links["valid_to"].to_list() == [None, None]

    def test_nothing_in_nothing_out(self) -> None:
        links = find_group_links(relationships(), entity_records(""))
        members, broken = find_group_members(links, entity_records(""), on=TODAY)
        assert links.is_empty()
        assert members.is_empty()
        assert broken.is_empty()
        assert find_groups(members, read_lists(), entity_records("")).is_empty()


HEAD = "H no_ultimate NO_KNOWN_PERSON"


class TestMembers:
    def test_a_whole_chain(self) -> None:
        assert tree_of("HMC", HEAD, "M direct H", "M ultimate H", "C direct M", "C ultimate H") == {
            "H": place("H", None, None, 0, "head"),
            "M": place("H", "H", "H", 1, "intermediate"),
            "C": place("H", "M", "H", 2, "subsidiary"),
        }

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            (["C ultimate H"], place("H", "H", "H", 1, "subsidiary")),
            (["C direct H", HEAD], place("H", "H", "H", 1, "subsidiary")),
            (["C direct H", "H no_ultimate NATURAL_PERSONS"], place("H", "H", "H", 1, "subsidiary")),
            (["C direct H", "H no_direct NO_KNOWN_PERSON"], place("H", "H", "H", 1, "subsidiary")),
            (["C direct H"], place("H", "H", None, 1, "subsidiary")),
            (["C direct H", "H no_ultimate NON_PUBLIC"], place("H", "H", None, 1, "subsidiary")),
            (["C direct H", "H ultimate X"], place("H", "H", None, 1, "subsidiary")),
            (["C direct H", "H direct X"], place("H", "H", None, 1, "subsidiary")),
            (["C direct H", "C ultimate X", HEAD], place("H", "H", None, 1, "subsidiary")),
            (["C direct X", "C ultimate H"], place("H", "H", "H", 1, "subsidiary")),
            (["C direct X"], place("C", None, None, 0, "subsidiary")),
            (["C no_ultimate NO_KNOWN_PERSON"], place("C", None, None, 0, "standalone")),
            (["C no_direct NON_CONSOLIDATING"], place("C", None, None, 0, "standalone")),
            (["C no_ultimate NO_LEI"], place("C", None, None, 0, "unknown")),
            ([], place("C", None, None, 0, "unknown")),
            (["C branch H"], place("C", None, None, 0, "unknown")),
            (["C no_direct NON_CONSOLIDATING", "C ultimate H"], place("H", "H", "H", 1, "subsidiary")),
        ],
        ids=[
            "an ultimate link resolves",
            "the parent declares to be the head",
            "natural persons above",
            "no direct parent, nothing said of the ultimate one",
            "nobody said what is above the parent",
            "the parent keeps its own parent secret",
            "the head's ultimate parent is an identifier",
            "the head's direct parent is an identifier",
            "its own ultimate parent is an identifier",
            "its direct parent is an identifier, the ultimate one resolves",
            "only an identifier above",
            "declared head of nobody",
            "nobody consolidates it",
            "a parent that has no LEI",
            "never asked",
            "a branch is not consolidated",
            "a direct exception beside an ultimate parent",
        ],
    )
    def test_one_child(self, rows: list[str], expected: dict[str, Any]) -> None:
        assert tree_of("CH", *rows)["C"] == expected

    def test_the_ultimate_link_wins_the_head_and_the_direct_chain_the_depth(self) -> None:
        tree = tree_of("HXDC", "C direct D", "D direct X", "C ultimate H")
        assert tree["C"] == place("H", "D", "H", 2, "subsidiary")
        assert tree["D"]["head"] == "X"

    def test_a_higher_head_is_reached_through_a_stale_ultimate_link(self) -> None:
        assert tree_of("HUC", "C ultimate U", "U ultimate H", HEAD)["C"] == place("H", "U", "H", 2, "subsidiary")

    @pytest.mark.parametrize(
        ("options", "head"),
        [
            ({"ended_on": TODAY}, "C"),
            ({"ended_on": TODAY + timedelta(days=1)}, "H"),
            ({"started_on": TODAY}, "H"),
            ({"started_on": TODAY + timedelta(days=1)}, "C"),
            ({"is_active": False}, "C"),
            ({"registration_status": "LAPSED"}, "H"),
        ],
        ids=["ends today", "ends tomorrow", "begins today", "begins tomorrow", "inactive", "lapsed fee"],
    )
    def test_a_link_holds_between_its_dates(self, options: dict[str, Any], head: str) -> None:
        assert tree_of("CH", {"link": "C direct H"} | options)["C"]["head"] == head

    def test_of_two_direct_parents_the_newer_stands(self) -> None:
        older = {"link": "C direct A", "started_on": date(2010, 1, 1)}
        assert tree_of("ABC", older, {"link": "C direct B", "started_on": date(2020, 1, 1)})["C"]["parent"] == "B"

    def test_a_ceased_entity_stands_alone_and_its_children_move_up(self) -> None:
        links = links_of("HMC", HEAD, "M direct H", "C direct M")
        entities = golden({"id": "H"}, {"id": "M", "life_status": "ceased"}, {"id": "C"})
        members, _ = find_group_members(links, entities, on=TODAY)
        assert by_letter(members) == {
            "H": place("H", None, None, 0, "head"),
            "M": place("M", None, None, 0, "unknown"),
            "C": place("H", "H", "H", 1, "subsidiary"),
        }

    def test_a_ceased_head_leads_nobody(self) -> None:
        links = links_of("HC", HEAD, "C direct H", "C ultimate H")
        entities = golden({"id": "H", "life_status": "ceased"}, {"id": "C"})
        members, _ = find_group_members(links, entities, on=TODAY)
        assert by_letter(members)["C"]["head"] == "C"

    def test_an_entity_that_ceases_later_still_lives(self) -> None:
        entities = golden({"id": "H"}, {"id": "C", "life_status": "ceased", "ceased_on": TODAY + timedelta(days=1)})
        members, _ = find_group_members(links_of("HC", "C direct H"), entities, on=TODAY)
        assert by_letter(members)["C"]["head"] == "H"


class TestRings:
    @pytest.mark.parametrize(
        ("letters", "rows", "head", "cut"),
        [
            ("AB", ["A direct B", "B direct A"], "A", ["gleif|A|directly_consolidated_by|B"]),
            (
                "ABH",
                ["H direct A", "A direct B", "B direct H", HEAD],
                "H",
                ["gleif|H|directly_consolidated_by|A"],
            ),
            (
                "ABZ",
                ["A direct Z", "B direct Z", "Z ultimate A"],
                "Z",
                ["gleif|Z|ultimately_consolidated_by|A"],
            ),
            (
                "ABH",
                ["A direct B", "A ultimate H", "B direct A"],
                "H",
                ["gleif|A|directly_consolidated_by|B"],
            ),
        ],
        ids=["smallest id", "declared head", "most named parent", "a ring of parents below a clear head"],
    )
    def test_a_ring_is_cut_above_its_likeliest_head(
        self, letters: str, rows: list[str], head: str, cut: list[str]
    ) -> None:
        members, broken = find_group_members(links_of(letters, *rows), entity_records(letters), on=TODAY)
        assert set(members["head_entity_id"]) == {entity(head)}
        assert broken["link_id"].to_list() == cut

    @settings(max_examples=40)
    @given(
        edges=st.lists(
            st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["direct", "ultimate"]), st.sampled_from("ABCDEFGX")),
            max_size=14,
            unique_by=lambda edge: (edge[0], edge[1]),
        ),
        ceased=st.sets(st.sampled_from("ABCDEFG"), max_size=3),
        seed=st.randoms(use_true_random=False),
    )
    def test_any_graph_gives_trees_whatever_the_row_order(
        self, edges: list[tuple[str, str, str]], ceased: set[str], seed: Any
    ) -> None:
        rows = [f"{child} {kind} {parent}" for child, kind, parent in edges if child != parent]
        entities = golden(*({"id": x, "life_status": "ceased" if x in ceased else "active"} for x in "ABCDEFG"))
        members, broken = find_group_members(links_of("ABCDEFG", *rows), entities, on=TODAY)
        seed.shuffle(rows)
        again, broken_again = find_group_members(
            links_of("GFEDCBA", *rows).reverse(), entities.sample(fraction=1.0, shuffle=True, seed=3), on=TODAY
        )
        assert_frame_equal(members, again)
        assert_frame_equal(broken, broken_again)
        heads = dict(members.select("entity_id", "head_entity_id").iter_rows())
        assert len(heads) == 7
        for row in members.iter_rows(named=True):
            assert heads[row["head_entity_id"]] == row["head_entity_id"]
            assert (row["depth"] == 0) == (row["entity_id"] == row["head_entity_id"])
            assert row["head_entity_id"].removeprefix("gce_") not in ceased or row["depth"] == 0
            assert row["ultimate_parent_entity_id"] in (None, row["head_entity_id"])


class TestGroups:
    @pytest.mark.parametrize(
        ("lists", "count"),
        [
            ({"direct_H": True, "ultimate_H": True}, 3),
            ({"ultimate_H": True}, 3),
            ({"direct_H": False, "ultimate_H": True}, None),
            ({"direct_H": True, "ultimate_H": False}, None),
            ({"direct_H": True}, None),
            ({"ultimate_C": True}, None),
            ({}, None),
        ],
        ids=[
            "both whole",
            "ultimate whole",
            "direct cut",
            "ultimate cut",
            "only direct",
            "another's list",
            "none read",
        ],
    )
    def test_a_count_needs_whole_lists(self, lists: dict[str, bool], count: int | None) -> None:
        rows = ["C direct H", "C ultimate H", "D ultimate H"]
        members, _ = find_group_members(links_of("HCD", *rows), entity_records("HCD"), on=TODAY)
        groups = find_groups(members, read_lists(**lists), entity_records("HCD"))
        assert groups.rows() == [(entity("H"), count, 3, 1, count is not None)]

    def test_an_entity_alone_is_no_group(self) -> None:
        members, _ = find_group_members(links_of("HC", HEAD), entity_records("HC"), on=TODAY)
        assert find_groups(members, read_lists(ultimate_H=True), entity_records("HC")).is_empty()

    def test_ceased_entities_are_not_counted(self) -> None:
        entities = golden({"id": "H"}, {"id": "C", "life_status": "ceased"}, {"id": "D"}, {"id": "E"})
        links = links_of("HCDE", "C direct H", "D direct H", "E direct D")
        members, _ = find_group_members(links, entities, on=TODAY)
        groups = find_groups(members, read_lists(ultimate_H=True), entity_records("HCDE"))
        assert groups.select("known_entity_count", "depth").rows() == [(3, 2)]
