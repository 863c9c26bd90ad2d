"""Companies' own sites: the few pages on which a company tells who it is, who leads it and where it stands."""

import json
from collections import deque
from collections.abc import Iterator
from datetime import date, datetime
from email.message import Message
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from lxml import etree  # type: ignore[import-untyped]  # ships no types

from connectors.contract import Batch, NotAnAnswerError, SourceTerms
from connectors.domains import registrable_domain
from connectors.hostile_text import clean_name
from connectors.html_page import parse_html
from connectors.page_kinds import kind_of_page
from connectors.pages.identity import find_legal_identity
from connectors.pages.structured import find_organisations
from connectors.rows import Row, empty_frame, to_frame
from connectors.site_crawl import crawl
from connectors.site_map import is_site_map, page_address, read_site_map
from connectors.strict_xml import parse_xml
from schemas.frames import Page
from schemas.identifiers import normalise_siren
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ClaimPlace, PageKind, SiteParty

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

SOURCE = "website"
SITES_AT_ONCE = 20  # one request a second and host: while one site waits for its turn the next one is asked
MOST_HEADINGS = 5
MOST_NAMES = 5
# Titles of these are about the company; the others may name a person.
TITLED = frozenset({PageKind.HOME, PageKind.ABOUT, PageKind.LEGAL_NOTICE, PageKind.LOCATIONS})
HTML_MARKS = (b"<html", b"<!doctype html", b"<head", b"<body")
FEED_MARKS = (b"<rss", b"<feed", b"<rdf:rdf")
SIREN_LENGTH = 9

TERMS = SourceTerms(
    title="Companies' own web sites",
    publisher="each company",
    homepage="https://www.rfc-editor.org/rfc/rfc9309",
    base_url="https://website.invalid",  # there is no one address: each site is asked at its own
    licence="LicenseRef-public-web-facts",
    attribution="Source : site web public de l'entreprise, cité avec son adresse",
    personal_data=(
        "Public pages about the company only, by robots.txt and never behind a log-in. The pages' rows hold no person: "
        "legal names, identifiers and the sentence that tells them. Leadership pages stay in the archive for 90 days."
    ),
    requests_per_second=1.0,
    needs_key=False,
    checked_on=date(2026, 11, 24),
    retention_days=90,
)


class Website:
    """The connector."""

    name = SOURCE
    terms = TERMS
    writes = ("pages",)

    def fetch(self, client: "PoliteClient", window: Watermark) -> Iterator[Payload]:
        """The pages of each domain of the window, at most 30 requests a site, several sites in turn.

        A site that cannot be read is noted on the client (`client.notes`) and its old pages stay; the others go on.
        """
        waiting = deque(sorted(set(window.domains)))
        crawls: deque[Iterator[Payload]] = deque()
        while waiting or crawls:
            while waiting and len(crawls) < SITES_AT_ONCE:
                crawls.append(crawl(client, waiting.popleft()))
            site = crawls.popleft()
            page = next(site, None)
            if page is None:
                continue
            crawls.append(site)
            if (reason := why_unreadable(page)) is None:
                yield page
            else:
                client.notes.append(f"{page.key} cannot be read: {reason}")

    def parse(self, payload: Payload) -> Iterator[Batch]:
        """One page: one row. A site map, a file and a page that has moved to another domain hold no record.

        Nor does a page of the web that is broken or made to harm: it is one of many sites, and refuses nothing of the
        others; `fetch` notes it. A page that came from the imported files says its own address (its canonical link).
        """
        if "://" in payload.key and why_unreadable(payload) is not None:
            yield _batch([])
        else:
            yield _batch(_read_rows(payload))

    def dated(self, payload: Payload) -> datetime | None:
        """None: a page's own dates are not when it was seen."""
        return None

    def redact(self, payload: Payload, source_keys: frozenset[str]) -> bytes | None:
        """None where the page is, or is of, one of these: its address, its domain, or its publisher's number."""
        if not source_keys:
            return payload.body
        named = {payload.key, payload.url, registrable_domain(payload.key) or ""}
        for batch in self.parse(payload):
            for row in batch.frames["pages"].iter_rows(named=True):
                named |= {row["source_key"], row["domain"], row["url"]}
                named |= {number for text in row["claims"] for number in publisher_numbers(text)}
        return None if named & source_keys else payload.body


CONNECTOR = Website()


def publisher_numbers(claim: str) -> set[str]:
    """The number that a stored claim gives its publisher, and the SIREN inside it; empty for another party's."""
    told = json.loads(claim)
    if told["party"] != SiteParty.PUBLISHER.value:
        return set()
    value = told["value"]
    inside = value[:SIREN_LENGTH] if told["scheme"] == "FR-SIRET" else value[-SIREN_LENGTH:]
    siren = normalise_siren(inside) if told["scheme"] in ("FR-RCS", "FR-SIRET", "VAT") else None
    return {value, siren} if siren else {value}


def why_unreadable(payload: Payload) -> str | None:
    """The reason why an answer is no page, site map or file that can be read, or None."""
    try:
        _read_rows(payload)
    except NotAnAnswerError as error:
        return str(error)
    return None


# ------------------------------------------------------------------------------------------------------ reading


