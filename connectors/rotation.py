"""Whose turn it is: a large universe is asked in seven parts, one a day, always in the same ones."""

from datetime import date
from zlib import crc32

PARTS = 7


def is_turn_of(identifier: str, day: date) -> bool:
    """Whether this is the identifier's day of the week; each has exactly one."""
    return crc32(identifier.encode()) % PARTS == day.toordinal() % PARTS
