"""The 16 faults of RELIABILITY R9 before any source: honest servers, and what harms their answers."""

import gzip
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import connectors
from connectors.archive import Archive
from connectors.contract import Connector, NotAnAnswerError, PageUnavailableError, SourceUnavailableError
from connectors.hosts import Hosts
from connectors.polite import PoliteClient
from flows.demo.world import FRENCH_UNITS, LEI_ENTITIES
from schemas.provenance import Payload, Watermark
from tests.fault_proxy import NOW, FakeTime, FaultProxy
from tests.flows.live_world import FrenchRegister, LeiIndex

EVERY_PATH = re.compile(".*")
FIXTURES = Path(__file__).parent / "fixtures"
LOGIN = b"<!doctype html><html><body><form action='/login'><input type='password'></form></body></html>"
HTML = b"<!doctype html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"
ERROR = b'{"status": 500, "error": "internal", "message": "try again"}'
Ask = Callable[[Connector, PoliteClient, str], Iterator[Payload]]


@dataclass(frozen=True, slots=True)
class Questions:
    """How one source is asked here: `answer` is its honest server, `ask` what is asked of it (client, address)."""

    answer: Callable[[Request], Response]
    ask: Ask


def with_window(answer: Callable[[Request], Response], window: Watermark) -> Questions:
    """What the connector itself asks for this window."""
    return Questions(answer, lambda connector, client, _: connector.fetch(client, window))


# A window that any source finds something in; one that needs more than its fixtures has an entry in `questions_for`.
ANY_WINDOW = Watermark(
    since=NOW - timedelta(days=1),
    until=NOW,
    identifiers={"FR-RCS": ("002000006",), "LEI": ("00000000000000000098",)},
    names=("Exemple",),
)


@cache
def questions_for(name: str) -> Questions:
    """The honest server of a source: one that speaks its protocol where the tests have it, else its fixtures."""
    if name == "recherche_entreprises":
        window = Watermark(identifiers={"FR-RCS": tuple(u.siren for u in list(FRENCH_UNITS.values())[:2])})
        return with_window(FrenchRegister(), window)
    if name == "gleif":
        return with_window(LeiIndex(), Watermark(identifiers={"LEI": (next(iter(LEI_ENTITIES.values())).lei,)}))
    return from_fixtures(connectors.discover()[name])


def from_fixtures(connector: Connector) -> Questions:
    """The fixture that `fetch` reads rows out of, given as the answer to every question; else read one by one."""
    paths = sorted((FIXTURES / connector.name).iterdir(), key=lambda path: -path.stat().st_size)
    for path in paths:
        found = with_window(shelf([path]), ANY_WINDOW)
        with HTTPServer(host="127.0.0.1") as server:
            server.expect_request(EVERY_PATH).respond_with_handler(found.answer)
            outcome = play(connector, found, server.url_for(""), FakeTime())
        if not outcome.trouble and outcome.rows:
            return found
    if all(path.suffix == ".html" for path in paths):  # pages of the open web, robots.txt before them
        return Questions(shelf(paths), lambda _, client, url: (client.get_page(f"{url}/{path.name}") for path in paths))
    return Questions(shelf(paths), lambda _, client, __: (client.get(path.name) for path in paths))


def shelf(paths: list[Path]) -> Callable[[Request], Response]:
    """A server of files: by name, or the only one whatever is asked."""

    def answer(request: Request) -> Response:
        if request.path == "/robots.txt":
            return Response("", 404)
        named = [path for path in paths if request.path.endswith(path.name)] or paths[:1]
        kind = "text/html" if named[0].suffix == ".html" else "application/json"
        return Response(named[0].read_bytes(), content_type=kind)

    return answer


@dataclass
class Outcome:
    """What came of asking one source: rows by frame, `trouble` in one word, and how it was told."""

    frames: dict[str, list[str]] = field(default_factory=dict)
    trouble: str = ""
    told: str = ""
    requests: int = 0
    slept: list[float] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(len(rows) for rows in self.frames.values())

    @property
    def facts(self) -> int:
        """Rows that say something: a page that was stored as it stood says nothing yet."""
        return sum(len(rows) for name, rows in self.frames.items() if name != "pages")


