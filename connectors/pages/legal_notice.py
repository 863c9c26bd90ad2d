"""The parts of a legal notice: whose lines are the publisher's, the host's, the agency's, the mediator's."""

import re
from collections.abc import Sequence

from schemas.page_text import Line, NoticePart

OTHERS = re.compile(
    r"h[ée]berg|\bhosting|\bhosted by|\bhost\b|\bhoster\b|alojamiento|alojado|conception|r[ée]alis(?:ation|"
    r"[ée])|d[ée]velopp(?:ement|[ée]) (?:du site|par|et)|cr[ée]ation (?:du site|graphique|et)|cr[ée][ée] "
    r"par|"
    r"web\s?agency|agence (?:web|digitale|de communication)|webmaster|webdesign|\bcr[ée]dits?\b|"
    r"design\s?(?::|by|par)|m[ée]diat(?:eur|ion)|prestataire|infogérance|maintenance du site|site "
    r"r[ée]alis[ée]|"
    r"powered by|mise en page|photograph|sous-trait|partenaires?\b|assur(?:eur|ance)|umsetzung|gestaltung|"
    r"programmierung|realisierung|streitbeilegung|cnil\b|google (?:analytics|inc|llc|ireland)|propulsé par|"
    r"registrar|nom de domaine|messagerie|\bDNS\b|\bCDN\b|certificat",
    re.IGNORECASE,
)
OWN = re.compile(
    r"[ée]dit(?:eur|ion|[ée] par)|propri[ée]taire|raison sociale|d[ée]nomination|mentions l[ée]gales|"
    r"pr[ée]sentation (?:du site|de (?:la soci[ée]t[ée]|l['’]entreprise))|qui sommes|identit[ée]|"
    r"identification|"
    r"informations? (?:l[ée]gales?|soci[ée]t[ée]|sur l['’]entreprise)|si[èe]ge social|soci[ée]t[ée]\s*:|"
    r"publisher|legal (?:notice|information)|company (?:information|details)|impressum|angaben gem|"
    r"anbieter|verantwortlich|aviso legal|titular|"
    r"directeur|directrice|responsable (?:de |éditorial)|publication|contact|coordonn[ée]es|l['’]entreprise|le site",
    re.IGNORECASE,
)
INLINE_OTHER = re.compile(
    r"\b(?:h[ée]berg(?:é|e|ement|eur)\w*|hosted by|hosting|hoster|conception|r[ée]alisation|r[ée]alis[ée] "
    r"par|cr[ée][ée] par|d[ée]velopp[ée] par|webdesign|agence web|m[ée]diateur|design by|alojado|nom de "
    r"domaine|messagerie|registrar|administrés? par|stock[ée]e?s? par)\b",
    re.IGNORECASE,
)


def notice_parts(lines: Sequence[Line]) -> list[NoticePart]:
    """Each line of a notice with its section; from `hébergé par` on, a line speaks of somebody else."""
    parts: list[NoticePart] = []
    own, section = True, ""
    for line in joined_cells(lines):
        if line.zone in ("nav", "choice", "quote"):
            continue
        label = line.text if _is_label(line) else None
        if label is not None:
            section = label
            # `Édition et hébergement` opens with the publisher; the host follows under its own words
            own = not OTHERS.search(label) or bool(OWN.search(label[: max(1, OTHERS.search(label).start())]))  # type: ignore[union-attr]
        cut = INLINE_OTHER.search(line.text) if label is None else None
        if cut and own:
            head, tail = line.text[: cut.start()], line.text[cut.start() :]
            back = re.search(
                r"(?:\.\s|\|\s|\s[–—-]\s)(?=[^.|]{0,60}(?:[ée]dit[ée]|[ée]diteur|SIRET|directeur de la publication))",
                tail,
                re.IGNORECASE,
            )
            if head.strip(" -–|.,"):
                parts.append(_part(line, head, True, section))
            parts.append(_part(line, tail[: back.start()] if back else tail, False, section))
            if back:
                parts.append(_part(line, tail[back.start() :], True, section))
            own = own and len(line.text) > 120  # a short `Hébergé par OVH` line opens the host's address
            continue
        if (
            not own
            and label is None
            and re.match(
                r"(?:[ée]diteur|raison sociale|publisher|directeur de (?:la )?publication|responsable de "
                r"(?:la )?publication|©|copyright)",
                line.text,
                re.IGNORECASE,
            )
        ):
            own = True
        parts.append(_part(line, line.text, own, section))
    return parts


def _is_label(line: Line) -> bool:
    text = line.text
    if line.is_heading and len(text) <= 120:
        return True
    bare = len(text) <= 60 and not re.search(r"\d{3}", text)
    return (
        bare
        and (text.endswith(":") or bool(re.fullmatch(r"(?:\d{1,2}[.)]?\s*[-–.]?\s*)?[^.:;,]{3,60}", text)))
        and bool(OTHERS.search(text) or OWN.search(text))
        and not re.search(r"\b(?:est|is)\b", text)
    )


def _part(line: Line, text: str, is_own: bool, section: str) -> NoticePart:
    return NoticePart(text, is_own, section, line.text[:400], line.place)


def joined_cells(lines: Sequence[Line]) -> list[Line]:
    """A table's or a definition list's label and its value as one line: `Capital social : 1 000 €`."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is not None and LABELS.get(before.markup) == line.markup and len(before.text) < 60:
            joined[-1] = before._replace(text=f"{before.text.rstrip(' :')} : {line.text}", markup=line.markup)
        elif (
            before is not None
            and before.markup in ("td", "dd")
            and line.markup == before.markup
            and " : " in before.text
            and len(line.text) < 90
        ):
            joined[-1] = before._replace(
                text=f"{before.text}, {line.text}"
            )  # an address over several lines of one cell
        else:
            joined.append(line)
    return joined


LABELS = {"th": "td", "dt": "dd"}
