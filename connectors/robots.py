"""What a site allows us to read: robots.txt by RFC 9309. protego matches the rules; its gaps are filled here."""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

PRODUCT = "grandcompte"  # the token of our User-Agent; the group that a site writes for us is named like this
ROBOTS_LIMIT = 500 * 1024  # bytes that RFC 9309, 2.5 asks a crawler to read; the rest is ignored
LONGEST_CACHE = 24 * 3600.0
# A site that could not say what it allows is asked again within the night, not with every page.
CACHE_OF_NO_ANSWER = 3600.0
MOST_SITES = 256
LONGEST_DELAY = 30.0
GROUP_NAME = re.compile(r"[ \t]*user[ -]?agent[ \t]*:[ \t]*(?P<token>\*|[a-z_-]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one site.

    Attributes:
        reason: why everything is disallowed, where there is no file that says so.
    """

    rules: Protego | None = None
    reason: str = ""

    def why_not(self, url: str) -> str | None:
        """The reason why this page may not be read, or None."""
        if self.reason:
            return self.reason
        if self.rules is not None and not self.rules.can_fetch(url, PRODUCT):
            return "its robots.txt disallows it"
        return None

    @property
    def site_maps(self) -> tuple[str, ...]:
        """The addresses of the site maps that the file names, in its order."""
        return tuple(self.rules.sitemaps) if self.rules is not None else ()

    @property
    def delay(self) -> float:
        """Seconds between two requests that the site asks for; 0 for none, 30 at most."""
        asked = self.rules.crawl_delay(PRODUCT) if self.rules is not None else None
        return min(max(asked or 0.0, 0.0), LONGEST_DELAY)


def read_rules(status: int, body: bytes) -> Rules:
    """The rules that an answer to /robots.txt stands for (RFC 9309, 2.3.1): a file, none at all (4xx), or no answer."""
    if 400 <= status < 500 and status != 429:
        return Rules()
    if not 200 <= status < 300:
        return Rules(reason=f"its robots.txt cannot be read (status {status}), so nothing is allowed")
    # a byte order mark made protego and the standard library lose the first group, so that everything was allowed
    text = body[:ROBOTS_LIMIT].decode("utf-8-sig", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return Rules()  # a page in its place, as sites without the file send
    if len(body) > ROBOTS_LIMIT:
        text = text[: text.rfind("\n") + 1]  # half a rule could allow what the whole one forbids
    return Rules(Protego.parse("\n".join(map(_name_group, text.replace("\0", "").splitlines()))))


def _name_group(line: str) -> str:
    """Give a group line the name that RFC 9309, 2.2.1 reads in it; protego would take `grand` for us as well."""
    if found := GROUP_NAME.match(line):
        token = found["token"].lower()
        return f"User-agent: {token if token in ('*', PRODUCT) else 'somebody-else'}"
    return line


class RobotsCache:
    """The rules of the sites seen lately, each for 24 hours at most."""

    def __init__(self, fetch: Callable[[str], Rules], monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._sites: OrderedDict[str, tuple[Rules, float]] = OrderedDict()

    def rules_of(self, origin: str) -> Rules:
        """The rules of one site (`https://host:port`), asked for when they are not known or too old."""
        known = self._sites.get(origin)
        if known is not None and self._monotonic() < known[1]:
            self._sites.move_to_end(origin)
            return known[0]
        rules = self._fetch(origin)
        keep = CACHE_OF_NO_ANSWER if rules.reason else LONGEST_CACHE
        self._sites[origin] = (rules, self._monotonic() + keep)
        self._sites.move_to_end(origin)
        while len(self._sites) > MOST_SITES:
            self._sites.popitem(last=False)
        return rules
