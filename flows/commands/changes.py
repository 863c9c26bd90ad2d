"""`grandcompte changes`: the journal of who arrived, left or changed title."""

import json
from datetime import datetime
from typing import Any

import polars as pl

from flows.errors import EXIT_DONE
from flows.settings import read_settings
from flows.store import Store
from schemas.vocabulary import ChangeStatus, EntityKind, MassState

MISSING_NIGHTS = 3  # an absence without an end date is believed at the third good roster that misses it


def print_journal(since: datetime | None, as_json: bool) -> int:
    """Print the changes detected since an instant, newest first."""
    store = Store.open(read_settings().database_url, must_exist=True)
    try:
        store.check_is_migrated()
        journal = read_journal(store, since)
    finally:
        store.close()
    if as_json:
        print(json.dumps([plain(row) for row in journal], ensure_ascii=False, indent=2))
        return EXIT_DONE
    for row in journal:
        print(tell(row))
    if not journal:
        print("no change")
    return EXIT_DONE


def read_journal(store: Store, since: datetime | None) -> list[dict[str, Any]]:
    """The published changes with their account's name, by detection, account and person.

    A change of a head company stands on its own profile and on its group's: the journal tells it once, of the group.
    """
    names = store.read("prospect_profile").select("profile_id", "entity_kind", pl.col("name").alias("account"))
    changes = (
        store.read("executive_change")
        .join(names, on="profile_id", how="left")
        .sort(pl.col("entity_kind") != EntityKind.GROUP.value, "profile_id")
        .unique("change_id", keep="first", maintain_order=True)
    )
    changes = changes.join(held_changes(store), on="change_id", how="left")
    if since is not None:
        changes = changes.filter(pl.col("detected_at") >= since)
    order = ["detected_at", "account", "full_name", "change_id"]
    return changes.sort(order, descending=[True, False, False, False], nulls_last=True).to_dicts()


def held_changes(store: Store) -> pl.DataFrame:
    """Which changes wait for an operator's word about their mass, and why (change_id, mass_id, held_because)."""
    masses = store.read("mass_changes").filter(pl.col("state") == MassState.HELD.value)
    held = store.read("mass_change_members").join(masses, on="mass_id")
    return held.select("change_id", "mass_id", pl.col("reason").alias("held_because"))


def tell(row: dict[str, Any]) -> str:
    """One change as one line: who, what, when at the latest, how sure, from which source."""
    titles = " -> ".join(title for title in (row["from_title"], row["to_title"]) if title)
    when = f"on {row['effective_on']}" if row["effective_on"] else window(row)
    missing = f", missing {row['missing_snapshots']} of {MISSING_NIGHTS}" if row["missing_snapshots"] else ""
    context = f" [{', '.join(row['context'])}]" if row["context"] else ""
    is_held = row["mass_id"] and row["status"] == ChangeStatus.REVIEW.value
    held = f", held in {row['mass_id']}: {row['held_because']}" if is_held else ""
    return (
        f"{row['detected_at']:%Y-%m-%d}  {row['account']}: {row['full_name']} {row['kind']} "
        f"({titles or 'no title'}) {when}; {row['status']}{missing}{held}{context}  "
        f"[{row['source']}, answer {row['payload_sha256'][:12]}, confidence {row['confidence']:.2f}]"
    )


def window(row: dict[str, Any]) -> str:
    """The window of a change without a declared date: after the roster before it, until the first that shows it."""
    first = f"{row['first_seen_at']:%Y-%m-%d}"
    return f"between {row['seen_before']:%Y-%m-%d} and {first}" if row["seen_before"] else f"by {first}"


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with ISO texts for dates and instants."""
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
