"""All guards stand in the client, so nothing of ours may reach the network past it (RELIABILITY T1 to T6, T23, T24)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.contract import SourceUnavailableError

ROOT = Path(__file__).resolve().parents[2]
# Who may use what opens a connection, and for what.
ALLOWED = {
    "connectors/transport.py": {"httpx.HTTPTransport", "httpx.create_ssl_context"},
    "connectors/addresses.py": {"socket.getaddrinfo"},
    "connectors/deadline.py": {"socket.socket"},  # the type of what it shuts
}
OPENERS = {
    "httpx": {
        "get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "Client", "AsyncClient",
        "HTTPTransport", "AsyncHTTPTransport", "create_ssl_context",
    },
    "socket": {"socket", "create_connection", "create_server", "getaddrinfo", "gethostbyname", "fromfd"},
}  # fmt: skip
OTHER_CLIENTS = {"urllib.request", "http.client", "requests", "aiohttp", "urllib3", "httpcore", "ftplib", "smtplib"}


def uses_of_the_network(tree: ast.Module) -> Iterator[str]:
    """What a module calls or imports that opens a connection or asks a resolver."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in OPENERS.get(node.value.id, set()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module in OTHER_CLIENTS:
                yield module
            yield from (f"{module}.{a.name}" for a in node.names if a.name in OPENERS.get(module, set()))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in OTHER_CLIENTS)


@pytest.mark.parametrize("package", ["connectors", "enrich", "schemas"])
def test_only_the_transport_opens_connections(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        used = set(uses_of_the_network(ast.parse(path.read_text("utf-8"))))
        assert used <= ALLOWED.get(name, set()), f"{name} goes to the network past the client: {sorted(used)}"


@pytest.mark.parametrize(
    "line", ["import httpx\nhttpx.get('x')", "from urllib.request import urlopen", "from httpx import Client",
             "import socket\nsocket.create_connection(('x', 80))", "import requests"],
)  # fmt: skip
def test_a_way_around_the_client_would_be_seen(line: str) -> None:
    assert list(uses_of_the_network(ast.parse(line)))


def test_a_message_about_any_name_is_one_line(client_for, internet, httpserver, caplog) -> None:
    """T25: a log has as many lines as events, whatever a stranger calls himself."""
    hostile = ["a\nERROR forged", "a\r\n\r\nforged", "\x1b[2Jcleared", "\u202egnp.exe", "a\u2028b", "x" * 10_000, "\0"]
    httpserver.expect_request("/x").respond_with_data("nothing like\nthat\x1b[31m", 422)
    for text in hostile:
        client = client_for("http://site.example", allow_private_addresses=False)
        with pytest.raises(SourceUnavailableError, match=r"site\.example") as refusal:
            client.get("x", {"q": text})
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) <= 1000
        assert text[:20] not in str(refusal.value)
