"""Identifiers of companies: one spelling each, and the check digit where the scheme has one.

Every function takes a text as people and sources write it (spaces, dots, hyphens, lower case) and returns the one
spelling that frames hold, or None when the text is no such identifier. Only the digits 0 to 9 are digits: other
scripts' digits pass `str.isdigit` and would crash or match elsewhere (RELIABILITY, T11).
"""

import re
from typing import ClassVar

from stdnum import exceptions
from stdnum import lei as stdnum_lei
from stdnum.eu import vat as stdnum_eu_vat
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.gb import vat as stdnum_gb_vat
from stdnum.no import orgnr as stdnum_orgnr

SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015/]+")  # \s holds the no-break and thin spaces of French typography
SIREN_SHAPE = re.compile(r"[0-9]{9}", re.ASCII)
SIRET_SHAPE = re.compile(r"[0-9]{14}", re.ASCII)
LEI_SHAPE = re.compile(r"[A-Z0-9]{18}[0-9]{2}", re.ASCII)
CIK_SHAPE = re.compile(r"(?:CIK)?0*([1-9][0-9]{0,9})", re.ASCII)
VAT_SHAPE = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,13}", re.ASCII)
# Companies House: digits alone, or a register prefix (SC, NI, OC, FC, R, ...); old societies end in R (IP12345R).
COMPANY_NUMBER_SHAPE = re.compile(r"([A-Z]{0,2})([0-9]{1,8})([A-Z]?)", re.ASCII)


def _compact(text: str | None) -> str:
    """Without separators and in capitals; an ASCII-only text, or an empty one."""
    compacted = SEPARATORS.sub("", text or "")
    return compacted.upper() if compacted.isascii() else ""


def normalise_siren(text: str | None) -> str | None:
    """Nine digits with a Luhn key, as INSEE gives them to a legal unit."""
    siren = _compact(text)
    return siren if SIREN_SHAPE.fullmatch(siren) and siren.strip("0") and stdnum_siren.is_valid(siren) else None


def normalise_siret(text: str | None) -> str | None:
    """Fourteen digits: a SIREN and five more, with a Luhn key over all of them.

    The sites of La Poste (356000000) have no Luhn key: the sum of their digits is a multiple of 5; only its head
    office follows the common rule (INSEE; SOURCES section 2).
    """
    siret = _compact(text)
    return siret if SIRET_SHAPE.fullmatch(siret) and siret.strip("0") and stdnum_siret.is_valid(siret) else None


def normalise_lei(text: str | None) -> str | None:
    """Twenty letters and digits, the last two an ISO 7064 mod 97-10 check (ISO 17442)."""
    lei = _compact(text)
    return lei if LEI_SHAPE.fullmatch(lei) and lei.strip("0") and stdnum_lei.is_valid(lei) else None


def normalise_company_number(text: str | None) -> str | None:
    """A Companies House number on eight characters; lost leading zeros are put back (`SC1234` -> `SC001234`).

    There is no check digit. The prefix ZZ, which the register does not use, marks numbers that we invented.
    """
    found = COMPANY_NUMBER_SHAPE.fullmatch(_compact(text))
    if not found or not found[2].strip("0"):
        return None
    prefix, digits, suffix = found.groups()
    if suffix and len(prefix) != 2:
        return None
    width = 8 - len(prefix) - len(suffix)
    return f"{prefix}{digits.zfill(width)}{suffix}" if len(digits) <= width else None


def normalise_norwegian_number(text: str | None) -> str | None:
    """Nine digits with a check digit (modulus 11), as Brønnøysundregistrene gives them (`organisasjonsnummer`)."""
    number = _compact(text)
    is_number = SIREN_SHAPE.fullmatch(number) and number.strip("0")
    return number if is_number and stdnum_orgnr.is_valid(number) else None


def normalise_cik(text: str | None) -> str | None:
    """The SEC's Central Index Key on ten digits, with its leading zeros (data.sec.gov); no check digit."""
    found = CIK_SHAPE.fullmatch(_compact(text))
    return found[1].zfill(10) if found else None


def normalise_vat(text: str | None) -> str | None:
    """A VAT number with its country prefix (EU members, Northern Ireland XI, United Kingdom GB), by national check.

    Greece is `EL`. A French number has its key of two characters and a valid SIREN (Monaco excepted, whose numbers
    begin `FRkk000`).
    """
    number = re.sub("^GR", "EL", _compact(text))
    if not VAT_SHAPE.fullmatch(number):
        return None
    if number.startswith("GB"):
        return number if stdnum_gb_vat.is_valid(number) else None
    try:
        return str(stdnum_eu_vat.validate(number))
    except exceptions.ValidationError:
        return None


