"""One BOAMP notice: the head that Opendatasoft shows, and `donnees`, JSON in a text whose shape depends on the form."""

import json
import re
from collections.abc import Iterator
from typing import Any

from connectors.contract import NotAnAnswerError, RecordRejectedError, Rejected
from connectors.contract_parties import Contract, Party, country_of, identify, read_eur, rows_of
from connectors.fields import Record, clean
from connectors.opendatasoft import fields_of
from connectors.rows import Row
from connectors.strict_json import read_json
from schemas.vocabulary import ContractParty, ContractStage

SOURCE = "boamp"
# nature_libelle; other natures (annulation, rectificatif, intention de conclure ...) tell no buyer anything new
STAGES = {
    "avis de marché": ContractStage.CALL,
    "résultat de marché": ContractStage.AWARD,
    "modification de marché": ContractStage.MODIFICATION,
}
WON = "selec-w"
Unit = tuple[Party | None, str | None, str | None, float | None]


def read_notice(value: object, path: str, unknown: set[str], rejected: list[Rejected]) -> list[Row]:
    """The rows of one notice, or the reason why it cannot be read."""
    record = Record(value, path, unknown)
    number = record.filled("idweb")
    nature = record.text("nature_libelle")
    stage = STAGES.get((nature or "").lower())
    published_on = record.day("dateparution")
    name = record.text("nomacheteur")
    inner = _inner(record)
    record.ignore(*UNUSED)
    try:
        record.close()
    except RecordRejectedError as error:
        rejected.append(Rejected(number or None, str(error), "one notice"))
        return []
    if stage is None or inner is None:
        return []
    contract = Contract(SOURCE, number, stage, published_on=published_on)
    buyers = [(party, country, name, amount) for party, country, _, amount in _buyers(inner)]
    return [
        *rows_of(contract, ContractParty.BUYER, buyers),
        *rows_of(contract, ContractParty.WINNER, _winners(inner)),
    ]


def _inner(record: Record) -> dict[str, Any] | None:
    """What `donnees` holds; its fields are the forms', hundreds of them, and only identifiers are taken."""
    text = record.text("donnees", optional=True)
    if not text:
        return None
    try:
        value = read_json(text.encode())
    except (NotAnAnswerError, UnicodeEncodeError) as error:
        record.reject(f"{record.path}.donnees: {error}")
        return None
    if not isinstance(value, dict) or not set(value) & {"FNSimple", "EFORMS", "MAPA", "IDENTITE"}:
        record.hear(f"{record.path}.donnees (another form)")
        return value if isinstance(value, dict) else None
    return value


# ------------------------------------------------------------------------------------------------------- parties


def _buyers(inner: dict[str, Any]) -> Iterator[Unit]:
    """National forms tell one organisme, eForms the organisations that ContractingParty points at."""
    for form in _eforms(inner):
        known = _organisations(form)
        for party in _all(form, "ContractingParty"):
            for number in _texts(party, "PartyIdentification", "ID"):
                yield (*known.get(number, (None, None)), None, None)
    for body in _all(inner, "organisme"):
        for told in _texts(body, "codeIdentificationNational"):
            yield identify(told, "FR"), "FR", None, None


def _winners(inner: dict[str, Any]) -> Iterator[Unit]:
    """LotResult -> LotTender -> TenderingParty -> Tenderer, as in TED; national forms name winners without a number."""
    for form in _eforms(inner):
        known = _organisations(form)
        for result in _all(form, "NoticeResult"):
            tenders = {id_: one for one in _listed(result, "LotTender") for id_ in _texts(one, "ID")}
            parties = {id_: one for one in _listed(result, "TenderingParty") for id_ in _texts(one, "ID")}
            won = [lot for lot in _listed(result, "LotResult") if WON in _texts(lot, "TenderResultCode")]
            chosen = {id_ for lot in won for id_ in _ids(lot, "LotTender")}
            settled = {id_ for made in _listed(result, "SettledContract") for id_ in _ids(made, "LotTender")}
            for id_ in sorted(chosen & settled if settled else chosen):
                tender = tenders.get(id_, {})
                for party in _ids(tender, "TenderingParty"):
                    for tenderer in _ids(parties.get(party, {}), "Tenderer"):
                        yield (*known.get(tenderer, (None, None)), None, _amount(tender))


def _ids(value: dict[str, Any], name: str) -> list[str]:
    """The ids of the objects of this name."""
    return [id_ for one in _listed(value, name) for id_ in _texts(one, "ID")]


def _organisations(form: dict[str, Any]) -> dict[str, tuple[Party | None, str | None]]:
    """By ORG id the company's identifier and country; natural persons are left out."""
    found: dict[str, tuple[Party | None, str | None]] = {}
    for organisation in _all(form, "Organization"):
        if "true" in [text.lower() for text in _texts(organisation, "NaturalPersonIndicator")]:
            continue
        for company in _listed(organisation, "Company"):
            country = country_of(next(iter(_texts(company, "IdentificationCode")), None))
            told = (identify(text, country) for text in _texts(company, "CompanyID"))
            party = next((one for one in told if one), None)
            found |= {id_: (party, country) for id_ in _texts(company, "PartyIdentification", "ID")}
    return found


