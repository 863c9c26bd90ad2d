"""The floors of DESIGN section 2, proved from the imports and from what a new process loads."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("schemas", "enrich", "connectors", "flows")

# What each floor may import beside the standard library and its own package.
ALLOWED = {
    "schemas": {"dataframely", "polars", "stdnum", "pydantic", "sqlmodel", "sqlalchemy", "alembic"},
    "enrich": {
        "schemas.frames", "schemas.vocabulary", "schemas.identifiers", "schemas.provenance", "schemas.reference",
        "schemas.page_text", "polars", "dataframely", "numpy", "rapidfuzz", "anyascii",
    },
    "connectors": {
        "schemas.frames", "schemas.vocabulary", "schemas.identifiers", "schemas.provenance", "schemas.reference",
        "schemas.page_text", "httpx", "anyio", "bs4", "lxml", "selectolax", "polars", "dataframely", "protego",
        "tenacity", "tldextract", "fsspec", "zstandard", "brotli", "ijson", "defusedxml",
    },
}  # fmt: skip
# No clock, environment, network or disk in enrich. `datetime` is there for its types; its clock is caught by name.
NOT_IN_ENRICH = {
    "os", "io", "pathlib", "shutil", "tempfile", "glob", "sqlite3", "socket", "ssl", "urllib", "http", "asyncio",
    "subprocess", "threading", "multiprocessing", "time", "random", "secrets", "uuid", "logging", "importlib",
}  # fmt: skip
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("os", "environ")}
ONLY_SCHEMAS_PARTS = {"sqlmodel", "sqlalchemy", "alembic"}  # in schemas.tables and schemas.migrations alone
STAGES = ("ingest", "resolve", "profile", "publish", "reading")
WITH_PREFECT = {"flows/nightly.py", "flows/backfill.py", "flows/deployments.py"}
WITH_SESSIONS = {"prefect", "sqlalchemy", "sqlmodel"}
TOO_HEAVY_FOR_ENRICH = ("prefect", "sqlalchemy", "sqlmodel", "httpx", "fastapi", "flows", "connectors")
# Optional extras: imported inside the one function that needs them (DESIGN section 2), listed here by name.
OPTIONAL_EXTRAS: set[str] = set()


class Import(NamedTuple):
    """One import: where it stands, what it names, and whether it is for type checkers only."""

    where: str
    module: str
    for_types: bool
    deferred: bool


def files_of(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py") if "__pycache__" not in path.parts)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=relative(path))


def imports_of(path: Path) -> list[Import]:
    """Every import of a file; `from schemas import frames` names `schemas.frames`."""
    found: list[Import] = []

    def visit(node: ast.AST, for_types: bool, deferred: bool) -> None:
        where = f"{relative(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            found.extend(Import(where, alias.name, for_types, deferred) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{where}: write the whole name of the package, not a relative import"
            base = node.module or ""
            names = [f"{base}.{alias.name}" for alias in node.names] if base in OURS else [base]
            found.extend(Import(where, name, for_types, deferred) for name in names)
        typed = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        inside = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            visit(child, for_types or typed, inside)

    visit(tree_of(path), False, False)
    return found


def is_inside(module: str, parents: set[str]) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)


def foreign_imports(package: str) -> Iterator[Import]:
    """Imports of a package that are neither its own nor the standard library's."""
    for path in files_of(package):
        for found in imports_of(path):
            top = found.module.split(".")[0]
            if top != package and top not in sys.stdlib_module_names:
                yield found


@pytest.mark.parametrize("package", ALLOWED)
def test_a_floor_imports_only_what_it_may(package: str) -> None:
    wrong = [found for found in foreign_imports(package) if not is_inside(found.module, ALLOWED[package])]
    assert not wrong, "\n".join(f"{found.where}: {package} must not import {found.module}" for found in wrong)


