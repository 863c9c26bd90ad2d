"""`grandcompte archive import`: recorded answers become payloads, after the source's parser has recognised them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from connectors.contract import Connector, NotAnAnswerError
from flows.errors import EXIT_BAD_INPUT, EXIT_DONE, EXIT_REFUSED, InputError
from flows.runtime import chosen_sources, open_archive
from flows.settings import read_settings
from schemas.provenance import Payload


def import_answers(paths: list[Path], source: str, unwrap: str | None) -> int:
    """Archive every file that is an answer of the source; list the others with the reason.

    Returns:
        0 when all were archived, 3 when some were refused, 2 when all were.
    """
    connector = chosen_sources((source,))[source]
    archive = open_archive(read_settings())
    imported = records = quarantined = 0
    refused: list[str] = []
    for path in find_files(paths):
        payload = Payload(source=source, key=f"import/{path.name}", body=read_body(path, unwrap), url=path.name)
        try:
            counts = recognise(connector, payload)
        except NotAnAnswerError as error:
            refused.append(f"{path.name}: {error}")
            continue
        archive.put(payload)
        imported += 1
        records += counts[0]
        quarantined += counts[1]
    for line in refused:
        print(f"refused  {line}", file=sys.stderr)
    print(
        f"{source}: {imported} answers archived "
        f"({records} records, {quarantined} of them for quarantine), {len(refused)} refused"
    )
    if refused:
        return EXIT_REFUSED if imported else EXIT_BAD_INPUT
    return EXIT_DONE


def recognise(connector: Connector, payload: Payload) -> tuple[int, int]:
    """How many records the answer holds, and how many of them cannot be read.

    Raises:
        NotAnAnswerError: it is no answer of this source.
    """
    batches = list(connector.parse(payload))
    return sum(b.records for b in batches), sum(len(b.rejected) for b in batches)


def find_files(paths: list[Path]) -> Iterator[Path]:
    """Files as they are, folders as the .json files below them, in order.

    Raises:
        InputError: a path that does not exist, or a folder without a .json file.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.json"))
            if not inside:
                raise InputError(f"{path}: the folder holds no .json file")
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise InputError(f"{path}: no such file or folder")


def read_body(path: Path, unwrap: str | None) -> bytes:
    """The file's bytes, or those of the object under `unwrap` where the file is a plain wrapper around it.

    A wrapper says what was asked (texts, numbers) and what came. Where other objects stand beside the answer the file
    is something else, and is left as it is for the parser to refuse.
    """
    body = path.read_bytes()
    if unwrap is None:
        return body
    try:
        wrapper = json.loads(body)
    except (ValueError, RecursionError):
        return body  # the parser says what is wrong with it
    if not isinstance(wrapper, dict) or not isinstance(wrapper.get(unwrap), dict):
        return body
    if any(isinstance(value, dict | list) for key, value in wrapper.items() if key != unwrap):
        return body
    return json.dumps(wrapper[unwrap], ensure_ascii=False).encode()
