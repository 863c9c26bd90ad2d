"""One company of the RNE: the unit, its sites, and what hangs on it (officers, events)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from connectors.contract import OFFICERS_OF, STREET_OF, Batch, ListScope
from connectors.fields import Record
from connectors.recherche_entreprises import country_of_label
from connectors.rne_events import read_history
from connectors.rne_officers import corporate_leaders, keys_of_power, offices_in, read_officers
from connectors.rne_shared import MASKS, SOURCE, Reading, day_of
from connectors.rows import make_batch, to_frame
from schemas.frames import SourceRecord
from schemas.identifiers import normalise_siren, normalise_siret
from schemas.vocabulary import Diffusion, LifeStatus, ScopeKind, SiteStatus

BLOCKS = {"M": "personneMorale", "P": "personnePhysique", "E": "exploitation"}
DIFFUSION = {"O": Diffusion.OPEN, "P": Diffusion.PARTIAL, "N": Diffusion.PARTIAL}
APE = re.compile(r"([0-9]{2})\.?([0-9]{2}[A-Z])", re.ASCII)  # 7010Z here, 70.10Z at INSEE
STREET = ("numVoie", "indiceRepetition", "typeVoie", "voie")
SITE_BLOCKS = ("etablissementPrincipal", "autresEtablissements")


def read_company(reading: Reading, value: object, path: str) -> None:
    """The unit with its sites, officers and events; nothing of one that cannot be read.

    Who the unit is decides what of the rest may be kept, so that a unit that cannot be read takes it along.
    """
    unit = reading.record(value, path)
    siren = normalise_siren(unit.filled("siren"))
    if siren is None:
        unit.reject(f"{path}.siren is no SIREN (nine digits with a Luhn key)")
    updated_at = unit.instant("updatedAt", optional=True)
    formality = unit.part("formality")
    row, block = _read_formality(formality)
    row |= {"source": SOURCE, "source_key": siren, "national_id": siren, "record_updated_at": updated_at}
    row |= {"sites_open_count": unit.integer("nombreEtablissementsOuverts", optional=True)}
    events = formality.raw("historique", list)
    composition = block.part("composition", optional=True)
    powers, seat = composition.raw("pouvoirs", list), row.pop("_seat")
    sites = [*_one(block.raw("etablissementPrincipal", dict)), *(block.raw("autresEtablissements", list) or [])]
    unit.ignore(*UNUSED)
    composition.ignore("pouvoirIndivisions", "indivisions")
    block.ignore(*UNUSED_OF_BLOCK)
    if not reading.close(unit, siren, "one legal unit") or siren is None:
        for part in (*sites, *(events or []), *offices_in(powers or [])):
            reading.reject("its legal unit cannot be read", siren, "one part" if part else "an empty part")
        return
    reading.add("legal_units", row)
    below = f"{block.path}."
    _read_sites(reading, sites, row, seat, below)
    read_history(reading, events or [], siren, f"{formality.path}.historique[]", is_natural=row["is_natural_person"])
    # under P nobody is read, and without a roster nobody is taken for gone
    if powers is not None and row["diffusion"] is Diffusion.OPEN and not row["is_natural_person"]:
        read_officers(reading, powers, siren, f"{below}composition.pouvoirs[]", updated_at)


def _one(value: object) -> list[object]:
    return [] if value is None else [value]


def _read_formality(formality: Record) -> tuple[dict[str, Any], Record]:
    kind = formality.one_of("typePersonne", BLOCKS)
    if kind is None:
        formality.reject(f"{formality.path}.typePersonne is empty")
    may_prospect = formality.flag("diffusionCommerciale")
    if may_prospect is None:
        formality.reject(f"{formality.path}.diffusionCommerciale is empty: nobody knows whether it may be shown")
    shown = formality.one_of("diffusionINSEE", DIFFUSION, optional=True)
    form, activity = formality.text("formeJuridique", optional=True), formality.text("codeAPE", optional=True)
    formality.ignore("siren", *UNUSED_OF_FORMALITY)
    content = formality.part("content")
    nature = content.part("natureCreation", optional=True)
    created = day_of(nature, "dateCreation")
    form = form or nature.text("formeJuridique", optional=True)
    nature.ignore("formeJuridique", *UNUSED_OF_NATURE)
    block = content.part(kind or BLOCKS["M"])
    content.ignore(*UNUSED_OF_CONTENT)
    is_open = may_prospect is True and shown is not Diffusion.PARTIAL
    is_natural = kind != BLOCKS["M"]  # an `exploitation` is one or several persons
    row = _read_identity(block, is_natural)
    registered, seat = row.pop("_registered"), row["_seat"]
    ceased = _read_end(block)
    activity = activity or row.pop("_ape", None)
    row.pop("_ape", None)
    row |= {
        "other_names": row["other_names"],
        "country_code": "FR",
        "national_id_scheme": "FR-RCS",
        "legal_form_code": form,
        "legal_form_scheme": "FR-CJ" if form else None,
        "is_natural_person": is_natural,
        "diffusion": Diffusion.OPEN if is_open else Diffusion.PARTIAL,
        "life_status": LifeStatus.CEASED if ceased else LifeStatus.ACTIVE,
        "created_on": created or registered,  # the rule of INPI of January 2026
        "ceased_on": ceased,
        "activity_code": _activity(activity),
        "activity_code_scheme": "NAF2008" if APE.fullmatch(activity or "") else None,
        "_seat": seat,
    }
    address = block.part("adresseEntreprise", optional=True)
    row |= _read_address(address.part("adresse", optional=True), hide_street=is_natural or not is_open)
    address.ignore("caracteristiques", "entrepriseDomiciliataire")
    return row, block


def _read_identity(block: Record, is_natural: bool) -> dict[str, Any]:
    identity = block.part("identite")
    company = identity.part("entreprise", optional=True)
    name, trade = company.text("denomination", optional=True), company.text("nomCommercial", optional=True)
    is_hidden = company.is_masked("denomination")
    if not is_natural and name is None and not is_hidden:
        company.reject(f"{company.path}.denomination is empty")
    row = {
        "name": None if is_natural else name,  # a sole trader's own name is not read
        "other_names": [trade] if trade and trade != name else [],
        "_seat": company.text("nicSiege", optional=True),
        "_registered": day_of(company, "dateImmat"),
        "_ape": company.text("codeApe", optional=True),
    }
    company.ignore(*UNUSED_OF_COMPANY)
    identity.ignore("description", "entrepreneur", "nomsDeDomaine", "publicationLegale", "contact")
    return row


def _read_end(block: Record) -> Any:
    """The day on which the company ended, or None while it lives."""
    end = block.part("detailCessationEntreprise", optional=True)
    struck_off, effective = day_of(end, "dateRadiation"), day_of(end, "dateEffet")
    end.ignore(*UNUSED_OF_END)
    return struck_off or effective


def _activity(code: str | None) -> str | None:
    found = APE.fullmatch(code or "")
    return f"{found[1]}.{found[2]}" if found else code


def _read_address(address: Record, *, hide_street: bool) -> dict[str, Any]:
    parts = [address.text(name, optional=True) for name in STREET]
    label, code = address.text("pays", optional=True), address.text("codePays", optional=True)
    row = {
        "address_line": None if hide_street else " ".join(filter(None, parts)) or None,
        "postal_code": address.text("codePostal", optional=True),
        "city": address.text("commune", optional=True),
        "hq_country_code": "FR" if code in ("FRA", "FR") else country_of_label(label),
    }
    address.ignore(*UNUSED_OF_ADDRESS)
    return row


def _read_sites(reading: Reading, sites: list[Any], unit: Mapping[str, Any], seat: str | None, path: str) -> None:
    """The principal site first; the same one told again among the others, even with another address, is one."""
    seen: set[str] = set()
    for position, value in enumerate(sites):
        where = SITE_BLOCKS[0] if position == 0 else f"{SITE_BLOCKS[1]}[]"
        site = reading.record(value, f"{path}{where}")
        row = _read_site(site, unit, seat)
        if not reading.close(site, row["source_key"] or unit["source_key"], "one establishment"):
            continue
        if row["source_key"] is not None and row["source_key"] not in seen:  # INSEE has not numbered every site yet
            seen.add(row["source_key"])
            reading.add("establishments", row)


def _read_site(site: Record, unit: Mapping[str, Any], seat: str | None) -> dict[str, Any]:
    described = site.part("descriptionEtablissement")
    number = described.text("siret", optional=True)
    siret = normalise_siret(number)
    if number is not None and siret is None:
        described.reject(f"{described.path}.siret is no SIRET (fourteen digits with a Luhn key)")
    elif siret is not None and not siret.startswith(unit["source_key"]):
        described.reject(f"{described.path}.siret belongs to another legal unit")
    name = described.text("nomCommercial", optional=True) or described.text("enseigne", optional=True)
    closed = day_of(described, "dateEffetFermeture")
    described.ignore("nomCommercial", "enseigne", *UNUSED_OF_SITE)
    hide = unit["is_natural_person"] or unit["diffusion"] is not Diffusion.OPEN
    address = _read_address(site.part("adresse", optional=True), hide_street=hide)
    row = {
        "source": SOURCE,
        "source_key": siret,
        "unit_key": unit["source_key"],
        "name": name,
        "is_head_office": bool(siret and seat and siret.endswith(seat)),
        "site_status": SiteStatus.CLOSED if closed else SiteStatus.OPEN,
        "diffusion": unit["diffusion"],
        "closed_on": closed,
        "activity_code": _activity(_main_activity(site)),
        "country_code": address.pop("hq_country_code"),
        "record_updated_at": unit["record_updated_at"],
    }
    site.ignore("nomsDeDomaine", *UNUSED_AROUND_SITE)
    return row | address


def _main_activity(site: Record) -> str | None:
    """The code of the site's principal activity, else of its first one."""
    codes = []
    for activity in site.parts("activites", optional=True):
        is_main = activity.flag("indicateurPrincipal", optional=True) is True
        codes.append((not is_main, activity.text("codeApe", optional=True)))
        activity.ignore(*UNUSED_OF_ACTIVITY)
    return min(codes, key=lambda told: told[0])[1] if codes else None


