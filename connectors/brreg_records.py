"""What one unit, one roster and one group of Brønnøysundregistrene say, and the same without somebody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from connectors.contract import OFFICERS_OF, STREET_OF, ListScope, NotAnAnswerError, RecordRejectedError, Rejected
from connectors.fields import Record
from connectors.recherche_entreprises import appointment_key
from connectors.rows import Row
from schemas.frames import Appointment, LegalUnit, Relationship
from schemas.identifiers import normalise
from schemas.vocabulary import (
    Diffusion,
    ExecutiveRole,
    LifeStatus,
    OfficeGroup,
    OfficerKind,
    RelationshipKind,
    ScopeKind,
)

SOURCE, SCHEME = "brreg", "NO-BRC"
FRAMES = {"legal_units": LegalUnit, "appointments": Appointment, "relationships": Relationship}
SOLE_TRADER = "ENK"
UNIT_ADDRESS = re.compile(r"/enheter/([0-9]{9})(?:/|$)", re.ASCII)
DEEPEST_GROUP = 30
UNREADABLE = "?"  # stands for a member that was rejected: nothing can be tied to it

# Role codes (`rolletyper`); a title is the register's own label. An owner in person (INNH) is no office.
ROLES = {
    "DAGL": (ExecutiveRole.CHIEF_EXECUTIVE, OfficeGroup.EXECUTIVE),
    "FFØR": (ExecutiveRole.MANAGER, OfficeGroup.EXECUTIVE),
    "BEST": (ExecutiveRole.MANAGER, OfficeGroup.EXECUTIVE),
    "LEDE": (ExecutiveRole.BOARD_CHAIR, OfficeGroup.BOARD),
    "NEST": (ExecutiveRole.VICE_PRESIDENT, OfficeGroup.BOARD),
    "MEDL": (ExecutiveRole.BOARD_MEMBER, OfficeGroup.BOARD),
    "VARA": (ExecutiveRole.OTHER, OfficeGroup.OTHER),  # a deputy member sits in for another one
    "OBS": (ExecutiveRole.OTHER, OfficeGroup.OTHER),
    "KONT": (ExecutiveRole.OTHER, OfficeGroup.OTHER),
    "REPR": (ExecutiveRole.AUTHORISED_REPRESENTATIVE, OfficeGroup.OTHER),
    "SIGN": (ExecutiveRole.AUTHORISED_REPRESENTATIVE, OfficeGroup.OTHER),
    "PROK": (ExecutiveRole.AUTHORISED_REPRESENTATIVE, OfficeGroup.OTHER),
    "DTPR": (ExecutiveRole.PARTNER, OfficeGroup.OTHER),
    "DTSO": (ExecutiveRole.PARTNER, OfficeGroup.OTHER),
    "KOMP": (ExecutiveRole.PARTNER, OfficeGroup.OTHER),
    "REVI": (ExecutiveRole.AUDITOR, OfficeGroup.CONTROL),
    "REGN": (ExecutiveRole.OTHER, OfficeGroup.CONTROL),
    "BOBE": (ExecutiveRole.LIQUIDATOR, OfficeGroup.DISTRESS),
}
OWNER_IN_PERSON = "INNH"


@dataclass
class Reading:
    """What one answer has given so far; `scope` is the roster or group that it shows whole."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FRAMES})
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    scope: ListScope | None = None

    def record(self, value: object, path: str) -> Record:
        """One object of the answer."""
        return Record(value, path, self.unknown, never_null=NEVER_NULL)

    def keep(self, frame: str, record: Record, row: dict[str, Any], what: str, key: str | None) -> None:
        """The row, or its rejection when the record has a problem."""
        try:
            record.close()
        except RecordRejectedError as error:
            self.rejected.append(Rejected(key, str(error), what))
        else:
            self.rows[frame].append(row)


# ------------------------------------------------------------------------------------------------------- units


