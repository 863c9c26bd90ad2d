"""The archive: every answer of a source as it came, stored once by its content, found again through a small index.

    objects/ab/ab12....zst                          the body, compressed; named by the SHA-256 of the bytes
    index/<source>/<day>/<key hash>-<entry id>.json what was asked, when, and which object answers it

The day is that of the fetch (UTC), `imported` without one. It and the beginning of the name are the whole index: an
answer is found by source, time and key from the names of files, without a second store that could disagree with them.
Until 2026-11 the files lay in index/<source>/ by entry id alone; they are read as well, and `sweep` moves them.

Names are hashes only: what was asked may hold a person's name, and a key must never become a path.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import zstandard
from fsspec.implementations.local import LocalFileSystem

from schemas.provenance import Payload

SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]*")
HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
KEY_HASH_LENGTH = 16  # 64 bits tell the questions of one source apart; the file itself says which one it is
NO_DAY = "imported"
AN_INSTANT = timedelta(microseconds=1)
REPAIR = "Restore this file from a backup, or delete it and fetch or import the answer again."


class ArchiveDamagedError(Exception):
    """A file of the archive is missing or is not what was written; the message names it."""


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One archived answer without its body.

    Attributes:
        entry_id: hash of (source, key, first body, fetched_at); it outlives a rewrite of the body.
        source, key, fetched_at, url, status, headers: as in `Payload`.
        sha256: address of the body that stands for this answer now.
        replaces: address of the body that stood here before a suppressed record was taken out, or None.
    """

    entry_id: str
    source: str
    key: str
    sha256: str
    fetched_at: datetime | None = None
    url: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    replaces: str | None = None


