"""The Sirene API as a server: a key in a header, freshness, `q` by day and by unit, and a cursor to the end."""

import json
import re
from collections.abc import Sequence
from typing import Any

from werkzeug import Request, Response

KEY = "an-invented-key-2026"
DAY = re.compile(r"(dateDernierTraitement(?:Etablissement|UniteLegale)):([0-9-]{10})")
UNIT = re.compile(r"siren:([0-9]{9})")


class SireneServer:
    """`GET /api-sirene/3.11/informations` and `/siret?q=`.

    Attributes:
        sites: all of them. fresh: the day on which data were last put at disposal. page: the most on one page.
        busy: next questions answered with 429. stuck: the cursor never moves. asked: path and parameters, in order.
    """

    def __init__(self, sites: Sequence[dict[str, Any]] = (), fresh: str = "2026-11-24", page: int = 1000) -> None:
        self.sites, self.fresh, self.page = list(sites), fresh, page
        self.busy, self.stuck = 0, False
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, request: Request) -> Response:
        """One answer."""
        path, query = request.path.removeprefix("/api-sirene/3.11/"), dict(request.args)
        self.asked.append((path, query))
        if request.headers.get("X-INSEE-Api-Key-Integration") != KEY:
            return Response('{"message": "Unauthorized"}', 401)
        if self.busy:
            self.busy -= 1
            return Response('{"header": {"statut": 429}}', 429, {"Retry-After": "5"})
        if path == "informations":
            told = [{"collection": "Établissements", "dateDerniereMiseADisposition": f"{self.fresh}T05:40:00"}]
            return as_json({"etatService": "UP", "datesDernieresMisesAJourDesDonnees": told})
        return self.listed(query)

    def listed(self, query: dict[str, str]) -> Response:
        """A page of the sites that fit; 404 where none does."""
        found = sorted((s for s in self.sites if is_wanted(s, query["q"])), key=lambda s: str(s["siret"]))
        if not found:
            return Response('{"header": {"statut": 404, "message": "Aucun élément trouvé"}}', 404)
        after = "" if query["curseur"] == "*" or self.stuck else query["curseur"]
        size = min(int(query["nombre"]), self.page)
        shown = [site for site in found if site["siret"] > after][:size]
        following = shown[-1]["siret"] if shown else query["curseur"]
        following = query["curseur"] if self.stuck else following
        head = {"statut": 200, "message": "OK", "total": len(found), "nombre": len(shown)}
        return as_json(
            {"header": {**head, "curseur": query["curseur"], "curseurSuivant": following}, "etablissements": shown}
        )

    def questions(self) -> list[str]:
        """What was asked of the sites."""
        return [query["q"] for path, query in self.asked if path == "siret"]


def is_wanted(site: dict[str, Any], rule: str) -> bool:
    """Whether a site fits: its unit, the day of its or its unit's last change, head office."""
    if (units := UNIT.findall(rule)) and site["siren"] not in units:
        return False
    if "etablissementSiege:true" in rule and not site["etablissementSiege"]:
        return False
    told = {**site["uniteLegale"], **site}
    return all(str(told.get(name, ""))[:10] == day for name, day in DAY.findall(rule))


def as_json(value: object) -> Response:
    """An answer in UTF-8."""
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json; charset=utf-8")
