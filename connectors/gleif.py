"""GLEIF: legal entities by LEI, who consolidates whom, and why somebody has no parent (SOURCES section 5)."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.contract import (
    STREET_OF,
    Batch,
    ListScope,
    NotAnAnswerError,
    RecordRejectedError,
    Rejected,
    SourceTerms,
)
from connectors.fields import Record
from connectors.gleif_file_redaction import redact_file
from connectors.gleif_files import is_file, published, read_file
from connectors.paging import read_numbered_pages
from connectors.rows import Row, empty_frame, make_batch, to_frames
from connectors.strict_json import read_json, write_json
from schemas.frames import LegalUnit, Relationship
from schemas.identifiers import normalise, normalise_lei
from schemas.provenance import Payload, Watermark
from schemas.reference import registration_scheme
from schemas.vocabulary import Diffusion, LifeStatus, RelationshipKind, ScopeKind

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

SOURCE = "gleif"
FRAMES = {"legal_units": LegalUnit, "relationships": Relationship}

RECORDS_A_CALL = 100  # values of filter[lei]
PAGE_SIZE = 200  # the most that the source gives
JURISDICTIONS = {"FR-RCS": "FR", "GB-COH": "GB", "NO-BRC": "NO"}  # registers whose numbers are looked up, by scheme
LEVELS = ("direct", "ultimate")

LIST_ADDRESS = re.compile(r"/lei-records/(?P<parent>[A-Z0-9]{20})/(?P<list>[a-z-]+)(?:[?#]|$)")
RECORDS_ADDRESS = re.compile(r"/lei-records(?:[?#]|$)")
ISO_REGION = re.compile(r"(?P<country>[A-Z]{2})-[A-Z0-9]{1,3}", re.ASCII)
NO_REGISTER = frozenset({"RA888888", "RA999999"})  # the entity has none, or one that the list of registers lacks
NO_LEGAL_FORM = frozenset({"8888", "9999"})  # ELF: has no code yet, has no legal form

LIFE = {"ACTIVE": LifeStatus.ACTIVE, "INACTIVE": LifeStatus.CEASED, "NULL": LifeStatus.UNKNOWN}
KINDS = {
    "IS_DIRECTLY_CONSOLIDATED_BY": RelationshipKind.DIRECTLY_CONSOLIDATED_BY,
    "IS_ULTIMATELY_CONSOLIDATED_BY": RelationshipKind.ULTIMATELY_CONSOLIDATED_BY,
    "IS_INTERNATIONAL_BRANCH_OF": RelationshipKind.BRANCH_OF,
    "IS_FUND-MANAGED_BY": RelationshipKind.FUND_MANAGED_BY,
    "IS_SUBFUND_OF": RelationshipKind.SUBFUND_OF,
    "IS_FEEDER_TO": RelationshipKind.FEEDER_TO,
}
EXCEPTIONS = {
    "DIRECT_ACCOUNTING_CONSOLIDATION_PARENT": RelationshipKind.NO_DIRECT_PARENT,
    "ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT": RelationshipKind.NO_ULTIMATE_PARENT,
}
CHILDREN_LISTS = {
    "direct-children": RelationshipKind.DIRECTLY_CONSOLIDATED_BY,
    "ultimate-children": RelationshipKind.ULTIMATELY_CONSOLIDATED_BY,
}
RELATIONSHIP_LISTS = ("direct-child-relationships", "ultimate-child-relationships")
KNOWN_TYPES = ("lei-records", "relationship-records", "reporting-exceptions")

TERMS = SourceTerms(
    title="GLEIF API (LEI records, level 1 and level 2)",
    publisher="Global Legal Entity Identifier Foundation (GLEIF)",
    homepage="https://www.gleif.org/en/lei-data/gleif-api",
    base_url="https://api.gleif.org/api/v1",
    licence="CC0-1.0",
    attribution="Source: Global Legal Entity Identifier Foundation (GLEIF), CC0 1.0",
    personal_data=(
        "Entities of the category SOLE_PROPRIETOR are natural persons (about 4 %): they are marked and their street is "
        "not read. The source names no officers."
    ),
    requests_per_second=0.8,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=None,
    own_limit="60 requests/min",
)


@dataclass
class _Reading:
    """What one answer has given so far."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FRAMES})
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def record(self, item: object) -> Record:
        """One item of the answer."""
        return Record(item, "data", self.unknown, never_null=NEVER_NULL)

    def keep(self, frame: str, record: Record, row: dict[str, Any], what: str) -> None:
        """The row, or its rejection when the record has a problem."""
        try:
            record.close()
        except RecordRejectedError as error:
            self.rejected.append(Rejected(row.get("source_key"), str(error), what))
        else:
            self.rows[frame].append(row)


