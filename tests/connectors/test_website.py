"""Companies' own sites: what a page says of its publisher, and a crawl over real HTTP that changes nothing twice."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.archive import Archive
from connectors.contract import NotAnAnswerError
from connectors.domains import registrable_domain
from connectors.page_kinds import kind_of_address, kind_of_text
from connectors.polite import PoliteClient
from connectors.site_map import read_site_map
from connectors.website import CONNECTOR
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import PageKind

DOMAIN = "maison-tolvec.example"
SITE = f"https://www.{DOMAIN}"
COMPANY, HOST, AGENCY = "002004018", "002004026", "002004034"
FILES = Path(__file__).parents[1] / "fixtures" / "website"


def row_of(body: bytes, path: str = "/", url: str | None = None, content_type: str = "text/html") -> dict | None:
    payload = Payload("website", SITE + path, body, url=url or SITE + path, headers={"content-type": content_type})
    (batch,) = CONNECTOR.parse(payload)
    rows = batch.frames["pages"].to_dicts()
    return rows[0] if rows else None


def numbers(row: dict, party: str) -> set[tuple[str, str]]:
    told = [json.loads(text) for text in row["claims"]]
    return {(claim["scheme"], claim["value"]) for claim in told if claim["party"] == party}


# ---------------------------------------------------------------------------------------------------------- parsing


@pytest.mark.parametrize(
    ("file", "path", "kind", "title"),
    [
        ("home", "/", "home", "Maison Tolvec | Emballages industriels"),
        ("about", "/groupe", "about", "Le groupe - Maison Tolvec"),
        ("leadership", "/groupe/comite-de-direction", "leadership", None),
        ("legal_notice", "/mentions-legales.html", "legal_notice", "Mentions légales"),
    ],
)
def test_a_page_is_a_row(file: str, path: str, kind: str, title: str | None) -> None:
    row = row_of((FILES / f"{file}.html").read_bytes(), path)
    assert (row["kind"], row["title"], row["language"], row["domain"]) == (kind, title, "fr", DOMAIN)
    assert row["canonical_url"] == SITE + path


def test_json_ld_tells_the_company_and_neither_its_parent_nor_its_founder() -> None:
    row = row_of((FILES / "home.html").read_bytes())
    assert numbers(row, "publisher") == {("VAT", "FR06" + COMPANY), ("LEI", "000000DEMO0000040118")}
    assert row["legal_names"] == ["MAISON TOLVEC SAS", "Maison Tolvec"]


def test_the_numbers_of_host_and_agency_are_not_the_companys() -> None:
    row = row_of((FILES / "legal_notice.html").read_bytes(), "/mentions-legales.html")
    assert numbers(row, "publisher") == {("FR-RCS", COMPANY), ("VAT", "FR06" + COMPANY)}
    assert numbers(row, "host") == {("FR-RCS", HOST), ("FR-SIRET", HOST + "00015")}
    assert numbers(row, "agency") == {("FR-RCS", AGENCY)}
    assert numbers(row, "unknown") == {("FR-RCS", "002004042")}
    assert row["legal_names"] == ["MAISON TOLVEC SAS"]


def test_a_number_on_any_other_page_is_no_claim() -> None:
    assert row_of((FILES / "about.html").read_bytes(), "/groupe")["claims"] == []


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("home.html", "/"),
        ("about.html", "/groupe"),
        ("leadership.html", "/groupe/comite-de-direction"),
        ("leadership.html", "/qui"),
        ("legal_notice.html", "/mentions-legales"),
        ("feed.xml", "/flux"),
    ],
)
def test_no_row_names_a_person(file: str, path: str) -> None:
    kind = "application/rss+xml" if file.endswith("xml") else "text/html"
    text = str(row_of((FILES / file).read_bytes(), path, content_type=kind))
    assert "Aurèle" not in text
    assert "Quistreff" not in text
    assert "02 99" not in text


@pytest.mark.parametrize(
    ("line", "publisher"),
    [
        ("SIREN : 002 004 018", {("FR-RCS", COMPANY)}),
        ("002 004 018 R.C.S. Rennes", {("FR-RCS", COMPANY)}),
        ("RCS Rennes B 002.004.018", {("FR-RCS", COMPANY)}),
        ("Siret 002 004 018 00012", {("FR-SIRET", COMPANY + "00012")}),
        ("N° SIREN</td><td>002004018", {("FR-RCS", COMPANY)}),
        ("RCS Rennes 002 004 018 35000 Rennes", {("FR-RCS", COMPANY)}),
        ("TVA FR06002004018", {("VAT", "FR06" + COMPANY)}),
        ("LEI : 000000DEMO0000040118", {("LEI", "000000DEMO0000040118")}),
        ("SIREN : 002 004 019", set()),  # no Luhn key
        ("SIREN : ٠٠٢ ٠٠٤ ٠١٨", set()),  # not the digits of a register
        ("Téléphone 002 004 018", set()),  # no label
        ("Hébergeur : HEBERGOFIN, RCS Lille 002 004 026", set()),
        ("Éditeur : Tolvec, RCS Rennes 002 004 018. Hébergeur : RCS Lille 002 004 026", {("FR-RCS", COMPANY)}),
        ("Site hosted by Hebergofin, trade register 002 004 026", set()),
    ],
)
def test_lines_of_a_legal_notice(line: str, publisher: set[tuple[str, str]]) -> None:
    page = f"<html><body><h1>Mentions légales</h1><table><tr><td>{line}</td></tr></table></body></html>"
    assert numbers(row_of(page.encode(), "/x"), "publisher") == publisher


def test_a_quote_is_short_and_begins_at_its_label() -> None:
    row = row_of((FILES / "legal_notice.html").read_bytes(), "/mentions-legales.html")
    quotes = {json.loads(text)["quote"] for text in row["claims"]}
    assert {"RCS de Rennes sous le numéro 002 004 018", "RCS Lille 002 004 026"} <= quotes
    assert all(len(quote) <= 300 for quote in quotes)


def test_a_page_that_moved_to_another_domain_is_nobodys() -> None:
    body = (FILES / "legal_notice.html").read_bytes()
    assert row_of(body, "/mentions-legales", url="https://autre-maison.example/x") is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ((FILES / "sitemap.xml").read_bytes(), "application/xml"),
        (gzip.compress((FILES / "sitemap.xml").read_bytes()), "application/gzip"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<html>" + b"<div>" * 5000, "text/html"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><urlset>&a;</urlset>", "application/xml"),
        (b"", "text/html"),
    ],
)
def test_what_is_no_page_holds_no_record_and_harms_nobody(body: bytes, content_type: str) -> None:
    assert row_of(body, content_type=content_type) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"<html><body>no address</body></html>", b"<html>" + b"<p>" * 70000]
)
def test_an_imported_file_must_be_a_page_with_an_address(body: bytes) -> None:
    with pytest.raises(NotAnAnswerError):
        list(CONNECTOR.parse(Payload("website", "import/page.html", body)))


@pytest.mark.parametrize("key", [COMPANY, DOMAIN, f"{SITE}/mentions-legales.html", "FR06" + COMPANY])
def test_a_page_of_whom_may_not_be_named_goes_as_a_whole(key: str) -> None:
    body = (FILES / "legal_notice.html").read_bytes()
    payload = Payload("website", f"{SITE}/mentions-legales.html", body, url=f"{SITE}/mentions-legales.html")
    assert CONNECTOR.redact(payload, frozenset({key})) is None
    assert CONNECTOR.redact(payload, frozenset({HOST, "another.example"})) == body


# ------------------------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mentions légales", PageKind.LEGAL_NOTICE), ("Impressum", PageKind.LEGAL_NOTICE),
        ("Aviso legal", PageKind.LEGAL_NOTICE), ("Legal notice", PageKind.LEGAL_NOTICE),
        ("Notre équipe dirigeante", PageKind.LEADERSHIP), ("Our leadership team", PageKind.LEADERSHIP),
        ("Vorstand", PageKind.LEADERSHIP), ("Geschäftsführung", PageKind.LEADERSHIP),
        ("Equipo directivo", PageKind.LEADERSHIP), ("Aufsichtsrat", PageKind.GOVERNANCE),
        ("Board of directors", PageKind.GOVERNANCE), ("Über uns", PageKind.ABOUT), ("Quiénes somos", PageKind.ABOUT),
        ("Qui sommes-nous ?", PageKind.ABOUT), ("Nos implantations", PageKind.LOCATIONS),
        ("Standorte", PageKind.LOCATIONS), ("Communiqués de presse", PageKind.PRESS), ("Prensa", PageKind.PRESS),
        ("Notre nouvelle directrice rejoint la direction de l’usine", None), ("Catalogue", None),
        ("Jean Tolvec", None), ("", None),
    ],
)  # fmt: skip
def test_link_texts(text: str, kind: PageKind | None) -> None:
    assert kind_of_text(text) == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"{SITE}/", PageKind.HOME), (f"{SITE}/fr/", PageKind.HOME), (f"{SITE}/en/about-us.html", PageKind.ABOUT),
        (f"{SITE}/groupe/gouvernance/", PageKind.GOVERNANCE), (f"{SITE}/team/jean-tolvec", None),
        (f"{SITE}/mentions%20l%C3%A9gales", PageKind.LEGAL_NOTICE), (f"{SITE}/produits", None),
    ],
)  # fmt: skip
def test_addresses(url: str, kind: PageKind | None) -> None:
    assert kind_of_address(url) == kind


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Tolvec.example/x", "tolvec.example"), ("tolvec.co.uk", "tolvec.co.uk"),
        ("www.a.tolvec.fr:443", "tolvec.fr"), ("münchen.example", "xn--mnchen-3ya.example"), ("127.0.0.1", None),
        ("localhost", None), ("someone@tolvec.example", None), ("co.uk", None), ("shop.github.io", "shop.github.io"),
        ("", None), (None, None), ("http://[", None), ("a b.example", None), ("tolvec..example", None),
    ],
)  # fmt: skip
def test_registrable_domains(text: str | None, domain: str | None) -> None:
    assert registrable_domain(text) == domain


def test_a_packed_bomb_is_no_site_map() -> None:
    with pytest.raises(NotAnAnswerError, match="packed site map"):
        read_site_map(gzip.compress(b"<urlset>" + b" " * 20_000_000))


# ------------------------------------------------------------------------------------------- a site on loopback


class Site:
    """A company's site with validators: answers 304 where the question allows, and what a test makes of its pages."""

    def __init__(self, server: HTTPServer) -> None:
        self.pages: dict[str, bytes | Callable[[], Response]] = {
            "/": (FILES / "home.html").read_bytes().replace(SITE.encode(), b"http://site.example"),
            "/robots.txt": b"User-agent: *\nDisallow: /presse\nSitemap: http://site.example/maps.xml\n",
            "/maps.xml": b"<sitemapindex><sitemap><loc>http://site.example/pages.xml.gz</loc></sitemap>"
            b"<sitemap><loc>http://elsewhere.example/more.xml</loc></sitemap></sitemapindex>",
            "/pages.xml.gz": gzip.compress(
                (FILES / "sitemap.xml").read_bytes().replace(SITE.encode(), b"http://site.example")
            ),
            "/groupe": (FILES / "about.html").read_bytes(),
            "/groupe/comite-de-direction": (FILES / "leadership.html").read_bytes(),
            "/groupe/gouvernance": b"<html lang=fr><body><h1>Gouvernance</h1></body></html>",
            "/mentions-legales.html": (FILES / "legal_notice.html").read_bytes(),
            "/de/standorte": b"<html lang=de><body><h1>Standorte</h1></body></html>",
        }
        self.asked: list[tuple[str, str]] = []
        server.expect_request("/robots.txt").respond_with_handler(self)
        for path in [*self.pages, "/implantations/", "/presse", "/catalogue", "/actualites/flux", "/sitemap.xml"]:
            server.expect_request(path).respond_with_handler(self)
        server.expect_request("/groupe/conseil-d-administration").respond_with_handler(self)

    def __call__(self, request: Request) -> Response:
        page = self.pages.get(request.path)
        if request.host != "site.example" or page is None:
            return Response("", status=404)
        self.asked.append((request.path, request.headers.get("If-None-Match", "")))
        if callable(page):
            return page()
        tag = f'"{hash(page)}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag})
        kind = "application/gzip" if request.path.endswith("gz") else "text/html; charset=utf-8"
        return Response(page, content_type=kind, headers={"ETag": tag})


