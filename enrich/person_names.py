"""Natural persons' names: comparable forms (several spellings of one name meet) and the form that people read."""

import re
import unicodedata
from collections.abc import Sequence

from anyascii import anyascii

WORD = re.compile(r"[^\W_]+")
BRACKETED = re.compile(r"\(([^()]*)\)")  # the registers' `USAGE (BIRTH)`, SOURCES section 1

# German and Nordic letters are written both ways: Müller is Muller to some registers and Mueller to others.
DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
PARTICLES = {
    "de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "der", "den", "ter", "ten", "zu", "zur", "zum",
    "di", "da", "do", "dos", "das", "del", "della", "y", "e", "el", "al", "bin", "ben",
}  # fmt: skip
HONOURS = {
    "mr", "mrs", "ms", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "prof", "professeur", "professor",
    "me", "maitre", "sir", "dame", "lord", "lady", "cbe", "kbe", "dbe", "obe", "mbe", "frs", "phd", "ing", "dipl",
    "herr", "frau",
}  # fmt: skip
GENERATIONS = {
    "jr": "jr", "junior": "jr", "fils": "jr", "sr": "sr", "senior": "sr", "pere": "sr", "ii": "ii", "iii": "iii",
}  # fmt: skip
LOWER_IN_FAMILY = frozenset({"de", "du", "des", "van", "von", "der", "den", "ter", "ten", "zu", "zur", "zum"})

Word = tuple[str, str]  # the plain Latin spelling and the one with digraphs; mostly the same


def spell(word: str) -> Word:
    """The Latin lower-case spellings of one word: plain, and with the German digraphs."""
    lower = unicodedata.normalize("NFKC", word).lower()
    plain, digraphs = (re.sub(r"[^a-z0-9]", "", anyascii(text).lower()) for text in (lower, lower.translate(DIGRAPHS)))
    return plain, digraphs


def share(left: Word, right: Word) -> bool:
    """Whether two words have a spelling in common."""
    return not set(left).isdisjoint(right)


def split_words(text: str | None) -> list[str]:
    """The words of a name; hyphens, apostrophes and points separate."""
    return WORD.findall(unicodedata.normalize("NFKC", text or ""))


def name_words(text: str | None) -> list[Word]:
    """The words of a name without honours and generations, each with its spellings."""
    words = [word for raw in split_words(text) if (word := spell(raw))[0]]
    # `M. Paul` is a French form of address; a lone `M.` is an initial.
    if len(words) > 1 and (text or "").lstrip()[:2].upper() == "M." and len(words[1][0]) > 1:
        words = words[1:]
    return [word for word in words if word[0] not in HONOURS and word[0] not in GENERATIONS] or words


def generation(*texts: str | None) -> str | None:
    """Jr, Sr, II or III where a name says so; never a name's only word."""
    for text in texts:
        for word in split_words(text)[1:]:
            if (plain := spell(word)[0]) in GENERATIONS:
                return GENERATIONS[plain]
    return None


def each_name(family: str | None, usage: str | None) -> list[str]:
    """Every family name that one person's record gives: birth, usage, and the one in brackets."""
    names: list[str] = []
    for text in (family, usage):
        if text:
            names += [BRACKETED.sub(" ", text), *BRACKETED.findall(text)]
    return [name.strip() for name in names if name.strip()]


def joined(words: Sequence[Word]) -> frozenset[str]:
    """The words written as one, in each spelling."""
    return frozenset({"".join(word[i] for word in words) for i in (0, 1)} - {""})


def family_keys(family: str | None, usage: str | None = None) -> frozenset[str]:
    """The comparable forms of a person's family names, with and without particles; a name always has a form."""
    keys: set[str] = set()
    for name in each_name(family, usage):
        words = name_words(name)
        heavy = [word for word in words if word[0] not in PARTICLES]
        keys |= joined(words) | joined(heavy) or {name.casefold()}
    return frozenset(keys)


def _capitalised(word: str) -> str:
    if len(word) > 4 and word.lower().startswith("mc"):
        return "Mc" + word[2:].capitalize()
    return word[:1].upper() + word[1:].lower()


def _cased(text: str, lower: frozenset[str]) -> str:
    pieces = re.split(r"([\s\-'’]+)", " ".join(text.split()))
    last = len(pieces) - 1
    for i in range(0, len(pieces), 2):
        follows = pieces[i + 1] if i < last else ""
        elided = bool(lower) and pieces[i].lower() == "d" and follows[:1] in ("'", "’")
        # the last word of a family name is no particle: NGUYEN VAN
        particle = pieces[i].lower() in lower and i < last and follows.isspace()
        pieces[i] = pieces[i].lower() if elided or particle else _capitalised(pieces[i])
    return "".join(pieces)


def clean_case(text: str | None, *, family: bool = False) -> str:
    """A name as people write it; mixed case is kept as typed, since its owner knows better."""
    text = " ".join((text or "").split())
    if text != text.upper() and text != text.lower():
        return text
    return _cased(text, LOWER_IN_FAMILY if family else frozenset())


def full_name(given: str | None, family: str | None, usage: str | None = None) -> str:
    """Given names, then the usage name or else the birth name: `Anne-Marie de La Tour d'Auvergne`."""
    birth = BRACKETED.sub(" ", family or "").strip() or (family or "")
    shown = BRACKETED.sub(" ", usage or "").strip() or birth
    return " ".join(part for part in (clean_case(given), clean_case(shown, family=True)) if part)
