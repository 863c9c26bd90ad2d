"""A deadline over one whole request. httpx's timeouts count per read and never fire against a slow drip."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self


class DeadlineExceededError(Exception):
    """The request took longer than its total deadline."""


class Wire:
    """The socket that requests travel on, so that a deadline can shut it; fed by httpcore's trace events."""

    def __init__(self, on_connect: Callable[[str], None]) -> None:
        """Remember the check that the peer's IP address has to pass before a byte is sent to it."""
        self._on_connect = on_connect
        self._socket: socket.socket | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Watch a new connection being made (httpx passes this on as the `trace` extension)."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        stream = info["return_value"]
        self._socket = stream.get_extra_info("socket")
        if event == "connection.connect_tcp.complete" and self._socket is not None:
            try:
                self._on_connect(str(self._socket.getpeername()[0]))
            except BaseException:
                stream.close()
                raise

    def shut(self) -> None:
        """Wake whoever is reading from the socket; closing it would not."""
        if self._socket is not None:
            with suppress(OSError):  # it may be closed already
                self._socket.shutdown(socket.SHUT_RDWR)


class Deadline:
    """Seconds for one attempt, headers and body together; a timer shuts the wire when a read does not come back."""

    def __init__(self, seconds: float, monotonic: Callable[[], float], wire: Wire) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._wire = wire
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
        self._wire.shut()
