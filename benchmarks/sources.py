"""`make bench-sources`: what politeness costs, what a bomb costs, the archive's speed, and the table of faults."""

import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks import archive
from benchmarks.page_server import ENCODINGS, page_server
from connectors.polite import PoliteClient

REQUESTS, ROUNDS = 500, 9
LEAST_RATIO = 0.8
MOST_GROWTH = 64  # MiB
ROOT = Path(__file__).resolve().parents[1]
FAULTS_TEST = "tests/connectors/test_every_fault.py"


def run() -> dict[str, float | str]:
    """All figures, by name."""
    return {**measure_pages(), **measure_bombs(), **measure_archive(), **count_faults()}


def measure_pages() -> dict[str, float | str]:
    """Pages fetched per second of CPU, ours and bare httpx in turn, on one kept connection each.

    The server has its own process. Neither archive nor budget; every guard of the client is on. httpx is asked for
    whole addresses, which is its faster way.
    """
    figures: dict[str, float | str] = {}
    with page_server() as base, open_polite(base) as polite, httpx.Client() as bare:
        for page in ("small", "typical"):
            ways: dict[str, Callable[[], object]] = {
                "polite": lambda page=page: polite.get(page).body,  # type: ignore[misc]
                "bare httpx": lambda page=page: bare.get(f"{base}/{page}").content,  # type: ignore[misc]
            }
            rates: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(ROUNDS):
                for name, ask in ways.items():
                    rates[name].append(pages_per_cpu_second(ask))
            middle = {name: statistics.median(found) for name, found in rates.items()}
            figures |= {f"{page} page, {name}, pages per CPU second": rate for name, rate in middle.items()}
            ratio = middle["polite"] / middle["bare httpx"]
            figures[f"{page} page, polite / bare (>= {LEAST_RATIO})"] = ratio
    return figures


def pages_per_cpu_second(ask: Callable[[], object]) -> float:
    """How many questions a second of this process's CPU time answers."""
    ask()
    start = time.process_time()
    for _ in range(REQUESTS):
        ask()
    return REQUESTS / (time.process_time() - start)


def open_polite(base: str) -> PoliteClient:
    """Our client as a night makes it, but for the budget and the archive."""
    return PoliteClient(
        "bench", base, requests_per_second=1e9, clock=lambda: datetime.now(UTC), monotonic=time.monotonic,
        sleep=time.sleep, rng=random.random, archive=None, user_agent="grandcompte/bench (+https://bench.example)",
        allow_private_addresses=True,
    )  # fmt: skip


def measure_bombs() -> dict[str, float | str]:
    """How far each bomb of 300 MiB grows a process before it is refused, in MiB."""
    figures: dict[str, float | str] = {}
    for encoding in ENCODINGS:
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.bombs", encoding], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.split()
        figures[f"bomb {encoding}, {int(told[0]):,} bytes for 300 MiB: growth in MiB (<= {MOST_GROWTH})"] = float(
            told[1]
        )
    return figures


def measure_archive() -> dict[str, float]:
    """What benchmarks/archive.py measures, under names that tell it apart."""
    return {f"archive: {name.replace('_', ' ')}": value for name, value in archive.run().items()}


def count_faults() -> dict[str, float | str]:
    """The table of faults: how many of 16 faults x every connector have their known result."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-m", "", "-p", "no:cacheprovider", FAULTS_TEST],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    summary = done.stdout.strip().splitlines()[-1:] or ["no tests"]
    return {"16 faults x every connector": re.sub(r" in [0-9.]+s.*", "", summary[0])}