class _List(NamedTuple):
    """Which list an answer is a page of."""

    name: str
    parent: str
    page: int
    pages: int
    total: int


STREET_PARTS = ("addressNumber", "addressNumberWithinBuilding", "mailRouting", "postalCode")


class Gleif:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The records of the window, their parents up to the head, and from each head down to all its children."""
        walk = _Walk(client)
        yield from walk.read_records(window.identifiers.get("LEI", ()))
        for scheme, jurisdiction in JURISDICTIONS.items():
            yield from walk.find_records(scheme, jurisdiction, window.identifiers.get(scheme, ()))
        yield from walk.follow_ties()

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """Records, relationship records or reporting exceptions: alone, a page of a list, or a whole file."""
        if is_file(payload.body):
            yield from read_file(payload.open())
            return
        if payload.status == 404:  # asked for something that this entity does not have: nothing is said
            yield Batch(frames={name: empty_frame(schema) for name, schema in FRAMES.items()})
            return
        document, items, kind = _read_document(payload)
        listed = _list_of(document)
        reading = _Reading()
        for item in items:
            if kind == "lei-records":
                _read_unit(reading, item)
                if listed and listed.name in CHILDREN_LISTS:
                    _read_child(reading, item, listed)
            elif kind == "relationship-records":
                _read_relationship(reading, item)
            else:
                _read_exception(reading, item)
        yield _batch(reading, listed)

    def dated(self, payload: Payload) -> datetime | None:
        """When the golden copy that the answer comes from, or the file itself, was published (UTC)."""
        if is_file(payload.body):
            return published(payload.key)
        try:
            instant = datetime.fromisoformat(read_json(payload.body)["meta"]["goldenCopy"]["publishDate"])
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (NotAnAnswerError, KeyError, TypeError, ValueError, OverflowError):
            return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these entities (LEI) and every relationship of theirs, or without these relationships."""
        if is_file(payload.body):
            return redact_file(payload.body, source_keys)
        document, items, _ = _read_document(payload)
        kept = [item for item in items if not _keys_of(item) & source_keys]
        gone = len(items) - len(kept)
        if gone and not kept:
            return None
        if isinstance(document["data"], list):
            document["data"] = kept
            _recount(document, gone)
        _forget(document, source_keys)
        return write_json(document)


CONNECTOR = Gleif()


# ------------------------------------------------------------------------------------------------------- asking


class _Entity(NamedTuple):
    """What the walk needs of a record: whose it is and which of its parents are told how."""

    lei: str
    national_id: tuple[str, str | None]  # scheme and number
    parents: Mapping[str, frozenset[str]]  # level -> names of its links


