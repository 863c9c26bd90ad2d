"""Who publishes a site, by its legal notice: its own numbers, never the host's; nothing rather than a guess."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from enrich.person_finder import find_names, read_name
from schemas.identifiers import normalise_siren, normalise_siret, normalise_vat
from schemas.page_text import NoticePart, NumberCandidate

# Sequences that forms print as an example; they pass the Luhn key by chance.
PLACEHOLDERS = frozenset({"123456782", "987654324"})
SIREN_LABEL = re.compile(
    r"siren|siret|r\.?\s?c\.?\s?s|registre d[ue]|immatricul|enregistr|identif|inscri|r[ée]pertoire|"
    r"\bn[°ºo]|num[ée]ro|\bB\s?$|unique|entreprise|\bTVA\b|\bNAF\b|\bRM\b",
    re.IGNORECASE,
)
RCS_AFTER = re.compile(r"^\W{0,4}(?:00\d{3}\W{0,4})?(?:R\.?\s?C\.?\s?S|RM\b|\(?SIREN)", re.IGNORECASE)
NO_NUMBER = re.compile(
    r"(?:t[ée]l(?:[ée]phone)?|fax|phone|mobile|portable|iban|bic|orias|naf|ape|crédit|app(?:el|ele[zr])|"
    r"whatsapp|agr[ée]ment|licence|d[ée]claration d['’]activit[ée]|cnil|"
    r"capital)\W{0,12}(?:n[°o]\W{0,3})?(?:\+\d{2})?\W{0,3}$",
    re.IGNORECASE,
)
VAT_LABEL = re.compile(
    r"umsatzsteuer|steuer|t\.?v\.?a|vat|ust|iva|btw|mwst|intra|n\.?i\.?f|c\.?i\.?f|u\.?i\.?d|nip", re.IGNORECASE
)

CITY = (
    r"[A-ZÀ-ÞŒ][\w'’]+(?:[- ](?:(?:sur|en|de|la|le|les|lès|lez|sous|du|des|d['’]|l['’]|aux?|et|"
    r"[A-ZÀ-Þ][\w'’]*)[- ]?){1,5})?"
)
RCS_CITY = re.compile(
    rf"(?i:\bR\.?\s?C\.?\s?S\.?|registre d[ue] commerce(?: et des soci[ée]t[ée]s)?(?: \(RCS\))?|"
    rf"\bgreffe(?: du tribunal de commerce)?)\b\.?\s?(?i:du greffe|du tribunal de commerce)?\s?(?i:de la "
    rf"ville\s?)?(?i:de |d['’]|du |:|–|-|\()?\s?(?i:n[°o]\s?)?(?:[AB]?\s?[0-9][0-9 "
    rf".\u00a0]{{6,14}}\s?(?:[-–(]|à|de|RCS)?\s?)?(?P<city>{CITY})"
)
RCS_NO_CITY = re.compile(
    r"^(?:sous|num|n°|siren|siret|tva|capital|naf|code|ape|si[èe]ge|le|la|et|au|en|avec|pour|immatricul\w*|"
    r"soci[ée]t[ée]|t[ée]l\w*|email|e-mail|adresse|commerce|greffe|directeur\w*|non|eu|intracom\w*|dont|"
    r"est|b|numero|number|france|paris b)$",
    re.IGNORECASE,
)
CAPITAL = re.compile(
    r"capital(?:\ssocial)?(?:\s(?:variable|fixe|minimum|libéré))?\s?(?:est\s)?(?:de|d['’]un montant de|"
    r"fixé à|:|of|-|–)?\s?(?:(?P<c1>€|EUR|euros?)\s?)?(?P<n>[0-9][0-9 "
    r".,\u00a0\u202f'’]{0,20})\s?(?P<k>[kKmM](?=\s?(?:€|eur))|millions? d['’])?\s?(?P<c2>€|eur(?:os?)?\b|"
    r"chf|usd|\$|£)?",
    re.IGNORECASE,
)
FORMS = (
    (
        re.compile(
            r"soci[ée]t[ée]s?\spar\sactions?\ssimplifi[ée]e?s?\s(?:unipersonnelle|à associé unique)|"
            r"\bS\.?A\.?S\.?U\b\.?",
            re.I,
        ),
        "SASU",
    ),
    (re.compile(r"soci[ée]t[ée]s?\spar\sactions?\ssimplifi[ée]e?s?|\bSAS\b|\bS\.A\.S\b\.?", re.I), "SAS"),
    (
        re.compile(
            r"(?:entreprise|soci[ée]t[ée])\sunipersonnelle\s[àa]\sresponsabilit[ée]\slimit[ée]e|"
            r"soci[ée]t[ée]\s[àa]\sresponsabilit[ée]\slimit[ée]e\s(?:unipersonnelle|à associé unique)|"
            r"\bE\.?U\.?R\.?L\b\.?|\bSARLU\b|\bSARL\sunipersonnelle",
            re.I,
        ),
        "EURL",
    ),
    (
        re.compile(r"soci[ée]t[ée]\scoop[ée]rative\s(?:de production|ouvri[èe]re|et participative)|\bSCOP\b", re.I),
        "SCOP",
    ),
    (re.compile(r"\bSELARL\b", re.I), "SELARL"),
    (re.compile(r"\bSELAS\b", re.I), "SELAS"),
    (re.compile(r"soci[ée]t[ée]\s[àa]\sresponsabilit[ée]\slimit[ée]e|\bS\.?A\.?R\.?L\b\.?", re.I), "SARL"),
    (re.compile(r"soci[ée]t[ée]\sen\snom\scollectif|\bSNC\b", re.I), "SNC"),
    (re.compile(r"soci[ée]t[ée]\scivile\simmobili[èe]re|\bSCI\b"), "SCI"),
    (re.compile(r"soci[ée]t[ée]\seurop[ée]enne", re.I), "SE"),
    (
        re.compile(
            r"soci[ée]t[ée]\sanonyme|\bS\.A\.(?!\w)|\bSA\b(?=\s(?:au capital|à|,|\())|,\s?SA\b|forme "
            r"juridique\s?:?\s?SA\b",
            re.I,
        ),
        "SA",
    ),
    (
        re.compile(
            r"\bassociation\s(?:loi|d[ée]clar[ée]e|r[ée]gie|à but non|sans but|reconnue|\(loi)|forme "
            r"juridique\s?:?\s?association|\bloi (?:du 1er juillet )?1901\b",
            re.I,
        ),
        "Association",
    ),
    (
        re.compile(
            r"\b(?:auto|micro)[- ]?entrepr\w+|entrepreneur\w*\sindividuel\w*|entreprise\sindividuelle|"
            r"\bE\.?I\.?R\.?L\b|profession lib[ée]rale|\bEI\b(?=[\s,.)]|$)",
            re.I,
        ),
        "Entrepreneur individuel",
    ),
    (re.compile(r"\bG\.?I\.?E\b"), "GIE"),
    (re.compile(r"\bGmbH\s?&\s?Co\.?\s?KG\b"), "GmbH & Co. KG"),
    (re.compile(r"\bGmbH\b|Gesellschaft mit beschränkter Haftung"), "GmbH"),
    (re.compile(r"\bUG\s?\(haftungsbeschränkt\)"), "UG"),
    (re.compile(r"\bAG\b(?![- ]?\d)|Aktiengesellschaft"), "AG"),
    (
        re.compile(r"\bSp\.?\s?z\s?o\.?\s?o\b\.?|sp[oó][łl]ka z ograniczon[aą] odpowiedzialno[śs]ci[aą]", re.I),
        "Sp. z o.o.",
    ),
    (re.compile(r"\bS\.?L\.?U\b\.?"), "SLU"),
    (re.compile(r"\bS\.L\.|,\s?S\.?L\b|Sociedad Limitada", re.I), "SL"),
    (re.compile(r"\bSRL\b|\bS\.r\.l\b\.?", re.I), "SRL"),
    (re.compile(r"\bB\.?V\b\.?(?=[\s,)]|$)"), "BV"),
    (re.compile(r"\b(?:Private )?Limited\b(?! (?:to|by|liability|warranty))|\bLtd\b\.?", re.I), "Ltd"),
    (re.compile(r"\bLLC\b|\bL\.L\.C\b"), "LLC"),
    (re.compile(r"(?<=[\w,] )Inc\b\.?"), "Inc."),
)
FORM_WORD = (
    r"(?:SASU|SAS|S\.A\.S\.U?\.?|SARLU?|S\.A\.R\.L\.?|EURL|E\.U\.R\.L\.?|SA|S\.A\.|SNC|SCI|SCOP|SELARL|"
    r"SELAS|GIE|SE|GmbH(?: & Co\.? KG)?|AG|UG|Ltd\.?|LLC|Inc\.?|SRL|S\.L\.U?\.?|SL|BV|NV|Sp\. z o\.o\.|"
    r"[Ss]oci[ée]t[ée] (?:par [Aa]ctions [Ss]implifi[ée]e|[àa] [Rr]esponsabilit[ée] [Ll]imit[ée]e|"
    r"[Aa]nonyme|en [Nn]om [Cc]ollectif)|[Aa]ssociation|[Ee]ntreprise [Ii]ndividuelle|[Aa]uto-?entrepr\w+|"
    r"[Mm]icro-?entrepr\w+)"
)
SHORT_FORM = re.compile(rf"^[A-ZÀ-Þ][^.:;]{{1,50}}\s{FORM_WORD}$")
NAME_BEFORE_FORME = re.compile(
    r"(?:^|\.\s)(?P<name>[A-ZÀ-Þ0-9][A-ZÀ-Þ0-9&' .-]{2,60}?)\.\s(?:Forme|Sigle|Capital|Adresse|Administration)\b"
)
NAME_LABEL = re.compile(
    r"^\W{0,3}(?:raison sociale|d[ée]nomination(?: sociale| commerciale)?|nom (?:de (?:la soci[ée]t[ée]|"
    r"l['’]entreprise)|commercial|de l['’]association|de l['’][ée]diteur)|nom de l['’]entit[ée]|"
    r"soci[ée]t[ée]|[ée]diteur(?: du site)?(?: internet)?|propri[ée]taire(?: du site)?|entreprise|"
    r"company(?: name)?|publisher|legal name|raz[oó]n social|denominaci[oó]n(?: social)?|titular|firma|"
    r"anbieter|unternehmen|nom)\s?(?:\(\w+\)\s?)?[:：]\s?(?P<name>.{2,120})",
    re.IGNORECASE,
)
NAME_IN_PROSE = re.compile(
    r"(?:[ée]dit[ée]\w*(?: et (?:exploit|g[ée]r|publi)[ée]\w*)? par|publi[ée]\w* par|est (?:la |une "
    r")?propri[ée]t[ée] (?:exclusive )?de|propri[ée]t[ée] exclusive de|exploit[ée]\w* par|published by|"
    r"operated by|owned by|betrieben von|propiedad de|titularidad de)\s?:?\s?(?:la |l['’]|le |the "
    r")?(?:soci[ée]t[ée]|entreprise|association|company|sas|sarl|eurl|sasu|soci[ée]t[ée] par actions "
    r"simplifi[ée]e|agence|cabinet|empresa|sociedad|firma)?\s?(?P<name>[^.;\n]{2,100})",
    re.IGNORECASE,
)
NAME_BEFORE_FORM = re.compile(
    rf"^(?:©|\(c\)|copyright)?\s?(?:\d{{4}}\s?(?:[-–]\s?\d{{4}})?)?\s?(?:la soci[ée]t[ée]\s|"
    rf"soci[ée]t[ée]\s)?(?P<name>[A-ZÀ-Þ0-9][^,;:|–—()]{{1,60}}?)\s?(?:,|\(|–|—|-|\s)\s?(?:une?\s|"
    rf"est\sune?\s)?{FORM_WORD}(?=[\s,.)]|$)"
)
COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\s?(?:copyright)?\s?(?:\d{4}\s?(?:[-–]\s?\d{4})?)?\s?(?:by |par "
    r")?(?P<name>[A-ZÀ-Þ][\w&.'’ -]{1,50}?)(?=\s?(?:[-–—|.,]|tous|all rights|$))",
    re.IGNORECASE,
)
PUBLISHER_HEADING = re.compile(
    r"[ée]diteur|propri[ée]taire|publisher|raison sociale|impressum|titular|anbieter|identit[ée]|qui "
    r"sommes|angaben gem",
    re.IGNORECASE,
)
NAME_END = re.compile(
    rf"\s?(?:,|\(|\s[–—-]\s|\||\bau capital|\bdont\b|\bsise?\b|\bayant\b|\bimmatricul|\binscrit|\bdomicili|"
    rf"\bsitu[ée]|\brepr[ée]sent|\bci-apr|\bdans le\b|\bd[ée]clar|\bqui\b|\b(?:est|is|and|et)\b(?= (?:une?|"
    rf"the|la|le|h[ée]berg))|\bavec\b|\bsous\b|\bsiren\b|\bsiret\b|\bRCS\b|\benregistr|\btelephone|"
    rf"\bt[ée]l\b|\bforme\b|\bune? (?:soci|entre|asso)|\bwhose\b|\bwith\b|\bhttps?:|\s{FORM_WORD}(?=[\s,.]|"
    rf"$))",
)
PLACEHOLDER = re.compile(
    r"[\[\]{}<>]|compl[ée]ter|\bxxx|\.\.\.|…|lorem|votre |your |example|exemple|\bto be\b|\bnom de\b|non "
    r"renseign|en cours|\bTBD\b|_{2,}",
    re.IGNORECASE,
)
LOWER_CITY = r"[a-zà-ÿ][a-zà-ÿ'’-]+(?: [a-zà-ÿ'’-]+){0,4}(?=\.|,|$)"
POSTCODE_FR = re.compile(
    rf"(?<![0-9])(?:F[- ]?)?(?P<code>(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{{3}})\s?[-–,]?\s?(?P<city>{CITY}(?: "
    rf"?\d{{1,2}}(?:er|e|ème)?(?= arr))?|{LOWER_CITY})"
)
POSTCODE_4 = re.compile(
    r"(?:,|–|-|\s)\s?(?:[BLA]|CH|BE|LU|AT|NL)?[- "
    r"]?(?P<code>[1-9][0-9]{3})\s(?P<city>[A-ZÀ-Þ][\w'’-]+(?:[- ][A-ZÀ-Þ][\w'’-]+){0,3})(?=\s?(?:,|\(|$|–|"
    r"-|\.))"
)
POSTCODE_DE = re.compile(
    r"(?<![0-9])(?:D[- ]?)?(?P<code>[0-9]{5})\s(?P<city>[A-ZÄÖÜ][\wäöüß.-]+(?: (?:am|an der|bei|im|ob der|"
    r"[A-ZÄÖÜ][\wäöüß-]+)){0,3})"
)
POSTCODE_PL = re.compile(r"(?<![0-9])(?P<code>[0-9]{2}-[0-9]{3})\s(?P<city>[A-ZŁŚŻŹĆ][\w-]+(?: [A-ZŁŚŻŹĆ][\w-]+){0,2})")
ADDRESS_WORD = re.compile(
    r"\b(?:si[èe]ge|adresse|address|sise?|domicili|situ[ée]|rue|avenue|av\.|bd|boulevard|place|chemin|"
    r"route|impasse|all[ée]e|quai|cours|zone|z\.?a\.?c?|z\.?i|lieu[- ]dit|b\.?p|cs|stra(?:ss|ß)e|str\.|weg|"
    r"platz|calle|ul\.|domicilio|square|passage|parc|faubourg|villa|bâtiment)\b",
    re.IGNORECASE,
)
COUNTRY_FOLLOWS = re.compile(
    r"(?:belgique|belgium|suisse|switzerland|luxembourg|schweiz|österreich|austria|pays-bas|netherlands|belgië)",
    re.IGNORECASE,
)
DIRECTOR = re.compile(
    r"(?:(?:co-?)?direct(?:eur|rice)s?\s(?:de\s(?:la\s)?|du\s)?(?:publications?|r[ée]daction|site|"
    r"contenu)|responsable\s(?:de\s(?:la\s)?|du\s)?(?:publications?|r[ée]daction|site|contenu|"
    r"[ée]ditorial\w*)(?:\sdu\ssite)?|responsable l[ée]gal|publication director|publishing director|"
    r"editor[- ]in[- ]chief)",
    re.IGNORECASE,
)
REPRESENTATIVE = re.compile(
    r"(?:repr[ée]sent[ée]e?(?:\sl[ée]galement)?\spar|repr[ée]sentante?\sl[ée]gale?|g[ée]rante?s?|"
    r"pr[ée]sidente?|dirigeante?|directeur g[ée]n[ée]ral|directrice g[ée]n[ée]rale|"
    r"gesch[äa]ftsf[üu]hr(?:er|erin|ung)|vertreten durch|vertretungsberechtigt\w*|inhaber(?:in)?|"
    r"administrador(?:a)?|representante legal|legal representative|managing director|director|owner|"
    r"propri[ée]taire)(?:\set\s\w+)?\s?(?:\([^)]{0,30}\))?\s?(?::|est\b|par\b|,|–|-|\s)",
    re.IGNORECASE,
)
REGISTERS = (
    re.compile(r"\bHR\s?[AB]\s?[0-9]{2,6}(?:\s?[A-Z]{1,2}\b)?"),
    re.compile(r"\bKRS\s?:?\s?(?:nr\s?)?[0-9]{10}"),
    re.compile(
        r"\b(?:BCE|KBO|Banque[- ]Carrefour[^0-9]{0,30})\s?(?:n[°o])?\s?:?\s?(?P<n>0?[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3})"
    ),
    re.compile(r"\bCHE-?[0-9]{3}\.[0-9]{3}\.[0-9]{3}"),
    re.compile(r"\bKvK[^0-9]{0,20}[0-9]{8}", re.IGNORECASE),
    re.compile(
        r"\b(?:company|registration) (?:number|no\.?|reg\w*)\s?:?\s?(?P<n>(?:SC|NI|OC)?[0-9]{6,8})\b", re.IGNORECASE
    ),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of the identity with its proof."""

    value: str | float | int
    quote: str
    place: str


