"""Names and texts from outside, made harmless before they reach a table, mail, prompt or log (RELIABILITY T25)."""

import re
import unicodedata

from connectors.fields import clean

LONGEST_NAME = 300
# Colours and cursor movements of a terminal; without its first character the rest would stay as `[31m`.
ANSI_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,32}[ -/]{0,8}[@-~]?|\x1b[\]PX^_][^\x07\x1b]{0,1000}(?:\x07|\x1b\\)?|\x1b.?"
)
# Invisible as such; a tag or a variation of them can hide a whole sentence for a language model.
INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
# A joiner shapes letters in Arabic, Persian and Indic scripts; anywhere else it only makes equal names unequal.
LOOSE_JOINER = re.compile(r"(?<![\u0600-\u06ff\u0750-\u077f\u0900-\u0dff])[\u200c\u200d]+|[\u200c\u200d]{2,}")
LINE_BREAKS = re.compile(r"[\u2028\u2029]")
GLANCE = 20  # times the limit: what lies behind is not looked at


def clean_name(text: str, limit: int = LONGEST_NAME) -> str:
    """A name as one line of at most `limit` characters: no control, escape, direction or invisible character.

    Half surrogates and NUL, which the database refuses, go too, and private characters, which mean nothing.
    Letters, marks and punctuation stay as they are.
    """
    text = text[: GLANCE * limit]
    text = LINE_BREAKS.sub(" ", INVISIBLE.sub("", ANSI_ESCAPE.sub("", text)))
    text = LOOSE_JOINER.sub("", text)
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cs", "Co"))
    return unicodedata.normalize("NFC", clean(text))[:limit].rstrip()


def one_line(text: str, limit: int = 1000) -> str:
    """Any text as one printable line of a log or a message: nothing in it can start another one."""
    return "".join(letter if letter.isprintable() else " " for letter in clean_name(text, limit))
