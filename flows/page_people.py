"""Raw pages that name a person who objected are removed from the archive; their rows stay, for they hold no person.

The register of payloads says `removed` where such a page was, as it does for pages past their limit.
"""

import html
import re
from collections.abc import Collection, Iterable, Iterator

import polars as pl
from anyascii import anyascii

from connectors.contract import Connector
from connectors.website import publisher_numbers
from flows.notices import possible_names
from flows.privacy import words_of
from flows.readings import ReadPayload
from flows.retention import RAW_REMOVED
from flows.runtime import Runtime

SCHEME = "FR-RCS"
TAG = re.compile(r"<[^<>]*>")
SPOKEN = re.compile(r'(?:alt|title|content|aria-label)="([^"<>]*)"', re.ASCII)  # words of a page that stand in its tags


def text_of_page(body: bytes) -> str:
    """Every word of a page, scripts with their JSON-LD included: too much is better than a name that is missed."""
    page = body.decode("utf-8", errors="replace")
    return html.unescape(f"{TAG.sub(' ', page)} ; {' ; '.join(SPOKEN.findall(page))}")


def names_on_page(body: bytes) -> set[tuple[str, str]]:
    """Possible names of persons on a page, as `possible_names` reads them; both parts are written with a capital."""
    pairs = possible_names(text_of_page(body))
    return {(family, given) for family, given in pairs if given[:1].isupper() and family.casefold() != family}


def forget_pages_of_person(runtime: Runtime, families: Collection[str], given: str) -> int:
    """Remove every archived page on which one of these family names stands near the first given name; how many."""
    first = (given.replace(",", " ").split() or [""])[0]
    wanted = [words_of(f"{family} {first}") for family in families]
    names = {(_plain(family), _plain(first)) for family in families}

    def is_named(body: bytes) -> bool:
        folded = anyascii(text_of_page(body)).lower()
        if not any(all(word in folded for word in words) for words in wanted):
            return False
        return any((_plain(family), _plain(near)) in names for family, near in names_on_page(body))

    removed = 0
    for source, connector in runtime.all_sources.items():
        if "pages" not in connector.writes:
            continue
        entries = {entry.sha256: entry for entry in runtime.archive.entries(source)}
        named = {sha256 for sha256, e in entries.items() if is_named(runtime.archive.load(e).body)}
        removed += remove_raw(runtime, source, named)
    return removed


def remove_named_pages(runtime: Runtime, connector: Connector, read: Iterable[ReadPayload]) -> set[str]:
    """Remove tonight's raw pages that name somebody who objected in the company of the site; their sha256.

    Pages that were looked at on an earlier night are not looked at again: an objection looks at them itself.
    """
    suppressed = runtime.store.read_suppressions()
    if "pages" not in connector.writes or not suppressed:
        return set()
    register = runtime.store.read("payloads").filter(pl.col("source") == connector.name)
    known = set(register.filter(pl.col("replaced_by").is_null())["sha256"])
    fresh = [item for item in read if item.sha256 not in known and "pages" in item.batch.frames]
    companies = companies_of_sites(runtime, fresh)
    named = set()
    for item in fresh:
        units = {unit for domain in item.batch.frames["pages"]["domain"] for unit in companies.get(domain, ())}
        hashes = (
            runtime.keyed_hash.person((family,), given, unit=unit)
            for family, given in (names_on_page(item.payload.body) if units else ())
            for unit in units
        )
        if any(not suppressed.isdisjoint(found) for found in hashes):
            named.add(item.sha256)
    remove_raw(runtime, connector.name, named)
    return named


def companies_of_sites(runtime: Runtime, fresh: Iterable[ReadPayload]) -> dict[str, set[str]]:
    """By domain the SIREN of its company: what its pages claim, what it is tied to, what the CRM says."""
    found: dict[str, set[str]] = {}
    for domain, numbers in _claimed(runtime, fresh):
        found.setdefault(domain, set()).update(numbers)
    ties = runtime.store.read("domain_ties").filter(pl.col("scheme") == SCHEME)
    accounts = runtime.store.read("crm_accounts").filter(pl.col("national_id_scheme") == SCHEME)
    told = [ties.select("domain", "identifier"), accounts.select("domain", identifier="national_id")]
    for domain, number in pl.concat(told).drop_nulls().iter_rows():
        found.setdefault(domain, set()).add(number)
    return found


def remove_raw(runtime: Runtime, source: str, named: Collection[str]) -> int:
    """Delete these answers from the archive and mark them in the register; returns how many were there."""
    entries = [entry for entry in runtime.archive.entries(source) if entry.sha256 in named] if named else []
    with runtime.archive.together():
        for entry in entries:
            runtime.archive.delete(entry)
    if named:
        runtime.store.mark_removed(source, named, RAW_REMOVED)
    return len(entries)


def _claimed(runtime: Runtime, fresh: Iterable[ReadPayload]) -> Iterator[tuple[str, set[str]]]:
    stored = runtime.store.read_current("pages").select("domain", "claims")
    for rows in (stored, *(item.batch.frames["pages"].select("domain", "claims") for item in fresh)):
        for domain, claims in rows.iter_rows():
            yield domain, {number for claim in claims or () for number in publisher_numbers(claim)}


def _plain(text: str) -> str:
    return "".join(c for c in anyascii(text).lower() if c.isalpha())
