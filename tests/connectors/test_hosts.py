"""Clients of one run share what they know of a host: its budget, and that it is down (RELIABILITY R10, T23)."""

from itertools import pairwise

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.contract import SourceUnavailableError
from connectors.hosts import Hosts


@pytest.fixture
def hosts(fake_time) -> Hosts:
    return Hosts(fake_time.monotonic, fake_time.sleep)


def test_a_host_is_one_whatever_the_scheme_and_another_port_is_another(hosts):
    plain, secure, other = (
        hosts.of(httpx.URL(url), 1.0)
        for url in ("http://site.example/a", "https://site.example/b", "https://site.example:8443/")
    )
    assert plain is secure
    assert plain is not other


def test_two_sources_on_one_host_keep_to_the_slower_budget_together(client_for, httpserver, hosts, fake_time):
    starts: list[float] = []

    def answer(_: Request) -> Response:
        starts.append(fake_time.seconds)
        return Response(b"{}")

    httpserver.expect_request("/x").respond_with_handler(answer)
    one, other = (client_for(httpserver.url_for(""), requests_per_second=rate, hosts=hosts) for rate in (5.0, 2.0))
    other.get("x")
    for _ in range(5):
        one.get("x")
        other.get("x")
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 0.5 - 1e-9


def test_what_one_source_found_dead_the_next_one_does_not_ask_again(client_for, httpserver, hosts, fake_time):
    """Whatever the number of sources: at most 12 requests in any ten minutes."""
    times: list[float] = []

    def answer(_: Request) -> Response:
        times.append(fake_time.seconds)
        return Response(b"no", 503)

    httpserver.expect_request("/x").respond_with_handler(answer)
    began = fake_time.seconds
    while fake_time.seconds < began + 1800:
        for _ in range(3):
            with pytest.raises(SourceUnavailableError):
                client_for(httpserver.url_for(""), hosts=hosts).get("x")
        fake_time.seconds += 20
    assert max(len([at for at in times if start <= at < start + 600]) for start in times) <= 12


def test_a_client_of_its_own_knows_nothing_of_others(client_for, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data(b"no", 503)
    for _ in range(3):
        client = client_for(httpserver.url_for(""))
        with pytest.raises(SourceUnavailableError):
            client.get("x")
        assert client.requests_made == 4
