"""What the SEC's files say: filer, filings, insiders, subsidiaries, the sense of an item 5.02 (SOURCES section 7)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract import NotAnAnswerError, RecordRejectedError, Rejected
from connectors.fields import ISO_DAY, Record, clean
from connectors.rows import Row
from schemas.frames import Appointment, LegalUnit, Notice, Relationship
from schemas.identifiers import normalise_cik, normalise_lei
from schemas.reference import office_of
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

SOURCE = "edgar"
SCHEME = "US-SEC-CIK"
FRAMES = {
    "legal_units": LegalUnit, "appointments": Appointment, "relationships": Relationship, "notices": Notice,
}  # fmt: skip
# What somebody files of his own holdings: whoever files nothing else may be a natural person.
INSIDER_FORM = re.compile(r"(?:3|4|5|144|SC 13[DG]|SCHEDULE 13[DG]|13F-(?:HR|NT)|N-PX|DFAN14A)(?:/A)?", re.ASCII)
EVENT_FORMS = frozenset({"8-K", "8-K/A", "8-K12B", "8-K12G3", "8-K15D5"})
ITEMS_RENUMBERED = date(2004, 8, 23)  # before that day an 8-K's items have other numbers
ACCESSION = re.compile(r"[0-9]{10}-[0-9]{2}-[0-9]{6}", re.ASCII)
ITEM = re.compile(r"[0-9]{1,2}(?:\.[0-9]{2})?", re.ASCII)
STATE_SUFFIX = re.compile(r"(?<!\s)\s*[/\\][A-Z]{2,4}[/\\]?$", re.ASCII)
US_STATE = re.compile(
    "A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|X1",
    re.ASCII,
)
COLUMNS = ("accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "form", "items", "primaryDocument")
OTHER_COLUMNS = frozenset(
    {
        "act", "fileNumber", "filmNumber", "core_type", "size", "isXBRL", "isInlineXBRL", "primaryDocDescription",
        "isXBRLNumeric",
    }
)  # fmt: skip
ITEM_502 = re.compile(r"item\s{1,3}5\.02\b", re.IGNORECASE)
NEXT_ITEM = re.compile(r"item\s{1,3}(?!5\.02)[1-9]\.[0-9]{2}\b|\bsignatures?\b", re.IGNORECASE)
TITLE_OF_502 = re.compile(
    r"departure of (?:certain )?directors[^.]{0,200}?compensatory arrangements of certain officers\.?", re.IGNORECASE
)
MOVES = {
    "departure": re.compile(
        r"\b(?:resign(?:ed|s|ation|ing)?\b|retire(?:d|s|ment)?\b|depart(?:ed|ure)|step(?:ped|ping)? down|"
        r"will (?:leave|cease|not stand)|ceas(?:ed|es) to|terminat(?:ed|ion of) (?:\w+ ){0,3}employment)",
        re.IGNORECASE,
    ),
    "appointment": re.compile(
        r"\b(?:appoint(?:ed|s|ment)|(?:was|were|been|has) elected|elected \w+ \w+|promot(?:ed|ion)|"
        r"succeed(?:s|ed)?\b|named (?!executive)\w+ \w+|assum(?:ed|es?) the (?:role|position|office))",
        re.IGNORECASE,
    ),
    "compensation": re.compile(
        r"\b(?:compensat|salary|bonus|incentive plan|equity award|stock unit|severance)", re.IGNORECASE
    ),
}


@dataclass
class Reading:
    """What one answer has given so far."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FRAMES})
    rejected: list[Rejected] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def keep(self, frame: str, row: dict[str, Any]) -> None:
        """One row."""
        self.rows[frame].append({"source": SOURCE, **row})


# -------------------------------------------------------------------------------------------------------- filers


