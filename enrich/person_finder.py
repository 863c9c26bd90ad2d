"""Names of persons in lines and in prose: shape first, known given names as a hint, and guards against what is none."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from anyascii import anyascii

from enrich.title_grammar import masculine, title_vocabulary
from schemas.reference import words as reference

TOKEN = re.compile(r"[^\W\d_][\w’'`\-‐‑]*\.?|[^\w\s]|\d+")
HONOURS = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "professeur", "eng", "ing", "m", "mm", "mme",
    "mlle", "monsieur",
    "madame", "mademoiselle", "maitre", "me", "sir", "dame", "lord", "lady", "herr", "frau", "don", "dona", "sr", "sra",
    "srta", "rev", "hon", "gen", "capt", "col", "shri", "smt", "sheikh", "messrs", "ir", "dipl", "dott", "lic",
    "drs", "general", "ambassador",
})  # fmt: skip
PARTICLES = frozenset({
    "de", "du", "des", "d", "la", "le", "van", "von", "der", "den", "ter", "ten", "zu", "di", "da", "do", "dos",
    "das", "del",
    "della", "y", "e", "el", "al", "bin", "ben", "ibn", "bint", "st", "saint", "af",
})  # fmt: skip
LOWER_PARTICLES = PARTICLES - {"e", "y", "le"} | {"y"}
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior"})
DEGREES = re.compile(
    r"(?:,\s*|(?<!\s)\s+[-–|]\s+|(?<!\s)\s+\()?(?:\b(?:Ph\.?\s?D|M\.?B\.?A|M\.?D|D\.?O|R\.?N|B\.?S\.?N|M\.?S\.?N|J\.?D|"
    r"LL\.?[BM]|C\.?P\.?A|"
    r"C\.?F\.?A|F?CA|ACA|CSA|PHR|SPHR|SHRM-?S?CP|HMDC|FAAHPM|FAAP|FACP|FCCA|ACCA|MSc|BSc|M\.?S|B\.?A|B\.?S|"
    r"M\.?A|Esq|CBE|OBE|MBE|"
    r"KBE|P\.?E|PMP|CISSP|CRMA|CIA|ACIS|FCIS|PharmD|EdD|DBA|DDS|DVM|MSW|LCSW|FRCP|MPH|B\.?Tech|M\.?Tech|"
    r"B\.?Com|FRS|QC|KC|Eng|CNA|APRN|NP|CFP|ASA|FSA|SJD|M\.?Ed|CHPN|CHPCA|BBA|DipHE|CEng|FREng)\b\.?\)?)"
)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u200b®™*†‡§¹²³]")
AGE = re.compile(
    r"\s?[,(]\s?(?:aged?|âge|edad|alter)?\s?:?\s?\d{2}\s?(?:years old|ans|jahre)?\s?\)?\s?$", re.IGNORECASE
)
FOOTNOTE = re.compile(r"(?<!\s)\s*[(\[]\s*[\w*†]{1,2}\s*[)\]]\s*$")
LONGEST_NAME_LINE = 70  # characters


@dataclass(frozen=True, slots=True)
class Mention:
    """A person's name in a text.

    Attributes:
        name: without honours, degrees and footnotes.
        start, end: where the name stands, the honour included.
        is_known: whether the first word is a common given name.
        has_honour: whether a form of address stands before it.
    """

    name: str
    start: int
    end: int
    is_known: bool
    has_honour: bool

    @property
    def words(self) -> list[str]:
        """The words of the name, folded."""
        return fold_name(self.name)


def given_names() -> frozenset[str]:
    """Common given names, folded (schemas/reference/given_names.csv)."""
    return reference.given_names()


@cache
def stop_words() -> frozenset[str]:
    """Words that no person's name holds, folded; a title's words among them."""
    return frozenset(reference.name_stop_words() | title_vocabulary()) - {
        "pilot",
        "dean",
        "mayor",
        "major",
        "late",
        "chase",
        "sharp",
        "banker",
        "parker",
        "chef",
        "personal",
        "van",
    }


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """A word in lower-case ASCII letters."""
    return re.sub(r"[^a-z0-9-]", "", anyascii(word).lower())


def fold_name(name: str) -> list[str]:
    """The words of a name, folded, without points, hyphens as spaces."""
    return list(_folded(name))


@lru_cache(maxsize=16384)
def _folded(name: str) -> tuple[str, ...]:
    return tuple(
        word for word in re.split(r"[\s\-]+", anyascii(name).lower().replace(".", " ").replace("'", "")) if word
    )


def is_given(word: str) -> bool:
    """Whether a word, or the first part of a compound, is a common given name."""
    plain = fold(word)
    return plain in given_names() or plain.split("-")[0] in given_names()


def strip_marks(text: str) -> str:
    """A name line without emoji, footnotes, degrees and what stands in brackets at the end."""
    text = AGE.sub("", FOOTNOTE.sub("", EMOJI.sub("", text)))
    if "," in text or any(letter.isupper() for letter in text[1:]):
        text = _without_degrees(text)
    return re.sub(r"\s+", " ", text).strip(" ,;:–—-|·•")


def _without_degrees(text: str) -> str:
    stripped = text
    while (
        (found := list(DEGREES.finditer(stripped)))
        and found[-1].end() >= len(stripped.rstrip(" ,.)"))
        and found[-1].start() > 3
    ):
        stripped = stripped[: found[-1].start()].rstrip(" ,")
    return stripped


@lru_cache(maxsize=16384)
def read_name(text: str, *, strict: bool = False) -> Mention | None:
    """The person that a whole line names, or None.

    Args:
        text: the line; honours, degrees and footnotes are taken off, `FAMILY, Given` is turned.
        strict: only with a known given name or a form of address.
    """
    if len(text) > LONGEST_NAME_LINE or not any(letter.isupper() for letter in text):
        return None
    plain = strip_marks(text)
    turned = re.fullmatch(r"([^,]{2,40}), ([^,]{2,40})", plain)
    if turned and turned[1].isupper() and not turned[2].isupper():
        plain = f"{turned[2]} {turned[1]}"
    nick = re.sub(r"\s*[\"“«(‘'][A-Z][\w. ]{0,20}[\"”»)’']\s*", " ", plain)
    mentions = _line_of_names(nick) or find_names(nick)
    if len(mentions) != 1:
        return None
    mention = mentions[0]
    if mention.start > 0 or mention.end < len(nick.rstrip(" .,:")):
        return None
    if strict and not (mention.is_known or mention.has_honour):
        return None
    return mention if _is_plausible(mention) else None


def _line_of_names(text: str) -> list[Mention]:
    """`Susan Street Whaley`: a whole line of a known given name and words that may be family names."""
    words = text.split()
    if not 2 <= len(words) <= 4 or not is_given(words[0]) or fold(words[0]) in stop_words():
        return []
    if all(
        word[0].isupper()
        and (fold(word) in FAMILY_LIKE or fold(word) not in stop_words())
        and word.strip(".").isalpha()
        for word in words[1:]
    ):
        return [Mention(" ".join(words), 0, len(text), True, False)]
    return []


def _is_plausible(mention: Mention) -> bool:
    words = mention.name.split()
    if len(words) == 1 and not mention.has_honour:
        return False
    full = [word for word in words if len(word.strip(".")) > 1]
    return (
        len(full) >= 2 or (mention.has_honour and bool(full)) or (len(words) >= 2 and bool(full) and len(full[-1]) > 2)
    )


def find_names(text: str, company: frozenset[str] = frozenset()) -> list[Mention]:
    """Every name of a person in a text, in order.

    Args:
        text: a sentence or a line.
        company: folded words of the company's name, which are no person's.

    A run of capitalised words is cut at words that no name holds; what is left must have two words, or one after a
    form of address (`Mr. Lenz`).
    """
    mentions: list[Mention] = []
    run: list[tuple[str, int, int]] = []
    honour_at: int | None = None
    tokens = [(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]
    stops = stop_words()
    for position, (word, start, end) in enumerate(tokens):
        plain = fold(word.rstrip("."))
        following = tokens[position + 1][0] if position + 1 < len(tokens) else ""
        is_address = plain in HONOURS and not run and _is_honour(word, plain, following)
        if is_address:
            honour_at = start if honour_at is None else honour_at
            continue
        if _continues(word, plain, stops, company, run, following, tokens, position):
            run.append((word, start, end))
            if word.endswith(".") and len(plain) > 2 and plain not in SUFFIXES:  # the sentence ends here
                run[-1] = (word[:-1], start, end - 1)
                _close(run, honour_at, mentions, text)
                honour_at = None
            continue
        if word == "." and honour_at is not None and not run:
            continue
        if run and word == "," and fold(following.rstrip(".")) in SUFFIXES:
            continue
        _close(run, honour_at, mentions, text)
        honour_at = None
    _close(run, honour_at, mentions, text)
    return mentions


def _is_honour(word: str, plain: str, following: str) -> bool:
    if plain in ("general", "ambassador"):
        return False
    if plain in ("m", "me", "sr", "mm", "col", "gen", "don", "ir", "lic", "hon", "ing", "eng", "dipl") and not (
        word[0].isupper() or plain == "don"
    ):
        return False
    return following[:1].isupper() or following in (".", "(")


def _continues(
    word: str,
    plain: str,
    stops: frozenset[str],
    company: frozenset[str],
    run: list[tuple[str, int, int]],
    following: str,
    tokens: list[tuple[str, int, int]],
    position: int,
) -> bool:
    if not plain or not word[0].isalpha():
        return False
    if run and run[-1][2] < tokens[position][1] - 3:
        return False
    if word[0].isupper():
        if run and plain in SUFFIXES:
            return True
        if plain in PARTICLES and (run or following[:1].isupper()) and len(plain) > 1:
            return plain not in ("le", "la", "les", "der", "das", "den", "el", "und", "des") or bool(run)
        if GERMAN_OFFICE.search(plain):
            return False
        if "-" in plain and any(
            part in stops and part not in given_names() for part in plain.split("-") if len(part) > 3
        ):
            return False  # Banking-Spezialist
        if (
            plain in MONTH_NAMES
            and not run
            and following[:1].isupper()
            and fold(following) not in stops | HONOURS
            and fold(following) not in company
        ):
            return True  # August Calder
        if plain in company or (
            (plain in stops or masculine(plain) in stops) and not (run and _is_family_like(plain, run, following))
        ):
            return False
        if word.endswith(("'s", "’s")):
            return True
        return len(plain) > 1 or word.endswith(".") or len(word) == 1
    if run and plain in LOWER_PARTICLES:
        nexts = [token[0] for token in tokens[position + 1 : position + 3]]
        if plain == "y" or plain in ("la", "el", "d") or plain in LOWER_PARTICLES:
            if not nexts or not any(
                n[0].isupper()
                for n in nexts[:1] + ([nexts[1]] if len(nexts) > 1 and fold(nexts[0]) in LOWER_PARTICLES else [])
            ):
                return False
            heavy = next((fold(n) for n in nexts if fold(n) not in PARTICLES), "")
            if heavy in stops or heavy in company:
                return False
            # `directeur de X`: after a full name `de` opens a company's name more often than a family name
            return not (plain in ("de", "du", "des", "d") and len(run) >= 2 and _full_words(run) >= 2)
    return bool(re.match(r"(?:d|l|o)['’][A-ZÀ-Þ]", word)) and bool(run)


def _full_words(run: list[tuple[str, int, int]]) -> int:
    return sum(len(word.strip(".")) > 1 and word[0].isupper() for word, _, _ in run)


def _is_family_like(plain: str, run: list[tuple[str, int, int]], following: str) -> bool:
    """`John Day`, `Mary Price`: a stop word may be a family name straight after a known given name, at the end."""
    return (
        plain in FAMILY_LIKE
        and len(run) <= 4
        and any(is_given(part[0]) for part in run)
        and not following[:1].isupper()
    )


GERMAN_OFFICE = re.compile(
    r"(?:(?:verwaltungs|aufsichts|betriebs|stadt|stande|gemeinde)rat(?:in)?|chefin|leiterin|leiter|prasidentin|"
    r"prasident|fuhrerin|fuhrer|sprecherin|sprecher|managerin|vorstand|direktorin|direktor)$"
)
MONTH_NAMES = frozenset({"august", "april", "may", "june", "avril"})
FAMILY_LIKE = frozenset({
    "day", "price", "young", "long", "good", "best", "love", "may", "march", "page", "case", "church", "hall",
    "house", "field",
    "king", "white", "black", "green", "gray", "brown", "banks", "bank", "power", "waters", "water", "west",
    "north", "east",
    "south", "rivers", "river", "forest", "wood", "stone", "street", "park", "lake", "hill", "read", "mars",
    "martin", "grand",
    "petit", "legrand", "berlin", "london", "paris", "holiday", "friday", "chance", "moore", "steel",
    "force", "close",
    "small", "smart", "strong", "wise", "rich", "noble", "pope", "bishop", "abbott", "knight", "boyer",
    "christian", "france",
    "town", "garden", "roman", "english", "french", "german", "holland", "ireland", "england", "scotland", "wales",
    "leader", "cook", "butler", "miller", "baker", "fisher", "porter", "carter", "major", "lord", "duke", "earl",
    "washington",
    "chase", "sales", "bourg", "villa", "rose", "flowers", "summer", "winter", "frost", "snow", "francisco",
    "boston", "mann", "weil",
    "marks", "brand", "gates", "bush", "trump", "law", "justice", "cross", "marche", "lemaire", "will",
    "wills",
})  # fmt: skip


FORM_BEHIND = re.compile(
    r"\W{1,2}(?:Inc|Corp(?:oration)?|LLC|L\.L\.C|Ltd|Limited|plc|PLC|S\.?A\.?S?|SARL|GmbH|AG|N\.?V|B\.?V|"
    r"Co|LP|L\.P|S\.?p\.?A|SE|KG|Holdings?|Group|& Co)\b(?!\.? [a-z]{2,12} )"
)


def _close(run: list[tuple[str, int, int]], honour_at: int | None, mentions: list[Mention], text: str = "") -> None:
    """End the run; append what is a name."""
    while run and not run[-1][0][0].isupper() and not re.match(r"(?:d|l|o)['’]", run[-1][0]):
        run.pop()
    while (
        run
        and honour_at is None
        and len(run) > 2
        and run[0][0].isupper()
        and len(run[0][0].strip(".")) > 1
        and fold(run[0][0]) in PARTICLES - {"van", "von", "di", "da", "el", "al", "de", "le", "la"}
    ):
        run.pop(0)
    if run:
        words = [re.sub(r"['’]s$", "", word) for word, _, _ in run]
        followed_by_form = honour_at is None and bool(FORM_BEHIND.match(text, run[-1][2]))
        full = [word for word in words if len(word.strip(".")) > 1]
        if full and not followed_by_form and len(words) <= 6 and (len(words) >= 2 or honour_at is not None):
            start = honour_at if honour_at is not None else run[0][1]
            known = is_given(next((w for w in full), words[0]))
            mentions.append(Mention(" ".join(words), start, run[-1][2], known, honour_at is not None))
    run.clear()
