"""Observed: one row per source record version, never overwritten (privacy excepted).

The columns of the first five tables are those of their frame in `schemas.frames.OBSERVED_FRAMES`, then the stamps; a
test holds them equal.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from schemas.tables.columns import JsonObject, TextList, UtcDateTime


class ObservedVersion(SQLModel):
    """What every version begins with."""

    source: str = Field(primary_key=True)
    source_key: str = Field(primary_key=True)


class Stamps(SQLModel):
    """When a version was seen and where it came from.

    `observed_from` is the first sighting, `observed_to` (half-open) the first sighting of something else or of its
    absence; null while it stands. `fetched_at` is null for imported answers.
    """

    observed_from: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    observed_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    payload_sha256: str
    row_hash: str


class LegalUnitVersion(Stamps, ObservedVersion, table=True):
    """One version of one register's record of a legal unit."""

    __tablename__ = "legal_units"

    name: str | None
    other_names: list[str] = Field(sa_type=TextList)
    country_code: str | None
    national_id: str | None
    national_id_scheme: str | None
    lei: str | None
    vat_number: str | None
    legal_form_code: str | None
    legal_form_scheme: str | None
    entity_category: str | None
    is_natural_person: bool
    diffusion: str
    life_status: str
    created_on: date | None
    ceased_on: date | None
    successor_key: str | None
    activity_code: str | None
    activity_code_scheme: str | None
    size_category: str | None
    employees_band: str | None
    employees_year: int | None
    address_line: str | None
    postal_code: str | None
    city: str | None
    region_code: str | None
    hq_country_code: str | None
    sites_count: int | None
    sites_open_count: int | None
    has_responsible_buyer_label: bool | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class EstablishmentVersion(Stamps, ObservedVersion, table=True):
    """One version of one site."""

    __tablename__ = "establishments"
    __table_args__ = (Index("ix_establishments_unit", "source", "unit_key"),)

    unit_key: str
    name: str | None
    is_head_office: bool
    site_status: str
    diffusion: str
    address_line: str | None
    postal_code: str | None
    city: str | None
    region_code: str | None
    country_code: str | None
    activity_code: str | None
    employees_band: str | None
    opened_on: date | None
    closed_on: date | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class AppointmentVersion(Stamps, ObservedVersion, table=True):
    """One version of one office held; a birth month may stand in it and in its key, and leaves this layer nowhere."""

    __tablename__ = "appointments"
    __table_args__ = (Index("ix_appointments_unit", "source", "unit_key"),)

    unit_key: str
    officer_kind: str
    family_name: str | None
    usage_name: str | None
    given_names: str | None
    birth_month: str | None
    organisation_name: str | None
    organisation_id: str | None
    officer_id: str | None
    title: str | None
    role: str
    office_group: str
    started_on: date | None
    ended_on: date | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class RelationshipVersion(Stamps, ObservedVersion, table=True):
    """One version of one relationship between two legal units."""

    __tablename__ = "relationships"
    __table_args__ = (Index("ix_relationships_parent", "source", "parent_key"),)

    kind: str
    child_key: str
    parent_key: str | None
    exception_reason: str | None
    is_active: bool
    registration_status: str | None
    started_on: date | None
    ended_on: date | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class FinancialStatementVersion(Stamps, ObservedVersion, table=True):
    """One version of one closing year."""

    __tablename__ = "financial_statements"
    __table_args__ = (Index("ix_financial_statements_unit", "source", "unit_key"),)

    unit_key: str
    closing_year: int
    closed_on: date | None
    scope: str
    revenue_eur: float | None
    net_income_eur: float | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class NoticeVersion(Stamps, ObservedVersion, table=True):
    """One version of what a legal notice says of one company."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_unit", "source", "unit_key"),)

    notice_key: str
    unit_key: str
    party: str
    is_natural_person: bool
    family: str
    kind: str
    published_on: date
    administration: str | None
    description: str | None
    judgement_kind: str | None
    effective_on: date | None
    capital_amount: float | None
    capital_currency: str | None
    corrects_key: str | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class PageVersion(Stamps, ObservedVersion, table=True):
    """One version of what a company's own page says of its publisher."""

    __tablename__ = "pages"
    __table_args__ = (Index("ix_pages_domain", "source", "domain"),)

    url: str
    domain: str
    kind: str
    language: str | None
    title: str | None
    canonical_url: str | None
    legal_names: list[str] = Field(sa_type=TextList)
    claims: list[str] = Field(sa_type=TextList)
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class CorroborationVersion(Stamps, ObservedVersion, table=True):
    """One version of one statement by a source that anybody may write."""

    __tablename__ = "corroborations"
    __table_args__ = (Index("ix_corroborations_unit", "source", "unit_key"),)

    unit_key: str
    property: str
    value: str
    is_preferred: bool
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class ContractAwardVersion(Stamps, ObservedVersion, table=True):
    """One version of one legal unit's part in a public contract."""

    __tablename__ = "contract_awards"
    __table_args__ = (Index("ix_contract_awards_unit", "source", "unit_key"),)

    contract_key: str
    unit_key: str
    unit_scheme: str
    party: str
    stage: str
    buyer_name: str | None
    country_code: str | None
    cpv_code: str | None
    amount_eur: float | None
    duration_months: int | None
    tenders_count: int | None
    awarded_on: date | None
    published_on: date | None
    record_updated_at: datetime | None = Field(sa_type=UtcDateTime)