def corporate_managers(company: object) -> list[str]:
    """The companies that lead this one, where no person does (SIREN)."""
    powers, siren = _powers_of(company), str(company.get("siren")) if isinstance(company, dict) else ""
    return corporate_leaders(powers, siren) if isinstance(powers, list) else []


# ------------------------------------------------------------------------------------------------------ handing on


def batch_of(reading: Reading, schemas: Mapping[str, type[SourceRecord]]) -> Batch:
    """The rows of one answer as frames, with one roster a unit that lists its officers."""
    frames: dict[str, pl.DataFrame] = {}
    for name, schema in schemas.items():
        frames[name], refused = to_frame(schema, reading.rows.get(name, ()))
        kept = set(frames[name]["source_key"])
        for one in refused:
            unit = (one.source_key or "").partition("|")[0] if name == "appointments" else one.source_key
            if name == "appointments" and one.source_key not in kept and unit in reading.rosters:
                reading.rosters[unit] += 1
            reading.reject(one.reason, unit, "one officer" if name == "appointments" else one.record)
    told = frames["appointments"]
    rosters = [
        ListScope(f"roster:{siren}", ScopeKind.ROSTER, "appointments", keys, total=len(keys) + unread)
        for siren, unread in reading.rosters.items()
        for keys in [tuple(told.filter(pl.col("unit_key") == siren)["source_key"])]
    ]
    return make_batch(frames, reading.rejected, reading.unknown, rosters)


