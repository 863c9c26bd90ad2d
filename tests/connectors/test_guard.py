"""Where a request may go: the address that was checked is the address that is connected to (RELIABILITY T1 to T3)."""

import pytest
from pytest_httpserver import HTTPServer

from connectors.addresses import is_private_host, is_public
from connectors.contract import PageUnavailableError, SourceUnavailableError
from connectors.transport import ADDRESS_LIFE

INNER = [
    "169.254.169.254", "10.0.0.1", "172.16.5.4", "192.168.1.1", "127.0.0.1", "0.0.0.0", "100.64.0.1", "192.0.0.1",
    "192.0.0.170", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "fd00::1", "fe80::1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001::1",
    "ff02::1", "fec0::1", "2001:db8::1",
]  # fmt: skip
LOOPBACK = [
    "127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",
    "0177.0.0.1",
]  # fmt: skip


def address_in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("address", INNER)
def test_26_inner_addresses_are_no_places_for_a_source(client_for, internet, address):
    assert not is_public(address)
    client = client_for(f"http://{address_in_url(address)}", allow_private_addresses=False)
    with pytest.raises(SourceUnavailableError, match="is not a public one"):
        client.get("x")
    with pytest.raises(PageUnavailableError, match="is not a public one"):
        client.get_page(f"http://{address_in_url(address)}/x")
    assert client.requests_made == 0
    assert internet.dialled == []


@pytest.mark.parametrize("address", INNER)
def test_a_name_of_an_inner_address_is_refused_also_among_public_ones(client_for, internet, address):
    internet.addresses["site.example"] = [["93.184.216.34", address]]
    client = client_for("https://site.example", allow_private_addresses=False)
    with pytest.raises(SourceUnavailableError, match="is not a public one"):
        client.get("x")
    assert internet.dialled == []


@pytest.mark.parametrize("address", INNER)
@pytest.mark.parametrize("place", ["page", "robots"])
def test_a_redirect_to_an_inner_address_is_not_followed(client_for, internet, httpserver: HTTPServer, address, place):
    target = f"http://{address_in_url(address)}/latest/meta-data"
    if place == "page":
        httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/robots.txt" if place == "robots" else "/x").respond_with_data(
        "", 302, headers={"Location": target}
    )
    client = client_for("", allow_private_addresses=False)
    with pytest.raises(PageUnavailableError, match=r"robots.txt cannot be read|is not a public one"):
        client.get_page("http://site.example/x")
    assert set(internet.dialled) == {"93.184.216.34"}
    assert len(httpserver.log) == (2 if place == "page" else 1)


@pytest.mark.parametrize("host", LOOPBACK)
def test_10_spellings_of_loopback_reach_nothing(client_for, httpserver: HTTPServer, host):
    client = client_for(f"http://{host}:{httpserver.port}", allow_private_addresses=False)
    with pytest.raises(SourceUnavailableError, match=r"is not a public one|name is not known|base address must be"):
        client.get("x")
    with pytest.raises(PageUnavailableError):
        client.get_page(f"http://{host}:{httpserver.port}/x")
    assert httpserver.log == []


