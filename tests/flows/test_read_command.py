"""`grandcompte read`: its lines, its exit codes, and what it must not load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.commands.read import read_documents
from flows.errors import EXIT_DONE, EXIT_REFUSED, InputError

PAGE = (
    "<html><head><title>Ardovia</title></head><body><h1>Direction</h1><h3>Lucie Marsan</h3><p>Directrice "
    "des achats</p></body></html>"
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def answers(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_all_kinds_of_one_page(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert read_documents([str(page)], None, None, None, "all", out) == EXIT_DONE
    (answer,) = answers(out)
    assert {"doc", "identity", "people", "events", "countries", "orgs", "persons"} <= set(answer)


def test_a_manifest_keeps_its_order(page: Path, tmp_path: Path) -> None:
    manifest, out = tmp_path / "m.jsonl", tmp_path / "out.jsonl"
    row = {"doc": str(page), "url": None, "published": "2026-03-02", "company": None}
    manifest.write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n", encoding="utf-8")
    assert read_documents([], manifest, None, None, "leadership", out) == EXIT_DONE
    assert [answer["people"][0]["roles"] for answer in answers(out)] == [["CPO"], ["CPO"]]  # type: ignore[index]


def test_a_refused_page_is_told_and_the_others_go_on(page: Path, tmp_path: Path) -> None:
    deep, out = tmp_path / "deep.html", tmp_path / "out.jsonl"
    deep.write_text("<div>" * 50_000, encoding="utf-8")
    assert read_documents([str(deep), str(page)], None, None, None, "leadership", out) == EXIT_REFUSED
    assert ["refused" in answer for answer in answers(out)] == [True, False]


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"doc": 1}', '{"doc": "a", "published": "yesterday"}', '{"doc": "a", "url": 3}']
)
def test_a_bad_manifest_names_its_line(line: str, tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    manifest.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_documents([], manifest, None, None, "all", None)


@pytest.mark.parametrize(("names", "kind"), [([], "all"), (["missing.html"], "all"), (["x"], "weather")])
def test_bad_arguments_are_told(names: list[str], kind: str) -> None:
    with pytest.raises(InputError):
        read_documents(names, None, None, None, kind, None)


def test_reading_loads_no_database_and_no_web() -> None:
    code = (
        "import sys, flows.commands.read; print([m for m in ('prefect', 'fastapi', 'sqlalchemy') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
