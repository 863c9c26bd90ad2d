import dataclasses
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.web import labels
from flows.web.bar import draw_bar
from flows.web.formats import clean_text, format_day, format_money, format_number, safe_link
from flows.web.sheet import (
    AccountSheet,
    ChangeLine,
    Contribution,
    CountryPresence,
    ExecutiveLine,
    Gate,
    GroupTree,
    Identifier,
    Presence,
    Proof,
    RiskLine,
    Score,
    SourceLine,
    TreeNode,
    nest,
    render_sheet,
)
from schemas.vocabulary import (
    ChangeContext,
    ChangeKind,
    ChangeStatus,
    DateBasis,
    EntityKind,
    ExecutiveRole,
    GroupRole,
    PresenceKind,
    PresenceLevel,
    SizeCategory,
)

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)
NIGHT = datetime(2026, 3, 3, 2, 15, tzinfo=UTC)
LANGUAGES = pytest.mark.parametrize("lang", ["fr", "en"])

SCORE = Score(
    value=76.19,
    low=42.67,
    high=86.67,
    conservative=61.44,
    coverage=56,
    version="1",
    contributions=(
        Contribution("international", 16, 0.88, 25.18, "15 countries"),
        Contribution("national_multisite", 10, 0.66, 11.75, "32 open sites, 12 of 18 regions"),
        Contribution("professional_buying", 16, 0.5, 14.29, "rfar_label"),
        Contribution("purchase_potential", 14, 1.0, 24.97, "revenue 6240.0 M€"),
        Contribution("complexity", 14, None, None, None),
        Contribution("reputation", 8, None, None, None),
    ),
)


def make_sheet(**changed: object) -> AccountSheet:
    sheet = AccountSheet(
        profile_id="gcp_0000000000000000000000TEST",
        name="Ancelvaux Énergies",
        entity_kind=EntityKind.GROUP.value,
        country_code="FR",
        identifiers=(Identifier("FR-RCS", "002001014"), Identifier("LEI", "000000DEMO0000010145")),
        tier="A",
        gates=(Gate("presence", True), Gate("buying", False), Gate("potential", None)),
        score=SCORE,
        presence=Presence(
            level=PresenceLevel.GLOBAL.value,
            countries=(
                CountryPresence("FR", (Proof("registered_office", 1), Proof("subsidiary", 4))),
                CountryPresence("SE", (Proof("subsidiary", 1),)),
            ),
            countries_count=2,
            sites_open_count=32,
            regions_count=12,
            regions_total=18,
        ),
        as_of=NIGHT,
        is_demo=True,
        group=GroupTree(
            nodes=(
                TreeNode("Ancelvaux Énergies", 0, "head", "FR", "Nantes", is_account=True),
                TreeNode("Ancelvaux Services", 1, "intermediate", "FR", "Courbevoie"),
                TreeNode("Ancelvaux España S.L.", 2, "subsidiary", "ES", "Zaragoza"),
                TreeNode("Ancelvaux Sverige AB", 1, "subsidiary", "SE", "Malmö"),
            ),
            is_complete=True,
            entity_count=4,
            known_entity_count=4,
        ),
        executives=(
            ExecutiveLine("Isaure Servandieu", "Directeur Général", "chief_executive", None, "first_seen", SECOND),
            ExecutiveLine("Marc Tournefoye", "Administrateur", "board_member", None, "first_seen", FIRST, 1),
            ExecutiveLine("Solène Vauquelard", None, "unknown", date(2021, 5, 1), "declared", FIRST),
        ),
        changes=(
            ChangeLine(
                "Isaure Servandieu", "appointed", "new", None, "Directeur Général", SECOND, FIRST, source="Registre"
            ),
            ChangeLine(
                "Marc Tournefoye", "departed", "held", "Administrateur", None, SECOND, FIRST, missing_snapshots=1
            ),
        ),
        sources=(
            SourceLine("Registre", "Licence-Ouverte-2.0", "Source : Registre", "https://registre.example/", SECOND),
        ),
        last_verified_at=NIGHT,
        city="Nantes",
        size_category="GE",
        revenue_eur=6.24e9,
        revenue_scope="unknown",
        revenue_year=2024,
        employees_min=10_000,
    )
    return dataclasses.replace(sheet, **changed)


class Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its visible text."""

    VOID = frozenset({"meta", "link", "br", "img", "path", "circle", "rect"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.mistakes.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@LANGUAGES
def test_a_page_is_well_formed_and_says_its_language(lang: str) -> None:
    page = Page(render_sheet(make_sheet(), lang))
    assert page.mistakes == []
    assert page.open == []
    assert page.all("html") == [{"lang": lang}]
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))
    assert len(page.all("h1")) == 1
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    assert {attrs["aria-labelledby"] for _, attrs in page.tags if "aria-labelledby" in attrs} <= set(ids)


@LANGUAGES
def test_a_page_loads_nothing(lang: str) -> None:
    html = render_sheet(make_sheet(), lang)
    page = Page(html)
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert not {name for name, _ in page.tags} & {"script", "img", "iframe", "object", "embed", "form", "base", "video"}
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert not any(
        attribute in {"src", "srcset"} or attribute.startswith("on") for _, a in page.tags for attribute in a
    )
    assert "url(" not in html
    assert "@import" not in html


@LANGUAGES
def test_links_are_plain_and_open_apart(lang: str) -> None:
    bad = (
        "javascript:alert(1)",
        "data:text/html,x",
        " https://registre.example",
        "https://",
        "//registre.example",
        None,
    )
    good = make_sheet().sources
    sources = good + tuple(dataclasses.replace(good[0], title=f"S{n}", homepage=h) for n, h in enumerate(bad))
    links = Page(render_sheet(make_sheet(sources=sources), lang)).all("a")
    assert [a["href"] for a in links] == ["https://registre.example/"]
    assert all("noopener" in (a["rel"] or "") for a in links)


@LANGUAGES
def test_text_from_outside_is_never_markup(lang: str) -> None:
    evil = '<img src=x onerror="alert(1)">{{ 7*7 }}</title></style>\u202e\u0000\u200bfin'
    sheet = make_sheet(
        name=evil,
        legal_name=evil + "2",
        city=evil,
        activity=evil,
        identifiers=(Identifier(evil, evil),),
        group=GroupTree((TreeNode(evil, 0, evil, evil, evil, is_account=True),), False, None, 1),
        executives=(ExecutiveLine(evil, evil, evil, None, evil, FIRST, entity_name=evil),),
        changes=(
            ChangeLine(evil, evil, evil, evil, evil + "2", SECOND, context=(evil,), source=evil, entity_name=evil),
        ),
        sources=(SourceLine(evil, evil, evil, evil, None),),
        score=dataclasses.replace(SCORE, contributions=(Contribution(evil, 5, 0.5, 50.0, evil),)),
        presence=Presence(evil, (CountryPresence(evil, (Proof(evil, 1), Proof(evil, 2))),), None),
    )
    html = render_sheet(sheet, lang)
    page = Page(html)
    assert page.mistakes == []
    assert page.all("img") == []
    assert not any(attribute.startswith("on") for _, attributes in page.tags for attribute in attributes)
    assert "{{ 7*7 }}" in page.text
    assert not set("\u202e\u0000\u200b") & set(html)


@LANGUAGES
def test_unknown_is_shown_as_unknown(lang: str) -> None:
    sheet = make_sheet(
        tier=None,
        revenue_eur=None,
        employees_min=None,
        size_category=None,
        gates=(Gate("presence", None), Gate("buying", None), Gate("potential", None)),
        score=Score(None, 0, 100, 0, 0, "1", tuple(Contribution(c, 10, None, None) for c in labels.COMPONENTS)),
        presence=Presence("unknown", (), None),
        group=None,
        executives=(),
        changes=(),
    )
    page = Page(render_sheet(sheet, lang))
    word = labels.text("unknown", lang)
    assert page.mistakes == []
    assert page.text.lower().count(word) >= 3 + len(labels.COMPONENTS) + 3  # lamps, components, header
    assert labels.text("no_score", lang) in page.text
    assert labels.text("no_group", lang) in page.text
    assert labels.text("no_executives", lang) in page.text
    assert labels.text("no_changes", lang) in page.text
    for key in ("unknown_sites", "unknown_regions", "unknown_revenue", "unknown_employees"):
        assert labels.text(key, lang) in page.text


@LANGUAGES
def test_each_lamp_has_a_word(lang: str) -> None:
    text = Page(render_sheet(make_sheet(), lang)).text
    for gate, state in (("presence", "met"), ("buying", "not_met"), ("potential", "unknown")):
        assert f"{labels.text(f'gate_{gate}', lang)} {labels.text(f'gate_{state}', lang)}" in text


@LANGUAGES
def test_a_held_departure_is_shown_as_held_and_the_mandate_stays(lang: str) -> None:
    text = Page(render_sheet(make_sheet(), lang)).text
    missing = labels.text("missing", lang, n=1)
    assert f"{labels.label('change_kind', 'departed', lang)} {labels.label('change_status', 'held', lang)}" in text
    assert text.count(missing) == 2  # beside the change and beside the executive
    assert labels.text("changes_text", lang) in text


def test_a_change_without_a_date_shows_its_window() -> None:
    french = Page(render_sheet(make_sheet(), "fr")).text
    assert "entre le 2 mars 2026 et le 3 mars 2026" in french
    dated = dataclasses.replace(make_sheet().changes[0], effective_on=FIRST)
    assert "effective 2 March 2026" in Page(render_sheet(make_sheet(changes=(dated,)), "en")).text


@LANGUAGES
def test_since_says_how_it_is_known(lang: str) -> None:
    text = Page(render_sheet(make_sheet(), lang)).text
    declared = labels.label("date_basis", "declared", lang)
    assert (
        f"{labels.text('since', lang, day=format_day(date(2021, 5, 1), lang))} ({declared})".replace("\u00a0", " ")
        in text
    )
    assert labels.text("seen_since", lang, day=format_day(SECOND, lang)).replace("\u00a0", " ") in text


@LANGUAGES
def test_an_incomplete_list_is_never_a_count(lang: str) -> None:
    group = dataclasses.replace(make_sheet().group, is_complete=False, entity_count=None)
    presence = dataclasses.replace(make_sheet().presence, countries_count=None)
    text = Page(render_sheet(make_sheet(group=group, presence=presence), lang)).text
    assert labels.text("group_incomplete", lang, n=4) in text
    assert labels.text("countries_at_least", lang, n=2) in text
    assert f"{labels.text('group', lang)} {labels.text('group_count', lang, n=4)}" not in text
    assert labels.text("unknown_group", lang) in text


@LANGUAGES
def test_long_lists_say_how_much_is_left_out(lang: str) -> None:
    group = make_sheet().group
    assert group is not None
    nodes = group.nodes + tuple(TreeNode(f"Child {n}", 1, "subsidiary", "DE") for n in range(100))
    sheet = make_sheet(group=dataclasses.replace(group, nodes=nodes), executives=make_sheet().executives * 10)
    text = Page(render_sheet(sheet, lang)).text
    assert labels.text("and_more", lang, n=84) in text
    assert labels.text("and_more", lang, n=20) in text


@LANGUAGES
def test_the_banner_stands_on_invented_data_only(lang: str) -> None:
    banner = labels.text("demo_title", lang)
    assert banner in Page(render_sheet(make_sheet(), lang)).text
    assert banner not in Page(render_sheet(make_sheet(is_demo=False), lang)).text


def test_evidence_and_countries_speak_the_language_of_the_page() -> None:
    french = Page(render_sheet(make_sheet(), "fr")).text
    english = Page(render_sheet(make_sheet(), "en")).text
    assert "32 établissements ouverts, 12 régions sur 18" in french
    assert "label Relations fournisseurs et achats responsables" in french
    assert "chiffre d'affaires 6,2 Md€" in french
    assert "Suède" in french
    assert "responsible-purchasing label (RFAR)" in english
    assert "revenue €6.2bn" in english
    assert "Sweden" in english
    assert "Directeur Général · chief executive" in english
    assert labels.tell_evidence("5000 employees", "fr") == "5\u00a0000 salariés"
    assert (
        labels.tell_evidence("at least 1 country; the list is not whole", "fr") == "au moins 1 pays ; liste incomplète"
    )


def test_every_text_has_both_languages_and_the_same_blanks() -> None:
    for key, (french, english) in labels.TEXTS.items():
        assert french, key
        assert english, key
        assert set(re.findall(r"\{(\w+)\}", french)) == set(re.findall(r"\{(\w+)\}", english)), key


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        ("role", ExecutiveRole),
        ("change_kind", ChangeKind),
        ("change_status", ChangeStatus),
        ("change_context", ChangeContext),
        ("date_basis", DateBasis),
        ("entity_kind", EntityKind),
        ("group_role", GroupRole),
        ("presence_level", PresenceLevel),
        ("presence_kind", PresenceKind),
        ("presence_kinds", PresenceKind),
        ("size_category", SizeCategory),
    ],
)
def test_every_word_of_a_vocabulary_has_a_label(vocabulary: str, words: type) -> None:
    assert set(labels.VOCABULARIES[vocabulary]) == {word.value for word in words}


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'de': fr or en"):
        render_sheet(make_sheet(), "de")


def test_the_same_sheet_is_the_same_page() -> None:
    assert render_sheet(make_sheet(), "fr") == render_sheet(make_sheet(), "fr")


def test_segments_lie_side_by_side_and_end_at_the_score() -> None:
    bar = draw_bar([("a", 10.0), ("b", 30.5), ("c", 2.0)], 42.5, 20, 60, 30)
    assert [s.component for s in bar.segments] == ["b", "a", "c"]
    assert [(s.start, s.width) for s in bar.segments] == [(0.0, 30.5), (30.5, 10.0), (40.5, 2.0)]
    assert [s.has_room for s in bar.segments] == [True, True, False]


def test_a_tree_hangs_every_node_under_its_parent() -> None:
    names = [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 3), ("f", 0)]
    roots = nest([TreeNode(name, depth, "subsidiary") for name, depth in names])
    assert [r.node.name for r in roots] == ["a", "f"]
    assert [b.node.name for b in roots[0].below] == ["b", "d"]
    assert [b.node.name for b in roots[0].below[1].below] == ["e"]


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Société\tX\n", "Société X"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("a\u2066b\u2069c\u200f", "abc"),
        ("pay\u200bload\ufeff", "payload"),
        ("ma\u200cn", "ma\u200cn"),  # a joiner that Persian spelling needs
        ("\ud800x", "x"),
        ("6\u00a0M€", "6\u00a0M€"),
    ],
)
def test_text_is_cleaned(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(max_size=40), st.sampled_from(["fr", "en"]))
def test_any_name_gives_a_well_formed_page(name: str, lang: str) -> None:
    page = Page(render_sheet(make_sheet(name=name), lang))
    assert page.mistakes == []
    assert page.all("h1") == [{}]


@pytest.mark.parametrize(
    ("euros", "french", "english"),
    [
        (6.24e9, "6,2 Md€", "€6.2bn"),
        (164e6, "164 M€", "€164m"),
        (5.2e6, "5,2 M€", "€5.2m"),
        (5e6, "5 M€", "€5m"),
        (12_300, "12,3 k€", "€12.3k"),
        (950, "950 €", "€950"),
        (-5.2e6, "-5,2 M€", "-€5.2m"),
        (999_960_000, "1 Md€", "€1bn"),
    ],
)
def test_money(euros: float, french: str, english: str) -> None:
    assert format_money(euros, "fr").replace("\u00a0", " ") == french
    assert format_money(euros, "en") == english


def test_numbers_and_days() -> None:
    assert format_number(10_000.5, "fr", 1) == "10\u00a0000,5"
    assert format_number(10_000.5, "en", 1) == "10,000.5"
    assert format_day(date(2026, 8, 1), "fr") == "1er\u00a0août\u00a02026"
    assert format_day(date(2026, 8, 1), "en") == "1\u00a0August\u00a02026"


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://registre.example/a?b=c", True),
        ("http://registre.example", True),
        ("ftp://registre.example", False),
        ("JavaScript:alert(1)", False),
        ("https://[", False),
        ("https://a\nb.example", False),
        ("", False),
    ],
)
def test_links(address: str, is_safe: bool) -> None:
    assert safe_link(address) == (address if is_safe else None)


@LANGUAGES
def test_a_warning_is_told_with_the_notice_that_shows_it(lang: str) -> None:
    risk = RiskLine("insolvency", "BODACC, annonces commerciales", "A|20260055|1290|002001618", SECOND)
    page = render_sheet(make_sheet(risks=(risk,)), lang)
    assert {"fr": "procédure collective en cours", "en": "insolvency proceedings under way"}[lang] in page
    assert risk.source_key in page
    assert risk.source_key not in render_sheet(make_sheet(), lang)