def _read_rows(payload: Payload) -> list[Row]:
    if is_site_map(payload.body):
        read_site_map(payload.body)
        return []
    if _looks_like(payload.body, FEED_MARKS) and not _looks_like(payload.body, HTML_MARKS):
        return _feed_rows(payload)
    return [] if _is_file(payload) else _page_rows(payload)


def _batch(rows: list[Row]) -> Batch:
    frame, rejected = to_frame(Page, rows)
    return Batch({"pages": frame if rows else empty_frame(Page)}, rejected=tuple(rejected), records=len(rows))


def _page_rows(payload: Payload) -> list[Row]:
    if not _looks_like(payload.body, HTML_MARKS):
        raise NotAnAnswerError(f"no answer of {SOURCE}: expected a page in HTML, found {payload.body[:40]!r}")
    soup = parse_html(payload.body, charset_of(payload))
    key, url, domain = _addresses(payload, soup)
    if domain is None:
        return []
    title = clean_name(soup.title.get_text(" ")) if soup.title else ""
    headings = [clean_name(tag.get_text(" ")) for tag in soup.find_all(["h1", "h2"], limit=MOST_HEADINGS)]
    kind = kind_of_page(url, title, headings)
    names, claims = _tell_publisher(soup, kind, domain)
    return [
        {
            "source": SOURCE,
            "source_key": key,
            "url": url,
            "domain": domain,
            "kind": kind.value,
            "language": _language(soup),
            "title": (title or None) if kind in TITLED else None,
            "canonical_url": _canonical(soup, domain),
            "legal_names": names,
            "claims": claims,
        }
    ]


def _feed_rows(payload: Payload) -> list[Row]:
    domain = registrable_domain(payload.key)
    if domain is None or registrable_domain(payload.url) != domain:
        return []
    root = parse_xml(payload.body)
    tongue = next((e.text for e in root.iter() if etree.QName(e).localname == "language" and e.text), None)
    language = _two_letters(tongue or root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    return [
        {
            "source": SOURCE,
            "source_key": payload.key,
            "url": payload.url,
            "domain": domain,
            "kind": PageKind.FEED.value,
            "language": language,
            "legal_names": [],
            "claims": [],
        }
    ]


def _tell_publisher(soup: BeautifulSoup, kind: PageKind, domain: str) -> tuple[list[str], list[str]]:
    """The publisher's names, and the claims of a page; numbers in a text count on a legal notice only."""
    names: list[str] = []
    claims: list[dict[str, str]] = []
    if kind is PageKind.LEGAL_NOTICE:
        told = find_legal_identity(soup)
        names += told.publisher_names
        claims += [_claim(n.scheme, n.value, n.party, ClaimPlace.LEGAL_NOTICE, n.quote) for n in told.numbers]
    for organisation in find_organisations(soup, domain):
        if not organisation.is_about_the_site:
            continue
        names += [name for name in (organisation.legal_name, organisation.name) if name]
        claims += [
            _claim(scheme, value, SiteParty.PUBLISHER, ClaimPlace.JSON_LD, quote)
            for scheme, value, quote in organisation.numbers
        ]
    texts = [json.dumps(claim, ensure_ascii=False, sort_keys=True) for claim in claims]
    return sorted(dict.fromkeys(names))[:MOST_NAMES], sorted(dict.fromkeys(texts))


def _claim(scheme: str, value: str, party: SiteParty, place: ClaimPlace, quote: str) -> dict[str, str]:
    return {"scheme": scheme, "value": value, "party": party.value, "place": place.value, "quote": quote}


def _addresses(payload: Payload, soup: BeautifulSoup) -> tuple[str, str, str | None]:
    """source_key, address and domain of a page; no domain for a page that has moved to another one."""
    domain = registrable_domain(payload.key) if "://" in payload.key else None
    if domain is not None:
        url = payload.url if "://" in payload.url else payload.key
        return payload.key, url, domain if registrable_domain(url) == domain else None
    link = soup.find("link", rel="canonical", href=True)
    own = str(link["href"]).strip() if link else ""
    domain = registrable_domain(own)
    if domain is None or (address := page_address(own, domain)) is None:
        raise NotAnAnswerError(f"no answer of {SOURCE}: an imported page must tell its address (link rel=canonical)")
    return address, address, domain


def _canonical(soup: BeautifulSoup, domain: str) -> str | None:
    link = soup.find("link", rel="canonical", href=True)
    return page_address(str(link["href"]).strip(), domain) if link else None


def _language(soup: BeautifulSoup) -> str | None:
    return _two_letters(str(soup.html.get("lang") or "")) if soup.html else None


def _two_letters(text: str | None) -> str | None:
    letters = (text or "").strip().lower().replace("_", "-").partition("-")[0]
    return letters if len(letters) == 2 and letters.isascii() and letters.isalpha() else None


def charset_of(payload: Payload) -> str | None:
    """The charset that the answer's Content-Type declares, or None."""
    header = Message()
    header["content-type"] = payload.headers.get("content-type", "")
    return header.get_content_charset()


def _looks_like(body: bytes, marks: tuple[bytes, ...]) -> bool:
    head = body[:4000].lower()
    return any(mark in head for mark in marks)


def _is_file(payload: Payload) -> bool:
    """Whether the site answered with something else than a page, and says so."""
    kind = payload.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(kind) and "html" not in kind and not _looks_like(payload.body, HTML_MARKS)
