from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import ListScope
from flows.loads import Load, Page, join_pages, judge_list
from schemas.vocabulary import ScopeKind

NIGHT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def page(number: int, of: int, keys: str, total: int | None = None, sha: str | None = None, minutes: int = 0) -> Page:
    scope = ListScope("direct-children:X", ScopeKind.LIST, "relationships", tuple(keys), number, of, total)
    return Page(scope, sha or f"sha{number}", NIGHT + timedelta(minutes=minutes))


def load(count: int, *, is_full: bool = True) -> Load:
    keys = frozenset(str(n) for n in range(count))
    return Load("direct-children:X", ScopeKind.LIST, "relationships", keys, frozenset({"sha"}), NIGHT, is_full)


@pytest.mark.parametrize(
    ("pages", "is_full", "keys"),
    [
        ([page(1, 1, "abc", 3)], True, "abc"),
        ([page(1, 1, "")], True, ""),
        ([page(1, 2, "ab", 4), page(2, 2, "cd", 4)], True, "abcd"),
        ([page(2, 2, "cd", 4), page(1, 2, "ab", 4)], True, "abcd"),
        ([page(1, 2, "ab", 4)], False, "ab"),
        ([page(1, 2, "ab", 4), page(2, 2, "bc", 4)], False, "abc"),  # the same record on two pages: one is missing
        ([page(1, 1, "ab", 3)], False, "ab"),  # the source says three and shows two
        ([page(1, 1, "ab", 2, "old"), page(1, 1, "bc", 2, "new", minutes=5)], True, "bc"),  # asked twice: newest wins
    ],
)
def test_pages_of_one_list_become_one_load(pages: list[Page], is_full: bool, keys: str) -> None:
    (joined,) = join_pages(pages)
    assert joined.is_full is is_full
    assert joined.keys == frozenset(keys)
    assert joined.unit_key == "X"
    assert joined.observed_at == max(p.observed_from for p in pages)


@pytest.mark.parametrize(
    ("count", "is_full", "earlier", "is_good", "refused"),
    [
        (5, True, [], True, False),  # the first whole load is believed
        (5, False, [], False, False),  # the first cut load is kept and marked incomplete
        (100, True, [100], True, False),
        (81, True, [100] * 7, True, False),
        (80, True, [100] * 7, True, False),
        (79, True, [100] * 7, False, True),
        (0, True, [100], False, True),
        (200, True, [100], True, False),
        (201, True, [100], False, True),
        (100, False, [100], False, True),  # a page is missing
        (100, True, [100, 100, 100, 100, 100, 100, 100, 1, 1, 1, 1, 1, 1, 1, 1], True, False),  # only the last 7 count
        (3, True, [0, 0], True, False),  # an empty list may grow
    ],
)
def test_a_load_is_held_against_the_last_good_ones(
    count: int, is_full: bool, earlier: list[int], is_good: bool, refused: bool
) -> None:
    verdict = judge_list(load(count, is_full=is_full), earlier)
    assert verdict.is_good is is_good
    assert (verdict.refusal is not None) is refused
