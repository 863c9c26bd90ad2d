import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors


@pytest.fixture
def own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package looks into this folder only, so that the test depends on no real source."""
    monkeypatch.setattr(connectors, "__path__", [str(tmp_path)])
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"connectors.{path.stem}", None)
        vars(connectors).pop(path.stem, None)


def write_source(folder: Path, module: str, name: str) -> None:
    (folder / f"{module}.py").write_text(
        f"from types import SimpleNamespace\nCONNECTOR = SimpleNamespace(name={name!r})\n"
    )


def test_a_source_is_one_file(own_modules: Path):
    write_source(own_modules, "zz_register", "zz_register")
    write_source(own_modules, "aa_register", "aa_register")
    (own_modules / "bb_helper.py").write_text("NOTHING = 1\n")
    found = connectors.discover()
    assert list(found) == ["aa_register", "zz_register"]
    assert found["aa_register"].name == "aa_register"


def test_a_source_under_another_name_is_refused(own_modules: Path):
    write_source(own_modules, "zz_register", "gleif_copy")
    with pytest.raises(ValueError, match=r"connectors/zz_register.py.*'gleif_copy'"):
        connectors.discover()


def test_importing_the_package_loads_no_source():
    code = "import sys, connectors; print([m for m in sys.modules if m.startswith(('connectors.', 'polars', 'httpx'))])"
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(connectors.__file__).parents[1],
    )
    assert out.stdout.strip() == "[]"
