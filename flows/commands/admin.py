"""`grandcompte migrate`, `status` and `doctor`: what an operator asks first."""

import json
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Any

from flows import ledger
from flows.errors import EXIT_DONE, EXIT_UNAVAILABLE
from flows.policy import read_policy
from flows.runtime import chosen_sources, open_archive
from flows.settings import Settings, SettingsError, check_source_urls, read_settings
from flows.store import DatabaseUnavailableError, Store

PACKAGES = ("flows", "enrich", "connectors", "schemas")
TABLES_SHOWN = ("legal_units", "establishments", "appointments", "relationships", "prospect_profile", "profile_change")


def migrate_database() -> int:
    """Create or upgrade the tables of the database in the settings."""
    url = read_settings().database_url
    Store.migrate(url)
    print(f"migrated: {without_password(url)}")
    return EXIT_DONE


def without_password(url: str) -> str:
    """A database address that may be printed."""
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    user = credentials.partition(":")[0]
    return f"{scheme}{separator}{user}{at}{host}" if at else url


def show_status(as_json: bool) -> int:
    """Print the last runs and the size of the main tables."""
    store = Store.open(read_settings().database_url, must_exist=True)
    try:
        store.check_is_migrated()
        runs = [ledger.as_dict(run) for run in ledger.last_runs(store, 5)]
        rows = {table: store.count(table) for table in TABLES_SHOWN}
    finally:
        store.close()
    if as_json:
        print(json.dumps({"runs": runs, "rows": rows}, ensure_ascii=False, indent=2, default=str))
        return EXIT_DONE
    for run in runs:
        print(f"{run['run_id']}  {run['kind']:9} {run['state']:9} at {run['instant']}  started {run['started_at']}")
    if not runs:
        print("no run yet")
    print("rows: " + ", ".join(f"{table} {count}" for table, count in rows.items()))
    return EXIT_DONE


def check_installation(as_json: bool) -> int:
    """Check what a night needs; 0 when all is well, 69 when something is missing."""
    settings = read_settings()
    checks = [
        check("pepper", lambda: check_pepper(settings)),
        check("policy", lambda: f"version {read_policy(settings.policy).version}"),
        check("database", lambda: check_database(settings)),
        check("archive", lambda: check_archive(settings)),
        check("source addresses", lambda: check_addresses(settings)),
        check("packages", check_packages),
        check("private addresses", lambda: private_addresses(settings)),
    ]
    if as_json:
        print(json.dumps(checks, ensure_ascii=False, indent=2))
    else:
        for result in checks:
            print(f"{'ok  ' if result['ok'] else 'FAIL'}  {result['check']}: {result['detail']}")
    failed = [result for result in checks if not result["ok"]]
    if failed:
        print(f"grandcompte: {len(failed)} of {len(checks)} checks failed", file=sys.stderr)
    return EXIT_UNAVAILABLE if failed else EXIT_DONE


def check(name: str, examine: Callable[[], str]) -> dict[str, Any]:
    """One named check; what it raises is its detail."""
    try:
        return {"check": name, "ok": True, "detail": examine()}
    except (SettingsError, DatabaseUnavailableError) as error:
        return {"check": name, "ok": False, "detail": str(error)}


def check_pepper(settings: Settings) -> str:
    """The pepper must be there and long enough not to be guessed."""
    pepper = settings.pepper_bytes
    if pepper is None:
        raise SettingsError("GRANDCOMPTE_PEPPER is not set: a long random text, kept outside the database")
    if len(pepper) < 16:
        raise SettingsError("GRANDCOMPTE_PEPPER is shorter than 16 bytes: it could be guessed")
    return "set"


def check_database(settings: Settings) -> str:
    """The database must answer and be migrated."""
    store = Store.open(settings.database_url, must_exist=True)
    try:
        store.check_is_migrated()
        problems = store.durability_problems()
    finally:
        store.close()
    if problems:
        raise SettingsError("; ".join(problems))
    return without_password(settings.database_url)


def check_archive(settings: Settings) -> str:
    """The archive's address must be one that can be opened."""
    open_archive(settings)
    return settings.archive_url


def check_addresses(settings: Settings) -> str:
    """Every base address must be one of a source of ours, and none of a site that may not be read."""
    check_source_urls(settings, chosen_sources())
    return ", ".join(f"{source} at {url}" for source, url in sorted(settings.source_urls.items())) or "each at its own"


def check_packages() -> str:
    """The four package names are common words: no other distribution may own them here."""
    owners = metadata.packages_distributions()
    foreign = {name: owner for name in PACKAGES for owner in owners.get(name, []) if owner != "grandcompte"}
    if foreign:
        raise SettingsError(f"another distribution owns a package of ours: {foreign}; use an environment of its own")
    return ", ".join(PACKAGES)


def private_addresses(settings: Settings) -> str:
    """Say when sources on private addresses are allowed: right for a mirror or a test, wrong by accident."""
    if settings.allow_private_addresses:
        return "ALLOWED (GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES): sources may stand on loopback or private networks"
    return "refused"
