"""Field accounting: pop what is used, ignore by name what is known, and hear what is left (STYLE, rule 3).

A `Record` reads one JSON object. A field that is absent or has another type does not stop the reading: the first
problem is kept and raised by `close`, so that a renamed field is heard under its new name the same night.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Self

from connectors.contract import RecordRejectedError

# C0 and C1 controls (PostgreSQL refuses NUL), zero-width space, bidirectional overrides and byte order mark: none
# belongs to a name, all of them can forge one. Joiners (U+200C, U+200D) stay: scripts need them.
UNWANTED = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
INT32 = 2**31


def clean(text: str) -> str:
    """One line without control characters and doubled spaces."""
    return " ".join(UNWANTED.sub(" ", text).split())


class Record:
    """One object of an answer.

    Args:
        value: what the JSON holds at `path`.
        path: where it stands, for reasons and for `unknown_fields` (`results[].siege`).
        unknown: collects the paths of fields that nobody reads, over the whole payload.
        masks: words that stand for a hidden value (`[NON-DIFFUSIBLE]`); a text that holds one is read as null.
        never_null: paths of fields that the source never leaves null; one that is null is a problem of the record.
    """

    def __init__(
        self,
        value: object,
        path: str,
        unknown: set[str],
        masks: frozenset[str] = frozenset(),
        problems: list[str] | None = None,
        *,
        is_absent: bool = False,
        never_null: frozenset[str] = frozenset(),
    ) -> None:
        self.path = path
        self._unknown = unknown
        self._masks = masks
        self._problems: list[str] = [] if problems is None else problems
        self._fields: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        self._never_null = never_null
        self._parts: list[Record] = []
        self._is_absent = is_absent  # an object that is null: its fields are null, not missing
        if not isinstance(value, dict):
            self.reject(f"{path}: expected an object, found {_kind(value)}")

    def reject(self, reason: str) -> None:
        """Note why this record cannot be believed; `close` raises the first reason."""
        self._problems.append(reason.lstrip("."))

    def text(self, name: str, *, optional: bool = False) -> str | None:
        """A text, null when it is empty or masked."""
        value = self._pop(name, str, optional)
        return None if value is None or self._is_mask(value) else clean(value) or None

    def filled(self, name: str) -> str:
        """A text that must be there; empty only in a record that `close` rejects."""
        value = self.text(name)
        if value is None:
            self.reject(f"{self.path}.{name} is empty")
        return value or ""

    def is_masked(self, name: str) -> bool:
        """Whether the source hides this field; does not use it up."""
        value = self._fields.get(name)
        return isinstance(value, str) and self._is_mask(value)

    def texts(self, name: str, *, optional: bool = False) -> list[str]:
        """A list of texts without empty and masked ones; a null list is empty."""
        values = self._pop(name, list, optional) or []
        if not all(isinstance(value, str) for value in values):
            self.reject(f"{self.path}.{name}: expected a list of texts")
            return []
        return [cleaned for value in values if not self._is_mask(value) and (cleaned := clean(value))]

    def integer(self, name: str, *, optional: bool = False) -> int | None:
        """A whole number of 32 bits; a text of digits counts as one."""
        value: int | str | None = self._pop(name, int, optional, also=str)
        if isinstance(value, str):
            value = None if self._is_mask(value) else clean(value)
            if not value:
                return None
            if not re.fullmatch(r"-?[0-9]{1,10}", value, re.ASCII):
                self.reject(f"{self.path}.{name}: expected a whole number, found a text")
                return None
            value = int(value)
        if value is not None and not -INT32 <= value < INT32:
            self.reject(f"{self.path}.{name}: the number is too large")
            return None
        return value

    def number(self, name: str, *, optional: bool = False) -> float | None:
        """A number."""
        value = self._pop(name, float, optional, also=int)
        try:
            return None if value is None else float(value)
        except OverflowError:
            self.reject(f"{self.path}.{name}: the number is too large")
            return None

    def flag(self, name: str, *, optional: bool = False) -> bool | None:
        """True or false."""
        value: bool | None = self._pop(name, bool, optional)
        return value

    def day(self, name: str, *, optional: bool = False) -> date | None:
        """A calendar day, `YYYY-MM-DD`."""
        value = self.text(name, optional=optional)
        if value is None:
            return None
        try:
            if ISO_DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.reject(f"{self.path}.{name}: expected YYYY-MM-DD")
        return None

    def instant(self, name: str, *, optional: bool = False) -> datetime | None:
        """An instant in UTC; one without a zone is taken as UTC."""
        value = self.text(name, optional=optional)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.reject(f"{self.path}.{name}: expected a date and time")
            return None

    def one_of(self, name: str, meanings: dict[str, Any], *, optional: bool = False) -> Any:
        """What a code means; a code that is not in the table is a problem, null stays null."""
        value = self.text(name, optional=optional)
        if value is None:
            return None
        if value not in meanings:
            self.reject(f"{self.path}.{name}: {value[:30]!r} is none of {', '.join(meanings)}")
        return meanings.get(value)

    def part(self, name: str, *, optional: bool = False) -> Self:
        """An object inside this record; its problems are this record's. A null or absent one has no fields."""
        value = self._pop(name, dict, optional)
        return self._attach(value or {}, name, is_absent=value is None)

    def parts(self, name: str, *, optional: bool = False) -> Iterator[Self]:
        """The objects of a list inside this record; their problems are this record's."""
        for value in self._pop(name, list, optional) or []:
            yield self._attach(value, f"{name}[]")

    def raw(self, name: str, kind: type, *, optional: bool = True) -> Any:
        """A value whose records are read on their own, or None."""
        return self._pop(name, kind, optional)

    def peek(self, name: str) -> Any:
        """What stands in a field, which is not used up: for fields that come as an object or as a list."""
        return self._fields.get(name)

    def joined(self, name: str, value: dict[str, Any] | None) -> Self:
        """An object that was unpacked from a text field, as a part of this record; None has no fields."""
        return self._attach(value or {}, name, is_absent=value is None)

    def _attach(self, value: object, name: str, *, is_absent: bool = False) -> Self:
        part = type(self)(
            value,
            f"{self.path}.{name}",
            self._unknown,
            self._masks,
            self._problems,
            is_absent=is_absent,
            never_null=self._never_null,
        )
        self._parts.append(part)
        return part

    def hear(self, path: str) -> None:
        """Note something unexpected that is no reason to reject the record."""
        self._unknown.add(path.lstrip("."))

    def has(self, name: str) -> bool:
        """Whether the field is still here."""
        return name in self._fields

    def names(self) -> list[str]:
        """The fields that are still here: for objects whose names are data (languages, properties)."""
        return list(self._fields)

    def ignore(self, *names: str) -> None:
        """Fields that we know and do not use."""
        for name in names:
            self._fields.pop(name, None)

    def close(self) -> None:
        """Account for what is left.

        Raises:
            RecordRejectedError: the first problem met while reading.
        """
        self._account()
        if self._problems:
            raise RecordRejectedError(self._problems[0])

    def _is_mask(self, text: str) -> bool:
        """Whether a text is hidden; `[ND] 75008 PARIS` is as well."""
        return any(mask in text for mask in self._masks)

    def _account(self) -> None:
        self._unknown.update(f"{self.path}.{name[:60]}".lstrip(".") for name in self._fields)
        for part in self._parts:
            part._account()

    def _pop(self, name: str, kind: type, optional: bool, also: type | None = None) -> Any:
        if name not in self._fields:
            if not optional and not self._is_absent:
                self.reject(f"{self.path}.{name} is missing")
            return None
        value = self._fields.pop(name)
        if value is None and f"{self.path}.{name}".lstrip(".") in self._never_null:
            self.reject(f"{self.path}.{name} is empty")
        fits = isinstance(value, kind if also is None else (kind, also))
        if value is None or (fits and not (isinstance(value, bool) and kind is not bool)):
            return value
        self.reject(f"{self.path}.{name}: expected {_WORDS[kind]}, found {_kind(value)}")
        return None


_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def _kind(value: object) -> str:
    return "null" if value is None else _WORDS.get(type(value), type(value).__name__)
