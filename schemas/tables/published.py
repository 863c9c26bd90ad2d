"""Published: the CRM's contract (singular names). Meanings: docs/glossary.md and the product's column list.

Nothing here may hold a birth date or month, a home address, a nationality or a private contact; a test holds the
columns against an allow list. What moves every night or by calendar alone stands in profile_check and profile_timing,
so that a profile row is rewritten only when a value visible to the CRM changes.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, Table
from sqlmodel import Field, SQLModel

from schemas.tables.columns import JsonObject, Points, TextList, UtcDateTime


class ProspectProfile(SQLModel, table=True):
    """One explained row a prospect. Texts marked `;` are lists joined by semicolons."""

    __tablename__ = "prospect_profile"

    profile_id: str = Field(primary_key=True, max_length=32)
    entity_kind: str = Field(max_length=16)
    status: str = Field(max_length=16)
    merged_into_id: str | None = Field(default=None, max_length=32)
    name: str | None = Field(default=None, max_length=255)
    legal_name: str | None = Field(default=None, max_length=255)
    aliases: str | None = Field(default=None, max_length=1000)  # ;
    country_code: str | None = Field(default=None, max_length=2)
    national_id: str | None = Field(default=None, max_length=32)
    national_id_scheme: str | None = Field(default=None, max_length=16)
    lei: str | None = Field(default=None, max_length=20)
    vat_number: str | None = Field(default=None, max_length=16)
    domain: str | None = Field(default=None, max_length=255)
    hq_address: str | None = Field(default=None, max_length=255)
    hq_postal_code: str | None = Field(default=None, max_length=16)
    hq_city: str | None = Field(default=None, max_length=120)
    hq_region_code: str | None = Field(default=None, max_length=8)
    activity_code: str | None = Field(default=None, max_length=8)
    activity_code_scheme: str | None = Field(default=None, max_length=12)
    activity_label: str | None = Field(default=None, max_length=255)
    size_category: str | None = Field(default=None, max_length=8)
    employees_min: int | None = None
    employees_max: int | None = None
    employees_scope: str | None = Field(default=None, max_length=16)
    revenue_eur: float | None = None
    revenue_scope: str | None = Field(default=None, max_length=16)
    net_income_eur: float | None = None
    financials_year: int | None = None
    parent_id: str | None = Field(default=None, max_length=32, index=True)
    ultimate_parent_id: str | None = Field(default=None, max_length=32, index=True)
    ultimate_parent_name: str | None = Field(default=None, max_length=255)
    ultimate_parent_country: str | None = Field(default=None, max_length=2)
    group_role: str | None = Field(default=None, max_length=16)
    group_entity_count: int | None = None
    group_depth: int | None = None
    group_is_complete: bool | None = None
    sites_open_count: int | None = None
    regions_count: int | None = None
    countries_count: int | None = None
    countries: str | None = Field(default=None, max_length=1000)  # ;
    presence_level: str | None = Field(default=None, max_length=16)
    procurement_evidence: str | None = Field(default=None, max_length=1000)  # ;
    executives_count: int | None = None
    top_executive_name: str | None = Field(default=None, max_length=160)
    top_executive_title: str | None = Field(default=None, max_length=160)
    last_exec_change_on: date | None = None
    risk_flags: str | None = Field(default=None, max_length=1000)  # ;
    key_account_score: float | None = Field(default=None, sa_type=Points)
    score_conservative: float | None = Field(default=None, sa_type=Points, index=True)
    score_low: float | None = Field(default=None, sa_type=Points)
    score_high: float | None = Field(default=None, sa_type=Points)
    score_coverage: int | None = None
    criteria_met: int | None = None
    criteria_unknown: int | None = None
    gate_presence: bool | None = None
    gate_buying: bool | None = None
    gate_potential: bool | None = None
    key_account_tier: str | None = Field(default=None, max_length=1)
    risk_score: float | None = Field(default=None, sa_type=Points)
    score_reasons: str | None = Field(default=None, max_length=255)
    score_version: str | None = Field(default=None, max_length=16)
    match_confidence: float | None = None
    entity_id: str | None = Field(default=None, max_length=32)  # the anchor entity
    updated_at: datetime = Field(sa_type=UtcDateTime)
    change_seq: int = Field(sa_type=BigInteger, unique=True)


class ProfileChange(SQLModel, table=True):
    """The change feed: one row each time a value visible to the CRM moves, in commit order."""

    __tablename__ = "profile_change"

    change_seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    profile_id: str = Field(max_length=32, index=True)
    op: str = Field(max_length=8)
    changed_fields: list[str] = Field(sa_type=TextList)
    before: Any = Field(default=None, sa_type=JsonObject, nullable=True)
    after: Any = Field(default=None, sa_type=JsonObject, nullable=True)
    run_id: str
    committed_at: datetime = Field(sa_type=UtcDateTime)


class FeedHead(SQLModel, table=True):
    """One row: the newest change_seq. Whoever publishes locks it first."""

    __tablename__ = "feed_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    change_seq: int = Field(sa_type=BigInteger)


class ProfileCheck(SQLModel, table=True):
    """The newest fetch instant that confirmed the row; moves without moving the profile."""

    __tablename__ = "profile_check"

    profile_id: str = Field(primary_key=True, max_length=32)
    last_verified_at: datetime = Field(sa_type=UtcDateTime)


class ProfileTimingRow(SQLModel, table=True):
    """What moves by calendar alone."""

    __tablename__ = "profile_timing"

    profile_id: str = Field(primary_key=True, max_length=32)
    now_score: float = Field(sa_type=Points)
    priority_score: float = Field(sa_type=Points)
    new_exec_window_open: bool
    new_exec_window_until: date | None = None


class ProfileEvidence(SQLModel, table=True):
    """Where the chosen values of one profile come from: statements, and a map from field to its statement."""

    __tablename__ = "profile_evidence"

    profile_id: str = Field(primary_key=True, max_length=32)
    evidence: Any = Field(sa_type=JsonObject)


class FieldProvenance(SQLModel, table=True):
    """What else was claimed of one field: rejected, conflicting and derived values only."""

    __tablename__ = "field_provenance"

    profile_id: str = Field(primary_key=True, max_length=32)
    field: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    source_key: str = Field(primary_key=True)
    value: str | None = None
    status: str = Field(max_length=16)
    payload_sha256: str | None = None
    observed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    method: str
    confidence: float


class ScoreDetailRow(SQLModel, table=True):
    """One component of one profile's score."""

    __tablename__ = "score_detail"

    profile_id: str = Field(primary_key=True, max_length=32)
    component: str = Field(primary_key=True)
    weight: float
    value: float | None = None
    points: float | None = None
    evidence: str | None = None


