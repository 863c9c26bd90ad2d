"""Who buys and who wins, as public procurement writes it: dirty identifiers and amounts, made safe to join on.

`0931.814.266 `, `0200068636_5748`, `A/81638108` and `NIP: 739-020-20-79` are identifiers in real notices (SOURCES
section 9). What has no check digit, or fails it, is no identifier: a party without one joins nothing and is left out.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from connectors.rows import Row
from schemas.identifiers import normalise_company_number, normalise_lei, normalise_siren, normalise_siret, normalise_vat
from schemas.vocabulary import ContractParty, ContractStage

LABEL = re.compile(r"(?:NIP|NIF|CIF|KBO|BCE|TVA|VAT|USt-?Id(?:Nr)?|SIREN|SIRET|RCS)\b[\s.:°-]*", re.IGNORECASE)
SERIAL = re.compile(r"_[0-9]+\s*$", re.ASCII)  # an internal number that a Belgian platform adds
# The VAT number of a sole trader that is the person's own number: Spanish DNI and NIE, Czech birth number, Bulgarian
# EGN, Latvian personal code, Romanian CNP, Swedish personal number (its month stands where a company has 20 and more).
PERSONAL_VAT = re.compile(
    r"ES[0-9XYZKLM].*|CZ[0-9]{9,10}|BG[0-9]{10}|LV[0-3][0-9]{10}|RO[0-9]{13}|SE[0-9]{2}[01][0-9]{9}", re.ASCII
)
FRENCH = ("FR", "GP", "GF", "MQ", "RE", "YT", "MF", "BL", "PM")
# Real data hold 1 euro and billions, both typed to get past a form: neither is an amount (SOURCES section 9b).
LEAST_EUR, MOST_EUR = 100.0, 1e9
LONGEST_MONTHS = 600
CPV = re.compile(r"([0-9]{8})(?:-[0-9])?", re.ASCII)
ALPHA_2 = {
    "AUT": "AT", "BEL": "BE", "BGR": "BG", "BLM": "BL", "CHE": "CH", "CYP": "CY", "CZE": "CZ", "DEU": "DE", "DNK": "DK",
    "ESP": "ES", "EST": "EE", "FIN": "FI", "FRA": "FR", "GBR": "GB", "GLP": "GP", "GRC": "GR", "GUF": "GF", "HRV": "HR",
    "HUN": "HU", "IRL": "IE", "ISL": "IS", "ITA": "IT", "LIE": "LI", "LTU": "LT", "LUX": "LU", "LVA": "LV", "MAF": "MF",
    "MCO": "MC", "MLT": "MT", "MTQ": "MQ", "MYT": "YT", "NLD": "NL", "NOR": "NO", "POL": "PL", "PRT": "PT", "REU": "RE",
    "ROU": "RO", "SPM": "PM", "SVK": "SK", "SVN": "SI", "SWE": "SE", "USA": "US",
}  # fmt: skip


class Party(NamedTuple):
    """A legal unit by its cleaned identifier; `key` is the SIREN itself, else `scheme|identifier`."""

    key: str
    scheme: str


class Contract(NamedTuple):
    """What the rows of one contract share."""

    source: str
    key: str
    stage: ContractStage
    cpv_code: str | None = None
    amount_eur: float | None = None
    duration_months: int | None = None
    tenders_count: int | None = None
    awarded_on: date | None = None
    published_on: date | None = None


def identify(text: str | None, country: str | None = None) -> Party | None:
    """The legal unit that an identifier names, or None where it is none that can be trusted."""
    told = LABEL.sub("", SERIAL.sub("", (text or "").strip())).strip()
    if not told:
        return None
    if country is None or country in FRENCH:
        siret = normalise_siret(told)
        if siren := (siret[:9] if siret else normalise_siren(told)):
            return Party(siren, "FR-RCS")
    if lei := normalise_lei(told):
        return Party(f"LEI|{lei}", "LEI")
    if country == "GB" and (number := normalise_company_number(told)):
        return Party(f"GB-COH|{number}", "GB-COH")
    prefix = {"GR": "EL"}.get(country or "", country or "")
    vat = normalise_vat(told) or (normalise_vat(f"{prefix}{told}") if len(prefix) == 2 else None)
    if vat is None or PERSONAL_VAT.fullmatch(vat):
        return None
    if vat.startswith("FR") and (siren := normalise_siren(vat[4:])):
        return Party(siren, "FR-RCS")
    return Party(f"VAT|{vat}", "VAT")


def country_of(code: str | None) -> str | None:
    """Two letters for an ISO country code of two or three letters; Greece may come as EL, the United Kingdom as UK."""
    told = (code or "").strip().upper()
    told = ALPHA_2.get(told, {"EL": "GR", "UK": "GB"}.get(told, told))
    return told if re.fullmatch(r"[A-Z]{2}", told) else None


def read_eur(amount: float | None, currency: str | None = "EUR") -> float | None:
    """An amount in EUR that can be one; other currencies are not converted."""
    believed = amount is not None and currency == "EUR" and LEAST_EUR <= amount < MOST_EUR
    return amount if believed else None


def read_months(months: float | None) -> int | None:
    """A duration in whole months, 1 to 600."""
    return int(months) if months is not None and 1 <= months <= LONGEST_MONTHS else None


def read_cpv(text: str | None) -> str | None:
    """Eight digits of the Common Procurement Vocabulary, without the check digit; a lost leading zero is put back."""
    told = (text or "").strip()
    found = CPV.fullmatch(told if not re.fullmatch(r"[0-9]{7}", told, re.ASCII) else f"0{told}")
    return found[1] if found else None


def rows_of(
    contract: Contract,
    party: ContractParty,
    units: Iterable[tuple[Party | None, str | None, str | None, float | None]],
) -> list[Row]:
    """One row for each identified unit of (identifier, country, buyer's name, amount); one named twice is one."""
    rows: dict[str, dict[str, Any]] = {}
    for unit, country, name, amount in units:
        if unit is None:
            continue
        key = f"{contract.key}|{party.value}|{unit.key}"
        row = rows.setdefault(
            key,
            {
                "source": contract.source,
                "source_key": key,
                "contract_key": contract.key,
                "unit_key": unit.key,
                "unit_scheme": unit.scheme,
                "party": party.value,
                "stage": contract.stage.value,
                "buyer_name": name[:500] if name and party is ContractParty.BUYER else None,
                "country_code": country,
                "cpv_code": contract.cpv_code,
                "amount_eur": None,
                "duration_months": contract.duration_months,
                "tenders_count": contract.tenders_count,
                "awarded_on": contract.awarded_on,
                "published_on": contract.published_on,
            },
        )
        if amount is not None:
            row["amount_eur"] = (row["amount_eur"] or 0.0) + amount
    return list(rows.values())
