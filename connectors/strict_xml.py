"""XML as sites send it (site maps, feeds), read strictly: no document type, so no entity and no file of ours in it.

A document type is what every attack of RELIABILITY T8 needs: entities that grow, that name a file, that name an
address. No site map or feed needs one, so it is refused before the parser comes to the first declaration inside.
"""

from collections.abc import Mapping
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract import NotAnAnswerError

LARGEST = 20 * 2**20  # bytes; the client's own cap for an answer
DEEPEST = 64
MOST_ELEMENTS = 500_000  # a site map may have 50,000 addresses (sitemaps.org), each of some elements


def parse_xml(body: bytes) -> etree._Element:
    """The root element.

    Raises:
        NotAnAnswerError: no XML, a document type, or nesting beyond 64 levels.
    """
    if len(body) > LARGEST:
        raise NotAnAnswerError(f"the XML has {len(body)} bytes, more than {LARGEST}")
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        _read(body, etree.XMLParser(target=_Glance(), **SAFE))
        return etree.fromstring(body, etree.XMLParser(remove_pis=True, remove_comments=True, **SAFE))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAnAnswerError(f"no XML: {str(error)[:200]}") from None


SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
}


def _read(body: bytes, parser: etree.XMLParser) -> None:
    parser.feed(body)
    parser.close()


class _Glance:
    """Receives lxml's events, keeps nothing, and stops at what no site map or feed has."""

    def __init__(self) -> None:
        self._elements = self._depth = 0

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise NotAnAnswerError("the XML brings a document type, which may hide entities; none is read")

    def start(self, tag: str, attributes: Mapping[str, Any]) -> None:
        self._elements += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotAnAnswerError(f"the XML is nested too deep (more than {DEEPEST} levels)")
        if self._elements > MOST_ELEMENTS:
            raise NotAnAnswerError(f"the XML has more than {MOST_ELEMENTS} elements")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def data(self, text: str) -> None:
        """Text costs nothing."""

    def close(self) -> None:
        """Nothing was built."""
