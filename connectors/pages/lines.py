"""The visible lines of a page or a text, in reading order, each with its markup and the zone that it stands in."""

import html
import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.pages.mojibake import mend
from schemas.page_text import Line

INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr", "ix:nonnumeric", "ix:nonfraction", "ix:continuation", "o:p", "st1:city", "st1:place", "nobr",
})  # fmt: skip
SILENT = frozenset({"script", "style", "noscript", "template", "svg", "head", "iframe", "object", "math", "canvas"})
ZONES = {"nav": "nav", "footer": "footer", "select": "choice", "datalist": "choice", "blockquote": "quote"}
ZONE_WORDS = re.compile(
    r"(?:^|[\s_-])(?:(?P<quote>testimonials?|temoignages?|témoignages?|reviews?|avis|quotes?|customer-stor(?:y|ies))"
    r"|(?P<nav>menu|navbar|breadcrumbs?|sub-?menu|mega-?menu)|(?P<footer>footer|cookies?|copyright))(?:$|[\s_-])",
    re.IGNORECASE,
)
BREAKS = frozenset({"br", "hr"})
SPACES = re.compile(r"[\s\u200b\u200e\u2060\ufeff]+")  # zero-width signs too
LONGEST_LINE = 8_000  # characters; a longer paragraph is cut, no page for people has one
MOST_LINES = 20_000
DEEPEST = 512  # levels; what is nested deeper is no text for people
MARKDOWN = re.compile(r"^\s{0,8}(?:#{1,6}|[*+-]|>|\d{1,3}[.)])\s+|\*\*|__|`|!\[|\]\([^()]{0,400}\)|[\[\]]")
DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
CELLS = re.compile(r"(?<!\s)\s*\|\s*|\t+")


def read_lines(text: str) -> list[Line]:
    """The lines of a document in any of the forms that arrive: HTML, Markdown or plain text."""
    return page_lines(text) if looks_like_html(text) else text_lines(text)


def looks_like_html(text: str) -> bool:
    """Whether a document has markup; a press release with one `<` has none."""
    return bool(
        re.search(r"<(?:!doctype|html|head|body|div|p|table|span|h[1-6]|ul|section|br|script)\b", text[:20_000], re.I)
    )


def text_lines(text: str) -> list[Line]:
    """The lines of a text without HTML; Markdown's marks are taken off and its table cells become lines."""
    lines: list[Line] = []
    for raw in mend(text).splitlines()[:MOST_LINES]:
        raw = raw[:LONGEST_LINE]
        heading = re.match(r"\s{0,3}(#{1,6})\s", raw)
        plain = html.unescape(MARKDOWN.sub("", raw))
        cells = CELLS.split(plain) if raw.lstrip().startswith("|") or "\t" in raw else [plain]
        for cell in cells:
            if (cell := SPACES.sub(" ", cell).strip()) and not set(cell) <= set("-=:|* "):
                lines.append(Line(cell, f"h{len(heading[1])}" if heading else "text", "main", len(lines) + 1))
    return lines


def page_lines(text: str) -> list[Line]:
    """The lines of an HTML page: a block element or a line break ends a line, an inline element does not."""
    body = LexborHTMLParser(text).body
    if body is None:
        return []
    walk = _Walk(is_fragment=text.lstrip()[:3] == "---" or not DOCUMENT.search(text[:4_000]))
    walk.over(body)
    return walk.lines


class _Walk:
    """One pass over the tree, without recursion: pages are nested deeper than Python's stack allows."""

    def __init__(self, *, is_fragment: bool = False) -> None:
        self._is_fragment = is_fragment
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._inline = 0
        self._markups: list[str] = ["body"]
        self._zones: list[str] = ["main"]

    def over(self, root: LexborNode) -> None:
        node: LexborNode | None = root.child
        while node is not None and len(self.lines) < MOST_LINES:
            down = self._enter(node)
            if down is not None:
                node = down
                continue
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.mem_id == root.mem_id:
                    self._flush()
                    return
                self._leave(node.tag)
            node = node.next if node is not None else None
        self._flush()

    def _enter(self, node: LexborNode) -> LexborNode | None:
        tag = node.tag or ""
        if tag == "-text":
            content = node.text_content
            if content and self._is_fragment and len(self._markups) == 1 and "\n" in content:
                self._markdown(content)
            elif content:
                self._parts.append(content)
            return None
        if tag in SILENT or tag.startswith(("-", "!", "#")):
            return None
        if tag in BREAKS:
            self._flush()
            return None
        if tag in INLINE:
            child = node.child if self._inline < DEEPEST else None
            self._inline += child is not None
            return child
        self._flush()
        child = node.child if len(self._markups) < DEEPEST else None
        if child is not None:
            self._markups.append(tag)
            self._zones.append(self._zone_of(node, tag))
        return child

    def _markdown(self, content: str) -> None:
        """Text between elements of a Markdown source with some HTML: its line breaks are the page's."""
        for number, raw in enumerate(content.split("\n")):
            if number:
                self._flush()
            if raw.strip() and not set(raw.strip()) <= set("-=*_"):
                self._parts.append(MARKDOWN.sub("", raw))

    def _leave(self, tag: str | None) -> None:
        if tag in INLINE:
            self._inline -= 1
            return
        self._flush()
        self._markups.pop()
        self._zones.pop()

    def _zone_of(self, node: LexborNode, tag: str) -> str:
        outer = self._zones[-1]
        if outer != "main":
            return outer
        if tag in ZONES:
            return ZONES[tag]
        attributes = node.attributes
        if not attributes or tag in ("body", "main", "html"):
            return outer
        return zone_of_names(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:300]) or outer

    def _flush(self) -> None:
        if not self._parts:
            return
        text = SPACES.sub(" ", "".join(self._parts)[: 4 * LONGEST_LINE].replace("\u00ad", "")).strip()[:LONGEST_LINE]
        self._parts = []
        if text:
            self.lines.append(Line(mend(text), self._markups[-1], self._zones[-1], len(self.lines) + 1))


@lru_cache(maxsize=4096)
def zone_of_names(names: str) -> str | None:
    """What an element's class and id say of its zone, or None."""
    found = ZONE_WORDS.search(names)
    return found.lastgroup if found else None


def page_title(text: str) -> str | None:
    """The `<title>` of a page, or None."""
    found = re.search(r"<title[^<>]{0,200}>([^<]{1,400})", text[:200_000], re.IGNORECASE)
    return SPACES.sub(" ", html.unescape(found[1])).strip() if found else None
