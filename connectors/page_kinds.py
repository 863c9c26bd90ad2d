"""What a page is for, by the words of its address, of the link that leads to it, or of its headings.

The words stand in schemas/reference/page_words.csv, in French, English, German and Spanish. A text counts when it *is*
such a phrase, with small words around it at most: a press release about the new management is no leadership page.
"""

import re
import unicodedata
from functools import cache
from urllib.parse import unquote, urlsplit

from schemas.reference.lists import read_list
from schemas.vocabulary import PageKind

# What is fetched first, and how many pages of a kind at most: thirty pages a site must reach all of them.
MOST_OF_KIND = {
    PageKind.HOME: 1,
    PageKind.LEGAL_NOTICE: 3,
    PageKind.ABOUT: 4,
    PageKind.LEADERSHIP: 6,
    PageKind.GOVERNANCE: 5,
    PageKind.LOCATIONS: 4,
    PageKind.PRESS: 3,
    PageKind.FEED: 2,
}
ENDING = re.compile(r"\.(?:html?|php[0-9]?|aspx?|jsp|xhtml|cfm)$", re.ASCII)
HOME_PATH = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|home|accueil|default)(?:\.[a-z]{3,5})?)?", re.ASCII
)
SMALL_WORDS = frozenset({
    "le", "la", "les", "l", "de", "du", "des", "d", "et", "a", "au", "nos", "notre", "votre", "voir", "page", "the",
    "our", "of", "and", "us", "see", "all", "und", "der", "die", "das", "el", "los", "las", "y", "del", "en",
    "fr", "es", "site", "web", "www",
})  # fmt: skip
LONGEST_TEXT = 80  # characters of a link or heading that names a page; longer ones are sentences


def fold(text: str) -> str:
    """Lower case, ASCII letters and digits, single blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("œ", "oe"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def kind_of_text(text: str) -> PageKind | None:
    """What a link's text, a heading or a title's part says, or None."""
    if len(text) > LONGEST_TEXT:
        return None
    words = fold(text)
    phrases = _phrases()
    if words in phrases:
        return phrases[words]
    return phrases.get(_without_small_words(words))


def kind_of_address(url: str) -> PageKind | None:
    """What the last part of an address says; of `/team/somebody` only `somebody`, so that no person's page is meant."""
    path = urlsplit(url).path
    if HOME_PATH.fullmatch(path.lower()):
        return PageKind.HOME
    parts = [part for part in path.lower().split("/") if part]
    return kind_of_text(ENDING.sub("", unquote(parts[-1]))) if parts else None


def kind_of_page(url: str, title: str, headings: list[str]) -> PageKind:
    """What a page is for by its address, else its first headings, else a part of its title."""
    kind = kind_of_address(url)
    if kind is not None:
        return kind
    for text in [*headings, *re.split(r"\s[|–—-]\s", title)]:
        if (kind := kind_of_text(text)) is not None:
            return kind
    return PageKind.OTHER


def _without_small_words(words: str) -> str:
    return " ".join(word for word in words.split() if word not in SMALL_WORDS)


@cache
def _phrases() -> dict[str, PageKind]:
    """Each phrase as it stands and without its small words; what stands first in the list wins."""
    found: dict[str, PageKind] = {}
    for row in read_list("page_words"):
        found.setdefault(fold(row["phrase"]), PageKind(row["kind"]))
    for row in read_list("page_words"):
        if short := _without_small_words(fold(row["phrase"])):
            found.setdefault(short, PageKind(row["kind"]))
    return found
