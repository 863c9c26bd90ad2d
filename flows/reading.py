"""From a document to facts: the one path of the night and of `grandcompte read`.

connectors/pages finds candidates, enrich decides; here they meet. Each fact carries its quote and its place.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.html_page import LARGEST_PAGE, decode_page
from connectors.pages.lines import page_title, read_lines
from enrich.leadership import find_leaders
from flows.errors import InputError

KINDS = ("identity", "leadership", "changes", "presence", "structured")


@dataclass(frozen=True, slots=True)
class Document:
    """One page or text to read.

    Attributes:
        name: what the answer repeats as `doc`.
        body: its bytes.
        url, published, company: what is known beside it, or None.
        charset: what the answer declared, or None.
    """

    name: str
    body: bytes
    url: str | None = None
    published: date | None = None
    company: str | None = None
    charset: str | None = None


def read_document(document: Document, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """The facts of one document, by kind (eval/README, "reading").

    Raises:
        InputError: the document is larger than any page.
    """
    if len(document.body) > LARGEST_PAGE:
        raise InputError(f"{document.name}: {len(document.body)} bytes, more than the {LARGEST_PAGE} of a page")
    text = decode_page(document.body, document.charset)
    answer: dict[str, Any] = {"doc": document.name}
    for kind in kinds:
        answer |= READERS[kind](text, document)
    return answer


def _leadership(text: str, document: Document) -> dict[str, Any]:
    leaders = find_leaders(read_lines(text), page_title(text))
    return {
        "people": [
            {"name": x.name, "title": x.title, "roles": list(x.roles), "quote": x.quote, "place": x.place} for x in leaders
        ]
    }


READERS = {"leadership": _leadership}
