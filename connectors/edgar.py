"""SEC EDGAR (United States): filers, current reports, insiders, subsidiaries (SOURCES section 7)."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import STREET_OF, Batch, NotAnAnswerError, SourceTerms
from connectors.edgar_records import (
    EVENT_FORMS,
    FRAMES,
    MAY_BE_ABSENT,
    NEVER_NULL,
    SOURCE,
    Reading,
    classify_item_502,
    columns_of,
    notice_key,
    read_events,
    read_filer,
    read_insiders,
    read_subsidiaries,
    without_state,
)
from connectors.fields import clean
from connectors.html_page import parse_html
from connectors.rows import make_batch, to_frames
from connectors.strict_json import read_json, write_json
from connectors.strict_xml import parse_xml
from schemas.identifiers import normalise_cik
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import NoticeFamily, NoticeKind, NoticeParty

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

__all__ = ["CONNECTOR", "MAY_BE_ABSENT", "NEVER_NULL", "Edgar"]

SCHEME = "US-SEC-CIK"
DOCUMENTS = "https://www.sec.gov"
TICKERS = "files/company_tickers.json"
FEED = "cgi-bin/browse-edgar"
FEED_PAGE, FEED_END = 100, 5_000  # start >= 5100 is answered with 503
FEED_PAYS = 60  # companies on the watch list from which reading the feed first saves requests
FEED_REACH = timedelta(days=2)
FIRST_NIGHT = timedelta(days=92)
OVERLAP = timedelta(days=1)
FORMS_READ = frozenset({"3", "3/A"})
IN_ADDRESS = re.compile(r"(?:CIK|/data/|data_)0*(?P<cik>[1-9][0-9]{0,9})(?![0-9])", re.ASCII)
ACCESSION = re.compile(r"(?<![0-9])(?P<filer>[0-9]{10})-?(?P<year>[0-9]{2})-?(?P<number>[0-9]{6})(?![0-9])", re.ASCII)
STYLED = re.compile(r"^xsl[A-Za-z0-9]+/", re.ASCII)  # the form dressed for reading; the bare XML lies beside
EXHIBIT_21 = re.compile(
    r'href="(?P<path>/Archives/edgar/data/[0-9]{1,10}/[0-9]{18}/[A-Za-z0-9_.-]{1,120})"[^>]{0,200}>[^<]{0,200}</a>'
    r"[^<]{0,80}</td>\s{0,80}<td[^>]{0,80}>\s{0,20}EX-21",
    re.ASCII,
)
EARLIEST = re.compile(
    r"(?:(?P<before>[A-Z][a-z]{2,8} [0-9]{1,2}, ?[0-9]{4}) )?(?i:date of report \(date of earliest event reported\))"
    r" ?:? ?(?P<after>[A-Z][a-z]{2,8} [0-9]{1,2} ?, ?[0-9]{4})?"
)
FEED_CIK = re.compile(r"\((?P<cik>[0-9]{10})\) \((?:Filer|Issuer|Subject)\)", re.ASCII)
DECLARATION = re.compile(rb"^\s{0,20}<\?xml[^>]{0,200}\?>")  # reports are XHTML, read like any page
ATOM = "{http://www.w3.org/2005/Atom}"
ENDINGS = re.compile(r"\b(?:incorporated|inc|corporation|corp|company|co|plc|ltd|limited|sa|ag|se|nv|the)\b|[^a-z0-9]")

TERMS = SourceTerms(
    title="EDGAR",
    publisher="U.S. Securities and Exchange Commission (SEC)",
    homepage="https://www.sec.gov/search-filings/edgar-application-programming-interfaces",
    base_url="https://data.sec.gov",
    licence="public-domain",
    attribution="Source: U.S. Securities and Exchange Commission, EDGAR (public domain)",
    personal_data=(
        "Insiders (forms 3, 4 and 5) with name, office and address: the address and what they hold are not read. A "
        "filer who only tells of his own holdings may be a natural person and leaves no row. Names in the text of a "
        "report are not kept. The source knows no objection to use: ours is held against insiders."
    ),
    requests_per_second=8.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=90,
    own_limit="10 requests/s in all; blocked for about 10 min above",
    needs_contact=True,
)


class Edgar:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = tuple(FRAMES)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The filings of each company of the window, and the documents of new ones that tell of insiders or changes.

        Names are looked up in the list of tickers. Where many companies are watched, the feed of current reports tells
        first who filed at all.
        """
        wanted = list(window.identifiers.get(SCHEME, ()))
        if window.names:
            listed = client.get(TICKERS, sister=DOCUMENTS)
            yield listed
            wanted += _named_in(listed, window.names)
        wanted = list(dict.fromkeys(cik for text in wanted if (cik := normalise_cik(text))))
        known = [cik for cik in wanted if cik in window.told]
        if len(known) >= FEED_PAYS and window.since and window.until and window.until - window.since <= FEED_REACH:
            active: set[str] | None = set()
            for page, ciks in _feed(client, window.since):
                yield page
                active = None if ciks is None or active is None else active | ciks
            if active is not None:
                wanted = [cik for cik in wanted if cik in active or cik not in window.told]
        for cik in wanted:
            yield from _read_filer(client, cik, window)

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """A filer, an overflow file of filings, a list of tickers, the feed, an ownership form, or a document."""
        reading = Reading()
        start = payload.body[:2000].lstrip(b"\xef\xbb\xbf \r\n\t")
        if b"<ownershipDocument" in start:
            read_insiders(reading, parse_xml(payload.body))
        elif start.startswith(b"<?xml") and b"<feed" in start:
            _entries_of(payload.body)  # who filed is read from his own list, with its dates
        elif start.startswith(b"<") and _cik_of(payload) is not None:
            _read_document(reading, payload)
        else:
            _read_json(reading, payload)
        yield _batch(reading)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these filers (CIK), filings or insiders (keys of rows)."""
        start = payload.body[:2000].lstrip(b"\xef\xbb\xbf \r\n\t")
        if start.startswith(b"<"):
            return payload.body if not source_keys or not _touches(self, payload, source_keys) else None
        return _redact_json(payload, source_keys)


CONNECTOR = Edgar()


# ------------------------------------------------------------------------------------------------------- asking


def _named_in(listed: Payload, names: tuple[str, ...]) -> list[str]:
    """The CIK of each listed company that bears one of these names; a company has a line for each of its shares."""
    try:
        document = read_json(listed.body)
    except NotAnAnswerError:
        return []
    lines = document.values() if isinstance(document, dict) else []
    by_name: dict[str, str] = {}
    for line in lines:
        if isinstance(line, dict) and (cik := normalise_cik(str(line.get("cik_str")))):
            by_name.setdefault(_core(str(line.get("title"))), cik)
    return [by_name[core] for name in names if (core := _core(name)) and core in by_name]


def _core(name: str) -> str:
    return ENDINGS.sub("", without_state(name.strip()).casefold().replace(".", ""))


def _read_filer(client: "PoliteClient", cik: str, window: Watermark) -> Iterator[Payload]:
    page = client.get(f"submissions/CIK{cik}.json")
    if page.status == 404:
        return
    yield page
    first = window.since - OVERLAP if window.since else (window.until or datetime.max) - FIRST_NIGHT
    since, until = first.date(), window.until.date() if window.until else date.max
    filings, overflow = _filings_in(page)
    for name in overflow if window.since else ():
        if name["filingTo"] >= str(since) and name["filingFrom"] <= str(until):
            more = client.get(f"submissions/{name['name']}")
            if more.status != 404:
                yield more
                filings += _filings_in(more)[0]
    for filing in filings:
        if str(since) <= filing["filingDate"] <= str(until):
            yield from _documents(client, cik, filing)


def _documents(client: "PoliteClient", cik: str, filing: dict[str, str]) -> Iterator[Payload]:
    """The document of a form 3 or of an item 5.02, and the exhibit 21 of an annual report."""
    folder = f"Archives/edgar/data/{int(cik)}/{filing['accessionNumber'].replace('-', '')}"
    main = STYLED.sub("", filing["primaryDocument"])
    is_wanted = filing["form"] in FORMS_READ or (filing["form"] in EVENT_FORMS and "5.02" in filing["items"].split(","))
    if is_wanted and re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", main, re.ASCII):
        yield from _one(client, f"{folder}/{main}")
    if filing["form"] in ("10-K", "10-K/A"):
        for index in _one(client, f"{folder}/{filing['accessionNumber']}-index.html"):
            yield index
            if found := EXHIBIT_21.search(index.body.decode("utf-8", "replace")):
                yield from _one(client, found["path"])


def _one(client: "PoliteClient", path: str) -> Iterator[Payload]:
    page = client.get(path, sister=DOCUMENTS)
    if page.status != 404:
        yield page


def _filings_in(page: Payload) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Filings and overflow files; none of an answer that `parse` will refuse."""
    try:
        document = read_json(page.body)
        held = document.get("filings") if isinstance(document, dict) else None
        recent = held.get("recent") if isinstance(held, dict) else document
        filings = columns_of(recent, "", set())
    except NotAnAnswerError:
        return [], []
    files = held.get("files") if isinstance(held, dict) else None
    good = [f for f in files or () if isinstance(f, dict) and all(isinstance(f.get(n), str) for n in OVERFLOW)]
    return filings, [f for f in good if re.fullmatch(r"CIK[0-9]{10}-submissions-[0-9]{3}\.json", f["name"], re.ASCII)]


