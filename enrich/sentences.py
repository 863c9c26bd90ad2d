"""Prose cut into sentences, so that what is said of one person is not taken for another's."""

import re

END = re.compile(
    r"(?<=[.!?…])[\"”»’)]{0,2}\s+(?=[\"“«‘(]{0,2}[A-ZÀ-ÞŒ0-9(])|(?<!\s)\s*[;]\s+(?=[A-ZÀ-Þ])|(?<=[a-z)]):\s+(?=On\s)"
)
ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Messrs|M|MM|Mme|Mmes|Mlle|Me|St|Ste|Jr|Sr|Inc|Corp|Co|Ltd|Cie|No|Nos|vs|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|"
    r"Eng|Ing|Gen|Col|Capt|Hon|Rev|Hr|Fr|Sra|Srta|Dña|Ind|Mo|Mass|Calif|Ky|Tenn|Fla|art|al|approx|Item|"
    r"ITEM|Nr|bzw|ca|Abs|p|pp|env|etc|U\.S|U\.K|S\.A|S\.L|N\.V|B\.V|L\.P|Ph\.D|M\.D|D\.C)"
    r"|(?<![A-Za-z])[A-ZÀ-Þ])\.$"
)
BULLET_NUMBER = re.compile(r"(?:^|\s)\(?[0-9a-z]{1,2}[.)]$|(?:Item|ITEM)\s+[0-9.]+$")
GERMAN_ORDINAL = re.compile(r"\b[0-9]{1,2}\.$")
LONGEST_SENTENCE = 3_000  # characters


def split_sentences(text: str) -> list[str]:
    """The sentences of a text; points of abbreviations and initials end none."""
    parts: list[str] = []
    begin = 0
    for found in END.finditer(text):
        before = text[begin : found.start()].rstrip('"”»’)')
        tail = before[-16:]
        if (
            ABBREVIATION.search(tail)
            or BULLET_NUMBER.search(tail)
            or (GERMAN_ORDINAL.search(tail) and text[found.end() : found.end() + 3].isalpha())
        ):
            continue
        parts.append(text[begin : found.end()].strip())
        begin = found.end()
    parts.append(text[begin:].strip())
    return [part[:LONGEST_SENTENCE] for part in parts if part]
