"""One unit or site of the Sirene API: current values are those of the period that has no end."""

import re
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import RecordRejectedError, Rejected
from connectors.fields import Record
from connectors.recherche_entreprises import country_of_label
from connectors.rows import Row
from schemas.identifiers import normalise_siren, normalise_siret
from schemas.reference import region_of_department
from schemas.vocabulary import Diffusion, LifeStatus, SiteStatus, SizeCategory

SOURCE = "sirene"
MASK = "[ND]"
MASKS = frozenset({MASK, "[NON-DIFFUSIBLE]"})
DIFFUSION = {"O": Diffusion.OPEN, "P": Diffusion.PARTIAL, "N": Diffusion.PARTIAL}
LIFE = {"A": LifeStatus.ACTIVE, "C": LifeStatus.CEASED}
SITE = {"A": SiteStatus.OPEN, "F": SiteStatus.CLOSED}
SIZE = {c.value: c for c in (SizeCategory.SMALL_MEDIUM, SizeCategory.INTERMEDIATE, SizeCategory.LARGE)}
NATURAL_FORM = "1000"  # entrepreneur individuel
CURRENT_NAF = "NAFRev2"
STREET = (
    "numeroVoieEtablissement", "indiceRepetitionEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement",
    "complementAdresseEtablissement", "distributionSpecialeEtablissement", "dernierNumeroVoieEtablissement",
    "indiceRepetitionDernierNumeroVoieEtablissement", "coordonneeLambertAbscisseEtablissement",
    "coordonneeLambertOrdonneeEtablissement", "identifiantAdresseEtablissement",
)  # fmt: skip
COMMUNE = re.compile(r"(2[AB]|97[0-9]|98[0-9]|[0-9]{2})[0-9A-Z]+", re.ASCII)


