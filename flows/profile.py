"""Stage 3: what each profile is, how far it reaches, who leads it, what changed, and its score with reasons."""

from dataclasses import dataclass
from datetime import datetime

import dataframely as dy
import polars as pl

from enrich.anchors import anchor_groups
from enrich.buying import find_arrivals, find_buying_evidence
from enrich.changes import find_executive_changes
from enrich.criteria import score_profiles
from enrich.executives import find_mandates, find_people
from enrich.finances import believe_statements, choose_statements
from enrich.identity import mint_id, register_ids
from enrich.notices import (
    find_movements,
    find_notice_events,
    find_open_proceedings,
    find_standing_notices,
    leave_out_representatives,
)
from enrich.ownership import find_groups
from enrich.presence import find_presence_evidence, measure_presence
from enrich.timing import time_profiles
from flows.facts import attach_statements, facts_of, find_insolvencies
from flows.masses import hold_masses
from flows.publication import MassDecisions
from flows.resolve import Resolved, entity_moves, observed
from flows.runtime import Runtime
from schemas.frames import (
    AppointmentVersion,
    BuyingEvidence,
    EntityEstablishment,
    ExecutiveChange,
    Founder,
    Group,
    GroupAnchor,
    ListCompleteness,
    Mandate,
    Notice,
    NoticeMovement,
    PersonAppointment,
    Presence,
    PresenceEvidence,
    ProfileFacts,
    ProfileFinances,
    ProfileMember,
    ProfileScore,
    ProfileTiming,
    RegisteredId,
    RosterSnapshot,
    ScoreDetail,
)
from schemas.reference import regions_total
from schemas.vocabulary import EntityKind, IdKind, ProfileStatus, ScopeKind


@dataclass(frozen=True, slots=True)
class Profiled:
    """What profile found out, for publish."""

    members: dy.DataFrame[ProfileMember]
    groups: dy.DataFrame[Group]
    anchors: dy.DataFrame[GroupAnchor]
    sites: pl.DataFrame
    evidence: dy.DataFrame[PresenceEvidence]
    presence: dy.DataFrame[Presence]
    buying: dy.DataFrame[BuyingEvidence]
    mandates: dy.DataFrame[Mandate]
    changes: dy.DataFrame[ExecutiveChange]
    decisions: MassDecisions
    masses_held: list[str]
    people: pl.DataFrame
    finances: dy.DataFrame[ProfileFinances]
    roster_units: pl.DataFrame
    insolvencies: pl.DataFrame
    facts: dy.DataFrame[ProfileFacts]
    scores: dy.DataFrame[ProfileScore]
    details: dy.DataFrame[ScoreDetail]
    timing: dy.DataFrame[ProfileTiming]


def profile(runtime: Runtime, resolved: Resolved) -> Profiled:
    """Build every profile of the universe from the resolved entities, and store what later nights must remember."""
    snapshots = runtime.store.read_snapshots()
    completeness = list_completeness(snapshots)
    registry, company_ids = company_profiles(resolved)
    groups = find_groups(resolved.members, completeness, resolved.entity_records)
    registry, anchors = group_profiles(runtime, resolved, registry, groups)
    members = profile_members(resolved, company_ids, anchors, groups, completeness)
    sites = runtime.store.read_current("establishments")
    establishments = entity_establishments(sites, resolved)
    evidence = find_presence_evidence(members, resolved.golden, establishments, resolved.claims)
    presence = measure_presence(
        evidence, members, resolved.golden, establishments, regions_of_home=regions_of(resolved.golden)
    )
    buying = find_buying_evidence(members, resolved.golden)
    notices = notices_of(runtime, resolved)
    standing = find_standing_notices(observed(notices, Notice))
    registry, people, mandates, changes = executives(runtime, resolved, registry, snapshots, find_movements(standing))
    believed = hold_masses(runtime, members, mandates, changes)
    statements = attach_statements(runtime.store.read_current("financial_statements"), resolved.entity_records)
    finances = choose_statements(believe_statements(statements), members)
    stamps = notices.select("source", "source_key", "observed_from", "payload_sha256")
    proceedings = find_open_proceedings(find_notice_events(standing)).join(stamps, on=["source", "source_key"])
    appointments, today = runtime.store.read_current("appointments"), runtime.instant.date()
    insolvencies = find_insolvencies(appointments, proceedings, resolved.entity_records, members, on=today)
    distress = insolvencies["profile_id"].unique().sort().to_list()
    facts = facts_of(members, groups, resolved.golden, presence, buying, finances, distress)
    scores, details = score_profiles(facts, runtime.policy)
    arrivals = find_arrivals(believed.changes, members)
    timing = time_profiles(scores, arrivals, runtime.policy, on=today, insolvent_profiles=distress)
    runtime.store.sync("id_registry", registry)
    runtime.store.sync("group_anchors", anchors)
    return Profiled(
        members=members,
        groups=groups,
        anchors=anchors,
        sites=sites,
        evidence=evidence,
        presence=presence,
        buying=buying,
        mandates=believed.mandates,
        changes=believed.changes,
        decisions=believed.decisions,
        masses_held=believed.held,
        people=people,
        finances=finances,
        roster_units=roster_units(snapshots, resolved.entity_records),
        insolvencies=insolvencies,
        facts=facts,
        scores=scores,
        details=details,
        timing=timing,
    )


