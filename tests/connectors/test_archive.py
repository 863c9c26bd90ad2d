"""The archive gives back what it was given, or says which file is not."""

import json
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.archive import Archive, ArchiveDamagedError
from schemas.provenance import Payload

AT = datetime(2026, 1, 5, 2, 15, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


def answer(body: bytes = b'{"n": 1}', key: str = "search?q=acme", **other: object) -> Payload:
    return Payload(
        source="gleif",
        key=key,
        body=body,
        **{"fetched_at": AT, "url": "https://a.example/x", "headers": {"etag": "1"}, **other},
    )  # type: ignore[arg-type]


def files_in(archive_folder: Path) -> list[str]:
    return sorted(str(path.relative_to(archive_folder)) for path in archive_folder.rglob("*") if path.is_file())


def test_an_answer_comes_back_as_it_was(archive: Archive):
    entry = archive.put(answer())
    assert archive.entries() == [entry]
    assert archive.entries("gleif") == [entry]
    assert archive.entries("rne") == []
    assert archive.load(entry) == answer()
    assert len({entry, entry}) == 1


def test_an_archive_that_does_not_exist_yet_is_empty(archive: Archive):
    assert archive.entries() == []
    assert archive.sweep() == 0


def test_file_names_are_hashes(archive: Archive, tmp_path: Path):
    archive.put(answer(key="../../etc/passwd\x00?q=Jeanne"))
    for name in files_in(tmp_path / "archive"):
        place = r"objects/[0-9a-f]{2}/[0-9a-f]{64}\.zst|index/gleif/2026-01-05/[0-9a-f]{16}-[0-9a-f]{64}\.json"
        assert re.fullmatch(place, name)


def test_the_same_answer_twice_is_one_entry(archive: Archive, tmp_path: Path):
    first = archive.put(answer())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "archive").rglob("*") if path.is_file()}
    elsewhere = AT.astimezone(timezone(timedelta(hours=2)))
    assert archive.put(answer()) == archive.put(answer(fetched_at=elsewhere)) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "archive").rglob("*") if path.is_file()} == before


def test_an_imported_answer_has_no_instant_and_is_one_entry_too(archive: Archive):
    first = archive.put(answer(fetched_at=None))
    assert archive.put(answer(fetched_at=None)) == first
    assert archive.load(first).fetched_at is None


@pytest.mark.parametrize(
    "other", [answer(key="search?q=zeta"), answer(fetched_at=AT + timedelta(days=1)), answer(fetched_at=None)]
)
def test_another_question_or_night_is_another_entry_with_the_same_object(archive: Archive, tmp_path: Path, other):
    entries = {archive.put(answer()), archive.put(other)}
    assert len(entries) == 2
    assert len(list((tmp_path / "archive" / "objects").rglob("*.zst"))) == 1


def test_entries_come_in_one_order(archive: Archive, tmp_path: Path):
    payloads = [answer(key=f"k{n % 3}", body=b"%d" % n, fetched_at=AT + timedelta(days=n // 3)) for n in range(9)]
    payloads.append(answer(key="imported", fetched_at=None))
    for payload in payloads:
        archive.put(payload)
    other = Archive(str(tmp_path / "other"))
    for payload in reversed(payloads):
        other.put(payload)
    assert archive.entries() == other.entries()
    assert [archive.load(entry).key for entry in archive.entries()] == ["imported", *["k0", "k1", "k2"] * 3]


def test_a_time_without_a_zone_is_refused(archive: Archive):
    with pytest.raises(ValueError, match="no time zone"):
        archive.put(answer(fetched_at=datetime(2026, 1, 5)))


@pytest.mark.parametrize("source", ["", "../gleif", "a/b", "GLEIF", "a\n"])
def test_a_source_is_a_module_name(archive: Archive, source):
    with pytest.raises(ValueError, match="no name of a source"):
        archive.put(Payload(source=source, key="k", body=b""))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not zstd at all"),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(next(p for p in path.parents[1].rglob("*.zst") if p != path).read_bytes()),
    ],
    ids=["cut", "empty", "overwritten", "missing", "another answer's"],
)
def test_a_damaged_object_is_named_and_the_next_equal_answer_repairs_it(archive: Archive, tmp_path: Path, damage):
    entry = archive.put(answer())
    archive.put(answer(body=b"another"))
    path = tmp_path / "archive" / "objects" / entry.sha256[:2] / f"{entry.sha256}.zst"
    damage(path)
    with pytest.raises(ArchiveDamagedError, match=entry.sha256):
        archive.load(entry)
    archive.put(answer())
    assert archive.load(entry) == answer()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"entry_id": "x"}'])
def test_a_damaged_index_file_is_named(archive: Archive, tmp_path: Path, text):
    entry = archive.put(answer())
    path = next((tmp_path / "archive" / "index" / "gleif").rglob(f"*{entry.entry_id}.json"))
    path.write_text(text)
    with pytest.raises(ArchiveDamagedError, match=entry.entry_id):
        archive.entries()


