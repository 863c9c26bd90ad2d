"""Sites of those who may not be named: not read, and taken out of rows and archive as a whole.

A page names its company on every line, so nothing of it can stay. The domain itself is suppressed as a keyed hash, so
that the next night does not ask for it, whoever lists it.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from connectors.contract import Connector
from connectors.domains import registrable_domain
from connectors.website import publisher_numbers
from flows.privacy import SCHEMES, SCOPE_DIFFUSION, SCOPE_OBJECTION, KeyedHash
from flows.redaction import Rewritten
from flows.runtime import Runtime

DOMAIN_SCHEME = "DOMAIN"
REASON = "site of a unit that may not be named"


def hidden_domains(pages: pl.DataFrame, suppressed: set[str], keyed: KeyedHash) -> frozenset[str]:
    """The domains of pages whose publisher may not be named, by a number that they claim or by the domain itself."""
    if pages.is_empty() or not suppressed:
        return frozenset()
    hidden = {d for d in pages["domain"].unique() if keyed.unit(DOMAIN_SCHEME, d) in suppressed}
    for domain, claims in pages.filter(pl.col("claims").list.len() > 0).select("domain", "claims").iter_rows():
        numbers = {number for claim in claims for number in publisher_numbers(claim)}
        if any(keyed.unit(scheme, number) in suppressed for number in numbers for scheme in SCHEMES):
            hidden.add(domain)
    return frozenset(hidden)


def domains_claiming(runtime: Runtime, identifiers: Iterable[str]) -> frozenset[str]:
    """The domains on whose stored pages the publisher claims one of these numbers, and those tied to them."""
    wanted = set(identifiers)
    if not wanted:
        return frozenset()
    pages = runtime.store.read_history("pages").filter(pl.col("claims").list.len() > 0)
    claiming = {
        domain
        for domain, claims in pages.select("domain", "claims").iter_rows()
        if any(wanted & publisher_numbers(claim) for claim in claims)
    }
    ties = runtime.store.read("domain_ties").filter(pl.col("identifier").is_in(list(wanted)))
    return frozenset(claiming | set(ties["domain"]) | closed_domains(runtime))


def erase_sites(runtime: Runtime, domains: Iterable[str], since: datetime | None = None) -> dict[str, Rewritten]:
    """Take these sites out of archive and rows, and keep their domains from being asked again.

    The archive first: a run that is killed in between finds the rows again and goes on.

    Returns:
        By source what became of archived payloads.
    """
    wanted = frozenset(domains)
    rewritten: dict[str, Rewritten] = {}
    if not wanted:
        return rewritten
    suppress_domains(runtime, wanted, since or runtime.instant)
    for source, connector in runtime.all_sources.items():
        if "pages" not in connector.writes:
            continue
        rewritten[source] = _forget_answers(runtime, connector, wanted)
        rows = runtime.store.read_history("pages", {"domain": wanted, "source": [source]})
        runtime.store.erase_observations("pages", source, rows["source_key"].unique().to_list())
    ties = runtime.store.read("domain_ties")
    runtime.store.sync("domain_ties", ties.filter(~pl.col("domain").is_in(list(wanted))))
    return rewritten


def suppress_domains(runtime: Runtime, domains: Iterable[str], since: datetime) -> None:
    """Remember as keyed hashes which domains are not asked for."""
    known = runtime.store.read("suppression")
    scope = SCOPE_OBJECTION if SCOPE_OBJECTION in set(known["scope"]) else SCOPE_DIFFUSION
    told = set(known["key_hash"])
    for domain in sorted(domains):
        key_hash = runtime.keyed_hash.unit(DOMAIN_SCHEME, domain)
        if key_hash not in told:
            runtime.store.suppress(key_hash, scope, REASON, since)


def open_domains(runtime: Runtime, accounts: pl.DataFrame) -> tuple[str, ...]:
    """The domains of accounts that may be asked: neither they nor the units that have them are suppressed."""
    suppressed, closed = runtime.store.read_suppressions(), closed_domains(runtime)
    named = set(accounts["domain"].drop_nulls()) - closed
    return tuple(d for d in sorted(named) if runtime.keyed_hash.unit(DOMAIN_SCHEME, d) not in suppressed)


def closed_domains(runtime: Runtime) -> frozenset[str]:
    """The domains of accounts whose own number is suppressed, unless another account has the same domain and is not.

    A subsidiary that objects does not close its group's site.
    """
    suppressed, keyed = runtime.store.read_suppressions(), runtime.keyed_hash
    closed: dict[str, bool] = {}
    for row in runtime.store.read("crm_accounts").iter_rows(named=True):
        numbers = ((row["national_id_scheme"], row["national_id"]), ("LEI", row["lei"]))
        hashes = {keyed.unit(scheme, number) for scheme, number in numbers if scheme and number}
        if row["domain"] and hashes:
            closed[row["domain"]] = closed.get(row["domain"], True) and not suppressed.isdisjoint(hashes)
    return frozenset(domain for domain, is_closed in closed.items() if is_closed)


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
