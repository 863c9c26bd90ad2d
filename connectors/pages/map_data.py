"""Places that scripts carry: the data of a shop finder or a map."""

import json
import re
from typing import Any

from connectors.pages.json_mending import read_json_block
from schemas.page_text import Line

STATE = re.compile(r"<script\b[^<>]{0,400}(?:application/json|__NEXT_DATA__|__NUXT__)[^<>]{0,200}>", re.IGNORECASE)
COUNTRY_KEY = re.compile(
    r"[\"']?(?:country(?:_?code|_?name)?|pays|land|addressCountry)[\"']?\s*:\s*[\"'](?P<value>[^\"'<>{}]{2,40})[\"']",
    re.IGNORECASE,
)
PLACE_NEAR = re.compile(r"[\"']?(?:lat(?:itude)?|lng|city|ville|address|street|postal|zip)[\"']?\s*:", re.IGNORECASE)
NEAR = 400  # characters
MOST_PLACES = 3_000
LARGEST_SCRIPT = 1_500_000


def map_lines(text: str) -> list[Line]:
    """One line a place: the country that the place's record names, beside a coordinate, a street or a city."""
    found: list[Line] = []
    for hit in COUNTRY_KEY.finditer(text[:LARGEST_SCRIPT]):
        around = text[max(0, hit.start() - NEAR) : hit.end() + NEAR]
        if (
            PLACE_NEAR.search(around)
            and "addressCountry" not in hit[0]
            and not re.search(r"<option|dial_?code|phone_?code|currency", around, re.IGNORECASE)
        ):
            found.append(Line(hit["value"].strip(), "state", "main", len(found) + 1))
            if len(found) >= MOST_PLACES:
                break
    return found


def state_people(text: str) -> list[Line]:
    """Name and title of each person of a page's state, as two lines (`__NEXT_DATA__`, JSON in scripts)."""
    lines: list[Line] = []
    for opening in STATE.finditer(text):
        end = text.find("</script", opening.end())
        block = text[opening.end() : end if end >= 0 else len(text)]
        if not re.search(r"\"(?:jobTitle|job_title|position|role|title|fonction|poste)\"", block):
            continue
        for value in read_json_block(block):
            _walk(value, lines, 0)
    return lines


NAME_KEYS = ("name", "fullName", "full_name", "nom", "displayName")
TITLE_KEYS = ("jobTitle", "job_title", "position", "role", "fonction", "poste", "designation", "function", "title")


def _walk(value: Any, lines: list[Line], depth: int) -> None:
    if depth > 40 or len(lines) > 2_000:
        return
    if isinstance(value, list):
        for inner in value:
            _walk(inner, lines, depth + 1)
    elif isinstance(value, dict):
        name = next((value[key] for key in NAME_KEYS if isinstance(value.get(key), str)), None)
        if name is None and isinstance(value.get("firstName"), str) and isinstance(value.get("lastName"), str):
            name = f"{value['firstName']} {value['lastName']}"
        title = next((value[key] for key in TITLE_KEYS if isinstance(value.get(key), str)), None)
        if name and title and len(name) < 70 and len(title) < 160:
            lines.append(Line(name.strip(), "state", "main", len(lines) + 1))
            lines.append(Line(title.strip(), "state", "main", len(lines) + 1))
        for inner in value.values():
            if isinstance(inner, dict | list):
                _walk(inner, lines, depth + 1)
            elif isinstance(inner, str) and inner[:1] in "[{" and len(inner) < 200_000:
                try:
                    _walk(json.loads(inner), lines, depth + 1)
                except (ValueError, RecursionError):
                    continue
