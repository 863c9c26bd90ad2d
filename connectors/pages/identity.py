"""The numbers of a legal notice (SIREN, SIRET, VAT, LEI) and whose they are: publisher, host or web agency.

French law (LCEN, article 6 III) makes a site tell its publisher's and its host's name and number on one page, so a
number without its paragraph's word is worth nothing. A quote begins at the number's label: what stands before it may
name a person (the director of publication).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from connectors.hostile_text import clean_name
from schemas.identifiers import normalise_lei, normalise_siren, normalise_siret, normalise_vat
from schemas.provenance import QUOTE_LIMIT
from schemas.vocabulary import SiteParty

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
SILENT = frozenset({"script", "style", "template", "noscript", "svg", "select", "option"})
MOST_LINES = 4_000
LONGEST_LINE = 3_000
LONGEST_HEADING = 90
LABEL_REACH = 90  # characters before a number in which its label stands
# Words that say whose the numbers behind them are, folded; the last one before a number counts.
PARTIES: tuple[tuple[SiteParty, re.Pattern[str]], ...] = tuple(
    (party, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for party, words in (
        (SiteParty.HOST, r"h[ée]berg[a-zéè]{1,8}|hosting|hosted by|host(?: provider)?\b|provedor|alojamiento|alojado"),
        (
            SiteParty.AGENCY,
            r"conception(?: graphique)?|r[ée]alisation|r[ée]alis[ée] par|cr[ée]ation (?:du|de ce|graphique)|webmaster"
            r"|d[ée]veloppement|agence web|cr[ée]dits?\b|website by|designed by|developed by|web ?design|umsetzung"
            r"|gestaltung|dise[ñn]o",
        ),
        (
            SiteParty.PUBLISHER,
            r"[ée]diteur|[ée]dit[ée]e? par|propri[ée]taire|publisher|published by|site (?:owner|operator)|anbieter"
            r"|herausgeber|diensteanbieter|betreiber|titular|responsable del sitio",
        ),
    )
)
# A heading on another subject ends a paragraph about the host; numbers below it are nobody's that we know.
OTHER_HEADING = re.compile(
    r"propri[ée]t[ée] intellectuelle|donn[ée]es personnelles|cookies|m[ée]diat|responsabilit|privacy|datenschutz"
    r"|haftung|streitschlichtung|protecci[óo]n de datos|cr[ée]dit photo|assur|d[ée]l[ée]gu[ée] [àa] la protection",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"\b(?:sirene?|siret|r\.?\s?c\.?\s?s\b\.?|registre du commerce|immatricul[a-zé]{1,8}|trade register|tva|vat"
    r"|intracom[a-z]{0,12}|ust\.?-?\s?id|umsatzsteuer|n\.?i\.?f\b\.?|c\.?i\.?f\b\.?|lei|num[ée]ro d.identification)",
    re.IGNORECASE,
)
OF_NINE = re.compile(r"sirene?\b|r\.?\s?c\.?\s?s\b", re.IGNORECASE)
REGISTER_BEHIND = re.compile(r"[\s.,:(\-–]{0,6}r\.?\s?c\.?\s?s\b", re.IGNORECASE)  # `552 032 534 RCS Nanterre`
DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ .\u00a0\u202f\u2009\-]?[0-9]){8,15}(?![0-9])")
VAT = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}(?:[ .\u00a0\u202f]?[0-9A-Z]){7,13}(?![0-9A-Za-z])")
LEI = re.compile(r"(?<![0-9A-Za-z])[A-Z0-9]{18}[0-9]{2}(?![0-9A-Za-z])")
FRENCH_VAT = re.compile(r"(?<![0-9A-Za-z])FR[ .\u00a0\u202f]?[0-9A-Z]{2}(?:[ .\u00a0\u202f]?[0-9]){9}(?![0-9])")
# A company's name is kept with its legal form only: without one it could be a person's.
LEGAL_FORM = (
    r"(?:S\.?A\.?S\.?U?\.?|S\.?A\.?R\.?L\.?|S\.?A\.?|S\.?C\.?A\.?|S\.?N\.?C\.?|S\.?E\.?|E\.?U\.?R\.?L\.?|SCOP|GIE|GmbH"
    r"(?: & Co\.? KG)?|AG|KGaA|Ltd\.?|Limited|PLC|Plc|LLP|Inc\.?|B\.?V\.?|N\.?V\.?|S\.?p\.?A\.?"
    r"|S\.?r\.?l\.?|S\.?L\.?U?\.?)"
)
WORD = r"[A-ZÀ-ÖØ-Þ0-9][\w&'’.\-]{0,40}"
NAME = rf"{WORD}(?: (?:{WORD}|&|de|du|des|et|la|le|les|of|and|und|der|y|del)){{0,7}}?"
NAME_THEN_FORM = re.compile(rf"(?<![\w.])(?P<name>{NAME})[ ,]{{1,2}}(?:\(?{LEGAL_FORM}\)?)(?![\w])")


@dataclass(frozen=True, slots=True)
class LegalNumber:
    """One identifier of a legal notice: `scheme` FR-RCS, FR-SIRET, VAT or LEI, and the words around it."""

    scheme: str
    value: str
    party: SiteParty
    quote: str


@dataclass(frozen=True, slots=True)
class LegalIdentity:
    """What a legal notice says: numbers of all parties, and the publisher's names with their legal form."""

    numbers: tuple[LegalNumber, ...]
    publisher_names: tuple[str, ...]


