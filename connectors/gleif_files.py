"""GLEIF's golden copy and delta files: JSON in its `$` form, CSV and XML, zipped or not, read in bounded pieces.

Every format is brought to the columns of the CSV (`Entity.LegalName`); `gleif_rows` reads those with expressions.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import polars as pl
from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract import Batch, NotAnAnswerError
from connectors.gleif_rows import KINDS_OF_FILE, batch_of, column_plan
from connectors.strict_xml import SAFE
from connectors.zipped import ZIP, open_single_file

CHUNK = 1 << 20  # bytes read at once
RECORDS_A_BATCH = 20_000
LONGEST_RECORD = 8 << 20  # characters; the longest real one has some thousands
LARGEST_FILE = 30 << 30  # bytes unpacked; the whole golden copy in JSON has about 10 GB
MOST_NAMES = 10  # other names of one entity that are read; more are rare
BEGINNINGS = (b"PK\x03\x04", b'{"records"', b'{"relations"', b'{"exceptions"')
XML_ROOTS = (b"LEIData", b"RelationshipData", b"ReportingExceptionData")
FILE_DAY = re.compile(r"(?P<day>[0-9]{8})-(?P<time>[0-9]{4})-gleif-goldencopy", re.ASCII)


def is_file(body: bytes) -> bool:
    """Whether an answer is one of the files and no answer of the API."""
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return any(root in start for root in XML_ROOTS)
    is_csv = re.match(rb'"?(LEI|Relationship\.StartNode\.NodeID)"?,', start) is not None
    return is_csv or re.sub(rb"\s+", b"", start[:40]).startswith(BEGINNINGS)


def published(name: str) -> datetime | None:
    """When a file was published (UTC), from its name `20240505-0000-gleif-goldencopy-lei2-intra-day.json`."""
    found = FILE_DAY.search(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found["day"] + found["time"], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def read_file(stream: BinaryIO) -> Iterator[Batch]:
    """Read one file, twenty thousand records a batch; memory does not grow with the file.

    Raises:
        NotAnAnswerError: neither format, a file of another kind, cut, or a zip that holds more than one file.
    """
    stream = io.BufferedReader(cast(Any, stream))
    start = stream.peek(4096)[:4096]
    if start.startswith(ZIP):
        with open_single_file(stream, LARGEST_FILE) as (_, inner):
            yield from read_file(inner)
        return
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        yield from _in_batches(json_records(stream), flat_json)
    elif text.startswith(b"<"):
        yield from _in_batches(_xml_records(stream), flat_xml)
    else:
        yield from _read_csv(stream)


# --------------------------------------------------------------------------------------------------------- JSON


def json_records(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The objects of the one list of a document, without ever holding the document."""
    decoder = json.JSONDecoder()
    reader = io.TextIOWrapper(stream, "utf-8-sig", errors="strict")
    try:
        text = reader.read(CHUNK)
        start = re.match(r'\s*\{\s*"(?:records|relations|exceptions)"\s*:\s*\[', text)
        if start is None:
            raise NotAnAnswerError("no file of GLEIF: expected an object with a list of records")
        place = start.end()
        while True:
            found = re.compile(r"[\s,]*").match(text, place)
            place = found.end() if found else place
            if place < len(text) and text[place] == "]":
                return
            try:
                value, place = decoder.raw_decode(text, place)
            except (json.JSONDecodeError, IndexError):
                more = reader.read(CHUNK)
                if not more or len(text) - place > LONGEST_RECORD:
                    raise NotAnAnswerError("the file is cut, or a record of it is no JSON") from None
                text, place = text[place:] + more, 0
                continue
            except RecursionError:
                raise NotAnAnswerError("the JSON is nested too deep") from None
            if not isinstance(value, dict):
                raise NotAnAnswerError("the file holds something else than records")
            yield value
            if place > CHUNK:
                text, place = text[place:], 0
    except UnicodeDecodeError as error:
        raise NotAnAnswerError(f"no UTF-8: byte {error.start} of a piece cannot be read") from None


def flat_json(value: dict[str, Any]) -> dict[str, str]:
    """A record of `{"$": text}` leaves under the names of the CSV's columns; lists are numbered from 1."""
    for wrapper in ("LEIRecord", "RelationshipRecord", "Exception"):
        if isinstance(value.get(wrapper), dict) and "LEI" not in value:
            value = value[wrapper]
    flat: dict[str, str] = {}
    _flatten(value, "", flat)
    return flat


def _flatten(value: dict[str, Any], above: str, flat: dict[str, str]) -> None:
    for name, inner in value.items():
        if inner.__class__ is dict:
            text = inner.get("$")
            if text.__class__ is str:
                flat[above + name] = text
                if (kind := inner.get("@type")) is not None:
                    flat[f"{above}{name}.type"] = kind
            else:
                _flatten(inner, f"{above}{name}.", flat)
        elif inner.__class__ is list:
            for number, one in enumerate(inner[:MOST_NAMES], 1):
                _flatten({f"{name}.{number}": one}, above, flat)
        elif name[0] != "@" and inner is not None and name != "$":
            flat[f"{above}{name}!"] = ""  # no `{"$": text}`: heard under its name, never read


