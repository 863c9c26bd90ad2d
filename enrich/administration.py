"""Splits the administration text of a legal notice into who holds, takes and leaves which office.

The texts come in four layouts, with commas and semicolons inside names and between them (SOURCES section 4): only a
role followed by a colon begins a new entry.
"""

import re
from typing import NamedTuple

from anyascii import anyascii

from schemas.vocabulary import MovementKind

# The longer wording first: `Président du conseil d'administration` begins with `Président`.
ROLE = (
    r"(?:Vice[- ]président(?:e)?(?: du [\w'’ ]+?)?"
    r"|Président(?:e)?(?:[- ]directeur général|-directrice générale| du conseil d['’]administration| du directoire"
    r"| du conseil de surveillance| et directeur général)?"
    r"|Direct(?:eur|rice) général(?:e)?(?: délégué(?:e)?| unique)?(?: non administrateur)?"
    r"|Co-?gérant(?:e)?|Gérant(?:e)?(?: non associé(?:e)?| associé(?:e)?)?"
    r"|Administrat(?:eur|rice)(?: [\w'’ ]+?)?|Membre d[ue] [\w'’ ]+?|Liquidat(?:eur|rice)(?: amiable)?"
    r"|Commissaire aux comptes(?: titulaire| suppléant(?:e)?)?|Associé(?:e)?(?: [\w'’ ]+?)?"
    r"|Représentant(?:e)?(?: [\w'’ ]+?)?|Secrétaire général(?:e)?|Trésori(?:er|ère)|Fondé de pouvoir"
    r"|Mandataire [\w'’ ]+?|Dirigeant(?:e)?(?: [\w'’ ]+?)?|Direct(?:eur|rice)(?: [\w'’ ]+?)?|Censeur)"
)
TO_COME, TO_CHANGE, TO_GO = "nomination", "modification", "démission|départ|révocation"
DIRECTION = rf"(?:(?:{TO_COME}|{TO_CHANGE}|{TO_GO}) (?:du |de l['’] ?|de la |des |de |d['’]))?"
GONE = r"(?:partante?|sortante?|démissionnaire)"
TOKEN = re.compile(rf"(?:^|[;,.]|(?<=[.;,]\s)|\s-)\s*({DIRECTION}{ROLE}(?: {GONE})?)\s*:\s*", re.IGNORECASE)
AROUND_ROLE = re.compile(rf"^{DIRECTION}|(?:(?<!\s)\s+)?{GONE}$", re.IGNORECASE)
REPRESENTED = re.compile(r"(?<![\s,])[\s,]+représentée?\s+par\s+(?P<who>.+)$", re.IGNORECASE)
ADDRESS = re.compile(r"(?<![\s,])[\s,]+(?:Adresse\s*:|demeurant\b|domiciliée?\b).*$", re.IGNORECASE)
DECEASED = re.compile(r"(?:(?<![\s,])[\s,]+)?\(?\b(?:décédée?|décès)\b\)?", re.IGNORECASE)


class AdministrationEntry(NamedTuple):
    """One office of an administration text.

    Attributes:
        kind: in | out | modified | roster.
        title: the office as written.
        who: whom the entry names.
        represented_by: the permanent representative of a company, or None.
        is_deceased: whether the text says that the person has died.
    """

    kind: MovementKind
    title: str
    who: str
    represented_by: str | None
    is_deceased: bool


def split_administration(text: str) -> list[AdministrationEntry]:
    """The entries of an administration text, in its order."""
    return [entry for entry, _ in quote_administration(text)]


def quote_administration(text: str) -> list[tuple[AdministrationEntry, str]]:
    """The entries of an administration text in its order, each with the words that tell it."""
    text = " ".join(text.split()).rstrip(" .;,")
    tokens = list(TOKEN.finditer(text))
    found = []
    for i, token in enumerate(tokens):
        end = tokens[i + 1].start() if i + 1 < len(tokens) else len(text)
        who = text[token.end() : end].strip(" ;,")
        is_deceased = bool(DECEASED.search(who))
        who = ADDRESS.sub("", DECEASED.sub("", who))
        behind = REPRESENTED.search(who)
        name = REPRESENTED.sub("", who).strip(" ;,")
        if name:
            title = AROUND_ROLE.sub("", token[1]).strip()
            represented_by = behind["who"].strip(" ;,") if behind else None
            title = title[:1].upper() + title[1:]
            entry = AdministrationEntry(_kind_of(token[1]), title, name, represented_by, is_deceased)
            found.append((entry, text[token.start(1) : end].strip(" ;,")))
    return found


def is_staying(entry: AdministrationEntry, entries: list[AdministrationEntry]) -> bool:
    """Whether who leaves an office is named in another one of the same text, himself or behind a company.

    A liquidator who was the manager, and a founder whose holding follows him, have not left (SOURCES section 4, false
    positives b and c).
    """
    if entry.kind is not MovementKind.OUT:
        return False
    named = (n for other in entries if other.kind is not MovementKind.OUT for n in (other.who, other.represented_by))
    return any(is_same_officer(entry.who, name) for name in named if name)


def _kind_of(label: str) -> MovementKind:
    plain = label.strip().lower()
    if plain.startswith(TO_COME):
        return MovementKind.IN
    if plain.startswith(TO_CHANGE):
        return MovementKind.MODIFIED
    is_out = plain.startswith(tuple(TO_GO.split("|"))) or re.search(rf"{GONE}$", plain)
    return MovementKind.OUT if is_out else MovementKind.ROSTER


def person_words(name: str) -> frozenset[str]:
    """The words of a name in any order, case and accents: `Rousseau, Sébastien` is `ROUSSEAU Sébastien`."""
    return frozenset(re.findall(r"[a-z0-9]+", anyascii(name).lower()))


def is_same_officer(left: str, right: str) -> bool:
    """Whether two names of one notice are one officer: the same words, or all of one's in the other (two at least)."""
    mine, other = person_words(left), person_words(right)
    return mine == other or (min(len(mine), len(other)) >= 2 and (mine <= other or other <= mine))
