"""JSON as sources send it, read strictly: what Python's reader lets through in silence is refused with a reason.

The standard reader accepts NaN, keeps the last of two equal keys and leaves lone surrogates in texts
(RELIABILITY, T9); each of them has made a wrong row somewhere. Writing is here too, for redacted answers.
"""

import json
import math
from typing import Any, NoReturn

from connectors.contract import NotAnAnswerError

DEEPEST = 64  # levels of nesting; the deepest real answer has 9
REPLACED_SHARE = 1000  # one U+FFFD in so many characters means that the text was decoded with a wrong charset


def read_json(body: bytes) -> Any:
    """The value that these bytes hold.

    Raises:
        NotAnAnswerError: no UTF-8, no JSON, NaN or infinity, equal keys in one object, a number too long to read,
            a lone surrogate, or nesting beyond 64 levels.
    """
    text = _decoded(body)
    try:
        value = json.loads(
            text, object_pairs_hook=_without_equal_keys, parse_constant=_no_constant, parse_float=_finite
        )
    except RecursionError:
        raise NotAnAnswerError(f"the JSON is nested too deep (more than {DEEPEST} levels)") from None
    except json.JSONDecodeError as error:
        raise NotAnAnswerError(f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError as error:  # int() refuses thousands of digits
        raise NotAnAnswerError(f"the JSON holds a number that cannot be read: {error}") from None
    _refuse_depth(value)
    _refuse_surrogates(value)
    return value


def write_json(value: Any) -> bytes:
    """The same value as compact UTF-8 JSON, keys in their order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _decoded(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAnAnswerError(f"no UTF-8: byte {error.start} cannot be read") from None
    if text.count("\ufffd") * REPLACED_SHARE > len(text):
        raise NotAnAnswerError("garbled text: too many replacement characters (U+FFFD), decoded with a wrong charset")
    return text


def _without_equal_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotAnAnswerError(f"the JSON has the key {twice[:40]!r} twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise NotAnAnswerError(f"the JSON holds {name}, which is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotAnAnswerError(f"the JSON holds the number {text[:20]}, which is too large")
    return number


def _refuse_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise NotAnAnswerError(f"the JSON is nested too deep (more than {DEEPEST} levels)")
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotAnAnswerError("the JSON holds half a surrogate pair, which is no text") from None
