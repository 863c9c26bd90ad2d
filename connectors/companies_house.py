"""Companies House (United Kingdom): companies, officers, control, filings and charges (SOURCES section 6)."""

import base64
import math
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.companies_house_files import is_file, read_file, redact_file
from connectors.companies_house_records import (
    COMPANY_ADDRESS,
    FRAMES,
    MAY_BE_ABSENT,
    NEVER_NULL,
    OFFICER_ADDRESS,
    SOURCE,
    Reading,
    british_number,
    office_key,
    read_appointment,
    read_charge,
    read_company,
    read_control,
    read_filing,
    read_officer,
)
from connectors.contract import (
    OFFICERS_OF,
    STREET_OF,
    Batch,
    ListScope,
    NotAnAnswerError,
    SourceTerms,
    SourceUnavailableError,
)
from connectors.rows import make_batch, to_frames
from connectors.strict_json import read_json, write_json
from schemas.identifiers import normalise_company_number
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import RelationshipKind, ScopeKind

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

__all__ = ["CONNECTOR", "MAY_BE_ABSENT", "NEVER_NULL", "CompaniesHouse"]

SCHEME = "GB-COH"
PAGE_SIZE = 100
CANDIDATES = 5  # of a search by name: the first hits, whose own profiles are read
SHORTEST_QUERY = 3
FIRST_NIGHT = timedelta(days=92)  # older filings come by backfill
OVERLAP = timedelta(days=3)  # a filing appears days after its date
EVERY_WEEK = 7  # each company is read whole on one night of seven, whatever its filings say

TERMS = SourceTerms(
    title="Companies House public data API",
    publisher="Companies House (United Kingdom)",
    homepage="https://developer.company-information.service.gov.uk/",
    base_url="https://api.company-information.service.gov.uk",
    licence="LicenseRef-Companies-House-free-reuse",
    attribution="Source: Companies House, public register of the United Kingdom, free of restriction on reuse",
    personal_data=(
        "Names officers with month and year of birth, nationality and address, and persons with significant control. "
        "Read are an officer's name, office, days and birth month; no address, nationality or occupation, and nothing "
        "of persons with significant control. The register knows no objection to use: ours is held against officers "
        "and filings. Raw answers go after 90 days, but for those that prove a standing value."
    ),
    requests_per_second=1.8,
    needs_key=True,
    checked_on=date(2026, 11, 24),
    retention_days=90,
    own_limit="600 requests/5 min",
)


class Shape(StrEnum):
    """Which of its answers a document is."""

    PROFILE = "profile"
    OFFICERS = "officers"
    APPOINTMENTS = "appointments"
    CONTROL = "control"
    FILINGS = "filings"
    CHARGES = "charges"
    COMPANIES = "advanced search"
    SEARCH = "search"


class Answer(NamedTuple):
    """A document and what it is; `number` is the company of a list, where the list itself tells it."""

    shape: Shape
    document: dict[str, Any]
    number: str | None


