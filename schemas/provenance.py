"""Where facts come from: the archived answer, the single statement, the window that was asked for."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import BinaryIO

QUOTE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Payload:
    """One answer of a source exactly as it came.

    Attributes:
        source: name of the connector that reads it.
        key: what was asked, in the source's own terms and without its host (`lei-records/X/direct-children?page=1`).
        body: the decoded bytes.
        fetched_at: UTC instant of the fetch, or None for an answer that was imported from a file.
        url: full address, or the imported file's name.
        status: HTTP status of the answer.
        headers: answer headers in lower case, without secrets.
    """

    source: str
    key: str
    body: bytes = field(repr=False)
    fetched_at: datetime | None = None
    url: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Content address of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()

    def open(self) -> BinaryIO:
        """A fresh stream over the body."""
        return io.BytesIO(self.body)


@dataclass(frozen=True, slots=True)
class Statement:
    """One claimed fact with its evidence; the quote is cut at 300 characters."""

    subject: str
    property: str
    value: str | None
    source: str
    source_key: str
    payload_sha256: str
    observed_at: datetime
    method: str
    confidence: float = 1.0
    quote: str | None = None
    effective_on: date | None = None
    published_on: date | None = None

    def __post_init__(self) -> None:
        if self.quote is not None and len(self.quote) > QUOTE_LIMIT:
            object.__setattr__(self, "quote", self.quote[:QUOTE_LIMIT])


@dataclass(frozen=True, slots=True)
class Watermark:
    """What to ask a source for: a window in time and the units that tonight's universe names.

    Attributes:
        since: first instant wanted, or None for all that the source has.
        until: first instant no longer wanted (half-open), or None for now.
        identifiers: identifiers to refresh, by scheme (`FR-RCS`, `LEI`, ...).
        names: names to look up (accounts without an identifier).
        size_categories: INSEE categories whose units belong to the universe by rule.
        domains: registrable web domains whose sites are to be read.
        cursor: where the source would go on after it was stopped, in its connector's own words.
        told: keys of the legal units that this source has told of and that stand.
    """

    since: datetime | None = None
    until: datetime | None = None
    identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    size_categories: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    cursor: Mapping[str, str] = field(default_factory=dict)
    told: frozenset[str] = frozenset()

    def first_day(self, last: date, *, overlap: timedelta, first_night: timedelta) -> date:
        """The first day to ask a source that answers by days.

        Args:
            last: the last day to ask.
            overlap: how far before `since` to begin, for what is published late.
            first_night: how far before `last` to begin where nothing was read yet.
        """
        return (self.since - overlap).date() if self.since else last - first_night
