"""The client against a real server on loopback: every fault has one known result."""

import gzip
import socket
import time
import zlib
from itertools import pairwise

import brotli
import pytest
import zstandard
from fault_proxy import NOW, FakeTime
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.archive import Archive
from connectors.contract import SourceUnavailableError

BODY = b'{"results": [' + b",".join(b'{"n": %d}' % n for n in range(500)) + b"]}"


def test_an_answer_comes_whole_and_is_archived_before_it_is_returned(client_for, httpserver: HTTPServer, tmp_path):
    httpserver.expect_request("/v1/lei-records", query_string="filter[lei]=A,B&page[size]=2").respond_with_data(
        BODY, headers={"X-Kept": "yes", "Set-Cookie": "session=1", "X-Echo": "key=S3CRET", "Content-Type": "text/json"}
    )
    archive = Archive(str(tmp_path))
    client = client_for(httpserver.url_for("/v1/"), archive=archive, headers={"X-Key": "S3CRET", "Accept": "text/json"})
    payload = client.get("/lei-records", {"page[size]": 2, "filter[lei]": "A,B"})
    assert (payload.source, payload.key) == ("gleif", "lei-records?filter[lei]=A,B&page[size]=2")
    assert (payload.body, payload.status, payload.fetched_at) == (BODY, 200, NOW)
    assert payload.url.startswith("http://")
    assert payload.url.endswith(payload.key)
    assert payload.headers["x-kept"] == "yes"
    assert payload.headers["content-type"] == "text/json"
    assert not {"set-cookie", "x-echo"} & set(payload.headers)
    assert [archive.load(entry) for entry in archive.entries("gleif")] == [payload]


