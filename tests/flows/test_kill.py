"""Killed at any point, a night that is run again ends in the same state: nothing lost, nothing doubled (R1)."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from flows import night
from flows.demo.world import instant_of
from flows.night import play_night
from tests.flows.demo_nights import DemoWorld

pytestmark = pytest.mark.slow

CHILD = Path(__file__).parent / "killed_night.py"
ROOT = CHILD.parents[2]
POINTS = [
    ("save_observations", "1"),
    ("save_payloads", "1"),
    ("save_snapshots", "1"),
    ("sync", "2"),
    ("sync", "5"),
    ("sync", "9"),
    ("border", "staged"),
    ("border", "locked"),
    ("border", "prospect_profile"),
    ("border", "committed"),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder after night 1 with the answers of night 2, and the fingerprint of an undisturbed night 2."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        world = DemoWorld(folder, f"sqlite:///{folder / 'gc.db'}", patch)
        world.play(1)
        world.bring(2)
        world.close()
        before = tmp_path_factory.mktemp("before-night-2") / "world"
        shutil.copytree(folder, before)
        world = DemoWorld(folder, f"sqlite:///{folder / 'gc.db'}", patch)
        play_night(world.plan(2))
        digest = world.digest()
        world.close()
    return before, digest


@pytest.mark.parametrize(("point", "detail"), POINTS, ids=[f"{point}-{detail}" for point, detail in POINTS])
def test_a_killed_night_run_again_ends_as_if_nothing_had_happened(
    undisturbed: tuple[Path, str], point: str, detail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, digest = undisturbed
    folder = tmp_path / "world"
    shutil.copytree(before, folder)
    world = DemoWorld(folder, f"sqlite:///{folder / 'gc.db'}", monkeypatch)
    arguments = [str(world.accounts), instant_of(2).isoformat(), point, detail]
    killed = subprocess.run(
        [sys.executable, str(CHILD), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # the lock of a killed holder is free after 120 s: the clock of the second run says that they have passed
    later = night.now
    monkeypatch.setattr(night, "now", lambda: later() + timedelta(seconds=200))
    report = play_night(world.plan(2))
    assert report.is_refused  # the same refused page as in an undisturbed night
    assert world.digest() == digest
    world.close()
