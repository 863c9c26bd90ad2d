"""A deadline over one whole request. httpx's timeouts count per read and never fire against a slow drip."""

import socket
import threading
import time
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


class Watchdog:
    """One thread that looks after one request at a time and shuts its wire when its time is over.

    A timer for each request costs more than the request (a thread each, 0.09 ms of 0.2); this thread starts with the
    first request, sleeps through the ones that end in time, and ends once it finds nothing to look after.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._ends: float | None = None
        self._wakes = 0.0
        self._expire: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float, expire: Callable[[], None]) -> None:
        """Call `expire` after so many seconds of real time, unless `rest` comes first."""
        ends = time.monotonic() + seconds
        with self._changed:
            self._ends, self._expire = ends, expire
            if self._thread is None:
                self._wakes = ends
                self._thread = threading.Thread(target=self._look, name="request-deadline", daemon=True)
                self._thread.start()
            elif ends < self._wakes:
                self._changed.notify()

    def rest(self) -> None:
        """The request is over. Once this returns, its `expire` has run or never will: the next request is safe."""
        with self._changed:
            self._ends = self._expire = None

    def close(self) -> None:
        """Let the thread end now."""
        with self._changed:
            self._ends = self._expire = None
            self._changed.notify()

    def _look(self) -> None:
        with self._changed:
            while self._ends is not None:
                left = self._ends - time.monotonic()
                if left > 0:
                    self._wakes = self._ends
                    self._changed.wait(left)
                    continue
                expire, self._ends, self._expire = self._expire, None, None
                if expire is not None:
                    expire()
            self._thread = None


class Deadline:
    """Seconds for one attempt, headers and body together; the watchdog calls `shut` when a read does not come back."""

    def __init__(
        self, seconds: float, monotonic: Callable[[], float], watchdog: Watchdog, shut: Callable[[], None]
    ) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._watchdog = watchdog
        self._shut = shut
        self._has_expired = False

    def __enter__(self) -> Self:
        self._watchdog.watch(self.seconds, self._expire)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.rest()

    def check(self) -> None:
        """Raise DeadlineExceededError once the time is over."""
        if self._has_expired or self._monotonic() >= self._ends:
            raise DeadlineExceededError(f"did not finish within {self.seconds:g} s")

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, checked one by one and once more at the end."""
        for chunk in chunks:
            self.check()
            yield chunk
        self.check()  # a body without a length ends normally when the watchdog shuts the wire

    def _expire(self) -> None:
        self._has_expired = True
        self._shut()
