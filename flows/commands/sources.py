"""`grandcompte sources`: under which terms each source is read, and how its last load went."""

import json
from typing import Any

from flows.errors import EXIT_DONE
from flows.runtime import chosen_sources, now
from flows.settings import SettingsError, check_source_urls, read_settings
from flows.source_standing import NEVER, standing_of, terms_of
from flows.store import DatabaseUnavailableError, Store


def list_sources(as_json: bool) -> int:
    """Print one row a source; watermark, loads and refusals are null where no database answers."""
    settings, connectors = read_settings(), chosen_sources()
    check_source_urls(settings, connectors)
    standing = last_standing(settings.database_url)
    rows = [{**terms_of(each, settings), **standing.get(name, NEVER)} for name, each in connectors.items()]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return EXIT_DONE
    print("\n".join(line for row in rows for line in describe(row)))
    return EXIT_DONE


def last_standing(database_url: str) -> dict[str, dict[str, Any]]:
    """How the sources stand by the database; empty where none answers or it has no tables yet."""
    try:
        with Store.open(database_url, must_exist=True) as store:
            store.check_is_migrated()
            return standing_of(store, now())
    except SettingsError:
        raise
    except DatabaseUnavailableError:
        return {}


def describe(row: dict[str, Any]) -> list[str]:
    """One source for people."""
    age = row["last_load_age_days"]
    load = f"{row['last_load'][:16]} ({age} {'day' if age == 1 else 'days'} old)" if row["last_load"] else "never"
    refusal = f"{row['last_refusal_at'][:16]}: {row['last_refusal']}" if row["last_refusal"] else "none"
    return [
        f"{row['name']}: {row['title']}",
        f"  licence         {row['licence']}; key: {key_of(row)}",
        f"  budget          {budget_of(row)}",
        f"  read until      {(row['watermark'] or 'never')[:16]}",
        f"  last good load  {load}",
        f"  last refusal    {refusal}",
        f"  persons         {row['personal_data']}",
        f"  raw answers     {retention_of(row)}",
    ]


def key_of(row: dict[str, Any]) -> str:
    """Whether a key is needed, and whether it is there."""
    if not row["needs_key"]:
        return "none needed"
    return "set" if row["key_is_set"] else f"MISSING (GRANDCOMPTE_{row['name'].upper()}_KEY)"


def budget_of(row: dict[str, Any]) -> str:
    """Our budget, and the source's own limit where it is known."""
    own = f"; its own limit: {row['own_limit']}" if row["own_limit"] else ""
    return f"{row['requests_per_second']:g} requests/s{own}"


def retention_of(row: dict[str, Any]) -> str:
    """How long raw answers are kept."""
    return f"{row['retention_days']} days" if row["retention_days"] else "kept"
