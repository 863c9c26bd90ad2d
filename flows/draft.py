"""What a publication would change: staged outside the lock, held against what is published as often as needed."""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, Table, or_, select

from flows import bulk
from flows.feed import (
    FIELDS,
    PROFILE,
    REFERENCES,
    WINDOW,
    Difference,
    find_difference,
    keep_contract,
    without_withheld,
)
from flows.publication import Publication
from schemas.tables import table_named

FEED, TOMBSTONE, REDIRECT = table_named("profile_change"), table_named("tombstone"), table_named("id_redirect")
MASSES, MASS_MEMBERS = table_named("mass_changes"), table_named("mass_change_members")
TIMING, CHECK, SUPPRESSION = table_named("profile_timing"), table_named("profile_check"), table_named("suppression")
OF_PERSONS = (table_named("executive"), table_named("executive_change"))
# side tables that are made equal profile by profile; a profile that was not computed keeps its rows
OF_PROFILES = (
    "profile_evidence",
    "field_provenance",
    "score_detail",
    "executive",
    "executive_change",
    "presence_evidence",
)
SIDE = (*OF_PROFILES, "group_link", "account_match")


@dataclass(frozen=True, slots=True)
class State:
    """What is published and what may not be, as of one look."""

    current: pl.DataFrame
    sequence: pl.DataFrame
    withheld: frozenset[str]
    persons: frozenset[str]
    hidden: pl.DataFrame

    def moved_since(self, other: "State") -> bool:
        """Whether the difference must be taken again; each visible change of a profile moves its change_seq."""
        same_people = self.withheld == other.withheld and self.persons == other.persons
        return not (same_people and self.sequence.equals(other.sequence))


@dataclass(frozen=True, slots=True)
class Stages:
    """The staged publication."""

    ids: Table
    profile_keys: Table
    person_keys: Table
    side: dict[str, Table]
    timing: Table
    checks: Table
    redirects: Table
    tombstones: Table
    masses: Table
    mass_members: Table

    def tables(self) -> list[Table]:
        """All of them."""
        single = [self.ids, self.profile_keys, self.person_keys, self.timing, self.checks, self.redirects]
        return [*single, self.tombstones, self.masses, self.mass_members, *self.side.values()]


# ---------------------------------------------------------------------------------------------------------- staging


def desired_profiles(publication: Publication) -> pl.DataFrame:
    """The profiles to publish, in the contract's columns, types and lengths.

    Raises:
        ValueError: columns that do not fit, or a profile that comes twice.
    """
    if publication.profiles is None:
        return pl.DataFrame(schema={n: t for n, t in bulk.schema_of(PROFILE).items() if n in ("profile_id", *FIELDS)})
    stamped = publication.profiles.with_columns(
        pl.lit(None, bulk.INSTANT).alias("updated_at"), pl.lit(None, pl.Int64).alias("change_seq")
    )
    desired = keep_contract(bulk.fit(stamped, PROFILE).select("profile_id", *FIELDS))
    if twice := desired.filter(pl.col("profile_id").is_duplicated())["profile_id"].unique().sort().head(3).to_list():
        raise ValueError(f"publication: profiles come more than once: {', '.join(twice)}")
    return desired


def stage_publication(connection: Connection, publication: Publication, desired: pl.DataFrame) -> Stages:
    """Everything that does not depend on what is published.

    Raises:
        ValueError: a side table that is none, or whose frame does not fit.
    """
    if unknown := sorted(set(publication.side) - set(SIDE)):
        raise ValueError(f"publication: no side tables are called {', '.join(unknown)}; known: {', '.join(SIDE)}")

    def staged(table: Table, frame: pl.DataFrame | None) -> Table:
        rows = pl.DataFrame(schema=bulk.schema_of(table)) if frame is None else bulk.fit(frame, table)
        keys = bulk.keys_of(table)
        if rows.select(keys).is_duplicated().any():
            raise ValueError(f"publication: table {table.name}: the key {', '.join(keys)} comes twice")
        return bulk.stage(connection, table, rows, "publish")

    held = publication.decisions
    return Stages(
        ids=bulk.stage_values(connection, "profile_id", desired["profile_id"]),
        profile_keys=_stage_keys(connection, publication.profile_keys, "profile_id"),
        person_keys=_stage_keys(connection, publication.person_keys, "person_id"),
        side={name: staged(table_named(name), frame) for name, frame in sorted(publication.side.items())},
        timing=staged(TIMING, publication.timing),
        checks=staged(CHECK, publication.checks),
        redirects=staged(REDIRECT, publication.redirects),
        tombstones=staged(TOMBSTONE, publication.tombstones),
        masses=staged(MASSES, held.masses if held else None),
        mass_members=staged(MASS_MEMBERS, held.members if held else None),
    )


