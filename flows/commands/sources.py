"""`grandcompte sources`: under which terms each source is read, and how its last load went."""

import json

from rich.console import Console
from rich.table import Table

from flows.errors import EXIT_DONE
from flows.runtime import chosen_sources
from flows.settings import read_settings
from flows.store import DatabaseUnavailableError, Store


def list_sources(as_json: bool) -> int:
    """Print one row a source; the last load is null where no database answers."""
    loads = last_loads(read_settings().database_url)
    rows = [
        {
            "name": name,
            "title": connector.terms.title,
            "licence": connector.terms.licence,
            "needs_key": connector.terms.needs_key,
            "requests_per_second": connector.terms.requests_per_second,
            "attribution": connector.terms.attribution,
            "personal_data": connector.terms.personal_data,
            "checked_on": connector.terms.checked_on.isoformat(),
            "writes": list(connector.writes),
            **loads.get(name, {"last_load": None, "last_refusal": None}),
        }
        for name, connector in chosen_sources().items()
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return EXIT_DONE
    table = Table("source", "licence", "key", "requests/s", "last load", "last refusal")
    for row in rows:
        needs_key = "yes" if row["needs_key"] else "no"
        cells = (row["name"], row["licence"], needs_key, row["requests_per_second"], row["last_load"] or "never")
        table.add_row(*map(str, cells), str(row["last_refusal"] or ""))
    Console().print(table)
    return EXIT_DONE


def last_loads(database_url: str) -> dict[str, dict[str, str | None]]:
    """By source: the newest load that was saved, and the newest refusal with its reason."""
    try:
        store = Store.open(database_url)
    except DatabaseUnavailableError:
        return {}
    try:
        store.check_is_migrated()
        snapshots = store.read_snapshots().sort("observed_at")
    except DatabaseUnavailableError:
        return {}
    finally:
        store.close()
    loads: dict[str, dict[str, str | None]] = {}
    for row in snapshots.iter_rows(named=True):
        entry = loads.setdefault(row["source"], {"last_load": None, "last_refusal": None})
        if row["is_good"]:
            entry["last_load"] = row["observed_at"].isoformat()
        elif row["reason"]:
            entry["last_refusal"] = row["reason"]
    return loads