class _Walk:
    """Visits each entity once: itself, its ultimate parent first (whose lists tell most other ties), its direct one."""

    def __init__(self, client: "PoliteClient") -> None:
        self._client = client
        self._seen: set[str] = set()
        self._told: set[tuple[str, str]] = set()  # (child, level) whose relationship record a list has shown
        self._waiting: dict[str, _Entity] = {}  # those whose first step was not taken
        self._todo: deque[tuple[_Entity, int]] = deque()  # entity and the step that comes next

    def read_records(self, leis: Iterable[str]) -> Iterator[Payload]:
        """The records of these entities, a hundred a call."""
        wanted = [lei for lei in dict.fromkeys(leis) if lei not in self._seen]
        for start in range(0, len(wanted), RECORDS_A_CALL):
            some = wanted[start : start + RECORDS_A_CALL]
            yield from self._ask("lei-records", {"filter[lei]": ",".join(some), "page[size]": RECORDS_A_CALL})
            self._seen.update(some)  # an LEI that is not there is not asked for again

    def find_records(self, scheme: str, jurisdiction: str, numbers: Iterable[str]) -> Iterator[Payload]:
        """The records of units known by their national number; one that is told already is not asked for."""
        told = {entity.national_id for entity in self._waiting.values()}
        for number in numbers:
            if (scheme, number) not in told:
                query = {"filter[entity.registeredAs]": number, "filter[entity.jurisdiction]": jurisdiction}
                yield from self._ask("lei-records", query)

    def follow_ties(self) -> Iterator[Payload]:
        """From every record up to the head, and from each head down."""
        steps = (self._climb_to_head, self._descend, self._climb_one_level)
        while self._todo:
            entity, step = self._todo.popleft()
            if step == 0 and self._waiting.pop(entity.lei, None) is None:
                continue  # it was called before its turn
            if step + 1 < len(steps):
                self._todo.appendleft((entity, step + 1))
            yield from steps[step](entity)

    def _climb_to_head(self, entity: _Entity) -> Iterator[Payload]:
        yield from self._climb(entity, "ultimate")

    def _climb_one_level(self, entity: _Entity) -> Iterator[Payload]:
        yield from self._climb(entity, "direct")

    def _climb(self, entity: _Entity, level: str) -> Iterator[Payload]:
        links = entity.parents.get(level, frozenset())
        if "relationship-record" in links and (entity.lei, level) not in self._told:
            for payload in self._ask(f"lei-records/{entity.lei}/{level}-parent-relationship"):
                yield payload
                for _, parent in _ties_in(payload):
                    yield from self.read_records([parent])
                    if parent in self._waiting:  # before everybody else: the lists of a head tell most other ties
                        self._todo.appendleft((self._waiting[parent], 0))
        elif "reporting-exception" in links:
            yield from self._ask(f"lei-records/{entity.lei}/{level}-parent-reporting-exception")

    def _descend(self, entity: _Entity) -> Iterator[Payload]:
        if "relationship-record" in entity.parents.get("ultimate", frozenset()):
            return  # no head: its own head's lists hold its children
        for level in LEVELS:
            has_children = False
            for page in self._pages(f"lei-records/{entity.lei}/{level}-children"):
                has_children = bool(_items_in(page)) or has_children
                yield page
            if has_children:
                for page in self._pages(f"lei-records/{entity.lei}/{level}-child-relationships"):
                    self._told.update((child, level) for child, _ in _ties_in(page))
                    yield page

    def _pages(self, path: str) -> Iterator[Payload]:
        def ask(number: int) -> Payload:
            return self._client.get(path, {"page[number]": number, "page[size]": PAGE_SIZE})

        for page in read_numbered_pages(ask, _pages_in):
            if page.status != 404:
                self._note(page)
                yield page

    def _ask(self, path: str, query: Mapping[str, str | int] | None = None) -> Iterator[Payload]:
        payload = self._client.get(path, query)
        if payload.status != 404:
            self._note(payload)
            yield payload

    def _note(self, payload: Payload) -> None:
        """Remember the entities of an answer, each once."""
        for entity in _entities_in(payload):
            if entity.lei not in self._seen:
                self._seen.add(entity.lei)
                self._waiting[entity.lei] = entity
                self._todo.append((entity, 0))


def _items_in(payload: Payload) -> list[dict[str, Any]]:
    """The items of an answer; none of one that `parse` will refuse."""
    try:
        return [item for item in _read_document(payload)[1] if isinstance(item, dict)]
    except NotAnAnswerError:
        return []


def _pages_in(payload: Payload) -> int:
    try:
        return int(read_json(payload.body)["meta"]["pagination"]["lastPage"])
    except (NotAnAnswerError, KeyError, TypeError, ValueError):
        return 1


def _ties_in(payload: Payload) -> list[tuple[str, str]]:
    """Child and parent of each relationship record."""
    ties = []
    for item in _items_in(payload):
        if item.get("type") == "relationship-records":
            child, parent = (normalise_lei(_node(item, end)) for end in ("startNode", "endNode"))
            if child and parent:
                ties.append((child, parent))
    return ties


def _entities_in(payload: Payload) -> list[_Entity]:
    found = []
    for item in _items_in(payload):
        if item.get("type") != "lei-records" or normalise_lei(str(item.get("id"))) is None:
            continue
        parents = {level: frozenset(_at(item, "relationships", f"{level}-parent", "links") or {}) for level in LEVELS}
        found.append(_Entity(item["id"], _national_id_of(item), parents))
    return found


