"""Are two natural persons one? Compared field by field, never as a joined string, in three states.

The rules are the rows of RELIABILITY.md section 5. A birth month is used here and never shown in a reason.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import product

import polars as pl
from rapidfuzz.distance import OSA

from enrich.person_names import (
    PARTICLES,
    Word,
    each_name,
    family_keys,
    generation,
    joined,
    name_words,
    share,
    split_words,
)
from schemas.vocabulary import Judgement, OfficerKind

NICKNAMES = (
    {"bob", "robert", "rob", "bobby"}, {"kate", "katherine", "catherine", "cathy", "kathryn"},
    {"alexandre", "aleksandr", "alexander", "alex", "alessandro"}, {"john", "jon", "johnny", "jack"},
    {"sean", "shaun", "shawn"}, {"william", "bill", "will", "liam"}, {"richard", "dick", "rick"},
    {"james", "jim", "jimmy"}, {"michael", "mike", "mikhail"}, {"thomas", "tom"}, {"edward", "ed", "ted"},
    {"margaret", "maggie", "peggy"}, {"elizabeth", "liz", "beth", "elisabeth"}, {"christopher", "chris", "christophe"},
    {"sergey", "sergei", "serguei", "serge"}, {"yuri", "youri", "iouri"}, {"dmitri", "dmitry", "dimitri"},
    {"mohamed", "mohammed", "muhammad", "mohammad"}, {"steven", "stephen", "steve"}, {"anthony", "tony", "antony"},
)  # fmt: skip
SHORTEST_TYPO = 5  # letters; shorter names that differ in one letter are other names (Li and Lin, Anne and Anna)


class Likeness(IntEnum):
    """How one field of two persons compares."""

    OTHER = 0
    DOUBTFUL = 1
    COMPATIBLE = 2
    EQUAL = 3


class Month(IntEnum):
    """How two birth months compare; NEAR differs by one keystroke."""

    OTHER = 0
    NEAR = 1
    UNKNOWN = 2
    EQUAL = 3


@dataclass(frozen=True, slots=True)
class PersonName:
    """One person as a register names them.

    Attributes:
        family: name at birth, or the only family name known; `USAGE (BIRTH)` is understood.
        usage: name in use after a marriage. given: given names in the register's order.
        birth_month: `YYYY-MM`, or None.
    """

    family: str
    given: str | None = None
    usage: str | None = None
    birth_month: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement on two persons and the fields that led to it."""

    judgement: Judgement
    reasons: tuple[str, ...]


def compare_persons(left: PersonName, right: PersonName) -> Verdict:
    """Judge whether two names are one person; symmetric, and `same` for a name and itself.

    Returns:
        `same`, `different` or `unsure`, with one reason per compared field (RELIABILITY.md section 5).
    """
    family, given, month = _compare_families(left, right), _compare_given(left, right), _compare_months(left, right)
    reasons = [f"family name {family.name.lower()}", f"given names {given.name.lower()}"]
    reasons.append(f"birth month {month.name.lower()}")
    generations = {generation(p.family, p.usage, p.given) for p in (left, right)}
    swapped = _are_swapped(left, right)
    if swapped:
        reasons.append("family and given name swapped")
    if len(generations) > 1:
        reasons.append("generation (junior, senior) differs")
    judgement = _judge(family, given, month, swapped)
    if len(generations - {None}) > 1:
        judgement = Judgement.DIFFERENT
    elif len(generations) > 1 and judgement is Judgement.SAME and month is not Month.EQUAL:
        judgement = Judgement.UNSURE
    return Verdict(judgement, tuple(reasons))


def _judge(family: Likeness, given: Likeness, month: Month, swapped: bool) -> Judgement:
    compatible = family >= Likeness.COMPATIBLE and given >= Likeness.COMPATIBLE
    if month is Month.OTHER:
        return Judgement.DIFFERENT  # father and son, twins in name
    if month is Month.NEAR:
        return Judgement.UNSURE if compatible else Judgement.DIFFERENT  # a typing error, or a relative
    known = month is Month.EQUAL
    if family is given is Likeness.EQUAL:
        return Judgement.SAME
    if known and compatible and Likeness.EQUAL in (family, given):
        return Judgement.SAME
    if swapped:
        return Judgement.UNSURE if known else Judgement.DIFFERENT
    if given is Likeness.OTHER:
        return Judgement.DIFFERENT
    if family is Likeness.OTHER:  # a marriage that the register does not explain
        return Judgement.UNSURE if known and given is Likeness.EQUAL else Judgement.DIFFERENT
    if family is given is Likeness.DOUBTFUL:
        return Judgement.DIFFERENT
    return Judgement.UNSURE


def _compare_months(left: PersonName, right: PersonName) -> Month:
    if left.birth_month is None or right.birth_month is None:
        return Month.UNKNOWN
    if left.birth_month == right.birth_month:
        return Month.EQUAL
    return Month.NEAR if OSA.distance(left.birth_month, right.birth_month) == 1 else Month.OTHER