@pytest.fixture
def site(httpserver: HTTPServer, internet) -> Site:
    return Site(httpserver)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


@pytest.fixture
def crawl(client_for, archive: Archive) -> Callable[..., tuple[list[Payload], PoliteClient]]:
    def run(*domains: str) -> tuple[list[Payload], PoliteClient]:
        client = client_for("", allow_private_addresses=False, archive=archive)
        return list(CONNECTOR.fetch(client, Watermark(domains=domains or ("site.example",)))), client

    return run


def paths(payloads: list[Payload]) -> list[str]:
    return [payload.key.removeprefix("http://site.example") for payload in payloads]


def test_the_pages_that_are_worth_it_in_one_order(site: Site, crawl) -> None:
    pages, client = crawl()
    assert paths(pages) == [
        "/", "/mentions-legales.html", "/groupe", "/groupe/comite-de-direction", "/groupe/gouvernance",
        "/de/standorte",
    ]  # fmt: skip
    asked = [path for path, _ in site.asked]
    assert "/presse" not in asked  # robots.txt
    assert "/catalogue" not in asked
    assert len(asked) == len(set(asked))
    assert any("robots" in note for note in client.notes)


def test_the_second_night_asks_only_for_what_changed_and_brings_the_same(site: Site, crawl, archive: Archive) -> None:
    first, _ = crawl()
    site.asked.clear()
    second, _ = crawl()
    assert [(p.key, p.body, p.status) for p in second] == [(p.key, p.body, p.status) for p in first]
    assert all(tag for path, tag in site.asked if path != "/robots.txt")
    assert [row for p in second for row in rows_of(p)] == [row for p in first for row in rows_of(p)]
    site.pages["/groupe"] = b"<html lang=fr><head><title>Autre</title></head></html>"
    third, _ = crawl()
    assert {p.key for p, old in zip(third, first, strict=True) if p.body != old.body} == {"http://site.example/groupe"}


