"""Writes answers of recherche-entreprises (`GET /search`) about the invented units, field for field as the API does."""

import json
from typing import Any

from flows.demo.invented import siret, vat
from flows.demo.people import Officer, officers_of
from flows.demo.places import PLACES, Place
from flows.demo.world import FrenchUnit, instant_of

MASK = "[NON-DIFFUSIBLE]"
MASKED_IN_ADDRESS = (
    "adresse", "cedex", "code_postal", "complement_adresse", "coordonnees", "distribution_speciale",
    "indice_repetition", "latitude", "libelle_cedex", "libelle_voie", "longitude", "nom_commercial", "numero_voie",
    "dernier_numero_voie", "type_voie",
)  # fmt: skip
MASKED_FOR_A_LEGAL_PERSON = tuple(name for name in MASKED_IN_ADDRESS if name not in ("code_postal", "nom_commercial"))
STREETS = ("DES EXEMPLES", "DU MODELE", "DES TROIS FICTIONS", "DU BROUILLON")
LABELS = [
    "est_achats_responsables",
    "est_alim_confiance",
    "est_association",
    "est_avocat",
    "est_bio",
    "est_entrepreneur_individuel",
    "est_entrepreneur_spectacle",
    "est_ess",
    "est_finess",
    "est_organisme_formation",
    "est_qualiopi",
    "est_rge",
    "est_siae",
    "est_societe_mission",
    "est_uai",
    "est_patrimoine_vivant",
    "est_administration",
    "est_service_public",
    "est_l100_3",
    "convention_collective_renseignee",
    "egapro_renseignee",
    "bilan_ges_renseigne",
    "a_aide_minimis",
    "a_aide_ademe",
]
EMPTY_COMPLEMENTS = [
    "collectivite_territoriale",
    "liste_idcc",
    "liste_finess_juridique",
    "liste_id_organisme_formation",
    "identifiant_association",
    "statut_entrepreneur_spectacle",
    "type_siae",
]
CLOSED_ON = "2019-12-31"


def search_answer(unit: FrenchUnit, night: int, *, with_sites: bool) -> bytes:
    """The answer to a search that finds this one unit.

    Args:
        unit: the unit.
        night: counted from 1.
        with_sites: a search by name lists the matching establishments, one by SIREN lists none (SOURCES section 1).
    """
    answer = {
        "results": [unit_result(unit, night, with_sites=with_sites)],
        "total_results": 1,
        "page": 1,
        "per_page": 10,
        "total_pages": 1,
    }
    return json.dumps(answer, ensure_ascii=False).encode()


def unit_result(unit: FrenchUnit, night: int, *, with_sites: bool) -> dict[str, Any]:
    """One legal unit of the answer, with its officers of that night."""
    sites = [establishment(unit, number, town) for number, town in enumerate(unit.sites, start=1)]
    closed = [closed_establishment(unit)] if unit.closed_site else []
    listed = [{**site, "ancien_siege": False} for site in sites] + closed
    employs = unit.band != "NN"
    return {
        "siren": unit.siren,
        "nom_complet": unit.name,
        "nom_raison_sociale": unit.name,
        "sigle": MASK if unit.is_natural_person else None,
        "nombre_etablissements": len(sites) + len(closed) + unit.unlisted_sites,
        "nombre_etablissements_ouverts": len(sites) + unit.unlisted_sites,
        "siege": sites[0],
        "tva": [] if unit.is_natural_person else [vat(unit.siren)],
        "activite_principale": unit.activity,
        "activite_principale_naf25": None,
        "categorie_entreprise": unit.size,
        "caractere_employeur": None,
        "annee_categorie_entreprise": "2023",
        "date_creation": unit.created,
        "date_fermeture": None,
        "date_mise_a_jour": f"{instant_of(night):%Y-%m-%d}T00:30:00",
        "date_mise_a_jour_insee": "2026-01-14T09:12:45",
        "date_mise_a_jour_rne": "2025-11-20T17:01:20",
        "dirigeants": officer_rows(unit, night),
        "etat_administratif": "A",
        "nature_juridique": unit.legal_form,
        "section_activite_principale": unit.section,
        "tranche_effectif_salarie": unit.band,
        "annee_tranche_effectif_salarie": "2023" if employs else None,
        "statut_diffusion": "P" if unit.is_partial else "O",
        "matching_etablissements": listed if with_sites else [],
        "finances": finances(unit),
        "complements": complements(unit),
    }


