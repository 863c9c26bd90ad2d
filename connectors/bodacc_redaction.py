"""Taking one company out of an archived BODACC notice, in the structured parts and wherever its number is written."""

import re
from typing import Any

from connectors.bodacc_notices import PARTIES, PUBLICATIONS, loads, sirens_in
from connectors.strict_json import write_json
from schemas.identifiers import normalise_siren


def redact_record(record: object, source_keys: frozenset[str]) -> object | None:
    """The notice without these companies, or None when it names nobody else; v1.0 fields stand one level deeper."""
    if not isinstance(record, dict):
        return record
    if "fields" in record:
        fields = redact_record(record["fields"], source_keys)
        return None if fields is None and record["fields"] is not None else {**record, "fields": fields}
    named = _sirens_of(record)
    key = notice_key_of(record)
    hit = {siren for siren in named if siren in source_keys or f"{key}|{siren}" in source_keys}
    if not hit and not any(_spelled(siren).search(str(record)) for siren in source_keys if siren.isdigit()):
        return record
    if named and not named - hit:
        return None
    written = hit | {siren for siren in source_keys if siren.isdigit()}
    return {name: _without(name, value, hit, written) for name, value in record.items()}


def notice_key_of(record: dict[str, Any]) -> str:
    """The notice_key that reading the record gives."""
    letter, number = str(record.get("publicationavis")), str(record.get("numeroannonce")).strip()
    if number.isascii() and number.isdigit():
        number = str(int(number))
    return f"{PUBLICATIONS.get(letter, letter)}|{record.get('parution')}|{number}"


def _sirens_of(record: dict[str, Any]) -> set[str]:
    registered = record.get("registre")
    texts = registered.split(",") if isinstance(registered, str) else registered if isinstance(registered, list) else []
    found = {siren for text in texts if isinstance(text, str) and (siren := normalise_siren(text))}
    for name in PARTIES:
        if isinstance(record.get(name), str):
            found |= sirens_in(loads(record[name]))
    return found


def _without(name: str, value: Any, hit: set[str], written: set[str]) -> Any:
    if name == "registre" and isinstance(value, str):
        return ",".join(text for text in value.split(",") if normalise_siren(text) not in hit)
    if name == "registre" and isinstance(value, list):
        return [text for text in value if not (isinstance(text, str) and normalise_siren(text) in hit)]
    if name == "commercant" and hit:
        return None  # the names of all parties in one text
    if name in PARTIES and isinstance(value, str) and hit:
        value = _without_persons(value, hit)
    return _scrubbed(value, written)


def _without_persons(text: str, hit: set[str]) -> str | None:
    content = loads(text)
    if not isinstance(content, dict) or "personne" not in content:
        return text
    people = content["personne"] if isinstance(content["personne"], list) else [content["personne"]]
    kept = [person for person in people if not sirens_in(person) & hit]
    if len(kept) == len(people):
        return text
    return write_json({**content, "personne": kept}).decode() if kept else None


def _scrubbed(value: Any, sirens: set[str]) -> Any:
    """The same value with the numbers themselves taken out of its texts."""
    if isinstance(value, str):
        for siren in sirens:
            value = _spelled(siren).sub("", value)
        return value
    if isinstance(value, list):
        return [_scrubbed(inner, sirens) for inner in value]
    if isinstance(value, dict):
        return {name: _scrubbed(inner, sirens) for name, inner in value.items()}
    return value


def _spelled(siren: str) -> re.Pattern[str]:
    return re.compile(r"[\s\u00a0.]?".join(re.escape(digit) for digit in siren))
