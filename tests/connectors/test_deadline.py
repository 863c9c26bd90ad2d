"""One thread looks after all requests of a client; each fires in time, and none fires into the next request."""

import socket
import threading
import time

import pytest
from pytest_httpserver import HTTPServer

from connectors.contract import SourceUnavailableError
from connectors.deadline import Watchdog


@pytest.fixture
def watchdog():
    made = Watchdog()
    yield made
    made.close()


def watching_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "request-deadline"]


def test_it_fires_when_nobody_says_that_the_request_is_over(watchdog):
    fired = threading.Event()
    watchdog.watch(0.05, fired.set)
    assert fired.wait(10)


def test_a_request_that_ended_is_never_shut(watchdog):
    fired = threading.Event()
    watchdog.watch(0.05, fired.set)
    watchdog.rest()
    assert not fired.wait(0.2)


def test_a_shorter_deadline_after_a_longer_one_is_kept(watchdog):
    fired = threading.Event()
    watchdog.watch(60, lambda: None)
    watchdog.rest()
    watchdog.watch(0.05, fired.set)
    assert fired.wait(10)


def test_a_later_deadline_is_kept_after_the_thread_woke_for_an_earlier_one(watchdog):
    fired = threading.Event()
    watchdog.watch(0.05, lambda: None)
    watchdog.rest()
    watchdog.watch(1.0, fired.set)
    assert not fired.wait(0.1)
    assert fired.wait(10)


def test_it_starts_again_after_it_had_nothing_to_look_after(watchdog):
    for _ in range(2):
        fired = threading.Event()
        watchdog.watch(0.02, fired.set)
        assert fired.wait(10)
        time.sleep(0.05)


def test_while_it_shuts_a_request_the_next_one_waits(watchdog):
    """`rest` comes back only after a shutting under way is done: it could otherwise hit the next request's socket."""
    began, may_end, order = threading.Event(), threading.Event(), []

    def shut() -> None:
        began.set()
        may_end.wait(10)
        order.append("shut")

    watchdog.watch(0.01, shut)
    assert began.wait(10)
    threading.Timer(0.05, may_end.set).start()
    watchdog.rest()
    order.append("next")
    assert order == ["shut", "next"]


def test_a_client_has_one_thread_for_all_its_requests_and_none_after(client_for, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data(b"{}")
    before = len(watching_threads())
    client = client_for(httpserver.url_for(""))
    for _ in range(20):
        client.get("x")
        assert len(watching_threads()) == before + 1
    (*_, thread) = watching_threads()
    client.close()
    thread.join(10)
    assert not thread.is_alive()


def test_one_byte_every_half_second_ends_with_the_deadline(client_for, raw_server):
    """httpx's own timeouts count from byte to byte and never fire (RELIABILITY section 0, item 2)."""

    sent: list[int] = []

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for number in range(40):
            connection.sendall(b"x")
            sent.append(number)
            time.sleep(0.5)

    client = client_for(raw_server(drip), monotonic=time.monotonic, total_deadline=1.2, max_attempts=1)
    with pytest.raises(SourceUnavailableError, match=r"did not finish within 1\.2 s"):
        client.get("x")
    assert len(sent) < 40  # it did not wait for the whole drip
