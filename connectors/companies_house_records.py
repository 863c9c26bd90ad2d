"""What the records of Companies House say: company, officer, control, filing, charge (SOURCES section 6)."""

import re
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import RecordRejectedError, Rejected
from connectors.fields import Record
from connectors.rows import Row
from schemas.frames import Appointment, LegalUnit, Notice, Relationship
from schemas.identifiers import normalise_company_number
from schemas.reference.lists import labels_of
from schemas.vocabulary import (
    Diffusion,
    ExecutiveRole,
    LifeStatus,
    NoticeFamily,
    NoticeKind,
    NoticeParty,
    OfficeGroup,
    OfficerKind,
    RelationshipKind,
)

SOURCE = "companies_house"
SCHEME = "GB-COH"
FRAMES = {
    "legal_units": LegalUnit, "appointments": Appointment, "relationships": Relationship, "notices": Notice,
}  # fmt: skip

COMPANY_ADDRESS = re.compile(r"/company/(?P<number>[A-Za-z0-9]{1,8})(?:/|$)")
OFFICER_ADDRESS = re.compile(r"/officers/(?P<officer>[A-Za-z0-9_-]{1,60})/appointments$")
TRANSACTION = re.compile(r"[0-9A-Za-z_=-]{1,60}", re.ASCII)
OVERSEAS = frozenset({"oversea-company", "registered-overseas-entity"})
ACTIVE, CEASED = LifeStatus.ACTIVE, LifeStatus.CEASED
LIFE = {
    "active": ACTIVE, "open": ACTIVE, "registered": ACTIVE, "liquidation": ACTIVE, "receivership": ACTIVE,
    "voluntary-arrangement": ACTIVE, "insolvency-proceedings": ACTIVE, "administration": ACTIVE,
    "dissolved": CEASED, "converted-closed": CEASED, "closed": CEASED, "removed": CEASED,
}  # fmt: skip

# Its 32 officer roles (constants.yml of companieshouse/api-enumerations), `corporate-` taken off. A director of a
# British company sits on its board; whether he also runs it no role says. Nominees are agents who form a company and
# leave it the same day.
OTHER = (ExecutiveRole.OTHER, OfficeGroup.OTHER)
BOARD = (ExecutiveRole.BOARD_MEMBER, OfficeGroup.BOARD)
PARTNER = (ExecutiveRole.PARTNER, OfficeGroup.OTHER)
LEADING_PARTNER = (ExecutiveRole.PARTNER, OfficeGroup.EXECUTIVE)
REPRESENTATIVE = (ExecutiveRole.AUTHORISED_REPRESENTATIVE, OfficeGroup.OTHER)
MANAGER = (ExecutiveRole.MANAGER, OfficeGroup.EXECUTIVE)
DISTRESS = (ExecutiveRole.ADMINISTRATOR_IN_DISTRESS, OfficeGroup.DISTRESS)
OFFICES = {
    "director": BOARD, "member-of-an-administrative-organ": BOARD,
    "secretary": OTHER, "nominee-director": OTHER, "nominee-secretary": OTHER,
    "llp-designated-member": LEADING_PARTNER, "llp-member": PARTNER,
    "general-partner-in-a-limited-partnership": LEADING_PARTNER, "limited-partner-in-a-limited-partnership": PARTNER,
    "managing-officer": MANAGER, "manager-of-an-eeig": MANAGER,
    "member-of-a-management-organ": (ExecutiveRole.MANAGEMENT_BOARD_MEMBER, OfficeGroup.EXECUTIVE),
    "member-of-a-supervisory-organ": (ExecutiveRole.SUPERVISORY_BOARD_MEMBER, OfficeGroup.SUPERVISORY),
    "person-authorised-to-represent": REPRESENTATIVE, "person-authorised-to-accept": REPRESENTATIVE,
    "person-authorised-to-represent-and-accept": REPRESENTATIVE,
    "cic-manager": DISTRESS, "judicial-factor": DISTRESS, "receiver-and-manager": DISTRESS,
}  # fmt: skip

