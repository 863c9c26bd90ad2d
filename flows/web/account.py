"""What one account sheet says, as plain values; null is unknown and is shown as unknown.

Whoever fills them takes them from the published tables; nothing here reads a database.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier of the account: the scheme's code (`FR-RCS`, `LEI`, ...) and the number."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Gate:
    """One of the three criteria.

    Attributes:
        name: `presence`, `buying` or `potential`. is_met: null = unknown.
    """

    name: str
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One component of the score (a row of score_detail).

    Attributes:
        component: its name in the policy. weight: of 100. value: 0 to 1, null = unknown.
        points: what it adds to the score, null = unknown. evidence: what was counted, in the score's English words.
    """

    component: str
    weight: float
    value: float | None
    points: float | None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The key-account score, 0 to 100.

    Attributes:
        value: null when nothing is known. low, high: with the unknown counted as 0 and as 1.
        conservative: what the ranking uses. coverage: known share of the weight in %. version: of the policy.
        contributions: all components, known and unknown.
    """

    value: float | None
    low: float
    high: float
    conservative: float
    coverage: int
    version: str
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """How many things of one kind (a PresenceKind) prove a country."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class CountryPresence:
    """One country (alpha-2) with everything that proves it."""

    country_code: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """How far the account reaches.

    Attributes:
        level: a PresenceLevel. countries: most evidence first.
        countries_count: null while the list of subsidiaries is not whole; `countries` is then a lower bound.
        sites_open_count, regions_count, regions_total: null = unknown.
    """

    level: str
    countries: tuple[CountryPresence, ...]
    countries_count: int | None
    sites_open_count: int | None = None
    regions_count: int | None = None
    regions_total: int | None = None


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One entity of the group tree.

    Attributes:
        depth: levels under the head, which has 0. role: a GroupRole. is_account: the sheet is about this entity.
    """

    name: str
    depth: int
    role: str
    country_code: str | None = None
    city: str | None = None
    is_account: bool = False


@dataclass(frozen=True, slots=True)
class GroupTree:
    """The consolidated group, top down: every node comes after its parent.

    Attributes:
        is_complete: every list of children was read whole. entity_count: null while it is not.
        known_entity_count: lower bound, head included.
    """

    nodes: tuple[TreeNode, ...]
    is_complete: bool
    entity_count: int | None
    known_entity_count: int


@dataclass(frozen=True, slots=True)
class ExecutiveLine:
    """One current mandate.

    Attributes:
        title: as published, null = not published. role: an ExecutiveRole. is_organisation: no natural person.
        started_on, basis: since when, and how that is known (a DateBasis); null = take first_seen_on.
        missing_snapshots: good rosters in a row that miss it (0 = seen in the newest one).
        entity_name: where the office is held, if not in the account itself. source: the source's title.
    """

    full_name: str
    title: str | None
    role: str
    started_on: date | None
    basis: str
    first_seen_on: date
    missing_snapshots: int = 0
    is_organisation: bool = False
    entity_name: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of an executive.

    Attributes:
        kind, status, context: ChangeKind, ChangeStatus and ChangeContext words.
        effective_on: declared date, null when the source gives none: the change then lies in the window
            (seen_before, first_seen_on]. missing_snapshots: of a held departure, 1 to 3.
        confidence: 0 to 1. source: the source's title. entity_name: as in ExecutiveLine.
    """

    full_name: str
    kind: str
    status: str
    from_title: str | None
    to_title: str | None
    first_seen_on: date
    seen_before: date | None = None
    effective_on: date | None = None
    missing_snapshots: int | None = None
    context: tuple[str, ...] = ()
    confidence: float = 1.0
    source: str = ""
    entity_name: str | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source that the sheet rests on, under which terms, and the day of its newest answer used here."""

    title: str
    licence: str
    attribution: str
    homepage: str | None
    observed_on: date | None


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One warning: its flag (a word of the policy's risk table), and the record that shows it, where one does."""

    flag: str
    source: str = ""
    source_key: str = ""
    observed_on: date | None = None


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """Everything that one page says.

    Attributes:
        profile_id: of the profile. name: as shown. entity_kind: an EntityKind. country_code: alpha-2 of the home.
        identifiers: in the order in which they are shown. tier: A to D.
        gates: the three criteria. score: with its contributions. presence: countries, sites, regions.
        as_of: the run's instant (UTC). is_demo: shows the banner that everything is invented.
        group: the tree, or null for a standalone company or an unknown group.
        executives: current mandates, the most important first. changes: newest first.
        sources: what the sheet rests on. last_verified_at: newest fetch that confirmed the row.
        legal_name: where it differs from the name. city: of the head office. size_category: INSEE's word.
        activity: code and label. revenue_eur, revenue_scope, revenue_year: null = unknown; scope a FinancialScope.
        employees_min, employees_max: of the size band; null = unknown (max null = no upper limit).
        risks: warnings, each with its evidence.
    """

    profile_id: str
    name: str
    entity_kind: str
    country_code: str | None
    identifiers: tuple[Identifier, ...]
    tier: str | None
    gates: tuple[Gate, ...]
    score: Score
    presence: Presence
    as_of: datetime
    is_demo: bool
    group: GroupTree | None = None
    executives: tuple[ExecutiveLine, ...] = ()
    changes: tuple[ChangeLine, ...] = ()
    sources: tuple[SourceLine, ...] = ()
    last_verified_at: datetime | None = None
    legal_name: str | None = None
    city: str | None = None
    size_category: str | None = None
    activity: str | None = None
    revenue_eur: float | None = None
    revenue_scope: str | None = None
    revenue_year: int | None = None
    employees_min: int | None = None
    employees_max: int | None = None
    risks: tuple[RiskLine, ...] = ()
