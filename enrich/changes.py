"""Who arrived, left or changed title: every change, found again each night from the whole history.

Words and rules: DESIGN.md section 6, RELIABILITY.md R8 and section 5. Only good full rosters count, and the first one
of a unit is initial. The same history gives the same changes under the same keys: a night played twice adds none.
"""

from datetime import datetime, timedelta

import dataframely as dy
import polars as pl

from enrich.contract import step
from enrich.executives import find_officers
from enrich.people import NAME_FIELDS, add_person_keys
from enrich.rosters import UNIT, add_presence, find_good_rosters
from enrich.spells import HOLDER, add_leaving, find_ends, find_events, find_gaps, find_main_offices, find_states
from enrich.title_changes import find_titles
from schemas.frames import AppointmentVersion, EntityRecord, ExecutiveChangeDraft, PersonAppointment, RosterSnapshot
from schemas.vocabulary import ChangeContext, ChangeKind, ChangeStatus, Judgement

NIGHT_BEGINS = timedelta(hours=12)  # a night lasts from noon to noon, UTC
DECLARED, SEEN, HELD = 1.0, 0.9, 0.6  # confidence: a declared date, a window, an absence that does not count yet

OFFICE = [
    *HOLDER, "founder_source_key", "verdict", "doubtful_with", "entity_id", "person_id", "officer_kind", "full_name",
    "role", "office_group", "is_interim", "source_key", "payload_sha256",
]  # fmt: skip
DRAFT = [
    *OFFICE, "kind", "status", "from_title", "to_title", "effective_on", "seen_before", "first_seen_at",
    "missing_snapshots", "confidence",
]  # fmt: skip
NO_TITLE = pl.lit(None, dtype=pl.String)
NOT_COUNTED = pl.lit(None, dtype=pl.Int32)


@step
def find_executive_changes(
    history: dy.DataFrame[AppointmentVersion],
    snapshots: dy.DataFrame[RosterSnapshot],
    people: dy.DataFrame[PersonAppointment],
    entity_records: dy.DataFrame[EntityRecord],
    *,
    as_of: datetime,
) -> dy.DataFrame[ExecutiveChangeDraft]:
    """Find every change of the history until `as_of` (UTC, inclusive).

    - appointed: a holder that the unit's roster before did not have; `renewed` where a published departure lies no
      more than 90 days back, and that departure is `retracted`.
    - departed: a newly declared end at once (effective_on may lie ahead); an absence is `held` (missing_snapshots 1
      and 2 of 3) and `new` at the third; back before that, `retracted`.
    - title_changed: another office (`enrich.titles`), exchanged, taken on beside (from_title null) or given up
      (to_title null).

    A change of a person who may be another one of the unit is `review`; where that other one leaves in the same
    roster, only the arrival is told.
    """
    rosters = find_good_rosters(snapshots, as_of)
    known = history.filter(pl.col("observed_from") <= as_of)
    versions = add_presence(find_officers(known, people, entity_records), rosters)
    ends = find_ends(versions)
    offices = add_leaving(versions)
    events = find_events(offices, rosters)
    states = find_states(offices, events)
    main_offices = find_main_offices(states)
    gaps = find_gaps(main_offices, ends, events)
    titles = _title_changes(find_titles(states, main_offices, gaps, ends, events))
    drafts = [_departures(gaps), _appointments(main_offices, gaps), _renewals(main_offices, gaps, titles), titles]
    told = _without_doubles(pl.concat(draft.select(DRAFT) for draft in drafts))
    return ExecutiveChangeDraft.cast(_add_keys(_add_context(_add_review(told), known)).sort("change_key"))


def _status(held: pl.Expr, retracted: pl.Expr) -> pl.Expr:
    new, waits, gone = (
        pl.lit(status.value) for status in (ChangeStatus.NEW, ChangeStatus.HELD, ChangeStatus.RETRACTED)
    )
    return pl.when(retracted).then(gone).when(held).then(waits).otherwise(new)


def _confidence(held: pl.Expr) -> pl.Expr:
    """Confidence from the date; needs effective_on."""
    dated = pl.col("effective_on").is_not_null()
    return pl.when(dated).then(DECLARED).when(held).then(HELD).otherwise(SEEN)


def _departures(gaps: pl.DataFrame) -> pl.DataFrame:
    held = ~pl.col("is_published")
    return gaps.with_columns(
        kind=pl.lit(ChangeKind.DEPARTED.value),
        status=_status(held, retracted=pl.col("is_bridged")),
        from_title="title",
        to_title=NO_TITLE,
        effective_on="ended_on",
        first_seen_at="gone_at",
        payload_sha256=pl.coalesce("end_sha256", "payload_sha256"),
    ).with_columns(confidence=_confidence(held))