CORPORATE_CONTROL = frozenset(
    {
        "corporate-entity-person-with-significant-control", "legal-person-person-with-significant-control",
        "corporate-entity-beneficial-owner", "legal-person-beneficial-owner",
    }
)  # fmt: skip
# Persons, secrets, and statements that there is nobody: nothing of them is kept.
SILENT_CONTROL = frozenset(
    {
        "individual-person-with-significant-control", "super-secure-person-with-significant-control",
        "individual-beneficial-owner", "super-secure-beneficial-owner", "exemptions",
        "persons-with-significant-control-statement", "totals#persons-of-significant-control-snapshot",
    }
)  # fmt: skip
BRITISH = frozenset(
    {
        "united kingdom", "uk", "u.k.", "great britain", "gb", "england", "wales", "scotland", "northern ireland",
        "england and wales", "england & wales", "united kingdom (england and wales)", "england wales",
    }
)  # fmt: skip

CHANGED = NoticeFamily.MODIFICATION
FAMILIES = {
    "officers": CHANGED, "address": CHANGED, "capital": CHANGED, "change-of-name": CHANGED, "resolution": CHANGED,
    "persons-with-significant-control": CHANGED, "dissolution": CHANGED, "change-of-constitution": CHANGED,
    "incorporation": NoticeFamily.CREATION, "restoration": NoticeFamily.REGISTRATION,
    "accounts": NoticeFamily.ACCOUNTS_FILING, "insolvency": NoticeFamily.INSOLVENCY,
    "annual-return": NoticeFamily.OTHER, "confirmation-statement": NoticeFamily.OTHER,
    "mortgage": NoticeFamily.OTHER, "gazette": NoticeFamily.OTHER, "miscellaneous": NoticeFamily.OTHER,
    "auditors": NoticeFamily.OTHER, "document-replacement": NoticeFamily.OTHER, "reregistration": CHANGED,
    "return": NoticeFamily.OTHER, "social-landlord": NoticeFamily.OTHER, "other": NoticeFamily.OTHER,
    "certificate": NoticeFamily.OTHER, "court-order": NoticeFamily.OTHER, "historical": NoticeFamily.OTHER,
    "liquidation": NoticeFamily.INSOLVENCY, "merger": CHANGED, "change-of-name-by-resolution": CHANGED,
}  # fmt: skip
WOUND_UP = ("liquidation-voluntary", "liquidation-compulsory")


@dataclass
class Reading:
    """What one answer has given so far."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FRAMES})
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def record(self, item: object, path: str) -> Record:
        """One object of the answer."""
        return Record(item, path, self.unknown, never_null=NEVER_NULL)

    def keep(self, frame: str, record: Record, row: dict[str, Any] | None, what: str) -> str | None:
        """The row (None: the record has nothing for us), or its rejection; returns the key of a row that was kept."""
        try:
            record.close()
        except RecordRejectedError as error:
            self.rejected.append(Rejected((row or {}).get("source_key"), str(error), what))
            return None
        if row is None:
            return None
        self.rows[frame].append({"source": SOURCE, **row})
        return str(row["source_key"])


# ----------------------------------------------------------------------------------------------------- companies


def read_company(reading: Reading, item: object, path: str) -> None:
    """A company's profile, or what an advanced search shows of it."""
    record = reading.record(item, path)
    number = company_number(record, "company_number")
    kind = record.text("type" if record.has("type") or not path else "company_type")
    status = record.text("company_status", optional=True)
    codes = record.texts("sic_codes", optional=True)
    former = {name for old in record.parts("previous_company_names", optional=True) if (name := _former_name(old))}
    name = record.filled("company_name")
    row = {
        "source_key": number,
        "name": name,
        "other_names": sorted(former - {name}),
        "country_code": _country_of(record, kind),
        "national_id": number,
        "national_id_scheme": SCHEME,
        "legal_form_code": kind,
        "legal_form_scheme": SCHEME if kind else None,
        "is_natural_person": False,  # sole traders are on no register of Companies House
        "diffusion": Diffusion.OPEN,
        "life_status": LIFE.get(status or "", LifeStatus.UNKNOWN),
        "created_on": record.day("date_of_creation", optional=True),
        "ceased_on": record.day("date_of_cessation", optional=True),
        "activity_code": codes[0] if codes else None,
        "activity_code_scheme": "UK-SIC2007" if codes else None,
        **_address(record.part("registered_office_address", optional=True)),
    }
    if status and status not in LIFE:
        record.hear(f"{record.path}.company_status={status[:40]}")
    record.ignore(*UNUSED_COMPANY)
    reading.keep("legal_units", record, row, "one company")


