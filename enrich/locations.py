"""Where a company is, by its pages: countries from addresses, lists, maps' data and prose that speaks of sites."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from schemas.page_text import Line
from schemas.reference import words as reference

SITE = re.compile(
    r"\b(?:offices?|headquarter(?:s|ed)?|head office|facilit(?:y|ies)|plants?|factor(?:y|ies)|sites?|"
    r"stores?|locations?|located|propert(?:y|ies)|warehouses?|branch(?:es)?|showrooms?|premises|"
    r"campus(?:es)?|laborator(?:y|ies)|"
    r"data centers?|distribution cent(?:er|re)s?|cent(?:er|re)s? in|shared service|hubs?|operate[sd]?|"
    r"operations in|operating in|presence|present in|based in|subsidiar(?:y|ies)|affiliates?|entities|"
    r"teams? in|"
    r"implant\w*|si[èe]ges?|bureaux?|usines?|filiales?|magasins?|agences?|boutiques?|entrep[ôo]ts?|"
    r"[ée]tablissements?|pr[ée]sents?|pr[ée]sence|bas[ée]e?s? [àa]|install[ée]e?s? (?:[àa]|en|au)|"
    r"succursales?|points? de vente|ateliers?|"
    r"standorte?|niederlassung\w*|b[üu]ros?|werke?|sitz|filialen?|tochtergesellschaft\w*|vertreten|sedes?|"
    r"oficinas?|f[áa]bricas?|plantas?|tiendas?|filiales|delegacion\w*|presencia|leas(?:e|es|ed|ing)|"
    r"own(?:s|ed)?)\b",
    re.IGNORECASE,
)
SITE_HEADING = re.compile(
    r"\b(?:locations?|offices?|contact|where (?:we are|to find)|find us|our (?:sites|stores|presence|"
    r"address)|address(?:es)?|worldwide|global (?:presence|footprint)|properties|implantations?|adresses?|"
    r"o[ùu] (?:nous|sommes)|nos (?:bureaux|agences|sites|magasins|filiales|usines)|"
    r"coordonn[ée]es|bureaux|standorte?|niederlassungen|kontakt|anschrift|ubicaci[oó]n|oficinas|sedes|"
    r"contacto|d[óo]nde|headquarters|si[èe]ge|visit us|reach us|facilities|subsidiaries|presence|filiales|"
    r"agences|plants|factories|legal notice|mentions|impressum)\b",
    re.IGNORECASE,
)
NO_PRESENCE = re.compile(
    r"\b(?:governed by|laws? of|courts? of|jurisdiction|ship(?:s|ping|ped)? (?:to|in)|deliver(?:y|s|ed|"
    r"ies)? (?:to|in)|livr(?:aison|ons|er|é)\w*|export\w*|customers? (?:in|across|from|throughout)|"
    r"clients? (?:in|dans|en|across|from|à travers)|import\w*|currency|travel|"
    r"patents?|trademarks?|registered in the|made in|born in|manufactured in china by|university|"
    r"universit[ée]|embassy|ministry|h[ée]berg|hosted|hosting|cookies?|google|facebook|privacy shield|gdpr|"
    r"rgpd|data protection|competition from|sold in|sales in|vend(?:u|us|ue)s? (?:dans|en)|"
    r"distributed in|distributors? in|available in|users in|visitors|delivered|expertise in|studied|"
    r"graduat|degree|conference|award|listed on|incorporated in|citizens?|stock exchange|elections?|war in|"
    r"conflict|sanctions?|tariffs?|march[ée] international|international market|registro|handelsregister|"
    r"amtsgericht|registergericht|partners? in|suppliers? in|fournisseurs?)\b",
    re.IGNORECASE,
)
FORMER = re.compile(
    r"\b(?:closed|divested|sold our|exited|withdrew|former|ceased|discontinued|ferm[ée]|c[ée]d[ée]|"
    r"quitt[ée]|plan(?:s|ned)? to open|will open|prochainement|coming soon|except(?:ion)?(?! of))\b",
    re.IGNORECASE,
)
OUTSIDE = re.compile(
    r"\b(?:outside (?:of )?(?:the )?$|other than (?:the )?$|excluding (?:the )?$|except (?:for )?(?:the "
    r")?$|hors (?:de )?(?:la )?$|en dehors (?:de )?(?:la )?$)",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"\b(?:p\.?\s?o\.? box|street|st\.|avenue|ave\.?|road|rd\.?|suite|floor|boulevard|blvd|drive|lane|"
    r"plaza|tower|building|rue|route|chemin|place|quai|all[ée]e|cedex|stra(?:ss|ß)e|str\.|weg|platz|calle|"
    r"via|ul\.|zone|parc|park|n[°o]|b\.?p\.?)\b|\b\d{4,6}\b",
    re.IGNORECASE,
)
STATED = (
    (
        "n_countries",
        re.compile(
            r"\b(?P<n>[0-9]{1,3}|[a-z]{3,6}(?:-[a-z]{3,5})?) (?P<other>other |autres |further "
            r")?(?:different )?(?:countries|pays|l[äa]nder[n]?|pa[íi]ses)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "n_sites",
        re.compile(
            r"\b(?P<n>[0-9]{1,3}(?:[, .\u00a0][0-9]{3})*|[0-9]{1,6}) (?P<other>)(?:[a-z]{3,14} "
            r"){0,2}(?:sites?|stores?|locations?|offices?|plants?|facilities|factories|magasins|agences|"
            r"bureaux|implantations?|usines|[ée]tablissements|branches|centers?|centres?|standorten?|"
            r"oficinas|tiendas|retail units|restaurants|hotels|clinics|boutiques|points de vente)\b",
            re.IGNORECASE,
        ),
    ),
)
MARKETING = re.compile(
    r"\b(?:clients?|customers?|users?|export\w*|livr\w*|ship\w*|partners?|partenaires?|distribu\w*|"
    r"visitors?|sold|vend\w*)\b",
    re.IGNORECASE,
)
MANY = re.compile(
    r"\b(?:outside (?:of )?the (?:u\.s\.|united states)|international(?:ly)? (?:locations|sites|operations|"
    r"subsidiaries)|worldwide|other countries|throughout the world|dans le monde|weltweit|en todo el mundo|"
    r"non-u\.s\.)",
    re.IGNORECASE,
)
WORD_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "twenty": 20, "thirty": 30, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "zwei": 2, "drei": 3, "dos": 2,
}  # fmt: skip
LONGEST_LIST_LINE = 60  # characters of a line that only names a place
SELECTOR = 45  # countries in one run of bare names: a list to choose from, no presence
CAPITAL = re.compile(r"[A-ZÀ-Þ]")


@dataclass(frozen=True, slots=True)
class Place:
    """One mention of a country as a place of the company."""

    country: str
    kind: str  # address, list, map, prose
    key: str  # equal = the same site
    quote: str
    place: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Countries with the number of sites counted (None: named without a count), and what a page states in all."""

    countries: dict[str, int | None]
    multinational: bool
    n_countries: int | None
    n_sites: int | None
    proofs: tuple[Place, ...]


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(reference.country_words(), key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(re.escape(name) for name in names) + r")(?![\w-])", re.IGNORECASE)


