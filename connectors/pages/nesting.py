"""A page nested to harm is refused before it is parsed: lexbor needs 30 s for 100,000 open `<div>`."""

import re

from connectors.contract import NotAnAnswerError

MANY_TAGS = 5_000  # a page with fewer cannot be nested deep enough to cost a second
DEEPEST = 1_000  # elements opened and not closed; pages of people stay below 100
NESTING = re.compile(
    r"<(?P<close>/?)(?:div|section|article|main|aside|span|ul|ol|dl|table|center|font|blockquote|form|fieldset|nav|header|"
    r"footer|button|details|figure|address|pre|object|svg|g|template|select)\b",
    re.IGNORECASE,
)


def refuse_deep_nesting(text: str) -> None:
    """Refuse a page whose elements are nested deeper than any page for people.

    Raises:
        NotAnAnswerError: more than `DEEPEST` elements stand open at one place.
    """
    if text.count("<") < MANY_TAGS:
        return
    depth = 0
    for tag in NESTING.finditer(text):
        if tag["close"]:
            depth = max(0, depth - 1)
            continue
        depth += 1
        if depth > DEEPEST:
            raise NotAnAnswerError(f"the page is nested deeper than {DEEPEST} levels")