def _national_id_of(item: dict[str, Any]) -> tuple[str, str | None]:
    scheme = registration_scheme(str(_at(item, "attributes", "entity", "registeredAt", "id")))
    number = _at(item, "attributes", "entity", "registeredAs")
    return scheme, normalise(scheme, number if isinstance(number, str) else None)


def _at(value: Any, *path: str) -> Any:
    """What stands at a path of objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _node(item: dict[str, Any], end: str) -> str:
    found = _at(item, "attributes", "relationship", end, "id")
    return found if isinstance(found, str) else ""


# ------------------------------------------------------------------------------------------------------ reading


def _read_document(payload: Payload) -> tuple[dict[str, Any], list[Any], str]:
    """The document, its items and their type."""
    document = read_json(payload.body)
    if not isinstance(document, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected a JSON:API document with data")
    if "errors" in document:
        raise NotAnAnswerError(f"the source answers with an error: {str(document['errors'])[:200]}")
    if not isinstance(document.get("data"), dict | list):
        raise NotAnAnswerError(f"no answer of {SOURCE}: data missing")
    items = document["data"] if isinstance(document["data"], list) else [document["data"]]
    kinds = sorted({str(item.get("type")) for item in items if isinstance(item, dict)})
    if isinstance(document["data"], list):
        kinds = kinds or [_kind_of_list(document)]
    if len(kinds) != 1 or kinds[0] not in KNOWN_TYPES:
        raise NotAnAnswerError(f"it holds {' and '.join(kinds)}, which we do not read (read: {', '.join(KNOWN_TYPES)})")
    return document, items, kinds[0]


def _kind_of_list(document: dict[str, Any]) -> str:
    """What an empty list would hold, from its own address."""
    found = LIST_ADDRESS.search(_address_of(document))
    if found is None or found["list"] in CHILDREN_LISTS:
        return "lei-records"
    return "relationship-records" if found["list"] in RELATIONSHIP_LISTS else found["list"]


def _address_of(document: dict[str, Any]) -> str:
    """The address of a list's first page, which says what it lists: without it nobody knows whose children they are."""
    address = str(_at(document, "links", "first") or "")
    if not (LIST_ADDRESS.search(address) or RECORDS_ADDRESS.search(address)):
        raise NotAnAnswerError("a list whose links.first does not say what it lists")
    return address


def _list_of(document: dict[str, Any]) -> _List | None:
    """Which list of children this is a page of, from the document's own links."""
    found = LIST_ADDRESS.search(_address_of(document)) if isinstance(document["data"], list) else None
    if found is None or found["list"] not in (*CHILDREN_LISTS, *RELATIONSHIP_LISTS):
        return None
    counts = [_at(document, "meta", "pagination", name) for name in ("currentPage", "lastPage", "total")]
    if not all(type(count) is int for count in counts):
        raise NotAnAnswerError(
            "a list of children without currentPage, lastPage and total: nobody knows if it is whole"
        )
    page, pages, total = counts
    return _List(found["list"], found["parent"], page, max(pages, 1), total)


def _read_unit(reading: _Reading, item: object) -> None:
    record = reading.record(item)
    lei = _lei(record, "id")
    attributes = record.part("attributes")
    if attributes.text("lei") != lei:
        attributes.reject("data.attributes.lei is not the id of the record")
    row = {"source": SOURCE, "source_key": lei, "lei": lei, **_read_entity(attributes.part("entity"))}
    registration = attributes.part("registration")
    row["record_updated_at"] = registration.instant("lastUpdateDate")
    registration.ignore(*UNUSED_REGISTRATION)
    attributes.ignore("bic", "mic", "ocid", "qcc", "spglobal", "conformityFlag")
    record.part("relationships", optional=True).ignore(*KNOWN_LINKS)
    record.ignore("type", "links")
    reading.keep("legal_units", record, row, "one LEI record")


