"""What `grandcompte link` costs as a whole process: 6,000 queries against 100,000 and 1,000,000 generated names."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from benchmarks.linking import generate_records

QUERIES = 6_000
SIZES = (100_000, 1_000_000)


def run() -> dict[str, float]:
    """Seconds, processor seconds and megabytes by size, and for a million equal names through `dedupe`."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        left, right, out = (Path(folder) / name for name in ("left.csv", "right.parquet", "out.csv"))
        for size in SIZES:
            records = generate_records(size).select(id="record", name="name", country="country_code")
            records.write_parquet(right)
            records.sample(QUERIES, seed=1).with_columns(pl.col("name").str.replace("a", "")).write_csv(left)
            figures |= _measure(f"link_{size}", "link", str(left), str(right), "--out", str(out))
        pl.DataFrame({"id": range(1_000_000)}).with_columns(name=pl.lit("Brisel Talvane SA")).write_csv(left)
        figures |= _measure("dedupe_million_equal", "dedupe", str(left), "--out", str(out))
    return figures


def _measure(title: str, *arguments: str) -> dict[str, float]:
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "flows", *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{title}: exit {os.waitstatus_to_exitcode(status)}")
    return {
        f"{title}_seconds": time.perf_counter() - start,
        f"{title}_cpu_seconds": usage.ru_utime + usage.ru_stime,
        f"{title}_mb": usage.ru_maxrss / 1024,
    }
