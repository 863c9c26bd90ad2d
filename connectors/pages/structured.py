"""Organisations that a page describes in JSON-LD (schema.org), each block read on its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup

from connectors.contract import NotAnAnswerError
from connectors.domains import registrable_domain
from connectors.hostile_text import clean_name
from connectors.strict_json import read_json, write_json
from schemas.identifiers import normalise_lei, normalise_siren, normalise_siret, normalise_vat
from schemas.provenance import QUOTE_LIMIT

MOST_BLOCKS = 50
MOST_ORGANISATIONS = 20
LONGEST_NUMBER = 60
WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$"
)
# Types of schema.org that are companies; LocalBusiness has more than a hundred kinds, so their endings count too.
TYPES = frozenset({
    "Organization", "Corporation", "LocalBusiness", "OnlineBusiness", "OnlineStore", "Store", "FinancialService",
    "BankOrCreditUnion", "InsuranceAgency", "ProfessionalService", "MedicalOrganization", "NewsMediaOrganization",
    "Airline", "Consortium", "GovernmentOrganization", "NGO", "EducationalOrganization", "AutomotiveBusiness",
    "HomeAndConstructionBusiness", "LodgingBusiness", "FoodEstablishment",
})  # fmt: skip
SITE_TYPES = frozenset({"WebSite", "WebPage", "AboutPage", "ContactPage"})
# ISO 6523 codes (`0002:552032534`): SIRENE, SIRET, LEI, and the VAT number of France
ISO_6523 = {"0002": "FR-RCS", "0009": "FR-SIRET", "0199": "LEI", "9957": "VAT"}
READERS = {"FR-RCS": normalise_siren, "FR-SIRET": normalise_siret, "LEI": normalise_lei, "VAT": normalise_vat}
NAMED = {"siren": "FR-RCS", "siret": "FR-SIRET", "lei": "LEI", "vat": "VAT", "tva": "VAT", "rcs": "FR-RCS"}


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation of a page's JSON-LD.

    Attributes:
        name, legal_name, url: as the page has them, cleaned; empty when absent.
        numbers: (scheme, value, quote) of each valid identifier, in the order of the fields; the quote is the field.
        is_about_the_site: its address, where it gives one, is of the page's own domain.
    """

    name: str
    legal_name: str
    url: str
    numbers: tuple[tuple[str, str, str], ...]
    is_about_the_site: bool


def find_organisations(soup: BeautifulSoup, domain: str) -> list[Organisation]:
    """The organisations of a page: those that stand at the top of a block, and the publisher of its site.

    What hangs below another one (parent, subsidiaries, members, customers) is somebody else.

    Args:
        soup: the page.
        domain: registrable domain of the page.
    """
    found = [_read_organisation(node, domain) for node in _organisations(soup)]
    return found[:MOST_ORGANISATIONS]


def _organisations(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    for block in _blocks(soup):
        for node in _top_nodes(block):
            if _types(node) & TYPES:
                yield node
            elif _types(node) & SITE_TYPES:
                for publisher in _listed(node.get("publisher")):
                    if isinstance(publisher, dict) and _types(publisher) & TYPES:
                        yield publisher


def _blocks(soup: BeautifulSoup) -> Iterator[Any]:
    for tag in soup.find_all("script", type=re.compile(r"^application/ld\+json", re.IGNORECASE), limit=MOST_BLOCKS):
        text = WRAPPING.sub("", tag.get_text())
        try:
            yield read_json(text.strip().encode())
        except (NotAnAnswerError, UnicodeError):
            continue  # one broken block says nothing, and nothing about the others


def _top_nodes(block: Any) -> Iterator[dict[str, Any]]:
    for node in _listed(block):
        if isinstance(node, dict):
            yield node
            yield from (inner for inner in _listed(node.get("@graph")) if isinstance(inner, dict))


def _read_organisation(node: dict[str, Any], domain: str) -> Organisation:
    url = _text(node.get("url"))
    own = registrable_domain(url)
    return Organisation(
        name=clean_name(_text(node.get("name"))),
        legal_name=clean_name(_text(node.get("legalName"))),
        url=url,
        numbers=tuple(dict.fromkeys(_numbers(node))),
        is_about_the_site=own is None or own == domain,
    )


def _numbers(node: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for field, schemes in (
        ("taxID", ("FR-RCS", "FR-SIRET", "VAT")),
        ("vatID", ("VAT",)),
        ("leiCode", ("LEI",)),
        ("iso6523Code", ()),
        ("identifier", ()),
    ):
        for value in _listed(node.get(field)):
            for scheme, text in _read_number(value, schemes):
                number = READERS[scheme](text) if len(text) <= LONGEST_NUMBER else None
                if number is not None:
                    yield scheme, number, _quote(field, value)


def _read_number(value: Any, schemes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The (scheme, text) pairs that one value may stand for."""
    if isinstance(value, dict):
        label = f"{_text(value.get('propertyID'))} {_text(value.get('name'))}".lower()
        text = _text(value.get("value"))
        yield from ((scheme, text) for word, scheme in NAMED.items() if re.search(rf"\b{word}\b", label, re.ASCII))
        return
    text = _text(value)
    code, colon, rest = text.partition(":")
    if colon and code in ISO_6523:
        yield ISO_6523[code], rest
        return
    if colon and code.strip().lower() in NAMED:
        yield NAMED[code.strip().lower()], rest
        return
    yield from ((scheme, text) for scheme in schemes)


def _quote(field: str, value: Any) -> str:
    if isinstance(value, dict):  # the number and what it is called, and nothing else that may stand beside
        value = {
            name: value[name] for name in ("propertyID", "name", "value") if isinstance(value.get(name), str | int)
        }
    return clean_name(f'"{field}":{write_json(value).decode()}', QUOTE_LIMIT)


def _types(node: dict[str, Any]) -> set[str]:
    return {str(name).rpartition("/")[2] for name in _listed(node.get("@type"))}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
