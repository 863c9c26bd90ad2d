"""The archive: every answer of a source as it came, stored once by its content, found again through a small index.

    objects/ab/ab12....zst          the body, compressed; named by the SHA-256 of the uncompressed bytes
    index/<source>/<entry id>.json  what was asked, when, and which object answers it

Names are hashes only: what was asked may hold a person's name, and a key must never become a path.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import zstandard
from fsspec.implementations.local import LocalFileSystem

from schemas.provenance import Payload

SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]*")
HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
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

    def put(self, payload: Payload) -> ArchiveEntry:
        """Keep an answer; the same body, key and fetch instant give the entry that is there already.

        If that entry was rewritten meanwhile (`replace`), the rewritten one comes back and the first body stays out.

        Raises:
            ValueError: fetched_at has no time zone, or the source's name is no module name.
        """
        entry_id = _entry_id(payload)
        known = self._index_path(payload.source, entry_id)
        if self._files.exists(known):
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
        if not self._files.exists(known):
            self._write_entry(entry)
        return entry

    def entries(self, source: str | None = None) -> list[ArchiveEntry]:
        """Every archived answer, or those of one source, by source, fetch instant (imported ones first) and key.

        Raises:
            ArchiveDamagedError: an index file cannot be read.
        """
        folder = f"{self._root}/index" if source is None else f"{self._root}/index/{_checked(source)}"
        if not self._files.exists(folder):
            return []
        found = [self._read_entry(path) for path in self._files.find(folder) if str(path).endswith(".json")]
        return sorted(found, key=_order)

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
        self._remove_if_unused(entry.sha256)
        return rewritten

    def delete(self, entry: ArchiveEntry) -> None:
        """Forget this answer, and its body if no other answer has the same; nothing happens if it is gone already."""
        path = self._index_path(entry.source, entry.entry_id)
        if self._files.exists(path):
            self._files.rm_file(path)
        self._remove_if_unused(entry.sha256)

    def sweep(self) -> int:
        """Remove what a killed process left: half-written files and bodies without an entry. Returns how many.

        Only under the run lock: the body of an answer that is being archived has no entry yet.
        """
        used = {self._object_path(entry.sha256) for entry in self.entries()}
        left = [
            path
            for path in self._files.find(self._root)
            if path.endswith(".tmp") or (path.startswith(f"{self._root}/objects/") and path not in used)
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
            body = zstandard.ZstdDecompressor().decompress(self._files.cat_file(path))
        except FileNotFoundError:
            raise ArchiveDamagedError(f"archive object {path} is missing. {REPAIR}") from None
        except (zstandard.ZstdError, MemoryError) as error:
            raise ArchiveDamagedError(f"archive object {path} cannot be decompressed ({error}). {REPAIR}") from error
        found = hashlib.sha256(body).hexdigest()
        if found != sha256:
            raise ArchiveDamagedError(f"archive object {path} holds bytes with another SHA-256: {found}. {REPAIR}")
        return body

    def _remove_if_unused(self, sha256: str) -> None:
        path = self._object_path(sha256)
        if self._files.exists(path) and all(entry.sha256 != sha256 for entry in self.entries()):
            self._files.rm_file(path)

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
        path = self._index_path(entry.source, entry.entry_id)
        self._write(path, json.dumps(record, sort_keys=True, indent=1).encode("ascii"))

    def _read_entry(self, path: str) -> ArchiveEntry:
        try:
            record: dict[str, Any] = json.loads(self._files.cat_file(path))
            fetched_at = record.pop("fetched_at")
            entry = ArchiveEntry(fetched_at=datetime.fromisoformat(fetched_at) if fetched_at else None, **record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArchiveDamagedError(f"archive index file {path} cannot be read ({error}). {REPAIR}") from error
        if path != self._index_path(entry.source, entry.entry_id) or not HEX_SHA256.fullmatch(str(entry.sha256)):
            raise ArchiveDamagedError(f"archive index file {path} is not the one that was written here. {REPAIR}")
        return entry

    def _object_path(self, sha256: str) -> str:
        return f"{self._root}/objects/{sha256[:2]}/{sha256}.zst"

    def _index_path(self, source: str, entry_id: str) -> str:
        return f"{self._root}/index/{_checked(source)}/{entry_id}.json"

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
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself must survive a power loss
    finally:
        os.close(folder)
