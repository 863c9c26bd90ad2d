"""A night of the command line over a living site: robots.txt, conditional answers, a page out of order."""

import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.archive import Archive
from flows.demo.web_pages import SITE, web_payloads
from flows.demo.world import FRENCH_UNITS, instant_of
from tests.flows.command_line import CommandLine, call
from tests.flows.demo_nights import DemoWorld

pytestmark = pytest.mark.slow  # living servers, night after night: make check runs them

__all__ = ["call"]

HOST, ADDRESS, HTTP = "www.ostrevigne.example", "93.184.216.34", 80
SIREN = FRENCH_UNITS["ostrevigne"].siren


class Site:
    """The demo's site as a server; `/presse` is linked, and forbidden by robots.txt."""

    def __init__(self) -> None:
        self.pages = {p.url.removeprefix(SITE): p.body.replace(b"https://", b"http://") for p in web_payloads(1)}
        self.pages["/"] = self.pages["/"].replace(b"</nav>", b'<a href="/presse">Presse</a></nav>')
        self.asked: list[tuple[str, int]] = []
        self.is_down = False

    def __call__(self, request: Request) -> Response:
        answer = self.answer(request)
        self.asked.append((request.path, answer.status_code))
        return answer

    def answer(self, request: Request) -> Response:
        """One answer, 304 where the question allows it."""
        if request.path == "/robots.txt":
            return Response("User-agent: *\nDisallow: /presse\n", content_type="text/plain")
        if self.is_down and request.path != "/":
            return Response("out of order", status=500)
        if request.path not in self.pages:
            return Response("", status=404)
        tag = f'"{hash(self.pages[request.path])}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag})
        return Response(self.pages[request.path], content_type="text/html; charset=utf-8", headers={"ETag": tag})


class SiteWorld(DemoWorld):
    """The demo's first night, and then a site that answers at a public address; every other name is unknown."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        super().__init__(folder, url, monkeypatch)
        self.site, self.passed, self.monkeypatch = Site(), 0.0, monkeypatch
        server.expect_request("/").respond_with_handler(self.site)
        for path in ("/robots.txt", "/sitemap.xml", "/presse", *self.site.pages):
            server.expect_request(path).respond_with_handler(self.site)
        resolve, dial = socket.getaddrinfo, socket.create_connection

        def resolved(host: str, port: int, *rest: object, **options: object) -> list[tuple[object, ...]]:
            if host == HOST:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESS, port))]
            if host.endswith(".example"):
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return resolve(host, port, *rest, **options)  # type: ignore[arg-type,return-value]

        def dialled(address: tuple[str, int], *rest: object, **options: object) -> socket.socket:
            if address == (ADDRESS, HTTP):
                return dial((server.host, server.port), *rest, **options)  # type: ignore[arg-type]
            raise ConnectionRefusedError(f"nobody listens at {address}")

        monkeypatch.setattr("socket.getaddrinfo", resolved)
        monkeypatch.setattr("socket.create_connection", dialled)
        monkeypatch.setattr("flows.nightly.nightly", without_prefect)
        monkeypatch.setattr("flows.runtime.time", SimpleNamespace(monotonic=self.monotonic, sleep=self.sleep))

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.passed += seconds

    def monotonic(self) -> float:
        """A clock that moves a little with every look at it."""
        self.passed += 0.001
        return self.passed

    def ask(self, call: CommandLine, night: int) -> tuple[int, str]:
        """`run --sources website` on that night; its code and what it printed."""
        self.site.asked.clear()
        self.monkeypatch.setattr("flows.runtime.now", lambda: instant_of(night))
        ended = call("run", "--sources", "website", "--at", instant_of(night).isoformat())
        return ended.code, ended.out


def without_prefect(**_parameters: object) -> None:
    raise RuntimeError("Failed to reach API at http://127.0.0.1:1/api/")


@pytest.fixture
def world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> Iterator[SiteWorld]:
    made = SiteWorld(tmp_path, sqlite_url, monkeypatch, httpserver)
    made.play(1)
    yield made
    made.close()


def test_a_living_site_is_read_asked_again_and_kept_when_it_is_out_of_order(
    world: SiteWorld, call: CommandLine
) -> None:
    code, out = world.ask(call, 2)
    assert code == 0, out
    assert {("/", 200), ("/direction", 200), ("/mentions-legales", 200)} <= set(world.site.asked)
    assert not any(path == "/presse" for path, _ in world.site.asked)
    archive = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"])
    assert f"http://{HOST}/mentions-legales" in {entry.key for entry in archive.entries("website")}
    (tie,) = world.read("domain_ties").to_dicts()
    assert (tie["identifier"], tie["status"]) == (SIREN, "tied")

    code, out = world.ask(call, 3)
    assert code == 0, out
    assert {("/", 304), ("/direction", 304), ("/mentions-legales", 304)} <= set(world.site.asked)
    pages = world.read("pages")

    world.site.is_down = True
    code, out = world.ask(call, 4)
    assert code == 0, out
    assert "not read tonight: " in out
    assert world.read("pages").equals(pages)
    assert world.read("domain_ties")["identifier"].to_list() == [SIREN]