def _stage_keys(connection: Connection, frame: pl.DataFrame | None, name: str) -> Table:
    columns = {name: pl.String(), "key_hash": pl.String()}
    rows = pl.DataFrame(schema=columns) if frame is None else frame.select(list(columns)).unique()
    return bulk.stage_texts(connection, rows)


def stage_difference(connection: Connection, difference: Difference) -> tuple[Table, Table]:
    """Rows and feed, numbered from 1 by profile and operation: under the lock the head is only added."""
    feed = difference.feed.sort("profile_id", "op").with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("change_seq")
    )
    rows = difference.rows.join(feed.select("profile_id", "change_seq"), on="profile_id")
    return bulk.stage(connection, PROFILE, rows, "publish"), bulk.stage(connection, FEED, feed, "publish")


# ----------------------------------------------------------------------------------------------------- looking again


def look(connection: Connection, publication: Publication, stages: Stages) -> State:
    """Read suppressions and the rows that this publication may touch."""
    withheld = publication.suppressed_profile_ids | _suppressed(connection, stages.profile_keys, "profile_id")
    persons = publication.suppressed_person_ids | _suppressed(connection, stages.person_keys, "person_id")
    hidden = _hidden_names(connection, stages, persons)
    touched = [bulk.within(PROFILE.c.profile_id, own, "profile_id") for own in (stages.ids, stages.timing)]
    others = bulk.stage_values(connection, "profile_id", [*withheld, *hidden["profile_id"]])
    touched += [bulk.within(PROFILE.c[name], others, "profile_id") for name in ("profile_id", *REFERENCES)]
    current = bulk.read_frame(connection, PROFILE, or_(*touched))
    timed = [bulk.within(TIMING.c.profile_id, own, "profile_id") for own in (stages.ids, stages.timing)]
    timing = bulk.read_frame(connection, TIMING, or_(*timed))
    bulk.drop_stage(connection, others)
    return State(
        current.join(timing.select("profile_id", *WINDOW), on="profile_id", how="left"),
        current.select("profile_id", "change_seq"),
        withheld,
        persons,
        hidden,
    )


def _suppressed(connection: Connection, keys: Table, name: str) -> frozenset[str]:
    query = select(keys.c[name]).join(SUPPRESSION, SUPPRESSION.c.key_hash == keys.c.key_hash).distinct()
    return frozenset(connection.scalars(query))


def _hidden_names(connection: Connection, stages: Stages, persons: frozenset[str]) -> pl.DataFrame:
    """profile_id and full_name of the withheld persons, as published and as staged."""
    found: set[tuple[str, str]] = set()
    if persons:
        staged = bulk.stage_values(connection, "person_id", persons)
        for table in (*OF_PERSONS, *(stages.side[t.name] for t in OF_PERSONS if t.name in stages.side)):
            query = select(table.c.profile_id, table.c.full_name).where(
                bulk.within(table.c.person_id, staged, "person_id")
            )
            found |= {(row[0], row[1]) for row in connection.execute(query)}
        bulk.drop_stage(connection, staged)
    return pl.DataFrame(sorted(found), schema={"profile_id": pl.String, "full_name": pl.String}, orient="row")


def take_difference(publication: Publication, desired: pl.DataFrame, state: State) -> Difference:
    """The difference, with the rows of others that speak of who is withheld."""
    others = state.current.join(desired, on="profile_id", how="anti").select(desired.columns)
    wanted = without_withheld(pl.concat([desired, others]), state.withheld, state.hidden)
    windows = pl.DataFrame(schema={"profile_id": pl.String(), **WINDOW})
    if publication.timing is not None:
        windows = bulk.fit(publication.timing, TIMING).select(windows.columns)
    return find_difference(wanted, windows, state.current, state.withheld)
