"""Companies House's bulk files: companies every month (CSV, also zipped), control every day (one JSON a line).

Both come by download and import: they stand on another host than the interface, and are larger than an answer may be.
They are read in parts of 20,000 records, one batch a part.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from connectors.companies_house_records import FRAMES, SCHEME, SOURCE, Reading, country_of_name, read_control
from connectors.contract import STREET_OF, Batch, NotAnAnswerError, Rejected
from connectors.fields import clean
from connectors.rows import make_batch, to_frames
from connectors.strict_json import read_json
from connectors.zipped import ZIP, open_zip
from schemas.identifiers import normalise_company_number
from schemas.provenance import Payload
from schemas.vocabulary import Diffusion, LifeStatus

PART = 20_000
LARGEST = 4 * 2**30  # bytes of one unpacked file; the whole register has about 2.6 GB
CEASED_STATUS = ("dissolved", "converted", "closed", "removed")
STREET = ("RegAddress.AddressLine1", "RegAddress.AddressLine2", "RegAddress.PostCode")
USED = ("CompanyName", "CompanyNumber", "CompanyStatus", "CompanyCategory", "CountryOfOrigin", "IncorporationDate",
        "DissolutionDate", "RegAddress.PostTown", "SICCode.SicText_1", *STREET)  # fmt: skip
FORMER = tuple(f"PreviousName_{n}.CompanyName" for n in range(1, 11))
KNOWN_BEGINNINGS = (
    "RegAddress.", "Accounts.", "Returns.", "Mortgages.", "SICCode.", "LimitedPartnerships.", "PreviousName_",
    "ConfStmt", "URI",
)  # fmt: skip


def is_file(body: bytes) -> bool:
    """Whether these bytes are one of the bulk files, by how they begin."""
    start = body[:200].lstrip(b"\xef\xbb\xbf").lstrip()
    if start.startswith(ZIP) or start.replace(b'"', b"").startswith(b"CompanyName,"):
        return True
    return start.startswith(b'{"company_number"') and b'"data"' in start[:60]


def read_file(payload: Payload) -> Iterator[Batch]:
    """The rows of a bulk file, a part at a time.

    Raises:
        NotAnAnswerError: no UTF-8, a damaged zip, or a table without the columns that name a company.
    """
    body = payload.body
    if body.startswith(ZIP):
        for name, text in _unpack(body):
            yield from _read_companies(text) if name.lower().endswith(".csv") else _read_control(text)
    elif body[:400].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
        yield from _read_control(_lines(body))
    else:
        yield from _read_companies(_lines(body))


def redact_file(body: bytes, source_keys: frozenset[str]) -> bytes | None:
    """The file without the lines of these companies; a zipped one is written unpacked."""
    if not source_keys:
        return body
    text = io.StringIO("".join("".join(t) for _, t in _unpack(body))) if body.startswith(ZIP) else _lines(body)
    lines = list(text)
    if lines and lines[0].lstrip("\ufeff").startswith("{"):
        kept = [line for line in lines if not _control_keys(line) & source_keys]
        return "".join(kept).encode() if any(_control_keys(line) for line in kept) else None
    return _redact_companies(lines, source_keys)


def _unpack(body: bytes) -> Iterator[tuple[str, Iterable[str]]]:
    try:
        with open_zip(body, LARGEST) as (packed, files):
            for one in files:
                with packed.open(one) as stream:
                    yield one.filename, io.TextIOWrapper(stream, "utf-8-sig", newline="")
    except (NotAnAnswerError, UnicodeDecodeError) as error:
        raise NotAnAnswerError(f"no bulk file of {SOURCE}: {error}") from None


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Lists of PART rows; the last one may be shorter."""
    stream = iter(rows)
    while part := list(islice(stream, PART)):
        yield part


def _lines(body: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline="")


# ----------------------------------------------------------------------------------------------------- companies


def _read_companies(lines: Iterable[str]) -> Iterator[Batch]:
    try:
        table = csv.reader(lines)
        header = [name.strip() for name in next(table, [])]  # some cells of the header begin with a space
        if missing := [name for name in USED if name not in header]:
            raise NotAnAnswerError(f"no bulk file of {SOURCE}: columns {', '.join(missing)} missing")
        unknown = tuple(n for n in header if n not in USED and not n.startswith(KNOWN_BEGINNINGS))
        part: list[list[str]] = next(_parts(table), [])
        yield _companies(header, part, unknown)  # an empty month as well
        for part in _parts(table):
            yield _companies(header, part, unknown)
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotAnAnswerError(f"no bulk file of {SOURCE}: {error}") from None


def _companies(header: list[str], cells: Iterable[list[str]], unknown: tuple[str, ...]) -> Batch:
    reading = Reading(unknown=set(unknown))
    for row in cells:
        if not row:
            continue
        if len(row) != len(header):
            reason = f"{len(row)} cells where the header has {len(header)}"
            reading.rejected.append(Rejected(None, reason, "one company"))
            continue
        _read_row(reading, dict(zip(header, map(clean, row), strict=True)))
    return _batch(reading)


