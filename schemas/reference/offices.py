"""Which office a published title stands for."""

import re
import unicodedata
from functools import cache, lru_cache

from schemas.reference.lists import read_list
from schemas.vocabulary import ExecutiveRole, OfficeGroup

Office = tuple[ExecutiveRole, OfficeGroup]

UNKNOWN: Office = (ExecutiveRole.UNKNOWN, OfficeGroup.OTHER)
CHAIR_AND_CEO: Office = (ExecutiveRole.CHAIR_AND_CEO, OfficeGroup.EXECUTIVE)
# The most telling part of `Autre, Liquidateur`: distress hides everything else, then who leads, then who watches.
GROUPS_BY_WEIGHT = (
    OfficeGroup.DISTRESS,
    OfficeGroup.EXECUTIVE,
    OfficeGroup.SUPERVISORY,
    OfficeGroup.BOARD,
    OfficeGroup.CONTROL,
    OfficeGroup.OTHER,
)
ROLES_BY_WEIGHT = tuple(ExecutiveRole)  # declared from the highest office down; OTHER and UNKNOWN last
PARTS = re.compile(r"(?:(?<!\s)\s+)?[,;/|]\s*|(?<!\s)\s+-\s+|(?<!\s)\s+(?:et|and|&)\s+", re.IGNORECASE)

# Feminine to masculine, word by word; what is not here is the same in both or no title.
MASCULINE = {
    "directrice": "directeur",
    "presidente": "president",
    "presidentes": "president",
    "generale": "general",
    "deleguee": "delegue",
    "adjointe": "adjoint",
    "gerante": "gerant",
    "cogerante": "cogerant",
    "associee": "associe",
    "administratrice": "administrateur",
    "liquidatrice": "liquidateur",
    "tresoriere": "tresorier",
    "dirigeante": "dirigeant",
    "conseillere": "conseiller",
    "auditrice": "auditeur",
    "representante": "representant",
    "independante": "independant",
    "financiere": "financier",
    "administrative": "administratif",
    "commerciale": "commercial",
    "industrielle": "industriel",
    "executive": "executif",
    "chairwoman": "chairman",
    "chairperson": "chairman",
}
ENGLISH_EXECUTIVE = re.compile(r"\b(?:chief|vice|non|deputy) executif\b|\bexecutif (?=director|chairman|vice)")


def fold_title(title: str) -> str:
    """A title in lower case without accents, punctuation and feminine endings: the key of the tables."""
    text = unicodedata.normalize("NFKD", title.replace("œ", "oe")).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"\((?:e|ne|trice|rice|ere)\)|[·.](?:e|ne|trice|rice|ere)\b", "", text)  # gérant(e), président·e
    text = re.sub(r"[’`´ʼ]", "'", text).replace("&", " and ")
    text = re.sub(r"[^a-z0-9']+", " ", text)
    text = " ".join(MASCULINE.get(word, word) for word in text.split())
    return ENGLISH_EXECUTIVE.sub(lambda found: found[0].replace("executif", "executive"), text)


@cache
def _offices() -> dict[str, Office]:
    rows = [(row["title"], row) for row in read_list("titles")]
    rows += [(row["label"], row) for row in read_list("roles_rne")]  # the register's own labels win
    return {fold_title(title): (ExecutiveRole(row["role"]), OfficeGroup(row["office_group"])) for title, row in rows}


@cache
def _offices_by_code() -> dict[str, Office]:
    rows = read_list("roles_rne")
    return {row["code"]: (ExecutiveRole(row["role"]), OfficeGroup(row["office_group"])) for row in rows}


def office_of_role(code: str | None) -> Office:
    """The office of an RNE role code (`73`); an unknown code stays unknown."""
    return _offices_by_code().get((code or "").lstrip("0"), UNKNOWN)


@lru_cache(maxsize=4096)
def office_of(title: str | None) -> Office:
    """The office of a title as published, and what that office is for.

    The RNE's 84 labels and common French and English titles, in any case, accents and gender. A title made of several
    (`Autre, Liquidateur`) has the office of its most telling part; chair and chief executive together are one office.
    A title that no table knows is (unknown, other): never guessed.
    """
    if not title or not title.strip():
        return UNKNOWN
    whole = _offices().get(fold_title(title))
    if whole is not None:
        return whole
    parts = [_offices()[key] for part in PARTS.split(title) if (key := fold_title(part)) in _offices()]
    if not parts:
        return UNKNOWN
    roles = {role for role, _ in parts}
    if ExecutiveRole.CHIEF_EXECUTIVE in roles and ExecutiveRole.BOARD_CHAIR in roles:
        return CHAIR_AND_CEO
    return min(parts, key=lambda office: (GROUPS_BY_WEIGHT.index(office[1]), ROLES_BY_WEIGHT.index(office[0])))
