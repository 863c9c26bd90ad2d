"""Candidates for who a company is: numbers with their labels, on the parts of a legal notice or of any page's foot."""

import re

from connectors.pages.legal_notice import notice_parts
from connectors.pages.lines import read_lines
from schemas.page_text import NumberCandidate

GAP = r"[\s\u00a0\u202f.·-]?"
NINE = rf"[0-9]{{3}}{GAP}[0-9]{{3}}{GAP}[0-9]{{3}}"
PATTERNS = {
    "siret": re.compile(
        rf"(?<![0-9A-Za-z]){NINE}{GAP}[0-9]{{2}}{GAP}[0-9]{GAP}[0-9]{GAP}[0-9](?![0-9])|"
        rf"(?<![0-9A-Za-z]){NINE}{GAP}(?:[0-9]{{5}}|[0-9]{{3}}{GAP}[0-9]{{2}})(?![0-9])",
        re.ASCII,
    ),
    "vat": re.compile(
        rf"(?<![0-9A-Za-z])(?:FR{GAP}[0-9A-Z]{{2}}{GAP}{NINE}|(?:BE|DE|ES|IT|LU|NL|AT|PT|PL|IE|EL|GB|DK|SE|"
        rf"FI|CZ|RO|HU|SK|SI|HR|BG|EE|LT|LV|CY|MT){GAP}[0-9A-Z](?:{GAP}[0-9A-Z]){{6,11}})(?![0-9A-Za-z])",
        re.ASCII,
    ),
    "siren": re.compile(rf"(?<![0-9A-Za-z+]){NINE}(?![0-9])", re.ASCII),
}
AROUND = 90  # characters before a number that may hold its label


def find_numbers(text: str) -> list[NumberCandidate]:
    """Every run of digits that has the shape of a SIREN, a SIRET or a VAT number, in the page's order."""
    found: list[NumberCandidate] = []
    for part in notice_parts(read_lines(text)):
        if not re.search(r"[0-9]{3}", part.text):
            continue
        taken: list[tuple[int, int]] = []
        for kind, pattern in PATTERNS.items():
            for hit in pattern.finditer(part.text):
                if any(hit.start() < end and start < hit.end() for start, end in taken):
                    continue
                taken.append(hit.span())
                before = part.text[max(0, hit.start() - AROUND) : hit.start()]
                found.append(
                    NumberCandidate(
                        kind,
                        hit[0],
                        before,
                        part.text[hit.end() : hit.end() + 60],
                        part.is_own,
                        part.section,
                        part.quote,
                        part.place,
                    )
                )
    return found