def _eforms(inner: dict[str, Any]) -> list[dict[str, Any]]:
    return [form for one in _listed(inner, "EFORMS") for form in one.values() if isinstance(form, dict)]


def _amount(tender: dict[str, Any]) -> float | None:
    for amount in _all(tender, "PayableAmount"):
        told = str(amount.get("#text") or "")
        if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,4})?", told, re.ASCII):
            return read_eur(float(told), str(amount.get("@currencyID")))
    return None


# ----------------------------------------------------------- JSON made of XML: prefixes, "#text", one or a list of them


def _named(value: dict[str, Any], name: str) -> list[Any]:
    """What stands under a name, with or without a namespace prefix, as a list."""
    found = [inner for key, inner in value.items() if key.rpartition(":")[2] == name]
    return [one for inner in found for one in (inner if isinstance(inner, list) else [inner])]


def _listed(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in _named(value, name) if isinstance(one, dict)]


def _all(value: Any, name: str) -> Iterator[dict[str, Any]]:
    """The objects of this name at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from _all(inner, name)
    elif isinstance(value, dict):
        yield from _listed(value, name)
        for inner in value.values():
            yield from _all(inner, name)


def _texts(value: dict[str, Any], *path: str) -> list[str]:
    """The texts at the end of a path whose first step may stand at any depth."""
    found: list[Any] = _anywhere(value, path[0])
    for name in path[1:]:
        found = [one for inner in found if isinstance(inner, dict) for one in _named(inner, name)]
    told = [one.get("#text") if isinstance(one, dict) else one for one in found]
    return [clean(str(text)) for text in told if isinstance(text, str | int) and clean(str(text))]


def _anywhere(value: Any, name: str) -> list[Any]:
    if isinstance(value, list):
        return [one for inner in value for one in _anywhere(inner, name)]
    if not isinstance(value, dict):
        return []
    return _named(value, name) or [one for inner in value.values() for one in _anywhere(inner, name)]


# ---------------------------------------------------------------------------------------------------- redaction


def redact_record(record: object, source_keys: frozenset[str]) -> object | None:
    """The notice without these units; None when it names nobody else by an identifier.

    A notice repeats a name in many texts: with a hit only its head, without buyer and winners, and the others' numbers
    in `donnees` stay.
    """
    if not isinstance(record, dict):
        return record
    fields = fields_of(record)
    rows = read_notice(fields, "results[]", set(), [])
    hit = {row["unit_key"] for row in rows if row["source_key"] in source_keys or row["unit_key"] in source_keys}
    numbers = {key.rpartition("|")[2] for key in hit} | {key for key in source_keys if key.isdigit()}
    if not hit and not _names(fields, numbers):  # who lost, and notices without rows, name units as well
        return record
    if rows and not {row["unit_key"] for row in rows} - hit:
        return None
    bought = {row["unit_key"] for row in rows if row["party"] == ContractParty.BUYER.value}
    after = {**fields, "titulaire": None, "objet": None}
    if isinstance(fields.get("donnees"), str):
        after["donnees"] = json.dumps(_scrubbed(_loaded(fields["donnees"]), numbers), ensure_ascii=False)
    if hit & bought or not rows:
        after["nomacheteur"] = None
    after = {name: _scrubbed(value, numbers) for name, value in after.items()}
    return {**record, "fields": after} if "fields" in record else after


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _scrubbed(value: Any, numbers: set[str]) -> Any:
    """The value without the organisations and organismes that these numbers name."""
    if isinstance(value, dict):
        return {key: _scrubbed(inner, numbers) for key, inner in value.items() if not _is_of(key, inner, numbers)}
    if isinstance(value, list):
        return [_scrubbed(inner, numbers) for inner in value if not (_is_party(inner) and _names(inner, numbers))]
    if isinstance(value, str):
        for number in numbers:
            value = re.sub(r"[\s.\u00a0]?".join(number), "", value)
    return value


def _is_of(key: str, value: Any, numbers: set[str]) -> bool:
    is_one = isinstance(value, dict) and key.rpartition(":")[2] in ("Organization", "organisme")
    return is_one and _names(value, numbers)


def _is_party(value: Any) -> bool:
    return isinstance(value, dict) and any(
        key.rpartition(":")[2] in ("Company", "codeIdentificationNational") for key in value
    )


def _names(value: Any, numbers: set[str]) -> bool:
    told = re.sub(r"[\s.\u00a0]", "", json.dumps(value, ensure_ascii=False))
    return any(number in told for number in numbers)


UNUSED = (
    "annonce_lie", "annonces_anterieures", "code_departement", "code_departement_prestation", "contractfolderid",
    "criteres", "datefindiffusion", "datelimitereponse", "descripteur_code", "descripteur_libelle", "dc",
    "etat", "famille", "famille_libelle", "filename", "gestion", "id", "marche_public_simplifie",
    "marche_public_simplifie_label", "nature", "nature_categorise", "nature_categorise_libelle", "objet",
    "perimetre", "procedure_categorise", "procedure_libelle", "sousnature_libelle", "sous_nature",
    "source_schema", "titulaire", "type_avis", "type_marche", "type_marche_facette", "type_procedure",
    "typepresta", "url_avis",
)  # fmt: skip