class CompaniesHouse:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """What was filed about each company of the window, and what of it those filings touch.

        A company that the source has not told of, and each one once a week, is read whole: profile, officers, control,
        charges. Then the companies that bear a name of the window.

        Raises:
            SourceUnavailableError: a list repeats a page, or an answer to our own question is none.
        """
        if client.key:
            pair = base64.b64encode(f"{client.key}:".encode()).decode()  # the key is the user, the password empty
            client.authorise({"authorization": f"Basic {pair}"})
        asked: set[str] = set()
        for number in window.identifiers.get(SCHEME, ()):
            asked.add(number)
            yield from _read_company(client, number, window)
        for name in window.names:
            if len(name.strip()) < SHORTEST_QUERY:
                continue
            hits = client.get("search/companies", {"q": name.strip(), "items_per_page": CANDIDATES})
            yield hits
            for number, is_named in _hits_in(hits, name).items():
                if number not in asked and (is_named or number not in window.told):
                    asked.add(number)
                    whole = _read_company(client, number, window)
                    yield from whole if is_named else _one(client, f"company/{number}")

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One answer of the interface, or a bulk file: companies (CSV) or control (one JSON a line)."""
        if is_file(payload.body):
            yield from read_file(payload)
            return
        answer = _read_answer(payload.body)
        reading, keys = Reading(), list[str]()
        for item in _items_of(answer):
            match answer.shape:
                case Shape.PROFILE:
                    read_company(reading, item, "")
                case Shape.COMPANIES:
                    read_company(reading, item, "items[]")
                case Shape.OFFICERS:
                    keys += filter(None, [read_officer(reading, item, answer.number or "")])
                case Shape.APPOINTMENTS:
                    read_appointment(reading, item, _officer_of(answer.document))
                case Shape.CONTROL:
                    read_control(reading, item, answer.number or "", "items[]")
                case Shape.FILINGS:
                    read_filing(reading, item, answer.number)
                case Shape.CHARGES:
                    read_charge(reading, item)
        yield _batch(reading, _roster(answer, keys))

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these companies (number), officers, ties or filings (keys of rows)."""
        if is_file(payload.body):
            return redact_file(payload.body, source_keys)
        answer = _read_answer(payload.body)
        document, number = answer.document, answer.number
        if number in source_keys:
            return None
        if answer.shape is Shape.PROFILE:
            if f"{STREET_OF}{number}" in source_keys:
                _hide_street(document)
            return write_json(document)
        is_cleared = answer.shape is Shape.OFFICERS and f"{OFFICERS_OF}{number}" in source_keys
        items = document["items"]
        kept = [i for i in items if not (is_cleared or _keys_of(i, answer) & source_keys)]
        if len(kept) < len(items) and not any(_keys_of(item, answer) for item in kept):
            return None
        document["items"] = kept
        if normalise_company_number(str(_at(document, "top_hit", "company_number"))) in source_keys:
            document["top_hit"] = None
        for item in kept:
            if answer.shape is Shape.COMPANIES and isinstance(item, dict) and _street_is_asked(item, source_keys):
                _hide_street(item)
        for total in ("total_results", "total_count", "hits"):
            if type(document.get(total)) is int:
                document[total] = max(document[total] - (len(items) - len(kept)), 0)
        return write_json(document)


CONNECTOR = CompaniesHouse()


# ------------------------------------------------------------------------------------------------------- asking


def _read_company(client: "PoliteClient", number: str, window: Watermark) -> Iterator[Payload]:
    filed: set[str] = set()
    is_there = False
    for page in _filings(client, number, window):
        is_there = True
        filed |= _categories_in(page, _first_day(window))
        yield page
    is_known = number in window.told and window.since is not None
    is_whole = not is_known or _is_its_night(number, window.until)
    if not is_there and is_known:
        return
    company = f"company/{number}"
    has_charges = "mortgage" in filed  # charges are filed under this name
    if is_whole or filed - {"officers", "persons-with-significant-control", "mortgage"}:
        for profile in _one(client, company):
            has_charges = has_charges or (is_whole and _has_charges(profile))
            yield profile
    if is_whole or "officers" in filed:
        yield from _pages(client, f"{company}/officers", "total_results")
    if is_whole or "persons-with-significant-control" in filed:
        yield from _pages(client, f"{company}/persons-with-significant-control", "total_results")
    if has_charges:
        yield from _pages(client, f"{company}/charges", "total_count")


def _first_day(window: Watermark) -> date | None:
    """The first day whose filings are wanted, or None for all."""
    if window.since is not None:
        return (window.since - OVERLAP).date()
    return (window.until - FIRST_NIGHT).date() if window.until else None


def _is_its_night(number: str, until: datetime | None) -> bool:
    return until is None or zlib.crc32(number.encode()) % EVERY_WEEK == until.toordinal() % EVERY_WEEK


def _filings(client: "PoliteClient", number: str, window: Watermark) -> Iterator[Payload]:
    """The filing history, newest first, back to the first day of the window."""
    first = _first_day(window)

    def goes_on(page: Payload) -> bool:
        days = [i.get("date") for i in _items_in(page) if isinstance(i, dict)]
        oldest = min((day for day in days if isinstance(day, str)), default="")
        return first is None or oldest >= first.isoformat()

    yield from _pages(client, f"company/{number}/filing-history", "total_count", goes_on)


def _pages(
    client: "PoliteClient", path: str, total: str, goes_on: Callable[[Payload], bool] = lambda _: True
) -> Iterator[Payload]:
    """The pages of one list by `start_index`; a list that does not exist (404) has none."""
    start, seen = 0, set[str]()
    while True:
        page = client.get(path, {"items_per_page": PAGE_SIZE, "start_index": start})
        if page.status == 404:
            return
        if page.sha256 in seen:
            raise SourceUnavailableError(
                f"{SOURCE}: {page.key} is byte for byte an earlier page: the source ignores start_index, so the list"
                " cannot be read. Known values stay; run again later."
            )
        seen.add(page.sha256)
        yield page
        found = len(_items_in(page))
        start += found
        if not found or start >= _count_in(page, total) or not goes_on(page):
            return


