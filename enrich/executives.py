"""Who holds which office: appointment records of one unit become persons, persons' offices become mandates."""

from collections import defaultdict
from datetime import datetime

import dataframely as dy
import polars as pl

from enrich.contract import step
from enrich.people import NAME_FIELDS, PersonName, compare_persons, person_keys
from enrich.person_names import full_name, name_words
from enrich.rosters import MISSING_LIMIT, UNIT, add_presence, find_good_rosters
from enrich.titles import add_office_keys, fold_title
from schemas.frames import (
    AppointmentVersion,
    EntityRecord,
    ExecutiveChange,
    Mandate,
    PersonAppointment,
    PersonRecord,
    RosterSnapshot,
)
from schemas.vocabulary import ChangeKind, ChangeStatus, DateBasis, ExecutiveRole, Judgement, OfficeGroup, OfficerKind

# Auditors and liquidators are in the same list at the registers, and lead nobody.
MANDATE_GROUPS = [
    OfficeGroup.EXECUTIVE.value,
    OfficeGroup.BOARD.value,
    OfficeGroup.SUPERVISORY.value,
    OfficeGroup.OTHER.value,
]
ROLES_BY_RANK = [role.value for role in ExecutiveRole]
Pairs = dict[tuple[int, int], Judgement]


def is_believable_roster(previous_count: int, missing_count: int, present_count: int) -> bool:
    """Whether a full roster can be believed beside the last good one.

    Args:
        previous_count: officers of the last good roster.
        missing_count: how many of those the new roster lacks.
        present_count: officers of the new roster.

    Returns:
        False for an empty roster after one that was not, and when more than half of four or more vanish at once.
    """
    if present_count == 0 and previous_count > 0:
        return False
    return not (previous_count >= 4 and missing_count * 2 > previous_count)


@step
def find_people(history: dy.DataFrame[AppointmentVersion]) -> dy.DataFrame[PersonRecord]:
    """Group the natural persons' appointment records of each unit, all versions and titles, into persons.

    A record is compared by its newest version and belongs to one person. The founder of a person is its record with
    the earliest observed_from, then the smallest source_key: the same whatever the order of the rows.

    Returns:
        One row a record. verdict is `unsure`, with the others' founders in doubtful_with, where another person of the
        unit may be this one.
    """
    records = _newest_names(history)
    identities = (
        records.sort("first_at", "source_key")
        .unique([*UNIT, *NAME_FIELDS], keep="first", maintain_order=True)
        .sort(*UNIT, "first_at", "source_key")
        .with_row_index("identity")
    )
    pairs = _compare_within_units(identities)
    clusters = _cluster(pairs)
    founders = identities["source_key"].to_list()
    doubts: defaultdict[int, set[str]] = defaultdict(set)
    for (left, right), judgement in pairs.items():
        mine, other = clusters[left], clusters[right]
        if judgement is not Judgement.DIFFERENT and mine != other:
            doubts[mine].add(founders[other])
            doubts[other].add(founders[mine])
    owners = [clusters.get(i, i) for i in range(len(founders))]
    people = identities.with_columns(
        founder_source_key=pl.Series([founders[owner] for owner in owners], dtype=pl.String),
        doubtful_with=pl.Series([sorted(doubts[owner]) for owner in owners], dtype=pl.List(pl.String)),
    ).with_columns(
        verdict=pl.when(pl.col("doubtful_with").list.len() > 0)
        .then(pl.lit(Judgement.UNSURE.value))
        .otherwise(pl.lit(Judgement.SAME.value))
    )
    grouped = records.join(
        people.drop("first_at", "source_key", "identity"), on=[*UNIT, *NAME_FIELDS], nulls_equal=True
    )
    return PersonRecord.cast(grouped.sort("source", "source_key"))


def _newest_names(history: pl.DataFrame) -> pl.DataFrame:
    """One row a natural person's record: its newest names and its first instant."""
    versions = history.filter(pl.col("officer_kind") == OfficerKind.PERSON.value).sort("observed_from")
    newest = [pl.col(name).last() for name in ("unit_key", *NAME_FIELDS)]
    return versions.group_by("source", "source_key").agg(*newest, first_at=pl.col("observed_from").first())


