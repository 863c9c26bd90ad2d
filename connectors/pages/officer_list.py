"""Officers that a register's JSON answer lists: Companies House and its like."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ListedOfficer:
    """One officer of a list; nationality, birth date and residence are left behind."""

    name: str
    role: str | None
    appointed_on: str | None
    resigned_on: str | None
    quote: str
    place: str


def find_officers(text: str) -> list[ListedOfficer] | None:
    """The officers of a JSON document, or None when the text is no such document."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = value.get("items") if isinstance(value, dict) else value
    if not isinstance(items, list):
        return None
    found = [
        _officer(item, i)
        for i, item in enumerate(items)
        if isinstance(item, dict) and isinstance(item.get("name"), str)
    ]
    return [officer for officer in found if officer.role or officer.appointed_on or officer.resigned_on]


def _officer(item: dict[str, Any], index: int) -> ListedOfficer:
    name, role, came, left = (
        item.get(key) if isinstance(item.get(key), str) else None
        for key in ("name", "officer_role", "appointed_on", "resigned_on")
    )
    family, _, given = (name or "").partition(", ")
    shown = f"{given} {family.title() if family.isupper() else family}".strip() if given else family
    quote = ", ".join(
        part for part in (name, role, came and f"appointed on {came}", left and f"resigned on {left}") if part
    )
    return ListedOfficer(shown, role, came, left, quote, f"items[{index}]")
