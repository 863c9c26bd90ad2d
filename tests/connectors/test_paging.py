import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import SourceUnavailableError
from connectors.paging import read_numbered_pages, split_until_fits, split_window
from schemas.provenance import Payload


def page(number: int, pages: int, status: int = 200) -> Payload:
    body = json.dumps({"page": number, "pages": pages}).encode()
    return Payload(source="gleif", key=f"list?page={number}", body=body, status=status)


def pages_in(payload: Payload) -> int:
    return int(json.loads(payload.body)["pages"])


def total_in(payload: Payload) -> int:
    return int(json.loads(payload.body)["total"])


@pytest.mark.parametrize(("pages", "asked"), [(0, 1), (1, 1), (3, 3)])
def test_pages_are_read_to_the_last_and_no_further(pages, asked):
    numbers: list[int] = []

    def fetch(number: int) -> Payload:
        numbers.append(number)
        return page(number, pages)

    read = list(read_numbered_pages(fetch, pages_in))
    assert numbers == list(range(1, asked + 1))
    assert [json.loads(payload.body)["page"] for payload in read] == numbers


@pytest.mark.parametrize(("announced", "asked"), [([2, 3, 3], 3), ([3, 2], 2)])
def test_the_newest_page_says_how_many_there_are(announced, asked):
    read = list(read_numbered_pages(lambda number: page(number, announced[number - 1]), pages_in))
    assert len(read) == asked


def test_a_source_that_repeats_page_one_is_stopped_after_two():
    numbers: list[int] = []

    def fetch(number: int) -> Payload:
        numbers.append(number)
        return page(1, 400)

    read = read_numbered_pages(fetch, pages_in)
    assert next(read) == page(1, 400)
    with pytest.raises(SourceUnavailableError, match="ignores the page number"):
        next(read)
    assert numbers == [1, 2]


def test_a_list_without_an_end_is_stopped(monkeypatch):
    monkeypatch.setattr("connectors.paging.MOST_PAGES", 5)
    with pytest.raises(SourceUnavailableError, match="the list has no end"):
        list(read_numbered_pages(lambda number: page(number, number + 1), pages_in))


def test_a_first_page_that_is_not_there_is_the_connectors_to_judge():
    missing = page(1, 9, status=404)
    assert list(read_numbered_pages(lambda _: missing, pages_in)) == [missing]


def test_a_later_page_that_is_not_there_ends_the_list():
    read = list(read_numbered_pages(lambda n: page(n, 3, status=404 if n == 3 else 200), pages_in))
    assert [json.loads(payload.body)["page"] for payload in read] == [1, 2]


DIMENSIONS = (("departement", ("01", "75", "2A")), ("section", ("A", "B")), ("tranche", ("00", "11")))
Unit = tuple[str | None, str | None, str | None]


def source_of(units: list[Unit], cap: int, asked: list[dict[str, str]]) -> Callable[[Mapping[str, str]], Payload]:
    def first_page(query: Mapping[str, str]) -> Payload:
        asked.append(dict(query))
        wanted = [query.get(name) for name, _ in DIMENSIONS]
        found = [u for u in units if all(w in (None, value) for w, value in zip(wanted, u, strict=True))]
        body = json.dumps({"total": min(cap, len(found))}).encode()
        return Payload(source="recherche_entreprises", key="search", body=body)

    return first_page


def split(units: list[Unit], cap: int, query: Mapping[str, str] | None = None):
    asked: list[dict[str, str]] = []
    query = query or {"categorie": "GE"}
    return list(split_until_fits(query, source_of(units, cap, asked), total_in, DIMENSIONS, cap)), asked


def test_a_query_that_fits_is_one_window():
    windows, asked = split([("75", "A", "00")] * 9, cap=10)
    assert [(dict(w.query), w.total, w.is_capped) for w in windows] == [({"categorie": "GE"}, 9, False)]
    assert asked == [{"categorie": "GE"}]


def test_a_query_at_the_cap_is_split_only_as_far_as_needed():
    units: list[Unit] = [("75", "A", "00")] * 8 + [("75", "B", "00")] * 9 + [("01", "A", "11")] * 3
    windows, _ = split(units, cap=10)
    assert [({k: v for k, v in w.query.items() if k != "categorie"}, w.total, w.is_capped) for w in windows] == [
        ({"departement": "01"}, 3, False),
        ({"departement": "75", "section": "A"}, 8, False),
        ({"departement": "75", "section": "B"}, 9, False),
        ({"departement": "2A"}, 0, False),
    ]


def test_what_cannot_be_split_further_says_so():
    windows, _ = split([("75", "A", "00")] * 11, cap=10)
    assert [dict(w.query) for w in windows if w.is_capped] == [
        {"categorie": "GE", "departement": "75", "section": "A", "tranche": "00"}
    ]


def test_records_that_no_part_shows_make_the_whole_incomplete():
    windows, _ = split([(None, "A", "00")] * 8 + [("75", "A", "00")] * 4, cap=10)
    assert [(dict(w.query), w.total) for w in windows if w.is_capped] == [({"categorie": "GE"}, 10)]


def test_a_dimension_that_the_query_fixes_is_not_split():
    _, asked = split([("75", "A", "00")] * 8 + [("75", "B", "00")] * 8, cap=10, query={"departement": "75"})
    assert asked == [
        {"departement": "75"},
        {"departement": "75", "section": "A"},
        {"departement": "75", "section": "B"},
    ]


def test_split_window_is_plain_arithmetic():
    assert split_window({}, 9, 10, DIMENSIONS) == []
    assert split_window({}, 10, 10, DIMENSIONS) == [{"departement": d} for d in ("01", "75", "2A")]
    assert split_window({"departement": "75"}, 10, 10, DIMENSIONS[:1]) == []


@given(
    units=st.lists(st.tuples(*(st.sampled_from((*values, None)) for _, values in DIMENSIONS)), max_size=60),
    cap=st.integers(2, 12),
)
def test_every_unit_is_shown_or_the_load_is_marked_incomplete(units, cap):
    windows, _ = split(units, cap)
    shown = sum(w.total for w in windows if not w.is_capped)
    assert shown <= len(units)
    # capped totals can hide a gap smaller than what the cap cuts off, so only a load without any split is exact
    if len(units) < cap:
        assert shown == len(units)
    if shown < cap <= len(units):
        assert any(w.is_capped for w in windows)