@cache
def _states() -> re.Pattern[str]:
    names = sorted(reference.us_states().values(), key=len, reverse=True)
    codes = "|".join(sorted(reference.us_states()))
    return re.compile(
        rf"(?<![\w-])(?:(?P<name>{'|'.join(names)})|[A-Z][\w.' -]{{2,30}}, (?P<code>{codes})(?=\s+\d{{5}}|"
        rf"\s*(?:[;.,)]|$| and )))(?![\w-])"
    )


@cache
def _city_pattern() -> re.Pattern[str]:
    names = sorted(reference.world_cities(), key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(re.escape(name) for name in names) + r")(?![\w-])", re.IGNORECASE)


def find_presence(lines: Sequence[Line], maps: Sequence[Line] = (), own_names: str = "") -> Presence:
    """Where the company is.

    Args:
        lines: the page's lines.
        maps: the countries of places that scripts carry.
        own_names: the page's title; a country inside the company's own name is no presence.
    """
    places = [
        Place(code, "map", f"map {line.number}", line.text, line.place)
        for line in maps
        if (code := country_of(line.text))
    ]
    heading = ""
    kept = [line for line in lines if line.zone not in ("nav", "choice", "quote")]
    runs = _selector_runs(kept)
    us_states = 0
    for index, line in enumerate(kept):
        if line.is_heading or (len(line.text) < 45 and SITE_HEADING.search(line.text)):
            heading = line.text
        if index in runs or re.search(r"h[ée]berg|hosting|hosted", heading, re.IGNORECASE):
            continue
        is_footer = line.zone == "footer"
        places += _of_line(line, heading, own_names, is_footer=is_footer)
        us_states += _is_state_line(line, kept, index)
    if us_states and (us_states >= 3 or any(place.country == "US" for place in places)):
        places.append(Place("US", "list", "states", f"{us_states} states", "table"))
    return _gathered(places, kept)