def find_identity(
    parts: Sequence[NoticePart], numbers: Sequence[NumberCandidate], page_title: str | None = None
) -> dict[str, Fact]:  # fmt: skip
    """The publisher's identity by field.

    Fields: name, legal_form, siren, siret, vat, rcs_city, capital, postcode, city, director, register.

    Args:
        parts: the notice's parts with their owner (`connectors.pages.legal_notice`).
        numbers: candidates of numbers on them (`connectors.pages.legal_numbers`).
        page_title: the page's `<title>`, the last hint for the name.
    """
    own = [part for part in parts if part.is_own]
    facts: dict[str, Fact] = {}
    facts |= _numbers([number for number in numbers if number.is_own])
    for name, finder in (
        ("rcs_city", _rcs_city),
        ("capital", _capital),
        ("legal_form", _legal_form),
        ("director", _director),
        ("register", _register),
    ):
        if found := finder(own):
            facts[name] = found
    facts |= _address(own)
    if told := _name(own, page_title):
        facts["name"] = told
    return facts


# -- numbers -------------------------------------------------------------------------------------------------------
def _is_placeholder(siren: str) -> bool:
    return siren in PLACEHOLDERS or len(set(siren)) <= 2


def _siren_of(number: NumberCandidate) -> str | None:
    """The SIREN that a candidate stands for, or None when its label or its key says that it is none."""
    digits = re.sub(r"[^0-9]", "", number.text)
    labelled = bool(SIREN_LABEL.search(number.before[-60:]) or RCS_AFTER.search(number.after))
    if number.kind == "vat":
        if not number.text.startswith("FR") or normalise_vat(number.text) is None:
            return None
        siren = normalise_siren(re.sub(r"[^0-9A-Z]", "", number.text)[4:])
    elif number.kind == "siret":
        siren = (
            normalise_siren(digits[:9])
            if normalise_siret(digits) or (labelled and normalise_siren(digits[:9]))
            else None
        )
        if not labelled and not re.search(r"siret|siren", number.section, re.IGNORECASE):
            siren = siren if normalise_siret(digits) else None
    else:
        if NO_NUMBER.search(number.before[-40:]) or not labelled:
            return None
        siren = normalise_siren(digits)
    return None if siren is None or _is_placeholder(siren) else siren


