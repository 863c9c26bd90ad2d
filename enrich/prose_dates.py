"""Dates as prose writes them, in four languages; a relative date or one without a year leans on the published date."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from anyascii import anyascii

MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5,
    "june": 6, "jun": 6,
    "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9, "october": 10, "oct": 10,
    "november": 11,
    "nov": 11, "december": 12, "dec": 12, "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6,
    "juillet": 7,
    "aout": 8, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12, "januar": 1, "februar": 2, "marz": 3,
    "juni": 6,
    "juli": 7, "oktober": 10, "dezember": 12, "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5,
    "junio": 6, "julio": 7,
    "agosto": 8, "septiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12, "janner": 1,
}  # fmt: skip
NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY_FIRST = re.compile(
    rf"\b(?P<d>[0-3]?[0-9])(?:st|nd|rd|th|er|\.)?\s+(?:de\s+|of\s+)?(?P<m>{NAMES})\b\.?(?:,?\s+(?:de\s+|"
    rf"del\s+)?(?P<y>(?:19|20)[0-9]{{2}}))?",
    re.A,
)
MONTH_FIRST = re.compile(
    rf"\b(?P<m>{NAMES})\b\.?\s+(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?\b(?!\s*%)(?:\s*,?\s*(?P<y>(?:19|20)[0-9]{{2}}))?",
    re.A,
)
MONTH_YEAR = re.compile(rf"\b(?P<m>{NAMES})\b\.?,?\s+(?:de\s+|of\s+|del\s+)?(?P<y>(?:19|20)[0-9]{{2}})\b", re.A)
MONTH_ALONE = re.compile(
    rf"\b(?:in|en|im|ab|des|depuis|from|since|debut|fin|mi|a partir de|a partir d|anfang|ende|mitte|desde|"
    rf"early|late|mid|d'ici|courant|next|this|last)[\s-]+(?:de\s+|du mois de\s+|mois de\s+|"
    rf"d')?(?P<m>{NAMES})\b",
    re.A,
)
NUMERIC = re.compile(r"\b(?P<d>[0-3]?[0-9])[./](?P<m>[01]?[0-9])[./](?P<y>(?:19|20)?[0-9]{2})\b", re.A)
ISO = re.compile(r"\b(?P<y>(?:19|20)[0-9]{2})-(?P<m>[01][0-9])-(?P<d>[0-3][0-9])\b", re.A)
YEAR_ALONE = re.compile(
    r"\b(?:in|en|im jahr|anfang|ende|early|late|mid|debut|fin|fin de|courant|desde|during|"
    r"of)[\s-](?P<y>(?:19|20)[0-9]{2})\b(?! (?:annual|stock|equity|plan|proxy|long))",
    re.A,
)
TODAY = re.compile(
    r"(?:effective|as of|from|starting|des|a compter d|ab|desde) (?P<word>today|aujourd'hui|heute|hoy|ce "
    r"jour|this day)\b",
    re.A,
)
YEAR = re.compile(r"(?<![\d$€.,])(?:19|20)[0-9]{2}\b(?![.,]\d|\s*(?:stock|equity|plan|annual meeting|proxy))", re.A)


@dataclass(frozen=True, slots=True)
class When:
    """A date in a text.

    Attributes:
        iso: `2026-03-17`, `2026-03`, `03-17` or `11`: as much as the text and the published date tell.
        start, end: where it stands.
        day: the same as a date, the first of the month without a day; None without a year.
    """

    iso: str
    start: int
    end: int
    day: date | None


def fold_same_length(text: str) -> str:
    """Lower case without accents, letter for letter, so that places stay."""
    out = []
    for letter in text.replace("’", "'").replace("‘", "'"):
        plain = letter if letter.isascii() else anyascii(letter)
        out.append((plain if len(plain) == 1 else letter).lower()[:1])
    return "".join(out)


def find_dates(text: str, published: date | None) -> list[When]:
    """Every date of a text, in order; overlapping readings keep the fullest."""
    folded = fold_same_length(text)
    found: list[When] = []
    for pattern in (ISO, DAY_FIRST, MONTH_FIRST, NUMERIC, MONTH_YEAR, MONTH_ALONE):
        for hit in pattern.finditer(folded):
            if any(hit.start() < other.end and other.start < hit.end() for other in found):
                continue
            when = _when(hit, published, text, pattern is MONTH_ALONE)
            if when is not None:
                found.append(when)
    for hit in YEAR_ALONE.finditer(folded):
        if not any(hit.start("y") < other.end and other.start < hit.end() for other in found):
            found.append(When(hit["y"], hit.start("y"), hit.end(), date(int(hit["y"]), 12, 31)))
    if published is not None:
        for hit in TODAY.finditer(folded):
            found.append(When(published.isoformat(), hit.start("word"), hit.end(), published))
    return sorted(found, key=lambda when: when.start)


def _when(hit: re.Match[str], published: date | None, text: str, is_alone: bool) -> When | None:
    groups = hit.groupdict()
    start = hit.start("m") if is_alone else hit.start()
    word = groups["m"]
    month = int(word) if word.isdigit() else MONTHS[word]
    day = int(groups["d"]) if groups.get("d") else None
    if word in ("may", "mar", "mars") and not text[hit.start("m")].isupper() and not (groups.get("y") or day):
        return None
    year_text = groups.get("y")
    year = int(year_text) if year_text else None
    if year is not None and year < 100:
        year += 2000
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    if year is None and published is not None:
        year = nearest_year(month, day or 15, published)
    if year is None:
        return When(f"{month:02d}-{day:02d}" if day else f"{month:02d}", start, hit.end(), None)
    try:
        stamp = date(year, month, day or 1)
    except ValueError:
        return None
    return When(stamp.isoformat() if day else f"{year:04d}-{month:02d}", start, hit.end(), stamp)


def nearest_year(month: int, day: int, published: date) -> int:
    """The year that brings a day without a year nearest to the published date."""
    tries = []
    for year in (published.year - 1, published.year, published.year + 1):
        try:
            tries.append((abs((date(year, month, day) - published).days), year))
        except ValueError:
            tries.append((abs((date(year, month, 28) - published).days), year))
    return min(tries)[1]


def is_old(when: When, reference: date | None) -> bool:
    """Whether a date is history: more than thirteen months before the document."""
    return when.day is not None and reference is not None and reference - when.day > timedelta(days=400)


def last_year(text: str) -> int | None:
    """The latest year that a text names and that is no year of a plan or a meeting."""
    years = [int(found[0]) for found in YEAR.finditer(text) if 1990 <= int(found[0]) <= 2035]
    return max(years, default=None)
