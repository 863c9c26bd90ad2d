"""The demo's tables as text of a fixed width, the same on a terminal and in a file."""

import io
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

WIDTH = 150
GATE_WORDS = {True: "yes", False: "no", None: "?"}


def ranked_table(rows: list[dict[str, Any]]) -> str:
    """The ranked accounts with tier, conservative score, interval, gates, window and reasons."""
    table = Table(
        "#",
        "account",
        "kind",
        "tier",
        "priority",
        "score [low-high]",
        "presence/ buying/ potential",
        "window",
        "reasons",
    )
    for place, row in enumerate(rows, start=1):
        gates = "/".join(GATE_WORDS[row[f"gate_{gate}"]] for gate in ("presence", "buying", "potential"))
        window = f"until {row['new_exec_window_until']}" if row["new_exec_window_open"] else ""
        score = "unknown" if row["key_account_score"] is None else f"{row['key_account_score']:.0f}"
        table.add_row(
            str(place),
            f"{row['name']} ({row['country_code'] or '?'})",
            row["entity_kind"],
            row["key_account_tier"],
            f"{row['priority_score'] or 0:.1f}",
            f"{score} [{row['score_low']:.0f}-{row['score_high']:.0f}]",
            gates,
            window,
            short_reasons(row["score_reasons"]),
        )
    return render(table)


def short_reasons(sentence: str) -> str:
    """The contributions of the reasons sentence: score, interval and gates stand in columns of their own."""
    contributions = sentence.partition(" | ")[0].partition(": ")[2]
    unknown = sentence.partition(" | unknown: ")[2]
    return f"{contributions or 'nothing known'}; {len(unknown.split(', ')) if unknown else 0} unknown"


def account_table(matches: pl.DataFrame, profiles: dict[str, dict[str, Any]]) -> str:
    """Each CRM account with what it was matched to, how surely and why."""
    table = Table("account", "name in the CRM", "status", "matched to", "score", "why")
    for row in matches.sort("account_id", "rank").iter_rows(named=True):
        profile = profiles.get(row["profile_id"] or "")
        table.add_row(
            row["account_id"],
            row["account_name"] or "",
            f"{row['match_status']} ({row['band']})",
            f"{profile['name']} ({profile['country_code'] or '?'})" if profile else "",
            "" if row["score"] is None else f"{row['score']:.2f}",
            row["reasons"],
        )
    return render(table)


def render(table: Table) -> str:
    """A table as plain text."""
    buffer = io.StringIO()
    Console(file=buffer, width=WIDTH, color_system=None, force_terminal=False).print(table)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