def read_unit(reading: Reading, value: object, path: str) -> None:
    """One unit; a deleted one has a name, a form and the day of its deletion, and nothing else."""
    unit = reading.record(value, path)
    number = read_number(unit, "organisasjonsnummer")
    form = unit.part("organisasjonsform")
    code = form.filled("kode")
    form.ignore("beskrivelse", "utgaatt", "_links")
    is_natural = code == SOLE_TRADER
    founded, registered = (
        unit.day(name, optional=True) for name in ("stiftelsesdato", "registreringsdatoEnhetsregisteret")
    )
    deleted = unit.day("slettedato", optional=True)
    activity = unit.part("naeringskode1", optional=True)
    row = {
        "source": SOURCE,
        "source_key": number,
        "name": unit.filled("navn"),
        "other_names": [],
        "national_id": number,
        "national_id_scheme": SCHEME,
        "legal_form_code": code,
        "legal_form_scheme": SCHEME,
        "is_natural_person": is_natural,
        "diffusion": Diffusion.OPEN,
        "life_status": LifeStatus.CEASED if deleted else LifeStatus.ACTIVE,
        "created_on": founded or registered,
        "ceased_on": deleted,
        "activity_code": activity.text("kode"),
        "activity_code_scheme": None,
        **_read_address(unit, is_natural),
    }
    row["activity_code_scheme"] = "SN2007" if row["activity_code"] else None
    activity.ignore("beskrivelse", "hjelpeenhetskode")
    unit.ignore(*UNUSED)
    reading.keep("legal_units", unit, row, "one unit", number)


def _read_address(unit: Record, is_natural: bool) -> dict[str, Any]:
    """The business address; the postal one may name a person (`c/o`)."""
    address = unit.part("forretningsadresse", optional=True)
    lines = address.raw("adresse", list) or []
    if not all(line is None or isinstance(line, str) for line in lines):
        address.reject(f"{address.path}.adresse: expected a list of texts")
        lines = []
    country = address.text("landkode")
    row = {
        "address_line": None if is_natural else ", ".join(" ".join(line.split()) for line in lines if line) or None,
        "postal_code": address.text("postnummer", optional=True),
        "city": address.text("poststed", optional=True),
        "country_code": "NO",  # whoever is registered here is Norwegian, a branch included
        "hq_country_code": country,
    }
    address.ignore("land", "kommune", "kommunenummer")
    return row


def read_number(record: Record, name: str) -> str | None:
    """An organisation number with its check digit; another one rejects the record."""
    found = record.filled(name)
    number = normalise(SCHEME, found)
    if found and number is None:
        record.reject(f"{record.path}.{name} is no organisation number (nine digits, modulus 11)")
    return number


def redact_unit(value: Any, source_keys: frozenset[str]) -> Any:
    """The unit, the unit without its street, or None."""
    number = str(value.get("organisasjonsnummer")) if isinstance(value, dict) else ""
    if number in source_keys:
        return None
    if f"{STREET_OF}{number}" in source_keys:
        for name in ("forretningsadresse", "postadresse"):
            if isinstance(value.get(name), dict):
                value[name] |= {"adresse": []}
    return value


# ------------------------------------------------------------------------------------------------------- roles


def read_roles(reading: Reading, document: dict[str, Any]) -> None:
    """The roster of one unit, whom its own links name; it has no dates: who came or left shows from night to night.

    Raises:
        NotAnAnswerError: nobody can tell whose roster it is.
    """
    number = unit_of_roles(document)
    reading.unknown.update(name[:60] for name in document if name not in ("rollegrupper", "_links"))
    links = document["_links"]
    reading.unknown.update(f"_links.{name[:60]}" for name in links if name not in ("self", "enhet"))
    reading.unknown.update(f"_links.self.{name[:60]}" for name in links["self"] if name != "href")
    if not isinstance(document["rollegrupper"], list):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected rollegrupper, a list")
    for value in document["rollegrupper"]:
        group = reading.record(value, "rollegrupper[]")
        changed = group.day("sistEndret")
        kind = group.part("type")
        kind.ignore("kode", "beskrivelse", "_links")
        roles = group.raw("roller", list, optional=False) or []
        updated = datetime.combine(changed, time(), UTC) if changed else None
        try:
            group.close()
        except RecordRejectedError as error:
            reading.rejected += [Rejected(number, str(error), "one role")] * max(len(roles), 1)
            continue
        for role in roles:
            _read_role(reading, role, number, updated)
    reading.scope = ListScope(f"roster:{number}", ScopeKind.ROSTER, "appointments", ())


