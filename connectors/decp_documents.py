"""A producer's own DECP document: contracts and concessions in JSON, in the formats of 2019 and of 2022."""

import json
import re
from collections.abc import Iterator
from typing import Any

from connectors.contract import RecordRejectedError, Rejected
from connectors.contract_parties import Contract, Party, identify, read_cpv, read_eur, read_months, rows_of
from connectors.fields import Record, clean
from connectors.rows import Row
from schemas.vocabulary import ContractParty, ContractStage

SOURCE = "decp"
NOT_TOLD = ("NC", "NA", "ND", "")  # typed where a number was asked for
BUYERS = {"marche": "acheteur", "contrat-concession": "autoriteConcedante"}
WINNERS = {"marche": ("titulaires", "titulaire"), "contrat-concession": ("concessionnaires", "concessionnaire")}
AMOUNTS = {"marche": "montant", "contrat-concession": "valeurGlobale"}
SIGNED = {"marche": "dateNotification", "contrat-concession": "dateSignature"}


def read_document(answer: dict[str, Any], unknown: set[str], rejected: list[Rejected]) -> list[Row]:
    """The rows of every contract; what cannot be read goes to `rejected`."""
    rows: list[Row] = []
    unknown.update(name[:60] for name in answer if name != "marches")
    for path, kind, value in _contracts(answer["marches"], unknown):
        record = Record(value, path, unknown)
        found = _read_contract(record, kind)
        try:
            record.close()
            rows += found
        except RecordRejectedError as error:
            unread = max(1 + _listed(value, kind) - len(found), 0)
            keys = [*(row["source_key"] for row in found), *[None] * unread]
            rejected += [Rejected(key, str(error), "one contract") for key in keys]
    return rows


def _listed(value: Any, kind: str) -> int:
    """How many winners a contract lists, readable or not."""
    told = value.get(WINNERS[kind][0]) if isinstance(value, dict) else None
    return len(list(_flat(told))) if isinstance(told, list) else 0


def _contracts(marches: Any, unknown: set[str]) -> Iterator[tuple[str, str, Any]]:
    """Path, kind and value of each contract: a list of them in 2019, two lists since 2022."""
    if isinstance(marches, list):
        for value in marches:
            is_concession = isinstance(value, dict) and "autoriteConcedante" in value
            yield "marches[]", "contrat-concession" if is_concession else "marche", value
        return
    unknown.update(f"marches.{name[:60]}" for name in marches if name not in BUYERS)
    for kind in BUYERS:
        values = marches.get(kind, [])
        if not isinstance(values, list):
            yield f"marches.{kind}", kind, values
            continue
        for value in values:
            yield f"marches.{kind}[]", kind, value


def _read_contract(record: Record, kind: str) -> list[Row]:
    buyer_id = _read_buyer(record, BUYERS[kind])
    number = record.filled("id")
    winners = _read_winners(record, *WINNERS[kind])
    amount = read_number(record, AMOUNTS[kind])
    months = read_number(record, "dureeMois")
    for change in _changes(record):
        if (changed := read_number(change, AMOUNTS[kind])) is not None:
            amount = changed
        if (longer := read_number(change, "dureeMois")) is not None:
            months = longer
        winners = _read_winners(change, *WINNERS[kind]) or winners
        change.ignore(*UNUSED_CHANGE)
    offers = read_number(record, "offresRecues")
    contract = Contract(
        SOURCE,
        f"{buyer_id}{number}",
        ContractStage.AWARD,
        cpv_code=read_cpv(record.text("codeCPV", optional=True)),
        duration_months=read_months(months),
        tenders_count=int(offers) if offers and 1 <= offers < 10_000 else None,
        awarded_on=record.day(SIGNED[kind]),
        published_on=record.day("datePublicationDonnees"),
    )
    record.ignore(*UNUSED)
    told = read_eur(amount)
    return [
        *rows_of(contract, ContractParty.BUYER, [(identify(mend_siret(buyer_id), "FR"), "FR", None, told)]),
        *rows_of(contract, ContractParty.WINNER, ((one, None, None, told) for one in winners)),
    ]


def _read_buyer(record: Record, name: str) -> str:
    """The buyer's SIRET; 2019 documents may say `acheteur.id` in one field."""
    if record.has(f"{name}.id"):
        return record.filled(f"{name}.id")
    buyer = record.part(name)
    buyer.ignore("nom")
    return buyer.filled("id")


def _read_winners(record: Record, name: str, inner: str) -> list[Party]:
    """The winners that can be identified, in lists of whatever depth."""
    value = record.peek(name)
    if value is not None and not isinstance(value, list):
        record.text(name) if not isinstance(value, str) else record.reject(f"{record.path}.{name}: expected a list")
        return []
    record.ignore(name)
    found = []
    for told in _flat(value or []):
        one = record.joined(f"{name}[]", told if isinstance(told, dict) else {"value": told})
        one = one.part(inner) if one.has(inner) else one
        kind, number = one.text("typeIdentifiant", optional=not one.has("id")), one.text("id")
        one.ignore("denominationSociale")  # a sole trader's is a person's name
        if party := identify_winner(number, kind):
            found.append(party)
    return found


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def _changes(record: Record) -> list[Record]:
    """The modifications, oldest first as they are listed; each may stand in an object of its own."""
    if record.peek("modifications") is None:
        record.ignore("modifications")
        return []
    return [
        change.part("modification") if change.has("modification") else change
        for change in record.parts("modifications")
    ]