def list_completeness(snapshots: pl.DataFrame) -> dy.DataFrame[ListCompleteness]:
    """Whether each list of relationships was ever read whole: a later refused load does not undo a good one."""
    lists = snapshots.filter((pl.col("kind") == ScopeKind.LIST.value) & (pl.col("frame") == "relationships"))
    return ListCompleteness.validate(
        lists.group_by("source", pl.col("scope").alias("list_name"), "unit_key")
        .agg((pl.col("is_full") & pl.col("is_good")).any().alias("is_full"))
        .select("source", "list_name", "unit_key", "is_full")
        .sort("source", "list_name")
    )


def roster_snapshots(snapshots: pl.DataFrame) -> dy.DataFrame[RosterSnapshot]:
    """The loads of single units' rosters."""
    rosters = snapshots.filter(pl.col("kind") == ScopeKind.ROSTER.value)
    return RosterSnapshot.cast(rosters.select(RosterSnapshot.column_names()))


def roster_units(snapshots: pl.DataFrame, entity_records: pl.DataFrame) -> pl.DataFrame:
    """Which units' rosters were read whole at least once (entity_id, source, unit_key)."""
    read = roster_snapshots(snapshots).filter("is_full", "is_good").select("source", "unit_key").unique()
    joined = read.join(entity_records, left_on=["source", "unit_key"], right_on=["source", "source_key"])
    ordered = joined.sort("entity_id", "source", "unit_key")
    return ordered.unique(["entity_id", "source"], keep="first", maintain_order=True).select(
        "entity_id", "source", "unit_key"
    )


def company_profiles(resolved: Resolved) -> tuple[dy.DataFrame[RegisteredId], pl.DataFrame]:
    """Every entity of the universe has one company profile, founded by the entity's own founding record.

    Returns:
        The registry with the new ids, and (entity_id, profile_id).
    """
    registry = resolved.registry
    entities = registry.filter(pl.col("kind") == IdKind.ENTITY.value).join(
        resolved.universe.select(pl.col("entity_id").alias("id")).unique(), on="id", how="semi"
    )
    companies = registry.filter(pl.col("kind") == IdKind.COMPANY.value)
    founder = ["source", "source_key", "n"]
    missing = entities.join(companies, on=founder, how="anti").select([*founder, "minted_at"])
    minted = missing.with_columns(
        id=pl.Series([mint_id(IdKind.COMPANY, *row) for row in missing.select(founder).iter_rows()], dtype=pl.String),
        kind=pl.lit(IdKind.COMPANY.value),
    )
    companies = pl.concat([companies, minted.select(companies.columns)])
    pairs = entities.select([*founder, pl.col("id").alias("entity_id")]).join(
        companies.select([*founder, pl.col("id").alias("profile_id")]), on=founder
    )
    whole = pl.concat([registry.filter(pl.col("kind") != IdKind.COMPANY.value), companies])
    return RegisteredId.validate(whole.sort("id")), pairs.select("entity_id", "profile_id").sort("entity_id")


