"""What the finders of connectors/pages give and enrich decides on: lines, parts of notices, numbers."""

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


class NoticePart(NamedTuple):
    """A line of a legal notice, or a piece of one.

    Attributes:
        text: the words. is_own: whether the part speaks of the publisher, not of the host, the agency, the mediator.
        section: the heading or label above, empty at the top.
        quote, place: the whole line and where it stands.
    """

    text: str
    is_own: bool
    section: str
    quote: str
    place: str


class NumberCandidate(NamedTuple):
    """A number on a page that has an identifier's shape.

    Attributes:
        kind: siret, vat or siren, by its shape alone. text: as printed.
        before, after: what stands around it. is_own, section, quote, place: of its part of the notice.
    """

    kind: str
    text: str
    before: str
    after: str
    is_own: bool
    section: str
    quote: str
    place: str
