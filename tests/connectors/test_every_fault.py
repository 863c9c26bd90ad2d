"""16 faults before every source: each has its one known result, and no other source notices (RELIABILITY R9)."""

import pytest
from pytest_httpserver import HTTPServer

import connectors
from connectors.archive import Archive
from connectors.contract import Connector
from connectors.hosts import Hosts
from tests.fault_proxy import FakeTime
from tests.source_faults import EVERY_PATH, FAULTS, FIXTURES, Fault, Outcome, harmed, play, questions_for

pytestmark = pytest.mark.slow  # sixteen faults of fourteen sources: make check runs them

SOURCES = {name: one for name, one in connectors.discover().items() if (FIXTURES / name).is_dir()}
CASES = [
    pytest.param(connector, fault, id=f"{connector.name}/{name}")
    for connector in SOURCES.values()
    for name, fault in FAULTS.items()
]


@pytest.fixture(scope="module")
def honest() -> dict[str, Outcome]:
    """What each source says when nothing harms it."""
    found = {}
    with HTTPServer(host="127.0.0.1") as server:
        for name, connector in SOURCES.items():
            server.clear()
            server.expect_request(EVERY_PATH).respond_with_handler(questions_for(name).answer)
            found[name] = play(connector, questions_for(name), server.url_for(""), FakeTime())
    return found


def test_there_are_sixteen_faults_and_every_source_answers_without_one(honest: dict[str, Outcome]) -> None:
    assert len(FAULTS) == 16
    assert {name: outcome.trouble for name, outcome in honest.items()} == dict.fromkeys(SOURCES, "")
    assert all(outcome.rows for outcome in honest.values())


@pytest.mark.parametrize(("connector", "fault"), CASES)
def test_each_fault_has_its_known_result(
    connector: Connector, fault: Fault, honest: dict[str, Outcome], httpserver: HTTPServer, tmp_path
) -> None:
    archive, fake_time = Archive(str(tmp_path)), FakeTime()
    hosts = Hosts(fake_time.monotonic, fake_time.sleep)
    questions = questions_for(connector.name)
    with harmed(httpserver, questions, fault) as url:
        found = play(
            connector, questions, url, fake_time, archive=archive, hosts=None if fault.real_seconds else hosts,
            real_seconds=fault.real_seconds,
        )  # fmt: skip
    if fault.result == "recovers":
        assert found.trouble == ""
        assert found.frames == honest[connector.name].frames
        assert found.requests == honest[connector.name].requests + 1
        assert max(found.slept) >= fault.waits
    elif fault.result == "refused":
        assert found.facts == 0
        if reads_json(connector):  # a site may hold files of any kind: they are passed over, and hold no record
            assert found.trouble in ("refused", "unavailable")
            assert found.told
    else:
        assert found.trouble == "unavailable"
        assert found.rows == 0
        assert archive.entries() == []
        assert found.requests == (4 if fault.result == "unavailable" else 1)
        assert len([wait for wait in found.slept if wait > 0.01]) <= 3
    unharmed_neighbour(connector, honest, httpserver, fake_time, hosts)


def reads_json(connector: Connector) -> bool:
    return any((FIXTURES / connector.name).glob("*.json"))


def unharmed_neighbour(
    connector: Connector, honest: dict[str, Outcome], server: HTTPServer, fake_time: FakeTime, hosts: Hosts
) -> None:
    """The next source, asked in the same run, says what it always says, after no longer a wait."""
    names = list(SOURCES)
    name = names[(names.index(connector.name) + 1) % len(names)]
    server.clear()
    server.expect_request(EVERY_PATH).respond_with_handler(questions_for(name).answer)
    other = play(SOURCES[name], questions_for(name), server.url_for(""), fake_time, hosts=hosts)
    assert (other.trouble, other.frames) == ("", honest[name].frames)
    assert sum(other.slept) <= sum(honest[name].slept) * 1.05