def _read_row(reading: Reading, cells: dict[str, str]) -> None:
    number = normalise_company_number(cells["CompanyNumber"])
    try:
        if number is None or not cells["CompanyName"]:
            raise ValueError("CompanyNumber or CompanyName cannot be read")
        row = {
            "source": SOURCE,
            "source_key": number,
            "name": cells["CompanyName"],
            "other_names": sorted({cells[n] for n in FORMER if cells.get(n)} - {cells["CompanyName"]}),
            "country_code": _country(cells["CountryOfOrigin"]),
            "national_id": number,
            "national_id_scheme": SCHEME,
            "legal_form_code": cells["CompanyCategory"] or None,
            "legal_form_scheme": f"{SCHEME}-LABEL" if cells["CompanyCategory"] else None,
            "is_natural_person": False,
            "diffusion": Diffusion.OPEN,
            "life_status": _life(cells["CompanyStatus"]),
            "created_on": _day(cells["IncorporationDate"]),
            "ceased_on": _day(cells["DissolutionDate"]),
            **_activity(cells["SICCode.SicText_1"]),
            "address_line": ", ".join(filter(None, (cells[name] for name in STREET[:2]))) or None,
            "postal_code": cells["RegAddress.PostCode"] or None,
            "city": cells["RegAddress.PostTown"] or None,
        }
    except ValueError as error:
        reading.rejected.append(Rejected(number, str(error), "one company"))
    else:
        reading.rows["legal_units"].append(row)


def _country(origin: str) -> str | None:
    """`United Kingdom` or where a company comes from; unknown stays unknown."""
    return "GB" if origin.casefold() in ("united kingdom", "") else country_of_name(origin)


def _life(status: str) -> LifeStatus:
    if not status:
        return LifeStatus.UNKNOWN
    return LifeStatus.CEASED if status.casefold().startswith(CEASED_STATUS) else LifeStatus.ACTIVE


def _day(text: str) -> date | None:
    """dd/mm/yyyy."""
    if not text:
        return None
    try:
        day, month, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"expected a day as dd/mm/yyyy, found {text[:20]!r}") from None


def _activity(text: str) -> dict[str, str | None]:
    """`68320 - Management of real estate`; `None Supplied` is none."""
    code = text.partition(" - ")[0]
    known = code if code.isascii() and code.isdigit() and len(code) in (4, 5) else None
    code5 = known.zfill(5) if known else None
    return {"activity_code": code5, "activity_code_scheme": "UK-SIC2007" if code5 else None}


def _redact_companies(lines: list[str], source_keys: frozenset[str]) -> bytes | None:
    table = list(csv.reader(lines))
    header = [name.strip() for name in table[0]] if table else []
    if "CompanyNumber" not in header:
        raise NotAnAnswerError(f"no bulk file of {SOURCE}: column CompanyNumber missing")
    at, streets = header.index("CompanyNumber"), [header.index(name) for name in STREET if name in header]
    kept = []
    for row in table[1:]:
        number = normalise_company_number(row[at]) if len(row) > at else None
        if number in source_keys:
            continue
        if f"{STREET_OF}{number}" in source_keys:
            row = ["" if n in streets else cell for n, cell in enumerate(row)]
        kept.append(row)
    if not kept:
        return None
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([table[0], *kept])
    return text.getvalue().encode()


# ------------------------------------------------------------------------------------------------------- control


def _read_control(lines: Iterable[str]) -> Iterator[Batch]:
    try:
        for part in _parts(line for line in lines if line.strip()):
            reading = Reading()
            for line in part:
                _read_line(reading, line)
            yield _batch(reading)
    except UnicodeDecodeError as error:
        raise NotAnAnswerError(f"no bulk file of {SOURCE}: {error}") from None


def _read_line(reading: Reading, line: str) -> None:
    """`company_number` and `data`; the last line, the totals, has no company."""
    try:
        value = read_json(line.encode())
    except NotAnAnswerError as error:
        reading.rejected.append(Rejected(None, str(error), "one line of control"))
        return
    told = value.get("company_number") if isinstance(value, dict) else None
    number = normalise_company_number(told if isinstance(told, str) else None)
    data = value.get("data") if isinstance(value, dict) else None
    if number is None and not (isinstance(data, dict) and str(data.get("kind")).startswith("totals#")):
        reading.rejected.append(Rejected(None, "company_number is no company number", "one line of control"))
        return
    reading.unknown.update(name[:60] for name in value if name not in ("company_number", "data"))
    read_control(reading, data, number or "", "data")


def _control_keys(line: str) -> frozenset[str]:
    """Both ends of what a line tells."""
    try:
        value = read_json(line.encode())
    except NotAnAnswerError:
        return frozenset()
    reading = Reading()
    _read_line(reading, line)
    ties = {str(row[n]) for row in reading.rows["relationships"] for n in ("source_key", "child_key", "parent_key")}
    told = value.get("company_number") if isinstance(value, dict) else None
    number = normalise_company_number(told if isinstance(told, str) else None)
    return frozenset({*ties, number or ""} - {""})


def _batch(reading: Reading) -> Batch:
    frames, refused = to_frames(FRAMES, reading.rows)
    return make_batch(frames, (*reading.rejected, *refused), reading.unknown)