def officer_rows(unit: FrenchUnit, night: int) -> list[dict[str, Any]]:
    """The `dirigeants` of a unit; those of a natural person under P are masked."""
    if unit.is_natural_person:
        masked = dict.fromkeys(("nom", "prenoms", "annee_de_naissance", "date_de_naissance"), MASK)
        return [{**masked, "qualite": None, "nationalite": MASK, "type_dirigeant": "personne physique"}]
    return [officer_row(officer) for officer in officers_of(unit.key, night)]


def officer_row(officer: Officer) -> dict[str, Any]:
    """One office as the source writes it: a natural person or an organisation."""
    if officer.organisation:
        return {
            "siren": officer.organisation_siren,
            "denomination": officer.organisation,
            "qualite": officer.title,
            "type_dirigeant": "personne morale",
        }
    return {
        "nom": officer.family,
        "prenoms": officer.given,
        "annee_de_naissance": officer.birth_month[:4],
        "date_de_naissance": officer.birth_month,
        "qualite": officer.title,
        "nationalite": None,
        "type_dirigeant": "personne physique",
    }


def establishment(unit: FrenchUnit, number: int, town: str) -> dict[str, Any]:
    """One open site; number 1 is the head office."""
    row = site_row(PLACES[town], siret(unit.siren, number), f"{number}", STREETS[number % len(STREETS)])
    row |= {
        "activite_principale": unit.activity,
        "caractere_employeur": "N" if unit.band == "NN" else "O",
        "date_creation": unit.created,
        "date_debut_activite": unit.created,
        "est_siege": number == 1,
        "tranche_effectif_salarie": unit.band if number == 1 else "NN",
        "statut_diffusion_etablissement": "P" if unit.is_partial else "O",
    }
    if unit.is_partial:
        row |= dict.fromkeys(MASKED_IN_ADDRESS if unit.is_natural_person else MASKED_FOR_A_LEGAL_PERSON, MASK)
    return row


def closed_establishment(unit: FrenchUnit) -> dict[str, Any]:
    """A former head office, closed years ago."""
    row = establishment(unit, len(unit.sites) + 1, unit.closed_site or "")
    return row | {"etat_administratif": "F", "date_fermeture": CLOSED_ON, "est_siege": False, "ancien_siege": True}


def site_row(place: Place, site_siret: str, house_number: str, street: str) -> dict[str, Any]:
    """The address block of a site, with every field that the source has."""
    empty = (
        "activite_principale_naf25 activite_principale_registre_metier annee_tranche_effectif_salarie cedex"
        " code_pays_etranger complement_adresse date_fermeture date_mise_a_jour distribution_speciale epci geo_adresse"
        " geo_id indice_repetition libelle_cedex libelle_commune_etranger libelle_pays_etranger liste_enseignes"
        " liste_finess liste_id_bio liste_idcc liste_id_organisme_formation liste_rge liste_uai nom_commercial"
        " dernier_numero_voie"
    )
    return dict.fromkeys(empty.split()) | {
        "adresse": f"{house_number} RUE {street} {place.postal_code} {place.name}",
        "code_postal": place.postal_code,
        "commune": place.commune,
        "coordonnees": f"{place.latitude},{place.longitude}",
        "date_mise_a_jour_insee": "2026-01-14T09:12:45",
        "departement": place.departement,
        "etat_administratif": "A",
        "latitude": place.latitude,
        "libelle_commune": place.name,
        "libelle_voie": street,
        "longitude": place.longitude,
        "numero_voie": house_number,
        "region": place.region,
        "siret": site_siret,
        "type_voie": "RUE",
    }


def finances(unit: FrenchUnit) -> dict[str, dict[str, int]] | None:
    """Always one year, or nothing; a net income of 0 means that it is missing."""
    return {"2024": {"ca": unit.revenue_eur, "resultat_net": unit.net_income_eur}} if unit.revenue_eur else None


def complements(unit: FrenchUnit) -> dict[str, Any]:
    """The labels of a unit, all false but its own."""
    return (
        dict.fromkeys(EMPTY_COMPLEMENTS)
        | dict.fromkeys(LABELS, False)
        | {
            "est_achats_responsables": unit.has_responsible_buyer_label,
            "est_entrepreneur_individuel": unit.is_natural_person,
            "egapro_renseignee": unit.size == "GE",
        }
    )
