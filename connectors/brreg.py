"""Brønnøysundregistrene: Norway's legal units, their officers and their groups (SOURCES section 10.1)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.brreg_records import (
    FRAMES,
    MAY_BE_ABSENT,
    NEVER_NULL,
    SCHEME,
    SOURCE,
    Reading,
    numbers_in_tree,
    read_roles,
    read_tree,
    read_unit,
    redact_roles,
    redact_tree,
    redact_unit,
)
from connectors.contract import Batch, ListScope, NotAnAnswerError, SourceTerms
from connectors.rotation import is_turn_of
from connectors.rows import make_batch, to_frames
from connectors.strict_json import read_json, write_json
from schemas.identifiers import normalise
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

__all__ = ["CONNECTOR", "MAY_BE_ABSENT", "NEVER_NULL"]

NUMBERS_A_CALL = 100  # of one question; the address stays under 2,000 characters
MOST_EACH_NIGHT = 1_000  # units asked for every night: 2,300 questions at most, eight minutes at our pace
MOST_UPDATES = 1_000  # of one page; the source shows 10,000 of one question
# A departure is believed when three rosters lack the officer: whoever changed is asked for on four nights.
LOOK_BACK = timedelta(days=4)
SOLE_TRADER = "ENK"
GONE = frozenset({404, 410})  # no such unit; deleted for good

TERMS = SourceTerms(
    title="Enhetsregisteret (Central Coordinating Register for Legal Entities)",
    publisher="Brønnøysundregistrene",
    homepage="https://data.brreg.no/enhetsregisteret/api/dokumentasjon/en/index.html",
    base_url="https://data.brreg.no/enhetsregisteret/api",
    licence="NLOD-2.0",
    attribution="Contains data under the Norwegian licence for Open Government data (NLOD 2.0), Brønnøysundregistrene",
    personal_data=(
        "Roles name persons with their full birth day, of which the month is read. Sole traders (ENK) are natural "
        "persons: they are marked, their street is not read, their roles are not asked for. The register knows no "
        "opposition to publication."
    ),
    requests_per_second=5.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=None,
    own_limit="lists show 10,000 records of one question",
)


class Brreg:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The Norwegian units of the window with their rosters, and the groups that they belong to.

        Without Norwegian numbers nothing is asked. Up to 1,000 are asked for every night; of more, those that the
        register says it changed, the new ones, and a seventh of the others, so that each is seen once a week.
        """
        numbers = [n for text in window.identifiers.get(SCHEME, ()) if (n := normalise(SCHEME, text))]
        if window.since is not None and len(numbers) > MOST_EACH_NIGHT:
            changed = yield from _changed(client, numbers, window.since - LOOK_BACK, window.until)
            today = (window.until or window.since).date()
            known = window.told & set(numbers)
            numbers = [n for n in numbers if n in changed or n not in known or is_turn_of(n, today)]
        yield from _Round(client).visit(numbers)

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One unit or a page of units, one unit's roles, or the tree of a group; lists of changes hold no facts."""
        reading = Reading()
        if payload.status not in GONE and not payload.key.startswith("oppdateringer/"):
            document = _read_document(payload)
            if "rollegrupper" in document:
                read_roles(reading, document)
            elif "children" in document:
                read_tree(reading, document)
            else:
                path = "" if "organisasjonsnummer" in document else "_embedded.enheter[]"
                for item in _units_of(document, reading.unknown):
                    read_unit(reading, item, path)
        yield _batch(reading)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these units (number) and every role or tie of theirs, or without these rows."""
        document = _read_document(payload)
        if "rollegrupper" in document:
            left = redact_roles(document, source_keys)
        elif "children" in document:
            left = redact_tree(document, source_keys)
        else:
            left = _redact_units(document, source_keys)
        return None if left is None else write_json(left)


CONNECTOR = Brreg()


# ------------------------------------------------------------------------------------------------------- asking


class _Round:
    """Visits each unit once: its record, then its roster, then its group, whose members are looked up as well."""

    def __init__(self, client: "PoliteClient") -> None:
        self._client = client
        self._seen: set[str] = set()
        self._in_groups: set[str] = set()

    def visit(self, numbers: Iterable[str]) -> Iterator[Payload]:
        """Records, rosters and groups of these units."""
        found: list[dict[str, Any]] = []
        for page in self._look_up(numbers):
            found += _units_in(page)
            yield page
        for unit in found:
            number = str(unit.get("organisasjonsnummer"))
            if unit.get("slettedato") or _form_of(unit) == SOLE_TRADER:
                continue
            yield from self._ask(f"enheter/{number}/roller")
            if unit.get("erIKonsern") is True and number not in self._in_groups:
                yield from self._read_group(number)

    def _look_up(self, numbers: Iterable[str]) -> Iterator[Payload]:
        """Records by number, a hundred a call; one that the list leaves out may be deleted: its own page tells."""
        wanted = [number for number in dict.fromkeys(numbers) if number not in self._seen]
        self._seen.update(wanted)
        for start in range(0, len(wanted), NUMBERS_A_CALL):
            some = wanted[start : start + NUMBERS_A_CALL]
            page = self._client.get("enheter", {"organisasjonsnummer": ",".join(some), "size": NUMBERS_A_CALL})
            yield page
            shown = {str(unit.get("organisasjonsnummer")) for unit in _units_in(page)}
            for number in some:
                if shown and number not in shown:
                    yield from self._ask(f"enheter/{number}")

    def _read_group(self, number: str) -> Iterator[Payload]:
        for tree in self._ask(f"konsernstruktur/{number}"):
            members = numbers_in_tree(_document_or_nothing(tree))
            self._in_groups |= members
            yield tree
            yield from self._look_up(sorted(members))

    def _ask(self, path: str) -> Iterator[Payload]:
        payload = self._client.get(path, judged=GONE)
        if payload.status not in GONE:  # no roles, no group, no such unit: nothing is said
            yield payload


def _changed(client: "PoliteClient", numbers: list[str], since: datetime, until: datetime | None) -> Any:
    """Which of these units, or of their rosters, the register changed since then; yields the lists of changes."""
    found: set[str] = set()
    for start in range(0, len(numbers), NUMBERS_A_CALL):
        some = ",".join(numbers[start : start + NUMBERS_A_CALL])
        moment = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        units = client.get("oppdateringer/enheter", {"organisasjonsnummer": some, "dato": moment, "size": MOST_UPDATES})
        roles = client.get(
            "oppdateringer/roller", {"organisasjonsnummer": some, "afterTime": moment, "size": MOST_UPDATES}
        )
        for page in (units, roles):
            told = _changes_in(page)
            # a full page may hide others: then whoever was asked about counts as changed
            found |= told if len(told) < MOST_UPDATES else set(some.split(","))
            yield page
    return found


def _changes_in(page: Payload) -> set[str]:
    """The numbers in a list of changes: `oppdaterteEnheter` of units, CloudEvents of rosters."""
    try:
        document = read_json(page.body)
    except NotAnAnswerError:
        return set()
    if isinstance(document, dict):
        embedded = document.get("_embedded")
        document = embedded.get("oppdaterteEnheter") if isinstance(embedded, dict) else []
    events = [event for event in document or [] if isinstance(event, dict)]
    inner = [event["data"] if isinstance(event.get("data"), dict) else event for event in events]
    return {str(event.get("organisasjonsnummer")) for event in inner}


def _document_or_nothing(payload: Payload) -> dict[str, Any]:
    """The document, or an empty one where `parse` will refuse it."""
    try:
        return _read_document(payload)
    except NotAnAnswerError:
        return {}


def _units_in(payload: Payload) -> list[dict[str, Any]]:
    document = _document_or_nothing(payload)
    return [unit for unit in _units_of(document, set()) if isinstance(unit, dict)] if document else []


def _form_of(unit: dict[str, Any]) -> str | None:
    form = unit.get("organisasjonsform")
    return form.get("kode") if isinstance(form, dict) else None


# ------------------------------------------------------------------------------------------------------ reading


def _read_document(payload: Payload) -> dict[str, Any]:
    document = read_json(payload.body)
    known = ("rollegrupper", "children", "_embedded", "organisasjonsnummer", "page")
    if not isinstance(document, dict) or not any(name in document for name in known):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object with one of {', '.join(known)}")
    return document


def _units_of(document: dict[str, Any], unknown: set[str]) -> list[Any]:
    """The units of a page, or the one unit that an answer is."""
    if "organisasjonsnummer" in document:
        if "_links" not in document:
            raise NotAnAnswerError(f"no answer of {SOURCE}: a unit has _links, a group has children")
        return [document]
    unknown.update(name[:60] for name in document if name not in ("_embedded", "_links", "page"))
    embedded = document.get("_embedded", {"enheter": []})  # an empty page has none
    if not isinstance(embedded, dict) or not isinstance(embedded.get("enheter"), list):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected _embedded.enheter, a list")
    if "_embedded" not in document and not _is_empty_page(document):
        raise NotAnAnswerError(f"no answer of {SOURCE}: page counts units, but _embedded is missing")
    unknown.update(f"_embedded.{name[:60]}" for name in embedded if name != "enheter")
    return list(embedded["enheter"])


def _is_empty_page(document: dict[str, Any]) -> bool:
    page = document.get("page")
    return isinstance(page, dict) and page.get("totalElements") == 0


def _batch(reading: Reading) -> Batch:
    frames, refused = to_frames(FRAMES, reading.rows)
    rejected = [*reading.rejected, *refused]
    scopes: tuple[ListScope, ...] = ()
    if reading.scope is not None:
        kept = tuple(frames[reading.scope.frame]["source_key"])
        total = len(kept) + len(rejected)
        scopes = (ListScope(reading.scope.name, reading.scope.kind, reading.scope.frame, kept, total=total),)
    return make_batch(frames, rejected, reading.unknown, scopes)


def _redact_units(document: dict[str, Any], source_keys: frozenset[str]) -> dict[str, Any] | None:
    units = _units_of(document, set())
    left = [kept for unit in units if (kept := redact_unit(unit, source_keys)) is not None]
    if len(left) < len(units) and not left:
        return None
    if "organisasjonsnummer" in document:
        return dict(left[0])
    if "_embedded" in document:
        document["_embedded"]["enheter"] = left
    gone, page = len(units) - len(left), document.get("page")
    if gone and isinstance(page, dict) and type(page.get("totalElements")) is int:
        page["totalElements"] = max(page["totalElements"] - gone, 0)
    if any(key in str(document.get("_links", "")) for key in source_keys):
        document["_links"] = {}  # the address of the list names whom it was asked about
    return document
