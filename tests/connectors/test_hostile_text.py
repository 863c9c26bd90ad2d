"""Hostile names become harmless ones; log lines stay lines (RELIABILITY T25)."""

import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hostile_text import clean_name, one_line


@pytest.mark.parametrize(
    ("hostile", "name"),
    [
        ("Maison Exemple", "Maison Exemple"),
        ("Société d'Évry & Fils (S.A.S.)", "Société d'Évry & Fils (S.A.S.)"),
        ("Exemple\nERROR forged line", "Exemple ERROR forged line"),
        ("Exemple\r\n\x0b\x0c\x85\u2028\u2029SA", "Exemple SA"),
        ("\x1b[31;1mExemple\x1b[0m", "Exemple"),
        ("\x9b31mExemple", "Exemple"),
        ("\x1b]0;title\x07Exemple\x1b]8;;http://x.example\x1b\\SA", "ExempleSA"),
        ("Ex\0emple", "Ex emple"),
        ("\u202egpj.elpmexE\u202c", "gpj.elpmexE"),
        ("\u2066Exemple\u2069", "Exemple"),
        ("Ex\u2060em\u00adple\ufeff", "Exemple"),
        ("Ex\u200dem\u200cple", "Exemple"),
        ("\u06a9\u062a\u0627\u0628\u200c\u0647\u0627", "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627"),
        ("Exemple\U000e0049\U000e0067", "Exemple"),
        ("Exemple\ud800", "Exemple"),
        ("Exemple\ue000", "Exemple"),
        ("E\u0301vry", "Évry"),
        ("  a \t b  ", "a b"),
        ("中文公司", "中文公司"),
        ("", ""),
    ],
)
def test_a_name_is_made_harmless(hostile, name):
    assert clean_name(hostile) == name


def test_a_name_has_300_characters_at_most():
    assert len(clean_name("a" * 10_000)) == 300
    assert clean_name("\u202e" * 10_000 + "a") == ""
    assert clean_name("\x1b[" * 10_000) == ""


@given(st.text(st.characters(codec=None), max_size=700))
def test_whatever_comes_a_name_is_one_short_line_that_can_be_stored(text):
    name = clean_name(text)
    assert len(name) <= 300
    assert name == clean_name(name)
    name.encode()
    assert len(name.splitlines()) <= 1
    assert not {unicodedata.category(letter) for letter in name} & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert one_line(text).isprintable()


@pytest.mark.parametrize("name", ["a\nb", "a\r\nERROR b", "\x1b[2Jx", "a\u2028b", "\u202eb", "x" * 10_000, "a\x85b"])
def test_log_lines_are_events(name, caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("grandcompte").info("read %s", one_line(name, 300))
    (line,) = caplog.text.splitlines()
    assert line.isprintable()
    assert len(line) < 400
