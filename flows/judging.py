"""Holds the loads of one night against what the same scopes brought before, and what is stored of the same records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from flows.belief import (
    FEWEST_ROWS,
    FILL_DROP,
    LOWEST_SHARE,
    find_drops,
    judge_list,
    judge_look_ups,
    judge_roster,
    loads_unbelieved,
)
from flows.loads import LOOK_UPS, EarlierLoad, Load, Verdict, count_filled, load_rows, loads_of, look_ups, measure_load
from flows.readings import ReadPayload, join_frames
from flows.runtime import Runtime
from schemas.vocabulary import ScopeKind

JUST_BEFORE = timedelta(microseconds=1)
STAMPS = frozenset({"observed_from", "observed_to", "fetched_at", "payload_sha256", "row_hash"})
LISTED: dict[str, pl.DataType] = {"scope": pl.String(), "at": pl.Datetime("us", "UTC"), "source_key": pl.String()}


def judge_loads(runtime: Runtime, source: str, night: list[ReadPayload], *, again: bool = False) -> list[Verdict]:
    """Join tonight's pages and hold each load against the earlier ones of its scope.

    A load that was judged before (the archive is read again) keeps its verdict. A roster in an answer that is refused
    says nothing either. With `again` (a corrected parser reads it) only what an operator released keeps its verdict.
    """
    loads = loads_of(night)
    history = loads_by_scope(runtime.store.read_snapshots(source), loads)
    verdicts = [v for load in loads if (v := _verdict_of_old(load, history.get(load.name, ())))]
    verdicts = [v for v in verdicts if not again or v.released_by]
    judged = {v.load.name for v in verdicts}
    unjudged = [load for load in loads if load.name not in judged]
    rosters = [load for load in unjudged if load.kind is ScopeKind.ROSTER]
    officers = officers_before(runtime.store.read_history("appointments"), source, rosters) if rosters else {}
    lists = [load for load in unjudged if load.kind is ScopeKind.LIST and load.name in history]
    strangers = strangers_in(runtime, source, lists)
    for load in unjudged:
        before = [earlier for earlier in history.get(load.name, ()) if earlier.observed_at < load.observed_at]
        if load.kind is ScopeKind.ROSTER:
            verdicts.append(judge_roster(load, officers.get(load.name, set()), loads_unbelieved(before, load)))
        elif load.name == LOOK_UPS:
            others = [*why_silent(runtime, source, night, load), *why_emptied(runtime, source, night, load)]
            verdicts.append(judge_look_ups(load, measure_load(load, night), before, others))
        else:
            measure = measure_load(load, night)
            verdicts.append(judge_list(load, measure, before, strangers=strangers.get(load.name, 0)))
    return sorted(without_refused_rosters(verdicts), key=lambda v: v.load.name)


def _verdict_of_old(load: Load, history: Sequence[EarlierLoad]) -> Verdict | None:
    for earlier in history:
        if (earlier.observed_at, earlier.count) == (load.observed_at, len(load.keys)):
            return Verdict(load, earlier.is_good, earlier.reason, released_by=earlier.released_by, is_old=True)
    return None


def refused_payloads(verdicts: Sequence[Verdict]) -> frozenset[str]:
    """The answers of refused lists: nothing that stands in them is stored."""
    lists = [v for v in verdicts if v.refusal and v.load.kind is ScopeKind.LIST]
    return frozenset(sha for verdict in lists for sha in verdict.load.payloads)


def without_refused_rosters(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, no roster good that comes with a refused list: its rows are not stored, so nobody departs."""
    refused = refused_payloads(verdicts)
    return [
        replace(v, is_good=False) if v.load.kind is ScopeKind.ROSTER and v.load.payloads & refused else v
        for v in verdicts
    ]


def loads_by_scope(snapshots: pl.DataFrame, loads: Sequence[Load]) -> dict[str, list[EarlierLoad]]:
    """The earlier loads of tonight's scopes, newest first."""
    asked = pl.DataFrame({"scope": [load.name for load in loads]}, schema={"scope": pl.String})
    found: dict[str, list[EarlierLoad]] = {}
    earlier = snapshots.join(asked, on="scope", how="semi").sort("scope", "observed_at", descending=[False, True])
    for row in earlier.iter_rows(named=True):
        found.setdefault(row["scope"], []).append(EarlierLoad.of(row))
    return found