def vat_of_siren(siren: str) -> str:
    """The French VAT number of a legal unit: FR, the key (12 + 3 x (SIREN mod 97)) mod 97, the SIREN.

    Whether the unit is liable to VAT is another question; the number is derived, never observed.

    Raises:
        ValueError: the text is no SIREN.
    """
    normalised = normalise_siren(siren)
    if normalised is None:
        raise ValueError(f"vat_of_siren: {siren!r} is no SIREN (nine digits with a Luhn key are expected)")
    return f"FR{(12 + 3 * (int(normalised) % 97)) % 97:02d}{normalised}"


class Identifier:
    """One kind of identifier: its name for people, its scheme in frames, and how it is written."""

    __slots__ = ()
    NAME: ClassVar[str]
    SCHEME: ClassVar[str]

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """The one spelling of this identifier, or None when the text is none."""
        raise NotImplementedError

    @classmethod
    def is_valid(cls, text: str | None) -> bool:
        """Whether the text is such an identifier in any spelling."""
        return cls.normalise(text) is not None


class Siren(Identifier):
    """A French legal unit."""

    NAME = "SIREN"
    SCHEME = "FR-RCS"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_siren`."""
        return normalise_siren(text)


class Siret(Identifier):
    """A French establishment."""

    NAME = "SIRET"
    SCHEME = "FR-SIRET"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_siret`."""
        return normalise_siret(text)


class Lei(Identifier):
    """A legal entity anywhere, ISO 17442."""

    NAME = "LEI"
    SCHEME = "LEI"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_lei`."""
        return normalise_lei(text)


class CompanyNumber(Identifier):
    """A company on a register of Companies House."""

    NAME = "Companies House number"
    SCHEME = "GB-COH"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_company_number`."""
        return normalise_company_number(text)


class NorwegianNumber(Identifier):
    """A unit of Norway's Enhetsregisteret."""

    NAME = "Norwegian organisation number"
    SCHEME = "NO-BRC"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_norwegian_number`."""
        return normalise_norwegian_number(text)


class Cik(Identifier):
    """A filer at the SEC."""

    NAME = "CIK"
    SCHEME = "US-SEC-CIK"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_cik`."""
        return normalise_cik(text)


class Vat(Identifier):
    """A taxable person of the EU, Northern Ireland or the United Kingdom."""

    NAME = "VAT number"
    SCHEME = "VAT"

    @classmethod
    def normalise(cls, text: str | None) -> str | None:
        """See `normalise_vat`."""
        return normalise_vat(text)


IDENTIFIERS: tuple[type[Identifier], ...] = (Siren, Siret, Lei, CompanyNumber, NorwegianNumber, Cik, Vat)


def identifier(scheme: str) -> type[Identifier] | None:
    """The kind of identifier that a scheme names (`FR-RCS`), or None for a register that we have no rule for."""
    return {kind.SCHEME: kind for kind in IDENTIFIERS}.get(scheme)


def normalise(scheme: str, text: str | None) -> str | None:
    """The one spelling of an identifier of any scheme; without a rule of ours, the text in capitals, trimmed.

    Registers without a rule (`RA000242`, ...) keep their own punctuation.
    """
    kind = identifier(scheme)
    if kind is not None:
        return kind.normalise(text)
    return " ".join((text or "").upper().split()) or None


def is_invented(scheme: str, value: str) -> bool:
    """Whether a valid identifier lies in a range that nobody holds, so that demos and tests may use it.

    SIREN beginning 002 (the register's stock file begins 000325175, 001807254, 005410220: nothing lies between the
    second and the third), LEI with the issuer prefix 0000, company numbers ZZ, Norwegian numbers
    beginning 00 (real ones begin with 8 or 9), CIK beginning 99 on ten digits (they are given
    in order and have reached 0002), domains under .example (RFC 2606). No such range is known for other schemes:
    always False.
    """
    if scheme == "DOMAIN":
        return value.isascii() and value.lower().rstrip(".").endswith(".example")
    normalised = normalise(scheme, value)
    if normalised is None:
        return False
    beginnings = {"FR-RCS": "002", "FR-SIRET": "002", "LEI": "0000", "GB-COH": "ZZ", "NO-BRC": "00", "US-SEC-CIK": "99"}
    if scheme == "VAT":
        return normalised.startswith("FR") and is_invented("FR-RCS", normalised[4:])
    return scheme in beginnings and normalised.startswith(beginnings[scheme])