def company_number(record: Record, name: str) -> str | None:
    """A number on eight characters; lost leading zeros are put back."""
    found = record.filled(name)
    number = normalise_company_number(found)
    if found and number is None:
        record.reject(f"{record.path}.{name} is no company number (two letters and six digits, or eight digits)")
    return number


def _former_name(old: Record) -> str | None:
    name = old.filled("name")
    old.ignore("ceased_on", "effective_from")
    return name or None


def _country_of(record: Record, kind: str | None) -> str | None:
    """GB, but for companies that are registered abroad first: their own country where it is told."""
    origin = record.part("foreign_company_details", optional=True)
    registry = origin.part("originating_registry", optional=True)
    country = registry.text("country", optional=True)
    registry.ignore("name")
    origin.ignore(*UNUSED_ORIGIN)
    return country_of_name(country) if kind in OVERSEAS else "GB"


def country_of_name(name: str | None) -> str | None:
    """The ISO code of a country by its English name, or None."""
    known = {label.casefold(): code for code, label in labels_of("countries", "name_en").items()}
    return known.get((name or "").casefold())


def _address(office: Record) -> dict[str, str | None]:
    parts = [office.text(name, optional=True) for name in ("premises", "address_line_1", "address_line_2")]
    postal_code, city = office.text("postal_code", optional=True), office.text("locality", optional=True)
    office.ignore("address_line_3", "care_of", "care_of_name", "country", "etag", "links", "po_box", "region")
    return {"address_line": ", ".join(filter(None, parts)) or None, "postal_code": postal_code, "city": city}


# ------------------------------------------------------------------------------------------------------ officers


def read_officer(reading: Reading, item: object, number: str) -> str | None:
    """One line of a company's officers, those who have left included; returns its key."""
    record = reading.record(item, "items[]")
    links = record.part("links")
    appointments = links.part("officer").filled("appointments")
    links.ignore("self")
    officer = _officer_id(record, appointments)
    name = record.filled("name")
    family, comma, given = name.partition(", ")
    return _keep_office(reading, record, number, officer, (family, given.partition(", ")[0], name), bool(comma))


def read_appointment(reading: Reading, item: object, officer: str) -> None:
    """One line of an officer's own list of appointments, which names the company."""
    record = reading.record(item, "items[]")
    company = record.part("appointed_to")
    number = company_number(company, "company_number")
    company.ignore("company_name", "company_status")
    name, elements = record.filled("name"), record.part("name_elements", optional=True)
    family, first = elements.text("surname", optional=True), elements.text("forename", optional=True)
    more = elements.text("other_forenames", optional=True)
    elements.ignore("title", "honours", "middle_name")
    names = (family or name, " ".join(filter(None, (first, more))), name)
    record.ignore("links")
    _keep_office(reading, record, number, officer, names, family is not None)


def _officer_id(record: Record, address: str) -> str | None:
    found = OFFICER_ADDRESS.search(address)
    if address and found is None:
        record.reject(f"{record.path}.links.officer.appointments is no address of an officer")
    return found["officer"] if found else None


