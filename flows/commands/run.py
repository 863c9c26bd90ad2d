"""`grandcompte run`, `backfill` and `schedule`: through Prefect where it can be had, plainly where not."""

import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from flows.errors import EXIT_DONE, EXIT_REFUSED, InputError
from flows.night import NightPlan, NightReport, check_plan, play_night

LISTS_NAMED = 5

# Quiet and offline; a start-up of 20 s (Prefect's default) fails on a busy machine. Only what is critical is logged:
# each failure that Prefect would log with a traceback comes back to us, and we tell it in one line.
PREFECT_DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
}


def prepare_prefect() -> None:
    """Set Prefect's defaults where the environment does not decide otherwise; before Prefect is imported."""
    for name, value in PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)


def run_night(at: datetime | None, accounts: Path | None, sources: tuple[str, ...], offline: bool) -> int:
    """One night; 0, or 3 when a source or some input was refused."""
    plan = NightPlan(instant=at, accounts=accounts, sources=sources, offline=offline)

    def through_prefect() -> None:
        from flows.nightly import nightly

        nightly(
            at=at.isoformat() if at else None,
            accounts=str(accounts) if accounts else None,
            sources=list(sources) or None,
            offline=offline,
        )

    return finish(play_through(through_prefect, plan))


def run_backfill(source: str, since: date, until: date, accounts: Path | None, from_archive: bool) -> int:
    """A window in the past; 0, or 3 when something was refused."""
    if until < since:
        raise InputError(f"--until {until} lies before --since {since}")
    plan = NightPlan(
        kind="backfill", accounts=accounts, sources=(source,), offline=from_archive, since=since, until=until
    )

    def through_prefect() -> None:
        from flows.backfill import backfill

        backfill(source, since.isoformat(), until.isoformat(), str(accounts) if accounts else None, from_archive)

    return finish(play_through(through_prefect, plan))


def play_through(through_prefect: Callable[[], None], plan: NightPlan) -> NightReport:
    """Call the flow; when no Prefect API can be reached or started, say so and play the plain functions.

    What a person has to mend is found before Prefect is started, which takes seconds.
    """
    check_plan(plan)
    prepare_prefect()
    from flows.nightly import progress

    seen: list[NightReport | None] = []
    token = progress.set(seen)
    try:
        through_prefect()
    except Exception as error:
        if not seen:
            if not is_prefect_failure(error):
                raise
            print(f"Prefect cannot be used ({first_line(error)}): the run goes on without it", file=sys.stderr)
            return play_night(plan)
        if seen[-1] is None:
            raise
        print(f"Prefect failed behind the run ({first_line(error)}): the data are complete", file=sys.stderr)
    finally:
        progress.reset(token)
    report = seen[-1] if seen else None
    if report is None:
        raise RuntimeError("the flow ended without a report")
    return report


def is_prefect_failure(error: Exception) -> bool:
    """Whether the error comes from Prefect's own API or start-up, before any of our work began."""
    module = type(error).__module__.partition(".")[0]
    return module in {"prefect", "httpx", "httpcore", "sqlalchemy"} or isinstance(error, RuntimeError | OSError)


def first_line(error: Exception) -> str:
    """The first line of an error, short enough for one line of a log."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def finish(report: NightReport) -> int:
    """Print what the run did; 3 when something was refused."""
    for line in describe(report):
        print(line)
    for source in report.sources:
        for refusal in [*source.refused_payloads, *source.refusals]:
            print(f"refused  {source.source}: {refusal}", file=sys.stderr)
        if source.unavailable:
            print(f"unavailable  {source.source}: {source.unavailable}", file=sys.stderr)
    for mass in report.summary.get("masses_held", ()):
        print(f"held  {mass}: too many changes at once; see `grandcompte review list`", file=sys.stderr)
    return EXIT_REFUSED if report.is_refused else EXIT_DONE


def describe(report: NightReport) -> list[str]:
    """A few lines that tell a person what a run did."""
    lines = [f"run {report.run_id}: {report.state.value}"]
    for source in report.sources:
        read = ", ".join(f"{count} {name}" for name, count in sorted(source.parsed.items()) if count)
        new = sum(source.new_rows.values())
        lines.append(
            f"  {source.source}: {source.payloads} answers, {source.records} records ({read or 'nothing'}); "
            f"{new} new versions, {source.quarantined} in quarantine, {source.withheld} withheld"
        )
        if source.incomplete:
            more = " ..." if len(source.incomplete) > LISTS_NAMED else ""
            lines.append(f"    incomplete lists: {', '.join(source.incomplete[:LISTS_NAMED])}{more}")
        if source.notes:
            more = f"; and {len(source.notes) - LISTS_NAMED} more" if len(source.notes) > LISTS_NAMED else ""
            lines.append(f"    not read tonight: {'; '.join(source.notes[:LISTS_NAMED])}{more}")
        if source.unknown_fields:
            lines.append(f"    fields heard for the first time: {', '.join(sorted(source.unknown_fields)[:8])}")
    counts = ", ".join(
        f"{key.replace('_', ' ')} {value}"
        for key, value in report.summary.items()
        if key not in ("sources", "masses_held", "archive")
    )
    lines.append(f"  published: {counts}")
    archive = report.summary.get("archive", {})
    if any(archive.values()):
        removed, swept = archive["answers_removed"], archive["files_swept"]
        lines.append(f"  archive: {removed} raw answers past their limit removed, {swept} leftover files swept")
    return lines


def serve_schedule(cron: str) -> int:
    """Serve both deployments until stopped."""
    prepare_prefect()
    os.environ["PREFECT_LOGGING_LEVEL"] = "INFO"  # who serves wants to see the runs start
    from prefect.client.schemas.schedules import CronSchedule
    from pydantic import ValidationError

    try:
        CronSchedule(cron=cron)
    except ValidationError as error:
        raise InputError(f"--cron {cron!r} is no cron line such as '15 2 * * *'") from error
    from flows.deployments import serve_both

    serve_both(cron)
    return EXIT_DONE