def find_legal_identity(soup: BeautifulSoup) -> LegalIdentity:
    """The numbers of a legal notice with the party that each belongs to; each once a party."""
    numbers: dict[tuple[str, str, SiteParty], LegalNumber] = {}
    names: dict[str, None] = {}
    party, before = SiteParty.PUBLISHER, ""
    for line in page_lines(soup):
        turned = _turn(line)
        party = turned or party
        for number in _numbers_in(line, before, party):
            numbers.setdefault((number.scheme, number.value, number.party), number)
        for found in NAME_THEN_FORM.finditer(line):
            if _party_at(line, found.start(), party) is SiteParty.PUBLISHER:
                names.setdefault(clean_name(found[0]), None)
        party = _party_at(line, len(line), party)
        before = line
    return LegalIdentity(tuple(numbers.values()), tuple(names)[:5])


def page_lines(soup: BeautifulSoup) -> list[str]:
    """The visible text, one line a block, blanks squeezed; the page itself is not changed."""
    lines: list[str] = []
    parts: list[str] = []
    for part in _walk(soup):
        if part is None:
            line = " ".join("".join(parts).split())[:LONGEST_LINE]
            parts = []
            if line:
                lines.append(line)
            if len(lines) >= MOST_LINES:
                return lines
        else:
            parts.append(part)
    last = " ".join("".join(parts).split())[:LONGEST_LINE]
    return [*lines, last] if last else lines


def _walk(root: Tag) -> Iterator[str | None]:
    """Texts in their order, None at the border of a block; without recursion, a page may be 500 levels deep."""
    stack: list[Tag | NavigableString | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            yield None
        elif type(node) is NavigableString:
            yield str(node)
        elif isinstance(node, Tag) and node.name not in SILENT:
            inner = [child for child in node.children if isinstance(child, Tag | NavigableString)]
            if node.name in BLOCKS:
                yield None
                stack.append(None)
            stack.extend(reversed(inner))


def _turn(line: str) -> SiteParty | None:
    """The party that a heading-like line begins, or None where the paragraph before goes on."""
    if len(line) <= LONGEST_HEADING and OTHER_HEADING.search(line) and not DIGITS.search(line):
        return SiteParty.UNKNOWN
    return None


def _party_at(line: str, place: int, party: SiteParty) -> SiteParty:
    """Whose a number at this place of a line is: the last party word before it, else the paragraph's."""
    last = -1
    for candidate, words in PARTIES:
        for found in words.finditer(line, 0, place):
            if found.start() > last:
                last, party = found.start(), candidate
    return party


def _numbers_in(line: str, before: str, party: SiteParty) -> Iterator[LegalNumber]:
    for found in DIGITS.finditer(line):
        label = _label(line, before, found)
        if label is None:
            continue
        siren = _first_nine(found[0])
        # behind the word SIREN or RCS five more digits are a postal code, and by chance they may even have the key
        whole = None if OF_NINE.match(line, label) else normalise_siret(found[0])
        number = ("FR-SIRET", whole) if whole else ("FR-RCS", siren) if siren else None
        if number:
            yield _number(*number, line, label, found, party)
    for found in FRENCH_VAT.finditer(line):
        if vat := normalise_vat(found[0]):
            yield _number("VAT", vat, line, found.start(), found, party)
    for pattern, scheme, read, words in (
        (VAT, "VAT", normalise_vat, VAT_LABEL),
        (LEI, "LEI", normalise_lei, LEI_LABEL),
    ):
        for found in pattern.finditer(line):
            start = max(0, found.start() - LABEL_REACH)
            is_named = words.search(line, start, found.start()) or (
                found.start() < 5 and words.search(before[-LABEL_REACH:])
            )
            value = read(found[0]) if is_named and not found[0].startswith("FR") else None
            if value:
                yield _number(scheme, value, line, found.start(), found, party)


VAT_LABEL = re.compile(r"\b(?:tva|vat|ust|umsatzsteuer|intracom|iva|n\.?i\.?f\b|c\.?i\.?f\b)", re.IGNORECASE)
LEI_LABEL = re.compile(r"\b(?:lei|legal entity identifier)\b", re.IGNORECASE)


def _first_nine(text: str) -> str | None:
    """The SIREN of nine digits, or of the first nine of a longer run (`552 032 534 75008 Paris`)."""
    digits = re.sub(r"[^0-9]", "", text)
    return normalise_siren(digits[:9]) if len(digits) in (9, 14) else None


def _label(line: str, before: str, found: re.Match[str]) -> int | None:
    """Where the label of a number begins on its line (0 where it stands on the line before), or None without one."""
    start = max(0, found.start() - LABEL_REACH)
    last = None
    for label in LABEL.finditer(line, start, found.start()):
        last = label.start()
    if last is not None:
        return last
    if REGISTER_BEHIND.match(line, found.end()):
        return found.start()
    is_alone = found.start() <= 3 and LABEL.search(before[-LABEL_REACH:])
    return 0 if is_alone else None


def _number(scheme: str, value: str, line: str, start: int, found: re.Match[str], party: SiteParty) -> LegalNumber:
    return LegalNumber(
        scheme, value, _party_at(line, found.start(), party), clean_name(line[start : found.end()], QUOTE_LIMIT)
    )