def country_of(text: str) -> str | None:
    """The country that a text is, by name, code or alias."""
    plain = text.strip().strip(".").casefold()
    found = reference.country_words().get(plain)
    if found is None and re.fullmatch(r"[A-Za-z]{2}", text.strip()) and reference.is_country_code(text.strip().upper()):
        return text.strip().upper()
    return found


def _is_state_line(line: Line, lines: Sequence[Line], index: int) -> bool:
    """A row of a table of states: the bare name among other states."""
    states = set(reference.us_states().values())
    return line.text in states and any(
        other.text in states and other.text != line.text for other in lines[max(0, index - 6) : index + 7]
    )


def _selector_runs(lines: Sequence[Line]) -> set[int]:
    """Places of lines in runs of bare country names so long that they are a list to choose from."""
    marked: set[int] = set()
    run: list[int] = []
    for index, line in enumerate(lines):
        if len(line.text) <= LONGEST_LIST_LINE and country_of(re.sub(r"\s*\(?\+?\d{0,4}\)?$", "", line.text)):
            run.append(index)
            continue
        if run and index - run[-1] > 2:
            marked |= set(run) if len(run) >= SELECTOR else set()
            run = []
        if len(line.text) > 200 and len(_pattern().findall(line.text)) >= SELECTOR:
            marked.add(index)
    return marked | (set(run) if len(run) >= SELECTOR else set())


def _of_line(line: Line, heading: str, own_names: str, *, is_footer: bool) -> list[Place]:
    found: list[Place] = []
    text = line.text
    bare = country_of(text) if len(text) <= LONGEST_LIST_LINE else None
    if bare and bare != "GE":
        return [] if is_footer else [Place(bare, "list", f"list {line.number}", text, line.place)]
    under = bool(SITE_HEADING.search(heading))
    for sentence in re.split(r"(?<=[.;!?])\s+(?=[A-ZÀ-Þ“])", text) if len(text) > 160 else [text]:
        is_address = len(sentence) < 260 and bool(ADDRESS.search(sentence))
        speaks = bool(SITE.search(sentence)) or under
        if (
            NO_PRESENCE.search(sentence)
            and not re.search(r"headquarter|si[èe]ge|offices? in|bureaux? [àa]|located", sentence, re.IGNORECASE)
        ) or (is_footer and not is_address):
            continue
        if not (is_address or speaks):
            continue
        found += _countries_in(sentence, line, own_names, is_address=is_address and not SITE.search(sentence))
        if speaks or (is_address and (line.zone == "main" or is_footer)):
            found += _states_in(sentence, line, [place.country for place in found])
        if not found and (under or speaks or is_address) and len(text) < 200:
            found += _cities_in(sentence, line, heading)
    return found