@dataclass
class Reading:
    """What one answer has given so far."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {"legal_units": [], "establishments": []})
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def record(self, value: object, path: str) -> Record:
        """One object of the answer."""
        return Record(value, path, self.unknown, MASKS, never_null=NEVER_NULL)

    def keep(self, frame: str, record: Record, row: dict[str, Any], what: str) -> bool:
        """The row, or its rejection when the record has a problem."""
        try:
            record.close()
        except RecordRejectedError as error:
            self.rejected.append(Rejected(row["source_key"], str(error), what))
            return False
        self.rows[frame].append(row)
        return True


def read_unit(reading: Reading, value: object, path: str) -> None:
    """One unit of `siren`, without an address: that stands at its head office."""
    unit = reading.record(value, path)
    siren = _siren(unit)
    period = _current(unit, "periodesUniteLegale")
    row = _unit_row(unit, period, siren)
    unit.ignore("dateDebut", "nombrePeriodesUniteLegale", "unitePurgeeUniteLegale")
    reading.keep("legal_units", unit, row, "one legal unit")


def read_site(reading: Reading, value: object, path: str) -> None:
    """One site of `siret`; at the head office its unit as well, with the address."""
    site = reading.record(value, path)
    siren, siret = _siren(site), normalise_siret(site.filled("siret"))
    if siret is None or (siren and not siret.startswith(siren)):
        site.reject(f"{path}.siret is no SIRET of this unit (fourteen digits with a Luhn key)")
    is_head = site.flag("etablissementSiege")
    shown = site.one_of("statutDiffusionEtablissement", DIFFUSION)
    told, period = site.part("uniteLegale"), _current(site, "periodesEtablissement")
    unit = _unit_row(told, told, siren)
    hide = Diffusion.PARTIAL in (shown, unit["diffusion"]) or unit["is_natural_person"]
    address = _address(site.part("adresseEtablissement"), hide_street=hide)
    signs = [period.text(f"enseigne{n}Etablissement") for n in (1, 2, 3)]
    usual = period.text("denominationUsuelleEtablissement")
    status = period.one_of("etatAdministratifEtablissement", SITE)
    if status is None:
        period.reject(f"{period.path}.etatAdministratifEtablissement is empty")
    started = period.day("dateDebut")
    row = {
        "source": SOURCE,
        "source_key": siret,
        "unit_key": siren,
        "name": None if unit["is_natural_person"] else next(filter(None, (*signs, usual)), None),
        "is_head_office": bool(is_head),
        "site_status": status,
        "diffusion": shown,
        "activity_code": period.text("activitePrincipaleEtablissement"),
        "employees_band": site.text("trancheEffectifsEtablissement"),
        "opened_on": site.day("dateCreationEtablissement"),
        "closed_on": started if status is SiteStatus.CLOSED else None,
        "record_updated_at": site.instant("dateDernierTraitementEtablissement"),
        **address,
    }
    period.ignore(*UNUSED_OF_PERIOD)
    site.ignore(*UNUSED_OF_SITE)
    if reading.keep("establishments", site, row, "one establishment") and is_head:
        country = address["country_code"]
        seat = {name: value for name, value in address.items() if name != "country_code"}
        reading.rows["legal_units"].append(unit | seat | {"hq_country_code": country})
    elif is_head is not False:  # the unit stood in the same record
        reading.rejected.append(Rejected(siren, "its head office cannot be read", "one legal unit"))


def _siren(record: Record) -> str | None:
    siren = normalise_siren(record.filled("siren"))
    if siren is None:
        record.reject(f"{record.path}.siren is no SIREN (nine digits with a Luhn key)")
    return siren


def _current(record: Record, name: str) -> Record:
    """The period without an end; the others are left, whatever their order."""
    periods = list(record.parts(name))
    current = None
    for period in periods:
        if period.day("dateFin") is None and current is None:
            current = period
        else:
            period.ignore(*EVERY_OF_PERIOD)
    if current is None:
        record.reject(f"{record.path}.{name}: no period without dateFin, so nothing is current")
        return record.joined(name, None)
    return current


def _unit_row(unit: Record, period: Record, siren: str | None) -> dict[str, Any]:
    """The unit's row; `period` is `unit` itself where the API has put the current values beside the others."""
    shown = unit.one_of("statutDiffusionUniteLegale", DIFFUSION)
    if shown is None:
        unit.reject(f"{unit.path}.statutDiffusionUniteLegale is empty: nobody knows whether it may be shown")
    form = period.text("categorieJuridiqueUniteLegale")
    is_natural = form == NATURAL_FORM
    is_hidden = period.is_masked("denominationUniteLegale")
    name = period.text("denominationUniteLegale")
    if name is None and not is_natural and not is_hidden:
        period.reject(f"{period.path}.denominationUniteLegale is empty")
    others = [unit.text("sigleUniteLegale")]
    others += [period.text(f"denominationUsuelle{n}UniteLegale") for n in (1, 2, 3)]
    activity, scheme = (period.text(f"{n}UniteLegale") for n in ACTIVITY)
    life = period.one_of("etatAdministratifUniteLegale", LIFE)
    if life is None:
        period.reject(f"{period.path}.etatAdministratifUniteLegale is empty")
    row = {
        "source": SOURCE,
        "source_key": siren,
        "name": None if is_natural else name,  # a natural person's names are not read
        "other_names": sorted({text for text in others if text and text != name}),
        "country_code": "FR",
        "national_id": siren,
        "national_id_scheme": "FR-RCS",
        "legal_form_code": form,
        "legal_form_scheme": "FR-CJ" if form else None,
        "is_natural_person": is_natural,
        "diffusion": shown,
        "life_status": life,
        "created_on": unit.day("dateCreationUniteLegale"),
        "ceased_on": period.day("dateDebut") if life is LifeStatus.CEASED and period.has("dateDebut") else None,
        "activity_code": activity,
        "activity_code_scheme": "NAF2008" if activity and scheme == CURRENT_NAF else None,
        "size_category": unit.one_of("categorieEntreprise", SIZE),
        "employees_band": unit.text("trancheEffectifsUniteLegale"),
        "employees_year": unit.integer("anneeEffectifsUniteLegale"),
        "record_updated_at": unit.instant("dateDernierTraitementUniteLegale"),
    }
    unit.ignore(*UNUSED_OF_UNIT)
    period.ignore(*UNUSED_OF_UNIT, *UNUSED_OF_UNIT_PERIOD)
    return row


