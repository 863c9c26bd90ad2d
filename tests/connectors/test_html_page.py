"""Hostile pages are done or stopped (RELIABILITY T7); pages for people are read."""

import subprocess
import sys

import pytest

from connectors.contract import NotAnAnswerError
from connectors.html_page import parse_html

# Made in the child itself: name -> expression. Each was seconds or a hundred megabytes for an unguarded parser.
HOSTILE = {
    "75k comment starts": "b'<!--' * 75_000",
    "2 MB of comment starts": "b'<!--' * 500_000",
    "2 MB of <": "b'<' * 2_000_000",
    "5 MB of <": "b'<' * 5_000_000",
    "100k nested div": "b'<div>' * 100_000",
    "20k nested b and i": "b'<b><i>' * 20_000",
    "200k attributes in one tag": "b'<div ' + b' '.join(b'a%d=1' % n for n in range(160_000)) + b'>'",
    "400k small elements": "b'<p>a' * 400_000",
    "40k elements of 4 attributes": "b'<a a=1 b=2 c=3 d=4>x</a>' * 40_000",
    "2 MB of &": "b'&' * 2_000_000",
    "60k tables": "b'<table><tr><td>' * 60_000",
    "60k open links": "b'<a href=x>' * 60_000",
    "2 MB of </": "b'</' * 1_000_000",
    "2 MB of one attribute": "b'<a x=\"' + b'y' * 1_990_000",
    "2 MB of script": "b'<script>' + b'<' * 1_990_000",
    "2 MB of declarations": "b'<!x' * 660_000",
}
CHILD = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
from connectors.contract import NotAnAnswerError
from connectors.html_page import parse_html
parse_html(b"<p>warm</p>")
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    parse_html({page}).get_text()
    end = "read"
except NotAnAnswerError as error:
    end = "refused"
print(end, round(time.process_time() - start, 2), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_done_or_refused_within_5_cpu_seconds(name, pytestconfig):
    """The child would be killed by the system after 5 s; it never is, and its memory is watched."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.replace("{page}", HOSTILE[name])],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    end, seconds, mebibytes = done.stdout.split()
    assert end in ("read", "refused")
    assert float(seconds) < 5
    assert int(mebibytes) <= 192, f"{name}: {mebibytes} MiB"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"<p>" * 700_000, "bytes, more than"),
        (b"<div>" * 600, "deeper than 512"),
        (b"<p>a" * 70_000, "more than 60000 elements"),
        (b"<p " + b" ".join(b"a%d" % n for n in range(1100)) + b">", "attributes"),
        ("<p>" + "\ufffd" * 20 + "a" * 900, "garbled"),
    ],
)
def test_a_refusal_has_its_reason(page, words):
    with pytest.raises(NotAnAnswerError, match=words):
        parse_html(page if isinstance(page, bytes) else page.encode())


def test_a_page_for_people_is_read():
    page = parse_html(b"<html><body><h1>Maison Exemple</h1>" + b"<div>" * 200 + b"<p>Mentions" + b"<p>x</p>" * 20_000)
    assert page.h1 is not None
    assert page.h1.get_text() == "Maison Exemple"
    assert len(page.find_all("p")) == 20_001


@pytest.mark.parametrize("body", [b"", b"   ", b"plain text", b"<", b"<!--", b"\xff\xfe"])
def test_what_is_no_page_is_an_empty_one(body):
    assert parse_html(body).find("a") is None


LATIN = "Société Générale, président à Évry"
WRITTEN = {
    "utf-8": LATIN, "iso-8859-1": LATIN, "windows-1252": f"{LATIN} €", "iso-8859-15": f"{LATIN} €",
    "utf-16": LATIN, "utf-16-le": LATIN, "koi8-r": "Президент", "windows-1251": "Президент",
    "iso-8859-2": "prezes Łódź", "shift_jis": "代表取締役", "gb18030": "董事长", "iso-2022-jp": "代表取締役",
}  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("declared", ["by the answer", "by the page", "wrongly"])
def test_12_encodings_in_3_declarations_are_read_or_refused(written, declared):
    text = WRITTEN[written]
    if declared == "by the answer":
        assert parse_html(f"<p>{text}</p>".encode(written), charset=written).get_text() == text
    elif declared == "by the page" and not written.startswith("utf-16"):
        page = f'<html><head><meta charset="{written}"></head><body><p>{text}</p></body></html>'.encode(written)
        assert parse_html(page).get_text() == text
        assert parse_html(page, charset="no-such-charset").get_text() == text
    elif declared == "wrongly":
        body = f"<p>{text}</p>".encode(written)
        if written in ("utf-8", "utf-16"):  # their own marks are stronger than a wrong word
            assert parse_html(body, charset="iso-8859-1").get_text() == text
        if written != "utf-16":  # which gives a meaning to almost any two bytes
            with pytest.raises(NotAnAnswerError, match="garbled"):
                parse_html(body + b"\xff\x81\x00\x8d" * 9, charset="zip")


def test_a_charset_that_is_a_compression_is_none():
    assert parse_html(b"<p>x</p>", charset="zlib_codec").get_text() == "x"
    assert parse_html(b"<p>x</p>", charset="rot13\0").get_text() == "x"
