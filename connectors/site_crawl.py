"""Crawls one site: home page, site maps, and the pages that are worth it, in an order that is always the same."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup

from connectors.contract import NotAnAnswerError, PageUnavailableError
from connectors.domains import registrable_domain
from connectors.html_page import parse_html
from connectors.page_kinds import MOST_OF_KIND, kind_of_address, kind_of_text
from connectors.site_map import is_site_map, page_address, read_links, read_site_map
from schemas.provenance import Payload
from schemas.vocabulary import PageKind

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

MOST_REQUESTS = 30  # pages and site maps of one site in one night
MOST_MAPS = 4
MOST_FAULTS = 5  # pages in a row that cannot be had: the site is left for another night
ORDER = {kind: place for place, kind in enumerate(MOST_OF_KIND)}
FOLLOWED = frozenset({PageKind.HOME, PageKind.ABOUT, PageKind.LEADERSHIP, PageKind.GOVERNANCE, PageKind.PRESS})


def crawl(client: "PoliteClient", domain: str) -> Iterator[Payload]:
    """The pages of one site, each archived; a 304 brings the page that we have, verified now.

    Faults are noted on the client and never raised: one site harms no other.
    """
    site = _Site(client, domain)
    home = site.open_home()
    if home is None:
        return
    yield home
    site.add_links(home)
    site.add_maps(home.url)
    while (page := site.next_page()) is not None:
        yield page
        site.add_links(page)


class _Site:
    """What is known of one site while it is crawled."""

    def __init__(self, client: "PoliteClient", domain: str) -> None:
        self._client = client
        self._domain = domain
        self._left = MOST_REQUESTS
        self._faults = 0
        self._of_kind: Counter[PageKind] = Counter()
        self._known: set[str] = set()
        self._waiting: list[tuple[int, int, int, str, PageKind]] = []

    def open_home(self) -> Payload | None:
        """The home page under the first of its usual addresses that answers."""
        reasons = []
        for url in _home_addresses(self._domain):
            self._left -= 1
            try:
                page = self._client.revisit_page(url)
            except PageUnavailableError as error:
                reasons.append(f"{error.kind}: {error}")
                if error.kind == "denied":
                    break
                continue
            if not 200 <= page.status < 300:
                reasons.append(f"status: {url} answers {page.status}")
                continue
            if registrable_domain(page.url) != self._domain:
                self._note(f"has moved to {registrable_domain(page.url)}")
                return None
            self._known |= {_same(url), _same(page.url)}
            return page
        self._note(f"cannot be read ({reasons[0] if reasons else 'no address'})")
        return None

    def next_page(self) -> Payload | None:
        """The next page worth reading that can be had, or None at the end."""
        while self._waiting and self._left > 0 and self._faults < MOST_FAULTS:
            _, _, _, url, kind = heapq.heappop(self._waiting)
            if self._of_kind[kind] >= MOST_OF_KIND[kind]:
                continue
            page = self._ask(url)
            if page is None or registrable_domain(page.url) != self._domain:
                continue
            was_known = _same(page.url) in self._known and _same(page.url) != _same(url)
            self._known.add(_same(page.url))
            if was_known:
                continue  # it leads to a page that we have, often the home page
            self._of_kind[kind] += 1
            return page
        return None

    def add_links(self, page: Payload) -> None:
        """Remember where a page leads to, by link text and address."""
        kind = kind_of_address(page.url) or kind_of_address(page.key)
        if kind is not None and kind not in FOLLOWED:
            return
        soup = _read_page(page)
        if soup is None:
            return
        for link in read_links(soup, page.url):
            told = PageKind.FEED if link.is_feed else kind_of_text(link.text) or kind_of_address(link.url)
            self._add(link.url, told, depth=0)

    def add_maps(self, home: str) -> None:
        """Remember what the site maps name: those of robots.txt, else the usual one; an index leads to a few more."""
        maps = [url for url in self._client.site_maps(home) if page_address(url, self._domain)]
        waiting = maps[:MOST_MAPS] or [_at_root(home, "sitemap.xml")]
        asked = 0
        while waiting and asked < MOST_MAPS and self._left > 0:
            asked += 1
            answer = self._ask(waiting.pop(0), is_map=True)
            if answer is None or registrable_domain(answer.url) != self._domain or not is_site_map(answer.body):
                continue
            try:
                found = read_site_map(answer.body)
            except NotAnAnswerError as error:
                self._note(f"its site map cannot be read ({error})")
                continue
            inner = [url for url in found.maps if page_address(url, self._domain)]
            # maps of pages before maps of products and posts
            waiting += sorted(inner, key=lambda url: "page" not in url.rpartition("/")[2])
            self._add_all(found.pages)

    def _add_all(self, urls: Iterable[str]) -> None:
        for url in urls:
            self._add(url, kind_of_address(url), depth=1)

    def _add(self, url: str, kind: PageKind | None, depth: int) -> None:
        if kind is None or kind is PageKind.HOME or kind not in ORDER:
            return
        address = page_address(url, self._domain)
        if address is None or _same(address) in self._known:
            return
        self._known.add(_same(address))
        heapq.heappush(self._waiting, (ORDER[kind], depth, len(address), address, kind))

    def _ask(self, url: str, *, is_map: bool = False) -> Payload | None:
        self._left -= 1
        try:
            page = self._client.revisit_page(url)
        except PageUnavailableError as error:
            if error.kind not in ("denied", "robots") and not is_map:
                self._faults += 1
            if not is_map:
                self._note(f"{error.kind}: {error}")
            return None
        self._faults = 0
        return page if 200 <= page.status < 300 else None

    def _note(self, what: str) -> None:
        self._client.notes.append(f"{self._domain} {what}")


def _home_addresses(domain: str) -> tuple[str, ...]:
    return (f"https://{domain}/", f"https://www.{domain}/", f"http://{domain}/", f"http://www.{domain}/")


def _at_root(url: str, name: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}"


def _same(url: str) -> str:
    """What two spellings of one address share: neither scheme, `www.` nor the last slash tell pages apart."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/")


def _read_page(page: Payload) -> BeautifulSoup | None:
    """The page as a tree, or None for what is no page; `parse` says why."""
    if "html" not in page.headers.get("content-type", "html"):
        return None
    try:
        return parse_html(page.body)
    except NotAnAnswerError:
        return None
