"""Stage 4: everything that the CRM sees, staged first and then written in one short transaction."""

from typing import Any

import polars as pl

from flows.evidence import evidence_rows, field_statements, provenance_rows
from flows.ledger import Run
from flows.privacy import appointment_hashes, unit_hashes
from flows.profile import Profiled
from flows.publication import Publication
from flows.resolve import Resolved, entity_moves
from flows.rows import profile_rows
from flows.runtime import Runtime
from schemas.vocabulary import ChangeStatus, EntityKind, IdKind, ProfileStatus

UTC = pl.Datetime("us", "UTC")


def publish(runtime: Runtime, resolved: Resolved, profiled: Profiled, run: Run) -> dict[str, Any]:
    """Publish tonight's profiles; returns counts for the ledger."""
    published = runtime.store.read("prospect_profile")
    redirects = find_redirects(resolved, profiled)
    profiles = with_leavers(profile_rows(resolved, profiled), published, redirects, profiled.anchors)
    result = runtime.store.publish(
        Publication(
            profiles=profiles,
            timing=profiled.timing,
            checks=last_checks(runtime, resolved, profiled),
            side={
                "executive": executive_rows(runtime, profiled),
                "executive_change": change_rows(runtime, profiled),
                "group_link": link_rows(resolved, profiled),
                "presence_evidence": profiled.evidence,
                "account_match": account_rows(runtime, resolved, profiled),
                "score_detail": profiled.details,
                "profile_evidence": evidence_rows(field_statements(resolved, profiled)),
                "field_provenance": provenance_rows(resolved, profiled),
            },
            redirects=redirects,
            profile_keys=profile_keys(runtime, resolved, profiled, published),
            person_keys=person_keys(runtime, profiled),
        ),
        run_id=run.run_id,
        instant=runtime.instant,
        fencing_token=run.fencing_token,
    )
    held = profiled.changes.filter(pl.col("status") == "held").height
    return {
        "entities": resolved.golden.height,
        "profiles": profiles.height,
        "groups": profiled.groups.height,
        "feed_rows": result.feed_rows,
        "changes": profiled.changes.height,
        "changes_held": held,
        "accounts_matched": resolved.matches.filter(pl.col("match_status") == "matched")["account_id"].n_unique(),
    }


