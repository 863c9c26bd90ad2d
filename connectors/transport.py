"""The way to the network: every request is resolved, checked, and sent to the very address that was checked.

httpx resolves a name again when it connects, so a name could be public for the check and private for the connection
(DNS rebinding). Here the name is resolved and every request goes to an address that was checked; name, certificate and
Host header stay those of the site. Each origin has its own connections: two sites behind one address must not share a
handshake.
"""

import ssl
from collections import OrderedDict
from collections.abc import Callable, Mapping

import httpx

from connectors.addresses import AddressRefusedError, find_addresses, is_private_host, is_public
from connectors.deadline import Wire

WEB_PORTS = {"http": 80, "https": 443}
MOST_ORIGINS = 20  # open at once; a crawl goes on to the next site and never comes back
MOST_ADDRESSES = 3  # tried for one request
# A name is looked up, and checked, once a minute and not for each page; until then it stays what it was checked to be.
ADDRESS_LIFE = 60.0  # seconds
NOTHING = httpx.ByteStream(b"")  # the body of a GET
HINT = "Correct its base address, or set GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES=1 for a test server or mirror."


class GuardedTransport:
    """Connects to public web addresses on ports 80 and 443; to private ones only where the settings allow them.

    httpx's client is left out: its cookies, redirects and environment are what a client of the open web must not have,
    and cost as much as a small request.

    Args:
        monotonic: seconds. timeout: seconds for each single wait, as httpx counts them.

    Attributes:
        requests_made: how many requests were sent out, or tried to be.
    """

    def __init__(
        self, *, allow_private_addresses: bool, monotonic: Callable[[], float], timeout: httpx.Timeout
    ) -> None:
        self.requests_made = 0
        self._allow_private_addresses = allow_private_addresses
        self._monotonic = monotonic
        self._timeout = timeout.as_dict()
        self._tls: ssl.SSLContext | None = None
        self._routes: OrderedDict[tuple[str, str, int], _Route] = OrderedDict()
        self._wire = Wire()

    def get(self, url: httpx.URL, headers: Mapping[str, str], document: bytes | None = None) -> httpx.Response:
        """Send a GET to a checked address of the host; the caller reads the raw stream and closes the response.

        Args:
            url: http or https.
            headers: names in lower case, without `host`.
            document: the body of a POST, which is sent instead of a GET.

        Raises:
            AddressRefusedError: no web address, or one that is not public; not a byte left this machine.
            httpx.TransportError: as any transport; an unknown name is a ConnectError caused by an OSError.
        """
        port = url.port or WEB_PORTS.get(url.scheme, 0)
        route = self._routes.get((url.scheme, url.host, port))
        if route is None or self._monotonic() >= route.known_until:
            addresses = self._checked_addresses(url, port)
            route = self._route(url.scheme, url.host, port)
            route.addresses = addresses
            route.known_until = self._monotonic() + ADDRESS_LIFE
        self._enter(route)
        self.requests_made += 1
        trouble: httpx.TransportError | None = None
        for address in route.addresses[:MOST_ADDRESSES]:
            try:
                return route.send(url, address, headers, self._timeout, document)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                route.known_until = 0.0  # it may have moved
                self._wire.refuse_when_shut()
                trouble = error
        raise trouble or httpx.ConnectError("the host has no address")

    def begin(self) -> None:
        """Forget the deadline of the request before."""
        self._wire.begin()

    def shut(self) -> None:
        """Wake whoever waits for the request that is under way (called by a deadline's watchdog)."""
        self._wire.shut()

    def close(self) -> None:
        """Close all connections."""
        while self._routes:
            self._routes.popitem()[1].close()

    def _checked_addresses(self, url: httpx.URL, port: int) -> list[str]:
        if url.scheme not in WEB_PORTS or not url.host:
            raise AddressRefusedError(f"{url.scheme or 'no scheme'}: is no web address")
        try:
            addresses = find_addresses(url.host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"the name cannot be resolved ({error})") from error
        for address in addresses:  # one private address among public ones is an attack, not a choice
            if is_public(address) or (self._allow_private_addresses and is_private_host(address)):
                continue
            raise AddressRefusedError(f"its address {address} is not a public one. {HINT}")
        if not self._allow_private_addresses and port not in WEB_PORTS.values():
            raise AddressRefusedError(f"port {port} is none of the web's (80 and 443). {HINT}")
        return addresses

    def _route(self, scheme: str, host: str, port: int) -> "_Route":
        origin = (scheme, host, port)
        if origin not in self._routes:
            if len(self._routes) >= MOST_ORIGINS:
                self._routes.popitem(last=False)[1].close()
            if self._tls is None:
                self._tls = httpx.create_ssl_context(trust_env=False)
            self._routes[origin] = _Route(origin, self._tls)
        return self._routes[origin]

    def _enter(self, route: "_Route") -> None:
        """From here on the deadline of this request shuts the wire of this route."""
        self._routes.move_to_end(route.origin)
        route.wire.begin(is_shut=self._wire.is_shut)
        self._wire = route.wire


class _Route:
    """The connection to one origin, the addresses it was checked for, and the wire that a deadline can shut."""

    def __init__(self, origin: tuple[str, str, int], tls: ssl.SSLContext) -> None:
        self.origin = origin
        self.wire = Wire()
        self.addresses: list[str] = []
        self.known_until = 0.0
        # one at a time, asked one after the other: more than one connection to a host is impolite (RELIABILITY T23)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self._http = httpx.HTTPTransport(verify=tls, trust_env=False, limits=limits)

    def send(
        self,
        url: httpx.URL,
        address: str,
        headers: Mapping[str, str],
        timeout: Mapping[str, float | None],
        document: bytes | None,
    ) -> httpx.Response:
        length = {} if document is None else {"content-length": str(len(document))}
        pinned = httpx.Request(
            "GET" if document is None else "POST",
            url if url.host == address else url.copy_with(host=address),
            headers={"host": url.netloc.decode("ascii"), **headers, **length},  # it names the site, not the address
            stream=NOTHING if document is None else httpx.ByteStream(document),
            extensions={"timeout": timeout, "sni_hostname": url.host, "trace": self.wire.trace},
        )
        return self._http.handle_request(pinned)

    def close(self) -> None:
        self._http.close()
