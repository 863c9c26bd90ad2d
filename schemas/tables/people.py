"""People: which appointment record founded which person id. No CRM grants, never exported, never logged."""

from sqlmodel import Field, SQLModel


class PersonRow(SQLModel, table=True):
    """One natural person inside one entity's rosters; source_key may hold a birth month and stays here."""

    __tablename__ = "people"

    person_id: str = Field(primary_key=True)
    source: str
    source_key: str