def _numbers(numbers: Sequence[NumberCandidate]) -> dict[str, Fact]:
    proofs: dict[str, list[NumberCandidate]] = {}
    for number in numbers:
        if siren := _siren_of(number):
            proofs.setdefault(siren, []).append(number)
    facts: dict[str, Fact] = {}
    if proofs:
        votes = Counter(
            {
                siren: len({n.kind for n in own}) * 2 + sum(bool(PUBLISHER_HEADING.search(n.section)) for n in own)
                for siren, own in proofs.items()
            }
        )
        best = max(proofs, key=lambda siren: (votes[siren], -list(proofs).index(siren)))
        first = proofs[best][0]
        facts["siren"] = Fact(best, first.quote, first.place)
        for number in proofs[best]:
            digits = re.sub(r"[^0-9]", "", number.text)
            if number.kind == "siret" and "siret" not in facts and normalise_siret(digits):
                facts["siret"] = Fact(digits, number.quote, number.place)
            if number.kind == "vat" and "vat" not in facts:
                facts["vat"] = Fact(re.sub(r"[^0-9A-Z]", "", number.text), number.quote, number.place)
    if "vat" not in facts:
        for number in numbers:
            compact = re.sub(r"[^0-9A-Z]", "", number.text)
            if (
                number.kind == "vat"
                and not compact.startswith("FR")
                and VAT_LABEL.search(number.before)
                and normalise_vat(compact)
            ):
                facts["vat"] = Fact(compact, number.quote, number.place)
                break
    return facts


