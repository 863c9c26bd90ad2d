"""The backfill flow: the same four stages over a window in the past, from the source or from the archive."""

from pathlib import Path

from prefect import flow

from flows.moments import parse_day
from flows.night import NightPlan
from flows.nightly import play_with_prefect


@flow(name="backfill", persist_result=False, validate_parameters=True)
def backfill(source: str, since: str, until: str, accounts: str | None = None, from_archive: bool = False) -> None:
    """Read a window of one source again.

    Args:
        source: the source's name, as `grandcompte sources` prints it.
        since: first day of the window (ISO).
        until: last day of the window (ISO).
        accounts: path of the CRM's accounts file; the last run's accounts when empty.
        from_archive: read the archive and ask no source.
    """
    play_with_prefect(
        NightPlan(
            kind="backfill",
            accounts=Path(accounts) if accounts else None,
            sources=(source,),
            offline=from_archive,
            since=parse_day(since),
            until=parse_day(until),
        )
    )