class Sighting(SQLModel, table=True):
    """When a record was seen, or was missed by a good full load (`load_id` null).

    Versions alone forget the nights on which nothing changed; a late answer needs them to know how long it held. Three
    integers a row, because every record of every night has one: `record_id` hashes frame, source and source key,
    `seen_us` is the instant in microseconds, `load_id` names the payload.
    """

    __tablename__ = "sightings"
    __table_args__ = {"sqlite_with_rowid": False}

    record_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    seen_us: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    load_id: int | None = Field(sa_type=BigInteger)


class LoadRow(SQLModel, table=True):
    """The payload behind a sighting: a hash of source, fetch instant and payload as they were first read."""

    __tablename__ = "loads"

    load_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    source: str
    fetched_at: datetime | None = Field(sa_type=UtcDateTime)
    payload_sha256: str = Field(index=True)


class PayloadRow(SQLModel, table=True):
    """The register of archived answers: what evidence points to."""

    __tablename__ = "payloads"

    sha256: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    key: str
    url: str
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    observed_from: datetime = Field(sa_type=UtcDateTime)
    replaced_by: str | None = None


class SourceSnapshot(SQLModel, table=True):
    """How complete one load of one scope was."""

    __tablename__ = "source_snapshots"

    source: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    observed_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    kind: str
    frame: str
    unit_key: str | None = None
    night: date
    is_full: bool
    is_good: bool
    count: int
    reason: str | None = None
    records: int | None = None
    quarantined: int | None = None
    filled: Any = Field(default=None, sa_type=JsonObject, nullable=True)
    released_by: str | None = None


class HeardField(SQLModel, table=True):
    """A field of a source that nobody reads, and when it was first heard: it is told once."""

    __tablename__ = "heard_fields"

    source: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    first_heard_at: datetime = Field(sa_type=UtcDateTime)


class QuarantinedRecord(SQLModel, table=True):
    """A record that could not be read, with its reason."""

    __tablename__ = "quarantine"

    source: str = Field(primary_key=True)
    payload_sha256: str = Field(primary_key=True)
    source_key: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


class WatermarkRow(SQLModel, table=True):
    """How far a source has been read."""

    __tablename__ = "watermarks"

    source: str = Field(primary_key=True)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cursor: Any = Field(default=None, sa_type=JsonObject, nullable=True)
    moved_at: datetime = Field(sa_type=UtcDateTime)
