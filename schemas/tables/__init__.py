"""The tables of the database in their layers; importing this package knows them all."""

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

from schemas.tables import observed, people, privacy, published, resolved, runs
from schemas.tables.published import V_PROSPECT

__all__ = ["V_PROSPECT", "metadata", "observed", "people", "privacy", "published", "resolved", "runs", "table_named"]

metadata: MetaData = SQLModel.metadata


def table_named(name: str) -> Table:
    """The table or view of this name.

    Raises:
        KeyError: there is none; names the ones there are.
    """
    if name == V_PROSPECT.name:
        return V_PROSPECT
    if name not in metadata.tables:
        raise KeyError(f"no table is called {name!r}; known: {', '.join(sorted(metadata.tables))}")
    return metadata.tables[name]