def _arrivals(main_offices: pl.DataFrame, kind: ChangeKind) -> pl.DataFrame:
    return main_offices.with_columns(
        kind=pl.lit(kind.value),
        status=pl.lit(ChangeStatus.NEW.value),
        from_title=NO_TITLE,
        to_title="title",
        effective_on="started_on",
        first_seen_at="seen_at",
        missing_snapshots=NOT_COUNTED,
    ).with_columns(confidence=_confidence(pl.lit(False)))


def _appointments(main_offices: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """A holder's first roster unless it is the unit's first, and returns after a departure that stands."""
    returns = gaps.filter(pl.col("returned_at").is_not_null(), ~pl.col("is_bridged"))
    came_back = main_offices.join(returns.select(*HOLDER, k="next_k"), on=[*HOLDER, "k"], how="semi")
    first = main_offices.filter(pl.col("k") == pl.col("k").min().over(HOLDER), pl.col("k") > 0)
    return _arrivals(pl.concat([first, came_back]), ChangeKind.APPOINTED)


def _renewals(main_offices: pl.DataFrame, gaps: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Returns within 90 days of a published departure; a declared end taken back and a new title tell themselves."""
    before = gaps.filter("is_bridged", "is_published").select(
        *HOLDER, k="next_k", old_title="title", old_key="source_key", old_start="started_on", left_on="left_on",
        was_declared=pl.col("declared_at").is_not_null(),
    )  # fmt: skip
    taken_back = (
        pl.col("was_declared")
        & (pl.col("source_key") == pl.col("old_key"))
        & pl.col("started_on").eq_missing(pl.col("old_start"))
    )
    back = _arrivals(main_offices.join(before, on=[*HOLDER, "k"]).filter(~taken_back), ChangeKind.RENEWED)
    restarted_on = pl.when(pl.col("effective_on") >= pl.col("left_on")).then("effective_on")
    back = back.with_columns(from_title="old_title", effective_on=restarted_on)
    back = back.with_columns(confidence=_confidence(pl.lit(False)))
    return back.join(titles, on=[*HOLDER, "first_seen_at"], how="anti")


def _title_changes(titles: pl.DataFrame) -> pl.DataFrame:
    return titles.with_columns(kind=pl.lit(ChangeKind.TITLE_CHANGED.value)).with_columns(
        confidence=_confidence((pl.col("missing_snapshots") < 3).fill_null(False))
    )


def _without_doubles(changes: pl.DataFrame) -> pl.DataFrame:
    """Leave out an undeclared departure in the roster that first shows somebody who may be the same person."""
    arrivals = changes.filter(pl.col("kind") == ChangeKind.APPOINTED.value)
    twins = (
        changes.filter(pl.col("kind") == ChangeKind.DEPARTED.value, pl.col("effective_on").is_null())
        .explode("doubtful_with")
        .join(
            arrivals,
            left_on=[*UNIT, "first_seen_at", "doubtful_with"],
            right_on=[*UNIT, "first_seen_at", "founder_source_key"],
            how="semi",
        )
    )
    return changes.join(twins, on=[*HOLDER, "first_seen_at", "kind"], how="anti")


def _add_review(changes: pl.DataFrame) -> pl.DataFrame:
    is_doubtful = (pl.col("verdict") == Judgement.UNSURE.value).fill_null(False)
    in_doubt = is_doubtful & (pl.col("status") == ChangeStatus.NEW.value)
    review = pl.when(in_doubt).then(pl.lit(ChangeStatus.REVIEW.value)).otherwise("status")
    return changes.with_columns(status=review)


def _add_context(changes: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Add context: interim by title, group_wide where one person has the same change in several entities in a night.

    Across entities a person is known by name and birth month together; a name alone is not enough.
    """
    names = history.select("source", "source_key", "officer_kind", *NAME_FIELDS).unique(["source", "source_key"])
    told = changes.filter(pl.col("status") != ChangeStatus.RETRACTED.value)
    keyed = add_person_keys(
        told.select("source", "source_key", "entity_id", "kind", "first_seen_at").join(
            names.filter(pl.col("birth_month").is_not_null()), on=["source", "source_key"]
        )
    ).explode("person_keys")
    night = (pl.col("first_seen_at") - NIGHT_BEGINS).dt.date()
    spread = pl.col("entity_id").n_unique().over("person_keys", "kind", night) > 1
    wide = keyed.filter(spread).select("source", "source_key", "kind", "first_seen_at").unique()
    wide = wide.with_columns(group_wide=pl.lit(ChangeContext.GROUP_WIDE.value))
    interim = pl.when("is_interim").then(pl.lit(ChangeContext.INTERIM.value))
    joined = changes.join(wide, on=["source", "source_key", "kind", "first_seen_at"], how="left")
    return joined.with_columns(context=pl.concat_list("group_wide", interim).list.drop_nulls())


def _add_keys(changes: pl.DataFrame) -> pl.DataFrame:
    instant = pl.col("first_seen_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return changes.with_columns(change_key=pl.concat_str("source", "source_key", "kind", instant, separator="|"))
