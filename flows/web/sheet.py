"""The account sheet as one page: the values of `flows.web.account` set into the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flows.web import formats, labels, telling
from flows.web.account import (
    AccountSheet,
    ChangeLine,
    Contribution,
    CountryPresence,
    ExecutiveLine,
    Gate,
    GroupTree,
    Identifier,
    Presence,
    Proof,
    RiskLine,
    Score,
    SourceLine,
    TreeNode,
)
from flows.web.bar import Bar, draw_bar
from schemas.reference import country_name

__all__ = [
    "AccountSheet",
    "ChangeLine",
    "Contribution",
    "CountryPresence",
    "ExecutiveLine",
    "Gate",
    "GroupTree",
    "Identifier",
    "Presence",
    "Proof",
    "RiskLine",
    "Score",
    "SourceLine",
    "TreeNode",
    "render_sheet",
]

# What fits on one printed A4; the page says how many more there are.
MOST_NODES, MOST_COUNTRIES, MOST_EXECUTIVES, MOST_CHANGES = 20, 20, 10, 4
LINES_OF_A_LOOSE_PAGE = 42  # above, the print is set a little smaller


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
        caption=telling.caption(bar, lang) if bar else "",
        contributions=telling.in_order(sheet.score.contributions),
        role_beside=partial(telling.role_beside, lang=lang),
        reasons=telling.reasons(sheet.score, lang),
        gate_evidence=partial(telling.gate_evidence, sheet, lang=lang),
        tree=nest(sheet.group.nodes[:MOST_NODES]) if sheet.group else [],
        hidden_nodes=max(0, len(sheet.group.nodes) - MOST_NODES) if sheet.group else 0,
        countries=sheet.presence.countries[:MOST_COUNTRIES],
        executives=sheet.executives[:MOST_EXECUTIVES],
        changes=sheet.changes[:MOST_CHANGES],
        unknowns=telling.find_unknowns(sheet, lang),
        is_dense=printed_lines(sheet) > LINES_OF_A_LOOSE_PAGE,
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


def printed_lines(sheet: AccountSheet) -> int:
    """About how many lines the growing parts of the page take in print."""
    nodes = min(len(sheet.group.nodes), MOST_NODES) if sheet.group else 0
    known = sum(c.value is not None for c in sheet.score.contributions)
    rows_of_people = -(-min(len(sheet.executives), MOST_EXECUTIVES) // 5)
    changes = min(len(sheet.changes), MOST_CHANGES)
    return nodes + known + 4 * rows_of_people + 2 * changes + 2 * len(sheet.sources) + 2 * len(sheet.risks)


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
