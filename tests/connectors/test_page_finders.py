"""The finders of connectors/pages: lines, encodings, declared data, hostile pages."""

import pytest

from connectors.contract import NotAnAnswerError
from connectors.html_page import decode_page
from connectors.pages.lines import read_lines
from connectors.pages.nesting import refuse_deep_nesting
from connectors.pages.schema_org import find_structured


def texts(html: str) -> list[str]:
    return [line.text for line in read_lines(html)]


def test_inline_elements_join_and_blocks_part() -> None:
    assert texts("<html><body><p>Jane <b>Harlow</b><br>CFO</p><div>next</div></body></html>") == [
        "Jane Harlow",
        "CFO",
        "next",
    ]


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "utf-16"])
def test_encodings_end_in_the_same_words(charset: str) -> None:
    page = "<html><body><p>Société générée</p></body></html>"
    assert texts(decode_page(page.encode(charset))) == ["Société générée"]


def test_mojibake_is_mended() -> None:
    assert texts("<p>SociÃ©tÃ© Ardovia</p>") == ["Société Ardovia"]


def test_zones_are_told_apart() -> None:
    lines = read_lines(
        '<html><body><nav>Menu</nav><div class="testimonial">Super</div><select><option>France</select></body></html>'
    )
    assert [line.zone for line in lines] == ["nav", "quote", "choice"]


@pytest.mark.parametrize(
    "block",
    [
        '{"@type":"Organization","name":"Ardovia","url":"https://ardovia.example",}',
        '<!-- {"@type":"Organization","name":"Ardovia","url":"https://ardovia.example"} -->',
        '{"@graph":[{"@type":"Organization","name":"Ardovia","url":"https://ardovia.example"}',
        '{"@type":"Organization"\n"name":"Ardovia",\n"url":"https://ardovia.example"}',
        '{"@type":"Organization","name":"Ardovia","description":"the "best" one","url":"https://ardovia.example"}',
    ],
)
def test_broken_blocks_are_mended(block: str) -> None:
    orgs, _ = find_structured(f'<script type="application/ld+json">{block}</script>')
    assert [(org.name, org.fields["url"]) for org in orgs] == [("Ardovia", "https://ardovia.example")]


def test_microdata_and_rdfa_are_read() -> None:
    micro = (
        '<div itemscope itemtype="https://schema.org/Person"><span itemprop="name">Jane Harlow</span><i '
        'itemprop="jobTitle">CFO</i></div>'
    )
    rdfa = '<div vocab="https://schema.org/" typeof="Organization"><span property="name">Ardovia</span></div>'
    assert [(p.name, p.fields) for p in find_structured(micro)[1]] == [("Jane Harlow", {"jobTitle": "CFO"})]
    assert [o.name for o in find_structured(rdfa)[0]] == ["Ardovia"]


def test_deep_nesting_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(NotAnAnswerError, match="nested deeper"):
        refuse_deep_nesting("<div>" * 100_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["<!--", "<", "<p>", "&amp;", '<script type="application/ld+json">{', "itemscope ", "\0"]
)
def test_fifty_kilobytes_of_anything_end_well(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    read_lines(text)
    find_structured(text)