def _compare_within_units(identities: pl.DataFrame) -> Pairs:
    """The judgement on each pair of a unit's identities that share a handle; the others are different."""
    names = [PersonName(*row) for row in identities.select(NAME_FIELDS).iter_rows()]
    handles = pl.Series("handle", [_handles(name) for name in names], dtype=pl.List(pl.String))
    blocked = identities.select(*UNIT, "identity").with_columns(handles).explode("handle")
    pairs = (
        blocked.join(blocked, on=[*UNIT, "handle"])
        .filter(pl.col("identity") < pl.col("identity_right"))
        .select("identity", "identity_right")
        .unique()
        .sort("identity", "identity_right")
    )
    return {(i, j): compare_persons(names[i], names[j]).judgement for i, j in pairs.iter_rows()}


def _handles(person: PersonName) -> list[str]:
    """What two names of one person share at least one of: a family word, the first given name or the birth month."""
    handles = {f"month {person.birth_month}"} if person.birth_month else set()
    for key in person_keys(person):
        family, given, _ = key.rsplit("|", 2)
        handles |= {f"family {family}", f"given {given}"}
    for name in (person.family, person.usage):
        handles |= {f"family {spelling}" for word in name_words(name) for spelling in word}
    return sorted(handles)


def _cluster(pairs: Pairs) -> dict[int, int]:
    """The founding identity of each compared identity.

    Identities are taken in founding order. One joins a person when it is the same as one of its members and different
    from none: a John Smith without a birth month never makes one person of father and son.
    """
    earlier: defaultdict[int, list[int]] = defaultdict(list)
    for (left, right), judgement in pairs.items():
        if judgement is Judgement.SAME:
            earlier[right].append(left)
    owners: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for identity in sorted({i for pair in pairs for i in pair}):
        near = {owners[left] for left in earlier[identity]}
        joining = [identity, *(member for owner in sorted(near) for member in members[owner])]
        ordered = sorted(joining)
        agree = all(
            pairs.get((left, right), Judgement.UNSURE) is not Judgement.DIFFERENT
            for n, left in enumerate(ordered)
            for right in ordered[n + 1 :]
        )
        group = ordered if agree else [identity]
        for owner in near if agree else ():
            del members[owner]
        members[group[0]] = group
        owners.update(dict.fromkeys(group, group[0]))
    return owners


def find_officers(history: pl.DataFrame, people: pl.DataFrame, entity_records: pl.DataFrame) -> pl.DataFrame:
    """The appointment versions that are about leading a unit, with their holder and office.

    Returns:
        The versions of mandate groups with entity_id, person_id, founder_source_key, verdict, doubtful_with, holder
        (one text a person or organisation within a unit), full_name, rank (0 is the highest office), office_key,
        title_text and is_interim. A person without a row in `people` (suppressed) and a unit without an entity are
        left out.
    """
    entities = entity_records.select("source", "entity_id", unit_key="source_key")
    persons = people.select("source", "source_key", "person_id", "founder_source_key", "verdict", "doubtful_with")
    officers = (
        history.filter(pl.col("office_group").is_in(MANDATE_GROUPS))
        .join(entities, on=UNIT)
        .join(persons, on=["source", "source_key"], how="left")
        .filter((pl.col("officer_kind") != OfficerKind.PERSON.value) | pl.col("person_id").is_not_null())
    )
    group_rank = pl.col("office_group").replace_strict(MANDATE_GROUPS, range(4), return_dtype=pl.Int32)
    role_rank = pl.col("role").replace_strict(ROLES_BY_RANK, range(len(ROLES_BY_RANK)), return_dtype=pl.Int32)
    return add_office_keys(_add_holders(officers)).with_columns(rank=group_rank * 100 + role_rank)


def _add_holders(officers: pl.DataFrame) -> pl.DataFrame:
    """Add full_name and holder; an organisation that keeps its identifier keeps its place under a new name."""
    fields = ["officer_kind", "given_names", "family_name", "usage_name", "organisation_name", "organisation_id"]
    names = officers.select(fields).unique()
    shown, folded = [], []
    for kind, given, family, usage, organisation, identifier in names.iter_rows():
        is_person = kind == OfficerKind.PERSON.value
        shown.append(full_name(given, family, usage) if is_person else organisation or identifier)
        folded.append(None if is_person else identifier or fold_title(organisation) or organisation)
    names = names.with_columns(
        pl.Series("full_name", shown, dtype=pl.String), pl.Series("organisation", folded, dtype=pl.String)
    )
    person = pl.format("person {}", "founder_source_key")
    organisation_holder = pl.format("organisation {}", "organisation")
    is_natural = pl.col("officer_kind") == OfficerKind.PERSON.value
    named = officers.join(names, on=fields, how="left", nulls_equal=True, maintain_order="left")
    return named.with_columns(holder=pl.when(is_natural).then(person).otherwise(organisation_holder)).drop(
        "organisation"
    )


