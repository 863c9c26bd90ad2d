"""TED (Publications Office of the EU): contract notices and awards, eForms and the old schema (SOURCES section 9c).

The search says which notices there are; each notice is then read as XML, which alone holds the identifiers of buyers
and winners in a form that was checked in real notices.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.contract import (
    Batch,
    NotAnAnswerError,
    PageUnavailableError,
    RecordRejectedError,
    Rejected,
    SourceTerms,
    SourceUnavailableError,
)
from connectors.rows import Row, make_batch, to_frame
from connectors.strict_json import read_json, write_json
from connectors.strict_xml import parse_xml
from connectors.ted_notices import SOURCE, is_notice, read_notice
from connectors.ted_redaction import redact_notice
from schemas.frames import ContractAward
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

SEARCH = "v3/notices/search"
PAGE_SIZE = 250  # the most that the source gives
KINDS = "can-standard can-social can-desg can-modif cn-standard cn-social"
FIRST_NIGHT = timedelta(days=7)  # some 3,000 notices a day in Europe, one request each: older ones come by backfill
OVERLAP = timedelta(days=1)
PUBLICATION = re.compile(r"0*([0-9]{1,8}-[0-9]{4})", re.ASCII)
NOTICE_HOST = "ted.europa.eu"
SECONDS_A_NOTICE = 1.0  # beside the pace of one a second: 500 in 6 minutes bring a ban of a day (third party)
LATER = "Known values stay; run again later."

TERMS = SourceTerms(
    title="TED, Tenders Electronic Daily",
    publisher="Publications Office of the European Union",
    homepage="https://ted.europa.eu/",
    base_url="https://api.ted.europa.eu",
    licence="CC-BY-4.0",
    attribution="Source: TED (Publications Office of the European Union), reuse under Decision 2011/833/EU",
    personal_data=(
        "Notices name contact persons (CONTACT_POINT, E_MAIL, cac:Contact) and beneficial owners: none is read. A "
        "winner marked as a natural person has no row; of the others only the identifier is kept. The source knows no "
        "objection; a unit that objected elsewhere loses its rows and its part of the archived notices."
    ),
    requests_per_second=0.5,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=90,
    own_limit="250 notices a page; after 429 wait 35 s; 500 notices in 6 minutes bring a ban of a day (third party)",
)


class Ted:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = ("contract_awards",)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The notices of French buyers that were published in the window.

        Raises:
            SourceUnavailableError: the list or one notice cannot be read; the window stays, so that none is missed.
        """
        if window.until is None:
            return
        last = window.until.date()
        first = window.first_day(last, overlap=OVERLAP, first_night=FIRST_NIGHT)
        for number, address in _list_notices(client, first, last):
            client.pause(SECONDS_A_NOTICE)
            try:
                notice = client.get_page(address)
            except PageUnavailableError as error:
                raise SourceUnavailableError(f"{SOURCE}: notice {number}: {error}. {LATER}") from error
            if notice.status == 200:
                yield notice

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One row for each buyer and winner of a notice whose identifier can be cleaned."""
        root = _read_root(payload)
        rows: list[Row] = []
        rejected: list[Rejected] = []
        try:
            rows = read_notice(root)
        except RecordRejectedError as error:
            rejected.append(Rejected(None, str(error), "one notice"))
        frame, refused = to_frame(ContractAward, rows)
        yield make_batch({"contract_awards": frame}, (*rejected, *refused))

    def dated(self, payload: Payload) -> datetime | None:
        """None: a notice's date is that of its rows, not of a state of the source."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The notice without these units (SIREN) or rows; None when it names nobody else."""
        return redact_notice(payload.body, _read_root(payload), source_keys)


CONNECTOR = Ted()


def _read_root(payload: Payload) -> Any:
    body = payload.body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith(b"<"):
        read_json(payload.body)
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected a notice in XML, found JSON")
    try:
        root = parse_xml(body)
    except NotAnAnswerError as error:
        raise NotAnAnswerError(f"no XML of a notice, and no JSON: {error}") from None
    if not is_notice(root):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an eForms notice or TED_EXPORT, found other XML")
    return root


# ------------------------------------------------------------------------------------------------------- asking


def _list_notices(client: "PoliteClient", first: date, last: date) -> list[tuple[str, str]]:
    """Publication number and address of each notice; the token never ends, so an empty page or the total does."""
    kinds = f"notice-type IN ({KINDS})"
    days = f"publication-date >= {first:%Y%m%d} AND publication-date <= {last:%Y%m%d}"
    query = f"{days} AND buyer-country = FRA AND {kinds}"
    question: dict[str, Any] = {
        "query": query, "fields": ["publication-number", "links"], "limit": PAGE_SIZE, "scope": "ALL",
        "paginationMode": "ITERATION", "onlyLatestVersions": False, "checkQuerySyntax": False,
    }  # fmt: skip
    found: dict[str, str] = {}
    while True:
        answer = _read_search(client.post(SEARCH, write_json(question)))
        before = len(found)
        for notice in answer["notices"]:
            number, address = _address_of(notice, client)
            found.setdefault(number, address)
        token = answer.get("iterationNextToken")
        if not answer["notices"] or len(found) >= answer["totalNoticeCount"] or not token:
            break
        if len(found) == before:
            raise SourceUnavailableError(f"{SOURCE}: the search repeats a page ({len(found)} notices so far). {LATER}")
        question["iterationNextToken"] = token
    if len(found) < answer["totalNoticeCount"]:
        raise SourceUnavailableError(
            f"{SOURCE}: {answer['totalNoticeCount']} notices announced, {len(found)} shown. {LATER}"
        )
    return sorted(found.items())


def _read_search(payload: Payload) -> dict[str, Any]:
    try:
        answer = read_json(payload.body)
    except NotAnAnswerError as error:
        raise SourceUnavailableError(f"{SOURCE}: {payload.key}: {error}. {LATER}") from error
    fits = isinstance(answer, dict) and isinstance(answer.get("notices"), list)
    if not fits or type(answer.get("totalNoticeCount")) is not int:
        raise SourceUnavailableError(f"{SOURCE}: {payload.key}: expected notices and totalNoticeCount. {LATER}")
    if answer.get("timedOut"):
        raise SourceUnavailableError(f"{SOURCE}: the search ran out of time, so that its list is cut. {LATER}")
    return dict(answer)


def _address_of(notice: object, client: "PoliteClient") -> tuple[str, str]:
    """The notice's number and where its XML stands: at TED itself, or where a mirror says."""
    told = notice.get("publication-number") if isinstance(notice, dict) else None
    found = PUBLICATION.fullmatch(told) if isinstance(told, str) else None
    if found is None or not isinstance(notice, dict):
        raise SourceUnavailableError(f"{SOURCE}: a notice of the search has no publication-number. {LATER}")
    links = notice.get("links")
    xml = links.get("xml") if isinstance(links, dict) else None
    address = xml.get("MUL") if isinstance(xml, dict) else None
    # an answer may not send us anywhere: another host than TED's stands in for it only where the settings name one
    is_ours = isinstance(address, str) and urlsplit(address).netloc == urlsplit(client.base_url).netloc
    if is_ours and isinstance(address, str):
        return found[1], address
    return found[1], f"https://{NOTICE_HOST}/en/notice/{found[1]}/xml"
