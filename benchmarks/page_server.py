"""A server of two pages and a bomb on loopback, for the benchmarks: `python -m benchmarks.page_server [ENCODING]`.

It stands in a process of its own, so that what it costs is not counted as the client's. Prints its port.
"""

import gzip
import random
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

SMALL = 1_000  # bytes: one record of an interface
TYPICAL = 50_000  # bytes: a company's leadership page, sent compressed
SEED = 20260101
ENCODINGS = ("gzip", "deflate", "br", "zstd")
MEBIBYTES = 300  # once decoded
PIECE = bytes(2**20)
ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def page_server(bomb: str = "") -> Iterator[str]:
    """The address of a new server; with a bomb of that encoding, if one is named."""
    command = [sys.executable, "-m", "benchmarks.page_server", *([bomb] if bomb else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def answers() -> dict[bytes, bytes]:
    """Whole answers, by path."""
    small = b'{"results": "' + b"x" * (SMALL - 15) + b'"}'
    chance = random.Random(SEED)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(800)]
    text = " ".join(chance.choices(words, k=TYPICAL // 4)).encode()
    page = gzip.compress(b"<html><body>" + text[: TYPICAL - 26] + b"</body></html>")
    return {
        b"/small": head(b"application/json", len(small)) + small,
        b"/typical": head(b"text/html", len(page), b"Content-Encoding: gzip\r\n") + page,
    }


def pack(encoding: str) -> bytes:
    """300 MiB of zeros in some kilobytes, packed piece by piece."""
    return b"".join(_pieces(encoding))


def _pieces(encoding: str) -> Iterator[bytes]:
    zeros = (PIECE for _ in range(MEBIBYTES))
    if encoding == "br":
        brotli_packer = brotli.Compressor(quality=1)
        yield from map(brotli_packer.process, zeros)
        yield brotli_packer.finish()
    elif encoding == "zstd":
        zstd_packer = zstandard.ZstdCompressor().compressobj()
        yield from map(zstd_packer.compress, zeros)
        yield zstd_packer.flush()
    else:
        zlib_packer = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
        yield from map(zlib_packer.compress, zeros)
        yield zlib_packer.flush()


def head(media_type: bytes, length: int, more: bytes = b"") -> bytes:
    """Status line and headers of a good answer on a connection that stays open."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n" % (media_type, length, more)


def serve(connection: socket.socket, by_path: dict[bytes, bytes]) -> None:
    """Answer one question after the other until the client goes."""
    asked = b""
    with connection, suppress(OSError):  # who meets the bomb goes in the middle of it
        while more := connection.recv(65536):
            asked += more
            while b"\r\n\r\n" in asked:
                question, _, asked = asked.partition(b"\r\n\r\n")
                connection.sendall(by_path[question.split(b" ", 2)[1]])


def main() -> None:
    """Serve until this process is ended."""
    by_path = answers()
    for encoding in sys.argv[1:]:
        bomb = pack(encoding)
        coding = f"Content-Encoding: {encoding}\r\n".encode("ascii")
        size = str(len(bomb)).encode("ascii")
        by_path[b"/bomb"] = head(b"application/json", len(bomb), coding) + bomb
        by_path[b"/size"] = head(b"text/plain", len(size)) + size
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection, by_path), daemon=True).start()


if __name__ == "__main__":
    main()
