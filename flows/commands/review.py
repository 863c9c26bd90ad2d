"""`grandcompte review`: what waits for a person's word, and the word itself. Each subject has its own few functions."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.commands.changes import plain
from flows.errors import EXIT_DONE, InputError
from flows.review import decide_mass, list_masses
from flows.runtime import open_runtime
from flows.settings import read_settings
from flows.store import Store
from schemas.vocabulary import MassState


def list_reviews(as_json: bool) -> int:
    """Print what waits for a decision and what was decided."""
    with Store.open(read_settings().database_url, must_exist=True) as store:
        store.check_is_migrated()
        masses = [plain(row) for row in list_masses(store).to_dicts()]
    if as_json:
        print(json.dumps({"masses": masses}, ensure_ascii=False, indent=2))
        return EXIT_DONE
    print_masses(masses)
    return EXIT_DONE


def print_masses(masses: list[dict[str, Any]]) -> None:
    """The masses as a table for people."""
    if not masses:
        print("no mass of changes was ever held")
        return
    table = Table("mass", "state", "changes", "still stand", "why", "decided by", "on")
    for row in masses:
        decided = (row["decided_by"] or "", (row["decided_at"] or "")[:10])
        cells = (row["mass_id"], row["state"], row["change_count"], row["standing"], row["reason"], *decided)
        table.add_row(*map(str, cells))
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def decide(mass: str | None, by: str | None, *, accept: bool) -> int:
    """Accept or reject what waits.

    Raises:
        InputError: nobody is named, or nothing that could be decided about.
    """
    if mass is None:
        raise InputError("--mass is missing: which mass of changes? `grandcompte review list` names them")
    if not (by or "").strip():
        raise InputError("--by is missing: a decision needs a named person")
    state = MassState.ACCEPTED if accept else MassState.REJECTED
    with open_runtime(read_settings()) as runtime:
        decided = decide_mass(runtime, mass, state, (by or "").strip())
    published = "published" if decided.is_published else "kept; the run under way publishes it"
    print(f"{decided.mass_id}: {decided.changes} changes {decided.state.value} by {(by or '').strip()}; {published}")
    return EXIT_DONE


def release_load(source: str, scope: str, by: str | None) -> int:
    """Let the newest load of a list count as good although it was refused.

    Raises:
        InputError: nobody is named, or the newest load of this scope was not refused.
    """
    if not (by or "").strip():
        raise InputError("--by is missing: a decision needs a named person")
    with Store.open(read_settings().database_url, must_exist=True) as store:
        store.check_is_migrated()
        if not store.release_load(source, scope, (by or "").strip()):
            raise InputError(
                f"{source}: the newest load of {scope!r} was not refused; `grandcompte sources` names refusals"
            )
    print(f"{source}: {scope} released by {(by or '').strip()}; the next night is held against it")
    return EXIT_DONE
