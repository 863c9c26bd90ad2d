"""Zip files from outside: bombs, other counts of files, damage and locks are refused, names never become paths."""

import io
import zipfile

import pytest

from connectors.contract import NotAnAnswerError
from connectors.zipped import open_single_file, open_zip

LARGEST = 5_000_000


def zip_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def damaged() -> bytes:
    """The text is stored as it is, so that one byte of it can be changed behind its check sum."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "siren,nic\n" * 50)
    return out.getvalue().replace(b"siren,nic", b"siren,nix", 1)


def locked() -> bytes:
    body = bytearray(zip_of(**{"a.csv": b"x"}))
    body[6] |= 1  # the flag of an encrypted member, here and in the directory
    body[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (zip_of(**{"a.csv": bytes(4_000_000)}), "more than 100 times its size"),
        (zip_of(**{"a.csv": bytes(6_000_000)}), "at most 5000000"),
        (zip_of(), "0 files"),
        (zip_of(**{"a.csv": b"a", "b.csv": b"b"}), "2 files"),
        (damaged(), "no zip that can be read"),
        (locked(), "no zip that can be read"),
        (b"PK\x03\x04 and no more", "no zip that can be read"),
        (zip_of(**{"a.csv": b"siren"})[:40], "no zip that can be read"),
    ],
)
def test_what_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(NotAnAnswerError, match=says), open_single_file(body, LARGEST) as (_, stream):
        stream.read()


@pytest.mark.parametrize("name", ["a.csv", "../../a.csv", "/etc/a.csv", "a\\..\\b.csv", "a" * 300])
def test_a_name_is_only_a_name(name: str) -> None:
    with open_single_file(zip_of(**{name: b"siren"}), LARGEST) as (member, stream):
        assert stream.read() == b"siren"
    assert member.filename == name


def test_a_zip_inside_a_zip_stays_bytes_and_a_mac_s_own_files_are_left_out() -> None:
    inner = zip_of(**{"bomb.csv": bytes(4_000_000)})
    with open_zip(zip_of(**{"inner.zip": inner, "__MACOSX/x": b"x"}), LARGEST) as (archive, files):
        assert [archive.read(one) for one in files] == [inner]