class Executive(SQLModel, table=True):
    """One mandate as a CRM may see it.

    `mandate_id` is opaque: the appointment's own key can hold a birth month, so a key of parts (`|`) is refused.
    """

    __tablename__ = "executive"
    __table_args__ = (CheckConstraint("mandate_id NOT LIKE '%|%'", name="ck_executive_mandate_id_is_opaque"),)

    profile_id: str = Field(primary_key=True, max_length=32)
    mandate_id: str = Field(primary_key=True)
    entity_id: str
    person_id: str | None = Field(default=None, index=True)
    officer_kind: str
    full_name: str
    title: str | None = None
    role: str
    office_group: str
    started_on: date | None = None
    started_on_basis: str
    ended_on: date | None = None
    is_current: bool
    missing_snapshots: int
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    source: str
    payload_sha256: str


class ExecutiveChangeRow(SQLModel, table=True):
    """Who arrived, left or changed title; the appointment's key stays in the observed layer (birth month)."""

    __tablename__ = "executive_change"

    profile_id: str = Field(primary_key=True, max_length=32)
    change_id: str = Field(primary_key=True)
    entity_id: str
    person_id: str | None = Field(default=None, index=True)
    officer_kind: str
    full_name: str
    kind: str
    status: str
    context: list[str] = Field(sa_type=TextList)
    from_title: str | None = None
    to_title: str | None = None
    role: str
    office_group: str
    effective_on: date | None = None
    seen_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    missing_snapshots: int | None = None
    confidence: float
    source: str
    payload_sha256: str
    detected_at: datetime = Field(sa_type=UtcDateTime)


class PublishedGroupLink(SQLModel, table=True):
    """The published tree: profiles and entities of child and parent; a parent may be known by its key only."""

    __tablename__ = "group_link"

    link_id: str = Field(primary_key=True)
    kind: str
    child_id: str | None = Field(default=None, max_length=32, index=True)
    parent_id: str | None = Field(default=None, max_length=32, index=True)
    child_entity_id: str
    parent_entity_id: str | None = None
    parent_key: str | None = None
    exception_reason: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str


class PresenceEvidenceRow(SQLModel, table=True):
    """What proves one country for one profile."""

    __tablename__ = "presence_evidence"

    profile_id: str = Field(primary_key=True, max_length=32)
    country_code: str = Field(primary_key=True, max_length=2)
    kind: str = Field(primary_key=True)
    entity_id: str = Field(primary_key=True)
    count: int
    source: str
    source_key: str


class PublishedAccountMatch(SQLModel, table=True):
    """Which profile a CRM account is, or why none."""

    __tablename__ = "account_match"

    account_id: str = Field(primary_key=True)
    rank: int = Field(primary_key=True)
    account_name: str | None = None
    match_status: str
    profile_id: str | None = Field(default=None, max_length=32, index=True)
    entity_id: str | None = None
    score: float | None = None
    band: str
    reasons: str


class IdRedirectRow(SQLModel, table=True):
    """An id that lost a merge and the id that survives (never a chain)."""

    __tablename__ = "id_redirect"

    old_id: str = Field(primary_key=True, max_length=32)
    new_id: str = Field(max_length=32, index=True)


class Tombstone(SQLModel, table=True):
    """A profile that was published once and may not be shown any more."""

    __tablename__ = "tombstone"

    profile_id: str = Field(primary_key=True, max_length=32)
    reason: str
    deleted_at: datetime = Field(sa_type=UtcDateTime)


def _view() -> Table:
    """`v_prospect` for reading; the migration creates it, so it stays out of the tables' metadata."""
    profile = SQLModel.metadata.tables["prospect_profile"].columns
    timing = SQLModel.metadata.tables["profile_timing"].columns
    check = SQLModel.metadata.tables["profile_check"].columns
    joined = [timing["now_score"], timing["priority_score"], timing["new_exec_window_open"]]
    joined += [timing["new_exec_window_until"], check["last_verified_at"]]
    columns = [Column(c.name, c.type, primary_key=c.primary_key) for c in profile]
    return Table("v_prospect", MetaData(), *columns, *(Column(c.name, c.type) for c in joined))


V_PROSPECT = _view()