# --------------------------------------------------------------------------------------------------------- redacting


def redact_company(company: dict[str, Any], source_keys: frozenset[str]) -> dict[str, Any] | None:
    """The company without these sites, officers, events and streets; None when it goes itself."""
    siren = str(company.get("siren"))
    if siren in source_keys:
        return None
    left: dict[str, Any] = _copied(company)
    formality = left.get("formality")
    if not isinstance(formality, dict):
        return left
    if isinstance(formality.get("historique"), list):
        events = formality["historique"]
        formality["historique"] = [event for event in events if not _event_keys(event, siren) & source_keys]
    for block in _blocks(left):
        _redact_block(block, siren, source_keys)
    return left


def _redact_block(block: dict[str, Any], siren: str, source_keys: frozenset[str]) -> None:
    composition = block.get("composition")
    if isinstance(composition, dict) and isinstance(composition.get("pouvoirs"), list):
        powers = [] if f"{OFFICERS_OF}{siren}" in source_keys else composition["pouvoirs"]
        composition["pouvoirs"] = [power for power in powers if not keys_of_power(power, siren) & source_keys]
    if f"{OFFICERS_OF}{siren}" in source_keys:  # who owns, and what the court noted, names the same persons
        for name in ("beneficiairesEffectifs", "observations"):
            block.pop(name, None)
    if _siret_of(block.get(SITE_BLOCKS[0])) in source_keys:
        block[SITE_BLOCKS[0]] = None
    if isinstance(block.get(SITE_BLOCKS[1]), list):
        block[SITE_BLOCKS[1]] = [site for site in block[SITE_BLOCKS[1]] if _siret_of(site) not in source_keys]
    others = block.get(SITE_BLOCKS[1])
    for site in (block.get(SITE_BLOCKS[0]), *(others if isinstance(others, list) else ())):
        if f"{STREET_OF}{_siret_of(site)}" in source_keys or f"{STREET_OF}{siren}" in source_keys:
            _mask_street(site)
    if f"{STREET_OF}{siren}" in source_keys:
        _mask_street(block.get("adresseEntreprise"))


