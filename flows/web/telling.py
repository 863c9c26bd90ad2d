"""Says in the page's language what the values of a sheet mean: reasons, evidence, and what is left open."""

from collections.abc import Sequence

from flows.web import formats, labels
from flows.web.account import AccountSheet, Contribution, Gate, Score
from flows.web.bar import Bar
from schemas.vocabulary import ExecutiveRole

MOST_REASONS = 3
GATE_EVIDENCE = {
    "presence": ("international", "national_multisite"),
    "buying": ("professional_buying",),
    "potential": ("purchase_potential",),
}


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
