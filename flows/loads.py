"""Joins the pages of one list into one load, and measures what a load holds (RELIABILITY R6, R11).

A load is one frame of one source over one list scope. All answers of a night that are a page of no list (look-ups of
single units, imported files) are one load as well, called `look-ups`. `flows/belief.py` says what to make of a load.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from connectors.contract import ListScope
from flows.readings import ReadPayload
from schemas.vocabulary import ScopeKind

LOOK_UPS = "look-ups"
ROWS = ""  # under this name `filled` holds how many rows a frame has; no column is called so


@dataclass(frozen=True, slots=True)
class Page:
    """One scope of one payload with the instant from which it counts, and how many of its records were not read."""

    scope: ListScope
    payload_sha256: str
    observed_from: datetime
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """All pages of one scope that belong together.

    Attributes:
        is_full: every record that the source has is in `keys`: whoever is missing has gone.
        is_cut: a page or records are missing that are not in quarantine either.
    """

    name: str
    kind: ScopeKind
    frame: str
    keys: frozenset[str]
    payloads: frozenset[str]
    observed_at: datetime
    is_full: bool
    is_cut: bool = False

    @property
    def unit_key(self) -> str:
        """The unit that the scope is about: what stands behind its first colon."""
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a load holds.

    Attributes:
        records: how many records its answers hold, read or not. quarantined: how many could not be read.
        filled: by frame, how many rows there are (`ROWS`) and how many of them fill each column.
    """

    records: int = 0
    quarantined: int = 0
    filled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def quarantined_share(self) -> float:
        """The share of its records that could not be read, 0 to 1."""
        return self.quarantined / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of a load.

    Attributes:
        refusal: why not to believe it, in words for the ledger.
        released_by: who let it in although the loads before it were otherwise: an operator, or `INSISTENCE`.
        is_old: it was judged by an earlier run, which keeps its word.
    """

    load: Load
    is_good: bool
    refusal: str | None = None
    measure: Measure | None = None
    released_by: str | None = None
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class EarlierLoad:
    """A load of the same scope as an earlier night judged it."""

    observed_at: datetime
    count: int
    is_full: bool
    is_good: bool
    reason: str | None = None
    measure: Measure = field(default_factory=Measure)
    released_by: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "EarlierLoad":
        """Read one row of `source_snapshots`."""
        measure = Measure(row["records"] or 0, row["quarantined"] or 0, json.loads(row["filled"] or "{}"))
        plain = {name: row[name] for name in ("observed_at", "count", "is_full", "is_good", "reason", "released_by")}
        return cls(measure=measure, **plain)


def join_pages(pages: Iterable[Page]) -> list[Load]:
    """One load per scope from the pages of one night, ordered by name; the newest copy of a page wins."""
    by_scope: dict[str, dict[int, Page]] = {}
    for page in sorted(pages, key=lambda p: (p.observed_from, p.payload_sha256)):
        by_scope.setdefault(page.scope.name, {})[page.scope.page] = page
    return [_join(name, list(numbered.values())) for name, numbered in sorted(by_scope.items())]


def _join(name: str, pages: Sequence[Page]) -> Load:
    newest = max(pages, key=lambda p: p.observed_from).scope
    keys = frozenset(key for page in pages for key in page.scope.keys)
    unread = sum(page.unread for page in pages)
    has_all_pages = {page.scope.page for page in pages} >= set(range(1, newest.pages + 1))
    return Load(
        name=name,
        kind=newest.kind,
        frame=newest.frame,
        keys=keys,
        payloads=frozenset(page.payload_sha256 for page in pages),
        observed_at=max(page.observed_from for page in pages),
        is_full=has_all_pages and (newest.total is None or len(keys) >= newest.total),
        is_cut=not (has_all_pages and (newest.total is None or len(keys) + unread >= newest.total)),
    )


def loads_of(night: Sequence[ReadPayload]) -> list[Load]:
    """Every load of a night: its lists and rosters by name, then its look-ups."""
    loads = join_pages(
        Page(scope, item.sha256, item.observed_from, len(item.batch.rejected))
        for item in night
        for scope in item.batch.scopes
    )
    single = look_ups(night)
    if not single:
        return loads
    frame = next(iter(single[0].batch.frames))
    keys = frozenset(key for item in single for key in item.batch.frames[frame]["source_key"])
    payloads, at = frozenset(item.sha256 for item in single), max(item.observed_from for item in single)
    return [*loads, Load(LOOK_UPS, ScopeKind.LIST, frame, keys, payloads, at, is_full=True)]


def look_ups(night: Sequence[ReadPayload]) -> list[ReadPayload]:
    """The answers of a night that are a page of no list.

    Pages of the open web are left out: every site is rebuilt one day, and that says nothing about the others.
    """
    asked = [item for item in night if set(item.batch.frames) != {"pages"}]
    return [item for item in asked if all(scope.kind is not ScopeKind.LIST for scope in item.batch.scopes)]


def measure_load(load: Load, night: Sequence[ReadPayload]) -> Measure:
    """Count what the answers of a load hold."""
    answers = [item.batch for item in night if item.sha256 in load.payloads]
    filled: dict[str, Counter[str]] = {}
    for batch in answers:
        for name, frame in batch.frames.items():
            if frame.height:
                filled.setdefault(name, Counter()).update(count_filled(frame))
    records, quarantined = sum(b.records for b in answers), sum(len(b.rejected) for b in answers)
    return Measure(records, quarantined, filled)


def count_filled(frame: pl.DataFrame) -> dict[str, int]:
    """How many rows a frame has and how many fill each column; an empty list fills none."""
    is_filled = [
        ((pl.col(name).list.len() > 0) if isinstance(dtype, pl.List) else pl.col(name).is_not_null())
        .fill_null(value=False)
        .sum()
        .alias(name)
        for name, dtype in frame.schema.items()
    ]
    return {ROWS: frame.height, **frame.select(is_filled).row(0, named=True)}


def load_rows(loads: Sequence[Load]) -> pl.DataFrame:
    """Loads as rows: scope, list_kind (what stands before its colon), unit_key and the instant `at`."""
    return pl.DataFrame(
        [(load.name, load.name.partition(":")[0], load.unit_key, load.observed_at) for load in loads],
        schema={
            "scope": pl.String,
            "list_kind": pl.String,
            "unit_key": pl.String,
            "at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