def _keep_office(
    reading: Reading,
    record: Record,
    number: str | None,
    officer: str | None,
    names: tuple[str, str, str],
    is_named: bool,
) -> str | None:
    """An office held by a person (family name, given names) or by an organisation (the whole name)."""
    family, given, name = names
    role = record.filled("officer_role")
    started, ended = record.day("appointed_on", optional=True), record.day("resigned_on", optional=True)
    month = _birth_month(record.part("date_of_birth", optional=True))
    identification = record.part("identification", optional=True)
    registered = identification.text("registration_number", optional=True)
    identification.ignore(*UNUSED_IDENTIFICATION)
    record.ignore(*UNUSED_OFFICER)
    is_person = not role.startswith("corporate-") and (is_named or month is not None)
    office, group = OFFICES.get(role.removeprefix("corporate-"), (ExecutiveRole.UNKNOWN, OfficeGroup.OTHER))
    if role and office is ExecutiveRole.UNKNOWN:
        record.hear(f"{record.path}.officer_role={role[:40]}")
    if started is not None and started == ended:
        office, group = OTHER  # whoever forms a company for others leaves it on its first day
    row: dict[str, Any] = {
        "source_key": office_key(number, officer, role, str(started or "")),
        "unit_key": number,
        "officer_kind": OfficerKind.PERSON if is_person else OfficerKind.ORGANISATION,
        "officer_id": officer,
        "title": role or None,
        "role": office,
        "office_group": group,
        "started_on": started,
        "ended_on": ended,
    }
    if is_person:
        row |= {"family_name": family or None, "given_names": given or None, "birth_month": month}
    else:
        row |= {"organisation_name": name or None}
        row |= {"organisation_id": normalise_company_number(registered) or registered}
    return reading.keep("appointments", record, row, "one officer")


def office_key(number: str | None, officer: str | None, role: str | None, started: str) -> str:
    """`company|officer|role|first day`: one person may be secretary and director, and come back."""
    return f"{number}|{officer}|{role}|{started}"


def _birth_month(born: Record) -> str | None:
    year, month = born.integer("year"), born.integer("month")
    born.ignore("day")
    if year is None or month is None:
        return None
    if not (1800 <= year <= 2200 and 1 <= month <= 12):
        born.reject(f"{born.path}: no month of our calendar (year, month)")
        return None
    return f"{year:04d}-{month:02d}"


# ------------------------------------------------------------------------------------------------------- control


def read_control(reading: Reading, item: object, number: str, path: str) -> None:
    """A British company that controls another one; persons, secrets and foreign registers leave no row."""
    record = reading.record(item, path)
    kind = record.filled("kind")
    if kind and kind not in CORPORATE_CONTROL | SILENT_CONTROL:
        record.reject(f"{path}.kind: {kind[:40]!r} is no kind of control that we know")
    if kind not in CORPORATE_CONTROL:
        record.ignore(*KNOWN_CONTROL)
        reading.keep("relationships", record, None, "one line of control")
        return
    started = record.day("notified_on", optional=True)
    ended = record.day("ceased_on", optional=True)
    is_ceased = record.flag("ceased", optional=True)
    parent = _parent(record.part("identification", optional=True))
    record.ignore(*KNOWN_CONTROL)
    row = {
        "source_key": f"{number}|{RelationshipKind.CONTROLLED_BY}|{parent}|{started or ''}",
        "kind": RelationshipKind.CONTROLLED_BY,
        "child_key": number,
        "parent_key": parent,
        "is_active": ended is None and not is_ceased,
        "started_on": started,
        "ended_on": ended,
    }
    is_told = parent is not None and parent != number
    reading.keep("relationships", record, row if is_told else None, "one line of control")


def _parent(identification: Record) -> str | None:
    """The parent's number on our register; a number of another one (or of nobody knows which) links nothing."""
    country = identification.text("country_registered", optional=True)
    place = identification.text("place_registered", optional=True)
    number = identification.text("registration_number", optional=True)
    identification.ignore(*UNUSED_IDENTIFICATION)
    return british_number(country, place, number)


def british_number(country: str | None, place: str | None, number: str | None) -> str | None:
    """The company number, when country or place of registration is British."""
    at_the_register = not country and "companies house" in (place or "").casefold()
    is_british = (country or "").casefold() in BRITISH or at_the_register
    return normalise_company_number(number) if is_british else None


# ------------------------------------------------------------------------------------------------------- notices