def unit_of_roles(document: dict[str, Any]) -> str:
    """Whose roster this is."""
    links = document.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    found = UNIT_ADDRESS.search(str(own.get("href"))) if isinstance(own, dict) else None
    number = normalise(SCHEME, found[1]) if found else None
    if number is None:
        raise NotAnAnswerError(f"no answer of {SOURCE}: roles whose _links.self.href does not say whose they are")
    return number


def _read_role(reading: Reading, value: object, number: str, updated: datetime | None) -> None:
    role = reading.record(value, "rollegrupper[].roller[]")
    kind = role.part("type")
    code, title = kind.filled("kode"), kind.filled("beskrivelse")
    kind.ignore("_links")
    has_left = bool(role.flag("fratraadt", optional=True)) | bool(role.flag("avregistrert"))
    row: dict[str, Any] = {"source": SOURCE, "unit_key": number, "title": title, "record_updated_at": updated}
    row["role"], row["office_group"] = ROLES.get(code, (ExecutiveRole.UNKNOWN, OfficeGroup.OTHER))
    if code and code not in ROLES and code != OWNER_IN_PERSON:
        role.hear(f"{role.path}.type.kode={code[:10]}")
    if role.has("person") and role.peek("person") is not None:
        is_dead = _read_person(role.part("person"), row)
        has_left = has_left or is_dead
    elif role.has("enhet") and role.peek("enhet") is not None:
        has_left = _read_organisation(role.part("enhet"), row) or has_left
    else:
        role.reject("rollegrupper[].roller[]: neither person nor enhet holds the role")
    role.ignore("person", "enhet", "rekkefolge", "valgtAv", "ansvarsandel")
    row["source_key"] = appointment_key(row) if "officer_kind" in row else None
    kept = len(reading.rows["appointments"])
    reading.keep("appointments", role, row, "one role", number)
    if has_left or code == OWNER_IN_PERSON:  # still listed, no longer in office
        del reading.rows["appointments"][kept:]


def _read_person(person: Record, row: dict[str, Any]) -> bool:
    """Name and birth month; the day is never kept. Returns whether the person has died."""
    name, born = person.part("navn"), person.day("fodselsdato")
    given = [name.text("fornavn"), name.text("mellomnavn", optional=True)]
    row |= {
        "officer_kind": OfficerKind.PERSON,
        "family_name": name.filled("etternavn"),
        "usage_name": None,
        "given_names": " ".join(part for part in given if part) or None,
        "birth_month": f"{born:%Y-%m}" if born else None,
    }
    return bool(person.flag("erDoed"))


def _read_organisation(organisation: Record, row: dict[str, Any]) -> bool:
    """Number and name. Returns whether the organisation is deleted."""
    names = organisation.texts("navn")
    row |= {
        "officer_kind": OfficerKind.ORGANISATION,
        "organisation_id": read_number(organisation, "organisasjonsnummer"),
        "organisation_name": " ".join(names) or None,
    }
    organisation.ignore("organisasjonsform", "godkjenningsstatus", "_links")
    return bool(organisation.flag("erSlettet"))