def group_profiles(
    runtime: Runtime, resolved: Resolved, registry: dy.DataFrame[RegisteredId], groups: dy.DataFrame[Group]
) -> tuple[dy.DataFrame[RegisteredId], dy.DataFrame[GroupAnchor]]:
    """Give tonight's groups their ids: kept where DESIGN section 1 says so, new ones for new groups of the universe.

    A group whose head left the universe keeps its id and its anchor: it is not looked at, but it has not ceased.

    Returns:
        The registry with the new ids, and the anchor of every group ever seen.
    """
    previous = follow_merges(runtime.store.read("group_anchors"), resolved)
    anchored, redirects, ceased = anchor_groups(groups, previous, resolved.members)
    new = anchored.filter(pl.col("group_id").is_null()).join(heads_inside(resolved), on="head_entity_id", how="semi")
    founders = registry.filter(pl.col("kind") == IdKind.ENTITY.value).join(
        new.select(pl.col("head_entity_id").alias("id")), on="id", how="semi"
    )
    # an id that a killed run registered without an anchor is not counted: it is minted again, the same
    founded = (
        registry.filter(pl.col("kind") == IdKind.GROUP.value)
        .join(previous, left_on="id", right_on="group_id", how="semi")
        .group_by("source", "source_key")
        .len("n_founded")
    )
    minted = founders.join(founded, on=["source", "source_key"], how="left").with_columns(
        n=pl.col("n_founded").fill_null(0).cast(pl.Int32), minted_at=pl.lit(runtime.instant, pl.Datetime("us", "UTC"))
    )
    ids = [mint_id(IdKind.GROUP, *row) for row in minted.select("source", "source_key", "n").iter_rows()]
    minted = minted.with_columns(group_id=pl.Series(ids, dtype=pl.String))
    rows = minted.select(
        pl.col("group_id").alias("id"),
        pl.lit(IdKind.GROUP.value).alias("kind"),
        "source",
        "source_key",
        "n",
        "minted_at",
    )
    first = minted.select(pl.col("id").alias("head_entity_id"), "group_id", "minted_at")
    kept = anchored.filter(pl.col("group_id").is_not_null()).join(
        previous.select("group_id", "minted_at"), on="group_id"
    )
    active = pl.concat(
        [
            kept.select("group_id", "head_entity_id", "minted_at"),
            first.select("group_id", "head_entity_id", "minted_at"),
        ]
    )
    gone = previous.join(active, on="group_id", how="anti").with_columns(
        status=pl.when(pl.col("group_id").is_in(redirects["old_id"].to_list()))
        .then(pl.lit(ProfileStatus.MERGED.value))
        .when(pl.col("group_id").is_in(ceased["group_id"].to_list()))
        .then(pl.lit(ProfileStatus.CEASED.value))
        .otherwise("status")
    )
    anchors = pl.concat(
        [
            active.with_columns(status=pl.lit(ProfileStatus.ACTIVE.value)),
            gone.select("group_id", "head_entity_id", "minted_at", "status"),
        ]
    )
    fresh = rows.join(registry, on="id", how="anti").select(registry.columns)
    return (
        RegisteredId.validate(pl.concat([registry, fresh]).sort("id")),
        GroupAnchor.validate(anchors.select(GroupAnchor.column_names()).sort("group_id")),
    )


def heads_inside(resolved: Resolved) -> pl.DataFrame:
    """The entities of the universe, each once, as `head_entity_id`."""
    return resolved.universe.select(pl.col("entity_id").alias("head_entity_id")).unique()


def follow_merges(anchors: pl.DataFrame, resolved: Resolved) -> dy.DataFrame[GroupAnchor]:
    """The anchors of earlier nights, under the entities that their heads have become."""
    moved = entity_moves(resolved.registry, resolved.entity_records)
    followed = anchors.join(moved, left_on="head_entity_id", right_on="old_id", how="left").with_columns(
        pl.coalesce("new_id", "head_entity_id").alias("head_entity_id")
    )
    return GroupAnchor.cast(followed.select(GroupAnchor.column_names()))


def profile_members(
    resolved: Resolved,
    company_ids: pl.DataFrame,
    anchors: pl.DataFrame,
    groups: pl.DataFrame,
    completeness: pl.DataFrame,
) -> dy.DataFrame[ProfileMember]:
    """Which entities each profile stands for.

    A company's reach abroad is known only when GLEIF was asked for its children; a group's when no list was cut.
    """
    asked = (
        completeness.filter(pl.col("list_name").str.starts_with("ultimate-children"))
        .join(resolved.entity_records, left_on=["source", "unit_key"], right_on=["source", "source_key"])
        .group_by("entity_id")
        .agg(pl.col("is_full").all().alias("is_complete"))
    )
    companies = (
        company_ids.join(resolved.golden.select("entity_id"), on="entity_id", how="semi")
        .join(asked, on="entity_id", how="left")
        .with_columns(
            entity_kind=pl.lit(EntityKind.COMPANY.value),
            is_anchor=pl.lit(True),
            is_complete=pl.col("is_complete").fill_null(False),
        )
    )
    active = anchors.filter(pl.col("status") == ProfileStatus.ACTIVE.value)
    active = active.join(heads_inside(resolved), on="head_entity_id", how="semi")
    grouped = (
        active.select(pl.col("group_id").alias("profile_id"), "head_entity_id")
        .join(groups.select("head_entity_id", "is_complete"), on="head_entity_id")
        .join(resolved.members.select("head_entity_id", "entity_id"), on="head_entity_id")
        .with_columns(
            entity_kind=pl.lit(EntityKind.GROUP.value), is_anchor=pl.col("entity_id") == pl.col("head_entity_id")
        )
    )
    columns = ProfileMember.column_names()
    return ProfileMember.validate(
        pl.concat([companies.select(columns), grouped.select(columns)]).sort("profile_id", "entity_id")
    )


