"""No field of any source changes in silence (RELIABILITY R11): each field of each fixture is renamed, dropped, ...

A change of a field may do four things: nothing (nobody reads it), refuse the answer, reject the record with a reason
that names the field, or be heard as an unknown field. What a connector declares in `MAY_BE_ABSENT`, and what it does
not declare in `NEVER_NULL`, may also be read as null: a whole load of that is caught by its fill rates
(tests/flows/test_collapse.py).
"""

import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import connectors
from connectors.contract import Batch, Connector, NotAnAnswerError
from schemas.provenance import Payload

pytestmark = pytest.mark.slow  # every field of fourteen sources in four ways: make check runs them

FIXTURES = Path(__file__).parents[1] / "fixtures"
SOURCES = connectors.discover()
EVERY_SOURCE = pytest.mark.parametrize("name", [n for n in SOURCES if any((FIXTURES / n).glob("*.json"))])
GONE = object()  # a new value that means: without the field
OTHERS: dict[str, Any] = {"text": "zzz", "number": 7, "list": ["zzz"], "object": {"value": "zzz"}, "flag": True}
YEAR = re.compile(r"(?:19|20)[0-9]{2}|Q[0-9]+", re.ASCII)  # names that are data: a year, an item of Wikidata


class Place(NamedTuple):
    """A field of an answer: the way to it, and its path as reasons and tables tell it."""

    steps: tuple[Any, ...]
    path: str


def places(value: Any, steps: tuple[Any, ...] = (), path: str = "") -> Iterator[Place]:
    """Every field, objects and lists before what is in them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            below = f"{path}.{'*' if YEAR.fullmatch(name) else name}".lstrip(".")
            yield Place((*steps, name), below)
            yield from places(inner, (*steps, name), below)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*steps, index), f"{path}[]")


def one_or_many(path: str) -> str:
    """The path as the tables tell it: `data` and the RNE's answers hold one record or a list of them."""
    return path.replace("data[]", "data", 1).removeprefix("[].company.")