def read_filing(reading: Reading, item: object, number: str | None) -> None:
    """One filing: what was filed, when, and since when it holds; of names only the officer's that it is about."""
    record = reading.record(item, "items[]")
    links = record.part("links", optional=True)
    own = COMPANY_ADDRESS.search(links.text("self", optional=True) or "")
    links.ignore("document_metadata")
    number = normalise_company_number(own["number"]) if own else number
    if number is None:
        record.reject("items[].links: no self that names the company")
    transaction, filed_on = record.filled("transaction_id"), record.day("date")
    if transaction and not TRANSACTION.fullmatch(transaction):
        record.reject("items[].transaction_id: letters, digits, - and _ were expected")
    if filed_on is None:
        record.reject("items[].date is empty")
    category, code, form = (record.filled(name) for name in ("category", "description", "type"))
    values = record.part("description_values", optional=True)
    officer = values.text("officer_name", optional=True)
    values.ignore(*DESCRIPTION_VALUES)
    if category and category not in FAMILIES:
        record.hear(f"items[].category={category[:40]}")
    key = f"F|{filed_on:%Y%m%d}|{transaction}" if filed_on and transaction else None
    row = {
        **_notice(key, number, filed_on),
        "family": _family(category, code),
        "description": _description(category, form, code, officer),
        "judgement_kind": code if code.startswith(WOUND_UP) else None,
        "effective_on": record.day("action_date", optional=True),
    }
    record.ignore(*UNUSED_FILING)
    reading.keep("notices", record, row, "one filing")


def _notice(key: str | None, number: str | None, published_on: Any) -> dict[str, Any]:
    return {
        "source_key": f"{key}|{number}",
        "notice_key": key,
        "unit_key": number,
        "party": NoticeParty.SUBJECT,
        "is_natural_person": False,
        "kind": NoticeKind.INITIAL,
        "published_on": published_on,
    }


def _family(category: str, code: str) -> NoticeFamily:
    if category == "gazette" and "dissolved" in code:
        return NoticeFamily.STRIKING_OFF
    return FAMILIES.get(category, NoticeFamily.OTHER)


def _description(category: str, form: str, code: str, officer: str | None) -> str:
    """`administration: TM01 termination-director-company-with-name: SURNAME, First`."""
    subject = "administration" if category == "officers" else category
    about = officer if category == "officers" else None
    return ": ".join(filter(None, (subject, f"{form} {code}", about)))


def read_charge(reading: Reading, item: object) -> None:
    """One charge on the company's property; who is entitled may be a person and is not read."""
    record = reading.record(item, "items[]")
    links = record.part("links")
    own = COMPANY_ADDRESS.search(links.filled("self"))
    number = normalise_company_number(own["number"]) if own else None
    if number is None:
        record.reject("items[].links.self names no company")
    count, status = record.integer("charge_number"), record.filled("status")
    created, delivered = record.day("created_on", optional=True), record.day("delivered_on", optional=True)
    satisfied = record.day("satisfied_on", optional=True)
    told = delivered or created
    if told is None:
        record.reject("items[]: neither delivered_on nor created_on says when the charge was told")
    if count is None:
        record.reject("items[].charge_number is empty")
    row = {
        **_notice(f"C|{told:%Y%m%d}|{count}" if told and count is not None else None, number, told),
        "family": NoticeFamily.OTHER,
        "description": f"charge: {status}" + (f" on {satisfied}" if satisfied else ""),
        "effective_on": created,
    }
    record.ignore(*UNUSED_CHARGE)
    reading.keep("notices", record, row, "one charge")


