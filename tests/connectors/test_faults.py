"""Each fault of a source has one known result (RELIABILITY R9, T4, T5), through a proxy that harms what passes."""

import gzip
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator

import brotli
import pytest
import zstandard
from fault_proxy import FaultProxy
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.archive import Archive
from connectors.contract import NotAnAnswerError, PageUnavailableError, SourceUnavailableError
from connectors.strict_json import read_json

BODY = b'{"results": [' + b",".join(b'{"n": %d}' % n for n in range(2000)) + b"]}"


@pytest.fixture
def archive(tmp_path) -> Archive:
    return Archive(str(tmp_path / "archive"))


@pytest.mark.parametrize(
    ("fault", "amount", "words"),
    [
        ("down", 0, "no connection|connection broke"),
        ("reset", 5000, "connection broke"),
        ("cut", 5000, "connection broke"),
        ("black hole", 0, "no answer in time|did not finish within"),
        ("drip", 0.02, "did not finish within|no answer in time"),
    ],
)
def test_what_the_network_does_ends_as_a_source_that_is_down(
    client_for, httpserver: HTTPServer, proxy: FaultProxy, archive, fault, amount, words
):
    httpserver.expect_request("/x").respond_with_data(BODY)
    proxy.fault, proxy.amount = fault, amount
    deadline = 0.4 if fault in ("black hole", "drip") else 30.0
    client = client_for(
        proxy.url,
        archive=archive,
        total_deadline=deadline,
        monotonic=time.monotonic,
        sleep=lambda _: None,
        max_attempts=2,
    )
    with pytest.raises(SourceUnavailableError, match=words):
        client.get("x")
    assert client.requests_made == 2
    assert archive.entries() == []
    proxy.fault = "pass"
    assert client_for(proxy.url, archive=archive).get("x").body == BODY


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_garbled_compressed_answer_is_refused(client_for, httpserver, proxy, archive, encoding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}
    pack["zstd"] = zstandard.ZstdCompressor(write_checksum=True).compress
    httpserver.expect_request("/x").respond_with_data(pack[encoding](BODY), headers={"Content-Encoding": encoding})
    proxy.fault, proxy.amount = "garble", 200
    with pytest.raises(SourceUnavailableError, match=r"is damaged|ends in the middle|connection broke"):
        client_for(proxy.url, archive=archive).get("x")
    assert archive.entries() == []


def whole(name: str) -> tuple[bytes, bytes]:
    """Header lines and body of one good answer, by how its end is told."""
    packed = gzip.compress(BODY)
    return {
        "length": (b"Content-Length: %d\r\n" % len(BODY), BODY),
        "chunks": (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)),
        "gzip": (b"Content-Encoding: gzip\r\n", packed),
        "gzip of a length": (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(packed), packed),
        "nothing but JSON": (b"Content-Type: application/json\r\n", BODY),
        "nothing but HTML": (b"Content-Type: text/html\r\n", b"<html><body>" + b"<p>x</p>" * 2000 + b"</body></html>"),
        "nothing but XML": (b"Content-Type: text/xml\r\n", b"<a>" + b"<b>x</b >" * 2000 + b"</a>"),
        "nothing but CSV": (b"Content-Type: text/csv\r\n", b"siren;name\r\n" * 2000),
    }[name]


WAYS = (
    "length",
    "chunks",
    "gzip",
    "gzip of a length",
    *(f"nothing but {kind}" for kind in ("JSON", "HTML", "XML", "CSV")),
)


CUT = r"connection broke|ends in the middle|ends after|stops before the end"


