"""What the tests of the client share: a client on a clock that stands still, a server without manners, a fake world."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from fault_proxy import NOW, FakeTime, FaultProxy
from pytest_httpserver import HTTPServer

from connectors.polite import PoliteClient


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def client_for(fake_time: FakeTime) -> Iterator[Callable[..., PoliteClient]]:
    opened = []

    def make(base_url: str, **options: object) -> PoliteClient:
        settings: dict[str, object] = {
            "requests_per_second": 1000.0,
            "clock": lambda: NOW,
            "monotonic": fake_time.monotonic,
            "sleep": fake_time.sleep,
            "rng": lambda: 0.5,
            "archive": None,
            "user_agent": "grandcompte/test (+https://grandcompte.example)",
            "allow_private_addresses": True,
        }
        opened.append(PoliteClient("gleif", base_url, **{**settings, **options}))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """A server that writes what a test tells it, byte by byte: the faults that a web framework will not commit."""
    listeners = []

    def serve(answer: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def work() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with closing(connection):
                    try:
                        connection.recv(65536)
                        answer(connection)
                    except OSError:
                        continue

        threading.Thread(target=work, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def proxy(httpserver: HTTPServer) -> Iterator[FaultProxy]:
    """A fault proxy before the test's server."""
    proxy = FaultProxy(httpserver.host, httpserver.port)
    yield proxy
    proxy.close()


class Internet:
    """A resolver and a dialler: names have the addresses that a test gives them, and no packet leaves this machine.

    Attributes:
        addresses: for each name the answers of the resolver, one a look-up; the last one stays.
        servers: which local port answers at a public address; every other address refuses.
        dialled: each address that a connection was tried to.
    """

    def __init__(self) -> None:
        self.addresses: dict[str, list[list[str]]] = {}
        self.servers: dict[str, int] = {}
        self.dialled: list[str] = []
        self.looked_up: list[str] = []

    def resolve(self, host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.looked_up.append(host)
        if host in self.addresses:
            answers = self.addresses[host]
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]
        return REAL_RESOLVER(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)

    def dial(self, address: tuple[str, int], *rest: object, **options: object) -> socket.socket:
        self.dialled.append(address[0])
        if address[0] not in self.servers:
            raise ConnectionRefusedError(f"nobody listens at {address[0]}")
        return REAL_DIALLER(("127.0.0.1", self.servers[address[0]]), *rest, **options)  # type: ignore[arg-type]


REAL_RESOLVER, REAL_DIALLER = socket.getaddrinfo, socket.create_connection
SITE, ELSEWHERE = "93.184.216.34", "93.184.216.35"


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Internet:
    """site.example and elsewhere.example stand at public addresses, where the test's server answers."""
    world = Internet()
    world.addresses = {"site.example": [[SITE]], "elsewhere.example": [[ELSEWHERE]], "www.site.example": [[SITE]]}
    world.servers = {SITE: httpserver.port, ELSEWHERE: httpserver.port}
    monkeypatch.setattr(socket, "getaddrinfo", world.resolve)
    monkeypatch.setattr(socket, "create_connection", world.dial)
    return world
