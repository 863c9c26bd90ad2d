"""Reads one table of the policy file, and hears every name that nobody reads."""

from collections.abc import Mapping
from typing import Any


class PolicyTable:
    """A table of the file that counts what was read, so that a misspelt name is heard."""

    def __init__(self, name: str, values: Any) -> None:
        if not isinstance(values, Mapping):
            raise ValueError(f"[{name}]: a table is expected, got {values!r}")
        self.name, self.left = name, dict(values)

    def take(self, key: str) -> Any:
        """The value of a name, which then counts as read."""
        if key not in self.left:
            raise ValueError(f"[{self.name}]: {key!r} is missing")
        return self.left.pop(key)

    def table(self, key: str) -> "PolicyTable":
        """A table inside this one."""
        return PolicyTable(key if self.name == "policy" else f"{self.name}.{key}", self.take(key))

    def only(self, key: str) -> "PolicyTable":
        """The one table inside this one; any other name is unknown."""
        table = self.table(key)
        self.finish()
        return table

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self.take(key)
        if not isinstance(value, str) or not value:
            raise ValueError(f"[{self.name}] {key}: a text is expected, got {value!r}")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise ValueError(f"[{self.name}] {key}: true or false is expected, got {value!r}")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(key)
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ValueError(f"[{self.name}] {key}: a list of texts is expected, got {value!r}")
        return tuple(value)

    def number(
        self,
        key: str,
        *,
        above: float | None = None,
        below: float | None = None,
        at_most: float | None = None,
    ) -> float:
        """A number from 0, within the bounds that are given."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"[{self.name}] {key}: a number from 0 is expected, got {value!r}")
        if above is not None and value <= above:
            raise ValueError(f"[{self.name}] {key}: more than {above:g} is expected, got {value!r}")
        if below is not None and value >= below:
            raise ValueError(f"[{self.name}] {key}: less than {below:g} is expected, got {value!r}")
        if at_most is not None and value > at_most:
            raise ValueError(f"[{self.name}] {key}: at most {at_most:g} is expected, got {value!r}")
        return float(value)

    def numbers(self, *, exactly: tuple[str, ...] | None = None, at_most: float | None = None) -> dict[str, float]:
        """Every name with its number; `exactly` says which names are expected."""
        names = exactly if exactly is not None else tuple(self.left)
        values = {name: self.number(name, at_most=at_most) for name in names}
        self.finish()
        return values

    def finish(self) -> None:
        """Refuse whatever nobody read."""
        if self.left:
            raise ValueError(f"[{self.name}]: unknown name(s) {', '.join(sorted(self.left))}")
