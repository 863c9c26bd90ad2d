"""The accounts file of an invented CRM: exact, misspelt, duplicated and unknown names."""

import csv
import io

from flows.demo.invented import company_number
from flows.demo.world import FRENCH_UNITS, LEI_ENTITIES

HEADER = ("account_id", "name", "country", "city", "postal_code", "national_id", "domain")


def accounts_csv() -> str:
    """Fifteen accounts with a header, comma-separated, the same text every time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([HEADER, *_accounts()])
    return out.getvalue()


def _accounts() -> list[tuple[str, ...]]:
    spaced = _spaced(FRENCH_UNITS["lormancet"].siren)
    return [
        ("A001", "Ancelvaux Énergies", "FR", "Nantes", "44000", FRENCH_UNITS["ancelvaux"].siren, "ancelvaux.example"),
        ("A002", "Ancelveaux Energie", "FR", "Nantes", "44000", "", ""),  # misspelt
        ("A003", "ANCELVAUX ENERGIES SA", "FR", "", "", "", "ancelvaux.example"),  # the first one again
        ("A004", "Lormancet Industrie", "FR", "Lyon", "69003", "", "lormancet.example"),
        ("A005", "LORMANCET INDUSTRIES (SA)", "FR", "LYON", "69003", spaced, ""),  # duplicate, spaced SIREN
        ("A006", "Halquinor SE", "DE", "Bremen", "28195", "", "halquinor.example"),
        ("A007", "Halkinor France", "FR", "Strasbourg", "67000", "", ""),  # misspelt
        ("A008", "Penhallard Group PLC", "GB", "Bristol", "", company_number(LEI_ENTITIES["penhallard"].number), ""),
        ("A009", "Penhalard Logistics Ltd", "GB", "Hull", "HU1 1AA", "", "penhallard.example"),  # misspelt
        ("A010", "Ostrevigne Distribution", "FR", "Lille", "59000", "", "ostrevigne.example"),
        ("A011", "Ostrevine Distribution S.A.", "FR", "Lille", "59000", "", ""),  # misspelt duplicate
        ("A012", "Mirobrac Emballage", "FR", "Bordeaux", "33000", "", ""),
        ("A013", "Sanvadour Santé", "FR", "Toulouse", "31000", "", "sanvadour.example"),
        ("A014", "Tolzenac Ingénierie", "FR", "Pau", "64000", "", "tolzenac.example"),  # unknown
        ("A015", "Brivaudel Textiles GmbH", "DE", "Krefeld", "47798", "", ""),  # unknown
    ]


def _spaced(siren: str) -> str:
    return f"{siren[:3]} {siren[3:6]} {siren[6:]}"