def test_a_name_that_turns_private_is_refused_at_the_next_look_up(client_for, internet, httpserver, fake_time):
    """Within a minute the checked address is asked again; after it the name is looked up, and checked, anew."""
    httpserver.expect_request("/x").respond_with_data("{}")
    internet.addresses["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    client = client_for("http://rebind.example", allow_private_addresses=False)
    assert client.get("x").body == b"{}"
    fake_time.seconds += ADDRESS_LIFE - 1
    assert client.get("x").body == b"{}"
    assert internet.looked_up.count("rebind.example") == 1
    fake_time.seconds += 2
    with pytest.raises(SourceUnavailableError, match=r"its address 127.0.0.1 is not a public one"):
        client.get("x")
    assert set(internet.dialled) == {"93.184.216.34"}
    assert len(httpserver.log) == 2


def test_a_server_that_moved_is_looked_up_at_once(client_for, internet, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data("{}")
    internet.addresses["site.example"] = [["93.184.216.34"], ["93.184.216.35"]]
    client = client_for("http://site.example", allow_private_addresses=False)
    assert client.get("x").body == b"{}"
    del internet.servers["93.184.216.34"]
    assert client.get("x").body == b"{}"
    assert internet.dialled == ["93.184.216.34", "93.184.216.34", "93.184.216.35"]


def test_a_request_looks_a_name_up_once_and_connects_to_what_was_found(client_for, internet, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data("{}")
    internet.addresses["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    client_for("http://rebind.example", allow_private_addresses=False).get("x")
    assert internet.looked_up.count("rebind.example") == 1
    assert httpserver.log[0][0].headers["Host"] == "rebind.example"


def test_the_next_address_is_tried_when_one_does_not_answer(client_for, internet, httpserver: HTTPServer):
    httpserver.expect_request("/x").respond_with_data("{}")
    internet.addresses["site.example"] = [["1.1.1.1", "93.184.216.34"]]
    client = client_for("http://site.example", allow_private_addresses=False)
    assert client.get("x").body == b"{}"
    assert internet.dialled == ["1.1.1.1", "93.184.216.34"]
    assert client.requests_made == 1


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 5432])
def test_only_the_ports_of_the_web(client_for, internet, port):
    client = client_for(f"http://site.example:{port}", allow_private_addresses=False)
    with pytest.raises(SourceUnavailableError, match=f"port {port} is none of the web"):
        client.get("x")
    with pytest.raises(PageUnavailableError, match=f"port {port} is none of the web"):
        client.get_page(f"http://site.example:{port}/")
    assert internet.dialled == []


@pytest.mark.parametrize("scheme", ["file", "gopher", "ftp", "data", "javascript", "ws"])
def test_only_the_schemes_of_the_web(client_for, internet, httpserver: HTTPServer, scheme):
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/x").respond_with_data("", 302, headers={"Location": f"{scheme}://site.example/etc"})
    client = client_for("", allow_private_addresses=False)
    with pytest.raises(PageUnavailableError) as refusal:
        client.get_page(f"{scheme}://site.example/etc/passwd")
    assert refusal.value.kind == "address"
    assert internet.dialled == []
    with pytest.raises(PageUnavailableError, match=f"from http to {scheme}, which is not followed"):
        client.get_page("http://site.example/x")


def test_where_private_addresses_are_allowed_a_metadata_service_still_is_not(client_for, internet):
    assert [is_private_host(address) for address in ("127.0.0.1", "::1", "10.1.2.3", "fd00::1")] == [True] * 4
    assert not any(map(is_private_host, ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "240.0.0.1", "1.1.1.1"]))
    with pytest.raises(SourceUnavailableError, match="is not a public one"):
        client_for("http://169.254.169.254", allow_private_addresses=True).get("latest")
    assert internet.dialled == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_key_never_crosses_an_origin(client_for, internet, httpserver: HTTPServer, status):
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/x").respond_with_data("", status, headers={"Location": "http://elsewhere.example/y"})
    httpserver.expect_request("/y").respond_with_data("<html></html>")
    client = client_for(
        "http://site.example",
        allow_private_addresses=False,
        headers={"X-INSEE-Api-Key-Integration": "S3CRET", "Authorization": "Bearer S3CRET", "Accept-Language": "fr"},
    )
    assert client.get_page("http://site.example/x").url == "http://elsewhere.example/y"
    by_host = {}
    for request, _ in httpserver.log:
        by_host.setdefault(request.headers["Host"], []).append(dict(request.headers))
    assert all("S3CRET" in str(headers) for headers in by_host["site.example"])
    assert not any("S3CRET" in str(headers) for headers in by_host["elsewhere.example"])
    assert all(headers["Accept-Language"] == "fr" for headers in by_host["elsewhere.example"])
