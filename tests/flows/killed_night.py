"""A child process that plays one night by the plain functions and kills itself at a named point.

Arguments: accounts file, instant, and the point: `METHOD NUMBER` of the store (killed right after that call has
committed), or `border NAME` inside the publishing transaction.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.night import NightPlan, play_night
from flows.store import Store


def die() -> None:
    """What no program can catch."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(method: str, number: int) -> None:
    """Arm the store: the numbered call of the method is its last."""
    original: Callable[..., Any] = getattr(Store, method)
    calls = 0

    def armed(self: Store, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        result = original(self, *args, **kwargs)
        calls += 1
        if calls == number:
            die()
        return result

    setattr(Store, method, armed)


def die_at_border(wanted: str) -> None:
    """Arm the publishing transaction."""
    original = Store.__init__

    def armed(self: Store, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.border = lambda name: die() if name == wanted else None

    Store.__init__ = armed  # type: ignore[method-assign]


if __name__ == "__main__":
    accounts, instant, point, detail = sys.argv[1:]
    if point == "border":
        die_at_border(detail)
    else:
        die_after(point, int(detail))
    play_night(NightPlan(instant=datetime.fromisoformat(instant), accounts=Path(accounts), offline=True))
