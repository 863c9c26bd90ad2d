"""Texts as French registries publish them: charset mistakes mended, dates and amounts in the forms that they take."""

import re
import unicodedata
from datetime import date
from typing import Any

# UTF-8 read as Windows-1252 (which covers Latin-1): a lead byte and the right number of continuation bytes.
_HIGH = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(0x80, 0xC0)) + "".join(
    chr(b) for b in range(0x80, 0xA0)
)
_TAIL = f"[{re.escape(_HIGH)}]"
MOJIBAKE = re.compile(f"[\u00c2-\u00df]{_TAIL}|[\u00e0-\u00ef]{_TAIL}{{2}}|[\u00f0-\u00f4]{_TAIL}{{3}}")
LOST_SPACE = re.compile("\u00c3(?=\\s|$)")  # `à` is C3 A0, and A0 became a plain space on the way

MONTHS = {
    name: number
    for number, name in enumerate(
        ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
         "decembre"),
        start=1,
    )
}  # fmt: skip
ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
SLASHED = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
WORDED = re.compile(r"(?:le )?([0-9]{1,2})(?:er|e)? ([a-z]+)\.? ([0-9]{4})")
AMOUNT = re.compile(r"([0-9][0-9 .,\u00a0\u202f]*)\s*([A-Za-z€]+)?")
CURRENCIES = {"€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR", "francs": "FRF", "frf": "FRF"}


def mend(text: str) -> str:
    """`clÃ´ture` -> `clôture`; a text without the mistake is unchanged."""
    return LOST_SPACE.sub("à", MOJIBAKE.sub(_decoded_again, text))


def mend_all(value: Any) -> Any:
    """The same JSON value with every text mended."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [mend_all(inner) for inner in value]
    if isinstance(value, dict):
        return {name: mend_all(inner) for name, inner in value.items()}
    return value


def _decoded_again(found: re.Match[str]) -> str:
    octets = bytearray()
    for letter in found[0]:
        octets += bytes([ord(letter)]) if ord(letter) < 0x100 else letter.encode("cp1252")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return found[0]


def read_day(text: str | None) -> date | None:
    """A day written `2020-01-01`, `01/01/2020`, `27 novembre 2008` or `1er janvier 2020`; None for anything else."""
    plain = _plain(text or "")
    try:
        if found := ISO.fullmatch(plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := SLASHED.fullmatch(plain):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if (found := WORDED.fullmatch(plain)) and found[2] in MONTHS:
            return date(int(found[3]), MONTHS[found[2]], int(found[1]))
    except ValueError:
        return None
    return None


def read_amount(text: str | None) -> tuple[float | None, str | None]:
    """`37 000,00 EUR` -> (37000.0, EUR); an amount that cannot be read is (None, None), a missing currency None."""
    found = AMOUNT.search(text or "")
    if found is None:
        return None, None
    digits = re.sub(r"[\s\u00a0\u202f]", "", found[1]).rstrip(".,")
    whole, mark, cents = digits.rpartition(",") if "," in digits else digits.rpartition(".")
    if mark and len(cents) == 3:  # 1.000.000 and 1,000: a group of three is no fraction
        whole, cents = whole + cents, "0"
    number = re.sub(r"[.,]", "", whole or cents) + (f".{cents}" if mark and whole else "")
    currency = found[2] or ""
    iso = currency if re.fullmatch("[A-Z]{3}", currency) else None
    return float(number), CURRENCIES.get(currency.lower(), iso)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", mend(text).replace("\u00a0", " "))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).lower().split())
