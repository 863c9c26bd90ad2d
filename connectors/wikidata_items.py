"""What one item of Wikidata says of a company: rank and qualifiers first, the value only then (SOURCES section 8).

Of several statements the preferred ones count, else the normal ones, never a deprecated one or one that has ended.
Two different values of one identifier are none: nobody can tell which company is meant.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from connectors.contract import NotAnAnswerError, RecordRejectedError, Rejected
from connectors.domains import registrable_domain
from connectors.fields import Record
from connectors.rows import Row
from schemas.frames import Corroboration, LegalUnit
from schemas.identifiers import normalise
from schemas.vocabulary import CorroboratedProperty, Diffusion, LifeStatus

SOURCE = "wikidata"
FRAMES = {"legal_units": LegalUnit, "corroborations": Corroboration}
# Which property holds which identifier; the first that an item has is the number in its own register.
REGISTERS = {"P1616": "FR-RCS", "P2622": "GB-COH", "P2333": "NO-BRC", "P5531": "US-SEC-CIK"}
LEI, WEB_SITE, EMPLOYEES, FOUNDED, DISSOLVED, INSTANCE = "P1278", "P856", "P1128", "P571", "P576", "P31"
PARENT = "P749"
READ = (*REGISTERS, LEI, WEB_SITE, EMPLOYEES, FOUNDED, DISSOLVED, INSTANCE, PARENT)
ENDED = "P582"
HUMAN = "Q5"
LANGUAGES = ("fr", "en", "mul")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]+)*|simple", re.ASCII)
ITEM, PROPERTY = re.compile(r"Q[1-9][0-9]*", re.ASCII), re.compile(r"P[1-9][0-9]*", re.ASCII)
DAY = re.compile(r"\+([0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00Z", re.ASCII)
TO_THE_DAY = 11  # precision 9 is a year, 10 a month: their day is 00 or 01 and means nothing
RANKS = {"preferred": 2, "normal": 1, "deprecated": 0}
VALUES = {"string": "text", "time": "time", "quantity": "amount", "wikibase-entityid": "id"}
UNUSED_IN_VALUES = (
    "after", "before", "calendarmodel", "entity-type", "lowerBound", "numeric-id", "timezone", "unit", "upperBound",
)  # fmt: skip
KINDS = {"value": True, "somevalue": False, "novalue": False}
PATH = "entities.*"


@dataclass
class Reading:
    """What one answer has given so far."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FRAMES})
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


class Statement(NamedTuple):
    """One statement that counts: its id, what it says, how it is ranked."""

    key: str
    value: Any
    rank: int


def read_items(reading: Reading, entities: dict[str, Any]) -> None:
    """The items of an answer; what is no item is heard."""
    for key, value in entities.items():
        if not ITEM.fullmatch(key):
            reading.unknown.add(f"entities.{key[:60]}")
        elif not (isinstance(value, dict) and "missing" in value):
            _read_item(reading, key, value)


def _read_item(reading: Reading, key: str, value: object) -> None:
    item = Record(value, PATH, reading.unknown, never_null=NEVER_NULL)
    if item.filled("id") != key:
        item.reject(f"{PATH}.id is not the key that it stands under")  # a redirect: asked for again under its new id
    name, others = _read_names(item)
    said = _read_claims(item)
    modified = item.instant("modified", optional=True)
    item.ignore("descriptions", "lastrevid", "ns", "pageid", "sitelinks", "title", "type")
    numbers = {scheme: _only(said[p], scheme) for p, scheme in {**REGISTERS, LEI: "LEI"}.items()}
    scheme = next((scheme for scheme in REGISTERS.values() if numbers[scheme]), None)
    if scheme is None and numbers["LEI"] is None:
        item.reject(f"{PATH}.claims holds no identifier ({', '.join((*REGISTERS, LEI))}), or more than one value of it")
    if name is None:
        item.reject(f"{PATH}.labels has no name in {', '.join(LANGUAGES)}")
    row = {
        "source": SOURCE,
        "source_key": key,
        "name": name,
        "other_names": sorted(others - {name}),
        "national_id": numbers[scheme] if scheme else None,
        "national_id_scheme": scheme,
        "lei": numbers["LEI"],
        "is_natural_person": False,
        "diffusion": Diffusion.OPEN,
        "life_status": LifeStatus.CEASED if said[DISSOLVED] else LifeStatus.UNKNOWN,
        "created_on": _first_day(said[FOUNDED]),
        "ceased_on": _first_day(said[DISSOLVED]),
        "record_updated_at": modified,
    }
    try:
        item.close()
    except RecordRejectedError as error:
        lost = Rejected(key, str(error), "one item")
        reading.rejected += [lost] * (1 + _count_beside(value))  # what it says beside goes with it
        return
    if any(_item_of(statement.value) == HUMAN for statement in said[INSTANCE]):
        return  # a person is no company, whatever number stands on the page
    reading.rows["legal_units"].append(row)
    reading.rows["corroborations"] += [
        {"source": SOURCE, "unit_key": key, "record_updated_at": modified, **told} for told in _corroborations(said)
    ]


def _read_names(item: Record) -> tuple[str | None, set[str]]:
    labels, aliases = item.part("labels"), item.part("aliases", optional=True)
    found = []
    for language in LANGUAGES:
        label = labels.part(language, optional=True)
        found.append(label.text("value"))
        label.ignore("language")
    others = {name for name in found if name}
    for language in LANGUAGES:
        for alias in aliases.parts(language, optional=True):
            others |= {text for text in [alias.text("value")] if text}
            alias.ignore("language")
    for part in (labels, aliases):
        part.ignore(*(name for name in part.names() if LANGUAGE.fullmatch(name)))
    return next((name for name in found if name), None), others


