"""The lines of a page that tell its news: the headline and the running text, without navigation and other headlines."""

import re

from connectors.pages.lines import looks_like_html, page_lines, page_title, text_lines
from schemas.page_text import Line

SHORTEST_PARAGRAPH = 35  # characters
TEASER = re.compile(
    r"^(?:read more|lire la suite|related|previous|next|also read|à lire|voir aussi|mehr|share|partager)\b",
    re.IGNORECASE,
)


def article_lines(text: str) -> list[Line]:
    """Headline and paragraphs of a press page; every line of a plain text or a page of few words."""
    if not looks_like_html(text):
        return joined_paragraphs(text_lines(text))
    lines = [line for line in page_lines(text) if line.zone in ("main", "quote")]
    paragraphs = [line for line in lines if _is_prose(line)]
    if sum(len(line.text) for line in paragraphs) < 200:
        return lines[:200]
    headline = next((line for line in lines if line.markup == "h1"), None) or next(
        (line for line in lines if line.is_heading), None
    )
    title = page_title(text)
    if headline is None and title:
        headline = Line(re.split(r"\s[|–—-]\s", title)[0], "h1", "main", 1)
    return [headline, *paragraphs] if headline else paragraphs


def _is_prose(line: Line) -> bool:
    if line.is_heading or TEASER.match(line.text):
        return False
    return len(line.text) >= SHORTEST_PARAGRAPH and (line.text.rstrip(' "”»’')[-1:] in ".!?:;)" or len(line.text) > 160)


def joined_paragraphs(lines: list[Line]) -> list[Line]:
    """Plain text breaks its lines anywhere: lines that go on in lower case are one paragraph."""
    joined: list[Line] = []
    for line in lines:
        goes_on = (
            joined
            and not joined[-1].text.endswith((".", "!", "?", ":", ";"))
            and line.text[:1].islower()
            and line.markup == "text"
        )
        if goes_on and len(joined[-1].text) < 3_000:
            joined[-1] = joined[-1]._replace(text=f"{joined[-1].text} {line.text}")
        else:
            joined.append(line)
    return joined