def officers_before(history: pl.DataFrame, source: str, rosters: Sequence[Load]) -> dict[str, set[str]]:
    """By roster the appointments of its unit as they stood just before it; one join for all rosters."""
    stood = (pl.col("observed_from") < pl.col("at")) & (
        pl.col("observed_to").is_null() | (pl.col("observed_to") >= pl.col("at"))
    )
    known = history.filter(pl.col("source") == source).join(load_rows(rosters), on="unit_key").filter(stood)
    found: dict[str, set[str]] = {}
    for scope, source_key in known.select("scope", "source_key").iter_rows():
        found.setdefault(scope, set()).add(source_key)
    return found


def strangers_in(runtime: Runtime, source: str, lists: Sequence[Load]) -> dict[str, int]:
    """By list how many of its records no earlier night has told."""
    found: dict[str, int] = {}
    for frame in sorted({load.frame for load in lists}):
        told = (
            runtime.store.read_history(frame).filter(pl.col("source") == source).select("source_key", "observed_from")
        )
        first = told.group_by("source_key").agg(pl.col("observed_from").min())
        rows = [(x.name, x.observed_at, key) for x in lists if x.frame == frame for key in x.keys]
        listed = pl.DataFrame(rows, schema=LISTED, orient="row").join(first, on="source_key", how="left")
        is_new = pl.col("observed_from").is_null() | (pl.col("observed_from") >= pl.col("at"))
        found |= dict(listed.filter(is_new).group_by("scope").len().iter_rows())
    return found


def why_silent(runtime: Runtime, source: str, night: Sequence[ReadPayload], load: Load) -> list[str]:
    """Of the questions that had an answer before, more than a fifth have none tonight (20 questions at least)."""
    frames = sorted({name for item in night for name in item.batch.frames})
    standing = {sha for name in frames for sha in _standing(runtime, source, name, load.observed_at)["payload_sha256"]}
    register = runtime.store.read("payloads").filter(pl.col("source") == source)
    answered = set(register.filter(pl.col("sha256").is_in(list(standing)))["key"])
    asked: dict[str, bool] = {}
    for item in look_ups(night):
        if item.payload.key in answered:
            has_rows = any(frame.height for frame in item.batch.frames.values())
            asked[item.payload.key] = asked.get(item.payload.key, False) or has_rows
    told = sum(asked.values())
    if len(asked) < FEWEST_ROWS or told >= LOWEST_SHARE * len(asked):
        return []
    return [f"{load.name}: {told} of {len(asked)} questions that had an answer before have one: not believed"]


def why_emptied(runtime: Runtime, source: str, night: Sequence[ReadPayload], load: Load) -> list[str]:
    """A column that the same records fill more than 10 points less than they do in the store (20 records at least)."""
    told = join_frames(look_ups(night))
    units = told["legal_units"].select(unit_key="source_key").unique() if "legal_units" in told else None
    before: Mapping[str, pl.DataFrame] = {
        name: _standing(runtime, source, name, load.observed_at).join(
            frame.select("source_key").unique(), on="source_key", how="semi"
        )
        for name, frame in told.items()
    }
    pairs = {}
    emptied = []
    for name, frame in told.items():
        if units is not None and "unit_key" in frame.columns:
            standing = _standing(runtime, source, name, load.observed_at)
            had = standing.select("unit_key").unique().join(units, on="unit_key", how="semi")
            has = had.join(frame, on="unit_key", how="semi").height
            if had.height >= FEWEST_ROWS and had.height - has > FILL_DROP * had.height:
                emptied.append(f"{has} of {had.height} units that had {name} have any")
        columns = [c for c in frame.columns if c in before[name].columns and c not in STAMPS]
        same = frame.unique("source_key", keep="last", maintain_order=True)
        same = same.join(before[name].select("source_key"), on="source_key", how="semi")
        pairs[name] = (count_filled(same.select(columns)), count_filled(before[name].select(columns)))
    drops = list(find_drops({n: now for n, (now, _) in pairs.items()}, [{n: old for n, (_, old) in pairs.items()}]))
    wrong = [*emptied, *drops][:5]
    return [f"{load.name}: {'; '.join(wrong)}: not believed"] if wrong else []


def _standing(runtime: Runtime, source: str, frame: str, at: datetime) -> pl.DataFrame:
    return runtime.store.read_current(frame, as_of=at - JUST_BEFORE).filter(pl.col("source") == source)