# -- words ---------------------------------------------------------------------------------------------------------
def _rcs_city(own: Sequence[NoticePart]) -> Fact | None:
    for part in own:
        for found in RCS_CITY.finditer(part.text):
            city = _tidy_city(found["city"])
            if (
                city[:1].isupper()
                and city
                and not RCS_NO_CITY.match(city)
                and not RCS_NO_CITY.match(city.split()[0])
                and not PLACEHOLDER.search(part.text[max(0, found.start() - 3) : found.end() + 3])
            ):
                return Fact(city, part.quote, part.place)
    return None


def _tidy_city(text: str) -> str:
    text = re.split(
        r"\s(?:CEDEX|Cedex|cedex)\b|\s[-–]\s|\s(?:sous|au|France|FRANCE|Tel|Tél|SIRET|SIREN|RCS|TVA|"
        r"Siège|SIÈGE|SIEGE|Siege|Adresse|Siret|Siren|Capital|capital|Code|NAF|APE|le|et|avec|B|A|N)\b|"
        r"\s[-–]",
        text,
    )[0]
    text = re.sub(r"(?:[- ](?:de|la|le|les|du|des|en|sur|sous|et|au|aux|d['’]|l['’]))+$", "", text.strip())
    return text.title() if text.isupper() and len(text) > 3 else text.strip(" -,.")


