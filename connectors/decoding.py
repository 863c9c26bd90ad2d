"""Decompressing an answer while it arrives, never further than the cap, and never pretending that it was whole.

httpx decodes a whole chunk at once (0.3 MB became 315 MB) and takes half a gzip body for a good one (RELIABILITY
section 0, item 2), so answers are read raw and decoded here.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# A body that grew over 1 MiB by more than this factor was made to harm (RELIABILITY T4); JSON compresses 5 to 30 times.
BOMB_RATIO = 100
BOMB_FLOOR = 2**20

STEP = 2**16
# Four bytes of zstd can stand for 128 KiB and its Python object has no output limit: a small bite stays below 4 MiB.
ZSTD_BITE = 128
ZSTD_WINDOW = 8 * 2**20  # what RFC 9659 allows on the web


class UndecodableError(Exception):
    """The answer's bytes are refused: too large, a bomb, damaged, or an encoding that nobody asked for."""


class TruncatedError(Exception):
    """The answer ended before its compressed body did."""


def decode(raw: Iterable[bytes], encoding: str, limit: int, *, may_cut: bool = False) -> bytes:
    """The decoded body of an answer.

    Args:
        raw: the bytes of the body as they came from the wire.
        encoding: value of Content-Encoding, empty for none.
        limit: bytes; neither the raw nor the decoded body may be larger.
        may_cut: hand out the first `limit` + 1 bytes of a body that is larger, instead of refusing it.

    Raises:
        UndecodableError: too large, a decompression bomb, damaged, or an unknown encoding.
        TruncatedError: the compressed body ends too early.
    """
    name = encoding.strip().lower() or "identity"
    if name not in _DECODERS:
        raise UndecodableError(f"has the content encoding {encoding!r}; asked for were {ACCEPT_ENCODING}")
    wire = _Wire(raw, limit, may_cut)
    body = bytearray()
    try:
        for piece in _DECODERS[name](wire):
            body += piece
            if len(body) > limit and may_cut:
                return bytes(body[: limit + 1])
            if len(body) > limit:
                raise UndecodableError(f"is larger than {limit} bytes once decoded; reading was stopped")
            if len(body) > BOMB_FLOOR and len(body) > BOMB_RATIO * wire.count:
                raise UndecodableError(
                    f"became {len(body)} bytes from {wire.count}, over {BOMB_RATIO} times: a decompression bomb"
                )
    except TruncatedError:
        if wire.count:
            raise  # no byte at all is no cut body: an empty answer keeps the header of the encoding
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise UndecodableError(f"is damaged: its {name} body cannot be decompressed ({error})") from error
    return bytes(body)


class _Wire:
    """The raw bytes, counted and capped."""

    def __init__(self, raw: Iterable[bytes], limit: int, may_cut: bool) -> None:
        self._raw = raw
        self._limit = limit
        self._may_cut = may_cut
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._raw:
            # a chunk has no upper size of its own: small pieces let the ratio see a bomb before it has grown
            for start in range(0, len(chunk), STEP):
                piece = chunk[start : start + STEP]
                self.count += len(piece)
                if self.count > self._limit and not self._may_cut:
                    raise UndecodableError(f"is larger than {self._limit} bytes; reading was stopped")
                yield piece


def _identity(wire: Iterable[bytes]) -> Iterator[bytes]:
    yield from wire


def _gzip(wire: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=31)
    for chunk in wire:
        while chunk:
            if inflater.eof:  # a gzip file may have several members
                inflater = zlib.decompressobj(wbits=31)
            yield inflater.decompress(chunk, STEP)
            chunk = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        raise TruncatedError("ends in the middle of its gzip body")


def _deflate(wire: Iterable[bytes]) -> Iterator[bytes]:
    inflater = None
    for chunk in wire:
        if inflater is None:
            # "deflate" should be zlib, and some servers send it bare: the first byte of zlib ends in 8
            inflater = zlib.decompressobj(wbits=15 if chunk[0] & 0x0F == 8 else -15)
        while chunk and not inflater.eof:
            yield inflater.decompress(chunk, STEP)
            chunk = inflater.unconsumed_tail
    if inflater is not None:
        yield inflater.flush()  # a bare stream has no trailer, so its last bytes may still be inside
    if inflater is None or not inflater.eof:
        raise TruncatedError("ends in the middle of its deflate body")


def _brotli(wire: Iterable[bytes]) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    for chunk in wire:
        piece = decompressor.process(chunk, output_buffer_limit=STEP)
        # it says that it accepts more data while megabytes are still to come out: only an empty piece is the end
        while piece or not decompressor.can_accept_more_data():
            yield piece
            piece = b"" if decompressor.is_finished() else decompressor.process(b"", output_buffer_limit=STEP)
    if not decompressor.is_finished():
        raise TruncatedError("ends in the middle of its brotli body")


def _zstd(wire: Iterable[bytes]) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    frame = context.decompressobj()
    for chunk in wire:
        position = 0
        while position < len(chunk):
            if frame.eof:  # a zstd body may have several frames
                frame = context.decompressobj()
            bite = chunk[position : position + ZSTD_BITE]
            yield frame.decompress(bite)
            position += len(bite) - len(frame.unused_data)
    if not frame.eof:
        raise TruncatedError("ends in the middle of its zstd body")


_DECODERS: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
