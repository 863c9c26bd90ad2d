"""The policy: whom a night covers and what makes a key account, read from a mapping and checked once.

The shipped file is schemas/reference/policy.toml; its figures and their source stand there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrich.policy_table import PolicyTable
from schemas.vocabulary import BuyingRole, Tier

VERSION_LIMIT = 16  # the width of score_version in the CRM's contract

COMPONENTS = (
    "international",
    "national_multisite",
    "professional_buying",
    "complexity",
    "purchase_potential",
    "sector_leadership",
    "reputation",
    "technology",
    "growth",
)
STRUCTURE = ("international", "national_multisite", "professional_buying", "complexity")
VOLUME = "purchase_potential"
SCALES = ("countries", "sites", "entities", "revenue_eur", "employees")


@dataclass(frozen=True, slots=True)
class LogScale:
    """A logarithmic scale: 0 up to `low`, 1 from `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MultisitePolicy:
    """Shares of sites and regions, and which of the two must be known."""

    sites: float
    regions: float
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class ComplexityPolicy:
    """Shares of entities, levels and activity divisions, what fills them, and which must be known."""

    entities: float
    levels: float
    divisions: float
    levels_full: float
    divisions_full: float
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gates:
    """The seed's three criteria: least countries or regions, least buying value, least potential value."""

    countries: int
    regions: int
    buying: float
    potential: float


@dataclass(frozen=True, slots=True)
class TierRule:
    """A tier needs so many gates met and so many conservative points."""

    tier: Tier
    gates: int
    conservative: float


@dataclass(frozen=True, slots=True)
class Window:
    """How long a new executive listens: value when announced, then days after taking office."""

    announced: float
    full_from: int
    full_until: int
    closed_from: int


@dataclass(frozen=True, slots=True)
class Blend:
    """How structure, timing and likeness to good customers weigh in the priority."""

    structure: float
    now: float
    fit: float


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the policy under one strategy; `weights` already carry the strategy's multipliers."""

    version: str
    preset: str
    universe_size_categories: tuple[str, ...]
    weights: Mapping[str, float]
    scales: Mapping[str, LogScale]
    multisite: MultisitePolicy
    complexity: ComplexityPolicy
    leadership_floor: float
    growth_span: float
    buying: Mapping[str, float]
    buying_none_found_is_known: bool
    reputation: Mapping[str, float]
    technology: Mapping[str, float]
    risk: Mapping[str, float]
    gates: Gates
    tiers: tuple[TierRule, ...]
    window: Window
    roles: Mapping[BuyingRole, float]
    blend: Blend
    risk_share: float
    insolvency_cap: float

    @property
    def total_weight(self) -> float:
        """The weight of all components together."""
        return sum(self.weights[component] for component in COMPONENTS)


def policy_from(mapping: Mapping[str, Any]) -> Policy:
    """Read and check a policy.

    Args:
        mapping: the parsed file, tables as nested mappings.

    Raises:
        ValueError: a name is missing or unknown, or a value cannot be used; the message names the place.
    """
    top = PolicyTable("policy", mapping)
    version, preset = top.text("version"), top.text("preset")
    if len(version) > VERSION_LIMIT:
        raise ValueError(f"version {version!r}: at most {VERSION_LIMIT} characters, it stands on every scored row")
    weights = top.table("weights").numbers(exactly=COMPONENTS)
    if sum(weights[name] for name in STRUCTURE) <= weights[VOLUME]:
        raise ValueError(f"[weights]: {', '.join(STRUCTURE)} together must outweigh {VOLUME}")
    blend, factors = _strategy(top.table("presets"), preset)
    universe, leadership, growth = top.table("universe"), top.table("sector_leadership"), top.table("growth")
    buying, priority = top.table("professional_buying"), top.table("priority")
    policy = Policy(
        version=version,
        preset=preset,
        universe_size_categories=universe.words("size_categories"),
        weights={name: weight * factors.get(name, 1.0) for name, weight in weights.items()},
        scales=_scales(top.table("scales")),
        multisite=_multisite(top.table("national_multisite")),
        complexity=_complexity(top.table("complexity")),
        leadership_floor=leadership.number("floor_pct", below=1.0),
        growth_span=growth.number("span", above=0.0),
        buying=buying.table("evidence").numbers(at_most=1.0),
        buying_none_found_is_known=buying.flag("none_found_is_known"),
        reputation=top.table("reputation").only("evidence").numbers(at_most=1.0),
        technology=top.table("technology").only("evidence").numbers(at_most=1.0),
        risk=top.table("risk").numbers(at_most=1.0),
        gates=_gates(top.table("gates")),
        tiers=_tiers(top.table("tiers")),
        window=_window(top.table("window")),
        roles={BuyingRole(role): p for role, p in top.table("roles").numbers(at_most=1.0).items()},
        blend=blend,
        risk_share=priority.number("risk_share", at_most=1.0),
        insolvency_cap=priority.number("insolvency_cap", at_most=100.0),
    )
    for table in (universe, leadership, growth, buying, priority, top):
        table.finish()
    if policy.total_weight <= 0:
        raise ValueError(f"preset {preset!r}: its multipliers leave no weight at all")
    return policy


def _strategy(presets: PolicyTable, chosen: str) -> tuple[Blend, dict[str, float]]:
    """The chosen preset's blend and multipliers; every other preset is checked too, so that a switch never fails."""
    strategies: dict[str, tuple[Blend, dict[str, float]]] = {}
    for name in tuple(presets.left):
        preset = presets.table(name)
        factors: dict[str, float] = {}
        if "weights" in preset.left:
            factors = preset.table("weights").numbers()
        if unknown := set(factors) - set(COMPONENTS):
            raise ValueError(f"[presets.{name}.weights]: unknown component(s) {', '.join(sorted(unknown))}")
        blend = Blend(preset.number("structure", above=0.0), preset.number("now"), preset.number("fit"))
        strategies[name] = (blend, factors)
        preset.finish()
    if chosen not in strategies:
        raise ValueError(f"preset {chosen!r}: choose one of {', '.join(sorted(strategies))}")
    return strategies[chosen]


def _scales(table: PolicyTable) -> dict[str, LogScale]:
    scales = {}
    for name in SCALES:
        ends = table.take(name)
        is_pair = isinstance(ends, list) and len(ends) == 2 and all(isinstance(end, int | float) for end in ends)
        if not is_pair or not 0 < ends[0] < ends[1]:
            raise ValueError(f"[scales] {name}: two numbers, 0 < low < high, are expected, got {ends!r}")
        scales[name] = LogScale(float(ends[0]), float(ends[1]))
    table.finish()
    return scales


def _needs(table: PolicyTable, *known: str) -> frozenset[str]:
    needs = frozenset(table.words("needs"))
    if not needs or needs - set(known):
        raise ValueError(f"[{table.name}] needs: one or more of {', '.join(known)} are expected, got {sorted(needs)}")
    return needs


def _multisite(table: PolicyTable) -> MultisitePolicy:
    policy = MultisitePolicy(
        table.number("sites", at_most=1.0), table.number("regions", at_most=1.0), _needs(table, "sites", "regions")
    )
    table.finish()
    return policy


def _complexity(table: PolicyTable) -> ComplexityPolicy:
    policy = ComplexityPolicy(
        entities=table.number("entities", at_most=1.0),
        levels=table.number("levels", at_most=1.0),
        divisions=table.number("divisions", at_most=1.0),
        levels_full=table.number("levels_full", above=1.0),
        divisions_full=table.number("divisions_full", above=1.0),
        needs=_needs(table, "entities", "levels", "divisions"),
    )
    table.finish()
    return policy


def _gates(table: PolicyTable) -> Gates:
    gates = Gates(
        countries=int(table.number("countries", above=0.0)),
        regions=int(table.number("regions", above=0.0)),
        buying=table.number("buying", at_most=1.0),
        potential=table.number("potential", at_most=1.0),
    )
    table.finish()
    return gates


def _tiers(table: PolicyTable) -> tuple[TierRule, ...]:
    rules = []
    for tier in (Tier.A, Tier.B, Tier.C):
        rule = table.table(tier.value)
        rules.append(TierRule(tier, int(rule.number("gates", at_most=3)), rule.number("conservative", at_most=100.0)))
        rule.finish()
    table.finish()
    return tuple(rules)


def _window(table: PolicyTable) -> Window:
    announced = table.number("announced", at_most=1.0)
    days = [int(table.number(key)) for key in ("full_from", "full_until", "closed_from")]
    table.finish()
    if not 0 < days[0] <= days[1] < days[2]:
        raise ValueError(f"[window]: 0 < full_from <= full_until < closed_from is expected, got {days}")
    return Window(announced, *days)