def redact_roles(document: dict[str, Any], source_keys: frozenset[str]) -> dict[str, Any] | None:
    """The roster without these roles and organisations; None when its unit or its officers as a whole go."""
    number = unit_of_roles(document)
    if not source_keys:
        return document
    if number in source_keys or f"{OFFICERS_OF}{number}" in source_keys:
        return None
    before = after = 0
    for group in _dicts(document.get("rollegrupper")):
        roles = group.get("roller")
        if isinstance(roles, list):
            group["roller"] = [role for role in roles if not _keys_of_role(role, number) & source_keys]
            before, after = before + len(roles), after + len(group["roller"])
    is_empty = after < before and not _read_again(document)
    return None if is_empty else document


def _read_again(document: dict[str, Any]) -> bool:
    """Whether somebody in office is left."""
    reading = Reading()
    read_roles(reading, document)
    return bool(reading.rows["appointments"] or reading.rejected)


def _keys_of_role(role: Any, number: str) -> frozenset[str]:
    reading = Reading()
    _read_role(reading, role, number, None)
    keys = {str(row["source_key"]) for row in reading.rows["appointments"]}
    organisation = role.get("enhet") if isinstance(role, dict) else None
    return frozenset(
        keys | ({str(organisation.get("organisasjonsnummer"))} if isinstance(organisation, dict) else set())
    )


# ------------------------------------------------------------------------------------------------------- groups


def read_tree(reading: Reading, document: dict[str, Any]) -> None:
    """Who belongs to whom in one group, from its head down. `dato` is the day of the last report, not of the tie.

    Raises:
        NotAnAnswerError: the tree is deeper than any group is.
    """
    root = reading.record(document, "")
    head = _member(root)
    children = root.raw("children", list, optional=False) or []
    root.ignore(*UNUSED_IN_TREES)
    try:
        root.close()
    except RecordRejectedError as error:
        raise NotAnAnswerError(f"no answer of {SOURCE}: {error}") from None
    _read_children(reading, children, head, "children[]")
    if head is not None:
        reading.scope = ListScope(f"group:{head}", ScopeKind.LIST, "relationships", ())


def _read_children(reading: Reading, children: list[Any], parent: str | None, path: str) -> None:
    if path.count("[]") > DEEPEST_GROUP:
        raise NotAnAnswerError(f"no answer of {SOURCE}: a group of more than {DEEPEST_GROUP} levels")
    for value in children:
        node = reading.record(value, path)
        number = _member(node)
        said = node.text("parentOrganisasjonsnummer", optional=True)
        if said is not None and parent not in (None, UNREADABLE) and said != parent:
            node.reject(f"{path}.parentOrganisasjonsnummer is not the unit above")
        below = node.raw("children", list) or []
        node.ignore(*UNUSED_IN_TREES)
        row = {
            "source": SOURCE,
            "source_key": f"{number}|{RelationshipKind.DIRECTLY_CONSOLIDATED_BY}|{parent}",
            "kind": RelationshipKind.DIRECTLY_CONSOLIDATED_BY,
            "child_key": number,
            "parent_key": parent,
            "is_active": True,
        }
        if parent == UNREADABLE:
            node.reject(f"{path}: the unit above cannot be read")
        kept, refused = len(reading.rows["relationships"]), len(reading.rejected)
        reading.keep("relationships", node, row, "one member of a group", number)
        if number is None or parent is None:  # somebody who objected was taken out here
            del reading.rows["relationships"][kept:]
        is_read = len(reading.rejected) == refused
        _read_children(reading, below, number if is_read else UNREADABLE, f"{path}.children[]")


def _member(node: Record) -> str | None:
    """The number of a member, null where it was taken out."""
    found = node.text("organisasjonsnummer")
    number = normalise(SCHEME, found)
    if found and number is None:
        node.reject(f"{node.path}.organisasjonsnummer is no organisation number (nine digits, modulus 11)")
    return number


def numbers_in_tree(document: dict[str, Any]) -> set[str]:
    """Everybody in a group."""
    numbers = (normalise(SCHEME, str(node.get("organisasjonsnummer"))) for node in _nodes(document))
    return {number for number in numbers if number}


