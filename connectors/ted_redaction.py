"""Taking one unit out of an archived TED notice: its organisation or address, and wherever its number is written."""

import re
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract_parties import Party
from connectors.ted_notices import every, old_party_of, party_of, read_notice

OLD_ADDRESSES = ("ADDRESS_CONTRACTING_BODY", "ADDRESS_CONTRACTING_BODY_ADDITIONAL", "ADDRESS_CONTRACTOR")


def redact_notice(body: bytes, root: Any, source_keys: frozenset[str]) -> bytes | None:
    """The notice without these units or rows; the same bytes where it names none of them.

    A winner's name stands in other places too (TenderReference, titles of lots): with a hit those texts go as well.
    """
    named = [(element, party) for element, party in _named(root) if party is not None]
    hit = {party.key for _, party in named if _is_hit(party, root, source_keys)}
    numbers = hit | {key for key in source_keys if key.isdigit()}
    if not hit and not any(number.encode() in body for number in numbers):
        return body
    units = {row["unit_key"] for row in read_notice(root)}
    if units and not units - hit:
        return None
    for element, party in named:
        if party.key in hit:
            _remove(element)
    for name in ("TenderReference", "ContractReference"):
        for element in list(every(root, name)):
            _remove(element)
    for element in root.iter():
        _scrub(element, {key.rpartition("|")[2] for key in numbers})
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _named(root: Any) -> list[tuple[Any, Party | None]]:
    companies = [(element.getparent(), party_of(element)) for element in every(root, "Company")]
    addresses = [(element, old_party_of(element)) for name in OLD_ADDRESSES for element in every(root, name)]
    return companies + addresses


def _is_hit(party: Party, root: Any, source_keys: frozenset[str]) -> bool:
    if party.key in source_keys:
        return True
    return any(row["source_key"] in source_keys for row in read_notice(root) if row["unit_key"] == party.key)


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _scrub(element: Any, numbers: set[str]) -> None:
    for number in numbers:
        spelled = re.compile(r"[\s.\u00a0]?".join(re.escape(digit) for digit in number))
        element.text = spelled.sub("", element.text) if element.text else element.text
        element.tail = spelled.sub("", element.tail) if element.tail else element.tail
        for name, value in element.attrib.items():
            element.set(name, spelled.sub("", value))
