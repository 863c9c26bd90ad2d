"""The one seam to Dask: coarse shards by parquet path, the same pure steps in its workers, the same answer.

Dask is an optional extra; nothing else imports it. Threads inside a worker stay as they are: a shard is one task.
"""

import tempfile
from pathlib import Path

import polars as pl

from flows.errors import InputError

WORKERS = 2
SHARD = 1_000  # queries of one task, and never fewer than two tasks


def link_on_dask(queries: pl.DataFrame, register: pl.DataFrame, workers: int = WORKERS) -> pl.DataFrame:
    """As `flows.commands.link.link_frames`, in worker processes of this machine.

    A query's score depends on the query and the register alone, so that shards give what the whole gives.

    Raises:
        InputError: the optional extra is not installed.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError("link: --executor dask needs the optional package `distributed`, which is missing") from error
    size = max(SHARD, -(-queries.height // (4 * workers)))
    with tempfile.TemporaryDirectory(prefix="grandcompte-shards-") as folder:
        shards = []
        register.write_parquet(right := Path(folder) / "right.parquet")
        for number, at in enumerate(range(0, max(queries.height, 1), size)):
            queries.slice(at, size).write_parquet(left := Path(folder) / f"left-{number:05d}.parquet")
            shards.append((str(left), str(right), str(Path(folder) / f"answer-{number:05d}.parquet")))
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
            ) as cluster,
            Client(cluster) as client,
        ):
            paths = client.gather([client.submit(link_shard, *shard, pure=False) for shard in shards])
        return pl.concat([pl.read_parquet(path) for path in paths])


def link_shard(left: str, right: str, out: str) -> str:
    """Link one shard of queries to the whole register; the path of the answer."""
    from flows.commands.link import link_frames

    link_frames(pl.read_parquet(left), pl.read_parquet(right)).write_parquet(out)
    return out
