"""Writes answers of the GLEIF API v1 about the invented entities: records, lists, relationships, exceptions."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flows.demo.invented import lei
from flows.demo.world import LeiEntity, instant_of

BASE = "https://api.gleif.org/api/v1"
ISSUER = lei(9)  # the invented local operating unit that issued every LEI here
AUTHORITIES = {"FR": "RA000189", "GB": "RA000585"}  # INSEE, Companies House; RA999999 = none available
NO_AUTHORITY = "RA999999"
LANGUAGES = {
    "AT": "de", "BE": "nl", "CH": "de", "CZ": "cs", "DE": "de", "DK": "da", "ES": "es", "FI": "fi", "FR": "fr",
    "GB": "en", "IE": "en", "IT": "it", "MA": "fr", "MX": "es", "NL": "nl", "PL": "pl", "PT": "pt", "RO": "ro",
    "SE": "sv", "SK": "sk", "TN": "fr", "US": "en",
}  # fmt: skip
DIRECT, ULTIMATE = "IS_DIRECTLY_CONSOLIDATED_BY", "IS_ULTIMATELY_CONSOLIDATED_BY"


def record_answer(entity: LeiEntity, night: int) -> bytes:
    """The answer to `lei-records/LEI`."""
    return _encode({"meta": _meta(night), "data": record(entity)})


def record_list_answer(path: str, entities: Sequence[LeiEntity], night: int, *, page: int, size: int) -> bytes:
    """One page of a list of records: a filter, or the children of one entity."""
    shown = entities[(page - 1) * size : page * size]
    return _list_answer(path, [record(entity) for entity in shown], len(entities), night, page=page, size=size)


def relationship_list_answer(
    path: str, children: Sequence[LeiEntity], parent: LeiEntity, kind: str, night: int, *, page: int, size: int
) -> bytes:
    """One page of a parent's relationship records."""
    shown = children[(page - 1) * size : page * size]
    rows = [relationship(child, parent, kind) for child in shown]
    return _list_answer(path, rows, len(children), night, page=page, size=size)


def relationship_answer(child: LeiEntity, parent: LeiEntity, kind: str, night: int) -> bytes:
    """The answer to `direct-parent-relationship` or `ultimate-parent-relationship`."""
    return _encode({"meta": _meta(night), "data": relationship(child, parent, kind)})


def exception_answer(entity: LeiEntity, level: str, reason: str, night: int) -> bytes:
    """The answer to a reporting exception; level is DIRECT or ULTIMATE."""
    category = f"{level}_ACCOUNTING_CONSOLIDATION_PARENT"
    data = {
        "type": "reporting-exceptions",
        "id": f"{entity.lei}|1|{_fingerprint(entity.lei, category)}|{category}|",
        "attributes": {
            "validFrom": None,
            "validTo": None,
            "lei": entity.lei,
            "category": category,
            "reason": reason,
            "reference": None,
        },
        "relationships": {"lei-record": _related(entity.lei)},
    }
    return _encode({"meta": _meta(night), "data": data})


def record(entity: LeiEntity) -> dict[str, Any]:
    """One LEI record."""
    address = _address(entity)
    authority = {"id": AUTHORITIES.get(entity.country, NO_AUTHORITY), "other": None}
    parent_links = {level: {"links": _parent_links(entity, level)} for level in ("direct-parent", "ultimate-parent")}
    return {
        "type": "lei-records",
        "id": entity.lei,
        "attributes": {
            "lei": entity.lei,
            "entity": {
                "legalName": {"name": entity.name, "language": LANGUAGES[entity.country]},
                "otherNames": [],
                "transliteratedOtherNames": [],
                "legalAddress": address,
                "headquartersAddress": address,
                "registeredAt": authority,
                "registeredAs": entity.registered_as,
                "jurisdiction": entity.country,
                "category": "GENERAL",
                "legalForm": {"id": entity.legal_form, "other": None},
                "associatedEntity": {"lei": None, "name": None},
                "status": "ACTIVE",
                "expiration": {"date": None, "reason": None},
                "successorEntity": {"lei": None, "name": None},
                "successorEntities": [],
                "creationDate": "2003-05-12T00:00:00Z",
                "subCategory": None,
                "otherAddresses": [],
                "eventGroups": [],
            },
            "registration": {
                "initialRegistrationDate": "2018-03-19T08:00:00Z",
                "lastUpdateDate": "2025-10-06T07:30:00Z",
                "status": entity.registration,
                "nextRenewalDate": "2025-09-30T08:00:00Z"
                if entity.registration == "LAPSED"
                else "2026-10-19T08:00:00Z",
                "managingLou": ISSUER,
                "corroborationLevel": "FULLY_CORROBORATED",
                "validatedAt": authority,
                "validatedAs": entity.registered_as,
                "otherValidationAuthorities": [],
            },
            "bic": None,
            "mic": None,
            "ocid": None,
            "qcc": None,
            "spglobal": [],
            "conformityFlag": "CONFORMING",
        },
        "relationships": {
            "managing-lou": _related(f"{entity.lei}/managing-lou"),
            "lei-issuer": _related(f"{entity.lei}/lei-issuer"),
            "field-modifications": _related(f"{entity.lei}/field-modifications"),
            **parent_links,
        },
        "links": {"self": f"{BASE}/lei-records/{entity.lei}"},
    }


