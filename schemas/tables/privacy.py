"""Privacy: who objected, as keyed hashes only (the pepper lives outside the database)."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from schemas.tables.columns import UtcDateTime


class SuppressionRow(SQLModel, table=True):
    """One keyed hash of one identity that may not be stored or shown."""

    __tablename__ = "suppression"

    key_hash: str = Field(primary_key=True)
    scope: str
    reason: str
    since: datetime = Field(sa_type=UtcDateTime)
