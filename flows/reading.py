"""From a document to facts: the one path of the night and of `grandcompte read`.

connectors/pages finds candidates, enrich decides; here they meet. Each fact carries its quote and its place.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from connectors.contract import NotAnAnswerError
from connectors.html_page import LARGEST_PAGE, decode_page
from connectors.pages.article import article_lines
from connectors.pages.legal_notice import notice_parts
from connectors.pages.legal_numbers import find_numbers
from connectors.pages.lines import page_title, read_lines
from connectors.pages.map_data import map_lines, state_people
from connectors.pages.nesting import refuse_deep_nesting
from connectors.pages.officer_list import find_officers
from connectors.pages.schema_org import find_structured
from enrich.appointments import Appointment, find_appointments
from enrich.leadership import find_leaders
from enrich.legal_identity import find_identity
from enrich.locations import find_presence
from enrich.registry_acts import is_administration_text, is_borme, read_administration, read_borme
from schemas.provenance import QUOTE_LIMIT

KINDS = ("identity", "leadership", "changes", "presence", "structured")


@dataclass(frozen=True, slots=True)
class Document:
    """One page or text to read.

    Attributes:
        name: what the answer repeats as `doc`.
        body: its bytes.
        url, published, company: what is known beside it, or None.
        charset: what the answer declared, or None.
    """

    name: str
    body: bytes
    url: str | None = None
    published: date | None = None
    company: str | None = None
    charset: str | None = None


def read_document(document: Document, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """The facts of one document, by kind (eval/README, "reading").

    Raises:
        NotAnAnswerError: the document is larger than any page, or made to harm.
    """
    if len(document.body) > LARGEST_PAGE:
        raise NotAnAnswerError(f"{len(document.body)} bytes, more than the {LARGEST_PAGE} of a page")
    text = decode_page(document.body, document.charset)
    refuse_deep_nesting(text)
    answer: dict[str, Any] = {"doc": document.name}
    for kind in kinds:
        answer |= READERS[kind](text, document)
    _shorten_quotes(answer)
    return answer


def _shorten_quotes(value: Any) -> None:
    """Cut every quote to the length that evidence keeps."""
    if isinstance(value, dict):
        if isinstance(value.get("quote"), str):
            value["quote"] = value["quote"][:QUOTE_LIMIT]
        for inner in value.values():
            _shorten_quotes(inner)
    elif isinstance(value, list):
        for inner in value:
            _shorten_quotes(inner)


def _leadership(text: str, document: Document) -> dict[str, Any]:
    lines = read_lines(text)
    leaders = find_leaders(lines, page_title(text)) or find_leaders(state_people(text))
    return {
        "people": [
            {"name": x.name, "title": x.title, "roles": list(x.roles), "quote": x.quote, "place": x.place}
            for x in leaders
        ]
    }


def _changes(text: str, document: Document) -> dict[str, Any]:
    return {"events": [asdict(event) for event in _appointments(text, document)]}


def _appointments(text: str, document: Document) -> list[Appointment]:
    officers = find_officers(text)
    if officers is not None:
        return [
            Appointment(
                x.name, "departure" if x.resigned_on else "appointment", x.role if x.resigned_on else None,
                None if x.resigned_on else x.role, x.resigned_on or x.appointed_on, None, None, x.quote, x.place,
            )
            for x in officers
        ]  # fmt: skip
    lines = article_lines(text)
    whole = " ".join(line.text for line in lines[:50])
    if is_borme(whole):
        return read_borme(whole, lines[0].place)
    if is_administration_text(whole):
        return read_administration(whole, lines[0].place)
    return find_appointments(lines, document.company, document.published)


def _identity(text: str, document: Document) -> dict[str, Any]:
    facts = find_identity(notice_parts(read_lines(text)), find_numbers(text), page_title(text))
    return {
        "identity": {name: fact.value for name, fact in facts.items()},
        "identity_quotes": {name: {"quote": fact.quote, "place": fact.place} for name, fact in facts.items()},
    }


def _presence(text: str, document: Document) -> dict[str, Any]:
    found = find_presence(read_lines(text), map_lines(text), page_title(text) or "")
    proofs = {place.country: {"quote": place.quote, "place": place.place} for place in reversed(found.proofs)}
    return {
        "countries": found.countries,
        "multinational": found.multinational,
        "n_countries": found.n_countries,
        "n_sites": found.n_sites,
        "country_quotes": proofs,
    }


def _structured(text: str, document: Document) -> dict[str, Any]:
    orgs, persons = find_structured(text)
    return {
        kind: [{"name": x.name, "types": x.types, **x.fields, "quote": x.quote, "place": x.place} for x in found]
        for kind, found in (("orgs", orgs), ("persons", persons))
    }


READERS: dict[str, Callable[[str, Document], dict[str, Any]]] = {
    "leadership": _leadership,
    "changes": _changes,
    "identity": _identity,
    "presence": _presence,
    "structured": _structured,
}
