"""One TED notice as XML: the chain from lot to winner of eForms, and form F03 of the schema before 2023."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from connectors.contract import RecordRejectedError
from connectors.contract_parties import Contract, Party, country_of, identify, read_cpv, read_eur, rows_of
from connectors.fields import ISO_DAY, clean
from connectors.rows import Row
from schemas.vocabulary import ContractParty, ContractStage

SOURCE = "ted"
EFORMS = ("ContractAwardNotice", "ContractNotice", "PriorInformationNotice")
STAGES = {"cont-modif": ContractStage.MODIFICATION, "result": ContractStage.AWARD, "competition": ContractStage.CALL}
WON = "selec-w"
LANGUAGES = ("FRA", "ENG")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
OLD_STAGES = {"7": ContractStage.AWARD, "3": ContractStage.CALL}  # TD_DOCUMENT_TYPE


def is_notice(root: Any) -> bool:
    """Whether this is the root of a notice in one of the two schemas."""
    return name_of(root) in (*EFORMS, "TED_EXPORT")


def read_notice(root: Any) -> list[Row]:
    """The rows of one notice; none where it is neither a call nor an award.

    Raises:
        RecordRejectedError: the notice has no publication number.
    """
    return _read_old(root) if name_of(root) == "TED_EXPORT" else _read_eforms(root)


# ------------------------------------------------------------------------------------------------------- eForms


def _read_eforms(root: Any) -> list[Row]:
    stage = STAGES.get(attribute(first(root, "NoticeTypeCode"), "listName") or "")
    if stage is None:
        return []
    publication = first(root, "Publication")
    parties = {text_of(organisation, "PartyIdentification", "ID"): organisation for organisation in companies_of(root)}
    result = first(root, "NoticeResult")
    contract = Contract(
        SOURCE,
        publication_key(text_of(publication, "NoticePublicationID") or _draft_id(root)),
        stage,
        cpv_code=read_cpv(text_of(root, "ProcurementProject", "MainCommodityClassification", "ItemClassificationCode")),
        awarded_on=_newest(texts(result, "SettledContract", "AwardDate")),
        published_on=day_of(text_of(publication, "PublicationDate")),
    )
    total = first_child(result, "TotalAmount")
    buyers = {id_ for party in children(root, "ContractingParty") for id_ in texts(party, "PartyIdentification", "ID")}
    amounts = _amount_of(total)
    rows = rows_of(contract, ContractParty.BUYER, (_unit(parties.get(id_), amounts) for id_ in sorted(buyers)))
    if result is not None:
        won = ((parties.get(id_), amount) for id_, amount in _winners(result))
        rows += rows_of(contract, ContractParty.WINNER, (_unit(*one) for one in won))
    return rows


def _draft_id(root: Any) -> str | None:
    """The id of a notice that is not published (yet), as the examples of the format have it."""
    return next((one.text for one in children(root, "ID") if attribute(one, "schemeName") == "notice-id"), None)


def companies_of(root: Any) -> list[Any]:
    """The organisations of a notice that are companies, not natural persons."""
    found = []
    for organisation in every(root, "Organization"):
        company = first_child(organisation, "Company")
        is_person = (text_of(organisation, "NaturalPersonIndicator") or "").lower() == "true"
        if company is not None and not is_person:
            found.append(company)
    return found


def _winners(result: Any) -> Iterator[tuple[str, float | None]]:
    """LotResult -> LotTender -> TenderingParty -> Tenderer; of several tenders the ones that a contract was made on."""
    tenders = {text_of(tender, "ID"): tender for tender in children(result, "LotTender")}
    parties = {text_of(party, "ID"): party for party in children(result, "TenderingParty")}
    chosen = {
        id_
        for lot in children(result, "LotResult")
        if text_of(lot, "TenderResultCode") == WON
        for id_ in texts(lot, "LotTender", "ID")
    }
    settled = set(texts(result, "SettledContract", "LotTender", "ID"))
    for id_ in sorted(chosen & settled if settled else chosen):
        tender = tenders.get(id_)
        if tender is None or int_of(text_of(tender, "RankCode")) not in (None, 1):
            continue
        amount = _amount_of(first(first_child(tender, "LegalMonetaryTotal"), "PayableAmount"))
        for party in texts(tender, "TenderingParty", "ID"):
            for tenderer in texts(parties.get(party), "Tenderer", "ID"):
                yield tenderer, amount


def _unit(company: Any, amount: float | None) -> tuple[Party | None, str | None, str | None, float | None]:
    if company is None:
        return None, None, None, None
    country = country_of(text_of(company, "PostalAddress", "Country", "IdentificationCode"))
    return party_of(company), country, _name_of_company(company), amount


def party_of(company: Any) -> Party | None:
    """Whom an efac:Company names, by the first of its identifiers that is one."""
    country = country_of(text_of(company, "PostalAddress", "Country", "IdentificationCode"))
    found = (identify(text, country) for text in texts(company, "PartyLegalEntity", "CompanyID"))
    return next((party for party in found if party), None)


def _name_of_company(company: Any) -> str | None:
    names = {attribute(name, "languageID"): name.text for name in every(company, "Name") if name.text}
    told = next((names[language] for language in LANGUAGES if language in names), next(iter(names.values()), None))
    return clean(told) or None if told else None


# --------------------------------------------------------------------------------------------------- the old schema


def _read_old(root: Any) -> list[Row]:
    stage = OLD_STAGES.get(attribute(first(root, "TD_DOCUMENT_TYPE"), "CODE") or "")
    form = first(root, "FORM_SECTION")
    if stage is None or form is None or not len(form):
        return []
    form = next((one for one in form if attribute(one, "CATEGORY") == "ORIGINAL"), form[0])
    awards = list(every(form, "AWARDED_CONTRACT"))
    counts = [count for award in awards if (count := int_of(text_of(award, "TENDERS", "NB_TENDERS_RECEIVED")))]
    contract = Contract(
        SOURCE,
        publication_key(root.get("DOC_ID")),
        stage,
        cpv_code=read_cpv(attribute(first(first(form, "CPV_MAIN"), "CPV_CODE"), "CODE")),
        tenders_count=counts[0] if len(awards) == 1 and counts else None,
        awarded_on=_newest(texts(form, "AWARD_CONTRACT", "AWARDED_CONTRACT", "DATE_CONCLUSION_CONTRACT")),
        published_on=_compact_day(text_of(first(root, "REF_OJS"), "DATE_PUB")),
    )
    total = _amount_of(first_child(first(form, "OBJECT_CONTRACT"), "VAL_TOTAL"))
    bodies = [*every(form, "ADDRESS_CONTRACTING_BODY"), *every(form, "ADDRESS_CONTRACTING_BODY_ADDITIONAL")]
    rows = rows_of(contract, ContractParty.BUYER, (_old_unit(body, total) for body in bodies))
    won = (
        _old_unit(address, _amount_of(first_child(first_child(award, "VALUES"), "VAL_TOTAL")))
        for award in awards
        for address in every(award, "ADDRESS_CONTRACTOR")
    )
    return rows + rows_of(contract, ContractParty.WINNER, won)


def _old_unit(address: Any, amount: float | None) -> tuple[Party | None, str | None, str | None, float | None]:
    name = text_of(address, "OFFICIALNAME")
    return old_party_of(address), _old_country(address), clean(name) if name else None, amount


def old_party_of(address: Any) -> Party | None:
    """Whom an address of the old schema names."""
    return identify(text_of(address, "NATIONALID"), _old_country(address))


def _old_country(address: Any) -> str | None:
    return country_of(attribute(first_child(address, "COUNTRY"), "VALUE"))


# -------------------------------------------------------------------------------------------------------- values


def publication_key(told: str | None) -> str:
    """`522031-2023` for `00522031-2023`; the id of an unpublished notice as it is.

    Raises:
        RecordRejectedError: no publication number.
    """
    text = (told or "").strip()
    if UUID.fullmatch(text):
        return text.lower()
    number, _, year = text.partition("-")
    if not (number.isascii() and number.isdigit() and year.isascii() and year.isdigit() and len(year) == 4):
        raise RecordRejectedError("the notice has no publication number (NoticePublicationID, DOC_ID)")
    return f"{int(number)}-{year}"


def day_of(text: str | None) -> date | None:
    """The calendar day of `2023-08-29Z` or `2023-07-18+02:00`, or None."""
    told = (text or "").strip()[:10]
    try:
        return date.fromisoformat(told) if ISO_DAY.fullmatch(told) else None
    except ValueError:
        return None


def _compact_day(text: str | None) -> date | None:
    told = (text or "").strip()
    return day_of(f"{told[:4]}-{told[4:6]}-{told[6:8]}") if len(told) == 8 else None


def _newest(told: list[str]) -> date | None:
    return max((day for text in told if (day := day_of(text))), default=None)


def _amount_of(element: Any) -> float | None:
    """The EUR of `cbc:...Amount currencyID` or `VAL_TOTAL CURRENCY`; a withheld one is -1 and no amount."""
    currency = attribute(element, "currencyID") or attribute(element, "CURRENCY")
    try:
        return read_eur(float(element.text), currency) if element is not None and element.text else None
    except ValueError:
        return None


def int_of(text: str | None) -> int | None:
    """A small whole number, or None."""
    told = (text or "").strip()
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 6 else None


# ------------------------------------------------------------------------------------------- elements, by local name


def name_of(element: Any) -> str:
    """The local name; other nodes than elements have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def every(element: Any, name: str) -> Iterator[Any]:
    """All descendants of this name, in document order."""
    if element is not None:
        yield from (one for one in element.iter() if name_of(one) == name)


def first(element: Any, name: str) -> Any:
    """The first descendant of this name, or None."""
    return next(every(element, name), None)


def children(element: Any, name: str) -> list[Any]:
    """The children of this name."""
    return [] if element is None else [one for one in element if name_of(one) == name]


def first_child(element: Any, name: str) -> Any:
    """The first child of this name, or None."""
    return next(iter(children(element, name)), None)


def texts(element: Any, *path: str) -> list[str]:
    """The texts at the end of a path; the first step may stand anywhere below, the others are children."""
    found = list(every(element, path[0])) if len(path) == 1 else [*children(element, path[0])]
    found = found or list(every(element, path[0]))
    for name in path[1:]:
        found = [child for one in found for child in children(one, name)]
    return [one.text.strip() for one in found if one.text and one.text.strip()]


def text_of(element: Any, *path: str) -> str | None:
    """The first of `texts`, or None."""
    return next(iter(texts(element, *path)), None)


def attribute(element: Any, name: str) -> str | None:
    """An attribute without a namespace, or None."""
    return None if element is None else element.get(name)
