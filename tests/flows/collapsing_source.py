"""recherche-entreprises as it answers over an invented list of companies, whole or broken in one way."""

import copy
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from stdnum import luhn

from connectors.archive import Archive
from schemas.provenance import Payload

Unit = dict[str, Any]
Break = Callable[[list[Unit]], list[Unit]]
SOURCE, PAGE_SIZE = "recherche_entreprises", 25
TEMPLATE = Path(__file__).parents[1] / "fixtures" / SOURCE / "search_page.json"


def companies(count: int, start: int = 0) -> list[Unit]:
    """Companies that nobody has registered, each with its head office and two officers."""
    template = json.loads(TEMPLATE.read_bytes())["results"][0]
    return [company(template, number) for number in range(start, start + count)]


def company(template: Unit, number: int) -> Unit:
    """The template under another SIREN, SIRET and name."""
    unit = copy.deepcopy(template)
    body = f"002{number:05}"
    siren = body + luhn.calc_check_digit(body)
    site = f"{siren}0001"
    name = f"COMPAGNIE INVENTEE {number:05}"
    unit |= {"siren": siren, "nom_complet": name, "nom_raison_sociale": name, "sigle": None, "finances": None}
    unit |= {"matching_etablissements": [], "categorie_entreprise": "GE"}
    unit["siege"]["siret"] = site + luhn.calc_check_digit(site)
    unit["dirigeants"] = [officer(number, "Président de SAS"), officer(number + 500, "Directeur général")]
    return unit


def officer(number: int, title: str) -> dict[str, Any]:
    """One invented officer."""
    return {
        "nom": f"FICTIF-{number}",
        "prenoms": "ALIX",
        "annee_de_naissance": "1970",
        "date_de_naissance": "1970-01",
        "qualite": title,
        "nationalite": None,
        "type_dirigeant": "personne physique",
    }


def put_list(archive: Archive, units: list[Unit], at: datetime) -> None:
    """The pages of one query, as they are fetched."""
    pages = max(-(-len(units) // PAGE_SIZE), 1)
    for page in range(1, pages + 1):
        shown = units[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        key = f"search?categorie_entreprise=GE&page={page}&per_page={PAGE_SIZE}"
        put(archive, key, shown, len(units), page, pages, at)


def put_look_ups(archive: Archive, asked: list[Unit], told: list[Unit], at: datetime) -> None:
    """One question a company; whoever is not told has an empty answer."""
    by_siren = {unit["siren"]: unit for unit in told}
    for unit in asked:
        shown = [by_siren[unit["siren"]]] if unit["siren"] in by_siren else []
        put(archive, f"search?q={unit['siren']}", shown, len(shown), 1, len(shown), at)


def put(archive: Archive, key: str, shown: list[Unit], total: int, page: int, pages: int, at: datetime) -> None:
    """One answer."""
    answer = {"results": shown, "total_results": total, "page": page, "per_page": PAGE_SIZE, "total_pages": pages}
    body = json.dumps(answer, ensure_ascii=False).encode()
    archive.put(Payload(SOURCE, key, body, fetched_at=at, url=f"https://registry.example/{key}"))


def keep(count: int) -> Break:
    """The first so many."""
    return lambda units: units[:count]


def set_all(*path: str, to: Any = None, first: int | None = None) -> Break:
    """A field of the first units, or of all, gets another value."""

    def change(units: list[Unit]) -> list[Unit]:
        for unit in units[:first]:
            inner = unit
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = to
        return units

    return change