def _read_entity(entity: Record) -> dict[str, Any]:
    legal_name = entity.part("legalName")
    name = legal_name.filled("name")
    legal_name.ignore("language")
    other_names = {other for field in ("otherNames", "transliteratedOtherNames") for other in _names(entity, field)}
    category = entity.filled("category")
    is_natural = category == "SOLE_PROPRIETOR"
    legal, seat = (_read_address(entity.part(kind)) for kind in ("legalAddress", "headquartersAddress"))
    form = entity.part("legalForm")
    form_code = form.text("id")
    form.ignore("other")
    expiration, successor = entity.part("expiration"), entity.part("successorEntity")
    expiration.ignore("reason")
    life = entity.one_of("status", LIFE)
    if life is None:
        entity.reject("data.attributes.entity.status is empty")
    row = {
        "name": name,
        "other_names": sorted(other_names - {name}),
        **_registration(entity),
        "legal_form_code": None if form_code in NO_LEGAL_FORM else form_code,
        "legal_form_scheme": None if form_code is None or form_code in NO_LEGAL_FORM else "ELF",
        "entity_category": category,
        "is_natural_person": is_natural,
        "diffusion": Diffusion.OPEN,
        "life_status": life,
        "created_on": _day(entity, "creationDate"),
        "ceased_on": _day(expiration, "date"),
        "successor_key": _successor(entity, successor),
        **legal,
        "hq_country_code": seat["country_code"],
    }
    if is_natural:
        row["address_line"] = None  # it may be a home
    entity.ignore("associatedEntity", "eventGroups", "jurisdiction", "otherAddresses", "subCategory")
    return row


def _names(entity: Record, field: str) -> Iterator[str]:
    for other in entity.parts(field):
        if name := other.text("name"):
            yield name
        other.ignore("language", "type")


def _read_address(address: Record) -> dict[str, Any]:
    lines, number = address.texts("addressLines"), address.text("addressNumber", optional=True)
    if number and not any(number in line for line in lines):
        lines.append(number)
    country, region = address.filled("country"), address.text("region")
    found = ISO_REGION.fullmatch(region or "")
    address.ignore("addressNumberWithinBuilding", "language", "mailRouting")
    return {
        "country_code": country,
        "address_line": ", ".join(lines) or None,
        "postal_code": address.text("postalCode"),
        "city": address.text("city"),
        "region_code": region if found and found["country"] == country else None,
    }


def _registration(entity: Record) -> dict[str, str | None]:
    """The number in the entity's own register: of a scheme that we know when it is valid there, else by authority."""
    authority = entity.part("registeredAt")
    code, number = authority.text("id"), entity.text("registeredAs")
    authority.ignore("other")
    if code is None or code in NO_REGISTER or number is None:
        return {"national_id": None, "national_id_scheme": None}
    scheme = registration_scheme(code)
    valid = normalise(scheme, number)
    if valid is None:
        scheme, valid = code, normalise(code, number)
    return {"national_id": valid, "national_id_scheme": scheme if valid else None}


def _successor(entity: Record, successor: Record) -> str | None:
    found = [normalise_lei(successor.text("lei"))]
    successor.ignore("name")
    for other in entity.parts("successorEntities", optional=True):
        found.append(normalise_lei(other.text("lei", optional=True)))
        other.ignore("name")
    return next(filter(None, found), None)


def _read_child(reading: _Reading, item: object, listed: _List) -> None:
    """A list of children says by itself who the parent is."""
    record = reading.record({"id": _at(item, "id")})
    child, kind = _lei(record, "id"), CHILDREN_LISTS[listed.name]
    row: dict[str, Any] = {
        "source_key": _key(child, kind, listed.parent, "list"),
        "child_key": child,
        "parent_key": listed.parent,
    }
    row |= {"source": SOURCE, "kind": kind, "is_active": True}
    reading.keep("relationships", record, row, f"one child in {listed.name}")


def _read_relationship(reading: _Reading, item: object) -> None:
    record = reading.record(item)
    attributes = record.part("attributes")
    relationship, registration = attributes.part("relationship"), attributes.part("registration")
    kind = relationship.one_of("type", KINDS)
    child, parent = (_read_node(relationship.part(end)) for end in ("startNode", "endNode"))
    status = relationship.filled("status")
    started_on, ended_on = _read_periods(relationship)
    deleted_at = attributes.part("extension", optional=True).text("deletedAt", optional=True)
    valid_to = attributes.text("validTo")
    if kind is None:
        relationship.reject("data.attributes.relationship.type is empty")
    row = {
        "source": SOURCE,
        "source_key": _key(child, kind, parent),
        "kind": kind,
        "child_key": child,
        "parent_key": parent,
        "is_active": status == "ACTIVE" and deleted_at is None and valid_to is None,
        "registration_status": registration.text("status"),  # LAPSED: the fee is unpaid, the tie stands
        "started_on": started_on,
        "ended_on": ended_on,
        "record_updated_at": registration.instant("lastUpdateDate"),
    }
    registration.ignore(*UNUSED_REGISTRATION)
    attributes.ignore("validFrom")
    record.part("relationships", optional=True).ignore("start-node", "end-node")
    record.ignore("type", "id", "links")
    reading.keep("relationships", record, row, "one relationship record")


