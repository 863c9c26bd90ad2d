"""`grandcompte read`: facts with quotes out of pages, press texts, filings and notices, one JSON line a document."""

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from connectors.contract import NotAnAnswerError, PageUnavailableError
from flows.errors import EXIT_DONE, EXIT_REFUSED, InputError
from flows.moments import parse_day
from flows.reading import KINDS, Document, read_document
from flows.settings import Settings, read_settings

MANIFEST_FIELDS = ("doc", "url", "published", "company")


@dataclass(frozen=True, slots=True)
class Asked:
    """One document to read: a file or an address, and what is known beside it."""

    doc: str
    url: str | None = None
    published: date | None = None
    company: str | None = None


def read_documents(
    names: list[str], manifest: Path | None, url: str | None, published: str | None, kind: str, out: Path | None
) -> int:  # fmt: skip
    """Read every document and write its facts; a refused one is told on stderr and in its line (exit 3).

    Raises:
        InputError: no document, an unknown kind, a manifest or file that cannot be read.
    """
    kinds = _kinds(kind)
    asked = _asked(names, manifest, url, published)
    for one in asked:
        if not _is_address(one.doc) and not Path(one.doc).is_file():
            raise InputError(f"{one.doc}: no such file; expected an HTML page, a text, or an http(s) address")
    refused = 0
    target: TextIO = out.open("w", encoding="utf-8") if out else sys.stdout
    try:
        for answer in _answers(asked, kinds):
            if "refused" in answer:
                refused += 1
                print(f"grandcompte: {answer['doc']}: {answer['refused']}", file=sys.stderr)
            print(json.dumps(answer, ensure_ascii=False), file=target)
    finally:
        if out:
            target.close()
    return EXIT_REFUSED if refused else EXIT_DONE


def _kinds(kind: str) -> tuple[str, ...]:
    if kind == "all":
        return KINDS
    if kind not in KINDS:
        raise InputError(f"--as {kind}: expected one of {', '.join(KINDS)}, all")
    return (kind,)


def _asked(names: list[str], manifest: Path | None, url: str | None, published: str | None) -> list[Asked]:
    if manifest is not None and names:
        raise InputError("give documents or --manifest, not both")
    if manifest is not None:
        return list(_read_manifest(manifest))
    if not names:
        raise InputError("nothing to read: name files or addresses, or give --manifest FILE")
    day = parse_day(published) if published else None
    return [Asked(name, url or (name if _is_address(name) else None), day) for name in names]


def _read_manifest(manifest: Path) -> Iterator[Asked]:
    try:
        text = manifest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{manifest}: cannot be read as a UTF-8 text ({type(error).__name__})") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _read_row(line, f"{manifest}, line {number}")


def _read_row(line: str, where: str) -> Asked:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f'{where}: no JSON object; expected {{"doc": "page.html", ...}}') from error
    if not isinstance(row, dict) or not isinstance(row.get("doc"), str):
        raise InputError(f"{where}: the column doc is missing or no text; expected a path or an address")
    for name in MANIFEST_FIELDS[1:]:
        if row.get(name) is not None and not isinstance(row[name], str):
            raise InputError(f"{where}: the column {name} must be a text or null")
    published = row.get("published")
    try:
        day = date.fromisoformat(published[:10]) if published else None
    except ValueError as error:
        raise InputError(
            f"{where}: the column published holds {published!r}, expected a day such as 2026-03-02"
        ) from error
    return Asked(row["doc"], row.get("url"), day, row.get("company"))


def _is_address(name: str) -> bool:
    return name.startswith(("http://", "https://"))


def _answers(asked: list[Asked], kinds: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    web = _Web()
    try:
        for one in asked:
            try:
                body, charset = web.fetch(one.doc) if _is_address(one.doc) else (_file(one.doc), None)
                yield read_document(Document(one.doc, body, one.url, one.published, one.company, charset), kinds)
            except (PageUnavailableError, NotAnAnswerError) as error:
                yield {"doc": one.doc, "refused": str(error)}
    finally:
        web.close()


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from error


class _Web:
    """The polite client, opened at the first address: robots.txt, the deny list and the pace hold here as at night."""

    def __init__(self) -> None:
        self._client: Any = None

    def fetch(self, url: str) -> tuple[bytes, str | None]:
        """The page's bytes and its declared charset."""
        if self._client is None:
            self._client = _open_client(read_settings())
        payload = self._client.get_page(url)
        if payload.status != 200:
            raise PageUnavailableError(f"the site answers with status {payload.status}", kind="status")
        kind = payload.headers.get("content-type", "")
        charset = kind.partition("charset=")[2].split(";")[0].strip() or None
        return payload.body, charset

    def close(self) -> None:
        """Close the connections, if any were opened."""
        if self._client is not None:
            self._client.close()


def _open_client(settings: Settings) -> Any:
    from connectors.polite import PoliteClient

    return PoliteClient(
        "website",
        settings.base_url("website", "https://website.invalid"),
        requests_per_second=1.0,
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        rng=random.random,
        archive=None,
        user_agent=f"grandcompte/{version('grandcompte')} (+{settings.contact})",
        allow_private_addresses=settings.allow_private_addresses,
    )
