"""Registers' own notices of who came and left: BODACC's administration texts and BORME's acts."""

import re
from dataclasses import replace

from enrich.administration import TOKEN, is_same_officer, is_staying, quote_administration
from enrich.appointments import Appointment, link_handovers
from enrich.person_finder import fold, given_names, stop_words
from enrich.title_grammar import read_title
from schemas.vocabulary import MovementKind

AUDITORS = re.compile(r"commissaire|suppléant", re.IGNORECASE)
TAIL = re.compile(
    r"(?:(?<![\s,])[\s,]+(?:Adresse|demeurant|domicilié|né\(?e?\)? le|à compter|avec effet|en fonction)\b.*| en "
    r"fonction le .*|\([^(]*\))$",
    re.IGNORECASE,
)

BORME_ACT = re.compile(
    r"(?P<act>Nombramientos|Ceses/Dimisiones|Revocaciones|Reelecciones|Cancelaciones de oficio de "
    r"nombramientos|Dimisiones|Ceses)\.\s"
)
BORME_ROLE = re.compile(r"(?P<role>[A-ZÁÉÍÓÚÑ][A-Za-zÁÉÍÓÚÑáéíóúñ.,/ ]{2,30}?):\s(?P<names>[^:.]{3,300}?)(?=\.\s|\.$)")
BORME_STAMP = re.compile(r"\((?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{2,4})\)")
BORME_ROLES = {
    "consejero": "Consejero", "presidente": "Presidente", "cons.del.sol": "Consejero Delegado Solidario",
    "con.delegado": "Consejero Delegado",
    "cons.delegado": "Consejero Delegado", "consej.del": "Consejero Delegado", "adm. unico": "Administrador Único",
    "adm. solid": "Administrador Solidario",
    "adm. mancom": "Administrador Mancomunado", "secretario": "Secretario", "vicepresid": "Vicepresidente",
    "vicesecret": "Vicesecretario",
    "apoderado": "Apoderado", "apo.manc": "Apoderado Mancomunado", "apo.sol": "Apoderado Solidario",
    "apo.man.soli": "Apoderado Mancomunado Solidario",
    "liquidador": "Liquidador", "auditor": "Auditor", "aud.c.con": "Auditor", "aud.supl": "Auditor suplente",
    "soc.unico": "Socio Único",
    "secrenocons": "Secretario no Consejero", "cons. ejecu": "Consejero Ejecutivo",
    "con.del.man": "Consejero Delegado Mancomunado", "cons.ext.dom": "Consejero",
    "mie.com.ejec": "Miembro de la Comisión Ejecutiva", "presid.com.eje": "Presidente de la Comisión Ejecutiva",
    "con.independ": "Consejero Independiente", "representan": "Representante", "repr.143 rrm": "Representante",
}  # fmt: skip
NO_OFFICE = re.compile(r"^(?:aud|soc\.|ent\.)", re.IGNORECASE)


def is_administration_text(text: str) -> bool:
    """Whether a text is BODACC's list of officers: a role, a colon, a name."""
    return (
        len(text) < 6000
        and bool(TOKEN.search(text))
        and bool(
            TOKEN.match(text.strip()) or re.search(r"nomination d|partante?\s?:|survenue sur l['’]administration", text)
        )
    )


def read_administration(text: str, place: str) -> list[Appointment]:
    """Arrivals and departures of a BODACC administration text.

    A role with `partant` leaves, `nomination du` comes; where a text has neither, it lists who holds office after a
    change and names nobody's arrival unless no other reading is possible. Auditors are no officers; of a company
    the permanent representative is told.
    """
    text = re.sub(
        r"^[^:]{0,80}survenue sur l['’]administration\s*[.:;]?\s*", "", " ".join(text.split()), flags=re.IGNORECASE
    )
    quoted = quote_administration(text)
    entries = [entry for entry, _ in quoted]
    is_explicit = any(entry.kind in (MovementKind.IN, MovementKind.OUT, MovementKind.MODIFIED) for entry in entries)
    leaving = {name for entry in entries if is_staying(entry, entries) for name in officer_names(entry.who)}
    events: list[Appointment] = []
    for entry, quote in quoted:
        if AUDITORS.search(entry.title) or entry.kind is MovementKind.MODIFIED:
            continue
        if is_explicit and entry.kind is MovementKind.ROSTER:
            continue
        is_gone = entry.kind is MovementKind.OUT
        if is_gone and is_staying(entry, entries):
            continue
        role = entry.title
        for name in officer_names(entry.represented_by or entry.who):
            if entry.represented_by and any(is_same_officer(name, one) for one in leaving):
                continue  # who stands behind the company held that office himself
            events.append(
                Appointment(
                    name,
                    "departure" if is_gone else "appointment",
                    role if is_gone else None,
                    None if is_gone else role,
                    None,
                    None,
                    None,
                    quote,
                    place,
                )
            )
    return link_in_order(events)