def _read_node(node: Record) -> str | None:
    if node.text("type", optional=True) not in ("LEI", None):
        node.reject(f"{node.path}.type is not LEI")
    return _lei(node, "id")


def _read_periods(relationship: Record) -> tuple[date | None, date | None]:
    """First and last day of the newest RELATIONSHIP_PERIOD; accounting and filing periods are none of the tie's."""
    periods = []
    for period in relationship.parts("periods"):
        start, end = _day(period, "startDate"), _day(period, "endDate")
        if period.text("type") == "RELATIONSHIP_PERIOD":
            periods.append((start, end))
    return max(periods, key=lambda p: p[0] or date.min, default=(None, None))


def _read_exception(reading: _Reading, item: object) -> None:
    record = reading.record(item)
    attributes = record.part("attributes")
    child, kind = _lei(attributes, "lei"), attributes.one_of("category", EXCEPTIONS)
    if kind is None:
        attributes.reject("data.attributes.category is empty")
    valid_to = attributes.text("validTo", optional=True)
    row = {
        "source": SOURCE,
        "source_key": _key(child, kind),
        "kind": kind,
        "child_key": child,
        "exception_reason": attributes.filled("reason"),
        "is_active": valid_to is None,
    }
    attributes.ignore("reference", "validFrom")
    record.part("relationships", optional=True).ignore("lei-record")
    record.ignore("type", "id", "links")
    reading.keep("relationships", record, row, "one reporting exception")


def _key(*parts: str | None) -> str | None:
    """`child|kind|parent`; null where a part could not be read."""
    return "|".join(str(part) for part in parts) if all(parts) else None


def _lei(record: Record, name: str) -> str | None:
    found = record.filled(name)
    lei = normalise_lei(found)
    if found and lei is None:
        record.reject(f"{record.path}.{name} is no LEI (twenty characters, ISO 7064 mod 97-10)")
    return lei


def _day(record: Record, name: str) -> date | None:
    """The calendar day that an instant stands for.

    The source turns a local midnight into UTC, so that 25 July in Germany reads 24 July 22:00 and 6 April in New York
    6 April 05:00: the nearest midnight is meant.
    """
    instant = record.instant(name, optional=name == "endDate")
    try:
        return None if instant is None else (instant + timedelta(hours=12)).date()
    except OverflowError:
        record.reject(f"{record.path}.{name}: no day of our calendar")
        return None


# ---------------------------------------------------------------------------------------------------- handing on


def _batch(reading: _Reading, listed: _List | None) -> Batch:
    frames, refused = to_frames(FRAMES, reading.rows)
    rejected = [*reading.rejected, *refused]
    scopes: tuple[ListScope, ...] = ()
    if listed is not None:
        keys = tuple(frames["relationships"]["source_key"])
        scope = f"{listed.name}:{listed.parent}"
        scopes = (ListScope(scope, ScopeKind.LIST, "relationships", keys, listed.page, listed.pages, listed.total),)
    return make_batch(frames, rejected, reading.unknown, scopes)


def _keys_of(item: object) -> frozenset[str]:
    """Every key under which a record may be asked to go: the entities in it and its own."""
    if not isinstance(item, dict):
        return frozenset()
    child, parent = _node(item, "startNode"), _node(item, "endNode")
    lei = _at(item, "attributes", "lei")
    kind = KINDS.get(str(_at(item, "attributes", "relationship", "type")))
    exception = EXCEPTIONS.get(str(_at(item, "attributes", "category")))
    keys = {str(item.get("id")), str(lei), child, parent, f"{child}|{kind}|{parent}", f"{lei}|{exception}"}
    return frozenset(keys - {""})


def _hide_street(entity: dict[str, Any]) -> None:
    """Country, region and city stay."""
    for name in ("legalAddress", "headquartersAddress"):
        address = entity.get(name)
        if isinstance(address, dict):
            address |= {part: None for part in STREET_PARTS if part in address} | {"addressLines": []}
    for name in ("otherAddresses", "transliteratedOtherAddresses"):
        if name in entity:
            entity[name] = []