def test_the_request_says_who_asks_and_carries_the_key(client_for, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data(b"{}", headers={"Set-Cookie": "session=1"})
    client = client_for(httpserver.url_for(""), headers={"X-Key": "S3CRET"})
    client.get("x")
    client.get("x")
    first, second = (request for request, _ in httpserver.log)
    assert first.headers["User-Agent"] == "grandcompte/test (+https://grandcompte.example)"
    assert first.headers["X-Key"] == "S3CRET"
    assert first.headers["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert "Cookie" not in second.headers
    assert client.requests_made == 2


def test_the_environment_says_nothing(client_for, httpserver: HTTPServer, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    httpserver.expect_request("/x").respond_with_data(b"{}")
    assert client_for(httpserver.url_for("")).get("x").body == b"{}"


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize(
    ("encoding", "wire"),
    [
        *((name, pack(BODY)) for name, pack in ENCODERS.items()),
        ("deflate", bare_deflate(BODY)),
        ("gzip", gzip.compress(BODY[:700]) + gzip.compress(BODY[700:])),
        ("zstd", ENCODERS["zstd"](BODY[:700]) + ENCODERS["zstd"](BODY[700:])),
        ("identity", BODY),
    ],
    ids=["gzip", "deflate", "br", "zstd", "bare deflate", "two gzip members", "two zstd frames", "identity"],
)
def test_every_encoding_that_is_asked_for_is_read(client_for, httpserver: HTTPServer, encoding, wire):
    httpserver.expect_request("/x").respond_with_data(wire, headers={"Content-Encoding": encoding})
    assert client_for(httpserver.url_for("")).get("x").body == BODY


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_body_that_packs_very_well_is_read_whole(client_for, httpserver: HTTPServer, encoding):
    """A megabyte out of some bytes: the decoder has more to give when the last byte went in."""
    body = bytes(900_000)
    httpserver.expect_request("/x").respond_with_data(ENCODERS[encoding](body), headers={"Content-Encoding": encoding})
    assert client_for(httpserver.url_for("")).get("x").body == body


@pytest.mark.parametrize("encoding", ENCODERS)
def test_an_empty_answer_may_keep_the_header_of_its_encoding(client_for, httpserver: HTTPServer, encoding):
    httpserver.expect_request("/x").respond_with_data(b"", headers={"Content-Encoding": encoding})
    assert client_for(httpserver.url_for("")).get("x").body == b""


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_cut_compressed_body_is_no_answer(client_for, httpserver: HTTPServer, encoding):
    wire = ENCODERS[encoding](BODY)
    httpserver.expect_request("/x").respond_with_data(wire[: len(wire) // 2], headers={"Content-Encoding": encoding})
    client = client_for(httpserver.url_for(""))
    with pytest.raises(SourceUnavailableError, match="ends in the middle of its"):
        client.get("x")
    assert client.requests_made == 4


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_damaged_body_is_refused_at_once(client_for, httpserver: HTTPServer, encoding):
    httpserver.expect_request("/x").respond_with_data(b"\xff" * 64, headers={"Content-Encoding": encoding})
    client = client_for(httpserver.url_for(""))
    with pytest.raises(SourceUnavailableError, match="is damaged"):
        client.get("x")
    assert client.requests_made == 1


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_bomb_is_stopped_early(client_for, httpserver: HTTPServer, encoding):
    bomb = ENCODERS[encoding](bytes(60 * 2**20))
    httpserver.expect_request("/x").respond_with_data(bomb, headers={"Content-Encoding": encoding})
    client = client_for(httpserver.url_for(""))
    with pytest.raises(SourceUnavailableError, match=r"decompression bomb|larger than"):
        client.get("x")
    assert client.requests_made == 1


@pytest.mark.parametrize(("encoding", "wire"), [("gzip", gzip.compress(BODY)), ("identity", BODY)])
def test_the_cap_counts_decoded_bytes(client_for, httpserver: HTTPServer, encoding, wire):
    httpserver.expect_request("/x").respond_with_data(wire, headers={"Content-Encoding": encoding})
    with pytest.raises(SourceUnavailableError, match="larger than 2000 bytes"):
        client_for(httpserver.url_for(""), max_decoded_bytes=2000).get("x")
    assert client_for(httpserver.url_for(""), max_decoded_bytes=len(BODY)).get("x").body == BODY


def test_an_encoding_that_nobody_asked_for_is_refused(client_for, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data(BODY, headers={"Content-Encoding": "compress"})
    with pytest.raises(SourceUnavailableError, match="content encoding 'compress'"):
        client_for(httpserver.url_for("")).get("x")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        b"",
        b"garbage\r\n\r\n",
    ],
    ids=["short of its length", "no last chunk", "closed at once", "no HTTP"],
)
def test_a_cut_answer_is_tried_again_and_then_refused(client_for, raw_server, answer):
    client = client_for(raw_server(lambda connection: connection.sendall(answer)))
    with pytest.raises(SourceUnavailableError, match=r"the connection broke .* \(attempt 4 of 4\)"):
        client.get("x")
    assert client.requests_made == 4


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    drip(connection)


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(connection)


def drip(connection: socket.socket) -> None:
    for _ in range(200):
        connection.sendall(b"a")
        time.sleep(0.02)


def say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize("fault", [drip_body, drip_headers, say_nothing])
def test_the_deadline_is_for_the_whole_answer(client_for, raw_server, fault):
    client = client_for(raw_server(fault), monotonic=time.monotonic, total_deadline=0.3, max_attempts=1)
    with pytest.raises(SourceUnavailableError, match=r"did not finish within 0.3 s|no answer in time"):
        client.get("x")


def test_the_deadline_counts_on_the_clock_that_is_handed_in(client_for, httpserver: HTTPServer, fake_time: FakeTime):
    def slow(_: Request) -> Response:
        fake_time.seconds += 31
        return Response(b"{}")

    httpserver.expect_request("/x").respond_with_handler(slow)
    client = client_for(httpserver.url_for(""), max_attempts=2)
    with pytest.raises(SourceUnavailableError, match="the answer did not finish within 30 s"):
        client.get("x")
    assert client.requests_made == 2


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [
        ("7", 7.0),
        ("Mon, 05 Jan 2026 02:16:30 GMT", 90.0),
        ("Mon, 05 Jan 2026 02:00:00 GMT", 0.5),
        ("0", 0.5),
        ("soon", 0.5),
        ("-3", 0.5),
        ("²", 0.5),
        (None, 0.5),
        ("300", 300.0),
    ],
)
def test_retry_after_is_kept_in_both_forms(client_for, httpserver: HTTPServer, fake_time, retry_after, waited):
    headers = {} if retry_after is None else {"Retry-After": retry_after.encode().decode("latin-1")}
    httpserver.expect_ordered_request("/x").respond_with_data(b"", 429, headers=headers)
    httpserver.expect_ordered_request("/x").respond_with_data(b"{}")
    client = client_for(httpserver.url_for(""))
    assert client.get("x").body == b"{}"
    assert fake_time.slept == [waited]


@pytest.mark.parametrize("retry_after", ["301", "Mon, 05 Jan 2026 03:15:00 GMT", "9" * 6000])
def test_a_longer_wait_than_five_minutes_is_deferred(client_for, httpserver: HTTPServer, fake_time, retry_after):
    httpserver.expect_request("/x").respond_with_data(b"", 503, headers={"Retry-After": retry_after})
    client = client_for(httpserver.url_for(""))
    with pytest.raises(SourceUnavailableError, match="deferred"):
        client.get("x")
    assert client.requests_made == 1
    assert fake_time.slept == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_trouble_that_passes_is_waited_out(client_for, httpserver: HTTPServer, fake_time, status):
    for _ in range(3):
        httpserver.expect_ordered_request("/x").respond_with_data(b"no", status)
    httpserver.expect_ordered_request("/x").respond_with_data(b"{}")
    client = client_for(httpserver.url_for(""))
    assert client.get("x").body == b"{}"
    assert client.requests_made == 4
    assert fake_time.slept == [0.5, 1.0, 2.0]  # full jitter: rng() * 1, 2, 4 s


def test_a_source_that_stays_down_is_asked_four_times(client_for, httpserver: HTTPServer, tmp_path):
    httpserver.expect_request("/x").respond_with_data(b"no", 503)
    archive = Archive(str(tmp_path))
    client = client_for(httpserver.url_for(""), archive=archive)
    with pytest.raises(SourceUnavailableError, match=r"gleif: .*/x: the source answers 503 .attempt 4 of 4"):
        client.get("x")
    assert client.requests_made == 4
    assert len(httpserver.log) == 4
    assert archive.entries() == []


def test_a_refused_connection_is_tried_again(client_for, fake_time: FakeTime):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = client_for(f"http://127.0.0.1:{port}")
    with pytest.raises(SourceUnavailableError, match="no connection"):
        client.get("x")
    assert client.requests_made == 4
    assert len(fake_time.slept) == 3


def test_a_name_that_nobody_has_is_said_so(client_for, monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for allowed in (True, False):
        with pytest.raises(SourceUnavailableError, match="the host's name is not known"):
            client_for("http://registry.example", allow_private_addresses=allowed).get("x")


def test_not_found_is_an_answer_for_the_connector(client_for, httpserver: HTTPServer, tmp_path):
    httpserver.expect_request("/x").respond_with_data(b'{"errors": []}', 404)
    archive = Archive(str(tmp_path))
    payload = client_for(httpserver.url_for(""), archive=archive).get("x")
    assert (payload.status, payload.body) == (404, b'{"errors": []}')
    assert archive.entries() == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "saying 'q is \\*\\*\\* too short'"),
        (401, "Check the key"),
        (403, "blocks this address"),
        (410, "run again"),
    ],
)
def test_other_refusals_stop_the_source_at_once(client_for, httpserver: HTTPServer, status, words):
    httpserver.expect_request("/x").respond_with_data("q is\nS3CRET too short", status)
    client = client_for(httpserver.url_for(""), headers={"X-Key": "S3CRET"})
    with pytest.raises(SourceUnavailableError, match=words) as refusal:
        client.get("x", {"q": "a private name"})
    assert client.requests_made == 1
    assert "private" not in str(refusal.value)
    assert "S3CRET" not in str(refusal.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_stays_here(client_for, httpserver: HTTPServer, status):
    httpserver.expect_request("/x").respond_with_data(
        b"", status, headers={"Location": "http://elsewhere.example/?t=1"}
    )
    client = client_for(httpserver.url_for(""), headers={"X-Key": "S3CRET"})
    with pytest.raises(SourceUnavailableError, match=f"answers {status} and sends us to elsewhere.example;"):
        client.get("x")
    assert client.requests_made == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_by_default(client_for, httpserver: HTTPServer, host):
    client = client_for(f"http://{host}:{httpserver.port}", allow_private_addresses=False)
    with pytest.raises(SourceUnavailableError, match=r"is not a public one.*GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES"):
        client.get("x")
    assert client.requests_made == 0
    assert httpserver.log == []


def test_a_name_that_turns_private_is_refused_before_a_byte_is_sent(client_for, httpserver: HTTPServer, monkeypatch):
    monkeypatch.setattr("connectors.transport.find_addresses", lambda host, port: ["1.1.1.1", "127.0.0.1"])
    client = client_for(f"http://localhost:{httpserver.port}", allow_private_addresses=False)
    with pytest.raises(SourceUnavailableError, match="is not a public one"):
        client.get("x")
    assert httpserver.log == []


@pytest.mark.parametrize("base_url", ["ftp://registry.example", "registry.example", "", "https://user:word@a.example"])
def test_a_base_address_that_is_none_is_named(client_for, base_url):
    with pytest.raises(SourceUnavailableError, match="the base address must be http") as refusal:
        client_for(base_url).get("x")
    assert "word@" not in str(refusal.value)


def test_requests_keep_their_distance_from_start_to_start(client_for, httpserver: HTTPServer, fake_time: FakeTime):
    starts: list[float] = []

    def answer(_: Request) -> Response:
        starts.append(fake_time.seconds)
        fake_time.seconds += 0.05
        return Response(b"{}")

    httpserver.expect_request("/x").respond_with_handler(answer)
    client = client_for(httpserver.url_for(""), requests_per_second=5)
    for _ in range(4):
        client.get("x")
    fake_time.seconds += 60  # a long pause earns no burst
    for _ in range(3):
        client.get("x")
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps) >= 0.2 - 1e-9
    assert gaps[:3] == pytest.approx([0.2] * 3)
    assert gaps[4:] == pytest.approx([0.2] * 2)
