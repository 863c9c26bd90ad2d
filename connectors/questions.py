"""One question to one host, what may come back, and how a failure is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from connectors.contract import PageUnavailableError, SourceUnavailableError
from connectors.hostile_text import one_line

ADVICE = {
    400: "The source does not accept the question: compare the connector's parameters with its documentation.",
    401: "Check the key of this source in the settings.",
    403: "Check the key of this source in the settings, and whether the source blocks this address.",
    429: "The source wants fewer requests: run again later, or lower its requests_per_second.",
}
LATER = "Known values stay; run again later."
CORRECT_ADDRESS = "Correct its base address in the settings."
LONGEST_PLACE = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked with one or more requests.

    Attributes:
        source: the connector that asks. url: the full address.
        place: host and path for messages, without parameters: a name that was looked up stays out of the logs.
        headers: sent along, keys included. limit: bytes of the largest body, decoded.
        is_page: a page of the open web (its redirects are handed back), not an interface of a source.
        may_cut: a larger body is cut at the limit instead of refused.
        handed_back: statuses besides 2xx that the asker judges himself.
        document: sent as the body of a POST (a login); None for a GET.
        seconds: how long one attempt may take where that is longer than the client's own deadline; 0 for the latter.
    """

    source: str
    url: httpx.URL
    headers: Mapping[str, str] = field(repr=False)
    limit: int
    is_page: bool = False
    may_cut: bool = False
    handed_back: frozenset[int] = frozenset({404})
    document: bytes | None = field(default=None, repr=False)
    seconds: float = 0.0

    @property
    def place(self) -> str:
        """Host and path on one line."""
        return one_line(f"{self.url.netloc.decode('ascii', 'replace')}{self.url.path}", LONGEST_PLACE)

    def unavailable(self, reason: str, advice: str = "", kind: str = "broken") -> Exception:
        """The error to raise: it stops a source, or skips a page."""
        message = one_line(f"{self.source}: {self.place}: {reason}")
        if self.is_page:
            return PageUnavailableError(message, kind)
        return SourceUnavailableError(f"{message}. {advice}".strip())


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole and decoded; a redirect has no body. `location` is where it leads, as it was written."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    location: str = ""
