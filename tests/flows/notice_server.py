"""BODACC as a server (Opendatasoft Explore v2.1): where, refine, order_by, limit and offset, with the real limits."""

import json
import re
from collections.abc import Sequence
from typing import Any

from werkzeug import Request, Response

SPAN = re.compile(r"dateparution (>=|<=) date'([0-9-]{10})'")
KEYSET = re.compile(r"publicationavis='([ABC])' AND numeroannonce > ([0-9]+)")
LARGEST_PAGE = 100


class NoticeServer:
    """`GET .../annonces-commerciales/records`.

    Attributes:
        notices: all records. most_shown: limit + offset may not pass it (10,000 at the real one).
        busy: how many of the next questions are answered with 429. is_down: it answers 500 for ever.
        broken: what it says instead of an answer. ignores_offset: it always shows the first page.
        asked: the queries, in order.
    """

    def __init__(self, notices: Sequence[dict[str, Any]] = (), most_shown: int = 10_000) -> None:
        self.notices, self.most_shown = list(notices), most_shown
        self.busy, self.is_down, self.ignores_offset = 0, False, False
        self.broken: bytes | None = None
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Response:
        """One answer."""
        query = dict(request.args)
        self.asked.append(query)
        if self.is_down:
            return Response("out of order", status=500)
        if self.busy:
            self.busy -= 1
            return Response('{"error_code": "TooManyRequests"}', status=429, headers={"Retry-After": "3"})
        if self.broken is not None:
            return Response(self.broken, content_type="application/json")
        limit, offset = int(query.get("limit", 10)), int(query.get("offset", 0))
        if limit > LARGEST_PAGE or limit + offset > self.most_shown:
            error = {"error_code": "InvalidRESTParameterError", "message": "limit + offset"}
            return Response(json.dumps(error), status=400, content_type="application/json")
        found = sorted((n for n in self.notices if is_wanted(n, query)), key=lambda n: order_of(n, query))
        start = 0 if self.ignores_offset else offset
        answer = {"total_count": len(found), "results": found[start : start + limit]}
        return Response(json.dumps(answer, ensure_ascii=False), content_type="application/json; charset=utf-8")


def is_wanted(notice: dict[str, Any], query: dict[str, str]) -> bool:
    """Whether a notice fits `where` and `refine`."""
    where, day = query.get("where", ""), notice["dateparution"]
    if not all(day >= bound if sign == ">=" else day <= bound for sign, bound in SPAN.findall(where)):
        return False
    if "refine" in query and query["refine"] != f"dateparution:{day.replace('-', '/')}":
        return False
    keyset = KEYSET.search(where)
    return keyset is None or (notice["publicationavis"] == keyset[1] and notice["numeroannonce"] > int(keyset[2]))


def order_of(notice: dict[str, Any], query: dict[str, str]) -> tuple[Any, ...]:
    """The sort key that `order_by` asks for."""
    return tuple(notice[name] for name in query["order_by"].split(","))
