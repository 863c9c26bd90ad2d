"""The archive with 10,000 answers: written, found, replayed and swept, beside a plain copy of the same bytes."""

import os
import random
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.archive import Archive
from schemas.provenance import Payload

ANSWERS = 10_000
BODY_BYTES = 8_000  # what one page of a register's JSON weighs, about
DAYS = 30
SYNCED_SHARE = 10
SEED = 20260101
FIRST = datetime(2026, 1, 1, 2, tzinfo=UTC)


def run(answers: int = ANSWERS) -> dict[str, float]:
    """Seconds and megabytes a second, of the uncompressed bodies; the plain copy reads and writes the same files."""
    folder = Path(tempfile.mkdtemp(prefix="grandcompte-bench-"))
    try:
        return _measure(folder, answers)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, answers: int) -> dict[str, float]:
    payloads = [_answer(number, answers) for number in range(answers)]
    megabytes = sum(len(payload.body) for payload in payloads) / 1e6
    plain, copy = folder / "plain", folder / "copy"
    plain.mkdir()
    for number, payload in enumerate(payloads):
        (plain / str(number)).write_bytes(payload.body)
    took: dict[str, float] = {}
    mark = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal mark
        took[name] = time.perf_counter() - mark
        mark = time.perf_counter()

    shutil.copytree(plain, copy)
    lap("plain_copy")
    for number in range(0, answers, SYNCED_SHARE):  # what any durable write of these files costs on this disk
        with (copy / f"{number}.synced").open("wb") as file:
            file.write(payloads[number].body)
            file.flush()
            os.fsync(file.fileno())
    lap("synced_copy_of_a_tenth")
    archive = Archive(str(folder / "archive"))
    for payload in payloads:
        archive.put(payload)
    lap("write")
    loaded = sum(len(archive.load(entry).body) for entry in archive.entries("bench"))
    lap("replay")
    one = payloads[answers // 2]
    archive.find("bench", one.key, one.fetched_at, FIRST + timedelta(days=DAYS + 1))
    lap("find_key_and_time")
    archive.find("bench", one.key)
    lap("find_key")
    found = archive.find("bench", since=FIRST, until=FIRST + timedelta(days=1))
    lap("find_one_day")
    archive.entries("bench")
    lap("all_entries")
    archive.sweep()
    lap("sweep")
    if loaded != sum(len(payload.body) for payload in payloads) or not found:
        raise RuntimeError("the archive did not give back what it was given")
    rates = {f"{name}_mb_per_second": megabytes / took[name] for name in ("plain_copy", "write", "replay")}
    rates["synced_copy_mb_per_second"] = megabytes / SYNCED_SHARE / took["synced_copy_of_a_tenth"]
    return {
        "answers": float(answers),
        "megabytes": megabytes,
        **{f"{name}_seconds": seconds for name, seconds in took.items()},
        **rates,
    }


def _answer(number: int, answers: int) -> Payload:
    chance = random.Random(SEED + number)
    words = " ".join(f'"field{n}": "{chance.getrandbits(40):x}"' for n in range(BODY_BYTES // 24))
    at = FIRST + timedelta(days=number * DAYS // answers, seconds=number % 80_000)
    return Payload(
        "bench", f"records?page={number}", words.encode(), fetched_at=at, url=f"https://bench.example/{number}"
    )
