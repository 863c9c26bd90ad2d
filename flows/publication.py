"""What one run hands over to be published, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


class DecisionsMovedError(Exception):
    """An operator decided about a mass of changes while this publication was prepared: it must be prepared again."""


@dataclass(frozen=True, slots=True)
class MassDecisions:
    """The masses of changes that this publication knows (RELIABILITY R7).

    Attributes:
        states: mass_id and state as they were read; read against the table under the lock.
        masses: mass_changes rows. members: mass_change_members rows.
    """

    states: Mapping[str, str]
    masses: pl.DataFrame
    members: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Publication:
    """The state that this run wants published. A profile that is missing here stays as it is.

    Attributes:
        profiles: prospect_profile without updated_at and change_seq, one row a profile.
        timing: profile_timing rows. checks: profile_check rows.
        side: by table name. A table with profile_id is made equal for the profiles named above, any other as a whole.
        redirects: old_id, new_id. tombstones: profile_id, reason, deleted_at.
        suppressed_profile_ids, suppressed_person_ids: who may not be shown any more.
        profile_keys: profile_id, key_hash: under which keyed hashes a profile may have been objected to; read against
            the suppressions under the lock, so that an objection stored meanwhile wins.
        person_keys: person_id, key_hash, the same for persons.
        hidden_fields: profile_id, field: what may not be told of a profile any more, earlier feed rows included.
        withheld_records: source, source_key of records that may not stand behind any profile any more.
        withheld_names: names of the units that they are about.
        decisions: the masses of changes that are held or were decided about.
    """

    profiles: pl.DataFrame | None = None
    timing: pl.DataFrame | None = None
    checks: pl.DataFrame | None = None
    side: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    redirects: pl.DataFrame | None = None
    tombstones: pl.DataFrame | None = None
    suppressed_profile_ids: frozenset[str] = frozenset()
    suppressed_person_ids: frozenset[str] = frozenset()
    profile_keys: pl.DataFrame | None = None
    person_keys: pl.DataFrame | None = None
    hidden_fields: pl.DataFrame | None = None
    withheld_records: pl.DataFrame | None = None
    withheld_names: frozenset[str] = frozenset()
    decisions: MassDecisions | None = None


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What one publication did.

    Attributes:
        feed_rows: how many rows the feed grew by. base_seq: change_seq before, so the rows are base_seq + 1 and on.
        operations: feed rows by operation.
        was_recomputed: something moved between the first look and the lock, so the difference was taken again.
    """

    feed_rows: int
    base_seq: int
    operations: Mapping[str, int]
    was_recomputed: bool = False
