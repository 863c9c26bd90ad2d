"""Stage 4: everything that the CRM sees, staged first and then written in one short transaction."""

from datetime import datetime
from typing import Any

import dataframely as dy
import polars as pl

from enrich.buying import find_arrivals
from enrich.timing import time_profiles
from flows.evidence import evidence_rows, field_statements, provenance_rows
from flows.facts import INSOLVENCY
from flows.feed import TOP_EXECUTIVE
from flows.ledger import Run
from flows.privacy import appointment_hashes, unit_hashes
from flows.profile import Profiled
from flows.publication import Publication
from flows.resolve import Resolved, entity_moves
from flows.rows import profile_rows
from flows.runtime import Runtime
from schemas.frames import ExecutiveChange, ProfileMember, ProfileScore, ProfileTiming
from schemas.vocabulary import ChangeStatus, Diffusion, EntityKind, IdKind, ProfileStatus, TieStatus

UTC = pl.Datetime("us", "UTC")
STREET_COLUMNS = ("hq_address", "hq_postal_code")
LINK_ENDS = ["entity_id", "profile_id", "entity_kind"]


def publish(
    runtime: Runtime, resolved: Resolved, profiled: Profiled, run: Run, *, committed_at: datetime | None = None
) -> dict[str, Any]:
    """Publish tonight's profiles; returns counts for the ledger.

    Args:
        runtime: of the night whose state is published.
        resolved: who is who.
        profiled: what they are.
        run: the run that publishes.
        committed_at: the instant of what moves, where it is not the night's own (a review after it).
    """
    published = runtime.store.read("prospect_profile")
    redirects = find_redirects(resolved, profiled, runtime.store.read("id_redirect"))
    profiles = with_leavers(profile_rows(resolved, profiled), published, redirects, profiled.anchors)
    result = runtime.store.publish(
        Publication(
            profiles=profiles,
            timing=pl.concat([profiled.timing, leavers_timing(runtime, profiled, profiles, published)]),
            checks=last_checks(runtime, resolved, profiled),
            side={
                "executive": executive_rows(runtime, profiled),
                "executive_change": change_rows(runtime, profiled, is_backfill=run.kind == "backfill"),
                "group_link": link_rows(resolved, profiled, published),
                "presence_evidence": profiled.evidence,
                "account_match": account_rows(runtime, resolved, profiled),
                "score_detail": profiled.details,
                "profile_evidence": evidence_rows(field_statements(resolved, profiled)),
                "field_provenance": provenance_rows(resolved, profiled),
            },
            redirects=redirects,
            profile_keys=profile_keys(runtime, resolved, profiled, published),
            person_keys=person_keys(runtime, profiled),
            hidden_fields=hidden_fields(runtime, resolved, profiled),
            decisions=profiled.decisions,
        ),
        run_id=run.run_id,
        instant=committed_at or runtime.instant,
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
        **({"masses_held": profiled.masses_held} if profiled.masses_held else {}),
        "accounts_matched": resolved.matches.filter(pl.col("match_status") == "matched")["account_id"].n_unique(),
        **({"domains_in_conflict": disputed} if (disputed := domains_in_conflict(resolved)) else {}),
    }


def domains_in_conflict(resolved: Resolved) -> int:
    """How many domains nobody is tied to because two companies, or the site and the CRM, claim otherwise."""
    return int(resolved.ties.filter(pl.col("status") == TieStatus.CONFLICT.value)["domain"].n_unique())


def find_redirects(resolved: Resolved, profiled: Profiled, published: pl.DataFrame) -> pl.DataFrame:
    """Every id that lost a merge and the one that stands for it, from the registry: a killed run loses none.

    A merged group stays with the group that took it in, wherever its old head goes afterwards.

    Args:
        resolved: tonight's entities.
        profiled: tonight's groups.
        published: the redirects of earlier nights (old_id, new_id).
    """
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
    merged = profiled.anchors.filter(pl.col("status") == ProfileStatus.MERGED.value)
    told = published.join(merged, left_on="old_id", right_on="group_id", how="semi").select("old_id", "new_id")
    found = pl.concat([moved, of_companies, told, of_groups]).unique("old_id", keep="first", maintain_order=True)
    return follow_to_the_last(found).sort("old_id")


def follow_to_the_last(redirects: pl.DataFrame) -> pl.DataFrame:
    """The same redirects, each pointing at an id that is redirected no further."""
    while True:
        further = redirects.rename({"old_id": "new_id", "new_id": "last_id"})
        followed = redirects.join(further, on="new_id", how="left", maintain_order="left").select(
            "old_id", pl.coalesce("last_id", "new_id").alias("new_id")
        )
        if followed.equals(redirects):
            return redirects
        redirects = followed


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


