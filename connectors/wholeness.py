"""Whether an answer arrived whole, where the protocol itself cannot tell.

A body without a length and without chunks ends when the connection does, so a cut looks like an end; httpx takes it
for whole (RELIABILITY section 0, item 2). Then the format's own end mark must say so.
"""

import json
from collections.abc import Mapping

from connectors.decoding import TruncatedError, UndecodableError

# Formats that cannot tell at all are taken as they come: text without a mark has no end.
HTML_ENDS = (b"</html", b"</body")
TAIL = 2048


def refuse_declared_size(headers: Mapping[str, str], limit: int) -> None:
    """Stop before the first byte of a body that says itself that it is too large.

    Raises:
        UndecodableError: Content-Length is above the limit (bytes).
    """
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > limit:
        raise UndecodableError(f"is larger than {limit} bytes by its own word ({declared[:18]}); it was not read")


def refuse_wrong_length(headers: Mapping[str, str], raw_bytes: int) -> None:
    """Compare what came with what was declared.

    Raises:
        TruncatedError: fewer or more bytes than Content-Length says.
    """
    declared = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (declared.isascii() and declared.isdigit()):
        return  # chunks have their own end mark, which httpx checks
    if int(declared[:18]) != raw_bytes:
        raise TruncatedError(f"ends after {raw_bytes} of {declared[:18]} bytes")


def refuse_open_end(headers: Mapping[str, str], body: bytes) -> None:
    """Look for the end mark of a body whose end the protocol does not show; a compressed body has shown its own.

    Raises:
        TruncatedError: JSON, HTML, XML or CSV that does not end as its format does.
    """
    if {"content-length", "transfer-encoding"} & set(headers):
        return
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    start, tail = body[:TAIL].lstrip(b"\xef\xbb\xbf \t\r\n"), body[-TAIL:].rstrip().lower()
    if "html" in media_type or start.lower().startswith((b"<!doctype html", b"<html")):
        is_whole = any(mark in tail for mark in HTML_ENDS)
    elif "json" in media_type or start[:1] in (b"{", b"["):
        is_whole = _is_json(body)
    elif "xml" in media_type or start[:1] == b"<":
        is_whole = tail.endswith(b">")
    elif "csv" in media_type:
        is_whole = body.endswith(b"\n")  # a cut between two rows stays unseen: compare with a declared total
    else:
        is_whole = True
    if not is_whole:
        raise TruncatedError("has no length and stops before the end that its format has")


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
