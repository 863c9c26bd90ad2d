"""How alembic reaches the database: the address comes in `config.attributes["url"]`, or by hand as `-x url=...`."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlalchemy.types import TypeEngine

from schemas.tables import metadata
from schemas.tables.columns import JsonObject, Points, TextList, UtcDateTime

MIGRATION_LOCK = 7_021_990_001  # any number of ours: two processes that migrate at once wait for each other


def render_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types into new migrations as what they are underneath, so that a script never changes."""
    names: dict[type[TypeEngine[Any]], str] = {
        UtcDateTime: "sa.DateTime(timezone=True)",
        TextList: "sa.JSON()",
        JsonObject: "sa.JSON()",
        Points: "sa.Numeric(5, 2)",
    }
    if kind == "type" and type(item).__name__ == "AutoString":
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return names.get(type(item), False) if kind == "type" else False


def run() -> None:
    """Run the scripts in one transaction."""
    url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if not url:
        raise SystemExit('alembic needs a database: config.attributes["url"], or `alembic -x url=sqlite:///FILE ...`')
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_type,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            context.run_migrations()
    engine.dispose()


run()