@step
def find_mandates(
    history: dy.DataFrame[AppointmentVersion],
    snapshots: dy.DataFrame[RosterSnapshot],
    people: dy.DataFrame[PersonAppointment],
    entity_records: dy.DataFrame[EntityRecord],
    *,
    as_of: datetime,
) -> dy.DataFrame[Mandate]:
    """The offices that each person or organisation holds or held, as known at `as_of` (UTC).

    Records of one person with one office (whatever the wording of the title or the person's name) are one mandate,
    opened by the earliest. It is current unless its declared end has come or three counted good full rosters miss it
    (RELIABILITY.md R8). Auditors, control and distress are no mandates.
    """
    rosters = find_good_rosters(snapshots, as_of)
    officers = find_officers(history.filter(pl.col("observed_from") <= as_of), people, entity_records)
    is_over = pl.col("ended_on").is_not_null() & (pl.col("ended_on") <= pl.lit(as_of.date()))
    versions = add_presence(officers, rosters).with_columns(is_over=is_over.fill_null(False))
    is_open = pl.col("gone_at").is_null() & ~pl.col("is_over")
    newest_last = versions.sort(is_open, "observed_from", "source_key")
    mandates = newest_last.group_by(*UNIT, "holder", "office_key").agg(
        opened_by=pl.col("source_key").sort_by("observed_from", "source_key").first(),
        first_seen_at=pl.col("observed_from").min(),
        gone_at=pl.when(pl.col("gone_at").is_null().any()).then(None).otherwise(pl.col("gone_at").max()),
        was_listed=pl.col("seen_from").is_not_null().any(),
        newest=pl.struct(*NEWEST, "observed_from").last(),
    )
    mandates = _add_missing(mandates.unnest("newest"), rosters).with_columns(
        mandate_id=pl.concat_str("source", pl.lit("|"), "opened_by"),
        is_current=~pl.col("is_over") & (pl.col("missing_snapshots") < MISSING_LIMIT),
        started_on_basis=pl.when(pl.col("started_on").is_null())
        .then(pl.lit(DateBasis.FIRST_SEEN.value))
        .otherwise(pl.lit(DateBasis.DECLARED.value)),
    )
    return Mandate.cast(mandates.sort("mandate_id"))


NEWEST = [
    "entity_id",
    "person_id",
    "officer_kind",
    "full_name",
    "title",
    "role",
    "office_group",
    "started_on",
    "ended_on",
    "is_over",
    "source_key",
    "payload_sha256",
]


def _add_missing(mandates: pl.DataFrame, rosters: pl.DataFrame) -> pl.DataFrame:
    """Add missing_snapshots (0 to 3) and last_seen_at (the last good roster that has it)."""
    missed = rosters.rename({"seen_at": "gone_at", "seen_before": "seen_last"})
    newest = rosters.group_by(UNIT).agg(roster_at=pl.col("seen_at").max())
    joined = mandates.join(missed, on=[*UNIT, "gone_at"], how="left").join(newest, on=UNIT, how="left")
    last = pl.when(pl.col("gone_at").is_not_null()).then("seen_last").when("was_listed").then("roster_at")
    counted = [pl.col(name).is_not_null().cast(pl.Int32) for name in ("gone_at", "second_at", "third_at")]
    return joined.with_columns(
        missing_snapshots=pl.sum_horizontal(counted), last_seen_at=pl.max_horizontal("observed_from", last)
    )


@step
def end_replaced_mandates(
    mandates: dy.DataFrame[Mandate], changes: dy.DataFrame[ExecutiveChange]
) -> dy.DataFrame[Mandate]:
    """Who changed title holds the old office no more, from the first roster that shows the new title.

    The absence of the old title is no absence of the person, so it is not held until the third roster.
    """
    replaced = changes.filter(
        (pl.col("kind") == ChangeKind.TITLE_CHANGED.value)
        & (pl.col("status") != ChangeStatus.HELD.value)
        & pl.col("from_title").is_not_null()
    ).select("entity_id", "person_id", pl.col("from_title").alias("title"), is_replaced=pl.lit(value=True))
    joined = mandates.join(replaced.unique(), on=["entity_id", "person_id", "title"], how="left", maintain_order="left")
    is_over = pl.col("is_replaced").fill_null(value=False) & (pl.col("missing_snapshots") > 0)
    return Mandate.validate(joined.with_columns(is_current=pl.col("is_current") & ~is_over).drop("is_replaced"))