def _capital(own: Sequence[NoticePart]) -> Fact | None:
    for part in own:
        for found in CAPITAL.finditer(part.text):
            if not (found["c1"] or found["c2"]) and not re.search(
                r"capital(?:\ssocial)?\s?(?::|de)?\s?$", part.text[: found.start("n")], re.IGNORECASE
            ):
                continue
            value = _amount(found["n"])
            if value is None or value == 0:
                continue
            if found["k"]:
                value *= 1_000 if found["k"].lower() == "k" else 1_000_000
            return Fact(int(value) if value == int(value) else value, part.quote, part.place)
    return None


def _amount(text: str) -> float | None:
    """`4 000 000`, `24.000`, `10.000,50`, `1,000.00`: the last sign with two digits behind it divides the cents."""
    text = re.sub(r"[\s\u00a0\u202f'’]", "", text).strip(".,")
    cents = re.search(r"[.,](\d{1,2})$", text)
    whole = re.sub(r"[.,]", "", text[: cents.start()] if cents else text)
    if not whole.isdigit() or len(whole) > 14:
        return None
    return float(f"{whole}.{cents[1] if cents else 0}")


def _legal_form(own: Sequence[NoticePart]) -> Fact | None:
    for part in own:  # a label or a capital says that the form is meant
        if (
            SHORT_FORM.search(part.text)
            or re.search(
                r"forme juridique|forme\s?:|statut(?: juridique)?\s?:|rechtsform|capital|[ée]dit[ée]|"
                r"raison sociale|soci[ée]t[ée]\s?:|RCS|SIRE[NT]|©",
                part.text,
                re.IGNORECASE,
            )
            or PUBLISHER_HEADING.search(part.section)
        ):
            best = min(
                (
                    (found.start(), rank, label)
                    for rank, (pattern, label) in enumerate(FORMS)
                    if (found := pattern.search(part.text))
                ),
                default=None,
            )
            if (
                best
                and len(part.text) < 1200
                and not re.search(r"h[ée]berg", part.text[: best[0]], re.IGNORECASE)
                and not PLACEHOLDER.search(part.text[max(0, best[0] - 12) : best[0] + 10])
            ):
                return Fact(best[2], part.quote, part.place)
    return None


