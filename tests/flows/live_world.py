"""Both sources as servers of the demo's invented world: they answer what they are asked, as the real ones would."""

import json
import re
from collections.abc import Sequence

from anyascii import anyascii
from werkzeug import Request, Response

from flows.demo import french_answers, gleif_answers
from flows.demo.world import FRENCH_UNITS, LEI_ENTITIES, FrenchUnit, LeiEntity, direct_children, ultimate_children

BY_LEI = {entity.lei: entity for entity in LEI_ENTITIES.values()}
LEVELS = {"direct": gleif_answers.DIRECT, "ultimate": gleif_answers.ULTIMATE}
RECORD = re.compile(r"lei-records/(?P<lei>[A-Z0-9]{20})(?:/(?P<part>[a-z-]+))?")
ONE_WORD = 5  # letters: the source forgives a misspelt end of a word


class FrenchRegister:
    """`GET /search` of recherche-entreprises. `is_down`: it answers 500 for ever."""

    def __init__(self) -> None:
        self.night = 1
        self.is_down = False
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        """One answer."""
        self.asked.append(request.full_path)
        if self.is_down:
            return Response("out of order", status=500)
        query = request.args.get("q")
        if query is None:
            units = [u for u in FRENCH_UNITS.values() if u.size == request.args.get("categorie_entreprise")]
        else:
            units = [unit for unit in FRENCH_UNITS.values() if is_meant(query, unit)]
        page, size = int(request.args.get("page", 1)), int(request.args.get("per_page", 10))
        shown = units[(page - 1) * size : page * size]
        answer = {
            "results": [french_answers.unit_result(unit, self.night, with_sites=query is not None) for unit in shown],
            "total_results": len(units),
            "page": page,
            "per_page": size,
            "total_pages": -(-len(units) // size),
        }
        return Response(json.dumps(answer, ensure_ascii=False), content_type="application/json")


def is_meant(query: str, unit: FrenchUnit) -> bool:
    """Whether a search finds the unit: by SIREN, or by the beginnings of the first word of its name."""
    if query.isdigit():
        return unit.siren == query
    asked = anyascii(query).upper().split()[0]
    return unit.name.split()[0][:ONE_WORD] == asked[:ONE_WORD]


class LeiIndex:
    """`GET /api/v1/lei-records...` of GLEIF. `is_down`: it answers 500 for ever."""

    def __init__(self) -> None:
        self.night = 1
        self.is_down = False
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        """One answer, or 404 for what an entity does not have."""
        self.asked.append(request.full_path)
        if self.is_down:
            return Response("out of order", status=500)
        path = request.path.removeprefix("/api/v1/")
        body = self.filtered(request) if path == "lei-records" else self.of_one(path, request)
        if body is None:
            return Response('{"errors": [{"status": "404"}]}', status=404, content_type="application/vnd.api+json")
        return Response(body, content_type="application/vnd.api+json")

    def filtered(self, request: Request) -> bytes:
        """Records by LEI or by national number."""
        known = [entity for entity in LEI_ENTITIES.values() if entity.from_night <= self.night]
        if "filter[lei]" in request.args:
            wanted = request.args["filter[lei]"].split(",")
            found = [entity for entity in known if entity.lei in wanted]
        else:
            number, country = (request.args[f"filter[entity.{name}]"] for name in ("registeredAs", "jurisdiction"))
            found = [e for e in known if (e.registered_as, e.country) == (number, country)]
        path = "lei-records?" + "&".join(f"{k}={v}" for k, v in request.args.items() if k.startswith("filter"))
        return gleif_answers.record_list_answer(path, found, self.night, page=1, size=size_of(request))

    def of_one(self, path: str, request: Request) -> bytes | None:
        """What hangs on one entity."""
        asked = RECORD.fullmatch(path)
        entity = BY_LEI.get(asked["lei"]) if asked else None
        if asked is None or entity is None or entity.from_night > self.night:
            return None
        if asked["part"] is None:
            return gleif_answers.record_answer(entity, self.night)
        level, _, what = asked["part"].partition("-")
        if what in ("children", "child-relationships"):
            return self.listed(path, entity, level, request)
        parent = self.parent_of(entity, level)
        if what == "parent-relationship" and parent:
            return gleif_answers.relationship_answer(entity, parent, LEVELS[level], self.night)
        if what == "parent-reporting-exception" and parent is None:
            return gleif_answers.exception_answer(entity, level.upper(), "NO_KNOWN_PERSON", self.night)
        return None

    def listed(self, path: str, entity: LeiEntity, level: str, request: Request) -> bytes:
        """A page of children, or of their relationship records."""
        below: Sequence[LeiEntity] = (direct_children if level == "direct" else ultimate_children)(
            entity.key, self.night
        )
        page, size = int(request.args.get("page[number]", 1)), size_of(request)
        if path.endswith("-children"):
            return gleif_answers.record_list_answer(path, below, self.night, page=page, size=size)
        return gleif_answers.relationship_list_answer(
            path, below, entity, LEVELS[level], self.night, page=page, size=size
        )

    def parent_of(self, entity: LeiEntity, level: str) -> LeiEntity | None:
        """Its direct parent, or its head."""
        if entity.parent is None:
            return None
        parent = LEI_ENTITIES[entity.parent]
        return parent if level == "direct" else self.parent_of(parent, level) or parent


def size_of(request: Request) -> int:
    """The page size that was asked for, 15 by default."""
    return int(request.args.get("page[size]", 15))
