"""Takes published rows back at once, through the same transaction as every night."""

import polars as pl

from enrich.executives import find_people
from flows.privacy import unit_hashes
from flows.publication import Publication
from flows.runtime import Runtime
from schemas.frames import AppointmentVersion
from schemas.vocabulary import IdKind

PRIVACY_RUN = "privacy"  # what stands as run_id on the feed rows that an objection writes


def withdraw_profiles(runtime: Runtime) -> int:
    """Withdraw every published profile that a suppression names; returns how many."""
    published = runtime.store.read("prospect_profile")
    named = published.select(pl.col("profile_id").alias("source_key"), "national_id", "national_id_scheme", "lei")
    keys = unit_hashes(named, runtime.keyed_hash).rename({"source_key": "profile_id"})
    result = runtime.store.publish(Publication(profile_keys=keys), run_id=PRIVACY_RUN, instant=runtime.instant)
    return result.operations.get("suppress", 0)


def withdraw_people(runtime: Runtime, appointments: list[tuple[str, str]]) -> None:
    """Withdraw the published mandates and changes of the persons who hold these appointments (source, source_key)."""
    if not appointments:
        return
    history = runtime.store.read_history("appointments")
    people = find_people(AppointmentVersion.cast(history.select(AppointmentVersion.column_names())))
    hit = pl.DataFrame(appointments, schema=["source", "source_key"], orient="row")
    founders = people.join(hit, on=["source", "source_key"], how="semi")
    hashed = {
        runtime.keyed_hash.of(f"appointment|{source}|{key}")
        for source, key in founders.select("source", "founder_source_key").iter_rows()
    }
    registry = runtime.store.read("id_registry").filter(pl.col("kind") == IdKind.PERSON.value)
    ids = registry.filter(pl.col("source_key").is_in(list(hashed)))["id"]
    named = runtime.store.read("people")
    runtime.store.sync("people", named.filter(~pl.col("person_id").is_in(ids.to_list())))
    runtime.store.publish(
        Publication(suppressed_person_ids=frozenset(ids)), run_id=PRIVACY_RUN, instant=runtime.instant
    )
