"""What happens the moment somebody objects: the hash is stored, and what is stored of them goes."""

import polars as pl

from flows.diffusion import concealed_units, spread_objections, spread_suppressions
from flows.erasure import conceal, erase_appointments
from flows.notices import Unwelcome, silence_notices
from flows.page_people import forget_pages_of_person
from flows.privacy import SCOPE_OBJECTION, appointment_hashes
from flows.redaction import masker_of
from flows.runtime import Runtime
from flows.withdrawal import forget_decisions, withdraw_people, withdraw_profiles
from schemas.vocabulary import OfficerKind


def object_to_unit(runtime: Runtime, scheme: str, identifier: str, reason: str) -> int:
    """A company objects: no profile, no rows, a tombstone where it was published; returns the profiles withdrawn.

    Every identifier of the unit that a source told is suppressed with the one that was given.
    """
    key_hash = runtime.keyed_hash.unit(scheme, identifier)
    runtime.store.suppress(key_hash, SCOPE_OBJECTION, reason, runtime.instant)
    suppressed = spread_suppressions(runtime)
    concealed = concealed_units(runtime, suppressed, keys=[identifier])
    withdrawn = withdraw_profiles(runtime, concealed)
    forget_decisions(runtime, concealed)
    masker = masker_of(runtime, suppressed, concealed.names)
    silence_notices(runtime, Unwelcome(suppressed, names=concealed.names), masker, concealed.identifiers)
    conceal(runtime, concealed, masker)
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
    found = pl.DataFrame(hit, schema={"source": pl.String, "source_key": pl.String}, orient="row")
    own = rows.join(found, on=["source", "source_key"], how="semi")
    spread_objections(runtime, own)
    withdraw_people(runtime, hit)
    suppressed = runtime.store.read_suppressions()
    masker = masker_of(runtime, suppressed)
    about = {*own["unit_key"], *([unit] if unit else [])}
    silence_notices(runtime, Unwelcome(suppressed), masker, about)
    for source in sorted({source for source, _ in hit}):
        erase_appointments(runtime, runtime.all_sources[source], [key for s, key in hit if s == source], masker)
    names = {family, *own["family_name"].drop_nulls(), *own["usage_name"].drop_nulls()}
    forget_pages_of_person(runtime, names, given)
    return len(hit)