def _one(client: "PoliteClient", path: str) -> Iterator[Payload]:
    page = client.get(path)
    if page.status != 404:
        yield page


def _items_in(payload: Payload) -> list[Any]:
    """The items of an answer; none of one that `parse` will refuse."""
    try:
        items = _read_answer(payload.body).document.get("items")
    except NotAnAnswerError:
        return []
    return items if isinstance(items, list) else []


def _has_charges(profile: Payload) -> bool:
    try:
        return _read_answer(profile.body).document.get("has_charges") is True
    except NotAnAnswerError:
        return False


def _count_in(payload: Payload, name: str) -> int:
    try:
        return int(_read_answer(payload.body).document.get(name) or 0)
    except (NotAnAnswerError, TypeError, ValueError):
        return 0


def _hits_in(payload: Payload, name: str) -> dict[str, bool]:
    """The numbers of the first hits, and whether a hit begins with the name that was looked for."""
    hits: dict[str, bool] = {}
    for item in _items_in(payload)[:CANDIDATES]:
        number = normalise_company_number(str(_at(item, "company_number")))
        if number:
            hits[number] = _letters(str(_at(item, "title"))).startswith(_letters(name))
    return hits


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _categories_in(payload: Payload, first: date | None) -> set[str]:
    """What the filings of the window are about."""
    since = first.isoformat() if first else ""
    items = (item for item in _items_in(payload) if isinstance(item, dict))
    return {str(i.get("category")) for i in items if str(i.get("date")) >= since}


# ------------------------------------------------------------------------------------------------------ reading