def _recount(document: dict[str, Any], gone: int) -> None:
    """The list is whole without those who left: its counts follow."""
    pagination = _at(document, "meta", "pagination")
    if isinstance(pagination, dict):
        for name in ("to", "total"):
            if isinstance(pagination.get(name), int):
                pagination[name] = max(pagination[name] - gone, 0)


def _forget(document: dict[str, Any], source_keys: frozenset[str]) -> None:
    """Other places that name those who left: the address of the list, successors and associated entities."""
    if any(key in str(document.get("links", "")) for key in source_keys):
        document["links"] = {"first": "/lei-records"}  # a list of records that belongs to nobody
    for item in document["data"] if isinstance(document["data"], list) else [document["data"]]:
        entity = _at(item, "attributes", "entity")
        if not isinstance(entity, dict):
            continue
        if f"{STREET_OF}{_at(item, 'attributes', 'lei')}" in source_keys:
            _hide_street(entity)
        for name in ("associatedEntity", "successorEntity"):
            if str(_at(entity, name, "lei")) in source_keys:
                entity[name] = {"lei": None, "name": None}
        if isinstance(entity.get("successorEntities"), list):
            entity["successorEntities"] = [
                s for s in entity["successorEntities"] if str(_at(s, "lei")) not in source_keys
            ]


# What the source always fills, in 157 recorded entities, 121 relationships and the LEI common data format: null there
# is a fault, and rejects the record. Other fields may be null; a whole load without them is caught by its fill rates.
NEVER_NULL = frozenset(
    {
        "data.id", "data.attributes", "data.attributes.lei", "data.attributes.category", "data.attributes.reason",
        "data.attributes.entity", "data.attributes.entity.legalName", "data.attributes.entity.legalName.name",
        "data.attributes.entity.category", "data.attributes.entity.status", "data.attributes.entity.expiration",
        "data.attributes.entity.successorEntity", "data.attributes.entity.otherNames",
        "data.attributes.entity.otherNames[].name", "data.attributes.entity.transliteratedOtherNames",
        "data.attributes.entity.transliteratedOtherNames[].name", "data.attributes.entity.legalForm",
        "data.attributes.entity.registeredAt",
        "data.attributes.entity.legalForm.id", "data.attributes.entity.legalAddress",
        "data.attributes.entity.legalAddress.addressLines", "data.attributes.entity.legalAddress.city",
        "data.attributes.entity.legalAddress.country", "data.attributes.entity.headquartersAddress",
        "data.attributes.entity.headquartersAddress.country", "data.attributes.registration",
        "data.attributes.registration.lastUpdateDate", "data.attributes.registration.status",
        "data.attributes.relationship", "data.attributes.relationship.type", "data.attributes.relationship.status",
        "data.attributes.relationship.startNode", "data.attributes.relationship.startNode.id",
        "data.attributes.relationship.endNode", "data.attributes.relationship.endNode.id",
        "data.attributes.relationship.periods", "data.attributes.relationship.periods[].type",
        "data.attributes.relationship.periods[].startDate",
    }
)  # fmt: skip
# What real answers leave out.
MAY_BE_ABSENT = frozenset(
    {
        "data.attributes.entity.legalAddress.addressNumber", "data.attributes.entity.headquartersAddress.addressNumber",
        "data.attributes.entity.successorEntities",
        "data.attributes.extension", "data.attributes.extension.deletedAt",
        "data.attributes.relationship.periods[].endDate", "data.attributes.relationship.startNode.type",
        "data.attributes.relationship.endNode.type", "data.attributes.validTo", "data.relationships",
    }
)  # fmt: skip

# What the source sends and we leave out.
UNUSED_REGISTRATION = (
    "corroborationDocuments", "corroborationLevel", "corroborationReference", "initialRegistrationDate",
    "managingLou", "nextRenewalDate", "otherValidationAuthorities", "status", "validatedAs", "validatedAt",
)  # fmt: skip
KNOWN_LINKS = (
    "associated-entity", "branches", "direct-children", "direct-parent", "feeder-funds", "field-modifications",
    "fund-manager", "head-office", "isins", "lei-issuer", "managed-funds", "managing-lou", "master-fund", "sub-funds",
    "successor-entity", "successor-entities", "ultimate-children", "ultimate-parent", "umbrella-fund",
)  # fmt: skip
