"""BODACC (DILA): legal notices of French companies, from officers to proceedings (SOURCES section 4)."""

from collections.abc import Generator, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.bodacc_notices import SOURCE, Reading, read_notice
from connectors.bodacc_redaction import redact_record
from connectors.contract import Batch, NotAnAnswerError, SourceTerms, SourceUnavailableError
from connectors.rows import make_batch, to_frame
from connectors.strict_json import read_json, write_json
from schemas.frames import Notice
from schemas.provenance import Payload, Watermark

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

RECORDS = "api/explore/v2.1/catalog/datasets/annonces-commerciales/records"
PAGE_SIZE = 100  # the most that the source gives
MOST_SHOWN = 10_000  # limit + offset stop here
PUBLICATIONS = ("A", "B", "C")
IN_ORDER = "dateparution,publicationavis,parution,numeroannonce"
FIRST_NIGHT = timedelta(days=92)  # older notices come by backfill; 90 days is as far as a night looks back
FIRST_API_RECORD = frozenset({"datasetid", "fields", "geometry", "record_timestamp", "recordid"})
OVERLAP = timedelta(days=3)  # a day's notices may come in late

TERMS = SourceTerms(
    title="BODACC, annonces commerciales",
    publisher="Direction de l'information légale et administrative (DILA)",
    homepage="https://bodacc-datadila.opendatasoft.com/explore/dataset/annonces-commerciales/",
    base_url="https://bodacc-datadila.opendatasoft.com",
    licence="Licence-Ouverte-2.0",
    attribution="Source : BODACC (DILA), annonces commerciales, Licence Ouverte 2.0",
    personal_data=(
        "Names officers in the administration text, knows no diffusion status and no objection. A notice that names "
        "somebody who objected, or a company under P, is not kept at all. Of natural persons neither name nor address "
        "nor text is read, and their notices go unless their register shows them as O; no address is read. "
        "The archived answers hold them as they were published."
    ),
    requests_per_second=2.0,
    needs_key=False,
    own_limit="100 records a page, 10,000 a query",
    checked_on=date(2026, 11, 24),
    retention_days=None,
)


