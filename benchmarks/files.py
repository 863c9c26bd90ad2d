"""`make bench-files`: large generated files through the sources' own parsers: seconds, peak memory, share of polars.

Each measurement has a process of its own, so that its peak is its own. BENCH_SHARE=0.01 tries it all on small files.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl

import connectors
from benchmarks import big_files
from connectors.gleif_files import read_file
from schemas.provenance import Payload

ROOT = Path(__file__).resolve().parents[1]
LEAST_SHARE = 0.5


class Case(NamedTuple):
    """One file: who reads it, its name, rows, how it is written, and what is to be kept to."""

    source: str
    name: str
    rows: int
    write: Callable[[Path, int], None]
    most_seconds: float | None
    most_gb: float | None
    beside_polars: bool = False
    streamed: bool = False


GOLDEN_COPY = "20261124-0000-gleif-goldencopy-lei2-golden-copy"
CASES = (
    *(
        Case("sirene", f"{name}.{ending}", rows, write, None, 2.0, beside_polars=True)
        for ending in ("csv", "parquet")
        for name, rows, write in (
            ("StockUniteLegale_utf8", 2_000_000, big_files.write_legal_units),
            ("StockEtablissement_utf8", 4_000_000, big_files.write_establishments),
        )
    ),
    *(
        Case("gleif", f"{GOLDEN_COPY}.{ending}", 500_000, big_files.write_golden_copy, 60, 1.0, streamed=True)
        for ending in ("json", "csv")
    ),
    Case("decp", "decp.parquet", 2_000_000, big_files.write_contracts, 10, None),
)


def run() -> dict[str, float | str]:
    """All figures, by name."""
    share = float(os.environ.get("BENCH_SHARE", "1"))
    known = connectors.discover()
    figures: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            title = f"{case.source} {case.name}"
            if case.source not in known:
                figures[title] = f"not measured: there is no connectors/{case.source}.py"
                continue
            path, rows = Path(folder) / case.name, max(int(case.rows * share), 100)
            case.write(path, rows)
            figures |= {f"{title}: {name}": value for name, value in _figures_of(case, path, rows).items()}
            path.unlink()
    return figures


def _figures_of(case: Case, path: Path, rows: int) -> dict[str, float | str]:
    """What one file costs its parser, and polars alone."""
    own = _measure("stream" if case.streamed else "parse", case.source, path)
    if "error" in own:
        return {"refused": str(own["error"])}
    size = path.stat().st_size / 2**20
    figures: dict[str, float | str] = {
        "file": f"{rows:,} rows, {size:,.0f} MiB: {own['rows']:,} rows read, {own['rejected']:,} rejected",
        _limit("seconds", case.most_seconds): float(own["seconds"]),
        _limit("peak memory in GB", case.most_gb): float(own["peak"]),
    }  # fmt: skip
    if case.beside_polars:
        bare = _measure("polars", case.source, path)
        figures["polars' own read of all columns, seconds"] = float(bare["seconds"])
        figures[f"share of polars' speed (>= {LEAST_SHARE})"] = float(bare["seconds"]) / float(own["seconds"])
    return figures


def _limit(name: str, most: float | None) -> str:
    return name if most is None else f"{name} (< {most:g})"


def _measure(how: str, source: str, path: Path) -> dict[str, float | str]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.files", how, source, str(path)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no reason"])[-1][:300]}
    found: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(how: str, source: str, path: Path) -> dict[str, float]:
    """Read one file in this process."""
    start = time.perf_counter()
    rows = rejected = 0
    if how == "polars":
        rows = (pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)).height
    elif how == "stream":
        with path.open("rb") as stream:
            for batch in read_file(stream):
                rows += sum(frame.height for frame in batch.frames.values())
                rejected += len(batch.rejected)
    else:
        connector = connectors.discover()[source]
        for batch in connector.parse(Payload(source, f"import/{path.name}", path.read_bytes(), url=path.name)):
            rows += sum(frame.height for frame in batch.frames.values())
            rejected += len(batch.rejected)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak": _peak_gb(), "rows": rows, "rejected": rejected}


def _peak_gb() -> float:
    """The most memory that this process has held, in GB; getrusage would count its parent's before the exec as well."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:  # no Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return int(re.findall(r"VmHWM:\s*([0-9]+) kB", status)[0]) / 2**20


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
