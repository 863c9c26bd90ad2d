"""Wikidata: which identifiers, web site and parent belong to one company (SOURCES section 8). Never an event alone."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from connectors.contract import Batch, NotAnAnswerError, SourceTerms
from connectors.rotation import is_turn_of
from connectors.rows import make_batch, to_frames
from connectors.strict_json import read_json, write_json
from connectors.wikidata_items import (
    FRAMES,
    ITEM,
    LEI,
    MAY_BE_ABSENT,
    NEVER_NULL,
    REGISTERS,
    SOURCE,
    Reading,
    entities_of,
    read_items,
)
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

__all__ = ["CONNECTOR", "MAY_BE_ABSENT", "NEVER_NULL"]

INTERFACE = "w/api.php"
LONGEST_SEARCH = 300  # characters: a longer search is refused
MOST_FOUND = 500
ITEMS_A_CALL = 50
PROPERTIES = {scheme: name for name, scheme in {**REGISTERS, LEI: "LEI"}.items()}

TERMS = SourceTerms(
    title="Wikidata",
    publisher="Wikimedia Foundation and the Wikidata community",
    homepage="https://www.wikidata.org/wiki/Wikidata:Data_access",
    base_url="https://www.wikidata.org",
    licence="CC0-1.0",
    attribution="Source: Wikidata, CC0 1.0",
    personal_data=(
        "Items of persons are not kept, and statements that name persons (chief executive, board) are not read: anybody"
        " may write them, and the source knows no objection."
    ),
    requests_per_second=1.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=None,
    own_limit="one question at a time, a User-Agent with a contact",
)


class Wikidata:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The items that hold one of the window's identifiers: all the first time, then each once a week."""
        today = window.until.date() if window.since and window.until else None
        wanted = [
            f"{PROPERTIES[scheme]}={number}"
            for scheme, numbers in window.identifiers.items()
            if scheme in PROPERTIES
            for number in numbers
            if today is None or is_turn_of(number, today)
        ]
        items: dict[str, None] = {}
        for search in searches_for(wanted):
            page = client.get(
                INTERFACE,
                {"action": "query", "list": "search", "srsearch": search, "srlimit": MOST_FOUND, "srnamespace": 0,
                 "format": "json"},
            )  # fmt: skip
            items |= dict.fromkeys(_found_in(page))
            yield page
        ids = list(items)
        for start in range(0, len(ids), ITEMS_A_CALL):
            some = "|".join(ids[start : start + ITEMS_A_CALL])
            yield client.get(
                INTERFACE,
                {"action": "wbgetentities", "ids": some, "props": "info|labels|aliases|claims",
                 "languages": "fr|en|mul", "format": "json"},
            )  # fmt: skip

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One row an item that is a company, and what it says beside; a search says nothing yet."""
        document = read_json(payload.body)
        reading = Reading()
        if _is_search(document):
            reading.unknown.update(f"query.{n[:60]}" for n in document["query"] if n not in ("search", "searchinfo"))
        else:
            entities = entities_of(document)
            reading.unknown.update(name[:60] for name in document if name not in ("entities", "success"))
            read_items(reading, entities)
        frames, refused = to_frames(FRAMES, reading.rows)
        yield make_batch(frames, (*reading.rejected, *refused), reading.unknown)

    def dated(self, payload: Payload) -> datetime | None:
        """None: each item has its own date."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these items and statements, wherever they stand."""
        document = read_json(payload.body)
        if _is_search(document):
            hits = document["query"]["search"]
            left = [hit for hit in hits if not (isinstance(hit, dict) and str(hit.get("title")) in source_keys)]
            document["query"]["search"] = left
            return None if hits and not left else write_json(document)
        entities = entities_of(document)
        kept = {key: _without(item, source_keys) for key, item in entities.items() if key not in source_keys}
        if entities and not kept:
            return None
        document["entities"] = kept
        return write_json(document)


CONNECTOR = Wikidata()


def searches_for(statements: list[str]) -> Iterator[str]:
    """Searches of 300 characters at most for whatever item has one of these statements (`P1616=002000008`)."""
    search = ""
    for statement in statements:
        longer = f"{search}|{statement}" if search else f"haswbstatement:{statement}"
        if len(longer) > LONGEST_SEARCH:
            yield search
            longer = f"haswbstatement:{statement}"
        search = longer
    if search:
        yield search


def _is_search(document: Any) -> bool:
    query = document.get("query") if isinstance(document, dict) else None
    return isinstance(query, dict) and isinstance(query.get("search"), list)


def _found_in(page: Payload) -> list[str]:
    """The items that a search found; none in an answer that `parse` will refuse."""
    try:
        document = read_json(page.body)
    except NotAnAnswerError:
        return []
    hits = document["query"]["search"] if _is_search(document) else []
    titles = [str(hit.get("title")) for hit in hits if isinstance(hit, dict)]
    return [title for title in titles if ITEM.fullmatch(title)]


def _without(item: Any, source_keys: frozenset[str]) -> Any:
    """An item without the statements that are, or that name, somebody who goes."""
    claims = item.get("claims") if isinstance(item, dict) else None
    if isinstance(claims, dict):
        for name, statements in claims.items():
            if isinstance(statements, list):
                claims[name] = [one for one in statements if not _names(one, source_keys)]
    return item


def _names(statement: Any, source_keys: frozenset[str]) -> bool:
    if not isinstance(statement, dict):
        return False
    value: Any = statement
    for name in ("mainsnak", "datavalue", "value"):
        value = value.get(name) if isinstance(value, dict) else None
    named = value.get("id") if isinstance(value, dict) else None
    return str(statement.get("id")) in source_keys or str(named) in source_keys
