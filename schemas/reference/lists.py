"""The one reader of the csv lists that ship beside this file."""

import csv
import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def read_list(name: str) -> tuple[dict[str, str], ...]:
    """All rows of `<name>.csv`, in the file's order, as texts; an empty text is an unknown value."""
    text = resources.files("schemas.reference").joinpath(f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def labels_of(name: str, value: str = "label") -> dict[str, str]:
    """Column `value` of a list by its code."""
    return {row["code"]: row[value] for row in read_list(name)}


@cache
def read_numbers(name: str) -> dict[str, Any]:
    """The content of `<name>.json`."""
    content: dict[str, Any] = json.loads(
        resources.files("schemas.reference").joinpath(f"{name}.json").read_text("utf-8")
    )
    return content