def _countries_in(sentence: str, line: Line, own_names: str, *, is_address: bool) -> list[Place]:
    found: list[Place] = []
    states = [hit[0] for hit in _states().finditer(sentence)]
    for hit in _pattern().finditer(sentence):
        word = hit[0]
        code = reference.country_words()[word.casefold()]
        if not CAPITAL.match(word) and word.casefold() not in ("états-unis",):
            continue
        if len(word) <= 3 and not word.isupper():  # `us`, `uk`
            continue
        before, after = sentence[: hit.start()], sentence[hit.end() :]
        if word.isupper() and len(word) <= 3 and re.match(r" [A-Z]", after):
            continue  # `UK MHRA guidelines`
        if (
            _is_part_of_a_name(before, after, word, own_names)
            or OUTSIDE.search(before)
            or _is_state_namesake(word, before, after, states)
        ):
            continue
        if FORMER.search(sentence[max(0, hit.start() - 60) : hit.start()]):
            continue
        found.append(
            Place(
                code,
                "address" if is_address else "prose",
                f"{code} {sentence[:40]}" if is_address else "",
                sentence[:300],
                line.place,
            )
        )
    return found


def _is_part_of_a_name(before: str, after: str, word: str, own_names: str) -> bool:
    """`Bank of China`, `Air France`, `Walmart Canada Corp.`: the country names a company, not a place."""
    if re.match(
        r"\s?(?:inc|corp|ltd|limited|llc|gmbh|sas|sa|sarl|s\.a|plc|ag|bank|airlines?|telecom|times|post|"
        r"holdings?|group|foundation|association|ventures|cup)\b",
        after,
        re.IGNORECASE,
    ):
        return True
    if re.search(
        r"\b(?:bank|banque|banco|university|institute|government|republic|embassy|chamber of commerce|"
        r"people's|journal|times) (?:of|de|du|d['’])\s?(?:la |the )?$",
        before,
        re.IGNORECASE,
    ):
        return True
    last = re.search(r"(?:^|[\s(“\"])([A-ZÀ-Þ][\w&’'.-]*)\s$", before)
    if last and last[1].lower() not in PLACE_LEADERS and not before.rstrip().endswith((",", ";", ":", ".")):
        return (not re.fullmatch(r"[A-Z]\.|[0-9]+", last[1]) and not last[1].isupper()) or bool(
            re.search(r"\b(?:air|radio|électricité|gaz|auto)\s$", before, re.IGNORECASE)
        )
    return (
        bool(own_names)
        and f"{last[1] if last else ''} {word}".strip().casefold() in own_names.casefold()
        and last is not None
    )


PLACE_LEADERS = frozenset({
    "in", "the", "greater", "mainland", "and", "kingdom", "central", "western", "eastern", "northern", "southern",
    "west", "east", "north", "south", "en", "au", "aux", "la", "le", "les",
    "from", "across", "of", "at", "both", "countries", "pays", "our", "via", "islands", "metropolitan", "grand",
    "region", "outside", "throughout", "including", "cedex", "city", "box", "other",
    "location", "locations", "headquarters", "office", "offices", "siège", "country", "canton", "standort", "sede",
    "metro", "to", "de", "du", "with", "cdex", "pop", "rest",
})  # fmt: skip


def _is_state_namesake(word: str, before: str, after: str, states: list[str]) -> bool:
    """`Atlanta, Georgia` is in the United States, `New Mexico` too; Tbilisi alone speaks for the country."""
    if word.casefold() == "georgia":
        return not re.search(
            r"tbilisi|batumi|caucas|republic of\s$|armenia|azerbaijan|kazakhstan|ukraine|turkey",
            before + after,
            re.IGNORECASE,
        )
    if word.casefold() in ("mexico", "jersey", "england", "south wales", "wales", "hampshire", "zealand"):
        return bool(re.search(r"\bnew\s$|\bnew south\s$", before, re.IGNORECASE))
    if word.casefold() in (
        "lebanon",
        "peru",
        "cuba",
        "jordan",
        "chad",
        "cyprus",
        "poland",
        "norway",
        "holland",
        "panama",
    ):
        return bool(
            re.match(
                r"\s?,\s(?:[A-Z]{2}\b|" + "|".join(reference.us_states().values()) + r")|\scity,?\s(?:fl|beach)", after
            )
        ) or bool(re.search(r"\b(?:mr|ms|mrs|dr)\.?\s$", before, re.IGNORECASE))
    return False