def _read_claims(item: Record) -> dict[str, list[Statement]]:
    """The statements that count, by property."""
    claims = item.part("claims")
    said = {name: _best([_read_statement(one) for one in claims.parts(name, optional=True)]) for name in READ}
    claims.ignore(*(name for name in claims.names() if PROPERTY.fullmatch(name)))
    return said


def _read_statement(statement: Record) -> Statement | None:
    """One statement, or None for one that does not count."""
    snak = statement.part("mainsnak")
    has_value = snak.one_of("snaktype", KINDS)
    found = _read_value(snak.part("datavalue")) if has_value else None
    snak.ignore("datatype", "datavalue", "hash", "property")
    rank = statement.one_of("rank", RANKS)
    qualifiers = statement.part("qualifiers", optional=True)
    ended = qualifiers.raw(ENDED, list)
    qualifiers.ignore(*(name for name in qualifiers.names() if PROPERTY.fullmatch(name)))
    key = statement.filled("id")
    statement.ignore("qualifiers-order", "references", "type")
    return Statement(key, found, rank) if has_value and rank and not ended else None


def _read_value(value: Record) -> Any:
    """A text, or the part of a structured value that says it."""
    kind = value.one_of("type", VALUES)
    if kind is None:
        value.reject(f"{value.path}.type is empty")
        value.ignore("value")
        return None
    if kind == "text":
        return value.filled("value")
    inner = value.part("value")
    found: dict[str, Any] = {kind: inner.filled(kind)}
    if kind == "time":
        found["precision"] = inner.integer("precision")
    inner.ignore(*UNUSED_IN_VALUES)
    return found


def _best(statements: list[Statement | None]) -> list[Statement]:
    """Those of the best rank that there is."""
    counted = [one for one in statements if one is not None]
    best = max((one.rank for one in counted), default=0)
    return [one for one in counted if one.rank == best]


def _only(statements: list[Statement], scheme: str) -> str | None:
    """The one identifier that the statements name; None when they name two, or none that is valid."""
    found = {normalise(scheme, one.value) for one in statements if isinstance(one.value, str)}
    return found.pop() if len(found) == 1 else None


def _first_day(statements: list[Statement]) -> date | None:
    days = [day for one in statements if (day := _day_of(one.value)) is not None]
    return min(days, default=None)


def _day_of(value: Any) -> date | None:
    """The day that a time means, null where only the month or year is known."""
    found = DAY.fullmatch(str(value.get("time"))) if isinstance(value, dict) else None
    if found is None or value.get("precision") != TO_THE_DAY:
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return None


def _item_of(value: Any) -> str | None:
    return value.get("id") if isinstance(value, dict) else None


def _corroborations(said: dict[str, list[Statement]]) -> list[dict[str, Any]]:
    """Web sites, parents and employees: what others may be compared with, never an event of its own."""
    told: list[dict[str, Any]] = []
    readers: tuple[tuple[str, CorroboratedProperty, Callable[[Any], str | None]], ...] = (
        (WEB_SITE, CorroboratedProperty.WEB_SITE, registrable_domain),
        (PARENT, CorroboratedProperty.PARENT, _item_of),
        (EMPLOYEES, CorroboratedProperty.EMPLOYEES, _count_of),
    )
    for name, what, read in readers:
        for one in said[name]:
            if one.key and one.value is not None and (value := read(one.value)):
                told.append({"source_key": one.key, "property": what, "value": value, "is_preferred": one.rank == 2})
    return told


def _count_beside(value: Any) -> int:
    """How many statements an item that cannot be read has beside its identifiers."""
    claims = value.get("claims") if isinstance(value, dict) else None
    lists = [claims.get(name) for name in (WEB_SITE, PARENT, EMPLOYEES)] if isinstance(claims, dict) else []
    return sum(len(one) for one in lists if isinstance(one, list))


def _count_of(value: Any) -> str | None:
    found = re.fullmatch(r"\+?([0-9]{1,9})", str(value.get("amount")), re.ASCII) if isinstance(value, dict) else None
    return found[1] if found else None


def entities_of(document: Any) -> dict[str, Any]:
    """The items of an answer.

    Raises:
        NotAnAnswerError: no answer of `wbgetentities`.
    """
    if isinstance(document, dict) and "error" in document:
        raise NotAnAnswerError(f"the source answers with an error: {str(document['error'])[:200]}")
    if not isinstance(document, dict) or not isinstance(document.get("entities"), dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected entities, or the result of a search")
    return dict(document["entities"])


# What every item has: null there rejects it.
NEVER_NULL = frozenset(
    {
        "entities.*.id", "entities.*.labels", "entities.*.claims", "entities.*.claims.P1616[].mainsnak",
        "entities.*.claims.P1616[].mainsnak.snaktype", "entities.*.claims.P1616[].rank",
    }
)  # fmt: skip
# What real items leave out.
MAY_BE_ABSENT = frozenset(
    {
        *(f"entities.*.labels.{language}" for language in ("fr", "en")),
        "entities.*.aliases", "entities.*.aliases.fr", "entities.*.modified",
        *(f"entities.*.claims.{name}" for name in ("P1616", "P1278", "P856", "P571", "P1128", "P749", "P31", "P576")),
        *(f"entities.*.claims.{name}[].qualifiers" for name in ("P856",)),
        *(f"entities.*.claims.{name}[].qualifiers.P582" for name in ("P856",)),
        "entities.*",
    }
)  # fmt: skip
