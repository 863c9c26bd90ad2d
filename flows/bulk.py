"""Frames into tables and back, set by set, the same way on both databases.

Every write goes through a staging table that only its own connection sees: COPY fills it on PostgreSQL, executemany on
SQLite. It is temporary, so a killed run leaves nothing behind, and PostgreSQL writes no WAL for it.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, cast

import polars as pl
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Date,
    Float,
    FromClause,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    delete,
    exists,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from schemas.tables.columns import JsonObject, Points, TextList, UtcDateTime

INSTANT = pl.Datetime("us", "UTC")
INSTANT_TEXT = "%Y-%m-%d %H:%M:%S%.6f"  # what SQLAlchemy itself stores on SQLite
NULL_MARK = "\\N"
_stage_numbers = itertools.count(1)


def dtype_of(type_: TypeEngine[Any]) -> pl.DataType:
    """The polars type in which a column of this SQL type is read and written."""
    match type_:
        case UtcDateTime():
            return INSTANT
        case TextList():
            return pl.List(pl.String())
        case Points() | Float():
            return pl.Float64()
        case Boolean():
            return pl.Boolean()
        case Integer():  # BigInteger too
            return pl.Int64() if type_.__visit_name__ == "big_integer" else pl.Int32()
        case Date():
            return pl.Date()
        case _:
            return pl.String()


def schema_of(table: FromClause) -> dict[str, pl.DataType]:
    """Column names and polars types of a table or view."""
    return {column.name: dtype_of(column.type) for column in table.columns}


def fit(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The frame with exactly the table's columns and types.

    A missing column that may be null is filled with null, a list for a text column is joined by semicolons, a struct
    for a JSON column becomes its text.

    Raises:
        ValueError: a column that the table does not have, or a required one that is missing; names both.
    """
    extra = [name for name in frame.columns if name not in table.columns]
    missing = [c.name for c in table.columns if c.name not in frame.columns and not c.nullable]
    if extra or missing:
        raise ValueError(
            f"table {table.name}: columns do not fit: "
            f"unknown {', '.join(extra) or 'none'}; missing {', '.join(missing) or 'none'}"
        )
    found = frame.schema
    return frame.select(_fitted(column, found.get(column.name)).alias(column.name) for column in table.columns)


def _fitted(column: Column[Any], found: pl.DataType | None) -> pl.Expr:
    wanted = dtype_of(column.type)
    if found is None:
        return pl.lit(None, wanted)
    value = pl.col(column.name)
    if wanted == pl.String and isinstance(found, pl.List):
        return value.cast(pl.List(pl.String)).list.join(";")
    if wanted == pl.String and isinstance(found, pl.Struct):
        return value.struct.json_encode()
    if wanted == pl.String and isinstance(found, pl.Null | pl.String):
        return value.cast(pl.String).str.replace_all("\x00", "", literal=True)  # PostgreSQL refuses NUL
    return value.cast(wanted).round(2) if isinstance(column.type, Points) else value.cast(wanted)


def json_text(name: str) -> pl.Expr:
    """A column as JSON text, null staying null."""
    encoded = pl.struct(pl.col(name).alias("v")).struct.json_encode()
    return pl.when(pl.col(name).is_null()).then(None).otherwise(encoded.str.slice(5).str.head(-1)).alias(name)


# -------------------------------------------------------------------------------------------------------- reading


