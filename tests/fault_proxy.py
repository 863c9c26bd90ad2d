"""A clock that stands still, and a TCP proxy on loopback that harms what passes through it, as real networks do."""

import random
import select
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

NOW = datetime(2026, 1, 5, 2, 15, tzinfo=UTC)


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class FaultProxy:
    """Stands before a server; `fault` names what happens to its answers and may be changed at any time.

    pass; down (closed at once); reset, cut (abruptly, politely, after `amount` bytes); drip (a byte each `amount` s);
    black hole (no byte comes back); garble (one byte in `amount` is changed, the first 200 are spared).
    """

    def __init__(self, host: str, port: int) -> None:
        self.fault = "pass"
        self.amount = 0.0
        self.connections = 0
        self._behind = (host, port)
        self._random = random.Random(7)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        if self.fault == "down":
            _abort(client)
            return
        with client, socket.create_connection(self._behind) as server, suppress(OSError):
            sent = 0
            while True:
                for ready in select.select([client, server], [], [], 10)[0]:
                    data = ready.recv(16384)
                    if not data and ready is server and self.fault == "black hole":
                        client.recv(1)  # until the client gives up
                    if not data:
                        return
                    if ready is client:
                        server.sendall(data)
                    elif not self._harm(client, data, sent):
                        return
                    else:
                        sent += len(data)

    def _harm(self, client: socket.socket, data: bytes, sent: int) -> bool:
        """Pass these bytes of the answer on as the fault wants it; False ends the connection."""
        match self.fault:
            case "reset" | "cut" if sent + len(data) >= self.amount:
                client.sendall(data[: max(0, int(self.amount) - sent)])
                if self.fault == "reset":
                    _abort(client)
                return False
            case "black hole":
                return True
            case "drip":
                for byte in data:
                    client.sendall(bytes([byte]))
                    time.sleep(self.amount)
            case "garble":
                chance = 1 / self.amount
                client.sendall(
                    bytes(
                        byte ^ 1 if sent + place > 200 and self._random.random() < chance else byte
                        for place, byte in enumerate(data)
                    )
                )
            case _:
                client.sendall(data)
        return True


def _abort(connection: socket.socket) -> None:
    """Close with a reset instead of a good-bye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