def entity_establishments(sites: pl.DataFrame, resolved: Resolved) -> dy.DataFrame[EntityEstablishment]:
    """The current establishments with the entity that each belongs to."""
    units = resolved.entity_records.select("source", pl.col("source_key").alias("unit_key"), "entity_id")
    return observed(sites.join(units, on=["source", "unit_key"]), EntityEstablishment)


def regions_of(golden: pl.DataFrame) -> dict[str, int]:
    """How many regions each home country has, where that is known."""
    totals = {code: regions_total(code) for code in golden["country_code"].drop_nulls().unique()}
    return {code: total for code, total in totals.items() if total is not None}


def executives(
    runtime: Runtime,
    resolved: Resolved,
    registry: dy.DataFrame[RegisteredId],
    snapshots: pl.DataFrame,
    movements: dy.DataFrame[NoticeMovement],
) -> tuple[dy.DataFrame[RegisteredId], pl.DataFrame, dy.DataFrame[Mandate], dy.DataFrame[ExecutiveChange]]:
    """People, mandates and changes from the whole history of rosters, with the ids that earlier nights gave them.

    Of the movements that notices tell, only who stays behind a company is heard: he is no departure.
    Founders are stored as keyed hashes: an appointment's key holds names and a birth month.
    """
    history = observed(runtime.store.read_history("appointments"), AppointmentVersion)
    rosters = roster_snapshots(snapshots)
    found = find_people(history)
    founders = found.select("source", "founder_source_key").iter_rows()
    hashed = [runtime.keyed_hash.of(f"appointment|{source}|{key}") for source, key in founders]
    registry, ids = register(runtime, IdKind.PERSON, found, hashed, registry, runtime.keyed_hash.pepper)
    people = found.with_columns(person_id=ids)
    founded = people.select("person_id", "source", pl.col("founder_source_key").alias("source_key")).unique()
    runtime.store.sync("people", founded.sort("person_id"))
    known = PersonAppointment.validate(people.select(PersonAppointment.column_names()))
    as_of = known_until(runtime.instant, history, rosters)
    mandates = find_mandates(history, rosters, known, resolved.entity_records, as_of=as_of)
    found_changes = find_executive_changes(history, rosters, known, resolved.entity_records, as_of=as_of)
    drafts = leave_out_representatives(found_changes, movements, resolved.entity_records)
    hashed = [runtime.keyed_hash.of(f"change|{key}") for key in drafts["change_key"]]
    registry, ids = register(runtime, IdKind.CHANGE, drafts, hashed, registry)
    changes = drafts.with_columns(change_id=ids).select(ExecutiveChange.column_names()).sort("change_id")
    told = ExecutiveChange.validate(changes)
    return registry, known.select("source", "source_key", "person_id"), mandates, told


def notices_of(runtime: Runtime, resolved: Resolved) -> pl.DataFrame:
    """The legal notices about tonight's units, as they stand."""
    units = resolved.units["national_id"].drop_nulls().unique()
    notices = runtime.store.read_history("notices", {"unit_key": units})
    return notices.filter(pl.col("observed_to").is_null())


def known_until(instant: datetime, history: pl.DataFrame, rosters: pl.DataFrame) -> datetime:
    """The run's instant, or the newest answer's: a source is asked after the run has begun, and its word counts."""
    newest = [history["observed_from"].max(), rosters["observed_at"].max()]
    return max([instant, *(at for at in newest if isinstance(at, datetime))])


def register(
    runtime: Runtime,
    kind: IdKind,
    rows: pl.DataFrame,
    hashed_keys: list[str],
    registry: dy.DataFrame[RegisteredId],
    pepper: bytes | None = None,
) -> tuple[dy.DataFrame[RegisteredId], pl.Series]:
    """The registry with one id for each founder, minted now where there was none, and the id of each row."""
    keyed = rows.select("source", pl.Series("source_key", hashed_keys, pl.String))
    founders = Founder.validate(keyed.unique().sort("source", "source_key"))
    registry = register_ids(kind, founders, registry, instant=runtime.instant, pepper=pepper)
    ids = registry.filter(pl.col("kind") == kind.value).select("source", "source_key", "id")
    return registry, keyed.join(ids, on=["source", "source_key"], how="left", maintain_order="left")["id"]
