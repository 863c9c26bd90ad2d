"""The answers that the sources would have given about the invented world, night by night.

What goes wrong is in here too: on the second night the second page of Lormancet's children did not come, and of
Halquinor's list nobody ever got more than the first page.
"""

from collections.abc import Iterator, Sequence

from flows.demo import french_answers, gleif_answers, notice_answers
from flows.demo.web_pages import web_payloads
from flows.demo.world import (
    FRENCH_UNITS,
    HEADS,
    LEI_ENTITIES,
    FrenchUnit,
    LeiEntity,
    direct_children,
    instant_of,
    ultimate_children,
)
from schemas.provenance import Payload

SEARCH_URL = "https://recherche-entreprises.api.gouv.fr"
PAGE_SIZE = 15  # GLEIF's default
SHORT_PAGE = {"lormancet": 6, "halquinor": 3}  # so that small lists have two pages
NIGHT_WITHOUT_SECOND_PAGE = 2
NEVER_WHOLE = "halquinor"
# One list alone tells of this group, so that its lost page takes half of the members with it if it is believed.
ULTIMATE_LIST_ONLY = ("lormancet",)


def demo_payloads(night: int) -> list[Payload]:
    """All answers of one night, the same bytes on every machine.

    Args:
        night: counted from 1; the instants are 24 hours apart.
    """
    notices = ("bodacc", notice_answers.BASE, notice_answers.notices_key(night), notice_answers.notices_answer(night))
    answers = [*french_payloads(night), *gleif_payloads(night), notices]
    told = [
        Payload(source, key, body, fetched_at=instant_of(night), url=f"{base}/{key}", headers=_HEADERS[source])
        for source, base, key, body in answers
    ]
    return [*told, *web_payloads(night)]


_HEADERS = {
    "recherche_entreprises": {"content-type": "application/json"},
    "gleif": {"content-type": "application/vnd.api+json"},
    "bodacc": {"content-type": "application/json; charset=utf-8"},
}


def french_payloads(night: int) -> Iterator[tuple[str, str, str, bytes]]:
    """Each unit looked up by SIREN; those with several sites also by name, which lists the sites."""
    for unit in FRENCH_UNITS.values():
        body = french_answers.search_answer(unit, night, with_sites=False)
        yield "recherche_entreprises", SEARCH_URL, f"search?q={unit.siren}", body
        if len(unit.sites) > 1:
            body = french_answers.search_answer(unit, night, with_sites=True)
            yield "recherche_entreprises", SEARCH_URL, name_query(unit), body


def name_query(unit: FrenchUnit) -> str:
    """The search by name that lists up to 100 establishments."""
    return f"search?q={unit.name.replace(' ', '+')}&limite_matching_etablissements=100"


def gleif_payloads(night: int) -> Iterator[tuple[str, str, str, bytes]]:
    """Records of the heads, each parent's lists of children, exceptions and some relationship records."""
    for path, body in _gleif_answers(night):
        yield "gleif", gleif_answers.BASE, path, body


def _gleif_answers(night: int) -> Iterator[tuple[str, bytes]]:
    heads = [LEI_ENTITIES[key] for key in HEADS]
    by_lei = f"lei-records?filter[lei]={','.join(head.lei for head in heads)}"
    yield from _record_pages(by_lei, heads, night)
    yield from _lookups_by_registration(night)
    for head in heads:
        yield f"lei-records/{head.lei}", gleif_answers.record_answer(head, night)
        for level in ("direct", "ultimate"):
            exception = gleif_answers.exception_answer(head, level.upper(), "NO_KNOWN_PERSON", night)
            yield f"lei-records/{head.lei}/{level}-parent-reporting-exception", exception
    for parent in LEI_ENTITIES.values():
        children = direct_children(parent.key, night)
        if children and parent.key not in ULTIMATE_LIST_ONLY:
            yield from _record_pages(f"lei-records/{parent.lei}/direct-children", children, night, parent)
    for head in heads:
        children = ultimate_children(head.key, night)
        yield from _record_pages(f"lei-records/{head.lei}/ultimate-children", children, night, head)
    yield from _relationships(night)


def _record_pages(
    path: str, entities: Sequence[LeiEntity], night: int, parent: LeiEntity | None = None
) -> Iterator[tuple[str, bytes]]:
    size = SHORT_PAGE.get(parent.key, PAGE_SIZE) if parent else PAGE_SIZE
    pages = max(1, -(-len(entities) // size))
    if parent and (parent.key == NEVER_WHOLE or (parent.key == "lormancet" and night == NIGHT_WITHOUT_SECOND_PAGE)):
        pages = 1
    for page in range(1, pages + 1):
        body = gleif_answers.record_list_answer(path, entities, night, page=page, size=size)
        yield _numbered(path, page, size), body


def _lookups_by_registration(night: int) -> Iterator[tuple[str, bytes]]:
    """A French unit that has an LEI, found by its SIREN, and one that has none."""
    for key in ("lormancet", "ostrevigne"):
        path = f"lei-records?filter[entity.registeredAs]={FRENCH_UNITS[key].siren}&filter[entity.jurisdiction]=FR"
        found = [LEI_ENTITIES[key]] if key in LEI_ENTITIES else []
        yield from _record_pages(path, found, night)


def _relationships(night: int) -> Iterator[tuple[str, bytes]]:
    """Level 2 records: those of Ancelvaux's children as a list, and the parents of one grandchild."""
    head = LEI_ENTITIES["ancelvaux"]
    path = f"lei-records/{head.lei}/direct-child-relationships"
    body = gleif_answers.relationship_list_answer(
        path, direct_children("ancelvaux", night), head, gleif_answers.DIRECT, night, page=1, size=PAGE_SIZE
    )
    yield _numbered(path, 1, PAGE_SIZE), body
    child = LEI_ENTITIES["ancelvaux-es"]
    for level, parent, kind in (
        ("direct", LEI_ENTITIES["ancelvaux-services"], gleif_answers.DIRECT),
        ("ultimate", head, gleif_answers.ULTIMATE),
    ):
        body = gleif_answers.relationship_answer(child, parent, kind, night)
        yield f"lei-records/{child.lei}/{level}-parent-relationship", body


def _numbered(path: str, page: int, size: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}page[number]={page}&page[size]={size}"
