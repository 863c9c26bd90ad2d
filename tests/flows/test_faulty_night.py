"""A whole night with one source at fault: the other's rows are those of a night without the fault (RELIABILITY R9)."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_httpserver import HTTPServer

import connectors
from tests.flows.command_line import CommandLine, call
from tests.flows.test_live_sources import LiveWorld
from tests.source_faults import FAULTS, Questions, harmed

__all__ = ["call"]

SOURCES = ("recherche_entreprises", "gleif")
# a night has the whole 30 s of a deadline; the client's own tests have less
CASES = [name for name, fault in FAULTS.items() if fault.real_seconds is None]
pytestmark = pytest.mark.slow


def play(world: LiveWorld, call: CommandLine) -> tuple[int, list[str]]:
    ended = call("run", "--accounts", world.accounts, "--sources", ",".join(SOURCES))
    return ended.code, world.rows_of("recherche_entreprises")


def without_instants(rows: list[str]) -> list[str]:
    """Rows without the instants of their answers: a busy machine takes some milliseconds more."""
    return sorted(re.sub(r"datetime\.datetime\([^()]*(?:\([^()]*\)[^()]*)*\)", "instant", row) for row in rows)


@pytest.mark.parametrize("name", CASES)
def test_the_other_source_says_what_it_always_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: CommandLine, name: str
) -> None:
    fault = FAULTS[name]
    with HTTPServer(host="127.0.0.1") as server, HTTPServer(host="127.0.0.1") as faulty:
        for folder in ("honest", "faulty"):
            (tmp_path / folder).mkdir()
        honest_world = LiveWorld(tmp_path / "honest", f"sqlite:///{tmp_path / 'honest.db'}", monkeypatch, server)
        expected = play(honest_world, call)
        assert expected[0] == 0
        assert expected[1]
        honest_world.close()
        server.clear()
        world = LiveWorld(tmp_path / "faulty", f"sqlite:///{tmp_path / 'faulty.db'}", monkeypatch, server)
        index = Questions(world.index, lambda *_: iter(()))
        with harmed(faulty, index, fault) as url:
            path = urlsplit(connectors.discover()["gleif"].terms.base_url).path
            monkeypatch.setenv("GRANDCOMPTE_GLEIF_URL", url + path)
            code, rows = play(world, call)
        world.close()
    assert code == (0 if fault.result == "recovers" else 3)
    assert without_instants(rows) == without_instants(expected[1])