def read_filer(reading: Reading, document: dict[str, Any], forms: frozenset[str]) -> None:
    """A filer as a legal unit; one who only tells of his own holdings may be a person and leaves no row."""
    record = Record(document, "", reading.unknown, never_null=NEVER_NULL)
    cik = normalise_cik(record.filled("cik"))
    if cik is None:
        record.reject("cik is no Central Index Key (up to ten digits)")
    name = without_state(record.filled("name"))
    is_issuer = record.integer("insiderTransactionForIssuerExists") == 1
    tickers = record.texts("tickers")
    former = {without_state(old) for part in record.parts("formerNames") if (old := _former(part))}
    lei, sic = normalise_lei(record.text("lei", optional=True)), record.text("sic")
    state, described = record.text("stateOfIncorporation"), record.text("stateOfIncorporationDescription")
    addresses = record.part("addresses")
    seat = _address(addresses.part("business"))
    addresses.ignore("mailing")
    record.ignore(*UNUSED_FILER)
    row = {
        "source_key": cik,
        "name": name,
        "other_names": sorted(former - {name}),
        "country_code": country_of(state, described),
        "national_id": cik,
        "national_id_scheme": SCHEME,
        "lei": lei,
        "is_natural_person": False,
        "diffusion": Diffusion.OPEN,
        "life_status": LifeStatus.UNKNOWN,  # a filer may live on after it left the market
        "activity_code": sic,
        "activity_code_scheme": "US-SIC1987" if sic else None,
        **seat,
    }
    is_company = is_issuer or bool(tickers) or any(not INSIDER_FORM.fullmatch(form) for form in forms)
    try:
        record.close()
    except RecordRejectedError as error:
        reading.rejected.append(Rejected(cik, str(error), "one filer"))
    else:
        if is_company:
            reading.keep("legal_units", row)


def without_state(name: str) -> str:
    """`NVIDIA CORP/DE/` -> `NVIDIA CORP`: the suffix tells the state, to hold namesakes apart."""
    return STATE_SUFFIX.sub("", name) or name


def country_of(state: str | None, described: str | None) -> str | None:
    """The country of the SEC's code of a state or country, by its description; unknown stays unknown."""
    if US_STATE.fullmatch(state or ""):
        return "US"
    known = {label.casefold(): code for code, label in labels_of("countries", "name_en").items()}
    return known.get((described or "").casefold())


def _former(part: Record) -> str | None:
    name = part.filled("name")
    part.ignore("from", "to")
    return name or None


def _address(office: Record) -> dict[str, str | None]:
    streets = [office.text("street1"), office.text("street2")]
    city, postal_code = office.text("city"), office.text("zipCode")
    country = country_of(office.text("stateOrCountry"), office.text("stateOrCountryDescription"))
    office.ignore("country", "countryCode", "foreignStateTerritory", "isForeignLocation")
    return {
        "address_line": ", ".join(filter(None, streets)) or None,
        "postal_code": postal_code,
        "city": city,
        "hq_country_code": country,
    }


# ------------------------------------------------------------------------------------------------------- filings


def columns_of(recent: Any, path: str, unknown: set[str]) -> list[dict[str, str]]:
    """The filings out of the columns of `recent` or of an overflow file.

    Raises:
        NotAnAnswerError: a column is missing, holds other things than texts, or is shorter than another one.
    """
    if not isinstance(recent, dict):
        raise NotAnAnswerError(f"no answer of {SOURCE}: {path or 'the file'} holds no columns of filings")
    unknown.update(f"{path}.{n[:60]}".lstrip(".") for n in recent if n not in COLUMNS and n not in OTHER_COLUMNS)
    for name in COLUMNS:
        column = recent.get(name)
        if not isinstance(column, list) or not all(isinstance(value, str) for value in column):
            raise NotAnAnswerError(f"no answer of {SOURCE}: {path}.{name} is no column of texts")
    if len({len(recent[name]) for name in COLUMNS}) > 1:
        raise NotAnAnswerError(f"no answer of {SOURCE}: the columns of {path or 'the file'} have different lengths")
    return [dict(zip(COLUMNS, values, strict=True)) for values in zip(*(recent[n] for n in COLUMNS), strict=True)]