class Bodacc:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = ("notices",)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The notices published in the window: in pages where the source shows them all, else day after day.

        Raises:
            SourceUnavailableError: a list is not shown whole, so that notices would be missed unseen.
        """
        last = window.until.date() if window.until else _newest_day(client)
        first = window.first_day(last, overlap=OVERLAP, first_night=FIRST_NIGHT)
        where = f"dateparution >= date'{first}' AND dateparution <= date'{last}'"
        page = _ask(client, {"where": where, "order_by": IN_ORDER, "offset": 0})
        if _total(page) <= MOST_SHOWN:
            yield from _read_by_offset(client, {"where": where, "order_by": IN_ORDER}, page)
            return
        for number in range((last - first).days + 1):
            yield from _read_day(client, first + timedelta(days=number))

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One row for each company that a notice names."""
        answer = _read_answer(payload)
        reading = Reading()
        for record in _records_of(answer, reading.unknown):
            read_notice(reading, record)
        notices, refused = to_frame(Notice, reading.notices)
        yield make_batch({"notices": notices}, (*reading.rejected, *refused), reading.unknown)

    def dated(self, payload: Payload) -> datetime | None:
        """None: an answer carries no date for its whole content."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """The answer without these companies (SIREN) or rows (keys of notices), wherever a notice names them."""
        answer = _read_answer(payload)
        name = "results" if "results" in answer else "records"
        records = answer[name]
        kept = [after for record in records if (after := redact_record(record, source_keys)) is not None]
        gone = len(records) - len(kept)
        if gone and not kept:
            return None
        answer[name] = kept
        total = "total_count" if name == "results" else "nhits"
        answer[total] = max(answer[total] - gone, 0)
        return write_json(answer)


CONNECTOR = Bodacc()


# ------------------------------------------------------------------------------------------------------- asking


def _ask(client: "PoliteClient", query: dict[str, str | int]) -> Payload:
    return client.get(RECORDS, {**query, "limit": PAGE_SIZE})


def _newest_day(client: "PoliteClient") -> date:
    """The last day that the source has notices of."""
    newest = _results(client.get(RECORDS, {"order_by": "dateparution desc", "limit": 1}))
    try:
        return date.fromisoformat(str(newest[0]["dateparution"]))
    except (LookupError, TypeError, ValueError) as error:
        raise SourceUnavailableError(
            f"{SOURCE}: the newest notice has no dateparution that can be read. Known values stay; run again later."
        ) from error


def _read_by_offset(client: "PoliteClient", query: dict[str, str | int], page: Payload) -> Iterator[Payload]:
    """All pages of a query that the source shows whole; `page` is the first one."""
    total, read, seen = _total(page), len(_results(page)), {page.sha256}
    yield page
    while read < total:
        page = _ask(client, {**query, "offset": read})
        if page.sha256 in seen:
            raise SourceUnavailableError(
                f"{SOURCE}: {page.key} is byte for byte an earlier page: the source ignores the offset, so the list"
                " cannot be read. Known values stay; run again later."
            )
        seen.add(page.sha256)
        if not (found := len(_results(page))):
            raise SourceUnavailableError(
                f"{SOURCE}: {read} of {total} notices shown, then nothing ({page.key}). Known values stay; run again"
                " later."
            )
        yield page
        read += found


def _read_day(client: "PoliteClient", day: date) -> Iterator[Payload]:
    """One day: in pages, or where even a day is too large, by publication and notice number."""
    refine = f"dateparution:{day:%Y/%m/%d}"
    page = _ask(client, {"refine": refine, "order_by": IN_ORDER, "offset": 0})
    total = _total(page)
    if total <= MOST_SHOWN:
        yield from _read_by_offset(client, {"refine": refine, "order_by": IN_ORDER}, page)
        return
    shown = 0
    for publication in PUBLICATIONS:
        shown += yield from _read_by_number(client, refine, publication)
    if shown < total:
        raise SourceUnavailableError(
            f"{SOURCE}: {total} notices on {day}, but publications {', '.join(PUBLICATIONS)} show {shown}: the day"
            " cannot be read whole. Known values stay; run again later."
        )


def _read_by_number(client: "PoliteClient", refine: str, publication: str) -> Generator[Payload, None, int]:
    """The notices of one day and publication in the order of their numbers: no window limits this question.

    Returns how many there are.

    Two issues of one day may use a number twice: the last number of a full page is asked again, so that a pair that
    the page cut is read whole.
    """
    after, total = 0, 0
    while True:
        where = f"publicationavis='{publication}' AND numeroannonce > {after}"
        page = _ask(client, {"refine": refine, "where": where, "order_by": "numeroannonce"})
        results = _results(page)
        total = total or _total(page)
        if not results:
            return total
        yield page
        numbers = [n for n in (r.get("numeroannonce") for r in results if isinstance(r, dict)) if isinstance(n, int)]
        last = max(numbers, default=0)
        following = last - 1 if last - 1 > after else last
        if len(results) < PAGE_SIZE:
            return total
        if following <= after:
            raise SourceUnavailableError(
                f"{SOURCE}: {page.key} answers with notices up to number {last}: the source ignores the question."
                " Known values stay; run again later."
            )
        after = following


def _total(payload: Payload) -> int:
    """How many notices the source says there are."""
    return int(_answer_of(payload)["total_count"])


def _results(payload: Payload) -> list[Any]:
    return list(_answer_of(payload)["results"])


def _answer_of(payload: Payload) -> dict[str, Any]:
    """The answer to our own question; without one the window stays where it is, so that no day is lost."""
    try:
        answer = _read_answer(payload)
    except NotAnAnswerError as error:
        raise SourceUnavailableError(
            f"{SOURCE}: {payload.key}: {error}. Known values stay; run again later."
        ) from error
    if "results" not in answer:
        raise SourceUnavailableError(f"{SOURCE}: {payload.key}: expected an answer of v2.1. Check the base address.")
    return answer


# ------------------------------------------------------------------------------------------------------ reading


def _read_answer(payload: Payload) -> dict[str, Any]:
    """The answer in either shape: v2.1 `total_count` and `results`, v1.0 `nhits` and `records` with `fields`."""
    answer = read_json(payload.body)
    if not isinstance(answer, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected an object with results, found another JSON value")
    if "error_code" in answer:
        raise NotAnAnswerError(f"the source answers with an error: {str(answer.get('message'))[:200]}")
    total, records = ("total_count", "results") if "results" in answer else ("nhits", "records")
    if not isinstance(answer.get(records), list) or type(answer.get(total)) is not int:
        raise NotAnAnswerError(
            f"no answer of {SOURCE}: expected total_count and results (v2.1) or nhits and records (v1.0)"
        )
    return answer


def _records_of(answer: dict[str, Any], unknown: set[str]) -> Iterator[object]:
    """Each notice's fields; those of v1.0 stand in an object of their own."""
    if "results" in answer:
        yield from answer["results"]
        return
    for value in answer["records"]:
        if isinstance(value, dict):
            unknown.update(f"records[].{name[:60]}" for name in value if name not in FIRST_API_RECORD)
        yield value.get("fields") if isinstance(value, dict) else value


# Each family of notices has its own part; v1.0 leaves out what is empty (SOURCES section 4).
MAY_BE_ABSENT = frozenset(
    {
        "results[].acte", "results[].depot", "results[].jugement", "results[].listeprecedentproprietaire",
        "results[].modificationsgenerales", "results[].parutionavisprecedent", "results[].radiationaurcs",
        "records[].fields.acte", "records[].fields.depot", "records[].fields.listeprecedentproprietaire",
        "records[].fields.modificationsgenerales",
    }
)  # fmt: skip
