"""HTML of the open web, read with a guard: a hostile page is refused before it costs more than a glance.

BeautifulSoup builds Python objects, so 250,000 small elements take seconds and 100,000 nested ones a hundred megabytes
(RELIABILITY T7). lxml's own parser goes over the page first, in C, counting and keeping nothing, and stops at the first
count that no page for people reaches. The standard library's parser is never used: 300 kB of `<!--` stall it.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup
from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract import NotAnAnswerError

LARGEST_PAGE = 2_000_000  # bytes
MOST_ELEMENTS = 60_000
MOST_ATTRIBUTES = 120_000
MOST_ATTRIBUTES_OF_ONE = 1_000
DEEPEST = 512
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset=[ \t]{0,4}[\"']?(?P<name>[a-z0-9_:.-]{1,40})", re.IGNORECASE)
META_WITHIN = 2048  # HTML looks in the first 1024 bytes; some pages have a comment before
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Browsers read these as Windows-1252 (WHATWG Encoding): every byte has a meaning there, so they never fail.
SINGLE_BYTE = frozenset({"iso8859-1", "ascii", "cp1252", "iso8859-15"})
REPLACED_SHARE = 1000  # one U+FFFD in so many characters means that the text was decoded with a wrong charset


def parse_html(body: bytes, charset: str | None = None) -> BeautifulSoup:
    """The page as a tree.

    Args:
        body: decoded bytes of the answer.
        charset: what the answer's Content-Type declares, or None: then the page's own word counts.

    Raises:
        NotAnAnswerError: too large, too deep or too full for a page, or its text is garbled.
    """
    if len(body) > LARGEST_PAGE:
        raise NotAnAnswerError(f"the page has {len(body)} bytes, more than {LARGEST_PAGE}")
    text = decode_page(body, charset)
    if text.count("\ufffd") * REPLACED_SHARE > len(text):
        raise NotAnAnswerError("garbled page: too many replacement characters (U+FFFD), decoded with a wrong charset")
    _refuse_hostile(text)
    return BeautifulSoup(text, "lxml")


def decode_page(body: bytes, charset: str | None = None) -> str:
    """The page's text, by the first word for its charset that fits: byte order mark, answer, page, UTF-8, Windows-1252.

    A page that is good UTF-8 and calls itself Latin is taken for UTF-8. No statistics guess: on 2 MB made to harm they
    take seconds.
    """
    for name in _charsets(body, charset):
        try:
            return body.decode(name).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    return body.decode("utf-8", "replace")


def _charsets(body: bytes, charset: str | None) -> Iterator[str]:
    for mark, name in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            yield name
    declared = META_CHARSET.search(body[:META_WITHIN])
    for word in (charset, declared["name"].decode("ascii") if declared else None):
        encoding = _python_name(word)
        if encoding in SINGLE_BYTE:
            yield "utf-8"
        if encoding is not None:
            yield "cp1252" if encoding in ("iso8859-1", "ascii") else encoding
    yield "utf-8"
    yield "cp1252"


def _python_name(word: str | None) -> str | None:
    """Python's name of a text encoding, or None; `zip` and its like are encodings to Python as well."""
    try:
        found = codecs.lookup((word or "").strip().strip("\"'"))
        return found.name if "a".encode(found.name) else None
    except (LookupError, ValueError, TypeError):
        return None


def _refuse_hostile(text: str) -> None:
    parser = etree.HTMLParser(target=_Counter(), huge_tree=True)
    try:
        parser.feed(text)
        parser.close()
    except etree.LxmlError:
        return  # nothing that counts as a page; BeautifulSoup makes of it what it can


class _Counter:
    """Receives lxml's events and counts them."""

    def __init__(self) -> None:
        self._elements = self._attributes = self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, Any]) -> None:
        self._elements += 1
        self._attributes += len(attributes)
        self._depth += 1
        if self._elements > MOST_ELEMENTS:
            raise NotAnAnswerError(f"the page has more than {MOST_ELEMENTS} elements")
        if self._attributes > MOST_ATTRIBUTES or len(attributes) > MOST_ATTRIBUTES_OF_ONE:
            raise NotAnAnswerError("the page has more attributes than any page for people")
        if self._depth > DEEPEST:
            raise NotAnAnswerError(f"the page is nested deeper than {DEEPEST} levels")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def data(self, text: str) -> None:
        """Text costs nothing."""

    def comment(self, text: str) -> None:
        """Nor do comments."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Nor processing instructions."""

    def close(self) -> None:
        """Nothing was built."""