def relationship(child: LeiEntity, parent: LeiEntity, kind: str) -> dict[str, Any]:
    """One relationship record: the child is the start node, the parent the end node."""
    return {
        "type": "relationship-records",
        "id": f"{child.lei}|LEI|{kind}|1|{_fingerprint(child.lei, parent.lei, kind)}|",
        "attributes": {
            "validFrom": "2025-10-06T08:00:00Z",
            "validTo": None,
            "relationship": {
                "startNode": {"id": child.lei, "type": "LEI"},
                "endNode": {"id": parent.lei, "type": "LEI"},
                "type": kind,
                "status": "ACTIVE",
                "periods": [
                    {
                        "startDate": "2023-12-31T23:00:00Z",
                        "endDate": "2024-12-30T23:00:00Z",
                        "type": "ACCOUNTING_PERIOD",
                    },
                    {"startDate": "2012-01-01T00:00:00Z", "type": "RELATIONSHIP_PERIOD"},
                ],
            },
            "registration": {
                "initialRegistrationDate": "2018-03-19T08:00:00Z",
                "lastUpdateDate": "2025-10-06T07:30:00Z",
                "status": "PUBLISHED",
                "nextRenewalDate": "2026-10-19T08:00:00Z",
                "managingLou": ISSUER,
                "corroborationLevel": "FULLY_CORROBORATED",
                "corroborationDocuments": "ACCOUNTS_FILING",
                "corroborationReference": None,
            },
            "extension": {"deletedAt": None},
        },
        "relationships": {"start-node": _related(child.lei), "end-node": _related(parent.lei)},
    }


def _parent_links(entity: LeiEntity, level: str) -> dict[str, str]:
    address = f"{BASE}/lei-records/{entity.lei}/{level}"
    if entity.parent is None:
        return {"reporting-exception": f"{address}-reporting-exception"}
    return {"relationship-record": f"{address}-relationship", "lei-record": address}


def _address(entity: LeiEntity) -> dict[str, Any]:
    absent = ("addressNumber", "addressNumberWithinBuilding", "mailRouting", "region")
    return dict.fromkeys(absent) | {
        "language": LANGUAGES[entity.country],
        "addressLines": ["1 rue des Exemples" if entity.country == "FR" else "1 Example Street"],
        "city": entity.city,
        "country": entity.country,
        "postalCode": entity.postal_code,
    }


def _list_answer(path: str, data: list[Any], total: int, night: int, *, page: int, size: int) -> bytes:
    last = max(1, -(-total // size))
    first_row = (page - 1) * size + 1
    pagination = {
        "currentPage": page,
        "perPage": size,
        "from": first_row if data else None,
        "to": first_row + len(data) - 1 if data else None,
        "total": total,
        "lastPage": last,
    }
    numbers = {"first": 1} | ({"prev": page - 1} if page > 1 else {})
    numbers |= ({"next": page + 1} if page < last else {}) | {"last": last}
    separator = "&" if "?" in path else "?"
    links = {
        name: f"{BASE}/{quote(path, safe='/?=&-')}{separator}page%5Bnumber%5D={number}&page%5Bsize%5D={size}"
        for name, number in numbers.items()
    }
    return _encode({"meta": _meta(night) | {"pagination": pagination}, "links": links, "data": data})


def _meta(night: int) -> dict[str, Any]:
    return {"goldenCopy": {"publishDate": f"{instant_of(night):%Y-%m-%d}T00:00:00Z"}}


def _related(path: str) -> dict[str, Any]:
    return {"links": {"related": f"{BASE}/lei-records/{path}"}}


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _encode(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()
