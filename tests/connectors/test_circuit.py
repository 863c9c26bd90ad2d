"""A host that is down is left alone (RELIABILITY R10), on a clock that stands still."""

import random
from contextlib import suppress
from itertools import pairwise

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from connectors.circuit import FAILURES_TO_OPEN, Circuit
from connectors.contract import SourceUnavailableError
from connectors.pace import full_jitter


@pytest.fixture
def circuit(fake_time) -> Circuit:
    return Circuit(fake_time.monotonic)


def test_it_opens_after_five_failures_in_a_row(circuit):
    for _ in range(FAILURES_TO_OPEN - 1):
        circuit.failed()
    assert circuit.why_not_now() is None
    circuit.failed()
    assert circuit.why_not_now() == "its host failed 5 times in a row; not asked again for 60 s"


def test_one_answer_starts_the_count_again(circuit):
    for _ in range(20):
        circuit.failed()
        circuit.failed()
        circuit.succeeded()
    assert circuit.why_not_now() is None


def test_each_failed_probe_makes_the_next_rarer_and_an_answer_closes_it(circuit, fake_time):
    for _ in range(FAILURES_TO_OPEN):
        circuit.failed()
    pauses = []
    for _ in range(6):
        before = fake_time.seconds
        while circuit.why_not_now():
            fake_time.seconds += 1
        pauses.append(fake_time.seconds - before)
        circuit.failed()
    assert pauses == [60, 120, 240, 480, 480, 480]
    fake_time.seconds += 480
    circuit.succeeded()
    for _ in range(FAILURES_TO_OPEN - 1):
        circuit.failed()
    assert circuit.why_not_now() is None


def test_a_host_that_asks_to_wait_is_not_probed(circuit, fake_time):
    circuit.deferred(3000)
    circuit.failed()
    fake_time.seconds += 2999
    assert circuit.why_not_now() == "its host asked to wait 3000 s; not asked again for 1 s"
    fake_time.seconds += 1
    assert circuit.why_not_now() is None


def test_a_dead_host_gets_twelve_requests_at_most_in_ten_minutes(client_for, httpserver: HTTPServer, fake_time):
    times: list[float] = []

    def answer(_):
        times.append(fake_time.seconds)
        return Response("no", 503)

    httpserver.expect_request("/x").respond_with_handler(answer)
    client = client_for(httpserver.url_for(""))
    began = fake_time.seconds
    while fake_time.seconds < began + 3600:
        with suppress(SourceUnavailableError):
            client.get("x")
        fake_time.seconds += 1
    assert len([at for at in times if at < began + 600]) <= 12
    assert max(len([at for at in times if start <= at < start + 600]) for start in times) <= 12
    assert all(later - earlier >= 60 for earlier, later in pairwise(times[4:]))


def test_a_dead_host_is_not_asked_while_its_circuit_is_open(client_for, httpserver: HTTPServer, fake_time):
    httpserver.expect_request("/x").respond_with_data("no", 503)
    client = client_for(httpserver.url_for(""))
    for _ in range(2):
        with pytest.raises(SourceUnavailableError):
            client.get("x")
    assert client.requests_made == 5
    with pytest.raises(SourceUnavailableError, match="its host failed 5 times in a row; not asked again for"):
        client.get("x")
    assert client.requests_made == 5
    httpserver.clear()
    httpserver.expect_request("/x").respond_with_data("{}")
    fake_time.seconds += 61
    assert client.get("x").body == b"{}"
    assert client.get("x").body == b"{}"


def test_a_host_that_asked_to_wait_is_left_alone_until_then(client_for, httpserver: HTTPServer, fake_time):
    httpserver.expect_request("/x").respond_with_data("no", 429, headers={"Retry-After": "900"})
    client = client_for(httpserver.url_for(""))
    for _ in range(5):
        with pytest.raises(SourceUnavailableError, match=r"asked to wait|asks to wait"):
            client.get("x")
        fake_time.seconds += 100
    assert client.requests_made == 1


def test_the_jitter_is_full_and_spread():
    """The share of waits in each tenth of the range: a chi-square of 9 degrees stays below 27.9 with p = 0.001."""
    for attempt, bound in ((1, 1.0), (2, 2.0), (3, 4.0), (10, 60.0)):
        rng = random.Random(attempt).random
        counts = [0] * 10
        for _ in range(5000):
            counts[int(full_jitter(attempt, rng) / bound * 10)] += 1
        assert sum((count - 500) ** 2 / 500 for count in counts) < 27.9
