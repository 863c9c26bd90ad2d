"""What happens the moment somebody objects: the hash is stored, and what is stored of them goes."""

import polars as pl

from flows.erasure import conceal_units
from flows.privacy import SCOPE_OBJECTION, appointment_hashes, unit_hashes
from flows.runtime import Runtime
from flows.withdrawal import withdraw_people, withdraw_profiles
from schemas.vocabulary import OfficerKind


def object_to_unit(runtime: Runtime, scheme: str, identifier: str, reason: str) -> int:
    """A company objects: no profile, no rows, a tombstone where it was published; returns the profiles withdrawn."""
    key_hash = runtime.keyed_hash.unit(scheme, identifier)
    runtime.store.suppress(key_hash, SCOPE_OBJECTION, reason, runtime.instant)
    withdrawn = withdraw_profiles(runtime)
    units = runtime.store.read_history("legal_units")
    for source, connector in runtime.sources.items():
        own = units.filter(pl.col("source") == source)
        hit = unit_hashes(own, runtime.keyed_hash).filter(pl.col("key_hash") == key_hash)["source_key"].unique()
        conceal_units(runtime, connector, own, hit)
    return withdrawn


def object_to_person(
    runtime: Runtime, family: str, given: str, birth_month: str | None, unit: str | None, reason: str
) -> int:
    """A person objects: no appointment, mandate or change of theirs stays; returns the appointments erased."""
    hashes = runtime.keyed_hash.person((family,), given, birth_month=birth_month, unit=unit)
    for key_hash in hashes:
        runtime.store.suppress(key_hash, SCOPE_OBJECTION, reason, runtime.instant)
    rows = runtime.store.read_history("appointments").filter(pl.col("officer_kind") == OfficerKind.PERSON.value)
    hit = [
        (row["source"], row["source_key"])
        for row in rows.iter_rows(named=True)
        if appointment_hashes(row, runtime.keyed_hash) & hashes
    ]
    withdraw_people(runtime, hit)
    for source in {source for source, _ in hit}:
        runtime.store.erase_observations("appointments", source, [key for s, key in hit if s == source])
    return len(hit)
