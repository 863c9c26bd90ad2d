"""What a source offers: one object with a name, terms, `fetch` (the network) and `parse` (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

import polars as pl

from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ScopeKind

if TYPE_CHECKING:
    from connectors.polite import PoliteClient


# Before a source key: take only this part of the record out of an answer (`Connector.redact`).
OFFICERS_OF = "officers-of:"
STREET_OF = "street-of:"


class SourceUnavailableError(Exception):
    """The source cannot be used at all now: stop it, the other sources go on."""


class PageUnavailableError(Exception):
    """One page of the open web cannot be had; note the reason and go on with the next.

    Attributes:
        kind: `denied`, `robots`, `address`, `redirect`, `status`, `too_busy` or `broken`: what to count it under.
    """

    def __init__(self, message: str, kind: str = "broken") -> None:
        super().__init__(message)
        self.kind = kind


class NotAnAnswerError(Exception):
    """The bytes are no answer of this source (another format, an error page): refuse the payload, go on."""


class RecordRejectedError(Exception):
    """One record cannot be read: keep it in quarantine with its reason, go on with the next."""


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """Under which terms a source may be used, and how fast.

    Attributes:
        title: the source's own name. publisher: who runs it. homepage: where a person reads about it.
        licence: SPDX-like identifier. attribution: the sentence that an export must carry.
        personal_data: what the source says about persons and what we do about it.
        requests_per_second: the budget we keep, below the source's own limit.
        needs_key: whether `fetch` needs a credential from the settings.
        checked_on: the day the terms were last read.
        retention_days: how long a raw answer stays in the archive; None keeps it (flows.retention says what is kept
            beyond). Pages of the open web: 90.
        own_limit: what the source itself allows, where that is known.
        needs_contact: whether it answers only those who give a mail address (GRANDCOMPTE_CONTACT).
    """

    title: str
    publisher: str
    homepage: str
    base_url: str
    licence: str
    attribution: str
    personal_data: str
    requests_per_second: float
    needs_key: bool
    checked_on: date
    retention_days: int | None = None
    own_limit: str | None = None
    needs_contact: bool = False


@dataclass(frozen=True, slots=True)
class ListScope:
    """How complete one payload is for one list or roster; the pages of one scope are joined by ingest.

    Attributes:
        name: `direct-children:LEI`, `roster:SIREN`, `query:...`: the same on every page and every night.
        frame: the frame whose rows the scope covers. keys: their source_key values on this page, in order.
        page, pages: which page this is of how many (from 1). total: records the source says the whole list has.
    """

    name: str
    kind: ScopeKind
    frame: str
    keys: tuple[str, ...]
    page: int = 1
    pages: int = 1
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that could not be read; `record` is a short excerpt without personal data."""

    source_key: str | None
    reason: str
    record: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one payload says.

    Attributes:
        frames: by frame name (`legal_units`, ...), validated by the frame's schema.
        scopes: the lists and rosters that this payload is a page of.
        rejected: records for the quarantine.
        records: how many records the payload holds (read + rejected).
        unknown_fields: field paths that nobody uses or ignores by name: heard the first night.
    """

    frames: Mapping[str, pl.DataFrame]
    scopes: tuple[ListScope, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    records: int = 0
    unknown_fields: tuple[str, ...] = field(default=())


class Connector(Protocol):
    """One source. `name` is the module's name, the fixture folder's and the value of every `source` column."""

    name: str
    terms: SourceTerms
    writes: tuple[str, ...]

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """Ask the source for the window, one archived answer at a time.

        Raises:
            SourceUnavailableError: the source cannot be used now.
        """
        ...

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """Read one answer; pure, so the same payload gives the same frames.

        Raises:
            NotAnAnswerError: the bytes are no answer of this source.
        """
        ...

    def dated(self, payload: Payload) -> datetime | None:
        """The date that the answer itself carries for its whole content (UTC), or None."""
        ...

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The same answer without these records, or None when nothing else is left in it.

        A key behind OFFICERS_OF or STREET_OF keeps the record but for its officers, or for its street.
        """
        ...
