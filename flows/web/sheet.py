"""The account sheet: what one page says of one account, as plain values, and the page made of them.

Whoever fills the values takes them from the published tables; nothing here reads a database. Null is unknown and is
shown as unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flows.web import formats, labels
from flows.web.bar import Bar, draw_bar
from schemas.reference import country_name
from schemas.vocabulary import ExecutiveRole

# What fits on one printed A4; the page says how many more there are.
MOST_NODES, MOST_COUNTRIES, MOST_EXECUTIVES, MOST_CHANGES = 20, 20, 12, 5
MOST_REASONS = 3
GATE_EVIDENCE = {
    "presence": ("international", "national_multisite"),
    "buying": ("professional_buying",),
    "potential": ("purchase_potential",),
}


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


def render_sheet(sheet: AccountSheet, lang: str) -> str:
    """The sheet as one self-contained HTML page that loads nothing from anywhere.

    Args:
        sheet: the values.
        lang: `fr` or `en`.

    Raises:
        ValueError: another language.
    """
    if lang not in labels.LANGUAGES:
        raise ValueError(f"language {lang!r}: fr or en is expected")
    bar = bar_of(sheet.score)
    template = _environment().get_template("sheet.html.j2")
    return template.render(
        sheet=sheet,
        lang=lang,
        t=partial(labels.text, lang=lang),
        label=partial(labels.label, lang=lang),
        component=partial(labels.component_label, lang=lang),
        evidence=partial(labels.tell_evidence, lang=lang),
        country=lambda code: (country_name(code, lang) or code) if code else labels.text("country_unknown", lang),
        day=partial(formats.format_day, lang=lang),
        instant=partial(formats.format_instant, lang=lang),
        number=partial(formats.format_number, lang=lang),
        money=partial(formats.format_money, lang=lang),
        link=formats.safe_link,
        bar=bar,
        caption=caption(bar, lang) if bar else "",
        contributions=in_order(sheet.score.contributions),
        role_beside=partial(role_beside, lang=lang),
        reasons=reasons(sheet.score, lang),
        gate_evidence=partial(gate_evidence, sheet, lang=lang),
        tree=nest(sheet.group.nodes[:MOST_NODES]) if sheet.group else [],
        hidden_nodes=max(0, len(sheet.group.nodes) - MOST_NODES) if sheet.group else 0,
        countries=sheet.presence.countries[:MOST_COUNTRIES],
        executives=sheet.executives[:MOST_EXECUTIVES],
        changes=sheet.changes[:MOST_CHANGES],
        unknowns=find_unknowns(sheet, lang),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("flows.web"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalize(value: object) -> object:
    """Names come from anywhere: what hides or reorders text never reaches the page (Markup is ours)."""
    return formats.clean_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def bar_of(score: Score) -> Bar | None:
    """The drawing of the score, or None while nothing is known."""
    if score.value is None:
        return None
    parts = [(c.component, c.points) for c in score.contributions if c.points is not None and c.points > 0]
    return draw_bar(parts, score.value, score.low, score.high, score.conservative)


def caption(bar: Bar, lang: str) -> str:
    """The drawing in words, for those who cannot see it."""
    parts = ", ".join(
        f"{labels.component_label(s.component, lang)} {formats.format_number(s.width, lang, 1)}" for s in bar.segments
    )
    values = {"score": bar.value, "low": bar.low, "high": bar.high, "conservative": bar.conservative}
    told = {name: formats.format_number(value, lang) for name, value in values.items()}
    return labels.text("bar_caption", lang, parts=parts, **told)


def in_order(contributions: Sequence[Contribution]) -> list[Contribution]:
    """The table's order, which is the bar's: most points first, then the unknown, heaviest first."""
    return sorted(contributions, key=lambda c: (c.value is None, -(c.points or 0), -c.weight, c.component))


def reasons(score: Score, lang: str) -> str | None:
    """What weighs most: the three largest contributions with their points."""
    best = sorted((c for c in score.contributions if c.points), key=lambda c: (-(c.points or 0), c.component))
    told = [
        f"{_lower_first(labels.component_label(c.component, lang))} +{formats.format_number(c.points or 0, lang)}"
        for c in best[:MOST_REASONS]
    ]
    return labels.text("reasons", lang, list=", ".join(told)) if told else None


def role_beside(title: str | None, role: str, lang: str) -> str | None:
    """What the office is, for readers of English pages whose registers write French; None where it says nothing new."""
    told = labels.label("role", role, lang)
    is_clear = role not in (ExecutiveRole.UNKNOWN.value, ExecutiveRole.OTHER.value)
    return told if lang == "en" and is_clear and told.lower() not in (title or "").lower() else None


def gate_evidence(sheet: AccountSheet, gate: Gate, lang: str) -> str | None:
    """What a criterion rests on: the evidence of the components behind it."""
    behind = GATE_EVIDENCE.get(gate.name, ())
    told = [labels.tell_evidence(c.evidence, lang) for c in sheet.score.contributions if c.component in behind]
    return ", ".join(part for part in told if part) or None


def find_unknowns(sheet: AccountSheet, lang: str) -> list[str]:
    """Everything that the sheet has to leave open, in words; unknown components first, heaviest first."""
    unknown = sorted((c for c in sheet.score.contributions if c.value is None), key=lambda c: -c.weight)
    found = [
        labels.text(
            "unknown_component",
            lang,
            component=_lower_first(labels.component_label(c.component, lang)),
            weight=formats.format_number(c.weight, lang),
        )
        for c in unknown
    ]
    left_open = {
        "unknown_group": sheet.group is not None and not sheet.group.is_complete,
        "unknown_sites": sheet.presence.sites_open_count is None,
        "unknown_regions": sheet.presence.regions_count is None,
        "unknown_revenue": sheet.revenue_eur is None,
        "unknown_employees": sheet.employees_min is None,
    }
    return found + [labels.text(key, lang) for key, is_open in left_open.items() if is_open]


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of the tree with what hangs under it."""

    node: TreeNode
    below: list["Branch"]


def nest(nodes: Sequence[TreeNode]) -> list[Branch]:
    """Turn nodes in top-down order with their depths into a tree; a jump of several levels counts as one."""
    roots: list[Branch] = []
    path: list[Branch] = []
    for node in nodes:
        branch = Branch(node, [])
        while path and path[-1].node.depth >= node.depth:
            path.pop()
        (path[-1].below if path else roots).append(branch)
        path.append(branch)
    return roots