def officer_names(who: str) -> list[str]:
    """The persons of one entry: `Crehan, Shane Hugh`, `DUPONT Jean`; a company is none."""
    who = TAIL.sub("", who).strip(" ;,.")
    parts = [part.strip() for part in re.split(r"\s*;\s*", who) if part.strip()]
    names = []
    for part in parts:
        if re.search(
            r"\b(?:SAS|SASU|SARL|SA|SCI|SNC|EURL|LLC|LTD|GMBH|AG|BV|HOLDING|GROUP|PARTICIPATIONS?|AUDIT|"
            r"CONSEIL|FINANCE|INVEST\w*|ASSOCI\w+|SOCI[ÉE]T[ÉE]|INTERNATIONAL|CAPITAL|MANAGEMENT|COMPANY|"
            r"LIMITED|INC|\(SAS\)|\(SARL\))\b|&",
            part,
            re.IGNORECASE,
        ):
            continue
        swapped = re.fullmatch(r"(?P<family>[^,]{2,60}),\s*(?P<given>[^,]{2,60})(?:,.*)?", part)
        name = f"{swapped['given']} {swapped['family']}" if swapped else part
        name = re.sub(r"\bnom d['’]usage\b\s*:?.*$", "", name, flags=re.IGNORECASE).strip(" ,")
        words = name.split()
        if 2 <= len(words) <= 7 and (
            any(fold(w) in given_names() for w in words) or not any(fold(w) in stop_words() for w in words)
        ):
            names.append(name)
    return names


def link_in_order(events: list[Appointment]) -> list[Appointment]:
    """Within one office, the first who leaves is followed by the first who comes."""
    events = list(events)
    gone = [i for i, e in enumerate(events) if e.type == "departure"]
    come = [i for i, e in enumerate(events) if e.type != "departure"]
    for i in gone:
        j = next(
            (
                j
                for j in come
                if same_role(events[i].old_role, events[j].new_role)
                and not events[j].predecessor
                and events[j].person != events[i].person
            ),
            None,
        )
        if j is not None:
            events[i] = replace(events[i], successor=events[j].person)
            events[j] = replace(events[j], predecessor=events[i].person)
    return link_handovers(events)


def same_role(left: str | None, right: str | None) -> bool:
    """Whether two register wordings are one office."""
    a, b = read_title(left or ""), read_title(right or "")
    return bool(a and b and set(a.roles) & set(b.roles))


def is_borme(text: str) -> bool:
    """Whether a text is an act of the Spanish register."""
    return "Datos registrales" in text and bool(BORME_ACT.search(text))


def read_borme(text: str, place: str) -> list[Appointment]:
    """Arrivals and departures of one act; several offices of one person are one event."""
    text = " ".join(text.split())
    stamps = list(BORME_STAMP.finditer(text))
    effective = None
    if stamps:
        year = int(stamps[-1]["y"])
        effective = f"{year + 2000 if year < 100 else year:04d}-{int(stamps[-1]['m']):02d}-{int(stamps[-1]['d']):02d}"
    acts = list(BORME_ACT.finditer(text))
    gathered: dict[tuple[str, bool], list[str]] = {}
    for i, act in enumerate(acts):
        if act["act"] == "Reelecciones":
            continue
        body = text[act.end() : acts[i + 1].start() if i + 1 < len(acts) else len(text)].split("Datos registrales")[0]
        is_gone = act["act"] != "Nombramientos"
        for entry in BORME_ROLE.finditer(body + " "):
            role = entry["role"].strip(" .")
            if NO_OFFICE.match(role):
                continue
            for name in re.split(r"\s*;\s*", entry["names"]):
                name = name.strip().title() if name.isupper() else name.strip()
                if 2 <= len(name.split()) <= 7 and not re.search(
                    r"\b(?:sl|sa|slu|sau|slp|srl|bv|gmbh|limited|ltd|inc|llc)\b", name, re.IGNORECASE
                ):
                    gathered.setdefault((name, is_gone), []).append(BORME_ROLES.get(role.lower(), role.capitalize()))
    events = []
    for (name, is_gone), roles in gathered.items():
        roles = sorted(dict.fromkeys(roles), key=lambda r: ("Presidente" not in r, "Delegado" in r))
        joined = "; ".join(roles)
        events.append(
            Appointment(
                name,
                "departure" if is_gone else "appointment",
                joined if is_gone else None,
                None if is_gone else joined,
                effective,
                None,
                None,
                text[:400],
                place,
            )
        )
    return link_in_order(events)
