"""The four flat packages: alone under their names, from one place, whole in the wheel (docs/decisions/0001, 0002)."""

import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "enrich", "connectors", "schemas")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names inside a wheel that is built offline from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def requirements(lines: list[str]) -> set[str]:
    """Requirements without comments and blanks, in one spelling."""
    return {re.sub(r"\s+", "", line.split("#")[0]).lower() for line in lines} - {""}


def test_no_other_distribution_owns_our_names() -> None:
    owners = importlib.metadata.packages_distributions()
    foreign = {name: sorted(set(owners.get(name, [])) - {"grandcompte"}) for name in PACKAGES}
    assert not any(foreign.values()), f"{foreign}: uninstall them, grandcompte needs an environment of its own"


def test_the_four_packages_come_from_one_place() -> None:
    places = {name: Path(importlib.import_module(name).__path__[0]).resolve().parent for name in PACKAGES}
    assert len(set(places.values())) == 1, places


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        *[(package, "py.typed") for package in PACKAGES],
        *[(package, "**/*.py") for package in PACKAGES],
        ("schemas/reference", "*.csv"),
        ("schemas/reference", "*.toml"),
        ("schemas/migrations", "**/*.py"),
        ("flows/web/templates", "**/*"),
        ("flows/web/static", "**/*"),
    ],
)
def test_the_wheel_holds_every_file(wheel: set[str], folder: str, pattern: str) -> None:
    present = {path for path in (ROOT / folder).glob(pattern) if path.is_file() and "__pycache__" not in path.parts}
    missing = sorted({path.relative_to(ROOT).as_posix() for path in present} - wheel)
    assert not missing, f"not in the wheel: {missing}"


def test_the_wheel_has_data_licence_and_command(wheel: set[str]) -> None:
    assert {"schemas/reference/policy.toml", "schemas/reference/roles_rne.csv", "schemas/py.typed"} <= wheel
    for name in ("licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"):
        assert any(re.fullmatch(rf"grandcompte-[^/]+\.dist-info/{name}", member) for member in wheel), name


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in wheel if re.search(r"(^|/)(tests?|conftest|__pycache__)(/|\.|$)", name)]


def test_pyproject_and_requirements_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    heading = next(n for n, line in enumerate(lines) if line.startswith("# What its tests"))
    assert requirements(lines[:heading]) == requirements(project["dependencies"])


def test_the_lock_has_hashes_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"//|--index-url|--extra-index-url|--find-links|--trusted-host", lock)
    pinned = [block for block in re.split(r"\n(?=\S)", lock) if not block.startswith("#") and block.strip()]
    assert len(pinned) > 50
    loose = [block.split("\n")[0] for block in pinned if "==" not in block or "--hash=sha256:" not in block]
    assert not loose, f"without an exact version or a hash: {loose}"


def test_the_lock_holds_every_requirement() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", lock, re.M)}
    wanted = requirements((ROOT / "requirements.in").read_text(encoding="utf-8").splitlines())
    names = {re.split(r"[\[<>=!~;]", requirement)[0].replace("_", "-") for requirement in wanted}
    assert not names - locked
