"""Keeping keys out of messages and of the archive: what a source sends back may quote what we sent."""

import re
from collections.abc import Mapping

# Request headers that are no secret; the value of any other one is treated as a key.
OPEN_HEADERS = frozenset({"accept", "accept-language", "user-agent"})
SECRET_ANSWER_HEADERS = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization", "cookie"})
EXCERPT_LENGTH = 200
SHORTEST_SECRET = 6  # letters of a part of a key: masking a shorter one would only tear words apart


class Secrets:
    """The values of the request headers, and the key, that must never come back in a text of ours."""

    def __init__(self, headers: Mapping[str, str], key: str | None = None) -> None:
        found = {value for name, value in headers.items() if value and name.lower() not in OPEN_HEADERS}
        parts = {part for value in (*found, key or "") for part in re.split(r"[\s:]+", value)}
        found |= {part for part in (*parts, key or "") if len(part) >= SHORTEST_SECRET}
        self._values = sorted(found, key=len, reverse=True)

    def open_headers(self, answer: Mapping[str, str]) -> dict[str, str]:
        """An answer's headers in lower case, without cookies and without those that quote a secret."""
        return {
            name.lower(): value
            for name, value in answer.items()
            if name.lower() not in SECRET_ANSWER_HEADERS and not any(secret in value for secret in self._values)
        }

    def excerpt(self, body: bytes) -> str:
        """The beginning of an answer as one line of printable text, secrets masked."""
        text = body[: 10 * EXCERPT_LENGTH].decode("utf-8", "replace")  # masked before it is cut: no half secret stays
        for secret in self._values:
            text = text.replace(secret, "***")
        line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return line[:EXCERPT_LENGTH]