def test_an_index_file_that_points_elsewhere_is_named(archive: Archive, tmp_path: Path):
    entry = archive.put(answer())
    path = next((tmp_path / "archive" / "index" / "gleif").rglob(f"*{entry.entry_id}.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "sha256": "../../secret"}))
    with pytest.raises(ArchiveDamagedError, match=entry.entry_id):
        archive.entries()


def test_a_rewritten_answer_keeps_its_place_and_the_old_body_is_gone(archive: Archive, tmp_path: Path):
    entry = archive.put(answer())
    rewritten = archive.replace(entry, b"without her")
    assert (rewritten.entry_id, rewritten.key, rewritten.fetched_at) == (entry.entry_id, entry.key, entry.fetched_at)
    assert rewritten.replaces == entry.sha256
    assert archive.entries() == [rewritten]
    assert archive.load(rewritten).body == b"without her"
    assert not any(entry.sha256 in name for name in files_in(tmp_path / "archive"))
    assert archive.replace(rewritten, b"without her") == rewritten


def test_the_first_body_does_not_come_back_by_importing_it_again(archive: Archive):
    entry = archive.put(answer(fetched_at=None))
    rewritten = archive.replace(entry, b"without her")
    assert archive.put(answer(fetched_at=None)) == rewritten
    with pytest.raises(ArchiveDamagedError, match="missing"):
        archive.load(entry)


def test_a_body_that_another_answer_shares_stays(archive: Archive):
    mine, other = archive.put(answer()), archive.put(answer(key="search?q=zeta"))
    archive.replace(mine, b"without her")
    assert archive.load(other).body == answer().body
    archive.delete(other)
    assert [entry.entry_id for entry in archive.entries()] == [mine.entry_id]
    with pytest.raises(ArchiveDamagedError, match="missing"):
        archive.load(other)


def test_a_deleted_answer_leaves_no_file(archive: Archive, tmp_path: Path):
    entry = archive.put(answer())
    archive.delete(entry)
    archive.delete(entry)
    assert archive.entries() == []
    assert files_in(tmp_path / "archive") == []


def test_a_kill_before_the_rename_leaves_no_file_under_its_name(archive: Archive, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        archive.put(answer())
    assert files_in(tmp_path / "archive") == []


def test_what_a_killed_process_left_is_swept(archive: Archive, tmp_path: Path, monkeypatch):
    kept = archive.put(answer())
    monkeypatch.setattr(archive, "_write_entry", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        archive.put(answer(body=b"its entry was never written"))
    (tmp_path / "archive" / "objects" / "half.tmp").write_bytes(b"half")
    assert archive.sweep() == 2
    assert archive.sweep() == 0
    assert archive.load(kept) == answer()


def test_another_file_system_does_the_same():
    archive = Archive("memory://grandcompte-test/archive/")
    try:
        entry = archive.put(answer())
        assert Archive("memory://grandcompte-test/archive").entries() == [entry]
        rewritten = archive.replace(entry, b"without her")
        assert archive.load(rewritten).body == b"without her"
        archive.delete(rewritten)
        assert archive.entries() == []
    finally:
        archive._files.store.clear()


@given(
    body=st.binary(max_size=2000),
    key=st.text(max_size=40),
    headers=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
    fetched_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    status=st.sampled_from([200, 203, 206]),
)
def test_whatever_goes_in_comes_out(tmp_path_factory, body, key, headers, fetched_at, status):
    archive = Archive(str(tmp_path_factory.getbasetemp() / "round-trip"))
    payload = answer(body=body, key=key, headers=headers, fetched_at=fetched_at, status=status)
    entry = archive.put(payload)
    assert entry in archive.entries("gleif")
    assert archive.load(entry) == payload
    archive.delete(entry)


# ------------------------------------------------------------------------------------------------- finding and keeping


def stock(archive: Archive) -> None:
    """Two questions on each of four days, and an imported answer."""
    for number in range(4):
        for key in ("search?q=acme", "search?q=zeta"):
            body = f"{key} {number}".encode()
            archive.put(answer(key=key, body=body, fetched_at=AT + timedelta(days=number)))
    archive.put(answer(fetched_at=None))


@pytest.fixture(params=["folder", "memory"])
def any_archive(request, tmp_path: Path):
    if request.param == "folder":
        yield Archive(str(tmp_path / "archive"))
        return
    archive = Archive("memory://grandcompte-test/find")
    yield archive
    archive._files.store.clear()


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 9),
        ({"key": "search?q=acme"}, 5),
        ({"key": "search?q=nobody"}, 0),
        ({"since": AT + timedelta(days=1)}, 6),
        ({"until": AT + timedelta(days=1)}, 2),
        ({"since": AT + timedelta(seconds=1), "until": AT + timedelta(days=1, seconds=1)}, 2),
        ({"key": "search?q=zeta", "since": AT + timedelta(days=2), "until": AT + timedelta(days=3)}, 1),
        ({"since": AT.astimezone(timezone(timedelta(hours=-9))), "until": AT + timedelta(seconds=1)}, 2),
    ],
)
def test_answers_are_found_by_key_and_time(any_archive: Archive, asked: dict[str, object], count: int):
    stock(any_archive)
    found = any_archive.find("gleif", **asked)  # type: ignore[arg-type]
    assert len(found) == count
    assert found == [entry for entry in any_archive.entries() if entry in found]
    assert any_archive.find("rne", **asked) == []  # type: ignore[arg-type]


def test_a_lookup_opens_only_its_own_files(archive: Archive, monkeypatch):
    stock(archive)
    opened: list[str] = []
    read = Archive._read
    monkeypatch.setattr(Archive, "_read", lambda self, path: (opened.append(path), read(self, path))[1])
    midnight = AT.replace(hour=0, minute=0)
    assert len(archive.find("gleif", "search?q=zeta", AT + timedelta(days=2), midnight + timedelta(days=3))) == 1
    assert len(opened) == 1
    opened.clear()
    assert len(archive.find("gleif", until=midnight + timedelta(days=1))) == len(opened) == 2


def test_a_lookup_without_a_zone_is_refused(archive: Archive):
    with pytest.raises(ValueError, match="no time zone"):
        archive.find("gleif", since=datetime(2026, 1, 5))


def to_old_layout(folder: Path) -> None:
    """What an archive of an earlier version looks like."""
    for path in list((folder / "index" / "gleif").rglob("*.json")):
        path.rename(folder / "index" / "gleif" / path.name.partition("-")[2])


def test_the_old_layout_is_read_rewritten_and_moved(archive: Archive, tmp_path: Path):
    stock(archive)
    known = archive.entries()
    to_old_layout(tmp_path / "archive")
    assert archive.entries() == known
    assert len(archive.find("gleif", "search?q=zeta", AT, AT + timedelta(days=2))) == 2
    assert archive.put(answer(fetched_at=None)) == known[0]  # no second entry
    archive.delete(known[0])
    archive.replace(known[1], b"without her")
    assert len(archive.entries()) == len(known) - 1
    assert archive.sweep() == 0
    assert all(path.parent.name != "gleif" for path in (tmp_path / "archive" / "index").rglob("*.json"))
    assert [entry.entry_id for entry in archive.entries()] == [entry.entry_id for entry in known[1:]]


def test_many_are_deleted_with_one_look_for_their_bodies(archive: Archive, tmp_path: Path):
    stock(archive)
    first, *others = archive.entries()
    shared = archive.put(answer(body=archive.load(first).body, key="another question"))
    with archive.together(), archive.together():
        for entry in (first, *others):
            archive.delete(entry)
        assert len(list((tmp_path / "archive" / "objects").rglob("*.zst"))) == 9
    assert archive.entries() == [shared]
    assert [path.stem for path in (tmp_path / "archive" / "objects").rglob("*.zst")] == [shared.sha256]


def test_a_sweep_leaves_what_is_being_written_now(archive: Archive, tmp_path: Path):
    archive.put(answer())
    body = tmp_path / "archive" / "objects" / "00" / f"{'0' * 64}.zst"
    body.parent.mkdir()
    body.write_bytes(b"its entry comes in a moment")
    now = datetime.now(UTC)
    assert archive.sweep(before=now - timedelta(hours=1)) == 0
    os.utime(body, (1, 1))
    assert archive.sweep(before=now - timedelta(hours=1)) == 1


HOSTILE_KEYS = ["../../up", "..\\up", "/etc/passwd", "nul\x00", "x" * 300, "CON", "con", "Aux.txt", "~", "\ud800", ""]


def test_hostile_keys_make_no_file_outside(tmp_path: Path):
    archive = Archive(str(tmp_path / "in" / "archive"))
    for key in HOSTILE_KEYS:
        archive.put(answer(key=key, body=key.encode("utf-8", "surrogatepass"), url=key))
    assert {archive.load(entry).key for entry in archive.entries()} == set(HOSTILE_KEYS)  # no two fell together
    outside = [
        path for path in tmp_path.rglob("*") if path.is_file() and tmp_path / "in" / "archive" not in path.parents
    ]
    assert outside == []
    assert len({name.casefold() for name in files_in(tmp_path / "in" / "archive")}) == 2 * len(HOSTILE_KEYS)


@pytest.mark.parametrize("step", ["mkstemp", "fsync", "replace"])
def test_a_full_disk_is_told_with_its_file_and_leaves_none(archive: Archive, tmp_path: Path, monkeypatch, step):
    kept = archive.put(answer())
    before = files_in(tmp_path / "archive")
    owner = {"mkstemp": "tempfile.mkstemp", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}[step]

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(owner, full)
    with pytest.raises(OSError, match="No space left") as told:
        archive.put(answer(body=b"another"))
    assert told.value.filename is not None
    assert files_in(tmp_path / "archive") == before
    monkeypatch.undo()
    assert archive.load(kept) == answer()