def _nodes(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [document]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _dicts(node.get("children"))


def redact_tree(document: dict[str, Any], source_keys: frozenset[str]) -> dict[str, Any] | None:
    """The group without these members: what is below them stays, tied to nobody."""
    if not source_keys:
        return document
    kind = RelationshipKind.DIRECTLY_CONSOLIDATED_BY
    for node in list(_nodes(document)):
        number = node.get("organisasjonsnummer")
        gone = number in source_keys
        for child in _dicts(node.get("children")):
            if gone:
                child |= {"parentOrganisasjonsnummer": None, "parentNavn": None}
            if gone or f"{child.get('organisasjonsnummer')}|{kind}|{number}" in source_keys:
                child.setdefault("children", [])
        if gone or f"{number}|{kind}|{node.get('parentOrganisasjonsnummer')}" in source_keys:
            children = node.get("children", [])
            node.clear()
            node |= {"organisasjonsnummer": None, "children": children}
    reading = Reading()
    read_tree(reading, document)
    return document if reading.rows["relationships"] or reading.rejected else None


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# What the register always fills, in the recorded units and rosters: null there rejects the record.
NEVER_NULL = frozenset(
    {
        "_embedded.enheter[].organisasjonsnummer", "_embedded.enheter[].navn", "_embedded.enheter[].organisasjonsform",
        "navn", "organisasjonsform",
        "rollegrupper[].type", "rollegrupper[].sistEndret", "rollegrupper[].roller", "rollegrupper[].roller[].type",
        "rollegrupper[].roller[].avregistrert", "rollegrupper[].roller[].person.navn",
        "rollegrupper[].roller[].person.erDoed", "rollegrupper[].roller[].enhet.erSlettet",
        "rollegrupper[].roller[].enhet.navn",
    }
)  # fmt: skip
# What real answers leave out.
MAY_BE_ABSENT = frozenset(
    {
        "_embedded.enheter[].forretningsadresse", "_embedded.enheter[].forretningsadresse.adresse",
        "_embedded.enheter[].forretningsadresse.postnummer", "_embedded.enheter[].forretningsadresse.poststed",
        "_embedded.enheter[].naeringskode1", "_embedded.enheter[].stiftelsesdato", "slettedato",
        "children[].children", "rollegrupper[].roller[].person.navn.mellomnavn",
    }
)  # fmt: skip
UNUSED = (
    "_links", "aktivitet", "antallAnsatte", "epostadresse", "erIKonsern", "fravalgAvRevisjon",
    "frivilligMvaRegistrertBeskrivelser", "harRegistrertAntallAnsatte", "hjelpeenhetskode", "hjemmeside",
    "institusjonellSektorkode",
    "kapital", "konkurs", "konkursdato", "maalform", "mobil", "naeringskode2", "naeringskode3", "overordnetEnhet",
    "paategninger", "postadresse", "registrertIForetaksregisteret", "registrertIFrivillighetsregisteret",
    "registrertIMvaregisteret", "registrertIPartiregisteret", "registrertIStiftelsesregisteret", "respons_klasse",
    "sisteInnsendteAarsregnskap", "telefon", "underAvvikling", "underAvviklingDato",
    "underTvangsavviklingEllerTvangsopplosning", "vedtektsdato", "vedtektsfestetFormaal",
    "registreringsdatoAntallAnsatteEnhetsregisteret", "registreringsdatoAntallAnsatteNAVAaregisteret",
    "registreringsdatoForetaksregisteret", "registreringsdatoFrivilligMerverdiavgiftsregisteret",
    "registreringsdatoMerverdiavgiftsregisteret", "registreringsdatoMerverdiavgiftsregisteretEnhetsregisteret",
)  # fmt: skip
UNUSED_IN_TREES = ("_links", "dato", "grunnlag", "knytningsform", "navn", "nivaa", "organisasjonsform", "parentNavn")