def read_frame(
    connection: Connection,
    table: FromClause,
    where: ColumnElement[bool] | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """The rows of a table or view as a frame of its types, ordered by its key; JSON columns as their text.

    `limit` takes the first rows by the key.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    query = select(*(_raw(column, is_sqlite) for column in table.columns))
    if where is not None:
        query = query.where(where)
    if limit is not None:
        query = query.order_by(*table.primary_key).limit(limit)
    rows = [tuple(row) for row in connection.execute(query)]
    raw = {c.name: _raw_dtype(dtype_of(c.type), is_sqlite, c.type) for c in table.columns}
    frame = pl.DataFrame(rows, schema=raw, orient="row")
    frame = frame.select(_decoded(name, dtype, raw[name]) for name, dtype in schema_of(table).items())
    # sorted here and not by the database: its collation may differ, ours never does
    keys = [column.name for column in table.primary_key] if isinstance(table, Table) else []
    return frame.sort(keys) if keys else frame


def _raw(column: ColumnElement[Any], is_sqlite: bool) -> ColumnElement[Any]:
    """The column as the driver has it, without a Python call for every value."""
    if isinstance(column.type, TextList | JsonObject):
        raw: ColumnElement[Any] = type_coerce(column, Text) if is_sqlite else sql_cast(column, Text)
    elif isinstance(column.type, Points):
        raw = sql_cast(column, Float(53))
    elif is_sqlite and isinstance(column.type, UtcDateTime | Date):
        raw = type_coerce(column, Text)
    elif is_sqlite and isinstance(column.type, Boolean):
        raw = type_coerce(column, Integer)
    else:
        return type_coerce(column, postgresql.TIMESTAMP(True)) if isinstance(column.type, UtcDateTime) else column
    return raw


def _raw_dtype(dtype: pl.DataType, is_sqlite: bool, type_: TypeEngine[Any]) -> pl.DataType:
    if isinstance(type_, TextList):
        return pl.String()
    if is_sqlite and dtype in (INSTANT, pl.Date):
        return pl.String()
    if is_sqlite and dtype == pl.Boolean:
        return pl.Int32()
    return dtype


def _decoded(name: str, dtype: pl.DataType, raw: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if dtype == raw:
        return value
    if dtype == INSTANT:
        return value.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", time_zone="UTC")
    if dtype == pl.Date:
        return value.str.to_date("%Y-%m-%d")
    if isinstance(dtype, pl.List):
        return value.str.json_decode(dtype)
    return value.cast(dtype)


# -------------------------------------------------------------------------------------------------------- staging


def stage(connection: Connection, table: Table, frame: pl.DataFrame, label: str = "rows") -> Table:
    """A temporary table with the columns of `table`, filled with the frame; `drop_stage` removes it."""
    number = next(_stage_numbers)
    name = f"staging_{label}_{table.name}"[:55] + f"_{number}"
    staged = Table(name, MetaData(), *(Column(c.name, c.type) for c in table.columns), prefixes=["TEMPORARY"])
    staged.create(connection)
    load(connection, staged, fit(frame, staged))
    if connection.dialect.name == "sqlite":  # PostgreSQL hashes, SQLite would scan the stage once a row
        columns = ", ".join(f'"{name}"' for name in (keys_of(table) or staged.columns.keys()))
        connection.execute(text(f'CREATE INDEX temp."ix_{name}" ON "{name}" ({columns})'))
    return staged


def drop_stage(connection: Connection, *staged: Table) -> None:
    """Remove staging tables."""
    for table in staged:
        connection.execute(text(f'DROP TABLE "{table.name}"'))


def load(connection: Connection, staged: Table, frame: pl.DataFrame) -> None:
    """Fill a staging table: COPY on PostgreSQL, executemany on SQLite."""
    if frame.is_empty():
        return
    names = ", ".join(f'"{column.name}"' for column in staged.columns)
    plain = frame.select(_stored(name, dtype) for name, dtype in frame.schema.items())
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in plain.columns)
        connection.exec_driver_sql(f'INSERT INTO "{staged.name}" ({names}) VALUES ({marks})', plain.rows())
        return
    driver = cast(Any, connection.connection.driver_connection)
    with driver.cursor() as cursor:
        copy = f"COPY \"{staged.name}\" ({names}) FROM STDIN (FORMAT csv, NULL '{NULL_MARK}')"
        with cursor.copy(copy) as sink:
            for part in plain.iter_slices(50_000):
                csv = part.write_csv(include_header=False, quote_style="non_numeric", null_value=NULL_MARK)
                sink.write(csv.encode())
        cursor.execute(f'ANALYZE "{staged.name}"')


def _stored(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.strftime(INSTANT_TEXT)
    if dtype == pl.Date:
        return pl.col(name).dt.strftime("%Y-%m-%d")
    return json_text(name) if isinstance(dtype, pl.List) else pl.col(name)


# -------------------------------------------------------------------------------------------------------- writing


def keys_of(table: Table) -> list[str]:
    """Names of the primary key's columns."""
    return [column.name for column in table.primary_key]


def upsert(connection: Connection, table: Table, staged: Table, where: ColumnElement[bool] | None = None) -> int:
    """Insert the staged rows and change those that differ; returns the rows written."""
    names = [column.name for column in table.columns]
    rows = select(*(staged.columns[name] for name in names)).where(text("true") if where is None else where)
    insert = _insert(connection, table).from_select(names, rows)
    keys = keys_of(table)
    rest = [name for name in names if name not in keys]
    if not rest:
        statement: Any = insert.on_conflict_do_nothing(index_elements=keys)
    else:
        statement = insert.on_conflict_do_update(
            index_elements=keys,
            set_={name: insert.excluded[name] for name in rest},
            where=or_(*(_differs(table.columns[name], insert.excluded[name]) for name in rest)),
        )
    return _count(connection, statement)


def insert_missing(connection: Connection, table: Table, staged: Table) -> int:
    """Insert the staged rows whose key is not there yet; returns how many."""
    names = [column.name for column in table.columns]
    rows = select(*(staged.columns[name] for name in names)).where(text("true"))
    statement = (
        _insert(connection, table).from_select(names, rows).on_conflict_do_nothing(index_elements=keys_of(table))
    )
    return _count(connection, statement)


def delete_staged(connection: Connection, table: Table, staged: Table) -> int:
    """Delete the rows whose key is staged."""
    same = and_(*(table.columns[key] == staged.columns[key] for key in keys_of(table)))
    return _count(connection, delete(table).where(exists().where(same)))


def delete_unstaged(connection: Connection, table: Table, staged: Table, where: ColumnElement[bool]) -> int:
    """Delete the rows inside `where` whose key is not staged."""
    same = and_(*(table.columns[key] == staged.columns[key] for key in keys_of(table)))
    return _count(connection, delete(table).where(where, ~exists().where(same)))


def sync(connection: Connection, table: Table, frame: pl.DataFrame, where: Mapping[str, Any]) -> tuple[int, int]:
    """Make the table, or the slice where the columns have these values, equal to the frame.

    Returns:
        Rows written and rows deleted.

    Raises:
        ValueError: the frame does not fit, or holds rows outside the slice.
    """
    fitted = fit(frame, table)
    inside = pl.all_horizontal(pl.lit(True), *(pl.col(name).eq_missing(pl.lit(value)) for name, value in where.items()))
    if outside := fitted.filter(~inside).height:
        raise ValueError(f"table {table.name}: {outside} rows lie outside the slice {dict(where)}")
    if fitted.select(keys_of(table)).is_duplicated().any():
        raise ValueError(f"table {table.name}: the key {', '.join(keys_of(table))} comes twice")
    staged = stage(connection, table, fitted)
    condition = and_(text("true"), *(table.columns[name] == value for name, value in where.items()))
    deleted = delete_unstaged(connection, table, staged, condition)
    written = upsert(connection, table, staged)
    drop_stage(connection, staged)
    return written, deleted


def within(column: ColumnElement[Any], staged: Table, name: str) -> ColumnElement[bool]:
    """Whether the column's value is among the staged ones."""
    return column.in_(select(staged.columns[name]))


def stage_values(connection: Connection, name: str, values: Iterable[Any], dtype: pl.DataType | None = None) -> Table:
    """A staging table of one column, for `within`; any number of values fits."""
    frame = pl.DataFrame({name: sorted(set(values))}, schema={name: dtype or pl.String()})
    like = Table("values", MetaData(), Column(name, Text if dtype is None else postgresql.BIGINT))
    return stage(connection, like, frame)


def stage_texts(connection: Connection, frame: pl.DataFrame) -> Table:
    """A staging table of text columns that belong to no table."""
    return stage(connection, Table("texts", MetaData(), *(Column(name, Text) for name in frame.columns)), frame)


def as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A JSON column as the text that it was written as."""
    return sql_cast(column, Text)


def _differs(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[bool]:
    if isinstance(old.type, TextList | JsonObject):  # PostgreSQL's json has no equality
        return sql_cast(old, Text).is_distinct_from(sql_cast(new, Text))
    return old.is_distinct_from(new)


def _insert(connection: Connection, table: Table) -> Any:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _count(connection: Connection, statement: Any) -> int:
    # without this option SQLAlchemy forgets what an INSERT counted on PostgreSQL
    done = connection.execute(statement, execution_options={"preserve_rowcount": True})
    return max(cast("CursorResult[Any]", done).rowcount, 0)