def find_redirects(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """Every id that lost a merge and the one that stands for it, from the registry: a killed run loses none."""
    registry = resolved.registry
    entities = registry.filter(pl.col("kind") == IdKind.ENTITY.value)
    moved = entity_moves(registry, resolved.entity_records)
    founder = ["source", "source_key", "n"]
    companies = registry.filter(pl.col("kind") == IdKind.COMPANY.value).select(
        *founder, pl.col("id").alias("profile_id")
    )
    profile_of = entities.join(companies, on=founder).select(pl.col("id").alias("entity_id"), "profile_id")
    new_profiles = pl.concat(
        [
            profile_of,
            profiled.members.filter("is_anchor", pl.col("entity_kind") == EntityKind.COMPANY.value).select(
                "entity_id", "profile_id"
            ),
        ]
    ).unique("entity_id", keep="last", maintain_order=True)
    of_companies = (
        moved.join(profile_of, left_on="old_id", right_on="entity_id")
        .join(new_profiles, left_on="new_id", right_on="entity_id", suffix="_new")
        .select(pl.col("profile_id").alias("old_id"), pl.col("profile_id_new").alias("new_id"))
    )
    active = profiled.anchors.filter(pl.col("status") == ProfileStatus.ACTIVE.value)
    of_groups = (
        profiled.anchors.filter(pl.col("status") == ProfileStatus.MERGED.value)
        .join(resolved.members.select("entity_id", "head_entity_id"), left_on="head_entity_id", right_on="entity_id")
        .join(active, left_on="head_entity_id_right", right_on="head_entity_id")
        .select(pl.col("group_id").alias("old_id"), pl.col("group_id_right").alias("new_id"))
    )
    return pl.concat([moved, of_companies, of_groups]).unique("old_id", maintain_order=True).sort("old_id")


def with_leavers(
    rows: pl.DataFrame, published: pl.DataFrame, redirects: pl.DataFrame, anchors: pl.DataFrame
) -> pl.DataFrame:
    """Add the rows that live on as `merged` or `ceased`: a row never vanishes."""
    columns = rows.columns
    known = published.join(rows.select("profile_id"), on="profile_id", how="anti").select(columns)
    merged = known.join(redirects, left_on="profile_id", right_on="old_id").with_columns(
        status=pl.lit(ProfileStatus.MERGED.value), merged_into_id=pl.col("new_id")
    )
    ended = anchors.filter(pl.col("status") == ProfileStatus.CEASED.value).select(
        pl.col("group_id").alias("profile_id")
    )
    ceased = known.join(ended, on="profile_id", how="semi").with_columns(status=pl.lit(ProfileStatus.CEASED.value))
    return pl.concat([rows, merged.select(columns), ceased.select(columns)], how="vertical_relaxed").sort("profile_id")


def last_checks(runtime: Runtime, resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """The newest instant at which a source confirmed each profile's anchor."""
    confirmed = pl.concat(
        [
            resolved.units.select(
                "source", pl.col("source_key").alias("unit_key"), pl.col("observed_from").alias("at")
            ),
            runtime.store.read_snapshots()
            .filter("is_good")
            .select("source", "unit_key", pl.col("observed_at").alias("at")),
        ]
    )
    by_entity = (
        confirmed.join(resolved.entity_records, left_on=["source", "unit_key"], right_on=["source", "source_key"])
        .group_by("entity_id")
        .agg(pl.col("at").max().alias("last_verified_at"))
    )
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    return anchors.join(by_entity, on="entity_id").select("profile_id", "last_verified_at").sort("profile_id")


def executive_rows(runtime: Runtime, profiled: Profiled) -> pl.DataFrame:
    """The mandates of each profile's anchor; their ids are hashes, an appointment's key can hold a birth month."""
    hashed = [f"gcm_{runtime.keyed_hash.of(f'mandate|{key}')[:26]}" for key in profiled.mandates["mandate_id"]]
    mandates = profiled.mandates.with_columns(mandate_id=pl.Series(hashed, dtype=pl.String)).drop("source_key")
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    return anchors.join(mandates, on="entity_id").sort("profile_id", "mandate_id")


def change_rows(runtime: Runtime, profiled: Profiled) -> pl.DataFrame:
    """The changes of each profile's anchor, with the instant of the run that found them.

    A change that was told and that the whole history no longer shows (two records turned out to be one person) stays
    as `retracted`; one of a person who may not be named any more goes.
    """
    told = runtime.store.read("executive_change")
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    first_found = told.select("change_id", "detected_at").unique("change_id")
    now = pl.lit(runtime.instant, UTC)
    changes = (
        anchors.join(profiled.changes.drop("source_key"), on="entity_id")
        .join(first_found, on="change_id", how="left")
        .with_columns(pl.col("detected_at").fill_null(now))
    )
    nameable = pl.col("person_id").is_null() | pl.col("person_id").is_in(profiled.people["person_id"].to_list())
    taken_back = (
        told.join(changes, on="change_id", how="anti")
        .join(anchors, on=["profile_id", "entity_id"], how="semi")
        .filter(nameable)
        .with_columns(status=pl.lit(ChangeStatus.RETRACTED.value))
    )
    return pl.concat([changes, taken_back.select(changes.columns)], how="vertical_relaxed").sort(
        "profile_id", "change_id"
    )


def link_rows(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """The tree with the company profiles of child and parent."""
    companies = profiled.members.filter(pl.col("entity_kind") == EntityKind.COMPANY.value)
    ids = companies.select("entity_id", "profile_id")
    return (
        resolved.links.join(
            ids.rename({"entity_id": "child_entity_id", "profile_id": "child_id"}), on="child_entity_id"
        )
        .join(
            ids.rename({"entity_id": "parent_entity_id", "profile_id": "parent_id"}), on="parent_entity_id", how="left"
        )
        .sort("link_id")
    )


def account_rows(runtime: Runtime, resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """What each CRM account is: the group of a head, else the company; the entity that it matched stays beside it."""
    anchors = profiled.members.filter("is_anchor").select("entity_id", "entity_kind", "profile_id")
    groups_first = anchors.sort(pl.col("entity_kind") != EntityKind.GROUP.value, "profile_id")
    best = groups_first.unique("entity_id", keep="first", maintain_order=True).select("entity_id", "profile_id")
    names = runtime.store.read("crm_accounts").select("account_id", pl.col("name").alias("account_name"))
    return (
        resolved.matches.join(best, on="entity_id", how="left")
        .join(names, on="account_id", how="left")
        .sort("account_id", "rank")
    )


def profile_keys(runtime: Runtime, resolved: Resolved, profiled: Profiled, published: pl.DataFrame) -> pl.DataFrame:
    """Under which hashes a profile may have been objected to: those of every record of its anchor, and those shown."""
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    units = resolved.units.join(resolved.entity_records, on=["source", "source_key"]).join(anchors, on="entity_id")
    columns = ["source_key", "national_id", "national_id_scheme", "lei"]
    named = pl.concat(
        [frame.with_columns(source_key=pl.col("profile_id")).select(columns) for frame in (units, published)]
    )
    hashes = unit_hashes(named, runtime.keyed_hash)
    return hashes.rename({"source_key": "profile_id"}).unique().sort("profile_id", "key_hash")


def person_keys(runtime: Runtime, profiled: Profiled) -> pl.DataFrame:
    """Under which hashes each person may have objected: by birth month and by company, under every name they bear."""
    appointments = runtime.store.read_current("appointments").join(profiled.people, on=["source", "source_key"])
    hashes = {
        (row["person_id"], key_hash)
        for row in appointments.iter_rows(named=True)
        for key_hash in appointment_hashes(row, runtime.keyed_hash)
    }
    schema = {"person_id": pl.String, "key_hash": pl.String}
    return pl.DataFrame(sorted(hashes), schema=schema, orient="row")
