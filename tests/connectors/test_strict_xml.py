"""The attacks of RELIABILITY T8 are refused and no file is read; site maps and feeds are read."""

import pytest

from connectors.contract import NotAnAnswerError
from connectors.strict_xml import parse_xml

LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{(chr(38) + f"l{n - 1};") * 10}">' for n in range(1, 10))
ATTACKS = {
    "file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>',
    "address": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
    "outer document type": '<!DOCTYPE a SYSTEM "file://{secret}"><a/>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "file://{secret}"> %x;]><a/>',
    "billion laughs": f"<!DOCTYPE a [{LAUGHS}]><a>&l9;</a>",
    "quadratic": f'<!DOCTYPE a [<!ENTITY x "{"y" * 50_000}">]><a>{"&x;" * 10_000}</a>',
    "laughs in an attribute": f'<!DOCTYPE a [{LAUGHS}]><a b="&l9;"/>',
    "default attribute": '<!DOCTYPE a [<!ATTLIST a b CDATA "forged">]><a/>',
}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_and_nothing_behind_it_is_read(tmp_path, name, encoding):
    secret = tmp_path / "secret.dtd"
    secret.write_text("S3CRET")
    with pytest.raises(NotAnAnswerError) as refusal:
        parse_xml(ATTACKS[name].replace("{secret}", str(secret)).encode(encoding))
    assert "document type" in str(refusal.value)
    assert "S3CRET" not in str(refusal.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no XML"),
        (b"<html><p>an error page", "no XML"),
        (b"<a><b></a>", "no XML"),
        (b"<a>", "no XML"),
        (b"{}", "no XML"),
        (b"<a>&x;</a>", "no XML"),
        (b"<a>" * 65 + b"</a>" * 65, "nested too deep"),
        (b"<a>" * 100_000, "nested too deep"),
        (b"<a>\0</a>", "no XML"),
    ],
)
def test_what_is_no_xml_has_its_reason(body, words):
    with pytest.raises(NotAnAnswerError, match=words):
        parse_xml(body)


def test_a_site_map_is_read():
    address = b"<url><loc>https://site.example/a?b=1&amp;c=2</loc><!-- new --></url>"
    name = b"http://www.sitemaps.org/schemas/sitemap/0.9"
    root = parse_xml(
        b'\xef\xbb\xbf\n<?xml version="1.0"?><urlset xmlns="' + name + b'">' + address * 5000 + b"</urlset>"
    )
    assert [node.text for node in root.iter("{*}loc")] == ["https://site.example/a?b=1&c=2"] * 5000
