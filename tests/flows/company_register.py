"""Companies House as a server: Basic key, start_index, 404, 429 with Retry-After; two officers a page."""

import json
from pathlib import Path
from typing import Any

from werkzeug import Request, Response

TOOLS, HOLDINGS = "ZZ000101", "ZZ000202"


def read_answer(fixtures: Path, name: str) -> Any:
    """One of the answers that ship."""
    return json.loads((fixtures / "companies_house" / f"{name}.json").read_bytes())


class Register:
    """The interface over loopback: Basic key, start_index, 404, 429 with Retry-After."""

    def __init__(self, fixtures: Path) -> None:
        self.fixtures, self.asked, self.busy = fixtures, list[str](), 0
        self.keys: set[str] = set()
        self.filings: list[dict[str, Any]] = read_answer(fixtures, "filing_history")["items"]
        self.ignores_start = False

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.full_path.lstrip("/"))
        self.keys.add(request.headers.get("Authorization", ""))
        if self.busy:
            self.busy -= 1
            return Response("{}", 429, {"Retry-After": "4"})
        path, query = request.path, request.args
        if path == "/search/companies":
            return self.say(read_answer(self.fixtures, "search"))
        if not path.startswith(f"/company/{TOOLS}"):
            return Response('{"errors": [{"error": "company-profile-not-found"}]}', 404)
        part = path.removeprefix(f"/company/{TOOLS}").lstrip("/")
        name = {"": "company", "persons-with-significant-control": "control", "filing-history": "filing_history"}
        document = read_answer(self.fixtures, name.get(part, part))
        if part:
            items = self.filings if part == "filing-history" else document["items"]
            start, size = int(query["start_index"]), min(int(query["items_per_page"]), 2 if part == "officers" else 100)
            start = 0 if self.ignores_start else start
            total = "total_count" if part in ("filing-history", "charges") else "total_results"
            document |= {"items": items[start : start + size], "start_index": start, "items_per_page": size}
            document[total] = len(items)
        return self.say(document)

    def say(self, document: Any) -> Response:
        return Response(json.dumps(document), content_type="application/json")
