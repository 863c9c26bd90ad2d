"""The RNE as a server: login with a token that ends, changes by page with `from` excluded, 500 on large pages."""

import json
from collections.abc import Sequence
from typing import Any

from werkzeug import Request, Response

USER, PASSWORD = "someone@orvalis.example", "kept-secret-2026"
NOT_ALLOWED = '{"message": "connection_type_not_allowed"}'


class RneServer:
    """`POST /api/sso/login`, `GET /api/companies/diff`, `/api/companies/SIREN` and its `/attachments`.

    Attributes:
        companies: by SIREN, each with the day on which it was changed last (`changed`). acts: by SIREN.
        token_uses: how many answers a token is good for. heavy: units that no page of more than one may hold.
        largest_page: the register fails (500) on larger ones. busy: next questions answered with 429.
        out_after: from this number of questions on it answers 429 for ever, as when the day's quota is used up.
        is_barred: the account may not use the API. asked: path and parameters, in order; logins: how many.
    """

    def __init__(self, companies: Sequence[dict[str, Any]] = ()) -> None:
        self.companies = {company["siren"]: company for company in companies}
        self.changed: dict[str, str] = {}
        self.acts: dict[str, dict[str, Any]] = {}
        self.token_uses, self.largest_page, self.busy = 10_000, 100, 0
        self.heavy: set[str] = set()
        self.out_after: int | None = None
        self.is_barred = False
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.logins = 0
        self._left = 0

    def __call__(self, request: Request) -> Response:
        """One answer."""
        path = request.path.removeprefix("/api/")
        if path == "sso/login":
            return self.log_in(request)
        self.asked.append((path, {name: request.args.getlist(name) for name in request.args}))
        if request.headers.get("Authorization") != f"Bearer token-{self.logins:04d}" or self._left <= 0:
            return Response('{"message": "Expired JWT Token"}', 401)
        self._left -= 1
        if self.is_barred:
            return Response(NOT_ALLOWED, 403)
        if self.busy:
            self.busy -= 1
            return Response("", 429, {"Retry-After": "3"})
        if self.out_after is not None and len(self.asked) > self.out_after:
            return Response("", 429)
        if path == "companies/diff":
            return self.changes(request)
        siren, _, part = path.removeprefix("companies/").partition("/")
        found = self.acts.get(siren, {"actes": [], "bilans": []}) if part else self.companies.get(siren)
        return Response("{}", 404) if found is None else as_json(found)

    def log_in(self, request: Request) -> Response:
        """A token for who knows the password."""
        if request.method != "POST" or request.get_json() != {"username": USER, "password": PASSWORD}:
            return Response('{"message": "Invalid credentials."}', 401)
        self.logins += 1
        self._left = self.token_uses
        return as_json({"token": f"token-{self.logins:04d}"})

    def changes(self, request: Request) -> Response:
        """One page of who changed after `from` up to `to`, in the order of their numbers."""
        first, last, after = request.args["from"], request.args["to"], request.args.get("searchAfter", "")
        size = int(request.args.get("pageSize", 20))
        wanted = request.args.getlist("siren[]") or sorted(self.companies)
        found = [s for s in sorted(wanted) if first < self.changed.get(s, "") <= last and s > after][:size]
        if self.heavy & set(found) and size > 1:
            return Response("Allowed memory size of 134217728 bytes exhausted", 500)
        if size > self.largest_page:
            return Response("Internal error", 500)
        answer = as_json([{"company": self.companies[siren]} for siren in found])
        if found:
            answer.headers["Pagination-Search-After"] = found[-1]
        return answer

    def paths(self) -> list[str]:
        """What was asked, without parameters."""
        return [path for path, _ in self.asked]


def as_json(value: object) -> Response:
    """An answer in UTF-8."""
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json; charset=utf-8")
