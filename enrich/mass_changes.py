"""The mass-change breaker (RELIABILITY R7): too many changes of one kind in one night are held for a named operator.

With 40,000 officers and a turnover of 20 % a year 24 leave in a night, in one night of a million 51 do. A page that was
redesigned or a register that lost a column looks like hundreds. A held change is `review`, and the roster stays as it
was before; accepted, it is told as it would have been; rejected, it is `retracted` and never comes back.
"""

from collections.abc import Collection
from datetime import datetime

import dataframely as dy
import polars as pl

from enrich.changes import NIGHT_BEGINS
from enrich.contract import step
from schemas.frames import CoveredOfficers, ExecutiveChange, Mandate, MassChange, MassMember
from schemas.vocabulary import ChangeKind, ChangeStatus, MassState

GUARDED = (ChangeKind.DEPARTED.value, ChangeKind.APPOINTED.value, ChangeKind.TITLE_CHANGED.value)
TELLABLE = (ChangeStatus.NEW.value, ChangeStatus.CONFIRMED.value, ChangeStatus.REVIEW.value)
LEAST, SHARE = 20.0, 0.005
NIGHT = ["source", "kind", "night"]
HOLDER = ["source", "entity_id", "officer_kind", "who"]


@step
def count_officers(mandates: dy.DataFrame[Mandate]) -> dy.DataFrame[CoveredOfficers]:
    """How many officers each source covers: who holds two offices in a unit is one, in two units two."""
    current = _with_holder(mandates.filter("is_current"))
    counted = current.group_by("source").agg(pl.struct(HOLDER).n_unique().cast(pl.Int32).alias("officers_count"))
    return CoveredOfficers.validate(counted.sort("source"))


@step
def find_mass_changes(
    changes: dy.DataFrame[ExecutiveChange],
    masses: dy.DataFrame[MassChange],
    members: dy.DataFrame[MassMember],
    officers: dy.DataFrame[CoveredOfficers],
    *,
    told: Collection[str],
    at: datetime,
) -> tuple[dy.DataFrame[MassChange], dy.DataFrame[MassMember]]:
    """The masses until now with their members: those known, and those that tonight's changes make.

    Departures, arrivals and title changes that can be told, each kind, source and night for itself: more than
    max(20, 0.5 % of the active officers covered by the source) are a mass. An absence counts in the night in which it
    began, from the day on which it counts as a departure. What was told already counts but is held no more. A mass
    that nobody has decided about takes in what comes late to its night, however few. Behind an acceptance the count
    begins anew; behind a rejection whatever comes late is held again.

    Args:
        changes: every change of the history.
        masses: as earlier nights and operators left them.
        members: theirs.
        officers: how many officers each source covers now; who leaves tonight is added.
        told: ids of the changes that were published as believed.
        at: the run's instant, UTC.
    """
    decided = masses.filter(pl.col("state") != MassState.HELD.value)
    in_question = (
        changes.filter(pl.col("kind").is_in(GUARDED), pl.col("status").is_in(TELLABLE))
        .join(members.join(decided, on="mass_id", how="semi"), on="change_id", how="anti")
        .select("change_id", "source", "kind", night=(pl.col("first_seen_at") + NIGHT_BEGINS).dt.date())
        .with_columns(is_fresh=~pl.col("change_id").is_in(list(told)))
    )
    nights = _count_nights(in_question, officers)
    known = masses.join(nights.select(*NIGHT, now="change_count"), on=NIGHT, how="left")
    grows = (pl.col("state") == MassState.HELD.value) & (pl.col("now") > pl.col("change_count")).fill_null(value=False)
    known = known.with_columns(pl.when(grows).then("now").otherwise("change_count").alias("change_count"))
    is_over = pl.col("change_count") > pl.col("threshold")
    known = known.with_columns(pl.when(grows & is_over).then(_reason()).otherwise("reason").alias("reason"))
    undecided = masses.filter(pl.col("state") == MassState.HELD.value)
    opened = _open_masses(nights.join(undecided, on=NIGHT, how="anti"), masses, at)
    columns = MassChange.column_names()
    every = pl.concat([known.select(columns), opened.select(columns)]).sort("mass_id")
    held = every.filter(pl.col("state") == MassState.HELD.value).select(*NIGHT, "mass_id")
    joining = in_question.filter("is_fresh").join(held, on=NIGHT).select("change_id", "mass_id")
    everyone = pl.concat([members, joining]).unique("change_id", keep="first", maintain_order=True)
    return MassChange.validate(every), MassMember.validate(everyone.sort("change_id"))


def _count_nights(in_question: pl.DataFrame, officers: pl.DataFrame) -> pl.DataFrame:
    """NIGHT, change_count, officers_count, threshold and has_fresh of every night with changes."""
    leavers = pl.when(pl.col("kind") == ChangeKind.DEPARTED.value).then("change_count").otherwise(0)
    return (
        in_question.group_by(NIGHT)
        .agg(change_count=pl.len().cast(pl.Int32), has_fresh=pl.col("is_fresh").any())
        .join(officers, on="source", how="left")
        .with_columns(officers_count=(pl.col("officers_count").fill_null(0) + leavers).cast(pl.Int32))
        .with_columns(threshold=pl.max_horizontal(pl.lit(LEAST), SHARE * pl.col("officers_count")))
    )