def kind_of(value: Any) -> str:
    """One of the words of OTHERS, or null."""
    kinds = {bool: "flag", int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return kinds.get(type(value), "null")


def changed(document: Any, place: Place, new: Any, name: str | None = None) -> Any:
    """The document with another value at a place, there or under another name."""
    *above, last = place.steps
    other = inner = copy.copy(document)
    for step in above:  # only the way to the place is copied
        inner[step] = copy.copy(inner[step])
        inner = inner[step]
    inner.pop(last)
    if new is not GONE:
        inner[name or last] = new
    return other


class Answer(NamedTuple):
    """One recorded answer and how its connector reads it."""

    connector: Connector
    file: Path
    document: Any

    def read(self, document: Any) -> Batch | None:
        """What a changed answer says; None when it is refused."""
        body = json.dumps(document, ensure_ascii=False).encode()
        try:
            (batch,) = self.connector.parse(Payload(self.connector.name, f"import/{self.file.name}", body))
        except NotAnAnswerError:
            return None
        return batch


@cache
def answers(name: str) -> list[tuple[Answer, Batch, list[Place]]]:
    """Each answer of a source, how it reads, and its fields that no earlier answer has with the same kind of value."""
    seen: set[tuple[Any, ...]] = set()
    found = []
    for file in sorted((FIXTURES / name).glob("*.json"), key=lambda path: path.stat().st_size):
        answer = Answer(SOURCES[name], file, json.loads(file.read_bytes()))
        before = answer.read(answer.document)
        assert before is not None
        fresh = []
        record = re.search(rb'"type": "([a-z-]+)"', file.read_bytes())  # the same path in another kind of record
        for place in places(answer.document):
            key = (record and record[1], place.path, kind_of(at(answer.document, place)))
            if key not in seen:
                seen.add(key)
                fresh.append(place)
        found.append((answer, before, fresh))
    return found


def at(document: Any, place: Place) -> Any:
    """What stands at a place."""
    for step in place.steps:
        document = document[step]
    return document


@cache
def fields_that_are_read(name: str) -> list[tuple[Answer, Batch, Place]]:
    """The fields whose loss or change of type is noticed at all; the others are ignored by name."""
    read = []
    for answer, before, fresh in answers(name):
        for place in fresh:
            old = at(answer.document, place)
            other = next(new for kind, new in OTHERS.items() if kind != kind_of(old) and kind in ("number", "list"))
            if any(notices(answer, before, changed(answer.document, place, new)) for new in (GONE, other)):
                read.append((answer, before, place))
    return read


def notices(answer: Answer, before: Batch, document: Any) -> bool:
    after = answer.read(document)
    return after is None or bool(after.rejected[len(before.rejected) :]) or differs(before, after)


def differs(left: Batch, right: Batch) -> bool:
    """Whether a value, a row or a scope is another one."""
    return left.scopes != right.scopes or any(
        not left.frames[name].equals(right.frames[name], null_equal=True) for name in left.frames
    )


def table(name: str, which: str) -> frozenset[str]:
    """What the connector declares; nothing where it declares nothing."""
    return frozenset(getattr(sys.modules[type(SOURCES[name]).__module__], which, frozenset()))


def silent(name: str, change: Callable[[Any], Iterator[tuple[str, Any]]]) -> list[str]:
    """The changes that alter what is read although nobody hears of them."""
    found = []
    for answer, before, place in fields_that_are_read(name):
        for what, new in change(at(answer.document, place)):
            if why := why_silent(answer, before, place, new):
                found.append(f"{answer.file.name}: {one_or_many(place.path)} {what}: {why}")
    return found


def why_silent(answer: Answer, before: Batch, place: Place, new: Any) -> str | None:
    after = answer.read(changed(answer.document, place, new))
    if after is None:
        return None
    word = re.split(r"[.\[]", place.path.removesuffix("[]").rstrip("*").rstrip("."))[-1]
    reasons = [rejected.reason for rejected in after.rejected[len(before.rejected) :]]
    if reasons:
        old = at(answer.document, place)
        inside = [
            "expected an object",
            *(old if isinstance(old, dict) else ()),
        ]  # what holds a record is no field of it
        words = [word, *(inside if kind_of(old) in ("list", "object") else ())]
        is_named = any(one in reason for one in words for reason in reasons)
        return None if is_named else f"the reason does not name it: {reasons[0]}"
    if after.unknown_fields != before.unknown_fields or not differs(before, after):
        return None
    return "read as something else"


@EVERY_SOURCE
def test_a_renamed_field_is_heard_under_its_new_name(name: str) -> None:
    unheard = []
    for answer, _, place in fields_that_are_read(name):
        if isinstance(place.steps[-1], int) or YEAR.fullmatch(place.steps[-1]):
            continue
        other = changed(answer.document, place, at(answer.document, place), "renamed_field")
        after = answer.read(other)
        if after is not None and not any("renamed_field" in heard for heard in after.unknown_fields):
            unheard.append(f"{answer.file.name}: {place.path}: {after.rejected[:1]}")
    assert unheard == []


@EVERY_SOURCE
def test_a_dropped_field_rejects_its_record_unless_real_answers_lack_it(name: str) -> None:
    may_be_absent = table(name, "MAY_BE_ABSENT")
    told = silent(name, lambda old: iter([("is gone", GONE)]))
    assert [line for line in told if line.split()[1] not in may_be_absent] == []


@EVERY_SOURCE
def test_a_null_rejects_its_record_where_the_source_never_has_one(name: str) -> None:
    never_null = table(name, "NEVER_NULL")
    told = silent(name, lambda old: iter([("is null", None)]))
    assert [line for line in told if line.split()[1] in never_null] == []


@EVERY_SOURCE
def test_a_value_of_another_type_is_never_read(name: str) -> None:
    def retype(old: Any) -> Iterator[tuple[str, Any]]:
        for kind, new in OTHERS.items():
            is_digits = kind == "number" and str(old).isdigit()  # "2024" or 2024: the same number
            if kind != kind_of(old) and kind_of(old) != "null" and not is_digits:
                yield f"is a {kind}", new

    assert silent(name, retype) == []


@EVERY_SOURCE
def test_a_value_that_is_wrapped_is_never_read(name: str) -> None:
    def wrap(old: Any) -> Iterator[tuple[str, Any]]:
        yield "is nested", {"value": old}
        yield "is in a list", [old]

    assert silent(name, wrap) == []


@EVERY_SOURCE
def test_the_tables_name_fields_that_the_source_has(name: str) -> None:
    """A path that stands in no answer is a misspelt one."""
    known = {one_or_many(place.path) for answer, _, _ in answers(name) for place in places(answer.document)}
    for which in ("MAY_BE_ABSENT", "NEVER_NULL"):
        assert table(name, which) - known == set()
