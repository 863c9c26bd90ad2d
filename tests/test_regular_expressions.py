"""No pattern of ours can be made to work for ever by what a stranger writes (RELIABILITY T10)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("connectors", "enrich", "flows", "schemas")
PLANTED = "import re\nNAME = re.compile(r'^(?:[a-z]+ ?)+$')\nTAIL = re.compile(r'\\s+$')\n"


def regexploit(files: list[Path]) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("regexploit-py")), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def hostile(seconds: float, program: str = "") -> list[str]:
    """What the child says; `program` runs before it looks for patterns."""
    main = f"import sys; sys.path[:0] = ['tests', '.']; import hostile_patterns as h\n{program}\n"
    main += f"found = h.all_patterns()\nprint(*h.too_slow(found, {seconds}), f'{{len(found)}} patterns', sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", main], capture_output=True, text=True, timeout=300, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_regexploit_finds_nothing_in_our_sources() -> None:
    done = regexploit([path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))])
    assert done.returncode == 0, done.stderr
    assert "Worst-case complexity" not in done.stdout
    assert int(done.stdout.split("Processed ")[1].split()[0]) > 50


def test_regexploit_finds_what_is_planted(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(PLANTED, encoding="utf-8")
    assert "Worst-case complexity" in regexploit([tmp_path / "planted.py"]).stdout


@pytest.mark.slow
def test_every_pattern_ends_soon_on_fifty_kilobytes_of_hostile_text() -> None:
    """About 5 ms each; the bound is CPU time and generous, since what is looked for takes seconds."""
    *slow, count = hostile(0.5)
    assert slow == []
    assert int(count.split()[0]) > 50


def test_a_planted_pattern_is_seen() -> None:
    planted = "import re; h.all_patterns = lambda: {'x.PLANTED': re.compile(r'\\s+$'), 'x.GOOD': re.compile('a')}"
    (line, count) = hostile(0.5, planted)
    assert line.startswith("x.PLANTED.search: over")
    assert count == "2 patterns"
