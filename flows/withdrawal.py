"""Takes published rows back at once, through the same transaction as every night."""

import polars as pl

from enrich.executives import find_people
from flows.erasure import Concealed
from flows.privacy import unit_hashes
from flows.publication import Publication
from flows.runtime import Runtime
from schemas.frames import AppointmentVersion
from schemas.vocabulary import IdKind

RECORD = ["source", "source_key"]
PRIVACY_RUN = "privacy"  # what stands as run_id on the feed rows that an objection writes


def withdraw_profiles(runtime: Runtime, concealed: Concealed) -> int:
    """Withdraw every published profile that a suppression names, and what others show of it; returns how many."""
    published = runtime.store.read("prospect_profile")
    named = published.select(pl.col("profile_id").alias("source_key"), "national_id", "national_id_scheme", "lei")
    keys = unit_hashes(named, runtime.keyed_hash).rename({"source_key": "profile_id"})
    records = pl.DataFrame(sorted(concealed.records), schema={name: pl.String for name in RECORD}, orient="row")
    publication = Publication(profile_keys=keys, withheld_records=records, withheld_names=concealed.names)
    result = runtime.store.publish(publication, run_id=PRIVACY_RUN, instant=runtime.instant)
    return result.operations.get("suppress", 0)


def forget_decisions(runtime: Runtime, concealed: Concealed) -> None:
    """Take the records of these units out of what resolve decided: the next run decides without them."""
    store = runtime.store
    records = pl.DataFrame(sorted(concealed.records), schema={name: pl.String for name in RECORD}, orient="row")
    keys = records["source_key"].to_list()
    bound = store.read("entity_records")
    left = bound.join(records, on=RECORD, how="anti")
    gone = set(bound["entity_id"]) - set(left["entity_id"])
    store.sync("entity_records", left)
    named = [f"{source}|{key}" for source, key in records.iter_rows()]
    for table in ("candidate_pairs", "judgements"):
        pairs = store.read(table)
        is_named = pl.col("left_record").is_in(named) | pl.col("right_record").is_in(named)
        store.sync(table, pairs.filter(~is_named))
    of_units = records.rename({"source_key": "unit_key"})
    offices = store.read_history("appointments", {"unit_key": keys}).join(
        of_units, on=["source", "unit_key"], how="semi"
    )
    store.sync("people", store.read("people").join(offices, on=RECORD, how="anti"))
    links = store.read("group_links")
    of_them = pl.col("parent_key").is_in(keys) | pl.col("child_entity_id").is_in(gone)
    store.sync("group_links", links.filter(~(of_them | pl.col("parent_entity_id").is_in(gone)).fill_null(False)))
    ties = store.read("domain_ties")
    store.sync("domain_ties", ties.filter(~pl.col("identifier").is_in(list(concealed.identifiers))))
    store.sync("universe", store.read("universe").filter(~pl.col("entity_id").is_in(gone)))
    store.sync(
        "account_matches", store.read("account_matches").filter(~pl.col("entity_id").is_in(gone).fill_null(False))
    )


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