def play(
    connector: Connector,
    questions: Questions,
    url: str,
    fake_time: FakeTime,
    *,
    archive: Archive | None = None,
    hosts: Hosts | None = None,
    real_seconds: float | None = None,
) -> Outcome:
    """Ask one source as the night does, each answer parsed before the next is asked for."""
    outcome = Outcome()
    base = url.rstrip("/") + urlsplit(connector.terms.base_url).path
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        fake_time.sleep(seconds)

    with PoliteClient(
        connector.name, base, requests_per_second=1000.0, clock=lambda: NOW, rng=random.Random(7).random,
        monotonic=time.monotonic if real_seconds else fake_time.monotonic, sleep=sleep, archive=archive,
        user_agent="grandcompte/test", allow_private_addresses=True, hosts=hosts,
        total_deadline=real_seconds or 30.0,
    ) as client:  # fmt: skip
        try:
            for payload in questions.ask(connector, client, base):
                try:
                    batches = list(connector.parse(payload))
                except NotAnAnswerError as error:
                    outcome.trouble, outcome.told = "refused", str(error)
                    continue
                for batch in batches:
                    for name, frame in batch.frames.items():
                        outcome.frames.setdefault(name, []).extend(rows_of(frame))
        except (SourceUnavailableError, PageUnavailableError) as error:
            outcome.trouble, outcome.told = outcome.trouble or "unavailable", str(error)
        outcome.requests, outcome.slept = client.requests_made, slept
    return outcome


def rows_of(frame: pl.DataFrame) -> list[str]:
    return [str(row) for row in frame.sort(frame.columns[:2]).rows()]


# ------------------------------------------------------------------------------------------------------- the faults

Harm = Callable[[Response, int], Response]


def instead(body: bytes, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Harm:
    return lambda _, __: Response(body, status, headers, content_type=content_type)


def first_only(harm: Harm) -> Harm:
    return lambda honest, number: harm(honest, number) if number == 0 else honest


def packed(honest: Response, cut: bool) -> Response:
    body = gzip.compress(honest.get_data())
    body = body[: len(body) // 2] if cut else body
    return Response(body, honest.status_code, {"Content-Encoding": "gzip"}, content_type=honest.content_type)


def in_another_charset(honest: Response, _: int) -> Response:
    """Bytes that are not what their header says: UTF-16, which no declared UTF-8 can be."""
    body = honest.get_data().decode("utf-8").encode("utf-16")
    return Response(body, honest.status_code, content_type="application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and its known result.

    Attributes:
        harm: what the server says instead. on_the_way: what the proxy does, and its amount.
        result: `recovers` (rows as without the fault), `unavailable` (four attempts, nothing archived, no rows),
            `given up at once` (one attempt, the same) or `refused` (archived, no rows, told by name).
        waits: seconds that the first wait must have at least. real_seconds: the deadline, where real time must pass.
    """

    result: str
    harm: Harm | None = None
    on_the_way: tuple[str, float] = ("pass", 0.0)
    waits: float = 0.0
    real_seconds: float | None = None


def busy(retry_after: str) -> Harm:
    return first_only(instead(b"slow down", "text/plain", 429, {"Retry-After": retry_after}))


DOWN = instead(b"out of order", "text/plain", 500)
FAULTS = {
    "429 with seconds": Fault("recovers", busy("7"), waits=7.0),
    "429 with a date": Fault("recovers", busy("Mon, 05 Jan 2026 02:16:30 GMT"), waits=90.0),
    "500 once": Fault("recovers", first_only(DOWN)),
    "500 for ever": Fault("unavailable", DOWN),
    "connection refused": Fault("unavailable", on_the_way=("down", 0)),
    "reset after 5 kB": Fault("unavailable", on_the_way=("reset", 5000)),
    "cut": Fault("unavailable", on_the_way=("cut", 400)),
    "slow drip": Fault("unavailable", on_the_way=("drip", 0.01), real_seconds=0.15),
    "black hole": Fault("unavailable", on_the_way=("black hole", 0), real_seconds=0.15),
    "gzip cut": Fault("unavailable", lambda honest, _: packed(honest, cut=True)),
    "garbled": Fault("given up at once", lambda honest, _: packed(honest, cut=False), on_the_way=("garble", 5)),
    "HTML instead of JSON": Fault("refused", instead(HTML, "text/html")),
    "200 with an error body": Fault("refused", instead(ERROR, "application/json")),
    "login page": Fault("refused", instead(LOGIN, "text/html")),
    "wrong charset": Fault("refused", in_another_charset),
    "empty": Fault("refused", instead(b"", "application/json")),
}


@contextmanager
def harmed(server: HTTPServer, questions: Questions, fault: Fault) -> Iterator[str]:
    """The address of the source with this fault before it."""
    seen = 0

    def answer(request: Request) -> Response:
        nonlocal seen
        honest = questions.answer(request)
        if fault.on_the_way[0] in ("reset", "cut"):  # large enough to be cut where the fault says
            honest.headers["X-Filler"] = "x" * int(fault.on_the_way[1])
        number, seen = seen, seen + 1
        return fault.harm(honest, number) if fault.harm else honest

    server.clear()
    server.expect_request(EVERY_PATH).respond_with_handler(answer)
    proxy = FaultProxy(server.host, server.port)
    proxy.fault, proxy.amount = fault.on_the_way
    try:
        yield proxy.url
    finally:
        proxy.close()