def _director(own: Sequence[NoticePart]) -> Fact | None:
    for pattern in (DIRECTOR, REPRESENTATIVE):
        for index, part in enumerate(own):
            if pattern is REPRESENTATIVE and len(part.text) > 600:
                continue
            headed = (
                pattern is DIRECTOR
                and not pattern.search(part.text)
                and bool(DIRECTOR.search(part.section))
                and len(part.text) < 120
            )
            found = pattern.search(part.text)
            if not found and not headed:
                continue
            tail = part.text[found.end() : found.end() + 140] if found else part.text
            names = [
                m
                for m in find_names(tail)
                if len(m.name.split()) >= 2 and (m.is_known or m.has_honour or pattern is DIRECTOR)
            ]
            if names and names[0].start < 70:
                return Fact(names[0].name, part.quote, part.place)
            if len(tail.strip(" :.")) < 3 and index + 1 < len(own) and (name := read_name(own[index + 1].text)):
                return Fact(name.name, own[index + 1].quote, own[index + 1].place)
    return None


def _register(own: Sequence[NoticePart]) -> Fact | None:
    for part in own:
        for pattern in REGISTERS:
            if found := pattern.search(part.text):
                groups = found.groupdict()
                return Fact(groups.get("n") or found[0], part.quote, part.place)
    return None