OVERFLOW = ("name", "filingFrom", "filingTo")


def _feed(client: "PoliteClient", since: datetime) -> Iterator[tuple[Payload, set[str] | None]]:
    """Pages of the feed back to `since`, with the companies in them; None when it does not reach so far."""
    for start in range(0, FEED_END, FEED_PAGE):
        query: dict[str, str | int] = {"action": "getcurrent", "count": FEED_PAGE, "start": start, "output": "atom"}
        page = client.get(FEED, query, sister=DOCUMENTS)
        try:
            entries = _entries_of(page.body)
        except NotAnAnswerError:
            yield page, None
            return
        oldest = min((moment for _, moment in entries), default=None)
        is_short = oldest is None or (start + FEED_PAGE >= FEED_END and oldest > since)
        yield page, None if is_short else {cik for cik, _ in entries}
        if oldest is None or oldest <= since - OVERLAP:
            return


def _entries_of(body: bytes) -> list[tuple[str, datetime]]:
    """Filer and instant of each entry; the feed is written in ISO-8859-1 and says so itself."""
    root = parse_xml(body)
    if root.tag != f"{ATOM}feed":
        raise NotAnAnswerError(f"no answer of {SOURCE}: XML, but no Atom feed")
    found = []
    for entry in root.iterfind(f"{ATOM}entry"):
        title, updated = (entry.findtext(f"{ATOM}{name}") or "" for name in ("title", "updated"))
        filer = FEED_CIK.search(title)
        try:
            moment = datetime.fromisoformat(updated)
        except ValueError:
            continue
        if filer and moment.tzinfo is not None:
            found.append((filer["cik"], moment))
    return found


