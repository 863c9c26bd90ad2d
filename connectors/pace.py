"""How long to wait: between two requests of a source, before a retry, and as long as the source asks for."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# RELIABILITY R10: full jitter from one second upwards; a source that asks for more than this is left for another night.
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
LONGEST_RETRY_AFTER = 300.0


class Pace:
    """Keeps two requests to one host at least 1 / requests_per_second apart, counted from start to start."""

    def __init__(
        self, requests_per_second: float, monotonic: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        if not requests_per_second > 0:
            raise ValueError(f"requests_per_second must be above 0, is {requests_per_second}")
        self._interval = 1.0 / requests_per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_start = monotonic()

    def slow_down(self, seconds: float) -> None:
        """Keep at least this many seconds between two requests: the host asks for it."""
        self._interval = max(self._interval, seconds)

    def wait_for_turn(self) -> None:
        """Sleep until the next request may start."""
        wait = self._next_start - self._monotonic()
        if wait > 0:
            self._sleep(wait)
        self._next_start = max(self._next_start, self._monotonic()) + self._interval


def full_jitter(attempt: int, rng: Callable[[], float]) -> float:
    """Seconds to wait after the given attempt (from 1): anywhere between nothing and a bound that doubles."""
    return rng() * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 1))


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, in both of its forms; None where it is absent or says nothing.

    Args:
        value: `120` or `Wed, 21 Oct 2026 07:28:00 GMT` (RFC 9110, 10.2.3).
        now: UTC instant that a date is counted from; a date in the past asks for 0 seconds.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])  # twelve digits are 30,000 years, more would only overflow
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