def _address(own: Sequence[NoticePart]) -> dict[str, Fact]:
    """The first own address; one with a label or a street word before it wins over a bare postcode."""
    ranked: list[tuple[int, int, Fact, Fact]] = []
    for index, part in enumerate(own):
        if len(part.text) > 900 or (PLACEHOLDER.search(part.text) and len(part.text) < 60):
            continue
        for pattern in (POSTCODE_FR, POSTCODE_PL, POSTCODE_4, POSTCODE_DE):
            for found in pattern.finditer(part.text):
                before = part.text[max(0, found.start() - 90) : found.start()]
                if re.search(r"RCS|SIRE[NT]|n°\s?$|capital", before[-12:], re.IGNORECASE) or (
                    found[0][0].isdigit() and re.search(r"\d\s?$", before)
                ):
                    continue
                near = before + " " + (own[index - 1].text[-80:] if index and len(part.text) < 60 else "")
                has_word = bool(ADDRESS_WORD.search(near))
                if pattern is POSTCODE_4 and not (
                    has_word
                    and (
                        COUNTRY_FOLLOWS.search(
                            part.text[found.end() : found.end() + 30]
                            + " "
                            + (own[index + 1].text[:30] if index + 1 < len(own) else "")
                        )
                        or re.match(r"\W*(?:[BLA]|CH|BE|LU)-", found[0])
                    )
                ):
                    continue
                if pattern in (POSTCODE_DE, POSTCODE_PL) and not has_word and index > 40:
                    continue
                labelled = bool(re.search(r"si[èe]ge|adresse|address|domicili|sise?\b", near, re.IGNORECASE)) or bool(
                    PUBLISHER_HEADING.search(part.section)
                )
                score = 0 if labelled and has_word else 1 if has_word or labelled else 2
                city = _tidy_city(found["city"])
                if len(city) > 1:
                    ranked.append(
                        (score, index, Fact(found["code"], part.quote, part.place), Fact(city, part.quote, part.place))
                    )
                break
    if not ranked:
        return _city_only(own)
    best = min(ranked, key=lambda row: row[:2])
    return {"postcode": best[2], "city": best[3]}