def read_events(reading: Reading, cik: str, filings: list[dict[str, str]]) -> None:
    """Each 8-K as a notice: its items, when it was filed and when the earliest event took place."""
    for filing in filings:
        if filing["form"] not in EVENT_FORMS:
            continue
        accession, key = filing["accessionNumber"], notice_key(filing)
        filed_on, happened_on = _day(filing["filingDate"]), _day(filing["reportDate"])
        items = [item for item in filing["items"].split(",") if item]
        wrong = _why_unreadable(filing, filed_on, items)
        if wrong is not None:
            reading.rejected.append(Rejected(f"{key}|{cik}", wrong, "one 8-K"))
            continue
        reading.keep(
            "notices",
            {
                "source_key": f"{key}|{cik}",
                "notice_key": key,
                "unit_key": cik,
                "party": NoticeParty.SUBJECT,
                "is_natural_person": False,
                "family": _family(items, filed_on),
                "kind": NoticeKind.INITIAL,
                "published_on": filed_on,
                "effective_on": happened_on,
                "description": f"{filing['form']} {accession}: items {', '.join(items) or 'none'}",
            },
        )


def notice_key(filing: dict[str, str]) -> str:
    """`F|day of filing|accession number`."""
    return f"F|{filing['filingDate'].replace('-', '')}|{filing['accessionNumber']}"


def _why_unreadable(filing: dict[str, str], filed_on: date | None, items: list[str]) -> str | None:
    if not ACCESSION.fullmatch(filing["accessionNumber"]):
        return "filings.recent.accessionNumber: expected 0000000000-00-000000"
    if filed_on is None:
        return "filings.recent.filingDate: expected YYYY-MM-DD"
    if filing["reportDate"] and _day(filing["reportDate"]) is None:
        return "filings.recent.reportDate: expected YYYY-MM-DD"
    return None if all(ITEM.fullmatch(i) for i in items) else "filings.recent.items: expected numbers with commas"


def _family(items: list[str], filed_on: date | None) -> NoticeFamily:
    if filed_on is None or filed_on < ITEMS_RENUMBERED:
        return NoticeFamily.OTHER
    if "1.03" in items:
        return NoticeFamily.INSOLVENCY
    return NoticeFamily.MODIFICATION if {"5.01", "5.02", "5.03"} & set(items) else NoticeFamily.OTHER


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def classify_item_502(text: str) -> tuple[str, ...]:
    """What the section of item 5.02 tells: departure, appointment, compensation; its own title says all three.

    A plan for officers who stay is compensation alone: no one came or went.
    """
    found = ITEM_502.search(text)
    if found is None:
        return ()
    section = text[found.end() :]
    following = NEXT_ITEM.search(section)
    section = TITLE_OF_502.sub(" ", section[: following.start()] if following else section)
    return tuple(word for word, rule in MOVES.items() if rule.search(section))


# ------------------------------------------------------------------------------------------------------ insiders


def read_insiders(reading: Reading, root: etree._Element) -> None:
    """The directors and officers of an ownership form 3, 4 or 5; holders of shares alone have no office.

    Form 3 tells who became an insider and when; 4 and 5 only that he is one, under a key of their own, so that they
    never take the first day away.
    """
    form = _text(root, "documentType").removesuffix("/A")
    issuer = normalise_cik(_text(root, "issuer/issuerCik"))
    told_on = _text(root, "periodOfReport")[:10]
    if form not in ("3", "4", "5") or issuer is None:
        raise NotAnAnswerError(f"no answer of {SOURCE}: no ownership form 3, 4 or 5 of an issuer with a CIK")
    for owner in root.iterfind("reportingOwner"):
        cik, name = (
            normalise_cik(_text(owner, "reportingOwnerId/rptOwnerCik")),
            _text(owner, "reportingOwnerId/rptOwnerName"),
        )
        ties = {tag: _is_true(_text(owner, f"reportingOwnerRelationship/{tag}")) for tag in ("isDirector", "isOfficer")}
        told = _text(owner, "reportingOwnerRelationship/officerTitle")
        if not any(ties.values()):
            continue
        title = told if ties["isOfficer"] and told else "Director" if ties["isDirector"] else "Officer"
        day = _day(told_on)
        if cik is None or not name or day is None or None in ties.values():
            reason = "reportingOwner: rptOwnerCik, rptOwnerName, periodOfReport or a relationship cannot be read"
            reading.rejected.append(Rejected(None, reason, "one insider"))
            continue
        family, _, given = name.partition(" ")
        office = office_of(title) if title == told else (ExecutiveRole.BOARD_MEMBER, OfficeGroup.BOARD)
        if title == "Officer":
            office = (ExecutiveRole.UNKNOWN, OfficeGroup.OTHER)
        reading.keep(
            "appointments",
            {
                "source_key": insider_key(issuer, cik, title, form),
                "unit_key": issuer,
                "officer_kind": OfficerKind.PERSON,
                "family_name": family,  # the form writes LAST FIRST MIDDLE
                "given_names": given or None,
                "officer_id": cik,
                "title": title[:300],
                "role": office[0],
                "office_group": office[1],
                "started_on": day if form == "3" else None,
            },
        )


