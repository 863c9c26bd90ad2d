"""Site maps (sitemaps.org) and the addresses in a page: where a site's pages are, nothing but addresses."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup

from connectors.contract import NotAnAnswerError
from connectors.decoding import TruncatedError, UndecodableError, decode
from connectors.domains import registrable_domain
from connectors.strict_xml import parse_xml

LARGEST_UNPACKED = 10 * 2**20  # bytes of a map that comes as a .gz file
MOST_ADDRESSES = 50_000  # sitemaps.org: of one map
MOST_LINKS = 5_000
LONGEST_ADDRESS = 2_000
GZIP = b"\x1f\x8b"
FEED_TYPES = ("application/rss+xml", "application/atom+xml")
NO_PAGE = (".pdf", ".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp", ".zip", ".mp4", ".mp3", ".docx", ".xlsx", ".css",
           ".js", ".ico", ".pptx", ".doc", ".xls", ".woff2")  # fmt: skip


class Link(NamedTuple):
    """Where a link of a page leads, and what it is called."""

    url: str
    text: str
    is_feed: bool = False


class SiteMap(NamedTuple):
    """The addresses of pages, and of further maps."""

    pages: tuple[str, ...]
    maps: tuple[str, ...]


def is_site_map(body: bytes) -> bool:
    """Whether an answer looks like a site map, packed or not."""
    head = body[:2000].lower()
    return body.startswith(GZIP) or b"<urlset" in head or b"<sitemapindex" in head


def read_site_map(body: bytes) -> SiteMap:
    """The addresses of a map or of an index of maps, in its order.

    Raises:
        NotAnAnswerError: no site map, or one that is made to harm.
    """
    if body.startswith(GZIP):
        try:
            body = decode([body], "gzip", LARGEST_UNPACKED)
        except (UndecodableError, TruncatedError) as error:
            raise NotAnAnswerError(f"the packed site map {error}") from error
    root = parse_xml(body)
    kind = _local(root.tag)
    if kind not in ("urlset", "sitemapindex"):
        raise NotAnAnswerError(f"no site map: its root is {str(kind)[:60]}")
    found: list[str] = []
    for entry in root:
        for field in entry:
            if _local(field.tag) == "loc" and field.text and len(found) < MOST_ADDRESSES:
                found.append(field.text.strip())
    addresses = tuple(found)
    return SiteMap((), addresses) if kind == "sitemapindex" else SiteMap(addresses, ())


def read_links(soup: BeautifulSoup, base: str) -> Iterator[Link]:
    """The links and feeds of a page, made absolute, in its order; the base element is heeded."""
    own = soup.find("base", href=True)
    base = _absolute(base, str(own["href"])) or base if own else base
    for count, tag in enumerate(soup.find_all(["a", "link"], href=True)):
        if count >= MOST_LINKS:
            return
        is_feed = tag.name == "link" and str(tag.get("type", "")).lower() in FEED_TYPES
        if tag.name == "link" and not is_feed:
            continue
        if url := _absolute(base, str(tag["href"])):
            yield Link(url, " ".join(tag.get_text(" ").split()) or str(tag.get("title") or ""), is_feed)


def page_address(url: str, domain: str) -> str | None:
    """The address without fragment where it may be a page of this domain, else None: no other site, no file."""
    parts = urlsplit(url) if len(url) <= LONGEST_ADDRESS else None
    if parts is None or parts.scheme not in ("http", "https") or parts.path.lower().endswith(NO_PAGE):
        return None
    return urldefrag(url).url if registrable_domain(parts.hostname) == domain else None


def _absolute(base: str, href: str) -> str | None:
    if len(href) > LONGEST_ADDRESS:
        return None
    try:
        url = urljoin(base, href.strip())
        urlsplit(url)
    except ValueError:
        return None
    return url


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