def test_schemas_init_imports_nothing() -> None:
    assert not [
        n for n in ast.walk(tree_of(ROOT / "schemas" / "__init__.py")) if isinstance(n, ast.Import | ast.ImportFrom)
    ]


def test_the_database_is_known_to_tables_and_migrations_only() -> None:
    parts = ("schemas/tables/", "schemas/migrations/")
    wrong = [
        f
        for f in foreign_imports("schemas")
        if is_inside(f.module, ONLY_SCHEMAS_PARTS) and not f.where.startswith(parts)
    ]
    assert not wrong, wrong


def test_enrich_reads_no_clock_environment_network_or_disk() -> None:
    wrong = [
        f"{found.where}: {found.module}"
        for path in files_of("enrich")
        for found in imports_of(path)
        if is_inside(found.module, NOT_IN_ENRICH)
    ]
    for path in files_of("enrich"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if (node.value.id, node.attr) in CLOCKS:
                    wrong.append(f"{relative(path)}:{node.lineno}: {node.value.id}.{node.attr}")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
                wrong.append(f"{relative(path)}:{node.lineno}: open")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["schemas", "enrich", "connectors"])
def test_lower_floors_import_at_the_top_of_the_file(package: str) -> None:
    deferred = [
        found
        for path in files_of(package)
        for found in imports_of(path)
        if found.deferred and found.module.split(".")[0] not in OPTIONAL_EXTRAS
    ]
    assert not deferred, deferred


@pytest.mark.parametrize("stage", STAGES)
def test_stages_know_neither_prefect_nor_sessions(stage: str) -> None:
    path = ROOT / "flows" / f"{stage}.py"
    if not path.exists():
        pytest.skip(f"flows/{stage}.py comes with a later issue")
    assert not [found for found in imports_of(path) if is_inside(found.module, WITH_SESSIONS)]


def test_only_three_files_have_flows_and_tasks() -> None:
    decorated = set()
    for path in files_of("flows"):
        for node in ast.walk(tree_of(path)):
            for decorator in getattr(node, "decorator_list", []):
                target = decorator.func if isinstance(decorator, ast.Call) else decorator
                name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                if name in ("flow", "task"):
                    decorated.add(relative(path))
    assert decorated <= WITH_PREFECT, (
        f"@flow and @task belong into {sorted(WITH_PREFECT)}, found in {sorted(decorated)}"
    )


def enrich_modules() -> list[str]:
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files_of("enrich")]


def test_enrich_loads_without_the_heavy_packages_in_a_new_process() -> None:
    """`None` in sys.modules makes an import fail, so this holds also where dataframely loads SQLAlchemy by itself."""
    program = (
        "import importlib, sys\n"
        f"heavy = {TOO_HEAVY_FOR_ENRICH!r}\n"
        "sys.modules.update(dict.fromkeys(heavy))\n"
        f"for name in {enrich_modules()!r}: importlib.import_module(name.removesuffix('.__init__'))\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in heavy and sys.modules[name] is not None))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", OURS)
def test_no_html_parser_of_the_standard_library(package: str) -> None:
    """One page can stall `html.parser` (STACK section 0)."""
    wrong = []
    for path in files_of(package):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and any(
                isinstance(argument, ast.Constant) and argument.value == "html.parser"
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]
            ):
                wrong.append(f"{relative(path)}:{node.lineno}")
    assert not wrong, wrong


@pytest.mark.parametrize("package", OURS)
def test_nothing_is_pickled(package: str) -> None:
    picklers = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    wrong = [f for path in files_of(package) for f in imports_of(path) if is_inside(f.module, picklers)]
    assert not wrong, wrong


def test_the_checks_themselves_see_a_wrong_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "enrich").mkdir()
    (tmp_path / "enrich" / "bad.py").write_text("def late():\n    from flows import store\n", encoding="utf-8")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (found,) = foreign_imports("enrich")
    assert (found.module, found.deferred, found.where) == ("flows.store", True, "enrich/bad.py:2")
