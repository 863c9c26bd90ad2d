"""Serves both flows to Prefect: the night by cron, the backfill on demand."""

from typing import cast

from prefect import serve
from prefect.deployments.runner import RunnerDeployment

from flows.backfill import backfill
from flows.nightly import nightly


def serve_both(cron: str) -> None:
    """Serve until stopped; only one nightly run at a time is started here, and our own lock holds everywhere else."""
    night = nightly.to_deployment(name="nightly", cron=cron, concurrency_limit=1)
    window = backfill.to_deployment(name="backfill")
    serve(cast(RunnerDeployment, night), cast(RunnerDeployment, window))  # coroutines only inside an event loop
