"""How values are written for people in French and English: dates, numbers, money; and text that is safe to show."""

import unicodedata
from datetime import date, datetime
from urllib.parse import urlsplit

MONTHS_FR = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
NO_BREAK = "\u00a0"
# Joiners shape Persian and Indic names; every other format character (bidi overrides, zero-width) only hides text.
KEPT_FORMAT_CHARACTERS = "\u200c\u200d"
HIDING_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean_text(text: str) -> str:
    """The text without control, bidirectional, private and unassigned characters, with single spaces."""
    spaced = (" " if c.isspace() and c != NO_BREAK else c for c in text)
    shown = (c for c in spaced if c in KEPT_FORMAT_CHARACTERS or unicodedata.category(c) not in HIDING_CATEGORIES)
    return " ".join(part for part in "".join(shown).split(" ") if part)


def safe_link(address: str | None) -> str | None:
    """The address if it is plain http or https with a host, else None."""
    if not address or address != clean_text(address) or " " in address:
        return None
    try:
        parts = urlsplit(address)
        return address if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def format_day(day: date | datetime, lang: str) -> str:
    """`2 mars 2026`, `1er mars 2026`, `2 March 2026`."""
    number = "1er" if lang == "fr" and day.day == 1 else str(day.day)
    months = MONTHS_FR if lang == "fr" else MONTHS_EN
    return f"{number}{NO_BREAK}{months[day.month - 1]}{NO_BREAK}{day.year}"


def format_instant(instant: datetime, lang: str) -> str:
    """A UTC instant: `2 mars 2026, 02:15 UTC`."""
    return f"{format_day(instant, lang)}, {instant:%H:%M}{NO_BREAK}UTC"


def format_number(number: float, lang: str, decimals: int = 0) -> str:
    """`6 240,5` in French, `6,240.5` in English."""
    english = f"{number:,.{decimals}f}"
    return english.translate({ord(","): NO_BREAK, ord("."): ","}) if lang == "fr" else english


def format_money(euros: float, lang: str) -> str:
    """An amount in the unit that people say: `6,2 Md€` and `€6.2bn`, `164 M€` and `€164m`."""
    sign, euros = ("-" if euros < 0 else ""), abs(euros)
    for size, french, english in (
        (1e9, f"{NO_BREAK}Md€", "bn"),
        (1e6, f"{NO_BREAK}M€", "m"),
        (1e3, f"{NO_BREAK}k€", "k"),
    ):
        if euros >= 0.9995 * size:  # 999.96 million is said as one billion
            decimals = 1 if euros < 100 * size and round(euros / size, 1) % 1 else 0
            amount = format_number(euros / size, lang, decimals)
            return f"{sign}{amount}{french}" if lang == "fr" else f"{sign}€{amount}{english}"
    amount = format_number(euros, lang)
    return f"{sign}{amount}{NO_BREAK}€" if lang == "fr" else f"{sign}€{amount}"
