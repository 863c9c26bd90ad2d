"""Identifiers that nobody holds, made from a small number.

Ranges: SIREN 002...... (the Sirene stock goes from 001807254 straight to 005410220; 000 would collide with Monaco's VAT
numbers), LEI with the issuer prefix 0000, Companies House numbers ZZ......, domains under .example (RFC 2606).
`tests/flows/test_demo_world.py` refuses any other.
"""

SIREN_PREFIX = "002"
LEI_PREFIX = "0000"
COMPANY_NUMBER_PREFIX = "ZZ"


def siren(number: int) -> str:
    """The invented SIREN of this number (1 to 99,999), with its Luhn key."""
    return _with_luhn_key(f"{SIREN_PREFIX}{number:05d}")


def siret(unit_siren: str, site: int) -> str:
    """The SIRET of the site with this number (from 1) of a legal unit, with its Luhn key."""
    return _with_luhn_key(f"{unit_siren}{site:04d}")


def vat(unit_siren: str) -> str:
    """The French VAT number that belongs to a SIREN."""
    return f"FR{(12 + 3 * (int(unit_siren) % 97)) % 97:02d}{unit_siren}"


def lei(number: int) -> str:
    """The invented LEI of this number, with its ISO 7064 mod 97-10 check."""
    body = f"{LEI_PREFIX}00DEMO{number:08d}"
    digits = "".join(str(int(character, 36)) for character in f"{body}00")
    return f"{body}{98 - int(digits) % 97:02d}"


def company_number(number: int) -> str:
    """The invented Companies House number of this number."""
    return f"{COMPANY_NUMBER_PREFIX}{number:06d}"


def _with_luhn_key(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"