def _open_masses(nights: pl.DataFrame, masses: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """A new mass for each night over its threshold; the second of a night has a number behind its id."""
    earlier = masses.group_by(NIGHT).agg(
        number=pl.len() + 1, was_rejected=(pl.col("state") == MassState.REJECTED.value).any()
    )
    judged = nights.join(earlier, on=NIGHT, how="left").with_columns(pl.col("was_rejected").fill_null(value=False))
    is_over = pl.col("change_count") > pl.col("threshold")
    over = judged.filter("has_fresh", is_over | pl.col("was_rejected"))
    late = pl.format("{} more changes `{}` of a night that was rejected", "change_count", "kind")
    name = pl.concat_str("source", "kind", pl.col("night").dt.to_string(), "number", separator=":", ignore_nulls=True)
    return over.with_columns(
        mass_id=name,
        reason=pl.when(is_over).then(_reason()).otherwise(late),
        held_at=pl.lit(at, pl.Datetime("us", "UTC")),
        state=pl.lit(MassState.HELD.value),
        decided_by=pl.lit(None, pl.String),
        decided_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )


def _reason() -> pl.Expr:
    return pl.format(
        "{} changes `{}` of {} in the night to {}, more than {} (20, or 0.5 % of {} officers)",
        "change_count",
        "kind",
        "source",
        pl.col("night").dt.to_string(),
        pl.col("threshold").floor().cast(pl.Int32),
        "officers_count",
    )


@step
def hold_mass_changes(
    changes: dy.DataFrame[ExecutiveChange], masses: dy.DataFrame[MassChange], members: dy.DataFrame[MassMember]
) -> dy.DataFrame[ExecutiveChange]:
    """The changes as they may be told: `review` in a mass that is held, `retracted` in one that was rejected.

    What the source has taken back itself, and an absence that does not count yet, stay what they are. Whoever comes
    back from a departure that nobody believed was never away.
    """
    state = members.join(masses.select("mass_id", "state"), on="mass_id").select("change_id", "state")
    joined = changes.join(state, on="change_id", how="left", maintain_order="left")
    never_away = pl.col("change_id").is_in(_returns(_with_holder(joined)).to_list())
    joined = joined.with_columns(state=pl.when(never_away).then(pl.lit(MassState.REJECTED.value)).otherwise("state"))
    can_be_told = pl.col("status").is_in(TELLABLE)
    status = (
        pl.when(can_be_told & (pl.col("state") == MassState.HELD.value))
        .then(pl.lit(ChangeStatus.REVIEW.value))
        .when(can_be_told & (pl.col("state") == MassState.REJECTED.value))
        .then(pl.lit(ChangeStatus.RETRACTED.value))
        .otherwise("status")
    )
    return ExecutiveChange.validate(joined.with_columns(status=status).select(ExecutiveChange.column_names()))


def _returns(changes: pl.DataFrame) -> pl.Series:
    """The ids of returns (renewed or appointed again) behind a departure of a mass that is held or was rejected."""
    believed = (pl.col("state") == MassState.ACCEPTED.value) | pl.col("state").is_null()
    left = changes.filter(pl.col("kind") == ChangeKind.DEPARTED.value, ~believed).select(
        *HOLDER, left_at="first_seen_at"
    )
    back = changes.filter(pl.col("kind").is_in([ChangeKind.RENEWED.value, ChangeKind.APPOINTED.value]))
    return back.join(left, on=HOLDER).filter(pl.col("first_seen_at") > pl.col("left_at"))["change_id"].unique()


@step
def leave_unbelieved(
    changes: dy.DataFrame[ExecutiveChange], masses: dy.DataFrame[MassChange], members: dy.DataFrame[MassMember]
) -> dy.DataFrame[ExecutiveChange]:
    """The changes that would be told but for a mass that is held or was rejected."""
    unbelieved = members.join(masses.filter(pl.col("state") != MassState.ACCEPTED.value), on="mass_id", how="semi")
    kept = changes.filter(pl.col("status").is_in(TELLABLE))
    return ExecutiveChange.validate(kept.join(unbelieved, on="change_id", how="semi", maintain_order="left"))


@step
def hold_mandates(mandates: dy.DataFrame[Mandate], unbelieved: dy.DataFrame[ExecutiveChange]) -> dy.DataFrame[Mandate]:
    """The offices as they were before the changes that nobody believes.

    Who would have left, or given up a title, holds the office on, and its declared end is not told; who would have
    arrived, or taken a title, does not hold it yet.

    Args:
        mandates: as the rosters have them.
        unbelieved: the changes of masses that are held or were rejected.
    """
    held = _with_holder(mandates)
    facts = ["kind", "from_title", "to_title", "seen_before", "effective_on"]
    pairs = held.join(_with_holder(unbelieved).select(*HOLDER, *facts), on=HOLDER)
    is_arrival, is_departure = (pl.col("kind") == kind.value for kind in (ChangeKind.APPOINTED, ChangeKind.DEPARTED))
    stood = (pl.col("last_seen_at") >= pl.col("seen_before")).fill_null(value=True)
    is_left = is_departure | (~is_arrival & pl.col("title").eq_missing(pl.col("from_title")))
    is_taken = is_arrival | (~is_departure & pl.col("title").eq_missing(pl.col("to_title")))
    began = (pl.col("first_seen_at") > pl.col("seen_before")).fill_null(value=True)
    left = pairs.filter(is_left & stood & ~began)
    taken = pairs.filter(is_taken & ~is_left)
    untold = left.filter(pl.col("ended_on") == pl.col("effective_on"))

    def among(rows: pl.DataFrame) -> pl.Expr:
        return pl.col("mandate_id").is_in(rows["mandate_id"].unique().to_list())

    before = mandates.filter(~among(taken.filter(began))).with_columns(
        is_current=(pl.col("is_current") & ~among(taken)) | among(left),
        ended_on=pl.when(~among(untold)).then("ended_on"),
    )
    return Mandate.validate(before)


def _with_holder(frame: pl.DataFrame) -> pl.DataFrame:
    """Add who: the person's id, or the organisation's name."""
    return frame.with_columns(who=pl.coalesce("person_id", "full_name"))
