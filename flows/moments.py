"""Reads the dates and instants that people give: on the command line and in the form of a flow."""

from datetime import UTC, date, datetime

from flows.errors import InputError


def parse_instant(text: str | None) -> datetime | None:
    """An ISO instant in UTC; without an offset it is taken for UTC. None stays None.

    Raises:
        InputError: no ISO date or instant.
    """
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{text!r} is no ISO date or instant such as 2026-03-02T02:15:00+00:00") from error


def parse_day(text: str) -> date:
    """An ISO day.

    Raises:
        InputError: no ISO day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no ISO day such as 2026-03-02") from error
