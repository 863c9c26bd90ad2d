"""Brønnøysundregistrene as a server: units by number, rosters, groups, changes, 404 and 410."""

import json
import re
from pathlib import Path
from typing import Any

from werkzeug import Request, Response

FIXTURES = Path(__file__).parents[1] / "fixtures" / "brreg"
HEAD = "000001376"
NORWEGIANS = (HEAD, "000002747", "000010960", "000012335")
NUMBER = re.compile(r"/(?:enheter|konsernstruktur)/([0-9]{9})(/roller)?$")


class NorwegianRegister:
    """One group of four units. `deleted` have a last record, `removed` answer 410; `asked`: the addresses, in order.

    Attributes:
        leavers: family names that are no longer in office. busy: how many questions are answered with 429.
        changed_units, changed_roles: what the lists of changes tell.
    """

    EVERY_PATH = re.compile(r"/(enheter|konsernstruktur|oppdateringer)\b.*")

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.deleted: set[str] = set()
        self.removed: set[str] = set()
        self.leavers: set[str] = set()
        self.changed_units: set[str] = set()
        self.changed_roles: set[str] = set()
        self.busy = 0

    def asked_for(self) -> set[str]:
        """The numbers whose record was asked for first; members of their groups follow."""
        lists = [path for path in self.asked if path.startswith("/enheter?")]
        return set(re.findall(r"[0-9]{9}", lists[0]))

    def __call__(self, request: Request) -> Response:
        """One answer."""
        self.asked.append(request.full_path)
        if self.busy:
            self.busy -= 1
            return Response("slow down", status=429, headers={"Retry-After": "2"})
        wanted = set(request.args.get("organisasjonsnummer", "").split(","))
        if request.path == "/oppdateringer/enheter":
            events = [{"oppdateringsid": 1, "organisasjonsnummer": n} for n in sorted(self.changed_units & wanted)]
            return answer({"_embedded": {"oppdaterteEnheter": events}} if events else {"page": {"totalElements": 0}})
        if request.path == "/oppdateringer/roller":
            return answer(
                [{"id": "1", "data": {"organisasjonsnummer": n}} for n in sorted(self.changed_roles & wanted)]
            )
        if request.path == "/enheter":
            units = [unit(number) for number in NORWEGIANS if number in wanted]
            page = {"page": {"size": 100, "totalElements": len(units), "totalPages": 1, "number": 0}, "_links": {}}
            return answer({"_embedded": {"enheter": units}, **page} if units else page)
        found = NUMBER.search(request.path)
        number = found[1] if found else ""
        if number in self.removed:
            return Response("", status=410)
        if number in self.deleted and found and not found[2]:
            return answer(document("unit_deleted") | {"organisasjonsnummer": number})
        if number == HEAD and request.path.endswith("/roller"):
            return answer(self.roster())
        if number in NORWEGIANS and request.path.startswith("/konsernstruktur/"):
            return answer(document("group"))
        return Response("", status=404)

    def roster(self) -> dict[str, Any]:
        """The head's roster tonight."""
        roles = document("roles")
        for group in roles["rollegrupper"]:
            group["roller"] = [
                r for r in group["roller"] if r.get("person", {}).get("navn", {}).get("etternavn") not in self.leavers
            ]
        return roles


def unit(number: str) -> dict[str, Any]:
    """The record of one unit of the group."""
    known = {u["organisasjonsnummer"]: u for u in document("units_by_number")["_embedded"]["enheter"]}
    other = known["000002747"] | {"organisasjonsnummer": number, "navn": f"FJELLVIK {number}", "_links": {}}
    found: dict[str, Any] = known.get(number, other)
    return found


def document(name: str) -> Any:
    """One of the fixtures."""
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def answer(content: Any) -> Response:
    """As the register sends it."""
    return Response(json.dumps(content, ensure_ascii=False), content_type="application/json")