def _states_in(sentence: str, line: Line, known: list[str]) -> list[Place]:
    found: list[Place] = []
    for hit in _states().finditer(sentence):
        if hit["name"] == "Georgia" and "GE" in known:
            continue
        if hit["name"] and not re.search(
            r"[A-Z][\w.-]+,\s?$|\bin (?:the state of )?$|,\s(?:and\s)?$|\band\s$|–\s$|:\s$|;\s$|^$|\bthe state of $",
            sentence[: hit.start()],
        ):
            continue
        found.append(
            Place("US", "address", f"US {sentence[max(0, hit.start() - 24) : hit.end()]}", sentence[:300], line.place)
        )
    return found


def _cities_in(sentence: str, line: Line, heading: str) -> list[Place]:
    found: list[Place] = []
    for hit in _city_pattern().finditer(sentence):
        if CAPITAL.match(hit[0]) and not re.search(
            r"\b(?:rue|avenue|place|porte|route|boulevard|bd|cours|quai|gare|street|road|rcs|r\.c\.s\.?|"
            r"stade|tribunal de commerce|greffe)\s(?:de |d['’]|du )?$",
            sentence[: hit.start()],
            re.IGNORECASE,
        ):
            found.append(
                Place(
                    reference.world_cities()[hit[0].casefold()],
                    "address",
                    hit[0].casefold(),
                    sentence[:300],
                    line.place,
                )
            )
    return found


def _gathered(places: list[Place], lines: Sequence[Line]) -> Presence:
    countries: dict[str, int | None] = {}
    for place in places:
        keys = {p.key for p in places if p.country == place.country and p.kind in ("address", "map") and p.key}
        countries.setdefault(place.country, len(keys) or None)
    whole = " ".join(line.text for line in lines[:4_000])
    n_countries, n_sites = _stated(whole)
    multinational = (
        len(countries) > 1 or (n_countries or 0) > 1 or bool(countries and MANY.search(whole) and SITE.search(whole))
    )
    return Presence(countries, multinational, n_countries, n_sites, tuple(places))


def _stated(text: str) -> tuple[int | None, int | None]:
    """Totals that a page states; `75 sites in 32 other countries` adds the home country and the home sites."""
    values: dict[str, int | None] = {"n_countries": None, "n_sites": None}
    for name, pattern in STATED:
        hits = [
            hit for hit in pattern.finditer(text) if not MARKETING.search(text[max(0, hit.start() - 50) : hit.start()])
        ]
        numbers = [(n, hit) for hit in hits if (n := _number(hit["n"])) and 1 < n < 200_000]
        if not numbers:
            continue
        if name == "n_countries":
            n, hit = numbers[0]
            values[name] = n + 1 if hit["other"] else n
        else:
            others = re.search(r"\b(?:other countries|autres pays)\b", text)
            total = sum(n for n, _ in numbers[:2]) if others and len(numbers) >= 2 else numbers[0][0]
            values[name] = total
    table = re.search(r"\bTotal Company ([0-9]{1,3}(?:,[0-9]{3})+)\b", text)
    if table:
        values["n_sites"] = _number(table[1])
    return values["n_countries"], values["n_sites"]


def _number(text: str) -> int | None:
    plain = re.sub(r"[, .\u00a0]", "", text.lower())
    return int(plain) if plain.isdigit() else WORD_NUMBERS.get(plain)