# ------------------------------------------------------------------------------------------------------ reading


def _cik_of(payload: Payload) -> str | None:
    """The company that was asked about: documents and overflow files do not tell it."""
    found = IN_ADDRESS.search(payload.key) or IN_ADDRESS.search(payload.url)
    return normalise_cik(found["cik"]) if found else None


def _read_json(reading: Reading, payload: Payload) -> None:
    document = read_json(payload.body)
    if not isinstance(document, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object, found another JSON value")
    if _is_list_of_tickers(document):
        lines = [] if "fields" in document else list(document.values())
        reading.unknown.update(f"*.{n[:60]}" for line in lines for n in line if n not in ("cik_str", "ticker", "title"))
        return  # names to look up; the filer's own file says the rest
    if "filings" not in document and "accessionNumber" not in document:
        raise NotAnAnswerError(f"no answer of {SOURCE}: neither a filer, nor filings, nor tickers")
    if "filings" not in document:
        cik = _cik_of(payload)
        if cik is None:
            raise NotAnAnswerError("an overflow file of filings whose name does not say whose it is (CIK...)")
        read_events(reading, cik, columns_of(document, "", reading.unknown))
        return
    held = document["filings"]
    if not isinstance(held, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: filings is no object")
    reading.unknown.update(f"filings.{name[:60]}" for name in held if name not in ("recent", "files"))
    filings = columns_of(held.get("recent"), "filings.recent", reading.unknown)
    cik = normalise_cik(document["cik"]) if isinstance(document.get("cik"), str) else None
    if cik is None:
        raise NotAnAnswerError(f"no answer of {SOURCE}: cik is no Central Index Key (up to ten digits)")
    read_filer(reading, document, frozenset(filing["form"] for filing in filings))
    read_events(reading, cik, filings)


def _is_list_of_tickers(document: dict[str, Any]) -> bool:
    if isinstance(document.get("fields"), list) and isinstance(document.get("data"), list):
        return "cik" in document["fields"]
    lines = document.items()
    return bool(document) and all(
        n.isdigit() and isinstance(v, dict) and "cik_str" in v and "title" in v for n, v in lines
    )


def _read_document(reading: Reading, payload: Payload) -> None:
    """A document of a filing: an exhibit 21, the text of an 8-K, or the index, which only names the others."""
    page = parse_html(DECLARATION.sub(b"", payload.body), "utf-8")
    text = clean(page.get_text(" "))
    cik = _cik_of(payload) or ""
    if "5.02" in text and EARLIEST.search(text):
        _read_report(reading, payload, cik, text)
    elif "subsidiar" in text[:3000].casefold():
        tables = ([[clean(c.get_text(" ")) for c in row.find_all(["td", "th"])] for row in table.find_all("tr")]
                  for table in page.find_all("table"))  # fmt: skip
        read_subsidiaries(reading, cik, tables)
    elif "Document Format Files" not in str(payload.body[:20_000]) and "8-K" not in text[:3000]:
        raise NotAnAnswerError(f"no JSON, and no document of {SOURCE} that we read")


def _read_report(reading: Reading, payload: Payload, cik: str, text: str) -> None:
    """What an item 5.02 is about; names stay in the document."""
    words, told = classify_item_502(text), EARLIEST.search(text)
    found = ACCESSION.search(payload.key) or ACCESSION.search(payload.url)
    if not words or told is None or found is None:
        return
    try:
        day = datetime.strptime(" ".join(re.findall(r"\w+", told["after"] or told["before"] or "")), "%B %d %Y").date()
    except ValueError:
        return
    key = f"D|{day:%Y%m%d}|{found['filer']}-{found['year']}-{found['number']}"
    moved = [word for word in words if word != "compensation"]
    reading.keep(
        "notices",
        {
            "source_key": f"{key}|{cik}",
            "notice_key": key,
            "unit_key": cik,
            "party": NoticeParty.SUBJECT,
            "is_natural_person": False,
            "family": NoticeFamily.MODIFICATION if moved else NoticeFamily.OTHER,
            "kind": NoticeKind.INITIAL,
            "published_on": day,
            "effective_on": day,
            "description": ("administration: " if moved else "") + f"item 5.02 tells of {', '.join(words)}",
        },
    )


def _batch(reading: Reading) -> Batch:
    frames, refused = to_frames(FRAMES, reading.rows)
    return make_batch(frames, (*reading.rejected, *refused), reading.unknown)


# --------------------------------------------------------------------------------------------------- redacting


def _touches(connector: Edgar, payload: Payload, source_keys: frozenset[str]) -> bool:
    """Whether a document has a row, or is about a company, that may not be named; it then goes as a whole."""
    if _cik_of(payload) in source_keys:
        return True
    columns = ("source_key", "unit_key", "parent_key", "child_key")
    return any(
        bool(set(frame[name]) & source_keys)
        for batch in connector.parse(payload)
        for frame in batch.frames.values()
        for name in columns
        if name in frame.columns
    )


def _redact_json(payload: Payload, source_keys: frozenset[str]) -> bytes | None:
    document = read_json(payload.body)
    if not isinstance(document, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object, found another JSON value")
    if _is_list_of_tickers(document):
        if "fields" in document:
            at = document["fields"].index("cik")
            rows = document["data"]
            document["data"] = [r for r in rows if not (isinstance(r, list) and _cik_at(r, at) in source_keys)]
            return write_json(document)
        return write_json({n: v for n, v in document.items() if normalise_cik(str(v["cik_str"])) not in source_keys})
    held = document.get("filings")
    recent = held.get("recent") if isinstance(held, dict) else document
    cik = normalise_cik(str(document.get("cik"))) if "filings" in document else _cik_of(payload)
    if cik in source_keys:
        return None
    if f"{STREET_OF}{cik}" in source_keys and isinstance(document.get("addresses"), dict):
        for address in document["addresses"].values():
            if isinstance(address, dict):
                address |= dict.fromkeys(("street1", "street2", "zipCode"))
    _drop_filings(recent, source_keys, str(cik))
    return write_json(document)


def _cik_at(row: list[Any], at: int) -> str | None:
    return normalise_cik(str(row[at])) if len(row) > at else None


def _drop_filings(recent: Any, source_keys: frozenset[str], cik: str) -> None:
    filings = columns_of(recent, "", set())
    gone = {n for n, f in enumerate(filings) if {notice_key(f), f"{notice_key(f)}|{cik}"} & source_keys}
    for name, column in list(recent.items()):
        if gone and isinstance(column, list):
            recent[name] = [value for n, value in enumerate(column) if n not in gone]
