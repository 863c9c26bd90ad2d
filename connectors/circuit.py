"""When to leave a host alone: after failures in a row, and for as long as it asked for (RELIABILITY R10)."""

from collections.abc import Callable

FAILURES_TO_OPEN = 5
# One probe a minute at most, and ever rarer: 5 failures and then a probe every minute would be 14 requests in the
# first ten minutes; doubling makes it 8, below the 12 that R10 allows.
FIRST_PAUSE = 60.0
LONGEST_PAUSE = 480.0


class Circuit:
    """One host's record. Closed: requests pass. Open: none does until the pause is over, and then one probe."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._closed_until = monotonic()
        self._why = ""

    def why_not_now(self) -> str | None:
        """The reason why no request may go to the host now, or None."""
        wait = self._closed_until - self._monotonic()
        return f"{self._why}; not asked again for {wait:.0f} s" if wait > 0 else None

    def succeeded(self) -> None:
        """The host answered: whatever it said, it is alive."""
        self._failures = 0
        self._pause = FIRST_PAUSE

    def failed(self) -> None:
        """One request failed; the fifth in a row, and each failed probe after it, opens the circuit."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._leave_alone(self._pause, f"its host failed {self._failures} times in a row")
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def deferred(self, seconds: float) -> None:
        """The host asked us to wait longer than we wait for one answer."""
        self._leave_alone(seconds, f"its host asked to wait {seconds:.0f} s")

    def _leave_alone(self, seconds: float, why: str) -> None:
        until = self._monotonic() + seconds
        if until > self._closed_until:
            self._closed_until, self._why = until, why
