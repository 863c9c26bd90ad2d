"""One BODACC notice: JSON inside texts, objects or lists, companies of both sides; a row for each company named."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.contract import NotAnAnswerError, RecordRejectedError, Rejected
from connectors.fields import Record, clean
from connectors.french_text import mend_all, read_amount, read_day
from connectors.rows import Row
from connectors.strict_json import read_json
from schemas.identifiers import normalise_siren
from schemas.vocabulary import NoticeFamily, NoticeKind, NoticeParty

SOURCE = "bodacc"
PARUTION = re.compile(r"[0-9]{8}", re.ASCII)

FAMILIES = {
    "creation": NoticeFamily.CREATION,
    "immatriculation": NoticeFamily.REGISTRATION,
    "vente": NoticeFamily.SALE,
    "modification": NoticeFamily.MODIFICATION,
    "radiation": NoticeFamily.STRIKING_OFF,
    "collective": NoticeFamily.INSOLVENCY,
    "conciliation": NoticeFamily.CONCILIATION,
    "retablissement_professionnel": NoticeFamily.PERSONAL_RECOVERY,
    "dpc": NoticeFamily.ACCOUNTS_FILING,
    "divers": NoticeFamily.OTHER,
}
KINDS = {
    "annonce": NoticeKind.INITIAL,
    "rectificatif": NoticeKind.CORRECTION,
    "annulation": NoticeKind.CANCELLATION,
}
PUBLICATIONS = {"A": "A", "B": "B", "C": "C", "Bodacc A": "A", "Bodacc B": "B", "Bodacc C": "C",
                "BODACC A": "A", "BODACC B": "B", "BODACC C": "C"}  # fmt: skip
PARTIES = {
    "listepersonnes": NoticeParty.SUBJECT,
    "listeprecedentproprietaire": NoticeParty.PREVIOUS_OWNER,
    "listeprecedentexploitant": NoticeParty.PREVIOUS_OWNER,
}


@dataclass
class Reading:
    """What one answer has given so far."""

    notices: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


@dataclass
class _Named:
    """One company or person that a notice names; a party without a kind is known by its number only."""

    siren: str | None
    party: NoticeParty
    is_natural: bool | None = None
    administration: str | None = None
    capital: tuple[float | None, str | None] = (None, None)


def read_notice(reading: Reading, value: object) -> None:
    """Add the rows of one notice, or the reason why it cannot be read."""
    fields = mend_all(value)
    if isinstance(fields, dict) and isinstance(fields.get("registre"), str):  # v1.0: one text
        fields["registre"] = fields["registre"].split(",")
    notice = Record(fields, "notice", reading.unknown)
    row = _read_head(notice)
    registered = [siren for text in notice.texts("registre", optional=True) if (siren := normalise_siren(text))]
    named = [found for field_name in PARTIES for found in _read_parties(notice, field_name)]
    named = _one_each(named, registered, row["family"])
    row |= _read_texts(notice)
    notice.ignore(*UNUSED)
    if not named and not _is_about_unregistered(fields):
        notice.reject("notice: neither registre nor listepersonnes gives a SIREN")
    try:
        notice.close()
    except RecordRejectedError as error:
        keys = [f"{row['notice_key']}|{one.siren}" for one in named] or [row["notice_key"]]
        reading.rejected += [Rejected(key, str(error), "one notice") for key in keys]
        return
    reading.notices += [_row_of(row, one) for one in named]


def _read_head(notice: Record) -> dict[str, Any]:
    publication = notice.one_of("publicationavis", PUBLICATIONS)
    parution, number = notice.filled("parution"), notice.integer("numeroannonce")
    if not PARUTION.fullmatch(parution) or number is None or number < 0 or publication is None:
        notice.reject("notice: publicationavis, parution (eight digits) and numeroannonce make no key")
    family, kind = notice.one_of("familleavis", FAMILIES), notice.one_of("typeavis", KINDS)
    published_on = notice.day("dateparution")
    if None in (family, kind, published_on):
        notice.reject("notice: familleavis, typeavis or dateparution is empty")
    return {
        "source": SOURCE,
        "notice_key": f"{publication}|{parution}|{number}",
        "family": family,
        "kind": kind,
        "published_on": published_on,
    }


def _row_of(row: dict[str, Any], one: _Named) -> Row:
    """Texts are kept only where we know that they are about a company."""
    is_company = one.is_natural is False
    amount, currency = one.capital
    return row | {
        "source_key": f"{row['notice_key']}|{one.siren}",
        "unit_key": one.siren,
        "party": one.party,
        "is_natural_person": bool(one.is_natural),
        "administration": one.administration if is_company else None,
        "description": row["description"] if is_company else None,
        "judgement_kind": None if one.is_natural else row["judgement_kind"],
        "capital_amount": amount if is_company else None,
        "capital_currency": currency if is_company else None,
    }


# ------------------------------------------------------------------------------------------------------- parties


def _read_parties(notice: Record, field_name: str) -> Iterator[_Named]:
    part = _inner(notice, field_name)
    for person in _one_or_many(part, "personne"):
        yield _read_person(person, PARTIES[field_name])


def _read_person(person: Record, party: NoticeParty) -> _Named:
    kind = person.one_of("typePersonne", {"pm": False, "pp": True}, optional=True)
    name = person.text("denomination", optional=True)
    is_natural = kind if kind is not None else (False if name else None)
    sirens = [
        siren
        for number in _one_or_many(person, "numeroImmatriculation", UNUSED_NUMBER)
        if (siren := normalise_siren(number.text("numeroIdentification", optional=True)))
    ]
    administration = _text_or_texts(person, "administration")
    capital = _read_capital(person)
    if is_natural is False and not sirens and not person.has("nonInscrit"):
        person.reject(f"{person.path}: the company has no numeroIdentification that is a SIREN")
    person.ignore(*UNUSED_PERSON)
    return _Named(sirens[0] if sirens else None, party, is_natural, administration, capital)


def _read_capital(person: Record) -> tuple[float | None, str | None]:
    """`{montantCapital, devise}` or one text."""
    value = person.peek("capital")
    if isinstance(value, dict):
        capital = person.part("capital", optional=True)
        amount, _ = read_amount(_amount_text(capital))
        currency = read_amount(f"1 {capital.text('devise', optional=True) or ''}")[1]
        capital.ignore("capitalVariable")
        return amount, currency if amount is not None else None
    return read_amount(person.text("capital", optional=True))


def _amount_text(capital: Record) -> str | None:
    if isinstance(capital.peek("montantCapital"), int | float):
        return str(capital.number("montantCapital"))
    return capital.text("montantCapital", optional=True)


def _one_each(named: list[_Named], registered: list[str], family: NoticeFamily | None) -> list[_Named]:
    """One entry a SIREN; of what only `registre` gives, a sale has the buyer first, the seller second."""
    found: dict[str, _Named] = {}
    for one in named:
        if one.siren is not None:
            found.setdefault(one.siren, one)
    for siren in registered:
        is_seller = family is NoticeFamily.SALE and bool(found)
        found.setdefault(siren, _Named(siren, NoticeParty.PREVIOUS_OWNER if is_seller else NoticeParty.SUBJECT))
    return list(found.values())


def _is_about_unregistered(fields: object) -> bool:
    """A notice about persons who are in no register, who are none of ours: it says so by typePersonne or nonInscrit."""
    text = str(fields.get("listepersonnes") or "") if isinstance(fields, dict) else ""
    return bool(re.search(r'"typePersonne"\s*:\s*"pp"|"nonInscrit"', text))


# --------------------------------------------------------------------------------------------------------- texts


def _read_texts(notice: Record) -> dict[str, Any]:
    judgement, act = _inner(notice, "jugement"), _inner(notice, "acte")
    changes, accounts = _inner(notice, "modificationsgenerales"), _inner(notice, "depot")
    gone, other = _inner(notice, "radiationaurcs"), _inner(notice, "divers")
    creation, sale = act.part("creation", optional=True), act.part("vente", optional=True)
    traders = gone.part("radiationPP", optional=True)
    gone.ignore("radiationPM")
    pieces = [
        creation.text("categorieCreation", optional=True),
        sale.text("categorieVente", optional=True),
        act.text("descriptif", optional=True),
        changes.text("descriptif", optional=True),
        accounts.text("typeDepot", optional=True),
        gone.text("commentaire", optional=True),
        other.text("titre", optional=True),
    ]
    days = [
        _day(notice, changes, "dateEffet"),
        _day(notice, judgement, "date"),
        _day(notice, traders, "dateCessationActivitePP"),
        _day(notice, act, "dateCommencementActivite"),
        _day(notice, act, "dateImmatriculation"),
        _day(notice, accounts, "dateCloture"),
    ]
    kind = judgement.text("nature", optional=True) or judgement.text("famille", optional=True)
    for part, unused in ((judgement, UNUSED_JUDGEMENT), (act, UNUSED_ACT), (changes, UNUSED_CHANGES),
                         (accounts, ("descriptif",)), (sale, ("opposition", "declarationCreance", "publiciteLegale")),
                         (other, ("contenu", "descriptif"))):  # fmt: skip
        part.ignore(*unused)
    return {
        "description": " ; ".join(piece for piece in pieces if piece) or None,
        "judgement_kind": kind,
        "effective_on": next((day for day in days if day), None),
        "corrects_key": _read_older(notice),
    }


def _read_older(notice: Record) -> str | None:
    older = _inner(notice, "parutionavisprecedent")
    publication = older.one_of("nomPublication", PUBLICATIONS, optional=True)
    parution, number = _digits(older, "numeroParution"), _digits(older, "numeroAnnonce")
    older.ignore("dateParution")
    if publication is None or parution is None or number is None:
        return None
    if not PARUTION.fullmatch(parution):
        notice.reject("notice.parutionavisprecedent.numeroParution: expected eight digits")
        return None
    return f"{publication}|{parution}|{int(number)}"


def _digits(record: Record, name: str) -> str | None:
    """A number, told as a number or as a text."""
    if isinstance(record.peek(name), int):
        return str(record.integer(name, optional=True))
    text = record.text(name, optional=True)
    if text is not None and not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        record.reject(f"{record.path}.{name}: expected digits")
        return None
    return text


def _day(notice: Record, part: Record, name: str) -> date | None:
    """A date in one of its forms; one that nobody can read is heard, and the notice is kept without it."""
    text = part.text(name, optional=True)
    day = read_day(text)
    if text and day is None:
        notice.hear(f"{part.path}.{name} (no date)")
    return day


# ---------------------------------------------------------------------------------------------------------- JSON


def _inner(notice: Record, name: str) -> Record:
    """The object that a text of JSON holds; null has no fields."""
    text = notice.raw(name, str, optional=name != "listepersonnes")  # the one part that every family has
    value: Any = None
    if text and text.strip():
        try:
            value = mend_all(read_json(text.encode()))
        except (NotAnAnswerError, UnicodeEncodeError) as error:
            notice.reject(f"notice.{name}: {error}")
    if value is not None and not isinstance(value, dict):
        notice.reject(f"notice.{name}: expected an object inside the text")
        value = None
    return notice.joined(name, value)


def _one_or_many(record: Record, name: str, unused: tuple[str, ...] = ()) -> list[Record]:
    """An object, or a list of them."""
    value = record.peek(name)
    if isinstance(value, list):
        found = list(record.parts(name))
    else:
        part = record.part(name, optional=True)
        found = [] if value is None else [part]
    for one in found:
        one.ignore(*unused)
    return found


def _text_or_texts(record: Record, name: str) -> str | None:
    """One text, or a list of texts."""
    if isinstance(record.peek(name), list):
        return " ; ".join(text.strip(" ;") for text in record.texts(name)) or None
    return record.text(name, optional=True)


def sirens_in(value: object) -> set[str]:
    """The SIREN that stand as `numeroIdentification` anywhere in a JSON value."""
    found: set[str] = set()
    if isinstance(value, dict):
        told = value.get("numeroIdentification")
        if isinstance(told, str) and (siren := normalise_siren(clean(told))):
            found.add(siren)
        for inner in value.values():
            found |= sirens_in(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= sirens_in(inner)
    return found


def loads(text: str) -> Any:
    """The JSON inside a text, or None where there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# What the source sends and we leave out: places, links, labels of codes, and what is said of private persons.
UNUSED = (
    "commercant", "cp", "departement_nom_officiel", "familleavis_lib", "id", "ispdf_unitaire", "listeetablissements",
    "numerodepartement", "pdf_parution_subfolder", "publicationavis_facette", "region_code", "region_nom_officiel",
    "tribunal", "typeavis_lib", "url_complete", "ville",
)  # fmt: skip
UNUSED_NUMBER = ("codeRCS", "nomGreffeImmat")
UNUSED_PERSON = (
    "activite", "adressePP", "adresseSiegeSocial", "enseigne", "formeJuridique", "inscriptionRM", "nationalite",
    "nationnalite", "nom", "nomCommercial", "nomUsage", "nonInscrit", "prenom", "pseudonyme", "sigle",
    "typeInscription",
)  # fmt: skip
UNUSED_JUDGEMENT = ("complementJugement", "famille", "nature", "type")
UNUSED_ACT = ("immatriculation", "descriptif")
UNUSED_CHANGES = (
    "dateCommencementActivite", "precedentExploitant", "precedentExploitantPM", "precedentExploitantPP",
    "precedentProprietaire", "precedentProprietairePM", "precedentProprietairePP",
)  # fmt: skip
