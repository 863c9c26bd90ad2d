"""Reading long lists: numbered pages to the last one, and queries that are larger than a source will show."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import SourceUnavailableError
from schemas.provenance import Payload

# Far above any list we read (10,000 records in pages of 25 are 400): it only ends a source that counts up for ever.
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Window:
    """One part of a query.

    Attributes:
        query: the parameters that were asked. first: the answer's first page. total: what the source says it counts.
        is_capped: the source shows less than there is and nothing is left to split by: this part is incomplete.
    """

    query: Mapping[str, str]
    first: Payload
    total: int
    is_capped: bool


def read_numbered_pages(fetch_page: Callable[[int], Payload], pages_in: Callable[[Payload], int]) -> Iterator[Payload]:
    """Yield the pages 1 to the last; the newest page read says which one is the last.

    A first page that does not exist (404) is yielded, since it is an answer that the connector must judge. A later
    one ends the list without an error: the list became shorter meanwhile, and the page numbers of its scope show
    that it was not read whole.

    Args:
        fetch_page: asks for one page by its number, from 1.
        pages_in: how many pages this answer says there are.

    Raises:
        SourceUnavailableError: the source repeats a page, so it ignores the page number (RELIABILITY section 3),
            or it never comes to an end.
    """
    read: dict[str, int] = {}
    number = 1
    while True:
        page = fetch_page(number)
        if page.status == 404:
            if number == 1:
                yield page
            return
        if page.sha256 in read:
            raise SourceUnavailableError(
                f"{page.source}: page {number} of {page.key} is byte for byte page {read[page.sha256]}: the source"
                " ignores the page number, so the list cannot be read. Nothing of it is believed; try again later."
            )
        read[page.sha256] = number
        yield page
        last = pages_in(page)
        if number >= last:
            return
        if number >= MOST_PAGES:
            raise SourceUnavailableError(
                f"{page.source}: {page.key} still announces {last} pages after {MOST_PAGES}: the list has no end."
                " Narrow the query."
            )
        number += 1


def split_window(
    query: Mapping[str, str], total: int, cap: int, dimensions: Sequence[tuple[str, Sequence[str]]]
) -> list[dict[str, str]]:
    """The narrower queries that together replace this one, by the first dimension that it does not fix yet.

    Empty when the query fits (total below the cap) or when nothing is left to split by.
    """
    if total < cap:
        return []
    for name, values in dimensions:
        if name not in query:
            return [{**query, name: value} for value in values]
    return []


def split_until_fits(
    query: Mapping[str, str],
    first_page: Callable[[Mapping[str, str]], Payload],
    total_in: Callable[[Payload], int],
    dimensions: Sequence[tuple[str, Sequence[str]]],
    cap: int,
) -> Iterator[Window]:
    """Split a query by one dimension after the other until the source shows each part whole.

    A part that reaches the cap with nothing left to split by comes as `is_capped`. So does a query whose parts
    count fewer records than itself: some records have no value in that dimension (a unit abroad has no
    departement), and no part shows them.

    Args:
        query: the parameters to begin with.
        first_page: asks the source for the first page of a query.
        total_in: how many records the source says the query has (capped itself: a total at the cap means "or more").
        dimensions: parameter name and its values, the coarsest first.
        cap: how many records the source shows of one query.
    """
    yield from _parts(query, first_page, total_in, dimensions, cap)


def _parts(
    query: Mapping[str, str],
    first_page: Callable[[Mapping[str, str]], Payload],
    total_in: Callable[[Payload], int],
    dimensions: Sequence[tuple[str, Sequence[str]]],
    cap: int,
) -> Generator[Window, None, int]:
    """As `split_until_fits`; returns the query's own total, so that the level above can count its parts."""
    first = first_page(query)
    total = total_in(first)
    narrower = split_window(query, total, cap, dimensions)
    if not narrower:
        yield Window(query, first, total, is_capped=total >= cap)
        return total
    counted = 0
    for part in narrower:
        counted += yield from _parts(part, first_page, total_in, dimensions, cap)
    if counted < total:
        yield Window(query, first, total, is_capped=True)
    return total