# ---------------------------------------------------------------------------------------------------------- XML

RECORD_TAGS = ("LEIRecord", "RelationshipRecord", "Exception")


def _xml_records(stream: BinaryIO) -> Iterator[Any]:
    """The record elements one after the other; each is freed before the next is read."""
    try:
        events = etree.iterparse(
            stream, events=("end",), tag=[f"{{*}}{tag}" for tag in RECORD_TAGS], remove_comments=True, remove_pis=True,
            **{**SAFE, "huge_tree": False, "dtd_validation": False},
        )  # fmt: skip
        for number, (_, element) in enumerate(events):
            if number == 0 and element.getroottree().docinfo.doctype:
                raise NotAnAnswerError("the XML brings a document type, which may hide entities; none is read")
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAnAnswerError(f"no XML: {str(error)[:200]}") from None


def flat_xml(element: Any) -> dict[str, str]:
    """A record element under the names of the CSV's columns."""
    flat: dict[str, str] = {}
    _flatten_element(element, "", flat)
    return flat


LISTS = frozenset(
    {
        "AdditionalAddressLine", "ExceptionReason", "LegalEntityEvent", "OtherAddress", "OtherEntityName",
        "RelationshipPeriod", "SuccessorEntity", "TransliteratedOtherAddress", "TransliteratedOtherEntityName",
    }
)  # fmt: skip


def _flatten_element(element: Any, above: str, flat: dict[str, str]) -> None:
    counts: dict[str, int] = {}
    for inner in element:
        name = etree.QName(inner).localname
        if name in LISTS:
            counts[name] = counts.get(name, 0) + 1
            name = f"{name}.{counts[name]}"
        if len(inner):
            _flatten_element(inner, f"{above}{name}.", flat)
        elif inner.text and inner.text.strip():
            flat[above + name] = inner.text
            if (kind := inner.get("type")) is not None:
                flat[f"{above}{name}.type"] = kind


# ---------------------------------------------------------------------------------------------------------- CSV


def _read_csv(stream: BinaryIO) -> Iterator[Batch]:
    """The CSV in pieces that end with a record: a line end inside quotes belongs to a value."""
    header = stream.readline()
    try:
        names = next(csv.reader([header.decode("utf-8-sig")]), [])
    except UnicodeDecodeError:
        raise NotAnAnswerError("no UTF-8: the header cannot be read") from None
    kind, columns = column_plan(names)
    wanted = [name for name in names if name in columns]
    unknown = tuple(sorted(name[:80] for name in names if not KINDS_OF_FILE[kind].knows(name)))
    plain = header.decode("utf-8-sig").encode()
    held = b""
    while True:
        piece = stream.read(CHUNK * 16)
        held += piece
        cut = _end_of_record(held) if piece else len(held)
        if cut:
            yield from _csv_batches(plain + held[:cut], kind, wanted, unknown)
            held = held[cut:]
        if not piece:
            return
        if len(held) > LONGEST_RECORD * 8:
            raise NotAnAnswerError("a record of the CSV has no end")


def _end_of_record(data: bytes) -> int:
    """Where the last whole record ends: after a line end that an even number of quotes stands before."""
    cut = data.rfind(b"\n") + 1
    while cut and data.count(b'"', 0, cut) % 2:
        cut = data.rfind(b"\n", 0, cut - 1) + 1
    return cut


def _csv_batches(data: bytes, kind: str, wanted: list[str], unknown: tuple[str, ...]) -> Iterator[Batch]:
    try:
        frame = pl.read_csv(data, columns=wanted, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise NotAnAnswerError(f"no CSV of GLEIF: {str(error).splitlines()[0][:200]}") from None
    for part in frame.iter_slices(RECORDS_A_BATCH):
        yield batch_of(kind, part, unknown)


def _in_batches(records: Iterator[Any], flatten: Callable[[Any], dict[str, str]]) -> Iterator[Batch]:
    """Frames of flat records. What no column of ours is called is heard, if we do not know it by name."""
    kind, columns = "", frozenset[str]()
    rows: list[dict[str, str]] = []
    seen: set[str] = set()
    for record in records:
        flat = flatten(record)
        if not kind:
            kind, columns = column_plan(flat)
        rows.append(flat)
        seen.update(flat)
        if len(rows) == RECORDS_A_BATCH:
            yield _flat_batch(kind, columns, rows, seen)
            rows, seen = [], set()
    if rows:
        yield _flat_batch(kind, columns, rows, seen)


def _flat_batch(kind: str, columns: frozenset[str], rows: list[dict[str, str]], seen: set[str]) -> Batch:
    unknown = tuple(sorted(name.rstrip("!")[:80] for name in seen if not KINDS_OF_FILE[kind].knows(name)))
    data = {name: [row.get(name) for row in rows] for name in sorted(columns)}
    return batch_of(kind, pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)), unknown)