class Archive:
    """Payloads in a local folder or at an fsspec address (`s3://bucket/prefix`, `memory://x`).

    On a local folder each file is written beside its place, synced and renamed, so that a kill leaves the old file
    or the new one. An object is written before the index names it and removed after: a kill leaves at worst an
    object that nobody points to, which `sweep` removes.
    """

    def __init__(self, url: str) -> None:
        self._files, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        self._root = str(root).rstrip("/")
        self._is_local = isinstance(self._files, LocalFileSystem)
        self._left_behind: set[str] | None = None  # bodies to look at when `together` ends

    def put(self, payload: Payload) -> ArchiveEntry:
        """Keep an answer; the same body, key and fetch instant give the entry that is there already.

        If that entry was rewritten meanwhile (`replace`), the rewritten one comes back and the first body stays out.

        Raises:
            ValueError: fetched_at has no time zone, or the source's name is no module name.
            OSError: no room, or the place may not be written; names the file, and nothing half-written is left.
        """
        entry_id = _entry_id(payload)
        known = self._known_path(payload.source, payload.key, entry_id, payload.fetched_at)
        if known is not None:
            entry = self._read_entry(known)
            if entry.sha256 != payload.sha256:
                return entry
        else:
            entry = ArchiveEntry(
                entry_id=entry_id,
                source=payload.source,
                key=payload.key,
                sha256=payload.sha256,
                fetched_at=payload.fetched_at and payload.fetched_at.astimezone(UTC),
                url=payload.url,
                status=payload.status,
                headers=dict(payload.headers),
            )
        self._write_object(entry.sha256, payload.body)
        if known is None:
            self._write_entry(entry)
        return entry

    def entries(self, source: str | None = None) -> list[ArchiveEntry]:
        """Every archived answer, or those of one source, by source, fetch instant (imported ones first) and key.

        Raises:
            ArchiveDamagedError: an index file cannot be read.
        """
        sources = self._sources() if source is None else [_checked(source)]
        paths = (path for name in sources for path in self._index_files(name))
        return sorted((self._read_entry(path) for path in paths), key=_order)

    def find(
        self, source: str, key: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> list[ArchiveEntry]:
        """The answers to one question, or of one time, in the order of `entries`; only their own files are opened.

        Args:
            source: name of the connector.
            key: what was asked, exactly; None for every question.
            since: fetched at or after this instant; imported answers are left out then.
            until: fetched before this instant; imported answers are left out then.

        Raises:
            ValueError: an instant without a time zone.
            ArchiveDamagedError: an index file cannot be read.
        """
        for bound in (since, until):
            if bound is not None and bound.tzinfo is None:
                raise ValueError(f"{bound} has no time zone; expected a UTC instant")
        paths = self._index_files(_checked(source), since, until, "" if key is None else _key_hash(key))
        found = [entry for path in paths if _is_meant(entry := self._read_entry(path), key, since, until)]
        return sorted(found, key=_order)

    def find_imported(self, source: str) -> list[ArchiveEntry]:
        """The answers of one source that were imported from files, in the order of `entries`.

        Raises:
            ArchiveDamagedError: an index file cannot be read.
        """
        folder = f"{self._root}/index/{_checked(source)}"
        inside = [f"{NO_DAY}/{name}" for name, _ in self._list(f"{folder}/{NO_DAY}")]
        old = [name for name, is_folder in self._list(folder) if not is_folder]
        found = [self._read_entry(f"{folder}/{name}") for name in (*inside, *old) if name.endswith(".json")]
        return sorted((entry for entry in found if entry.fetched_at is None), key=_order)

    def load(self, entry: ArchiveEntry) -> Payload:
        """The answer as it came.

        Raises:
            ArchiveDamagedError: the object is missing, or its bytes no longer have the hash that it is named by.
        """
        return Payload(
            source=entry.source,
            key=entry.key,
            body=self._read_object(entry.sha256),
            fetched_at=entry.fetched_at,
            url=entry.url,
            status=entry.status,
            headers=entry.headers,
        )

    def replace(self, entry: ArchiveEntry, body: bytes) -> ArchiveEntry:
        """Let another body stand for this answer (one without a suppressed record); the old one goes if unused."""
        sha256 = hashlib.sha256(body).hexdigest()
        if sha256 == entry.sha256:
            return entry
        rewritten = replace(entry, sha256=sha256, replaces=entry.sha256)
        self._write_object(sha256, body)
        self._write_entry(rewritten)
        self._remove_unused({entry.sha256})
        return rewritten

    def delete(self, entry: ArchiveEntry) -> None:
        """Forget this answer, and its body if no other answer has the same; nothing happens if it is gone already."""
        path = self._known_path(entry.source, entry.key, entry.entry_id, entry.fetched_at)
        if path is not None:
            self._files.rm_file(path)
        self._remove_unused({entry.sha256})

    @contextmanager
    def together(self) -> Iterator[None]:
        """Rewrite or delete many answers: the bodies that nobody needs any more are looked for once, at the end."""
        if self._left_behind is not None:
            yield
            return
        self._left_behind = set()
        try:
            yield
        finally:
            left, self._left_behind = self._left_behind, None
            if left:
                self._remove_unused(left)

    def sweep(self, before: datetime | None = None) -> int:
        """Remove what a killed process left: half-written files and bodies without an entry. Returns how many.

        Index files of the old layout move to their day. Only under the run lock; another command may be archiving at
        the same time, and the body of its answer has no entry yet.

        Args:
            before: leave files that were written at or after this instant; None removes them too.
        """
        used = set()
        for source in self._sources():
            for path in list(self._index_files(source)):
                entry = self._read_entry(path)
                used.add(self._object_path(entry.sha256))
                if path != self._index_path(entry.source, entry.key, entry.entry_id, entry.fetched_at):
                    self._write_entry(entry)  # and the one of the old layout goes
        left = [
            path
            for path in self._all_files(self._root)
            if (path.endswith(".tmp") or (path.startswith(f"{self._root}/objects/") and path not in used))
            and (before is None or self._files.modified(path) < before)
        ]
        for path in left:
            self._files.rm_file(path)
        return len(left)

    def _write_object(self, sha256: str, body: bytes) -> None:
        path = self._object_path(sha256)
        if self._files.exists(path):
            try:
                self._read_object(sha256)
                return
            except ArchiveDamagedError:
                pass  # we hold the true bytes: writing them again repairs it
        self._write(path, zstandard.ZstdCompressor(write_checksum=True).compress(body))

    def _read_object(self, sha256: str) -> bytes:
        path = self._object_path(sha256)
        try:
            body = zstandard.ZstdDecompressor().decompress(self._read(path))
        except FileNotFoundError:
            raise ArchiveDamagedError(f"archive object {path} is missing. {REPAIR}") from None
        except (zstandard.ZstdError, MemoryError) as error:
            raise ArchiveDamagedError(f"archive object {path} cannot be decompressed ({error}). {REPAIR}") from error
        found = hashlib.sha256(body).hexdigest()
        if found != sha256:
            raise ArchiveDamagedError(f"archive object {path} holds bytes with another SHA-256: {found}. {REPAIR}")
        return body

    def _remove_unused(self, bodies: set[str]) -> None:
        if self._left_behind is not None:
            self._left_behind |= bodies
            return
        there = {sha256 for sha256 in bodies if self._files.exists(self._object_path(sha256))}
        for sha256 in there - {entry.sha256 for entry in self.entries()} if there else ():
            self._files.rm_file(self._object_path(sha256))

    def _write_entry(self, entry: ArchiveEntry) -> None:
        record = {
            "entry_id": entry.entry_id,
            "source": entry.source,
            "key": entry.key,
            "sha256": entry.sha256,
            "fetched_at": entry.fetched_at.isoformat() if entry.fetched_at else None,
            "url": entry.url,
            "status": entry.status,
            "headers": dict(entry.headers),
            "replaces": entry.replaces,
        }
        path = self._index_path(entry.source, entry.key, entry.entry_id, entry.fetched_at)
        self._write(path, json.dumps(record, sort_keys=True, indent=1).encode("ascii"))
        if self._files.exists(old := self._old_index_path(entry.source, entry.entry_id)):
            self._files.rm_file(old)

    def _read_entry(self, path: str) -> ArchiveEntry:
        try:
            record: dict[str, Any] = json.loads(self._read(path))
            fetched_at = record.pop("fetched_at")
            entry = ArchiveEntry(fetched_at=datetime.fromisoformat(fetched_at) if fetched_at else None, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArchiveDamagedError(f"archive index file {path} cannot be read ({error}). {REPAIR}") from error
        own = self._index_path(entry.source, entry.key, entry.entry_id, entry.fetched_at)
        is_here = path in (own, self._old_index_path(entry.source, entry.entry_id))
        if not is_here or not HEX_SHA256.fullmatch(str(entry.sha256)):
            raise ArchiveDamagedError(f"archive index file {path} is not the one that was written here. {REPAIR}")
        return entry

    def _object_path(self, sha256: str) -> str:
        return f"{self._root}/objects/{sha256[:2]}/{sha256}.zst"

    def _index_path(self, source: str, key: str, entry_id: str, fetched_at: datetime | None) -> str:
        day = fetched_at.astimezone(UTC).date().isoformat() if fetched_at else NO_DAY
        return f"{self._root}/index/{_checked(source)}/{day}/{_key_hash(key)}-{entry_id}.json"

    def _old_index_path(self, source: str, entry_id: str) -> str:
        return f"{self._root}/index/{_checked(source)}/{entry_id}.json"

    def _known_path(self, source: str, key: str, entry_id: str, fetched_at: datetime | None) -> str | None:
        """Where the entry's file lies, or None when there is none."""
        places = self._index_path(source, key, entry_id, fetched_at), self._old_index_path(source, entry_id)
        return next((path for path in places if self._files.exists(path)), None)

    def _sources(self) -> list[str]:
        return [name for name, is_folder in self._list(f"{self._root}/index") if is_folder]

    def _index_files(
        self, source: str, since: datetime | None = None, until: datetime | None = None, key_hash: str = ""
    ) -> Iterator[str]:
        """Index files of one source whose day and key hash fit; those of the old layout may be of any."""
        folder = f"{self._root}/index/{source}"
        for name, is_folder in self._list(folder):
            if not is_folder and name.endswith(".json"):
                yield f"{folder}/{name}"
            elif is_folder and _is_day_within(name, since, until):
                for file, _ in self._list(f"{folder}/{name}"):
                    if file.startswith(key_hash) and file.endswith(".json"):
                        yield f"{folder}/{name}/{file}"

    def _all_files(self, folder: str) -> Iterator[str]:
        for name, is_folder in self._list(folder):
            path = f"{folder}/{name}"
            yield from self._all_files(path) if is_folder else (path,)

    def _list(self, folder: str) -> Iterable[tuple[str, bool]]:
        """Names in a folder, and whether each is a folder; nothing where there is none."""
        try:
            if self._is_local:
                with os.scandir(folder) as found:  # fsspec would ask the disk once more for every name
                    return sorted((item.name, item.is_dir()) for item in found)
            listed = self._files.ls(folder, detail=True)
        except FileNotFoundError:
            return ()
        return sorted((str(i["name"]).rstrip("/").rpartition("/")[2], i["type"] == "directory") for i in listed)

    def _read(self, path: str) -> bytes:
        return Path(path).read_bytes() if self._is_local else bytes(self._files.cat_file(path))

    def _write(self, path: str, data: bytes) -> None:
        if self._is_local:
            _write_atomically(Path(path), data)
        else:
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(path, data)  # an object store shows an object whole or not at all


def _entry_id(payload: Payload) -> str:
    if payload.fetched_at is not None and payload.fetched_at.tzinfo is None:
        raise ValueError(f"{payload.source}: fetched_at of {payload.key} has no time zone; expected a UTC instant")
    instant = payload.fetched_at.astimezone(UTC).isoformat() if payload.fetched_at else None
    founding = json.dumps([payload.source, payload.key, payload.sha256, instant])
    return hashlib.sha256(founding.encode("ascii")).hexdigest()


def _key_hash(key: str) -> str:
    return hashlib.sha256(json.dumps(key).encode("ascii")).hexdigest()[:KEY_HASH_LENGTH]


def _is_day_within(day: str, since: datetime | None, until: datetime | None) -> bool:
    """Whether a day's folder may hold an answer of this time; an imported one has no time."""
    if since is None and until is None:
        return True
    first = since.astimezone(UTC).date().isoformat() if since else ""
    last = (until.astimezone(UTC) - AN_INSTANT).date().isoformat() if until else "9999-12-31"
    return day != NO_DAY and first <= day <= last


def _is_meant(entry: ArchiveEntry, key: str | None, since: datetime | None, until: datetime | None) -> bool:
    at = entry.fetched_at
    is_early = since is not None and (at is None or at < since)
    is_late = until is not None and (at is None or at >= until)
    return (key is None or entry.key == key) and not is_early and not is_late


def _order(entry: ArchiveEntry) -> tuple[str, datetime, str, str]:
    return entry.source, entry.fetched_at or datetime.min.replace(tzinfo=UTC), entry.key, entry.entry_id


def _checked(source: str) -> str:
    if not SOURCE_NAME.fullmatch(source):
        raise ValueError(f"{source!r} is no name of a source; expected a module name such as gleif")
    return source


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:  # what a full disk says does not name the file
        beside.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself must survive a power loss
    finally:
        os.close(folder)