def _read_answer(body: bytes) -> Answer:
    """The document and which answer it is, by its own fields: nobody knows what an imported one was the answer to."""
    document = read_json(body)
    if not isinstance(document, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object, found another JSON value")
    if "errors" in document or "error" in document:
        told = str(document.get("errors") or document.get("error"))[:200]
        raise NotAnAnswerError(f"the source answers with an error: {told}")
    if "company_name" in document and "company_number" in document and "items" not in document:
        return Answer(Shape.PROFILE, document, normalise_company_number(str(document["company_number"])))
    if not isinstance(document.get("items"), list):
        raise NotAnAnswerError(f"no answer of {SOURCE}: neither a company nor a list of items")
    shape = _shape_of(document)
    number = _number_of(document)
    if shape in (Shape.OFFICERS, Shape.CONTROL) and number is None:
        raise NotAnAnswerError(f"a list of {shape.value} whose links.self does not say whose it is")
    if shape is Shape.APPOINTMENTS and not _officer_of(document):
        raise NotAnAnswerError("a list of appointments whose links.self does not say whose it is")
    return Answer(shape, document, _number_in_items(document) if shape is Shape.FILINGS else number)


def _shape_of(document: dict[str, Any]) -> Shape:
    kinds = {
        "officer-list": Shape.OFFICERS, "personal-appointment": Shape.APPOINTMENTS, "search#companies": Shape.SEARCH,
        "search#advanced-search": Shape.COMPANIES,
    }  # fmt: skip
    kind, own = document.get("kind"), str(_at(document, "links", "self") or "")
    counted = "total_results"
    if isinstance(kind, str) and kind in kinds:
        shape = kinds[kind]
        counted = "hits" if shape is Shape.COMPANIES else counted
    elif own.endswith("/persons-with-significant-control"):
        shape = Shape.CONTROL
    elif "filing_history_status" in document:
        shape, counted = Shape.FILINGS, "total_count"
    elif "satisfied_count" in document:
        shape, counted = Shape.CHARGES, "total_count"
    else:
        raise NotAnAnswerError(f"it is a list of {str(kind)[:40]}, which we do not read")
    if type(document.get(counted)) is not int:
        raise NotAnAnswerError(f"no answer of {SOURCE}: a list without {counted}")
    return shape


def _items_of(answer: Answer) -> list[Any]:
    """What is read one by one; the hits of a search by name only say whose profile to read."""
    if answer.shape is Shape.SEARCH:
        return []
    return [answer.document] if answer.shape is Shape.PROFILE else list(answer.document["items"])


def _number_of(document: dict[str, Any]) -> str | None:
    found = COMPANY_ADDRESS.match(str(_at(document, "links", "self") or ""))
    return normalise_company_number(found["number"]) if found else None


def _number_in_items(document: dict[str, Any]) -> str | None:
    """A filing history does not say whose it is; its items do, most of them."""
    return next(filter(None, (_number_of(item) for item in document["items"] if isinstance(item, dict))), None)


def _officer_of(document: dict[str, Any]) -> str:
    found = OFFICER_ADDRESS.search(str(_at(document, "links", "self") or ""))
    return found["officer"] if found else ""


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# ------------------------------------------------------------------------------------------------- handing on


def _roster(answer: Answer, keys: list[str]) -> tuple[ListScope, ...]:
    """The officers of one company: those who have left are in the list as well."""
    if answer.shape is not Shape.OFFICERS:
        return ()
    counts = [answer.document.get(name) for name in ("start_index", "items_per_page")]
    if not all(type(count) is int for count in counts):
        raise NotAnAnswerError("a list of officers without start_index and items_per_page")
    start, size = (int(count or 0) for count in counts)
    total = answer.document["total_results"]
    size = max(size, 1)
    page, pages = start // size + 1, max(math.ceil(total / size), 1)
    name, once = f"roster:{answer.number}", tuple(dict.fromkeys(keys))
    return (ListScope(name, ScopeKind.ROSTER, "appointments", once, page, max(pages, page), total),)


def _batch(reading: Reading, scopes: tuple[ListScope, ...]) -> Batch:
    frames, refused = to_frames(FRAMES, reading.rows)
    return make_batch(frames, (*reading.rejected, *refused), reading.unknown, scopes)


# --------------------------------------------------------------------------------------------------- redacting


def _keys_of(item: object, answer: Answer) -> frozenset[str]:
    """Every key under which an item may be asked to go; empty for one that leaves no row."""
    if not isinstance(item, dict):
        return frozenset()
    number = answer.number
    match answer.shape:
        case Shape.COMPANIES | Shape.SEARCH:
            found = {normalise_company_number(str(item.get("company_number")))}
        case Shape.OFFICERS:
            found = {_office_key(item, number, str(_at(item, "links", "officer", "appointments") or ""))}
        case Shape.APPOINTMENTS:
            number = normalise_company_number(str(_at(item, "appointed_to", "company_number")))
            found = {number, _office_key(item, number, str(_at(answer.document, "links", "self") or ""))}
        case Shape.CONTROL:
            told = [_at(item, "identification", n) for n in ("country_registered", "place_registered")]
            country, place = (text if isinstance(text, str) else None for text in told)
            registered = _at(item, "identification", "registration_number")
            parent = british_number(country, place, registered if isinstance(registered, str) else None)
            tie = f"{number}|{RelationshipKind.CONTROLLED_BY}|{parent}|{item.get('notified_on') or ''}"
            found = {parent, tie} if parent else set()
        case _:
            number = _number_of(item) or number
            found = {number, *_notice_keys(item, number)}
    return frozenset(key for key in found if key)


def _office_key(item: dict[str, Any], number: str | None, address: str) -> str:
    officer = OFFICER_ADDRESS.search(address)
    started = item.get("appointed_on") or ""
    return office_key(number, officer["officer"] if officer else None, str(item.get("officer_role")), str(started))


def _notice_keys(item: dict[str, Any], number: str | None) -> set[str]:
    letter, told, name = "F", item.get("date"), item.get("transaction_id")
    if "charge_number" in item:
        letter, told, name = "C", item.get("delivered_on") or item.get("created_on"), item.get("charge_number")
    key = f"{letter}|{str(told).replace('-', '')}|{name}"
    return {key, f"{key}|{number}"}


def _street_is_asked(item: dict[str, Any], source_keys: frozenset[str]) -> bool:
    return f"{STREET_OF}{normalise_company_number(str(item.get('company_number')))}" in source_keys


def _hide_street(company: dict[str, Any]) -> None:
    """The town stays."""
    office = company.get("registered_office_address")
    if isinstance(office, dict):
        for name in ("premises", "address_line_1", "address_line_2", "postal_code", "care_of", "po_box"):
            office.pop(name, None)
