"""Sites of those who may not be named: not read, and taken out of rows and archive as a whole.

A page names its company on every line, so nothing of it can stay. The domain itself is suppressed as a keyed hash, so
that the next night does not ask for it, whoever lists it. Its reason remembers the keyed hashes of the units for whom
it was closed: when none of them is suppressed any more, the site may be asked again.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl

from connectors.contract import Connector
from connectors.domains import registrable_domain
from connectors.website import publisher_numbers
from flows.privacy import SCHEMES, SCOPE_DIFFUSION, KeyedHash
from flows.redaction import Rewritten
from flows.runtime import Runtime

DOMAIN_SCHEME = "DOMAIN"
REASON = "site of a unit that may not be named"
KEY_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)

Closed = dict[str, set[str]]  # domain -> keyed hashes of the suppressed units for whom it is closed


def hidden_domains(pages: pl.DataFrame, suppressed: set[str], keyed: KeyedHash) -> Closed:
    """The domains of pages whose publisher may not be named, by a number that they claim or by the domain itself."""
    if pages.is_empty() or not suppressed:
        return {}
    hidden: Closed = {d: set() for d in pages["domain"].unique() if keyed.unit(DOMAIN_SCHEME, d) in suppressed}
    for domain, claims in pages.filter(pl.col("claims").list.len() > 0).select("domain", "claims").iter_rows():
        numbers = {number for claim in claims for number in publisher_numbers(claim)}
        if causes := hashes_of(numbers, keyed) & suppressed:
            hidden.setdefault(domain, set()).update(causes)
    return hidden


def domains_claiming(runtime: Runtime, identifiers: Iterable[str]) -> Closed:
    """The domains on whose stored pages the publisher claims one of these numbers, and those tied to them."""
    wanted, keyed = set(identifiers), runtime.keyed_hash
    if not wanted:
        return {}
    suppressed = runtime.store.read_suppressions()
    found: dict[str, set[str]] = {}
    pages = runtime.store.read_history("pages").filter(pl.col("claims").list.len() > 0)
    for domain, claims in pages.select("domain", "claims").iter_rows():
        if numbers := wanted & {number for claim in claims for number in publisher_numbers(claim)}:
            found.setdefault(domain, set()).update(numbers)
    ties = runtime.store.read("domain_ties").filter(pl.col("identifier").is_in(list(wanted)))
    for domain, number in ties.select("domain", "identifier").iter_rows():
        found.setdefault(domain, set()).add(number)
    closed = {domain: hashes_of(numbers, keyed) & suppressed for domain, numbers in found.items()}
    for domain, causes in closed_domains(runtime).items():
        closed.setdefault(domain, set()).update(causes)
    return closed


def hashes_of(numbers: Iterable[str], keyed: KeyedHash) -> set[str]:
    """The keyed hashes of numbers that stand alone, under every scheme that they may be of."""
    return {keyed.unit(scheme, number) for number in numbers for scheme in SCHEMES}


def erase_sites(
    runtime: Runtime, closed: Mapping[str, set[str]], since: datetime | None = None
) -> dict[str, Rewritten]:
    """Take these sites out of archive and rows, and keep their domains from being asked again.

    The archive first: a run that is killed in between finds the rows again and goes on.

    Returns:
        By source what became of archived payloads.
    """
    wanted = frozenset(closed)
    rewritten: dict[str, Rewritten] = {}
    if not wanted:
        return rewritten
    suppress_domains(runtime, closed, since or runtime.instant)
    for source, connector in runtime.all_sources.items():
        if "pages" not in connector.writes:
            continue
        rewritten[source] = _forget_answers(runtime, connector, wanted)
        rows = runtime.store.read_history("pages", {"domain": wanted, "source": [source]})
        runtime.store.erase_observations("pages", source, rows["source_key"].unique().to_list())
    ties = runtime.store.read("domain_ties")
    runtime.store.sync("domain_ties", ties.filter(~pl.col("domain").is_in(list(wanted))))
    return rewritten


def suppress_domains(runtime: Runtime, closed: Mapping[str, set[str]], since: datetime) -> None:
    """Remember as keyed hashes which domains are not asked for, and for whom."""
    known = {row["key_hash"]: row["reason"] for row in runtime.store.read("suppression").iter_rows(named=True)}
    for domain in sorted(closed):
        key_hash = runtime.keyed_hash.unit(DOMAIN_SCHEME, domain)
        before = set(KEY_HASH.findall(known.get(key_hash, "")))
        if key_hash in known and closed[domain] <= before:
            continue
        runtime.store.lift_suppression(key_hash)
        reason = " ".join([REASON, *sorted(closed[domain] | before)])
        runtime.store.suppress(key_hash, SCOPE_DIFFUSION, reason, since)


def reopen_domains(runtime: Runtime) -> None:
    """Let the sites be asked again whose units may all be named again."""
    known = runtime.store.read("suppression")
    hashes = set(known["key_hash"])
    for key_hash, reason in known.select("key_hash", "reason").iter_rows():
        causes = set(KEY_HASH.findall(reason)) if reason.startswith(REASON) else set()
        if causes and causes.isdisjoint(hashes):
            runtime.store.lift_suppression(key_hash)


def open_domains(runtime: Runtime, accounts: pl.DataFrame) -> tuple[str, ...]:
    """The domains of accounts that may be asked: neither they nor the units that have them are suppressed."""
    suppressed, closed = runtime.store.read_suppressions(), closed_domains(runtime)
    named = set(accounts["domain"].drop_nulls()) - closed.keys()
    return tuple(d for d in sorted(named) if runtime.keyed_hash.unit(DOMAIN_SCHEME, d) not in suppressed)


def closed_domains(runtime: Runtime) -> Closed:
    """The domains of accounts whose own number is suppressed, unless another account has the same domain and is not.

    A subsidiary that objects does not close its group's site.
    """
    suppressed, keyed = runtime.store.read_suppressions(), runtime.keyed_hash
    closed: Closed = {}
    shared = set()
    for row in runtime.store.read("crm_accounts").iter_rows(named=True):
        numbers = ((row["national_id_scheme"], row["national_id"]), ("LEI", row["lei"]))
        hashes = {keyed.unit(scheme, number) for scheme, number in numbers if scheme and number}
        if row["domain"] and hashes:
            if suppressed.isdisjoint(hashes):
                shared.add(row["domain"])
            closed.setdefault(row["domain"], set()).update(hashes & suppressed)
    return {domain: causes for domain, causes in closed.items() if domain not in shared}


def _forget_answers(runtime: Runtime, connector: Connector, domains: frozenset[str]) -> Rewritten:
    """Delete every archived answer that was asked of these sites, site maps and files included."""
    gone: Rewritten = {}
    entries = [e for e in runtime.archive.entries(connector.name) if registrable_domain(e.key) in domains]
    with runtime.archive.together():
        for entry in entries:
            runtime.archive.delete(entry)
            gone[entry.sha256] = None
    still = {entry.sha256 for entry in runtime.archive.entries(connector.name)}
    gone = {sha256: new for sha256, new in gone.items() if sha256 not in still}
    for sha256 in sorted(gone):
        runtime.store.move_payload(connector.name, sha256, None)
    return gone
