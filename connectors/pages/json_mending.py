"""JSON as pages carry it: whole, or broken in the ways that templates break it."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

LARGEST_BLOCK = 1_000_000  # characters
COMMENT = re.compile(
    r"^\s*(?:<!--|//<!\[CDATA\[|/\*<!\[CDATA\[\*/|<!\[CDATA\[)|(?:-->|//\]\]>|/\*\]\]>\*/|\]\]>)\s*;?\s*$"
)
TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
MISSING_COMMA = re.compile(r"(?<=[\"}\]])(?=\s*\n\s*\"[A-Za-z@][\w:]{0,40}\"\s*:)")
DOUBLE_COMMA = re.compile(r",(?=\s*,)")
LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*$", re.MULTILINE)
BARE_VALUE = re.compile(r"(?<=:)(\s*)(?=[,}\n]\s*[\"}])")
SMART_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})
MOST_VALUES = 60


def read_json_block(text: str) -> list[Any]:
    """Every value of a block: itself, or what can be saved of it; an empty list when nothing can.

    Mended are comments, CDATA, trailing and missing commas, raw line breaks in texts, escaped entities, curly quotes;
    of a block that stays broken the whole objects before and after the break are kept.
    """
    text = text[:LARGEST_BLOCK].strip()
    for attempt in _attempts(text):
        try:
            return [json.loads(attempt, strict=False)]
        except (ValueError, RecursionError):
            continue
    return list(_pieces(_mended(text)))


def _attempts(text: str) -> Iterator[str]:
    yield text
    yield text.rstrip("; \n")
    mended = _mended(text)
    yield mended
    if "&quot;" in text or "&#34;" in text:
        yield html.unescape(mended)
    if "“" in text or "”" in text:
        yield mended.translate(SMART_QUOTES)
    yield _with_escaped_quotes(mended)
    yield _closed(mended)


def _mended(text: str) -> str:
    text = COMMENT.sub("", text)
    text = COMMENT.sub("", text).strip().rstrip(";")
    text = LINE_COMMENT.sub("", text)
    text = re.sub(r"/\*[^*]{0,2000}\*/", "", text)
    text = BARE_VALUE.sub(r"\1null", text)
    text = MISSING_COMMA.sub(",", text)
    text = DOUBLE_COMMA.sub("", text)
    text = TRAILING_COMMA.sub("", text)
    return re.sub(r"\\(?![\"\\/bfnrtu])", r"\\\\", text)


def _with_escaped_quotes(text: str) -> str:
    """A quote inside a text (`"the "best" one"`): one that no structure sign follows or precedes is escaped."""
    out: list[str] = []
    inside = False
    for i, letter in enumerate(text):
        if letter != '"' or (i and text[i - 1] == "\\"):
            out.append(letter)
            continue
        if not inside:
            inside = True
            out.append(letter)
            continue
        rest = text[i + 1 : i + 60].lstrip()
        if not rest or rest[0] in ",:}]":
            inside = False
            out.append(letter)
        else:
            out.append('\\"')
    return "".join(out)


def _closed(text: str) -> str:
    """A block that was cut: open brackets are closed."""
    stack: list[str] = []
    inside = False
    escaped = False
    for letter in text:
        if inside:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                inside = False
        elif letter == '"':
            inside = True
        elif letter in "{[":
            stack.append("}" if letter == "{" else "]")
        elif letter in "}]" and stack:
            stack.pop()
    tail = text + ('"' if inside else "")
    return TRAILING_COMMA.sub("", tail.rstrip().rstrip(",:") + "".join(reversed(stack)))


def _pieces(text: str) -> Iterator[Any]:
    """Whole objects inside a broken block."""
    decoder = json.JSONDecoder(strict=False)
    at, found = 0, 0
    while found < MOST_VALUES and (at := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            found += 1  # a bound on the tries as well: each may read far
            continue
        found += 1
        yield value
