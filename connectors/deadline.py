"""A deadline over one whole request. httpx's timeouts count per read and never fire against a slow drip."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx


class DeadlineExceededError(Exception):
    """The request took longer than its total deadline."""


class Wire:
    """The socket that the requests to one origin travel on, so that a deadline can shut it.

    Attributes:
        is_shut: the deadline of the request under way has passed.
    """

    def __init__(self) -> None:
        self.is_shut = False
        self._socket: socket.socket | None = None

    def begin(self, is_shut: bool = False) -> None:
        """A new request starts."""
        self.is_shut = is_shut

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Watch a new connection being made (httpx passes this on as the `trace` extension)."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        stream = info["return_value"]
        self._socket = stream.get_extra_info("socket")
        if self.is_shut:  # the time ran out while there was nothing to shut
            stream.close()
            self.refuse_when_shut()

    def refuse_when_shut(self) -> None:
        """Start nothing more for a request whose time is over."""
        if self.is_shut:
            raise httpx.ReadTimeout("the deadline passed while connecting")

    def shut(self) -> None:
        """Wake whoever is reading from the socket; closing it would not."""
        self.is_shut = True
        if self._socket is not None:
            with suppress(OSError):  # it may be closed already
                self._socket.shutdown(socket.SHUT_RDWR)


class Deadline:
    """Seconds for one attempt, headers and body together; a timer calls `shut` when a read does not come back."""

    def __init__(self, seconds: float, monotonic: Callable[[], float], shut: Callable[[], None]) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._shut = shut
        self._has_expired = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def check(self) -> None:
        """Raise DeadlineExceededError once the time is over."""
        if self._has_expired or self._monotonic() >= self._ends:
            raise DeadlineExceededError(f"did not finish within {self.seconds:g} s")

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, checked one by one and once more at the end."""
        for chunk in chunks:
            self.check()
            yield chunk
        self.check()  # a body without a length ends normally when the timer shuts the wire

    def _expire(self) -> None:
        self._has_expired = True
        self._shut()
