"""Dated events of one company in the RNE: codes of its formalities, and the acts that it filed, as notices.

Neither names a person: what happened to whom is read from the roster (SOURCES section 0, evidence of kind 2).
"""

from typing import Any

from connectors.contract import NotAnAnswerError
from connectors.fields import Record
from connectors.rne_shared import SOURCE, Reading, day_of, event_key
from schemas.identifiers import normalise_siren
from schemas.reference.lists import labels_of
from schemas.vocabulary import NoticeFamily, NoticeKind, NoticeParty

EVENT, ACT = "E", "D"  # publication letters that the BODACC does not use: événement, dépôt
CONFIDENTIAL = "confidential"


def read_history(reading: Reading, events: list[Any], siren: str, path: str, *, is_natural: bool) -> None:
    """The events of `formality.historique`, by their code; a code that the list of INSEE lacks is heard."""
    for value in events:
        event = reading.record(value, path)
        code, label = event.text("codeEvenement"), event.text("libelleEvenement", optional=True)
        taken_in, effective = day_of(event, "dateIntegration"), day_of(event, "dateEffet")
        number, patch = event.text("numeroLiasse", optional=True), event.text("patchId", optional=True)
        event.ignore("cheminDateEffet", "cheminDateEffetId")
        if code is None:
            event.reject(f"{event.path}.codeEvenement is empty")
        elif code not in labels_of("cfe_events"):
            event.hear(f"{event.path}.codeEvenement={code[:10]}")
        if (day := taken_in or effective) is None:
            event.reject(f"{event.path}: neither dateIntegration nor dateEffet is given")
        if not reading.close(event, siren, "one event") or day is None or code is None:
            continue
        told = labels_of("cfe_events").get(code) or label
        key = event_key(EVENT, day, siren, code, str(effective or ""), number, patch)
        row = _notice(key, siren, is_natural, f"{code} {told}" if told else code)
        # not MODIFICATION: the BODACC publishes the same capital, seat and dissolution, and would tell them twice
        reading.add("notices", row | {"family": NoticeFamily.OTHER, "published_on": day, "effective_on": effective})


def read_acts(reading: Reading, answer: dict[str, Any]) -> None:
    """The acts of `/attachments`: day and decisions; a confidential one is passed over."""
    envelope = reading.record(answer, "")
    acts = envelope.raw("actes", list)
    envelope.ignore("bilans", "bilansSaisis")
    if not envelope_is_whole(envelope):
        raise NotAnAnswerError(f"no answer of {SOURCE}: actes is no list")
    for value in acts or []:
        _read_act(reading, value)


def envelope_is_whole(envelope: Record) -> bool:
    """Whether nothing is wrong with the answer's own fields."""
    reading = Reading()
    return reading.close(envelope, None, "one answer")


def _read_act(reading: Reading, value: object) -> None:
    act = reading.record(value, "actes[]")
    siren, identifier = normalise_siren(act.filled("siren")), act.filled("id")
    name, filed = act.text("denomination", optional=True), day_of(act, "dateDepot")
    secrecy = act.text("confidentiality", optional=True)
    decisions = []
    for kind in act.parts("typeRdd", optional=True):
        decisions += [kind.text("decision", optional=True) or kind.text("typeActe", optional=True)]
        kind.ignore("typeActe")
    act.ignore("numChrono", "nomDocument", "libelle", "updatedAt", "deleted", "natureArchive", "nigref")
    if siren is None:
        act.reject("actes[].siren is no SIREN (nine digits with a Luhn key)")
    if filed is None:
        act.reject("actes[].dateDepot is empty")
    if not reading.close(act, siren, "one act") or siren is None or filed is None:
        return
    if secrecy is not None and CONFIDENTIAL in secrecy.lower() and not secrecy.lower().startswith("non"):
        return
    told = " ; ".join(dict.fromkeys(filter(None, decisions)))
    row = _notice(event_key(ACT, filed, siren, identifier), siren, name is None, told or None)
    reading.add("notices", row | {"family": NoticeFamily.OTHER, "published_on": filed})


def _notice(key: str, siren: str, is_natural: bool, description: str | None) -> dict[str, Any]:
    return {
        "source": SOURCE,
        "source_key": f"{key}|{siren}",
        "notice_key": key,
        "unit_key": siren,
        "party": NoticeParty.SUBJECT,
        "is_natural_person": is_natural,
        "kind": NoticeKind.INITIAL,
        "description": None if is_natural else description,
    }


def keys_in_acts(act: object) -> frozenset[str]:
    """SIREN and key of one act; none when it cannot be read."""
    reading = Reading()
    _read_act(reading, act)
    return frozenset(key for row in reading.rows.get("notices", ()) for key in (row["source_key"], row["unit_key"]))


def redact_acts(answer: dict[str, Any], source_keys: frozenset[str]) -> dict[str, Any] | None:
    """The acts without these units (SIREN) or notices, or None when nothing else is left."""
    acts = answer["actes"]
    kept = [act for act in acts if not (_names_one(act, source_keys) or keys_in_acts(act) & source_keys)]
    if len(kept) < len(acts) and not any(keys_in_acts(act) for act in kept):
        return None
    left = {**answer, "actes": kept}
    for name in ("bilans", "bilansSaisis"):
        if isinstance(answer.get(name), list):
            left[name] = [one for one in answer[name] if not _names_one(one, source_keys)]
    return left


def _names_one(value: object, source_keys: frozenset[str]) -> bool:
    return isinstance(value, dict) and str(value.get("siren")) in source_keys