def rows_of(payload: Payload) -> list[dict]:
    (batch,) = CONNECTOR.parse(payload)
    return batch.frames["pages"].to_dicts()


@pytest.mark.parametrize(
    "fault",
    [
        lambda: Response("no", status=500),
        lambda: Response("no", status=403),
        lambda: Response("", status=302, headers={"Location": "http://elsewhere.example/stolen"}),
        lambda: Response("", status=302, headers={"Location": "/groupe"}),
        lambda: Response(b"<html>" + b"<div>" * 5000, content_type="text/html"),
        lambda: Response(gzip.compress(b"x" * 3_000_000), headers={"Content-Encoding": "gzip"}),
        lambda: Response(gzip.compress(b"<html>" * 999)[:40], headers={"Content-Encoding": "gzip"}),
        lambda: Response("", status=302, headers={"Location": "https://www.linkedin.com/company/x"}),
    ],
)
def test_one_faulty_page_harms_no_other(site: Site, crawl, fault) -> None:
    site.pages["/groupe"] = fault
    pages, _ = crawl()
    assert {"/", "/mentions-legales.html", "/groupe/gouvernance", "/de/standorte"} <= set(paths(pages))
    assert "/groupe" not in paths(pages)


def test_one_faulty_site_harms_no_other(site: Site, crawl, internet) -> None:
    internet.addresses["down.example"] = internet.addresses["www.down.example"] = [["93.184.216.99"]]
    pages, client = crawl("down.example", "nowhere.example", "site.example")
    assert {registrable_domain(page.key) for page in pages} == {"site.example"}
    assert [note.partition(" ")[0] for note in client.notes if "cannot be read (" in note] == [
        "down.example",
        "nowhere.example",
    ]


def test_a_site_that_moved_to_another_domain_is_left(site: Site, crawl) -> None:
    site.pages["/"] = lambda: Response("", status=301, headers={"Location": "http://elsewhere.example/"})
    pages, client = crawl()
    assert pages == []
    assert client.notes


def test_at_most_thirty_requests_a_site(site: Site, crawl) -> None:
    links = "".join(f'<a href="/{n}/equipe">x</a><a href="/{n}/groupe">x</a>' for n in range(200))
    site.pages["/"] = f"<html><body>{links}</body></html>".encode()
    pages, _ = crawl()
    assert len(site.asked) <= 31  # robots.txt and thirty
    assert pages


def test_one_request_a_second_and_host(site: Site, crawl, fake_time) -> None:
    crawl()
    assert fake_time.monotonic() >= len(site.asked) - 1