def _compare_families(left: PersonName, right: PersonName) -> Likeness:
    lefts, rights = family_keys(left.family, left.usage), family_keys(right.family, right.usage)
    if lefts & rights:
        return Likeness.EQUAL
    pairs = list(product(_heavy_words(left), _heavy_words(right)))
    if any(a and b and (a <= b or b <= a) for a, b in pairs):
        return Likeness.COMPATIBLE  # DUVAL, DUVAL-LEFEBVRE
    if any(a & b for a, b in pairs) or any(_is_typo(a, b) for a, b in product(lefts, rights)):
        return Likeness.DOUBTFUL
    return Likeness.OTHER


def _heavy_words(person: PersonName) -> list[set[str]]:
    """The words of each family name in each spelling, without particles and initials."""
    names = [name_words(name) for name in each_name(person.family, person.usage)]
    return [
        {word[i] for word in words if word[0] not in PARTICLES and len(word[i]) > 1} for words in names for i in (0, 1)
    ]


def _compare_given(left: PersonName, right: PersonName) -> Likeness:
    lefts, rights = name_words(left.given), name_words(right.given)
    if not lefts or not rights:
        alike = not lefts and not rights and (left.given or "").strip() == (right.given or "").strip()
        return Likeness.EQUAL if alike else Likeness.DOUBTFUL
    if joined(lefts) & joined(rights):
        return Likeness.EQUAL
    compounds = sorted((min(_first_length(left.given), len(lefts)), min(_first_length(right.given), len(rights))))
    fits = [_fits(a, b) for a, b in zip(lefts, rights, strict=False)]
    if all(fits):
        initial = not share(lefts[0], rights[0])
        cut = compounds[1] > len(fits)  # Jean and Jean-Pierre: two first names in France, one short form elsewhere
        return Likeness.COMPATIBLE if initial or cut else Likeness.EQUAL
    if share(lefts[0], rights[0]):
        return Likeness.OTHER if fits.index(False) < compounds[1] else Likeness.DOUBTFUL  # Jean-Marc, Jean-Marie
    if any(lefts[0][0] in names and rights[0][0] in names for names in NICKNAMES):
        return Likeness.COMPATIBLE
    if _contains(lefts, rights) or _contains(rights, lefts):
        return Likeness.COMPATIBLE  # Van Minh, Minh
    # A difference in the last letter is a gender, not a typing error: Michel and Michèle, Mario and Maria.
    typo = any(_is_typo(a, b) and a[-1] == b[-1] for a, b in product(lefts[0], rights[0]))
    return Likeness.DOUBTFUL if typo else Likeness.OTHER


def _first_length(given: str | None) -> int:
    """How many words the first given name has: Jean-Pierre has two."""
    first = (given or "").split()[:1]
    return len(split_words(first[0])) if first else 0


def _fits(left: Word, right: Word) -> bool:
    """One given name, or its initial."""
    short, long = sorted((left, right), key=lambda word: len(word[0]))
    return share(left, right) or (len(short[0]) == 1 and long[0].startswith(short[0]))


def _contains(whole: list[Word], part: list[Word]) -> bool:
    return all(any(share(word, other) for other in whole) for word in part)


def _is_typo(left: str, right: str) -> bool:
    return min(len(left), len(right)) >= SHORTEST_TYPO and OSA.distance(left, right, score_cutoff=1) == 1


def _are_swapped(left: PersonName, right: PersonName) -> bool:
    """Pierre Bernard and Bernard Pierre: two real persons, or one whose fields were exchanged."""
    crossed = family_keys(left.family) & joined(name_words(right.given))
    return bool(crossed and family_keys(right.family) & joined(name_words(left.given)))


NAME_FIELDS = ("family_name", "given_names", "usage_name", "birth_month")


def add_person_keys(appointments: pl.DataFrame) -> pl.DataFrame:
    """Add `person_keys`: sorted `family|first given name|birth month`, one per family name and spelling.

    Two records that share a key are candidates for one person across units; `compare_persons` decides. Organisations
    have none. Keys hold birth months: they stay in the linking store.
    """
    names = appointments.select(NAME_FIELDS).unique()
    keys = [person_keys(PersonName(*row)) if row[0] else [] for row in names.iter_rows()]
    keyed = names.with_columns(pl.Series("person_keys", keys, dtype=pl.List(pl.String)))
    is_person = pl.col("officer_kind") == OfficerKind.PERSON.value
    none = pl.lit([], dtype=pl.List(pl.String))
    return appointments.join(keyed, on=NAME_FIELDS, how="left", nulls_equal=True, maintain_order="left").with_columns(
        person_keys=pl.when(is_person).then(pl.col("person_keys")).otherwise(none)
    )


def person_keys(person: PersonName) -> list[str]:
    """The keys of one person, see `add_person_keys`."""
    firsts = set(next(iter(name_words(person.given)), ("",)))
    families = family_keys(person.family, person.usage)
    return sorted(f"{a}|{b}|{person.birth_month or ''}" for a, b in product(families, firsts))
