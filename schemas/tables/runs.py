"""The ledger: what ran, when, for whom; the only tables with wall-clock times."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from schemas.tables.columns import JsonObject, UtcDateTime


class RunRow(SQLModel, table=True):
    """One run of one kind at one instant; run again after a crash it keeps its id and counts its attempts.

    The id says kind and instant, so that the feed of a run that was killed and played again equals the feed of a run
    that was not.
    """

    __tablename__ = "run"

    run_id: str = Field(primary_key=True)
    kind: str
    instant: datetime = Field(sa_type=UtcDateTime)
    state: str
    attempts: int
    started_at: datetime = Field(sa_type=UtcDateTime)
    heartbeat_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    holder: str
    fencing_token: int = Field(sa_type=BigInteger)
    parameters: Any = Field(default=None, sa_type=JsonObject, nullable=True)
    summary: Any = Field(default=None, sa_type=JsonObject, nullable=True)


class RunLockRow(SQLModel, table=True):
    """The one lock: who holds it; the fencing token grows with every holder."""

    __tablename__ = "run_lock"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    fencing_token: int = Field(sa_type=BigInteger)
    run_id: str | None = None
    holder: str | None = None
    acquired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
