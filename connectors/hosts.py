"""What one run knows of each host: how fast it may be asked, and whether it is left alone. Shared by all its clients.

Two sources on one host share its budget and its failures, so neither goes around the other's waiting.
"""

from collections.abc import Callable

import httpx

from connectors.circuit import Circuit
from connectors.pace import Pace


class Host:
    """One host's pace and circuit."""

    def __init__(self, pace: Pace, circuit: Circuit) -> None:
        self.pace = pace
        self.circuit = circuit


class Hosts:
    """The hosts that were asked so far; hand the same one to every client of a run.

    Args:
        monotonic, sleep: seconds, and waiting.
    """

    def __init__(self, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._known: dict[str, Host] = {}

    def of(self, url: httpx.URL, requests_per_second: float) -> Host:
        """What is known of the host of an address; of several budgets for one host the slowest holds."""
        # http and https are one host; another port is another server, which only tests and mirrors have
        name = url.host if url.port is None else f"{url.host}:{url.port}"
        host = self._known.get(name)
        if host is None:
            pace = Pace(requests_per_second, self._monotonic, self._sleep)
            host = self._known[name] = Host(pace, Circuit(self._monotonic))
        else:
            host.pace.slow_down(1.0 / requests_per_second)
        return host
