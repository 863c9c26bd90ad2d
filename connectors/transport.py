"""The way to the network: every request is resolved, checked, and sent to the very address that was checked.

httpx resolves a name again when it connects, so a name could be public for the check and private for the connection
(DNS rebinding). Here the name is resolved once and the request goes to that address; name, certificate and Host header
stay those of the site. Each origin has its own connections: two sites behind one address must not share a handshake.
"""

import ssl
from collections import OrderedDict

import httpx

from connectors.addresses import AddressRefusedError, find_addresses, is_private_host, is_public
from connectors.deadline import Wire

WEB_PORTS = {"http": 80, "https": 443}
MOST_ORIGINS = 20  # open at once; a crawl goes on to the next site and never comes back
MOST_ADDRESSES = 3  # tried for one request
HINT = "Correct its base address, or set GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES=1 for a test server or mirror."


class GuardedTransport(httpx.BaseTransport):
    """Connects to public web addresses on ports 80 and 443; to private ones only where the settings allow them.

    Attributes:
        requests_made: how many requests were sent out, or tried to be.
    """

    def __init__(self, *, allow_private_addresses: bool) -> None:
        self.requests_made = 0
        self._allow_private_addresses = allow_private_addresses
        self._tls: ssl.SSLContext | None = None
        self._routes: OrderedDict[tuple[str, str, int], _Route] = OrderedDict()
        self._wire = Wire()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to a checked address of its host.

        Raises:
            AddressRefusedError: no web address, or one that is not public; not a byte left this machine.
            httpx.TransportError: as any transport; an unknown name is a ConnectError caused by an OSError.
        """
        url = request.url
        port = url.port or WEB_PORTS.get(url.scheme, 0)
        addresses = self._checked_addresses(url, port)
        self.requests_made += 1
        route = self._route(url.scheme, url.host, port)
        trouble: httpx.TransportError | None = None
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return route.send(request, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                self._wire.refuse_when_shut()
                trouble = error
        raise trouble or httpx.ConnectError("the host has no address")

    def begin(self) -> None:
        """Forget the deadline of the request before."""
        self._wire.begin()

    def shut(self) -> None:
        """Wake whoever waits for the request that is under way (called by a deadline's timer)."""
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
            self._routes[origin] = _Route(self._tls, Wire())
        self._routes.move_to_end(origin)
        route = self._routes[origin]
        route.wire.begin(is_shut=self._wire.is_shut)
        self._wire = route.wire
        return route


class _Route:
    """The connection to one origin, and the wire that a deadline can shut."""

    def __init__(self, tls: ssl.SSLContext, wire: Wire) -> None:
        self.wire = wire
        # one at a time, asked one after the other: more than one connection to a host is impolite (RELIABILITY T23)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self._http = httpx.HTTPTransport(verify=tls, trust_env=False, limits=limits)

    def send(self, request: httpx.Request, address: str) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # Host included: it names the site, not the address
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host, "trace": self.wire.trace},
        )
        return self._http.handle_request(pinned)

    def close(self) -> None:
        self._http.close()
