"""One visible line of a page or a text: what the finders of connectors/pages give and enrich/reading decides on."""

from typing import NamedTuple


class Line(NamedTuple):
    """A run of text that a reader sees as one line or paragraph.

    Attributes:
        text: the words, white space collapsed.
        markup: the element that holds them (`h2`, `p`, `td`, ...), `text` without markup, `state` from a script.
        zone: `main`, or the part of a page that speaks of other things: `nav`, `footer`, `choice` (drop-down lists and
            forms), `quote` (testimonials).
        number: place among the lines, from 1.
    """

    text: str
    markup: str
    zone: str
    number: int

    @property
    def place(self) -> str:
        """Where a person finds the line again: `line 21 (h3)`."""
        return f"line {self.number} ({self.markup})"

    @property
    def is_heading(self) -> bool:
        """Whether the page marks the line as a heading."""
        return len(self.markup) == 2 and self.markup[0] == "h" and self.markup[1] in "123456"
