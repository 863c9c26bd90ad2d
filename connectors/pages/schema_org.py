"""Organisations and persons that a page declares in JSON-LD, microdata or RDFa, broken blocks mended."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.pages.json_mending import read_json_block

SCRIPT = re.compile(r"<script\b[^<>]{0,600}?application/ld\+json[^<>]{0,200}>", re.IGNORECASE)
ORGANISATIONS = frozenset({
    "Organization", "Corporation", "LocalBusiness", "NewsMediaOrganization", "NGO", "EducationalOrganization",
    "OnlineBusiness",
    "OnlineStore", "GovernmentOrganization", "Airline", "Consortium", "CollegeOrUniversity", "School", "Store",
    "Restaurant", "Hotel",
    "ProfessionalService", "FinancialService", "LegalService", "MedicalOrganization", "MedicalBusiness", "Dentist",
    "Physician",
    "RealEstateAgent", "TravelAgency", "InsuranceAgency", "BankOrCreditUnion", "AccountingService", "Attorney",
    "Notary",
    "HomeAndConstructionBusiness", "GeneralContractor", "Electrician", "Plumber", "RoofingContractor",
    "HVACBusiness", "Locksmith",
    "HousePainter", "MovingCompany", "AutoDealer", "AutoRepair", "AutomotiveBusiness", "FoodEstablishment",
    "Bakery", "CafeOrCoffeeShop",
    "BarOrPub", "FastFoodRestaurant", "LodgingBusiness", "HealthAndBeautyBusiness", "BeautySalon", "HairSalon",
    "DaySpa", "HealthClub",
    "SportsActivityLocation", "SportsOrganization", "SportsTeam", "EntertainmentBusiness", "EmploymentAgency",
    "ChildCare", "Library",
    "Pharmacy", "Hospital", "MedicalClinic", "ElectronicsStore", "ClothingStore", "FurnitureStore", "GroceryStore",
    "HardwareStore",
    "HomeGoodsStore", "JewelryStore", "BookStore", "ToyStore", "SportingGoodsStore", "ShoeStore", "PetStore",
    "Florist", "GardenStore",
    "ConvenienceStore", "DepartmentStore", "MobilePhoneStore", "ComputerStore", "WholesaleStore",
    "PerformingGroup", "MusicGroup",
    "ResearchOrganization", "Project", "FundingScheme", "LibrarySystem", "WorkersUnion", "PoliticalParty",
    "SearchRescueOrganization",
    "HighSchool", "ElementarySchool", "MiddleSchool", "Preschool", "SelfStorage", "ShoppingCenter",
    "TouristInformationCenter",
    "RadioStation", "TelevisionStation", "RecyclingCenter", "InternetCafe", "ArchiveOrganization", "AnimalShelter",
    "DryCleaningOrLaundry",
    "EmergencyService", "GovernmentOffice", "Brewery", "Winery", "Distillery", "Optician", "Motel", "Resort",
    "BedAndBreakfast", "Campground",
})  # fmt: skip
FIELDS = ("legalName", "url", "telephone", "email", "vatID", "taxID", "foundingDate", "founder")
ADDRESS = {"street": "streetAddress", "postcode": "postalCode", "city": "addressLocality", "country": "addressCountry"}
DEEPEST = 24
MOST_NODES = 20_000


@dataclass(slots=True)
class Declared:
    """An organisation or a person that a page declares, with the block that says so."""

    name: str
    types: list[str]
    fields: dict[str, Any] = field(default_factory=dict)
    quote: str = ""
    place: str = ""


def find_structured(text: str) -> tuple[list[Declared], list[Declared]]:
    """The organisations and the persons of a page, each once by its name as printed.

    Persons have `jobTitle` only: private contacts are left behind.
    """
    nodes = [*_json_ld(text), *_markup(text)]
    by_id = {node["@id"]: node for node, _ in nodes if isinstance(node.get("@id"), str) and _name(node)}
    orgs: dict[str, Declared] = {}
    persons: dict[str, Declared] = {}
    for node, place in nodes:
        types, name = _types(node), _name(node)
        if name is None:
            continue
        if any(kind in ORGANISATIONS or kind.endswith(("Organization", "Business")) for kind in types):
            _gather(orgs, name, types, _organisation(node, by_id), place)
        elif "Person" in types:
            title = _text(node.get("jobTitle"))
            _gather(persons, name, types, {"jobTitle": title} if title else {}, place)
    return list(orgs.values()), list(persons.values())


def _gather(found: dict[str, Declared], name: str, types: list[str], fields: dict[str, Any], place: str) -> None:
    known = found.setdefault(name, Declared(name, types, {}, f"{'/'.join(types)}: {name}", place))
    for key, value in fields.items():
        if key == "address" and isinstance(known.fields.get("address"), dict):
            known.fields["address"] = {**value, **known.fields["address"]}
        else:
            known.fields.setdefault(key, value)


# -- JSON-LD -------------------------------------------------------------------------------------------------------
def _json_ld(text: str) -> Iterator[tuple[dict[str, Any], str]]:
    for number, opening in enumerate(SCRIPT.finditer(text), 1):
        end = text.find("</script", opening.end())
        if end < 0:
            end = text.find("</SCRIPT", opening.end())
        block = text[opening.end() : end if end >= 0 else len(text)]
        count = 0
        for value in read_json_block(block):
            for node in _nodes(value, 0):
                count += 1
                if count > MOST_NODES:
                    return
                yield node, f"JSON-LD block {number}"


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value or "type" in value:
            yield value
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from _nodes(inner, depth + 1)


def _types(node: dict[str, Any]) -> list[str]:
    declared = node.get("@type", node.get("type"))
    kinds = declared if isinstance(declared, list) else [declared]
    return [re.split(r"[/#:]", kind.strip())[-1] for kind in kinds if isinstance(kind, str) and kind.strip()]


def _name(node: dict[str, Any]) -> str | None:
    return (
        _text(node.get("name"))
        or " ".join(part for key in ("givenName", "familyName") if (part := _text(node.get(key))))
        or None
    )


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = next((inner for inner in value if inner), None)
    if isinstance(value, dict):
        value = value.get("@value", value.get("name", value.get("@id")))
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^<>]{0,200}>", "", value))).strip()
    return text or None


def _organisation(node: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key in FIELDS:
        value = node.get(key)
        if isinstance(value, dict) and not value.get("name") and value.get("@id") in by_id:
            value = by_id[value["@id"]]
        if text := _text(value):
            fields[key] = text.removeprefix("mailto:").removeprefix("tel:") if key in ("email", "telephone") else text
    if address := _address(node.get("address"), by_id):
        fields["address"] = address
    same = node.get("sameAs")
    if same:
        fields["sameAs"] = len(same) if isinstance(same, list) else 1
    return fields


def _address(value: Any, by_id: dict[str, dict[str, Any]]) -> dict[str, str]:
    if isinstance(value, list):
        value = next((inner for inner in value if isinstance(inner, dict)), None)
    if isinstance(value, dict) and set(value) <= {"@id"}:
        value = by_id.get(value.get("@id", ""), value)
    if not isinstance(value, dict):
        return {}
    return {ours: text for ours, theirs in ADDRESS.items() if (text := _text(value.get(theirs)))}


# -- microdata and RDFa --------------------------------------------------------------------------------------------
def _markup(text: str) -> Iterator[tuple[dict[str, Any], str]]:
    has_microdata = "itemscope" in text and "itemtype" in text
    has_rdfa = "typeof=" in text and ("schema.org" in text or "vocab=" in text)
    if not has_microdata and not has_rdfa:
        return
    tree = LexborHTMLParser(text)
    for kind, scope, attribute in (
        ("microdata", "[itemscope][itemtype]", "itemprop"),
        ("RDFa", "[typeof]", "property"),
    ):
        if (kind == "microdata" and not has_microdata) or (kind == "RDFa" and not has_rdfa):
            continue
        for number, node in enumerate(tree.css(scope)[:2_000], 1):
            yield _item(node, attribute), f"{kind} item {number}"


def _item(root: LexborNode, attribute: str) -> dict[str, Any]:
    """One item with its properties; an item inside another is a value of the outer one."""
    scope = "itemscope" if attribute == "itemprop" else "typeof"
    declared = root.attributes.get("itemtype" if attribute == "itemprop" else "typeof") or ""
    item: dict[str, Any] = {"@type": [part for part in declared.split()]}
    stack = [child for child in _children(root)]
    steps = 0
    while stack and steps < MOST_NODES:
        steps += 1
        node = stack.pop(0)
        attributes = node.attributes
        names = (attributes.get(attribute) or "").split()
        nested = scope in attributes
        for name in names:
            name = re.split(r"[/#:]", name)[-1]
            value: Any = _item(node, attribute) if nested and steps < 500 else _value(node)
            item.setdefault(name, value)
        if not nested:
            stack[:0] = list(_children(node))
    return item


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        if child.tag and not child.tag.startswith(("-", "!", "#")):
            yield child
        child = child.next


def _value(node: LexborNode) -> str:
    attributes = node.attributes
    for key in ("content", "href", "src", "datetime"):
        if attributes.get(key) and (key == "content" or node.tag in ("a", "link", "img", "time", "meta")):
            return str(attributes[key])
    return re.sub(r"\s+", " ", node.text(deep=True)).strip()
