"""The officers of one company in the RNE, whose role stands in one of three places, or nowhere (SOURCES section 3)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.fields import Record
from connectors.rne_shared import SOURCE, Reading, day_of
from schemas.identifiers import normalise_siren
from schemas.reference import office_of
from schemas.reference.lists import labels_of
from schemas.reference.offices import office_of_role
from schemas.vocabulary import OfficeGroup, OfficerKind

BIRTH_MONTH = re.compile(r"([0-9]{4}-[0-9]{2})(?:-[0-9]{2})?", re.ASCII)
KINDS = {"INDIVIDU": OfficerKind.PERSON, "ENTREPRISE": OfficerKind.ORGANISATION}
LEADING = frozenset({OfficeGroup.EXECUTIVE, OfficeGroup.OTHER})


def read_officers(reading: Reading, powers: list[Any], siren: str, path: str, updated_at: datetime | None) -> None:
    """One appointment for each office held now; an officer who cannot be read leaves the roster incomplete."""
    unread = 0
    for value in powers:
        power = reading.record(value, path)
        rows = _read_power(power, siren)
        if not reading.close(power, siren, "one officer"):  # under the unit's number: the key holds names
            unread += 1
            for _ in rows[1:]:
                reading.reject("the officer's first office cannot be read", siren, "one office")
            continue
        for row in rows:
            row |= {"record_updated_at": updated_at}
            reading.add("appointments", row | {"source_key": appointment_key(row)})
    reading.rosters[siren] = reading.rosters.get(siren, 0) + unread


def offices_in(powers: list[Any]) -> list[Any]:
    """One entry for each office that these powers tell, read or not."""
    seconds = [power for power in powers if isinstance(power, dict) and power.get("secondRoleEntreprise")]
    return [*powers, *seconds]


def _read_power(power: Record, siren: str) -> list[dict[str, Any]]:
    kind = power.one_of("typeDePersonne", KINDS)
    if kind is None:
        power.reject(f"{power.path}.typeDePersonne is empty")
    is_active = power.flag("actif", optional=True)
    roles = [power.text("roleEntreprise", optional=True)]
    second, label = (
        power.text("secondRoleEntreprise", optional=True),
        power.text("libelleRoleEntreprise", optional=True),
    )
    other = power.text("autreRoleEntreprise", optional=True)
    row: dict[str, Any] = {"source": SOURCE, "unit_key": siren, "officer_kind": kind}
    row |= {"officer_id": power.text("representantId", optional=True)}
    started, ended = day_of(power, "dateDebut"), day_of(power, "dateFin")
    person, company = power.part("individu", optional=True), power.part("entreprise", optional=True)
    described = person.part("descriptionPersonne", optional=True)
    roles += [company.text("roleEntreprise", optional=True), described.text("role", optional=True)]
    effective = day_of(described, "dateEffetRoleDeclarant")
    if described.flag("dateEffetRoleDeclarantPresent", optional=True) is False:
        effective = None
    row |= _read_person(described, kind) if kind is OfficerKind.PERSON else _read_company(company, kind)
    person.ignore("adresseDomicile", *UNUSED)
    described.ignore(*UNUSED_OF_PERSON)
    company.ignore(*UNUSED_OF_COMPANY)
    power.ignore(*UNUSED)
    if is_active is False:  # the register keeps who has left; the roster is who is there
        return []
    row |= {"started_on": started or effective, "ended_on": ended}
    codes: list[str | None] = list(
        dict.fromkeys(code.lstrip("0") or "0" for code in (next(filter(None, roles), None), second) if code)
    )
    return [row | _office(power, code, label or other) for code in codes or [None]]


def _office(power: Record, code: str | None, label: str | None) -> dict[str, Any]:
    """The office of a role code; without one, of the label beside it; without both it stays unknown."""
    known = labels_of("roles_rne").get(code or "")
    if code is not None and known is None:
        power.hear(f"{power.path}.roleEntreprise={code[:10]}")
    title = known or label
    role, group = office_of_role(code) if known else office_of(title)
    return {"title": title, "role": role, "office_group": group}


def _read_person(described: Record, kind: OfficerKind | None) -> dict[str, Any]:
    family, usage = described.text("nom"), described.text("nomUsage", optional=True)
    given = " ".join(described.texts("prenoms", optional=True)) or None
    born = described.text("dateDeNaissance", optional=True)
    month = BIRTH_MONTH.fullmatch(born or "")
    if kind is not None and family is None:
        described.reject(f"{described.path}.nom is empty")
    if born and not month:
        described.reject(f"{described.path}.dateDeNaissance: expected YYYY-MM")
    usage = None if usage == family else usage
    return {
        "family_name": family,
        "usage_name": usage,
        "given_names": given,
        "birth_month": month[1] if month else None,
    }


def _read_company(company: Record, kind: OfficerKind | None) -> dict[str, Any]:
    name, number = company.text("denomination", optional=True), company.text("siren", optional=True)
    siren = normalise_siren(number)
    if kind is not None and name is None and siren is None:
        company.reject(f"{company.path}: the organisation has neither denomination nor siren")
    return {"organisation_name": name, "organisation_id": siren}


def appointment_key(row: Mapping[str, Any]) -> str:
    """`unit|title|family|usage|given|birth month`, or `unit|title|organisation`, in lower case (frames.Appointment).

    Not `representantId`, which stands in officer_id: nobody promises that it survives a formality.
    """
    if row["officer_kind"] is OfficerKind.ORGANISATION:
        parts = [row["organisation_id"] or row["organisation_name"]]
    else:
        parts = [row[name] for name in ("family_name", "usage_name", "given_names", "birth_month")]
    return "|".join((part or "").replace("|", "/") for part in (row["unit_key"], row["title"], *parts)).lower()


def keys_of_power(power: object, siren: str) -> frozenset[str]:
    """The keys of the appointments that one power stands for; none when it cannot be read."""
    reading = Reading()
    read_officers(reading, [power], siren, "", None)
    return frozenset(row["source_key"] for row in reading.rows.get("appointments", ()))


def corporate_leaders(powers: list[Any], siren: str) -> list[str]:
    """The companies that lead this one, when no person does; itself is none of them."""
    reading = Reading()
    read_officers(reading, powers, siren, "", None)
    leaders = [row for row in reading.rows.get("appointments", ()) if row["office_group"] in LEADING]
    if any(row["officer_kind"] is OfficerKind.PERSON for row in leaders):
        return []
    return sorted({row["organisation_id"] for row in leaders if row.get("organisation_id")} - {siren})


# Known and not read: homes, contacts, nationality, and the person behind a corporate officer.
UNUSED = (
    "adresseEntreprise", "beneficiaireEffectif", "descriptionIndivisionPersonne", "indicateurActifAgricole",
    "indicateurSecondRoleEntreprise", "mineurEmancipe", "qualiteArtisan", "regimeMatrimonial", "volet",
    "adresseContact", "conjoint", "nonSalarie", "voletSocial", "libelleSecondRoleEntreprise",
)  # fmt: skip
UNUSED_OF_PERSON = (
    "codeNationalite", "codePaysNaissance", "codePostalNaissance", "dateEffetRoleDeclarant", "codeInseeGeographique",
    "genre", "indicateurDeNonSedentarite", "lieuDeNaissance", "nationalite", "paysNaissance", "pseudonyme", "qualite",
    "situationMatrimoniale", "titre", "numeroSecu",
)  # fmt: skip
UNUSED_OF_COMPANY = (
    "codePays", "effectifSalarie", "formeJuridique", "individuRepresentant", "lieuRegistre", "nicSiege",
    "nomCommercial", "pays", "registre", "autreIdentifiantEtranger", "statutPourLaFormalite", "indicateurAssocieUnique",
)  # fmt: skip
