"""Opens zip files from outside: their declared sizes are held against a limit before anything of them is unpacked.

Members are read as streams and never written under their own names, so no name can leave a folder; a member that
unpacks to more than it declares ends at its declared size. A zip inside a zip is bytes like any others.
"""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from connectors.contract import NotAnAnswerError
from connectors.decoding import BOMB_RATIO

ZIP = b"PK\x03\x04"
HARMLESS = 2**20  # bytes: a smaller member may be as regular as it likes (RELIABILITY T4)


@contextmanager
def open_zip(body: bytes | BinaryIO, largest: int) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """The zip and its files in order, folders and a Mac's own left out.

    Args:
        body: the zip.
        largest: bytes that one file may have unpacked.

    Raises:
        NotAnAnswerError: no zip, one that is damaged or encrypted (also while it is read), or a file too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body) if isinstance(body, bytes) else body) as archive:
            files = [one for one in archive.infolist() if not (one.is_dir() or one.filename.startswith("__MACOSX/"))]
            for one in files:
                _refuse_bomb(one, largest)
            yield archive, files
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise NotAnAnswerError(f"no zip that can be read: {error}") from None


@contextmanager
def open_single_file(body: bytes | BinaryIO, largest: int) -> Iterator[tuple[zipfile.ZipInfo, BinaryIO]]:
    """The one file of a zip as a stream.

    Raises:
        NotAnAnswerError: as `open_zip`, or it holds another number of files.
    """
    with open_zip(body, largest) as (archive, files):
        if len(files) != 1:
            raise NotAnAnswerError(f"the zip holds {len(files)} files, expected one file")
        with archive.open(files[0]) as stream:
            yield files[0], stream  # type: ignore[misc]  # zipfile's stream is a BinaryIO in all but name


def _refuse_bomb(member: zipfile.ZipInfo, largest: int) -> None:
    name = member.filename[:60]
    if member.file_size > largest:
        raise NotAnAnswerError(f"the zip holds {name!r} with {member.file_size} bytes, at most {largest} may be")
    if member.file_size > HARMLESS and member.file_size > BOMB_RATIO * max(member.compress_size, 1):
        raise NotAnAnswerError(f"the zip holds {name!r}, which unpacks to more than {BOMB_RATIO} times its size")