def _address(address: Record, *, hide_street: bool) -> dict[str, Any]:
    parts = [address.text(name) for name in STREET[:4]]
    city, abroad = address.text("libelleCommuneEtablissement"), address.text("libelleCommuneEtrangerEtablissement")
    commune, label = address.text("codeCommuneEtablissement"), address.text("libellePaysEtrangerEtablissement")
    row = {
        "address_line": None if hide_street else " ".join(filter(None, parts)) or None,
        "postal_code": address.text("codePostalEtablissement"),
        "city": city or abroad,
        "region_code": region_of_commune(commune),
        "country_code": country_of_label(label) if label else "FR",
    }
    address.ignore(*STREET, *UNUSED_OF_ADDRESS)
    return row


def region_of_commune(code: str | None) -> str | None:
    """The region of an INSEE commune code (75102, 2A004, 97411)."""
    found = COMMUNE.fullmatch(code or "")
    return region_of_department(found[1]) if found else None


ACTIVITY = ("activitePrincipale", "nomenclatureActivitePrincipale")
NEVER_NULL = frozenset(
    f"{path}.{name}"
    for path in ("etablissements[]", "etablissement")
    for name in ("siren", "siret", "statutDiffusionEtablissement", "etablissementSiege", "periodesEtablissement")
)
# Known and not read; names of natural persons first.
UNUSED_OF_UNIT = (
    "nomUniteLegale", "nomUsageUniteLegale", "prenom1UniteLegale", "prenom2UniteLegale", "prenom3UniteLegale",
    "prenom4UniteLegale", "prenomUsuelUniteLegale", "pseudonymeUniteLegale", "sexeUniteLegale",
    "activitePrincipaleNAF25UniteLegale", "anneeCategorieEntreprise", "caractereEmployeurUniteLegale",
    "economieSocialeSolidaireUniteLegale", "identifiantAssociationUniteLegale", "nicSiegeUniteLegale",
    "societeMissionUniteLegale", "dateFin",
)  # fmt: skip
UNUSED_OF_UNIT_PERIOD = (
    "dateDebut", "changementActivitePrincipaleUniteLegale", "changementCaractereEmployeurUniteLegale",
    "changementCategorieJuridiqueUniteLegale", "changementDenominationUniteLegale",
    "changementDenominationUsuelleUniteLegale", "changementEconomieSocialeSolidaireUniteLegale",
    "changementEtatAdministratifUniteLegale", "changementNicSiegeUniteLegale", "changementNomUniteLegale",
    "changementNomUsageUniteLegale", "changementSocieteMissionUniteLegale",
)  # fmt: skip
UNUSED_OF_PERIOD = (
    "dateFin", "activitePrincipaleNAF25Etablissement", "caractereEmployeurEtablissement",
    "changementActivitePrincipaleEtablissement", "changementCaractereEmployeurEtablissement",
    "changementDenominationUsuelleEtablissement", "changementEnseigneEtablissement",
    "changementEtatAdministratifEtablissement", "nomenclatureActivitePrincipaleEtablissement",
)  # fmt: skip
EVERY_OF_PERIOD = (
    *UNUSED_OF_PERIOD, *UNUSED_OF_UNIT, *UNUSED_OF_UNIT_PERIOD, "activitePrincipaleEtablissement",
    "denominationUsuelleEtablissement", "enseigne1Etablissement", "enseigne2Etablissement", "enseigne3Etablissement",
    "etatAdministratifEtablissement", "activitePrincipaleUniteLegale", "categorieJuridiqueUniteLegale",
    "denominationUniteLegale", "denominationUsuelle1UniteLegale", "denominationUsuelle2UniteLegale",
    "denominationUsuelle3UniteLegale", "etatAdministratifUniteLegale", "nomenclatureActivitePrincipaleUniteLegale",
)  # fmt: skip
UNUSED_OF_SITE = (
    "nic", "activitePrincipaleNAF25Etablissement", "activitePrincipaleRegistreMetiersEtablissement",
    "adresse2Etablissement", "anneeEffectifsEtablissement", "nombrePeriodesEtablissement", "score",
)  # fmt: skip
UNUSED_OF_ADDRESS = (
    "codeCedexEtablissement", "codePaysEtrangerEtablissement", "libelleCedexEtablissement",
)  # fmt: skip