def leavers_timing(
    runtime: Runtime, profiled: Profiled, profiles: pl.DataFrame, published: pl.DataFrame
) -> dy.DataFrame[ProfileTiming]:
    """The calendar moves for published profiles that tonight did not score, too: their windows close in time.

    Only arrivals that were told count; a profile that was merged or has ceased has no window any more.
    """
    away = published.join(profiled.scores, on="profile_id", how="anti")
    gone = profiles.filter(pl.col("status") != ProfileStatus.ACTIVE.value).select("profile_id")
    anchors = away.join(gone, on="profile_id", how="anti").select(
        "profile_id", "entity_id", "entity_kind", is_anchor=pl.lit(True), is_complete=pl.lit(False)
    )
    told = runtime.store.read("executive_change").join(away, on="profile_id", how="semi")
    changes = ExecutiveChange.cast(profiled.changes.join(told, on="change_id", how="semi"))
    arrivals = find_arrivals(changes, ProfileMember.cast(anchors.drop_nulls("entity_id")))
    insolvent = away.filter(pl.col("risk_flags").str.split(";").list.contains(INSOLVENCY))["profile_id"]
    scores = ProfileScore.cast(away.select(ProfileScore.column_names()))
    on = runtime.instant.date()
    return time_profiles(scores, arrivals, runtime.policy, on=on, insolvent_profiles=insolvent.to_list())


def last_checks(runtime: Runtime, resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """The newest fetch at which a source confirmed each profile's anchor: its record, its roster or its list."""
    seen = runtime.store.read_last_seen("legal_units")
    confirmed = pl.concat(
        [
            seen.select("source", pl.col("source_key").alias("unit_key"), pl.col("last_seen_at").alias("at")),
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


def change_rows(runtime: Runtime, profiled: Profiled, *, is_backfill: bool = False) -> pl.DataFrame:
    """The changes of each profile's anchor, with the instant of the run that found them.

    What a backfill finds is no news of today: it is dated as of the roster that first showed it. A change that was told
    and that the whole history no longer shows (two records turned out to be one person) stays as `retracted`; one of
    whom may not be named any more goes.
    """
    told = runtime.store.read("executive_change")
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    first_found = told.select("change_id", "detected_at").unique("change_id")
    now = pl.lit(runtime.instant, UTC)
    changes = (
        anchors.join(profiled.changes.drop("source_key"), on="entity_id")
        .join(first_found, on="change_id", how="left")
        .with_columns(pl.col("detected_at").fill_null(pl.min_horizontal(now, "first_seen_at") if is_backfill else now))
    )
    organisations = profiled.mandates.filter(pl.col("person_id").is_null()).select("entity_id", "full_name")
    taken_back = (
        told.join(changes, on="change_id", how="anti")
        .join(anchors, on=["profile_id", "entity_id"], how="semi")
        .join(organisations.unique().with_columns(is_known=pl.lit(True)), on=["entity_id", "full_name"], how="left")
        .filter(pl.col("person_id").is_in(profiled.people["person_id"].to_list()).fill_null(False) | pl.col("is_known"))
        .with_columns(status=pl.lit(ChangeStatus.RETRACTED.value))
    )
    return pl.concat([changes, taken_back.select(changes.columns)], how="vertical_relaxed").sort(
        "profile_id", "change_id"
    )


def hidden_fields(runtime: Runtime, resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """What P hides of published profiles (profile_id, field): street and persons, or the street of its seat alone."""
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    partial = resolved.golden.filter(pl.col("diffusion") == Diffusion.PARTIAL.value).select("entity_id")
    seats = runtime.store.read_current("establishments", diffusion=Diffusion.PARTIAL.value).filter("is_head_office")
    seated = seats.select("source", pl.col("unit_key").alias("source_key")).join(
        resolved.entity_records, on=["source", "source_key"]
    )
    parts = [(partial, (*STREET_COLUMNS, *TOP_EXECUTIVE)), (seated.select("entity_id"), STREET_COLUMNS)]
    return pl.concat(
        anchors.join(entities, on="entity_id", how="semi").select("profile_id", pl.lit(field).alias("field"))
        for entities, fields in parts
        for field in fields
    )


def link_rows(resolved: Resolved, profiled: Profiled, published: pl.DataFrame) -> pl.DataFrame:
    """The tree with the company profiles of child and parent, those that were published earlier included."""
    companies = pl.concat([profiled.members.select(LINK_ENDS), published.select(LINK_ENDS)])
    companies = companies.filter(pl.col("entity_kind") == EntityKind.COMPANY.value)
    ids = companies.unique("entity_id", keep="first", maintain_order=True).select("entity_id", "profile_id")
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
