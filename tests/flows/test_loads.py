from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import ListScope
from flows.belief import judge_list
from flows.loads import EarlierLoad, Load, Measure, Page, join_pages
from schemas.vocabulary import ScopeKind

NIGHT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def page(number: int, of: int, keys: str, total: int | None = None, sha: str | None = None, minutes: int = 0) -> Page:
    scope = ListScope("direct-children:X", ScopeKind.LIST, "relationships", tuple(keys), number, of, total)
    return Page(scope, sha or f"sha{number}", NIGHT + timedelta(minutes=minutes))


def load(count: int, *, is_full: bool = True) -> Load:
    keys = frozenset(str(n) for n in range(count))
    sha = frozenset({"sha"})
    return Load("direct-children:X", ScopeKind.LIST, "relationships", keys, sha, NIGHT, is_full, not is_full)


def good(*counts: int) -> list[EarlierLoad]:
    return [EarlierLoad(NIGHT - timedelta(days=n), count, True, True) for n, count in enumerate(counts, start=1)]


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
    verdict = judge_list(load(count, is_full=is_full), Measure(count), good(*earlier))
    assert verdict.is_good is is_good
    assert (verdict.refusal is not None) is refused


@pytest.mark.parametrize(
    ("records", "quarantined", "is_refused"),
    [(43, 1, False), (43, 2, False), (43, 3, True), (518, 1, False), (300, 3, False), (299, 3, True),
     (10_000, 100, False), (10_000, 101, True), (0, 0, False)],
)  # fmt: skip
def test_more_than_one_in_a_hundred_and_at_least_three_unread_refuse_a_load(
    records: int, quarantined: int, is_refused: bool
) -> None:
    verdict = judge_list(load(records), Measure(records, quarantined), [])
    assert (verdict.refusal is not None) is is_refused


def filled(rows: int, names: int) -> dict[str, dict[str, int]]:
    return {"legal_units": {"": rows, "name": names}}


@pytest.mark.parametrize(
    ("rows", "names", "earlier", "is_refused"),
    [
        (100, 90, [100], False),
        (100, 89, [100], True),
        (100, 0, [100], True),
        (100, 60, [100, 70, 70], False),  # the median counts
        (19, 0, [19], False),  # too few rows to tell
        (100, 0, [], False),  # the first load
        (100, 40, [40] * 7 + [100] * 9, False),  # only the last seven
        (100, 100, [0], False),  # a column may fill up
    ],
)
def test_a_column_that_lost_ten_points_refuses_a_load(
    rows: int, names: int, earlier: list[int], is_refused: bool
) -> None:
    before = [
        EarlierLoad(
            NIGHT - timedelta(days=n), rows, True, True, measure=Measure(rows, 0, filled(rows, share * rows // 100))
        )
        for n, share in enumerate(earlier, start=1)
    ]
    verdict = judge_list(load(rows), Measure(rows, 0, filled(rows, names)), before)
    assert (verdict.refusal is not None) is is_refused


@pytest.mark.parametrize(
    ("count", "usual", "refused_before", "is_good"),
    [
        (50, 100, [50] * 6, True),
        (50, 100, [50] * 5, False),
        (50, 100, [50, 50, 50, 5, 50, 50, 50], False),  # it says something else every week
        (51, 100, [50, 52, 49, 50, 51, 50], True),
        (0, 100, [0] * 30, False),  # a long list that is empty waits for an operator
        (0, 2, [0] * 6, True),  # the last subsidiaries were sold
        (300, 100, [300] * 6, True),
    ],
)
def test_a_list_that_says_the_same_for_seven_nights_is_believed(
    count: int, usual: int, refused_before: list[int], is_good: bool
) -> None:
    refused = [
        EarlierLoad(NIGHT - timedelta(days=n), said, True, False, "not believed")
        for n, said in enumerate(refused_before, start=1)
    ]
    old = [EarlierLoad(NIGHT - timedelta(days=40), usual, True, True)]
    assert judge_list(load(count), Measure(count), refused + old).is_good is is_good


def test_seven_loads_of_one_night_are_not_seven_nights() -> None:
    refused = [EarlierLoad(NIGHT - timedelta(hours=n), 50, True, False, "not believed") for n in range(1, 12)]
    old = [EarlierLoad(NIGHT - timedelta(days=40), 100, True, True)]
    assert not judge_list(load(50), Measure(50), refused + old).is_good


def test_what_an_operator_released_is_what_later_loads_are_held_against() -> None:
    released = EarlierLoad(NIGHT - timedelta(days=1), 50, True, True, released_by="an operator")
    assert judge_list(load(50), Measure(50), [released, *good(100, 100, 100)]).is_good
    assert not judge_list(load(101), Measure(101), [released, *good(100, 100, 100)]).is_good
    share = EarlierLoad(NIGHT - timedelta(days=1), 50, True, True, measure=Measure(100, 5), released_by="an operator")
    assert judge_list(load(50), Measure(100, 5), [share]).is_good
    assert not judge_list(load(50), Measure(100, 6), [share]).is_good
