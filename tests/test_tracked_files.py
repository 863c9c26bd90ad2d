"""What no file of the repository may hold: paths of one machine, hosts of a package index."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Written so that this file does not match itself.
MACHINE_PATHS = re.compile(r"(?<![\w.:/])/(?:wor[k]|roo[t]|hom[e]/\w+|User[s]/\w+|tm[p])/[\w.]")
TEXT_LIMIT = 2_000_000


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = [name for name in listed.stdout.decode("utf-8").split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.mark.parametrize(
    ("line", "is_wrong"),
    [
        ("read " + "/wo" + "rk/main/x.csv", True),
        ('"' + "/ro" + 'ot/.cache"', True),
        ("/da" + "ta/archive", False),
        ("https://registry.example/work/page", False),
    ],
)
def test_the_check_itself_sees_a_machine_path(line: str, is_wrong: bool) -> None:
    assert bool(MACHINE_PATHS.search(line)) is is_wrong


def test_no_file_names_a_path_of_one_machine() -> None:
    wrong = []
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if path.stat().st_size > TEXT_LIMIT:
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        wrong += [f"{name}:{n}: {line.strip()[:120]}" for n, line in enumerate(lines, 1) if MACHINE_PATHS.search(line)]
    assert not wrong, "\n".join(wrong)
