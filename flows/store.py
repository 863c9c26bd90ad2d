"""The store: the only database sessions. Frames in, frames out, every write one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import polars as pl
from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, insert, or_, select, text, update

from flows import bulk, commit, database, observations, sightings
from flows.commit import LostLockError
from flows.database import DatabaseUnavailableError, NotMigratedError
from flows.observations import SavedCounts
from flows.privacy import SCOPE_DIFFUSION
from flows.publication import Publication, PublishResult
from flows.versions import STAMPS
from schemas.frames import OBSERVED_FRAMES
from schemas.tables import table_named

__all__ = [
    "DatabaseUnavailableError",
    "LostLockError",
    "NotMigratedError",
    "Publication",
    "PublishResult",
    "SavedCounts",
    "Store",
]


def _pass(_name: str) -> None:
    """A border nobody watches."""


class Store:
    """One database. Open it once a run, hand it down, close it; threads may share it.

    Attributes:
        border: called with the name of each border that a publication crosses (`staged`, `locked`, table names,
            `commit`, `committed`); tests stop or kill a run there.
    """

    def __init__(self, engine: Engine, border: Callable[[str], None] = _pass) -> None:
        self._engine = engine
        self.border = border

    @classmethod
    def open(cls, url: str, *, must_exist: bool = False) -> Self:
        """Open the database at `url` and see that it answers.

        With `must_exist` no file is made where there is none: whoever only looks leaves nothing behind.

        Raises:
            DatabaseUnavailableError: it does not, in one line with the address and the reason.
        """
        parsed = database.read_url(url)
        if must_exist:
            database.check_file(parsed)
        engine = database.open_engine(parsed)
        with database.explained(engine.url), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return cls(engine)

    @classmethod
    def migrate(cls, url: str) -> None:
        """Create or upgrade the tables of the database at `url`."""
        database.migrate(url)

    def check_is_migrated(self) -> None:
        """Compare the database's tables with this version's.

        Raises:
            NotMigratedError: they differ; says to run `grandcompte migrate`.
        """
        database.check_is_migrated(self._engine)

    def give_up_space(self) -> None:
        """Rewrite the database without the space in which deleted rows stood (privacy)."""
        database.give_up_space(self._engine)

    def durability_problems(self) -> list[str]:
        """Server settings under which an acknowledged night could be lost, in words."""
        return database.durability_problems(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One writing transaction; committed at the end, rolled back by any exception."""
        with database.explained(self._engine.url), self._engine.connect() as connection:
            connection.execution_options(**{database.BEGIN_OPTION: "BEGIN IMMEDIATE"})
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One reading transaction; it keeps nobody from writing."""
        with database.explained(self._engine.url), self._engine.connect() as connection, connection.begin():
            yield connection

    # ------------------------------------------------------------------------------------------------- observations

    def save_observations(self, frame_name: str, frame: pl.DataFrame) -> SavedCounts:
        """Save one batch of observed rows as versions.

        Args:
            frame_name: a name of OBSERVED_FRAMES.
            frame: its columns with observed_from, fetched_at (null = imported) and payload_sha256 of each row; any
                dates in any order, late ones too.
        """
        with self.transaction() as connection:
            return observations.save(connection, frame_name, frame)

    def close_observations(self, frame_name: str, source: str, source_keys: Iterable[str], at: datetime) -> None:
        """Say that a good full snapshot of `at` misses these records."""
        with self.transaction() as connection:
            observations.close(connection, frame_name, source, source_keys, at)

    def reread_observations(
        self, frame_name: str, frame: pl.DataFrame, loads: pl.DataFrame, missed_at: Iterable[datetime] = ()
    ) -> SavedCounts:
        """Let today's reading of archived answers replace the earlier one, in place; see `observations.reread`."""
        with self.transaction() as connection:
            return observations.reread(connection, frame_name, frame, loads, missed_at)

    def forget_unused_loads(self, loads: pl.DataFrame) -> None:
        """Forget those of these loads (source, fetched_at, payload_sha256) of which no sighting is left."""
        with self.transaction() as connection:
            sightings.forget_unused_loads(connection, sightings.find_loads(connection, loads))

    def erase_observations(self, frame_name: str, source: str, source_keys: Iterable[str]) -> int:
        """Erase every version and sighting of these records and their quarantine.

        For legal units also the quarantine of what hangs on them (their keys begin so) and their snapshots.
        """
        keys = sorted(set(source_keys))
        if not keys:
            return 0
        quarantine, snapshots = table_named("quarantine"), table_named("source_snapshots")
        with self.transaction() as connection:
            staged = bulk.stage_values(connection, "source_key", keys)
            held = bulk.within(quarantine.c.source_key, staged, "source_key")
            if frame_name == "legal_units":
                beginning = func.substr(quarantine.c.source_key, 1, func.length(staged.c.source_key))
                held = select(staged.c.source_key).where(beginning == staged.c.source_key).exists()
            connection.execute(delete(quarantine).where(quarantine.c.source == source, held))
            if frame_name == "legal_units":
                about = bulk.within(snapshots.c.unit_key, staged, "source_key")
                connection.execute(delete(snapshots).where(snapshots.c.source == source, about))
            bulk.drop_stage(connection, staged)
            return observations.erase(connection, frame_name, source, keys)

    def rewrite_observations(self, frame_name: str, frame: pl.DataFrame) -> None:
        """Change what stored versions say (privacy), keeping when they were seen; frame: columns and observed_from."""
        with self.transaction() as connection:
            observations.rewrite(connection, frame_name, frame)

    def read_current(
        self, frame_name: str, as_of: datetime | None = None, diffusion: str | None = None
    ) -> pl.DataFrame:
        """The versions that stand, or stood at `as_of`: the frame's columns and the stamps, ordered by key.

        With `diffusion` only those that the register shows so.
        """
        table = table_named(frame_name)
        standing: ColumnElement[bool] = table.c.observed_to.is_(None)
        if as_of is not None:
            standing = and_(table.c.observed_from <= as_of, or_(standing, table.c.observed_to > as_of))
        if diffusion is not None:
            standing = and_(standing, table.c.diffusion == diffusion)
        with self.reading() as connection:
            found = bulk.read_frame(connection, table, standing)
        return found.select(*observations.declared_columns(frame_name), *STAMPS)

    def read_history(self, frame_name: str, where: Mapping[str, Iterable[str]] | None = None) -> pl.DataFrame:
        """Every version: the frame's columns and the stamps, ordered by key.

        With `where` only the rows whose columns have one of these values each.
        """
        table = table_named(frame_name)
        with self.transaction() if where else self.reading() as connection:
            staged = {name: bulk.stage_values(connection, name, values) for name, values in (where or {}).items()}
            inside = and_(text("true"), *(bulk.within(table.c[name], own, name) for name, own in staged.items()))
            found = bulk.read_frame(connection, table, inside)
            bulk.drop_stage(connection, *staged.values())
        return found.select(*observations.declared_columns(frame_name), *STAMPS)

    def read_last_seen(self, frame_name: str) -> pl.DataFrame:
        """When each record that stands was last seen in an answer (source, source_key, last_seen_at)."""
        table = table_named(frame_name)
        with self.transaction() as connection:
            standing = select(table.c.source, table.c.source_key).where(table.c.observed_to.is_(None)).subquery()
            return sightings.read_last_seen(connection, frame_name, bulk.read_frame(connection, standing))

    # -------------------------------------------------------------------------------------------------- whole tables

    def read(self, table_name: str) -> pl.DataFrame:
        """A table or view with its types, ordered by key; JSON objects as text."""
        with self.reading() as connection:
            return bulk.read_frame(connection, table_named(table_name))

    def count(self, table_name: str) -> int:
        """How many rows a table has."""
        with self.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table_named(table_name))).scalar_one())

    def sync(self, table_name: str, frame: pl.DataFrame, where: Mapping[str, Any] | None = None) -> tuple[int, int]:
        """Make the table, or the slice where the columns have these values, equal to the frame.

        Rows that are equal already are not written. Returns rows written and rows deleted.

        Raises:
            ValueError: columns that do not fit, a key that comes twice, rows outside the slice.
        """
        with self.transaction() as connection:
            return bulk.sync(connection, table_named(table_name), frame, where or {})

    def append(self, table_name: str, frame: pl.DataFrame) -> int:
        """Add the rows whose key is not there yet; returns how many."""
        table = table_named(table_name)
        with self.transaction() as connection:
            staged = bulk.stage(connection, table, bulk.fit(frame, table))
            added = bulk.insert_missing(connection, table, staged)
            bulk.drop_stage(connection, staged)
        return added

    def _upsert(self, table_name: str, frame: pl.DataFrame) -> None:
        table = table_named(table_name)
        with self.transaction() as connection:
            rows = bulk.fit(frame, table).unique(bulk.keys_of(table), keep="last", maintain_order=True)
            staged = bulk.stage(connection, table, rows)
            bulk.upsert(connection, table, staged)
            bulk.drop_stage(connection, staged)

    # ------------------------------------------------------------------------------------------------------- sources

    def save_payloads(self, payloads: pl.DataFrame) -> None:
        """Register archived answers; one that is known keeps its earliest observed_from."""
        table = table_named("payloads")
        first = bulk.fit(payloads, table).sort("observed_from", "fetched_at", "url", nulls_last=False)
        with self.transaction() as connection:
            staged = bulk.stage(connection, table, first.unique(bulk.keys_of(table), keep="first", maintain_order=True))
            bulk.insert_missing(connection, table, staged)
            same = and_(*(table.c[key] == staged.c[key] for key in bulk.keys_of(table)))
            seen = {name: staged.c[name] for name in ("key", "url", "fetched_at", "observed_from")}
            earlier = same & (staged.c.observed_from < table.c.observed_from)
            connection.execute(update(table).values(seen).where(earlier))
            bulk.drop_stage(connection, staged)

    def read_payloads_of(self, frame_name: str, source: str, source_keys: Iterable[str]) -> set[str]:
        """Addresses of the answers that may hold these records: all that count from an instant at which one was seen.

        Of several answers of one instant only one is remembered as the sighting; the others may hold the record too.
        """
        keys = sorted(set(source_keys))
        if not keys:
            return set()
        with self.transaction() as connection:
            scope = sightings.stage_scope(connection, frame_name, sightings.records_of(source, keys), None)
            seen = sightings.read_sightings(connection, scope).filter("is_seen")
            bulk.drop_stage(connection, scope)
            register = bulk.read_frame(connection, table_named("payloads"), table_named("payloads").c.source == source)
        same_instant = register.join(seen.select("observed_from").unique(), on="observed_from", how="semi")
        return set(same_instant["sha256"]) | set(seen["payload_sha256"].drop_nulls())

    def read_first_readings(self, source: str) -> dict[str, datetime]:
        """Of each imported answer (without a fetch instant) of a source: sha256, and since when it counts."""
        table = table_named("payloads")
        query = select(table.c.sha256, table.c.observed_from).where(
            table.c.source == source, table.c.fetched_at.is_(None)
        )
        with self.reading() as connection:
            return {row.sha256: row.observed_from for row in connection.execute(query)}

    def move_payload(self, source: str, old: str, new: str | None) -> None:
        """An archived answer was rewritten (privacy): rows follow its new address; None = nothing of it is left."""
        payloads, quarantine = table_named("payloads"), table_named("quarantine")
        with self.transaction() as connection:
            own = and_(payloads.c.source == source, payloads.c.sha256 == old)
            if new is None:
                connection.execute(delete(payloads).where(own))
                held = and_(quarantine.c.source == source, quarantine.c.payload_sha256 == old)
                connection.execute(delete(quarantine).where(held))
                return
            row = connection.execute(select(payloads).where(own)).mappings().one_or_none()
            known = and_(payloads.c.source == source, payloads.c.sha256 == new)
            if row is not None and connection.execute(select(payloads.c.sha256).where(known)).first() is None:
                connection.execute(insert(payloads).values(**{**row, "sha256": new, "replaced_by": None}))
            connection.execute(update(payloads).where(own).values(replaced_by=new))
            for name in (*OBSERVED_FRAMES, "loads", "quarantine"):
                table = table_named(name)
                moved = and_(table.c.source == source, table.c.payload_sha256 == old)
                connection.execute(update(table).where(moved).values(payload_sha256=new))

    def mark_removed(self, source: str, payloads: Iterable[str], mark: str) -> None:
        """The raw answers are gone from the archive (retention); rows keep pointing at them, and find this mark."""
        table = table_named("payloads")
        with self.transaction() as connection:
            staged = bulk.stage_values(connection, "sha256", payloads)
            own = (table.c.source == source) & bulk.within(table.c.sha256, staged, "sha256")
            connection.execute(update(table).where(own, table.c.replaced_by.is_(None)).values(replaced_by=mark))
            bulk.drop_stage(connection, staged)

    def rename_payload(self, source: str, sha256: str, key: str, url: str) -> None:
        """Let the register tell under another key what was asked (privacy)."""
        table = table_named("payloads")
        with self.transaction() as connection:
            own = and_(table.c.source == source, table.c.sha256 == sha256)
            connection.execute(update(table).where(own).values(key=key, url=url))

    def save_quarantine(self, rows: pl.DataFrame) -> None:
        """Keep records that could not be read; one that is there keeps the instant when it was first seen."""
        self.append("quarantine", rows)

    def replace_quarantine(self, source: str, payloads: Iterable[str], rows: pl.DataFrame) -> None:
        """Let these rows be all that these answers have in quarantine; one that stays keeps its first instant."""
        table = table_named("quarantine")
        with self.transaction() as connection:
            staged = bulk.stage(connection, table, bulk.fit(rows, table))
            bulk.insert_missing(connection, table, staged)
            read = bulk.stage_values(connection, "payload_sha256", payloads)
            own = (table.c.source == source) & bulk.within(table.c.payload_sha256, read, "payload_sha256")
            bulk.delete_unstaged(connection, table, staged, own)
            bulk.drop_stage(connection, staged, read)

    def replace_snapshots(self, source: str, instants: Iterable[datetime], snapshots: pl.DataFrame) -> None:
        """Let these loads be all that the source had at these instants."""
        table = table_named("source_snapshots")
        wanted = pl.DataFrame({"observed_at": sorted(set(instants))}, schema={"observed_at": bulk.INSTANT})
        with self.transaction() as connection:
            staged = bulk.stage(connection, table, bulk.fit(snapshots, table))
            bulk.upsert(connection, table, staged)
            for at in wanted["observed_at"]:
                own = (table.c.source == source) & (table.c.observed_at == at)
                bulk.delete_unstaged(connection, table, staged, own)
            bulk.drop_stage(connection, staged)

    def save_snapshots(self, snapshots: pl.DataFrame) -> None:
        """Keep how complete loads were; a load that was judged again is replaced."""
        self._upsert("source_snapshots", snapshots)

    def release_load(self, source: str, scope: str, released_by: str) -> bool:
        """Let the newest load of a scope count as good although it was refused; False when it was not refused.

        What the scope brings from then on is held against this load, no longer against the ones before it.
        """
        table = table_named("source_snapshots")
        own = and_(table.c.source == source, table.c.scope == scope)
        with self.transaction() as connection:
            newest = select(table).where(own).order_by(table.c.observed_at.desc()).limit(1)
            found = connection.execute(newest).mappings().one_or_none()
            if found is None or found["is_good"] or found["reason"] is None:
                return False
            this = and_(own, table.c.observed_at == found["observed_at"])
            released = {"is_good": True, "reason": None, "released_by": released_by}
            connection.execute(update(table).where(this).values(**released))
        return True

    def hear_fields(self, source: str, fields: Iterable[str], heard_at: datetime) -> set[str]:
        """Remember fields that nobody reads; returns those that were first heard at this instant (told once)."""
        rows = [{"source": source, "field": name, "first_heard_at": heard_at} for name in sorted(set(fields))]
        if rows:
            self.append("heard_fields", pl.DataFrame(rows))
        table = table_named("heard_fields")
        tonight = and_(table.c.source == source, table.c.first_heard_at == heard_at)
        with self.reading() as connection:
            return set(connection.execute(select(table.c.field).where(tonight)).scalars())

    def read_snapshots(self, source: str | None = None) -> pl.DataFrame:
        """How complete the loads of one source, or of all, were."""
        table = table_named("source_snapshots")
        with self.reading() as connection:
            return bulk.read_frame(connection, table, None if source is None else table.c.source == source)

    def read_watermark(self, source: str) -> datetime | None:
        """Until when a source has been read; None when never."""
        table = table_named("watermarks")
        with self.reading() as connection:
            return connection.execute(select(table.c.until).where(table.c.source == source)).scalar_one_or_none()

    def move_watermark(
        self, source: str, *, until: datetime, moved_at: datetime, cursor: Mapping[str, str] | None = None
    ) -> None:
        """Say until when a source has been read; it never moves back."""
        table = table_named("watermarks")
        with self.transaction() as connection:
            known = connection.execute(select(table.c.until).where(table.c.source == source)).scalar_one_or_none()
            if known is not None and known > until:
                return
            values = {"until": until, "moved_at": moved_at, "cursor": dict(cursor) if cursor else None}
            connection.execute(delete(table).where(table.c.source == source))
            connection.execute(insert(table).values(source=source, **values))

    def read_cursor(self, source: str) -> dict[str, str]:
        """Where a source said to go on; empty when it was read whole."""
        table = table_named("watermarks")
        with self.reading() as connection:
            found = connection.execute(select(table.c.cursor).where(table.c.source == source)).scalar_one_or_none()
        return dict(found or {})

    def keep_cursor(self, source: str, cursor: Mapping[str, str], moved_at: datetime) -> None:
        """Keep where a source would go on, and leave how far it has been read whole."""
        table = table_named("watermarks")
        values = {"cursor": dict(cursor), "moved_at": moved_at}
        with self.transaction() as connection:
            changed = connection.execute(update(table).where(table.c.source == source).values(**values))
            if not changed.rowcount:
                connection.execute(insert(table).values(source=source, until=None, **values))

    # ------------------------------------------------------------------------------------------------------- privacy

    def suppress(self, key_hash: str, scope: str, reason: str, since: datetime) -> None:
        """Store one objection. It waits for a publication under way, so that the next one surely sees it.

        One that is there stays, unless it only followed a register: then an objection, or a newer word, stands instead.
        """
        table = table_named("suppression")
        row = {"key_hash": key_hash, "scope": scope, "reason": reason, "since": since}
        with self.transaction() as connection:
            self._take_head(connection)
            known = connection.execute(select(table).where(table.c.key_hash == key_hash)).mappings().one_or_none()
            if known is None:
                connection.execute(insert(table).values(**row))
            elif known["scope"] == SCOPE_DIFFUSION and (scope != SCOPE_DIFFUSION or known["since"] <= since):
                connection.execute(update(table).where(table.c.key_hash == key_hash).values(**row))

    def lift_suppression(self, key_hash: str) -> None:
        """Forget one objection."""
        table = table_named("suppression")
        with self.transaction() as connection:
            self._take_head(connection)
            connection.execute(delete(table).where(table.c.key_hash == key_hash))

    def read_suppressions(self, *, only_scope: str | None = None, except_scope: str | None = None) -> set[str]:
        """The keyed hashes of those who objected, of one scope, or of all scopes but one."""
        table = table_named("suppression")
        query = select(table.c.key_hash)
        if only_scope is not None:
            query = query.where(table.c.scope == only_scope)
        if except_scope is not None:
            query = query.where(table.c.scope != except_scope)
        with self.reading() as connection:
            return set(connection.scalars(query))

    def conceal_id(self, source: str, source_key: str, hashed_key: str) -> None:
        """Put a keyed hash in the place of a founding record's key."""
        table = table_named("id_registry")
        own = and_(table.c.source == source, table.c.source_key == source_key)
        with self.transaction() as connection:
            connection.execute(update(table).where(own).values(source_key=hashed_key))

    def reveal_id(self, source: str, source_key: str, hashed_key: str) -> None:
        """Put a founding record's key back, so that the same ids return."""
        self.conceal_id(source, hashed_key, source_key)

    # -------------------------------------------------------------------------------------------------------- review

    def decide_mass(self, mass_id: str, state: str, decided_by: str, decided_at: datetime) -> bool:
        """Keep what an operator decided about a mass of changes; False when there is none of this id.

        It waits for a publication under way; one that is being prepared meanwhile is prepared again.
        """
        table = table_named("mass_changes")
        with self.transaction() as connection:
            self._take_head(connection)
            decided = {"state": state, "decided_by": decided_by, "decided_at": decided_at}
            same = and_(table.c.mass_id == mass_id, table.c.state == state)
            if connection.execute(select(table.c.mass_id).where(same)).first() is not None:
                return True  # who decided first stays
            changed = update(table).where(table.c.mass_id == mass_id).values(**decided)
            return connection.execute(changed).rowcount > 0

    # ------------------------------------------------------------------------------------------------------- publish

    def publish(
        self, publication: Publication, *, run_id: str, instant: datetime, fencing_token: int | None = None
    ) -> PublishResult:
        """Publish in one short transaction; a row whose visible values are the same is not touched.

        Args:
            publication: what this run wants published.
            run_id: the feed's rows carry it.
            instant: the run's instant, the updated_at and committed_at of whatever moves.
            fencing_token: the run lock's token; with it, a run whose lock was taken over is refused.

        Raises:
            ValueError: the publication does not fit the tables.
            LostLockError: another run holds the lock by now; nothing was written.
            DecisionsMovedError: an operator decided about a mass of changes meanwhile; nothing was written.
        """
        with database.explained(self._engine.url), self._engine.connect() as connection:
            try:
                return commit.publish(
                    connection,
                    publication,
                    run_id=run_id,
                    instant=instant,
                    fencing_token=fencing_token,
                    border=self.border,
                )
            except BaseException:
                connection.invalidate()  # its staging tables go with it
                raise

    def read_changes(self, since: int, limit: int) -> pl.DataFrame:
        """The feed behind `since`, oldest first, at most `limit` rows: what a CRM pages through."""
        table = table_named("profile_change")
        with self.reading() as connection:
            return bulk.read_frame(connection, table, table.c.change_seq > since, limit)

    def _take_head(self, connection: Connection) -> None:
        head = table_named("feed_head")
        connection.execute(select(head.c.change_seq).where(head.c.id == 1).with_for_update())