def _mask_street(holder: object) -> None:
    address = holder.get("adresse") if isinstance(holder, dict) else None
    if isinstance(address, dict):
        mask = min(MASKS)
        address |= {name: mask for name in (*STREET, *STREET_BESIDE) if isinstance(address.get(name), str)}


def _event_keys(event: object, siren: str) -> frozenset[str]:
    reading = Reading()
    read_history(reading, [event], siren, "", is_natural=True)
    return frozenset(row["source_key"] for row in reading.rows.get("notices", ()))


def _siret_of(site: object) -> str:
    described = site.get("descriptionEtablissement") if isinstance(site, dict) else None
    return str(described.get("siret")) if isinstance(described, dict) else ""


def _blocks(company: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    formality = company.get("formality")
    content = formality.get("content") if isinstance(formality, dict) else None
    if isinstance(content, dict):
        yield from (content[name] for name in BLOCKS.values() if isinstance(content.get(name), dict))


def _powers_of(company: object) -> Any:
    for block in _blocks(company) if isinstance(company, dict) else ():
        composition = block.get("composition")
        if isinstance(composition, dict):
            return composition.get("pouvoirs")
    return None


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


# ------------------------------------------------------------------------------------------- known and left out

UNUSED = ("id", "createdAt", "nombreRepresentantsActifs", "origin", "sirenDoublons", "idCompany")
UNUSED_OF_FORMALITY = (
    "created", "updated", "codeAPE25", "dateLiquidation", "evenements", "lifecycle", "observation", "typeFormalite",
    "optionEIRL", "hasRnippBeforeValidation", "regimeAgricole",
)  # fmt: skip
UNUSED_OF_NATURE = (
    "dateCreationString", "eirl", "entrepriseAgricole", "etablieEnFrance", "indicateurEtablissementFictif",
    "microEntreprise", "relieeEntrepriseAgricole", "salarieEnFrance", "seulsBiensInsaisissables", "societeEtrangere",
    "activiteNonSalarie", "formeJuridiqueInsee",
)  # fmt: skip
UNUSED_OF_CONTENT = (
    "evenementCessation", "formeExerciceActivitePrincipale", "indicateurPoursuiteCessation",
    "natureCessation", "natureCessationEntreprise", "registreAnterieur", "succursaleOuFiliale", "piecesJointes",
    "declarant", "optionsFiscales", "contratDAppui", "personneMorale", "personnePhysique", "exploitation",
)  # fmt: skip
UNUSED_OF_BLOCK = (
    "adresseCorrespondance", "beneficiairesEffectifs", "detailMouvement", "immatriculationRm", "observations",
    "optionsFiscales", "structureEntreprise", "volet", "voletSocial", "exploitationEnCommun", "nonSedentarite",
    "fusionScission", "registreAnterieur",
)  # fmt: skip
UNUSED_OF_COMPANY = (
    "dateDebutActiv", "effectifSalarie", "formeJuridique", "indicateurAssocieUnique", "lieuRegistre", "numRna", "pays",
    "registre", "siren", "formeJuridiqueInsee", "roleEntreprise", "nomExploitation", "autreIdentifiantEtranger",
)  # fmt: skip
UNUSED_OF_END = (
    "dateCessationTotale", "dateCessationActivite", "dateClotureLiquidation", "dateDissolutionDisparition",
    "dateTransfertSiege", "indicateurDissolution", "indicateurDisparitionPM", "indicateurCessationTemporaire",
    "maintienImmatriculationRegistre", "motifCessation", "motifDisparition", "indicateurPresenceSalarie",
    "dateMiseEnSommeil", "indicateurMaintienRM",
)  # fmt: skip
STREET_BESIDE = (
    "complementLocalisation",
    "distributionSpeciale",
    "voieCodifiee",
    "typeVoieCodifiee",
    "communeAncienne",
)
UNUSED_OF_ADDRESS = (
    "ambulant", "bureauDistributeur", "caracteristiques", "codeInseeCommune", "datePriseEffetAdresse", "departement",
    "indicateurValidationBAN", "numVoieCodifiee", "indiceRepetitionCodifiee", "region", *STREET_BESIDE,
)  # fmt: skip
UNUSED_OF_SITE = (
    "activiteNonSedentaire", "autonomieEtablissement", "codePays", "dateEffetOuverture", "dateEffetTransfert",
    "destinationEtablissement", "effectifSalarie", "indicateurEtablissementPrincipal", "nomEtablissement", "pays",
    "rolePourEntreprise", "statutPourFormalite", "lieuRegistre", "statutOuvertFerme", "typeEtablissement",
)  # fmt: skip
UNUSED_AROUND_SITE = (
    "adresseDomiciliation", "descriptionActivite", "domiciliataire", "effectifSalarie", "identiteLoueurMandant",
    "origineFonds", "personnePouvoirs", "registreAnterieur", "nomsDomaine", "detailCessationEtablissement",
)  # fmt: skip
UNUSED_OF_ACTIVITY = (
    "activiteRattacheeEirl", "activiteId", "categorisationActivite1", "categorisationActivite2",
    "categorisationActivite3", "categorisationActivite4", "categoryCode", "codeAprm", "dateDebut", "dateEffet",
    "dateFin", "descriptionDetaillee", "exerciceActivite", "formeExercice", "indicateurActiviteeApe",
    "indicateurArtisteAuteur", "indicateurMarinProfessionnel", "indicateurNonSedentaire", "indicateurProlongement",
    "origine", "precisionActivite", "rolePrincipalPourEntreprise", "soumissionAuPrecompte", "statutFormalite",
)  # fmt: skip
