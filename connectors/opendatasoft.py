"""Opendatasoft Explore, as several French sources speak it: v2.1 pages and v1.0 searches, and what they never show.

`limit` is at most 100 and `limit + offset` at most 10,000 (SOURCES sections 4, 9a and 11).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from connectors.contract import NotAnAnswerError, SourceUnavailableError
from connectors.strict_json import read_json, write_json
from schemas.provenance import Payload

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

PAGE_SIZE = 100
MOST_SHOWN = 10_000
FIRST_API_RECORD = frozenset({"datasetid", "fields", "geometry", "record_timestamp", "recordid"})
LATER = "Known values stay; run again later."


def read_answer(payload: Payload) -> dict[str, Any]:
    """The answer in either shape: v2.1 `total_count` and `results`, v1.0 `nhits` and `records` with `fields`.

    Raises:
        NotAnAnswerError: another format, or an error told with status 200.
    """
    answer = read_json(payload.body)
    if not isinstance(answer, dict):
        raise NotAnAnswerError(f"no answer of {payload.source}: expected an object with results, found another value")
    if "error_code" in answer:
        raise NotAnAnswerError(f"the source answers with an error: {str(answer.get('message'))[:200]}")
    total, records = total_and_records(answer)
    if not isinstance(answer.get(records), list) or type(answer.get(total)) is not int:
        raise NotAnAnswerError(
            f"no answer of {payload.source}: expected total_count and results (v2.1) or nhits and records (v1.0)"
        )
    return answer


def total_and_records(answer: dict[str, Any]) -> tuple[str, str]:
    """The names under which this answer holds its total and its records."""
    return ("total_count", "results") if "results" in answer else ("nhits", "records")


def records_of(answer: dict[str, Any], unknown: set[str]) -> Iterator[tuple[str, object]]:
    """The path and the fields of each record; those of v1.0 stand in an object of their own."""
    if "results" in answer:
        yield from (("results[]", value) for value in answer["results"])
        return
    for value in answer["records"]:
        if isinstance(value, dict):
            unknown.update(f"records[].{name[:60]}" for name in value if name not in FIRST_API_RECORD)
        yield "records[].fields", value.get("fields") if isinstance(value, dict) else value


def fields_of(record: object) -> dict[str, Any]:
    """The fields of one record as it stands in the answer of either version."""
    inner = record.get("fields", record) if isinstance(record, dict) else {}
    return inner if isinstance(inner, dict) else {}


def write_kept(answer: dict[str, Any], kept: list[Any]) -> bytes | None:
    """The answer with these of its records only; None when all that it held is gone."""
    total, records = total_and_records(answer)
    gone = len(answer[records]) - len(kept)
    if gone and not kept:
        return None
    told = {
        name: value for name, value in answer.items() if not gone or name != "parameters"
    }  # v1.0 repeats the question
    return write_json({**told, records: kept, total: max(answer[total] - gone, 0)})


def read_pages(client: "PoliteClient", path: str, query: dict[str, str | int]) -> Iterator[Payload]:
    """All pages of a query; the query must fit into what the source shows.

    Raises:
        SourceUnavailableError: the list is not shown whole, so that records would be missed unseen.
    """
    total, read, seen = 1, 0, set[str]()
    while read < total:
        page = client.get(path, {**query, "limit": PAGE_SIZE, "offset": read})
        answer = _own_answer(page)
        if page.sha256 in seen:
            raise SourceUnavailableError(f"{page.source}: {page.key} repeats an earlier page. {LATER}")
        seen.add(page.sha256)
        total = answer["total_count"]
        if total > MOST_SHOWN:
            raise SourceUnavailableError(
                f"{page.source}: {total} records, of which the source shows {MOST_SHOWN} ({page.key}). {LATER}"
            )
        if read < total and not answer["results"]:
            raise SourceUnavailableError(f"{page.source}: {read} of {total} records shown, then nothing. {LATER}")
        yield page
        read += len(answer["results"])


def total_in(payload: Payload) -> int:
    """How many records the source says there are.

    Raises:
        SourceUnavailableError: no answer of v2.1; the window stays where it is, so that no day is lost.
    """
    return int(_own_answer(payload)["total_count"])


def _own_answer(payload: Payload) -> dict[str, Any]:
    try:
        answer = read_answer(payload)
    except NotAnAnswerError as error:
        raise SourceUnavailableError(f"{payload.source}: {payload.key}: {error}. {LATER}") from error
    if "results" not in answer:
        raise SourceUnavailableError(f"{payload.source}: {payload.key}: expected v2.1. Check the base address.")
    return answer