def identify_winner(number: str | None, kind: str | None) -> Party | None:
    """The unit that a winner's identifier names: a SIRET, or a VAT number of a member state; others have no check."""
    told = (kind or "SIRET").strip().upper()
    if told in ("SIRET", "SIREN"):
        return identify(mend_siret(number), "FR")
    return identify(number) if told.startswith("TVA") else None


def mend_siret(number: str | None) -> str | None:
    """A SIRET that was read as a number lost its leading zeros."""
    told = re.sub(r"\.0$", "", clean(number or ""))
    return told.zfill(14) if told.isascii() and told.isdigit() and 10 <= len(told) < 14 else told or None


def read_number(record: Record, name: str) -> float | None:
    """A number; `NC` and its like are null, other texts must be numbers."""
    value = record.peek(name)
    if not isinstance(value, str):
        return record.number(name, optional=True)
    record.ignore(name)
    told = clean(value).replace(",", ".")
    if told.upper() in NOT_TOLD:
        return None
    if not re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", told, re.ASCII):
        record.reject(f"{record.path}.{name}: expected a number, found a text")
        return None
    return float(told)


def redact_document(answer: dict[str, Any], source_keys: frozenset[str]) -> dict[str, Any] | None:
    """The document without these units; itself where it names none of them, None where nothing is left."""
    marches, changed, left = answer["marches"], False, 0
    lists = {"": marches} if isinstance(marches, list) else {k: v for k, v in marches.items() if isinstance(v, list)}
    kept: dict[str, list[Any]] = {}
    for kind, values in lists.items():
        kept[kind] = []
        for value in values:
            after = _without(value, kind or "marche", source_keys)
            changed |= after is not value
            if after is not None:
                kept[kind].append(after)
        left += len(kept[kind])
    if not changed:
        return answer
    if not left:
        return None
    return {**answer, "marches": kept[""] if isinstance(marches, list) else {**marches, **kept}}


def _without(value: Any, kind: str, source_keys: frozenset[str]) -> Any:
    """One contract without these units; None without its buyer, or when nobody identified is left."""
    if not isinstance(value, dict):
        return value
    kind = "contrat-concession" if "autoriteConcedante" in value else kind
    rows = _read_contract(Record(value, "marche", set()), kind)
    hit = {row["unit_key"] for row in rows if row["source_key"] in source_keys or row["unit_key"] in source_keys}
    numbers = {key.rpartition("|")[2] for key in hit} | {key for key in source_keys if key.isdigit()}
    if not hit and not _names(json.dumps(value), numbers):  # subcontractors have no row
        return value
    buyers = {row["unit_key"] for row in rows if row["party"] == ContractParty.BUYER.value}
    if hit and (hit & buyers or not {row["unit_key"] for row in rows} - hit):
        return None
    return _scrubbed(value, numbers)


def _scrubbed(value: Any, numbers: set[str]) -> Any:
    """The value without the objects that name these numbers."""
    if isinstance(value, dict):
        return {name: after for name, inner in value.items() if (after := _scrubbed(inner, numbers)) is not ...}
    if isinstance(value, list):
        kept = []
        for inner in value:
            if isinstance(inner, dict) and any(_names(one.get("id"), numbers) for one in (inner, *_objects(inner))):
                continue
            if (after := _scrubbed(inner, numbers)) is not ...:
                kept.append(after)
        return kept
    return ... if _names(value, numbers) else value


def _objects(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [inner for inner in value.values() if isinstance(inner, dict)]


def _names(value: Any, numbers: set[str]) -> bool:
    told = re.sub(r"\s", "", str(value)) if isinstance(value, str | int) else ""
    return any(number in told or number in (mend_siret(told) or "") for number in numbers)


# What documents say and we leave out; subcontractors are no winners.
UNUSED = (
    "_type", "actesSousTraitance", "attributionAvance", "ccag", "considerationsEnvironnementales",
    "considerationsSociales", "dateDebutExecution", "donneesExecution", "formePrix", "idAccordCadre",
    "lieuExecution", "marcheInnovant", "modalitesExecution", "modificationsActesSousTraitance",
    "montantSubventionPublique", "nature", "objet", "origineFrance", "origineUE", "procedure", "source",
    "sousTraitanceDeclaree", "tauxAvance", "techniques", "typeGroupementOperateurs", "typesPrix", "typePrix", "uid",
)  # fmt: skip
UNUSED_CHANGE = (
    "dateNotificationModification", "datePublicationDonneesModification", "dateSignatureModification", "id",
    "objetModification", "updated_at",
)  # fmt: skip
