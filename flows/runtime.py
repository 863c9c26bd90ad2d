"""What one run works with, opened once and handed down: settings, store, archive, connectors, the run's instant."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import connectors
from connectors.archive import Archive
from connectors.contract import Connector
from connectors.hosts import Hosts
from connectors.polite import PoliteClient
from enrich.policy import Policy
from flows.policy import read_policy
from flows.privacy import KeyedHash
from flows.settings import Settings, SettingsError, check_source_urls
from flows.store import Store

VERSION = "0.1.0"


def now() -> datetime:
    """The one place where the wall clock is read for a run's instant and the ledger."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything a stage may touch.

    Attributes:
        instant: the run's one UTC instant; every detected_at, updated_at and committed_at of the run is this.
        sources: the connectors of this run, by name, in the order in which they are asked.
        all_sources: every connector there is, in the same order, which is also their priority.
        hosts: what all clients of the run know of the hosts: two sources on one host share its budget and circuit.
    """

    settings: Settings
    store: Store
    archive: Archive
    instant: datetime
    policy: Policy
    keyed_hash: KeyedHash
    sources: Mapping[str, Connector] = field(default_factory=dict)
    all_sources: Mapping[str, Connector] = field(default_factory=dict)
    hosts: Hosts = field(default_factory=lambda: Hosts(time.monotonic, time.sleep))

    def client(self, connector: Connector) -> PoliteClient:
        """A new client for one source; create it inside the task that uses it."""
        return PoliteClient(
            connector.name,
            self.settings.base_url(connector.name, connector.terms.base_url),
            requests_per_second=connector.terms.requests_per_second,
            clock=now,
            monotonic=time.monotonic,
            sleep=time.sleep,
            rng=random.random,
            archive=self.archive,
            user_agent=f"grandcompte/{VERSION} (+{self.settings.contact})",
            allow_private_addresses=self.settings.allow_private_addresses,
            hosts=self.hosts,
            key=self.settings.key_of(connector.name),
        )


def chosen_sources(names: tuple[str, ...] = ()) -> dict[str, Connector]:
    """The connectors of these names, or all of them.

    Raises:
        SettingsError: a name that no connector has; lists the known ones.
    """
    known = connectors.discover()
    if unknown := [name for name in names if name not in known]:
        raise SettingsError(f"no source is called {', '.join(unknown)}; known: {', '.join(known)}")
    # registers of legal units first: their identifiers are what the others are asked for
    ordered = sorted(known.values(), key=lambda c: ("establishments" not in c.writes, c.name))
    return {c.name: c for c in ordered if not names or c.name in names}


def open_archive(settings: Settings) -> Archive:
    """The archive of the settings; nothing is created yet.

    Raises:
        SettingsError: the address is no folder and none that fsspec can open.
    """
    if Path(settings.archive_url).is_file():
        raise SettingsError(f"setting GRANDCOMPTE_ARCHIVE_URL: {settings.archive_url} is a file, expected a folder")
    try:
        return Archive(settings.archive_url)
    except (ValueError, ImportError) as error:
        raise SettingsError(f"setting GRANDCOMPTE_ARCHIVE_URL: {settings.archive_url}: {error}") from error


@contextmanager
def open_runtime(
    settings: Settings, instant: datetime | None = None, sources: tuple[str, ...] = ()
) -> Iterator[Runtime]:
    """Open store and archive for one run.

    Raises:
        SettingsError: pepper missing, unknown source, unreadable policy, no archive address.
        DatabaseUnavailableError: the database cannot be reached or is not migrated.
    """
    if settings.pepper_bytes is None:
        raise SettingsError(
            "setting GRANDCOMPTE_PEPPER is missing: a long random text kept outside the database; person ids and "
            "objections are hashed with it, so it must never change afterwards"
        )
    # what a person can mend in a second is told before any service is asked
    chosen, policy, archive = chosen_sources(sources), read_policy(settings.policy), open_archive(settings)
    every = chosen_sources()
    check_source_urls(settings, every)
    store = Store.open(settings.database_url)
    try:
        store.check_is_migrated()
        yield Runtime(
            settings=settings,
            store=store,
            archive=archive,
            instant=instant or now(),
            policy=policy,
            keyed_hash=KeyedHash(settings.pepper_bytes),
            sources=chosen,
            all_sources=every,
        )
    finally:
        store.close()
