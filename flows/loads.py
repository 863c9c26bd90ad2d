"""Joins the pages of one list into one load and says whether it can be believed (RELIABILITY R6, R8).

A load is one frame of one source over one list scope. It is refused when an earlier load was whole and this one is
cut, or when it holds under 80 % or over 200 % of the median of the last seven good loads. A first cut load is kept
and marked incomplete. A unit's roster is no list: R8 guards it (`enrich.executives.is_believable_roster`).
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import ListScope
from schemas.vocabulary import ScopeKind

LOWEST_SHARE, HIGHEST_SHARE, LOADS_REMEMBERED = 0.8, 2.0, 7


@dataclass(frozen=True, slots=True)
class Page:
    """One scope of one payload with the instant from which the payload counts."""

    scope: ListScope
    payload_sha256: str
    observed_from: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """All pages of one scope that belong together."""

    name: str
    kind: ScopeKind
    frame: str
    keys: frozenset[str]
    payloads: frozenset[str]
    observed_at: datetime
    is_full: bool

    @property
    def unit_key(self) -> str:
        """The unit that the scope is about: what stands behind its first colon."""
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of a load. `refusal` says why not to believe it, in words for the ledger."""

    load: Load
    is_good: bool
    refusal: str | None = None


def join_pages(pages: Iterable[Page]) -> list[Load]:
    """One load per scope from the pages of one night, ordered by name; the newest copy of a page wins."""
    by_scope: dict[str, dict[int, Page]] = {}
    for page in sorted(pages, key=lambda p: (p.observed_from, p.payload_sha256)):
        by_scope.setdefault(page.scope.name, {})[page.scope.page] = page
    return [_join(name, list(numbered.values())) for name, numbered in sorted(by_scope.items())]


def _join(name: str, pages: Sequence[Page]) -> Load:
    newest = max(pages, key=lambda p: p.observed_from).scope
    keys = frozenset(key for page in pages for key in page.scope.keys)
    has_all_pages = {page.scope.page for page in pages} >= set(range(1, newest.pages + 1))
    return Load(
        name=name,
        kind=newest.kind,
        frame=newest.frame,
        keys=keys,
        payloads=frozenset(page.payload_sha256 for page in pages),
        observed_at=max(page.observed_from for page in pages),
        is_full=has_all_pages and (newest.total is None or len(keys) >= newest.total),
    )


def judge_list(load: Load, good_counts: Sequence[int]) -> Verdict:
    """Hold one list against its last good loads.

    Args:
        load: tonight's load.
        good_counts: how many records the earlier good full loads of the same scope had, newest first.
    """
    if not good_counts:
        return Verdict(load, is_good=load.is_full)
    usual = statistics.median(good_counts[:LOADS_REMEMBERED])
    count = len(load.keys)
    if not load.is_full:
        return Verdict(load, False, f"{load.name}: the list is cut ({count} records read, {usual:g} usual)")
    if usual and not LOWEST_SHARE * usual <= count <= HIGHEST_SHARE * usual:
        return Verdict(load, False, f"{load.name}: {count} records, {usual:g} usual: not believed")
    return Verdict(load, True)
