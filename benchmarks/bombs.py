"""What a decompression bomb costs the client: `python -m benchmarks.bombs ENCODING` prints its size and the growth.

Each bomb is met in a process of its own, since a process never gives its highest memory back; it is packed and served
by another one. The highest memory is read as VmHWM: the one of getrusage is handed down by the parent process.
"""

import random
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.page_server import page_server
from connectors.contract import SourceUnavailableError
from connectors.polite import PoliteClient


def highest_memory() -> float:
    """The most memory that this process ever held, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.ASCII)
    if found is None:
        sys.exit("this system does not tell the highest memory of a process (VmHWM in /proc/self/status)")
    return int(found[1]) / 1024


def main() -> None:
    """Meet one bomb; fails when the client takes it for an answer."""
    encoding = sys.argv[1]
    with page_server(encoding) as base, PoliteClient(
        "bench", base, requests_per_second=1000.0, clock=lambda: datetime.now(UTC), monotonic=time.monotonic,
        sleep=time.sleep, rng=random.random, archive=None, user_agent="grandcompte/bench", allow_private_addresses=True,
    ) as client:  # fmt: skip
        size = int(client.get("size").body)
        client.get("typical")
        before = highest_memory()
        try:
            client.get("bomb")
        except SourceUnavailableError:
            sys.stdout.write(f"{size} {highest_memory() - before:.1f}\n")
            return
    sys.exit(f"the {encoding} bomb was taken for an answer")


if __name__ == "__main__":
    main()
