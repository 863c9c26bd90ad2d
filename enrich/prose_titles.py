"""Titles inside sentences: where each begins and ends, and whether it only names the board."""

import re
from dataclasses import dataclass

from anyascii import anyascii

from enrich.title_grammar import LONGEST_PHRASE, Title, fold_words, read_title, title_lexicon

TOKEN = re.compile(r"[^\W_]+(?:\.[A-Za-z]\.)*|[^\w\s]")
OPENERS = frozenset({"role", "head", "mark", "function", "scope"})
BOARD = re.compile(
    r"\b(?:(?:board|conseil|consejo)(?: of directors| of trustees| d['’]administration| de surveillance| "
    r"de administraci[oó]n)?|"
    r"supervisory board|verwaltungsrate?s?|aufsichtsrate?s?|trustees|directors)\b",
    re.IGNORECASE,
)
WEAK = frozenset(
    {
        "chef",
        "executive",
        "lead",
        "leader",
        "member",
        "principal",
        "associate",
        "partner",
        "agent",
        "administrator",
        "owner",
        "fellow",
        "secretary",
        "investor",
        "assistant",
        "representative",
        "founder",
        "mayor",
        "captain",
        "chair",
        "charge",
        "governor",
        "expert",
        "mitarbeiter",
        "dirigeant",
        "charge de",
        "representant",
        "dirigente",
    }
)


@dataclass(frozen=True, slots=True)
class TitleSpan:
    """A title in a sentence; `is_board` when it is only the organ's name (`the Board of Directors`)."""

    text: str
    start: int
    end: int
    reading: Title
    is_board: bool


def find_titles(text: str, taken: list[tuple[int, int]]) -> list[TitleSpan]:
    """The titles of a sentence, in order.

    Args:
        text: the sentence.
        taken: spans of persons' names, which no title crosses.
    """
    tokens = [(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]
    spans: list[TitleSpan] = []
    i = 0
    while i < len(tokens):
        if _is_taken(tokens[i], taken):
            i += 1
            continue
        last = _run_end(tokens, i, taken)
        if last is None:
            i += 1
            continue
        start, end = tokens[i][1], tokens[last][2]
        opening = re.match(
            r"(?:qualité|charge|fonctions?|postes?|role) (?:de |d['’]|du )", text[start:end], re.IGNORECASE
        )
        start += opening.end() if opening else 0
        wording = text[start:end].strip(" ,")
        reading = read_title(wording)
        if reading is not None and len(wording) > 1 and wording.lower() not in WEAK:
            bare = bool(
                BOARD.fullmatch(wording)
                or (
                    re.fullmatch(r"(?:the |new |le |el |der )?(?:board|conseil|consejo)\b.{0,24}", wording, re.I)
                    and set(reading.roles) <= {"BOARD", "OTHER"}
                )
            )
            spans.append(TitleSpan(wording, start, start + len(wording), reading, bare))
        i = last + 1
    for found in BOARD.finditer(text):
        if not any(s.start < found.end() and found.start() < s.end for s in spans):
            spans.append(TitleSpan(found[0], found.start(), found.end(), _board(), True))
    return sorted(spans, key=lambda span: span.start)


def _board() -> Title:
    reading = read_title("Director")
    assert reading is not None
    return reading


def _is_taken(token: tuple[str, int, int], taken: list[tuple[int, int]]) -> bool:
    return any(start <= token[1] < end for start, end in taken)


def _run_end(tokens: list[tuple[str, int, int]], begin: int, taken: list[tuple[int, int]]) -> int | None:
    """The last token of a title that begins here, or None."""
    lexicon = title_lexicon()
    i, last, has_head = begin, None, False
    while i < len(tokens) and not _is_taken(tokens[i], taken):
        word = tokens[i][0]
        if word in ",/&-–" and i > begin:
            i += 1
            continue
        if not word[0].isalnum():
            break
        step, kind = _match(tokens, i, lexicon, taken)
        if kind is None:
            if last is not None and has_head and _is_division(tokens, i, taken):
                i += 1
                continue
            break
        if i == begin and kind not in OPENERS:
            return None
        if kind in ("role", "head"):
            has_head = True
        if kind != "link":
            last = i + step - 1
        i += step
    return last if has_head else None


def _match(
    tokens: list[tuple[str, int, int]],
    i: int,
    lexicon: dict[str, tuple[tuple[str, str], ...]],
    taken: list[tuple[int, int]],
) -> tuple[int, str | None]:
    words: list[str] = []
    best: tuple[int, str | None] = (1, None)
    for length in range(1, min(LONGEST_PHRASE, len(tokens) - i) + 1):
        token = tokens[i + length - 1]
        if _is_taken(token, taken):
            break
        if token[0] in "'’-":
            continue
        if not token[0][0].isalnum():
            break
        words += fold_words(token[0])
        phrase = " ".join(words)
        if phrase in lexicon:
            best = (length, lexicon[phrase][0][0])
    return best


def _is_division(tokens: list[tuple[str, int, int]], i: int, taken: list[tuple[int, int]]) -> bool:
    """`General Manager, Mobile Division`: an unknown capital between a comma and a scope word."""
    following = tokens[i + 1 : i + 3]
    return (
        tokens[i][0][0].isupper()
        and tokens[i - 1][0] in ",&"
        and any(
            anyascii(word).lower() in ("division", "group", "segment", "unit", "business") for word, _, _ in following
        )
        and not any(_is_taken(token, taken) for token in following)
    )
