"""GLEIF's files without somebody: in the form in which they came, every other record as it was."""

import csv
import io
import re
import zipfile
from typing import Any, cast

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract import STREET_OF
from connectors.gleif_files import LARGEST_FILE, RECORD_TAGS, flat_json, flat_xml, json_records
from connectors.gleif_rows import EXCEPTIONS, TIES
from connectors.strict_json import write_json
from connectors.strict_xml import SAFE
from connectors.zipped import open_single_file

STREET = re.compile(r"(?:First|Additional)AddressLine|AddressNumber|MailRouting")
LIST_NAME = re.compile(rb'"(records|relations|exceptions)"')


def redact_file(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    """The file without these entities (LEI), their ties and exceptions, and without the streets behind STREET_OF.

    Returns:
        None where nothing else was in it.

    Raises:
        NotAnAnswerError: the file cannot be read.
    """
    if body.startswith(b"PK\x03\x04"):
        return _redact_zip(body, source_keys)
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return _redact_json(body, source_keys)
    return _redact_xml(body, source_keys) if start.startswith(b"<") else _redact_csv(body, source_keys)


def is_named(flat: dict[str, str], source_keys: frozenset[str]) -> bool:
    """Whether a record is about one of these entities, or one of these rows."""
    child, parent = flat.get("Relationship.StartNode.NodeID", ""), flat.get("Relationship.EndNode.NodeID", "")
    kind = TIES.get(flat.get("Relationship.RelationshipType", ""), "")
    category = EXCEPTIONS.get(flat.get("Exception.Category") or flat.get("ExceptionCategory", ""), "")
    lei = flat.get("LEI", "")
    successors = {text for name, text in flat.items() if name.endswith("SuccessorLEI")}
    return bool(source_keys & {lei, child, parent, f"{child}|{kind}|{parent}", f"{lei}|{category}", *successors})


def _redact_json(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    kept, gone = [], 0
    for record in json_records(io.BytesIO(body)):
        flat = flat_json(record)
        if is_named(flat, source_keys):
            gone += 1
            continue
        if f"{STREET_OF}{flat.get('LEI')}" in source_keys:
            _hide_street(record)
        kept.append(record)
    found = LIST_NAME.search(body)
    return None if gone and not kept else write_json({found[1].decode() if found else "records": kept})


def _hide_street(record: dict[str, Any]) -> None:
    """Country, region and city stay."""
    entity = record.get("Entity")
    for address in entity.values() if isinstance(entity, dict) else ():
        if isinstance(address, dict):
            for name in [name for name in address if STREET.search(name) or name == "PostalCode"]:
                del address[name]


def _redact_csv(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    header = next(rows)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    kept = gone = 0
    for row in rows:
        flat = dict(zip(header, row, strict=False))
        if is_named(flat, source_keys):
            gone += 1
            continue
        if f"{STREET_OF}{flat.get('LEI')}" in source_keys:
            row = ["" if STREET.search(n) or n.endswith("PostalCode") else c for n, c in zip(header, row, strict=False)]
        writer.writerow(row)
        kept += 1
    return None if gone and not kept else out.getvalue().encode()


def _redact_xml(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    root = etree.fromstring(body, etree.XMLParser(**{**SAFE, "huge_tree": True}))
    records = [element for tag in RECORD_TAGS for element in root.iter(f"{{*}}{tag}")]
    kept = len(records)
    for element in records:
        flat = flat_xml(element)
        if is_named(flat, source_keys):
            element.getparent().remove(element)
            kept -= 1
        elif f"{STREET_OF}{flat.get('LEI')}" in source_keys:
            for line in [one for one in element.iter() if STREET.search(str(one.tag)) or "PostalCode" in str(one.tag)]:
                line.getparent().remove(line)
    return None if records and not kept else cast(bytes, etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _redact_zip(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    with open_single_file(body, LARGEST_FILE) as (member, stream):
        left = redact_file(stream.read(), source_keys)
    if left is None:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(zipfile.ZipInfo(member.filename, member.date_time), left, zipfile.ZIP_DEFLATED)
    return out.getvalue()