def insider_key(issuer: str, owner: str, title: str, form: str) -> str:
    """`issuer|owner|title`, and `|seen` for what forms 4 and 5 tell."""
    return f"{issuer}|{owner}|{title[:300]}" + ("" if form == "3" else "|seen")


def _text(element: etree._Element, path: str) -> str:
    """The text of an element, or of the `value` in it."""
    found = element.find(path)
    if found is None:
        return ""
    inner = found.find("value")
    return clean((found.text if inner is None else inner.text) or "")


def _is_true(text: str) -> bool | None:
    """`1`, `0`, `true` and `false` are all written; nothing is no."""
    return {"1": True, "true": True, "0": False, "false": False, "": False}.get(text.lower())


# -------------------------------------------------------------------------------------------------- subsidiaries


def read_subsidiaries(reading: Reading, parent: str, tables: Iterator[list[list[str]]]) -> None:
    """Names and countries of an exhibit 21, which tells no number and need not be complete (Item 601(b)(21)(ii))."""
    known = {label.casefold(): code for code, label in labels_of("countries", "name_en").items()}
    known |= dict.fromkeys(US_STATE_NAMES, "US") | {"u.s.": "US", "usa": "US", "u.k.": "GB", "england": "GB",
                                                    "england and wales": "GB", "scotland": "GB"}  # fmt: skip
    for table in tables:
        for cells in table:
            told = [cell for cell in cells if cell]
            country = next((known[c.casefold()] for c in told[1:] if c.casefold() in known), None)
            if len(told) < 2 or country is None or told[0].casefold() in known or len(told[0]) > 200:
                continue
            child = f"{parent}|{told[0]}"
            if any(row["source_key"] == child for row in reading.rows["legal_units"]):
                continue
            reading.keep(
                "legal_units",
                {
                    "source_key": child, "name": told[0], "other_names": [], "country_code": country,
                    "is_natural_person": False, "diffusion": Diffusion.OPEN, "life_status": LifeStatus.UNKNOWN,
                },
            )  # fmt: skip
            reading.keep(
                "relationships",
                {
                    "source_key": f"{child}|{RelationshipKind.CONTROLLED_BY}", "kind": RelationshipKind.CONTROLLED_BY,
                    "child_key": child, "parent_key": parent, "is_active": True,
                },
            )  # fmt: skip


US_STATE_NAMES = (
    "alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut", "delaware", "florida",
    "hawaii", "idaho", "illinois", "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine", "maryland",
    "massachusetts", "michigan", "minnesota", "mississippi", "missouri", "montana", "nebraska", "nevada",
    "new hampshire", "new jersey", "new mexico", "new york", "north carolina", "north dakota", "ohio", "oklahoma",
    "oregon", "pennsylvania", "rhode island", "south carolina", "south dakota", "tennessee", "texas", "utah", "vermont",
    "virginia", "washington", "west virginia", "wisconsin", "wyoming", "district of columbia",
)  # fmt: skip
UNUSED_FILER = (
    "category", "description", "ein", "entityType", "exchanges", "filings", "fiscalYearEnd", "flags",
    "insiderTransactionForOwnerExists", "investorWebsite", "ownerOrg", "phone", "sicDescription", "website",
)  # fmt: skip
NEVER_NULL = frozenset({"cik", "name", "tickers", "formerNames", "formerNames[].name", "addresses"})
MAY_BE_ABSENT = frozenset({"lei"})  # answers before 2025 lack it; it was null in all later ones