@pytest.mark.parametrize("way", WAYS)
def test_a_cut_is_noticed_however_the_end_is_told(client_for, raw_server, archive, way):
    headers, body = whole(way)
    start = b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + headers + b"\r\n"
    whole_url = raw_server(lambda connection: connection.sendall(start + body))
    cut_url = raw_server(lambda connection: connection.sendall(start + body[: len(body) // 2 - 1]))
    assert client_for(whole_url).get("x").status == 200
    client = client_for(cut_url, archive=archive)
    with pytest.raises(SourceUnavailableError, match=CUT):
        client.get("x")
    assert client.requests_made == 4
    assert archive.entries() == []


@pytest.mark.parametrize(
    "body", [b"<html><body>Please log in</body></html>", b"", BODY.decode().encode("utf-16"), BODY[:-1], b"\xff" + BODY]
)
def test_what_arrives_whole_and_is_no_json_is_no_answer(client_for, httpserver: HTTPServer, body):
    httpserver.expect_request("/x").respond_with_data(body)
    payload = client_for(httpserver.url_for("")).get("x")
    with pytest.raises(NotAnAnswerError):
        read_json(payload.body)


def endless(_: Request) -> Response:
    def chunks() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    return Response(chunks())


def test_an_endless_page_is_left_after_two_megabytes(client_for, internet, httpserver: HTTPServer):
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/x").respond_with_handler(endless)
    with pytest.raises(PageUnavailableError, match="larger than 2000000 bytes"):
        client_for("", allow_private_addresses=False).get_page("http://site.example/x")


@pytest.mark.parametrize("size", [10**12, 10**17])
def test_a_size_that_is_only_declared_is_enough_to_refuse(client_for, raw_server, size):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nxxxx" % size
    client = client_for(raw_server(lambda connection: connection.sendall(answer)))
    with pytest.raises(SourceUnavailableError, match="by its own word"):
        client.get("x")
    assert client.requests_made == 1


def test_a_header_of_five_megabytes_is_refused(client_for, raw_server):
    answer = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 5_000_000 + b"\r\nContent-Length: 2\r\n\r\n{}"
    with pytest.raises(SourceUnavailableError, match="connection broke"):
        client_for(raw_server(lambda connection: connection.sendall(answer)), max_attempts=1).get("x")


def test_a_deadline_ends_one_host_and_not_the_one_that_was_asked_before(client_for, httpserver, proxy):
    """Two connections are open; the timer has to shut the one that is waited for."""
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/x").respond_with_data("<html></html>")
    client = client_for("", total_deadline=0.5, monotonic=time.monotonic, sleep=lambda _: None, max_attempts=1)
    calm = httpserver.url_for("/x")
    assert client.get_page(calm).status == 200
    assert client.get_page(f"{proxy.url}/x").status == 200
    assert client.get_page(calm).status == 200
    proxy.fault, proxy.amount = "drip", 0.02
    with pytest.raises(PageUnavailableError, match="did not finish within"):
        client.get_page(f"{proxy.url}/x")
    assert client.get_page(calm).status == 200


# --- decompression bombs: each is a few kilobytes to 300 kB on the wire and 300 MB in memory


def pack_zeros(encoding: str, mebibytes: int) -> bytes:
    block = bytes(2**20)
    if encoding == "br":
        packer = brotli.Compressor(quality=5)
        return b"".join(packer.process(block) for _ in range(mebibytes)) + packer.finish()
    if encoding == "zstd":
        stream = zstandard.ZstdCompressor().compressobj()
        return b"".join(stream.compress(block) for _ in range(mebibytes)) + stream.flush()
    deflater = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    return b"".join(deflater.compress(block) for _ in range(mebibytes)) + deflater.flush()


CHILD = """
import random, re, sys, time
from datetime import UTC, datetime
from connectors.contract import PageUnavailableError, SourceUnavailableError
from connectors.polite import PoliteClient
client = PoliteClient("gleif", sys.argv[1], requests_per_second=1000, clock=lambda: datetime.now(UTC),
    monotonic=time.monotonic, sleep=lambda _: None, rng=random.random, archive=None, user_agent="grandcompte/test",
    allow_private_addresses=True)
assert client.get("warm").body == b"{}"
# not getrusage: its ru_maxrss begins at the parent's, which is higher than what is looked for
highest = lambda: int(re.search("VmHWM: +(\\d+)", open("/proc/self/status").read().replace("\\t", " "))[1])
before = highest()
for ask in (lambda: client.get("bomb"), lambda: client.get_page(sys.argv[1] + "/bomb")):
    try:
        ask()
    except (SourceUnavailableError, PageUnavailableError) as error:
        print("bomb" in str(error) or "larger than" in str(error))
print((highest() - before) // 1024)
"""


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_costs_64_mib_at_most(httpserver: HTTPServer, encoding, pytestconfig):
    httpserver.expect_request("/warm").respond_with_data("{}")
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    bomb = pack_zeros(encoding, 300)
    httpserver.expect_request("/bomb").respond_with_data(bomb, headers={"Content-Encoding": encoding})
    done = subprocess.run(
        [sys.executable, "-c", CHILD, httpserver.url_for("").rstrip("/")],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *ends, growth = done.stdout.split()
    assert ends == ["True", "True"]
    assert int(growth) <= 64, f"{encoding}: {len(bomb)} bytes grew the process by {growth} MiB"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_the_ratio_alone_stops_what_stays_below_the_cap(client_for, httpserver: HTTPServer, encoding):
    """2 MiB from some kilobytes: smaller than any cap, and no page for people."""
    httpserver.expect_request("/x").respond_with_data(pack_zeros(encoding, 2), headers={"Content-Encoding": encoding})
    with pytest.raises(SourceUnavailableError, match="decompression bomb"):
        client_for(httpserver.url_for("")).get("x")


def test_two_clients_in_two_threads_do_not_disturb_each_other(client_for, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data(BODY)
    found: list[bytes] = []
    clients = [client_for(httpserver.url_for("")) for _ in range(4)]
    threads = [threading.Thread(target=lambda one=one: found.append(one.get("x").body)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [BODY] * 4
