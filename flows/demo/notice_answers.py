"""Writes answers of BODACC (v2.1 `annonces-commerciales/records`) about the invented units, as the source does.

What it tells: a company is put into receivership; a founder hands his presidency to a company that he represents
himself; and two notices that nobody may keep, of a sole trader under P and of the executive who objected.
"""

import json
from datetime import date, timedelta
from typing import Any

from flows.demo.people import FOUNDER, FOUNDERS_HOLDING, KLEBERMANN
from flows.demo.places import PLACES
from flows.demo.world import FRENCH_UNITS, FrenchUnit, instant_of

BASE = "https://bodacc-datadila.opendatasoft.com"
PATH = "api/explore/v2.1/catalog/datasets/annonces-commerciales/records"
SOLE_TRADER = {"nom": "ROUVILLAC", "prenom": "Hermance"}  # of whom the register, under P, tells no name
FAMILIES = {
    "collective": "Procédures collectives",
    "creation": "Créations",
    "dpc": "Dépôts des comptes",
    "modification": "Modifications diverses",
}
NESTED = (
    "listepersonnes", "listeetablissements", "jugement", "acte", "modificationsgenerales", "radiationaurcs", "depot",
    "listeprecedentproprietaire", "listeprecedentexploitant", "divers", "parutionavisprecedent",
)  # fmt: skip


def notices_key(night: int) -> str:
    """What the connector asks on that night: three months first, then three days again."""
    last = instant_of(night).date()
    first = last - timedelta(days=92 if night == 1 else 4)
    where = f"dateparution >= date'{first}' AND dateparution <= date'{last}'"
    order = "dateparution,publicationavis,parution,numeroannonce"
    return f"{PATH}?where={where}&order_by={order}&offset=0&limit=100"


def notices_answer(night: int) -> bytes:
    """The notices that are new to the night."""
    found = {1: first_night(), 2: second_night()}.get(night, [])
    return json.dumps({"total_count": len(found), "results": found}, ensure_ascii=False).encode()


def first_night() -> list[dict[str, Any]]:
    """Accounts, the receivership, and the two notices that nobody may keep."""
    ostrevigne, sanvadour = FRENCH_UNITS["ostrevigne"], FRENCH_UNITS["sanvadour"]
    accounts = {"dateCloture": "2025-12-31", "typeDepot": "Comptes annuels et rapports", "descriptif": None}
    opening = {
        "type": "initial",
        "famille": "Jugement d'ouverture",
        "nature": "Jugement d'ouverture d'une procédure de redressement judiciaire",
        "date": "2026-02-19",
        "complementJugement": "Jugement prononçant l'ouverture d'une procédure de redressement judiciaire.",
    }
    appointed = f"Directeur général délégué : {KLEBERMANN.family.title()}, {KLEBERMANN.given.title()}"
    return [
        notice("A", date(2026, 2, 11), 318, "creation", FRENCH_UNITS["masked-person"], acte={"descriptif": None}),
        notice("C", date(2026, 2, 20), 2045, "dpc", ostrevigne, depot=accounts),
        notice("B", date(2026, 2, 22), 771, "modification", sanvadour, text=f"nomination du {appointed}"),
        notice("A", date(2026, 2, 24), 1290, "collective", sanvadour, jugement=opening),
    ]


def second_night() -> list[dict[str, Any]]:
    """The founder behind the company that follows him."""
    founder = f"{FOUNDER.family.title()}, Léopold"
    text = (
        f"Président partant : {founder} ; nomination du Président : {FOUNDERS_HOLDING.organisation} représentée par"
        f" {FOUNDER.family} Léopold"
    )
    return [notice("B", date(2026, 3, 2), 1466, "modification", FRENCH_UNITS["mirobrac"], text=text)]


def notice(
    publication: str, day: date, number: int, family: str, unit: FrenchUnit, text: str | None = None, **parts: Any
) -> dict[str, Any]:
    """One notice about one unit.

    Args:
        publication: A, B or C.
        day: of publication.
        number: within the issue.
        family: `familleavis`.
        unit: whom it is about.
        text: its `administration`, or none.
        **parts: nested objects by field.
    """
    issue = f"{day.year}{day.timetuple().tm_yday:04d}"
    spaced = f"{unit.siren[:3]} {unit.siren[3:6]} {unit.siren[6:]}"
    place = PLACES[unit.sites[0]]
    changes = {"modificationsgenerales": {"descriptif": "modification survenue sur l'administration"}} if text else {}
    nested = {"listepersonnes": {"personne": person(unit, spaced, text)}, **changes, **parts}
    trader = " ".join(SOLE_TRADER.values()) if unit.is_natural_person else unit.name
    return {
        "id": f"{publication}{issue}{number}",
        "publicationavis": publication,
        "publicationavis_facette": f"Bodacc {publication}",
        "parution": issue,
        "dateparution": day.isoformat(),
        "numeroannonce": number,
        "typeavis": "annonce",
        "typeavis_lib": "Avis initial",
        "familleavis": family,
        "familleavis_lib": FAMILIES[family],
        "numerodepartement": place.departement,
        "departement_nom_officiel": None,
        "region_code": int(place.region),
        "region_nom_officiel": None,
        "tribunal": "Greffe du Tribunal de Commerce inventé",
        "commercant": trader,
        "ville": place.name.title(),
        "cp": place.postal_code,
        "registre": [unit.siren, spaced],
        "url_complete": f"https://www.bodacc.example/pages/?q.id=id:{publication}{issue}{number}",
        "ispdf_unitaire": "oui",
        "pdf_parution_subfolder": 1,
        **{name: json.dumps(nested[name], ensure_ascii=False) if name in nested else None for name in NESTED},
    }


def person(unit: FrenchUnit, spaced: str, text: str | None) -> dict[str, Any]:
    """The `personne` of a notice: a company with its officers' text, or a sole trader with name and address."""
    number = {"numeroIdentification": spaced, "codeRCS": "RCS", "nomGreffeImmat": PLACES[unit.sites[0]].name.title()}
    if unit.is_natural_person:
        address = {"numeroVoie": "2", "typeVoie": "rue", "nomVoie": "du Brouillon", "ville": unit.sites[0].title()}
        return {"typePersonne": "pp", "numeroImmatriculation": number, **SOLE_TRADER, "adressePP": address}
    officers = {"administration": text} if text else {}
    return {
        "typePersonne": "pm",
        "numeroImmatriculation": number,
        "denomination": unit.name,
        "formeJuridique": "Société par actions simplifiée",
        **officers,
    }
