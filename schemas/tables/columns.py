"""Column types that behave alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Numeric
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant: timestamptz on PostgreSQL, text without a zone (always UTC) on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse instants without a zone: nobody could say what they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TextList(TypeDecorator[list[str]]):
    """A list of texts, stored as a JSON array."""

    # JSON and not JSONB: the stored text stays as it was written, so both databases hold equal rows
    impl = JSON
    cache_ok = True


class JsonObject(TypeDecorator[Any]):
    """Any JSON value; frames hold it as its text."""

    impl = JSON(none_as_null=True)
    cache_ok = True


class Points(TypeDecorator[float]):
    """A score from 0 to 100 with two decimals, read back as a float."""

    impl = Numeric(5, 2, asdecimal=False)
    cache_ok = True