# What the source sends and we leave out.
UNUSED_COMPANY = (
    "accounts", "annual_return", "branch_company_details", "can_file", "company_status_detail", "company_subtype",
    "confirmation_statement", "corporate_annotation", "etag", "external_registration_number", "has_been_liquidated",
    "has_charges", "has_insolvency_history", "has_super_secure_pscs", "is_community_interest_company", "jurisdiction",
    "kind", "last_full_members_list_date", "links", "partial_data_available", "registered_office_is_in_dispute",
    "service_address", "subtype", "super_secure_managing_officer_count", "undeliverable_registered_office_address",
)  # fmt: skip
UNUSED_ORIGIN = (
    "accounting_requirement", "accounts", "business_activity", "company_type", "governed_by",
    "is_a_credit_finance_institution", "is_a_credit_financial_institution", "legal_form", "registration_number",
)  # fmt: skip
UNUSED_IDENTIFICATION = (
    "country_registered", "identification_type", "legal_authority", "legal_form", "place_registered",
    "register_location",
)  # fmt: skip
# Home or service address, nationality, occupation: no matter of ours.
UNUSED_OFFICER = (
    "address", "appointed_before", "contact_details", "country_of_residence", "etag", "former_names",
    "identity_verification_details", "is_pre_1992_appointment", "nationality", "occupation", "person_number",
    "principal_office_address", "responsibilities",
)  # fmt: skip
KNOWN_CONTROL = (
    "address", "ceased", "ceased_on", "country_of_residence", "date_of_birth", "description", "etag", "exemptions",
    "identification", "identity_verification_details", "is_sanctioned", "kind", "links", "linked_psc_name", "name",
    "name_elements", "nationality", "natures_of_control", "notified_on", "principal_office_address",
    "persons_of_significant_control_count", "restrictions_notice_withdrawal_reason", "statement", "statements_count",
    "exemptions_count", "generated_at",
)  # fmt: skip
UNUSED_FILING = (
    "annotations", "associated_filings", "barcode", "data", "original_values", "pages", "paper_filed", "resolutions",
    "subcategory",
)  # fmt: skip
DESCRIPTION_VALUES = (
    "appointment_date", "branch_number", "brought_down_date", "capital", "case_end_date", "case_start_date",
    "cessation_date", "change_address", "change_date", "change_details", "change_name", "change_type",
    "charge_creation_date", "charge_number", "close_date", "company_number", "company_type", "date",
    "default_address", "description", "form_attached", "form_type", "incorporation_date", "made_up_date",
    "mortgage_satisfaction_date", "new_address", "new_date", "new_jurisdiction", "notification_date",
    "officer_address", "old_address", "old_jurisdiction", "original_description", "property_acquired_date",
    "psc_name", "removal_date", "representative_details", "resolution_date", "termination_date", "withdrawal_date",
)  # fmt: skip
UNUSED_CHARGE = (
    "acquired_on", "assets_ceased_released", "charge_code", "classification", "covering_instrument_date", "etag", "id",
    "insolvency_cases", "more_than_four_persons_entitled", "particulars", "persons_entitled", "resolved_on",
    "scottish_alterations", "secured_details", "transactions",
)  # fmt: skip

NEVER_NULL = frozenset(
    {
        "company_name", "company_number", "items[].name", "items[].officer_role", "items[].links.officer.appointments",
        "items[].kind", "items[].transaction_id", "items[].date", "items[].category", "items[].charge_number",
        "items[].status", "items[].company_name", "items[].company_number", "previous_company_names[].name",
        "type", "items[].company_type", "items[].links.officer", "items[].appointed_to",
        "items[].appointed_to.company_number", "items[].description", "items[].type",
    }
)  # fmt: skip
MAY_BE_ABSENT = frozenset(
    {
        "company_status", "date_of_creation", "date_of_cessation", "sic_codes", "previous_company_names",
        "registered_office_address", "registered_office_address.premises", "registered_office_address.address_line_1",
        "registered_office_address.address_line_2", "registered_office_address.postal_code",
        "registered_office_address.locality", "foreign_company_details", "foreign_company_details.originating_registry",
        "foreign_company_details.originating_registry.country",
        "items[].company_status", "items[].date_of_creation", "items[].date_of_cessation", "items[].sic_codes",
        "items[].registered_office_address", "items[].registered_office_address.premises",
        "items[].registered_office_address.address_line_1", "items[].registered_office_address.address_line_2",
        "items[].registered_office_address.postal_code", "items[].registered_office_address.locality",
        "items[].appointed_on", "items[].resigned_on", "items[].date_of_birth", "items[].identification",
        "items[].identification.registration_number", "items[].identification.country_registered",
        "items[].identification.place_registered", "items[].name_elements", "items[].name_elements.surname",
        "items[].name_elements.forename", "items[].name_elements.other_forenames", "items[].notified_on",
        "items[].ceased_on", "items[].ceased", "items[].links", "items[].links.self", "items[].action_date",
        "items[].description_values", "items[].description_values.officer_name", "items[].created_on",
        "items[].delivered_on", "items[].satisfied_on",
    }
)  # fmt: skip
