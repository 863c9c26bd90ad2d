"""Resolved: what linking and ownership decided, as of the last run."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from schemas.tables.columns import UtcDateTime


class RegisteredIdRow(SQLModel, table=True):
    """Which record founded an id, and when; never recomputed."""

    __tablename__ = "id_registry"

    id: str = Field(primary_key=True)
    kind: str
    source: str
    source_key: str = Field(index=True)
    n: int
    minted_at: datetime = Field(sa_type=UtcDateTime)


class EntityRecordRow(SQLModel, table=True):
    """Which records are one entity."""

    __tablename__ = "entity_records"

    source: str = Field(primary_key=True)
    source_key: str = Field(primary_key=True)
    entity_id: str = Field(index=True)
    confidence: float


class CandidatePairRow(SQLModel, table=True):
    """Two records that may be one, with score and reasons."""

    __tablename__ = "candidate_pairs"

    left_record: str = Field(primary_key=True)
    right_record: str = Field(primary_key=True)
    score: float
    band: str
    reasons: str


class JudgementRow(SQLModel, table=True):
    """A human's word on two records."""

    __tablename__ = "judgements"

    left_record: str = Field(primary_key=True)
    right_record: str = Field(primary_key=True)
    judgement: str
    judged_by: str | None = None
    judged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GroupLinkRow(SQLModel, table=True):
    """A dated link from a child entity to its parent."""

    __tablename__ = "group_links"

    link_id: str = Field(primary_key=True)
    kind: str
    child_entity_id: str = Field(index=True)
    parent_entity_id: str | None = Field(default=None, index=True)
    parent_key: str | None = None
    exception_reason: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str


class GroupAnchorRow(SQLModel, table=True):
    """Which head entity a group's id stands on, as the last night left it."""

    __tablename__ = "group_anchors"

    group_id: str = Field(primary_key=True)
    head_entity_id: str
    minted_at: datetime = Field(sa_type=UtcDateTime)
    status: str


class AccountMatchRow(SQLModel, table=True):
    """What one CRM account was matched to, with the name that the CRM gave it."""

    __tablename__ = "account_matches"

    account_id: str = Field(primary_key=True)
    rank: int = Field(primary_key=True)
    account_name: str | None = None
    match_status: str
    entity_id: str | None = None
    score: float | None = None
    band: str
    reasons: str


class CrmAccountRow(SQLModel, table=True):
    """One account of the CRM's file."""

    __tablename__ = "crm_accounts"

    account_id: str = Field(primary_key=True)
    name: str | None = None
    country_code: str | None = None
    city: str | None = None
    postal_code: str | None = None
    address: str | None = None
    national_id: str | None = None
    national_id_scheme: str | None = None
    lei: str | None = None
    vat_number: str | None = None
    domain: str | None = None


class UniverseRow(SQLModel, table=True):
    """Why an entity is covered by the nights."""

    __tablename__ = "universe"

    entity_id: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)


class MassChangeRow(SQLModel, table=True):
    """So many changes of one kind of one source in one night that a named operator has to decide about them."""

    __tablename__ = "mass_changes"

    mass_id: str = Field(primary_key=True)
    source: str
    kind: str
    night: date
    change_count: int
    officers_count: int
    threshold: float
    reason: str
    held_at: datetime = Field(sa_type=UtcDateTime)
    state: str
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MassMemberRow(SQLModel, table=True):
    """Which mass a change belongs to."""

    __tablename__ = "mass_change_members"

    change_id: str = Field(primary_key=True)
    mass_id: str


class DomainTieRow(SQLModel, table=True):
    """Whose web domain it is by its own pages, and which claims forbid to say so."""

    __tablename__ = "domain_ties"

    domain: str = Field(primary_key=True)
    scheme: str = Field(primary_key=True)
    identifier: str = Field(primary_key=True)
    status: str
    method: str
    quote: str | None = None
    reason: str
    source: str
    source_key: str
    payload_sha256: str
    observed_at: datetime = Field(sa_type=UtcDateTime)