def _city_only(own: Sequence[NoticePart]) -> dict[str, Fact]:
    for part in own:
        if found := re.search(
            rf"(?:si[èe]ge(?: social)?|adresse|ville|localisation|bas[ée]e? à|situ[ée]e? à)\s?(?::|"
            rf"à)?\s?(?P<city>{CITY})",
            part.text,
        ):
            city = _tidy_city(found["city"])
            if not PLACEHOLDER.search(part.text) and not ADDRESS_WORD.match(city) and len(part.text) < 200:
                return {"city": Fact(city, part.quote, part.place)}
    return {}


def _name(own: Sequence[NoticePart], page_title: str | None) -> Fact | None:
    for finder in (_labelled_name, _prose_name, _name_before_form, _name_before_label, _headed_name, _copyright_name):
        for index, part in enumerate(own):
            name = finder(own, index)
            if name and (shown := _tidy_name(name)):
                return Fact(shown, part.quote, part.place)
    last = (
        re.search(r"(?:FR[0-9A-Z]{2}[0-9]{9}|[0-9]{9,14})\s(?P<name>[A-ZÀ-Þ][A-ZÀ-Þ&' .-]{2,40})$", own[-1].text)
        if own
        else None
    )
    if last and (shown := _tidy_name(last["name"])):
        return Fact(shown, own[-1].quote, own[-1].place)
    pieces = [p.strip() for p in re.split(r"\s[|–—-]\s", page_title or "") if p.strip()]
    rest = [p for p in pieces if not re.search(r"mentions|l[ée]gal|impressum|notice|accueil|home", p, re.IGNORECASE)]
    if rest and len(pieces) > 1:
        return Fact(rest[-1], page_title or "", "title")
    for index, part in enumerate(own):
        if (name := _named_person(own, index)) and (shown := _tidy_name(name)):
            return Fact(shown, part.quote, part.place)
    return None


def _labelled_name(own: Sequence[NoticePart], index: int) -> str | None:
    found = NAME_LABEL.match(own[index].text)
    if found is None or read_name(found["name"], strict=True):
        return None  # a sole trader's own name gives way to the trade name
    return found["name"]


def _named_person(own: Sequence[NoticePart], index: int) -> str | None:
    found = NAME_LABEL.match(own[index].text)
    return found["name"] if found else None


def _name_before_label(own: Sequence[NoticePart], index: int) -> str | None:
    found = NAME_BEFORE_FORME.search(own[index].text)
    return found["name"] if found else None


def _prose_name(own: Sequence[NoticePart], index: int) -> str | None:
    found = NAME_IN_PROSE.search(own[index].text)
    return found["name"] if found and found["name"][:1].strip(' «"“') != "" else None


def _name_before_form(own: Sequence[NoticePart], index: int) -> str | None:
    found = NAME_BEFORE_FORM.match(own[index].text)
    return found["name"] if found and not re.search(r"\b(?:au|par|la|le|une)$", found["name"]) else None


def _headed_name(own: Sequence[NoticePart], index: int) -> str | None:
    part = own[index]
    first = index > 0 and own[index - 1].text == part.section
    if (
        first
        and PUBLISHER_HEADING.search(part.section)
        and len(part.text) <= 70
        and ":" not in part.text
        and not re.search(r"\d{4}", part.text)
    ):
        return part.text
    return None


def _copyright_name(own: Sequence[NoticePart], index: int) -> str | None:
    found = COPYRIGHT.search(own[index].text)
    return found["name"] if found else None


def _tidy_name(text: str) -> str | None:
    text = text.strip(" «»\"“”'’:–-")
    end = NAME_END.search(text)
    if end and end.start() > 1:
        text = text[: end.start()]
    text = text.strip(" «»\"“”'’:–-.,")
    if not 1 < len(text) <= 80 or PLACEHOLDER.search(text) or not re.search(r"[A-Za-zÀ-ÿ]{2}|\d", text):
        return None
    if (
        re.match(
            r"(?:le|la|ce|cette|nous|notre|vous|du site|l['’](?:[ée]diteur|utilisateur|ensemble))\b",
            text,
            re.IGNORECASE,
        )
        and not text[:1].isupper()
    ):
        return None
    return (
        None
        if re.fullmatch(
            r"(?:www\.)?[\w-]+\.(?:fr|com|net|org|eu|be|ch|de|es)|informations?|contact|le site|mentions légales",
            text,
            re.IGNORECASE,
        )
        else text
    )
