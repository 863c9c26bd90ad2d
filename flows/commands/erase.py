"""`grandcompte privacy erase` and `purge`: one raw record deleted everywhere; raw answers past their limit removed."""

import os
import socket

from flows import ledger
from flows.commands.privacy import clean_identifier
from flows.erasing import erase_address, erase_record, erase_unit
from flows.errors import EXIT_DONE, InputError
from flows.night import NightPlan, locked
from flows.retention import purge_expired
from flows.runtime import chosen_sources, now, open_runtime
from flows.settings import read_settings
from schemas.vocabulary import RunState

USAGE = "privacy erase: name exactly one of --unit ID, --source S with --record KEY, --url URL"


def erase(unit: str | None, scheme: str, source: str | None, record: str | None, url: str | None) -> int:
    """Erase what is named, print what was removed, and note it in the ledger without naming anybody.

    Raises:
        InputError: nothing, or more than one thing, is named; an identifier with a wrong check digit.
        SettingsError: no source is called so.
    """
    if (source is None) != (record is None) or sum(x is not None for x in (unit, record, url)) != 1:
        raise InputError(USAGE)
    if source is not None:
        chosen_sources((source,))
    with open_runtime(read_settings()) as runtime:
        if unit is not None:
            what, text = "unit", clean_identifier(unit, scheme)
            removed = erase_unit(runtime, scheme, text)
        elif source is not None and record is not None:
            what, text = "record", f"{source}|{record}"
            removed = erase_record(runtime, source, record)
        else:
            what, text = "address", str(url)
            removed = erase_address(runtime, text)
        parameters = {"what": what, "key_hash": runtime.keyed_hash.of(f"erased|{what}|{text}")}
        holder = f"{socket.gethostname()}:{os.getpid()}"
        ledger.note(runtime.store, "erase", runtime.instant, holder, now(), parameters=parameters, summary=removed)
    print("erased: " + (", ".join(f"{count} {name}" for name, count in removed.items()) or "nothing was stored"))
    return EXIT_DONE


def purge() -> int:
    """Remove raw answers past their source's limit and what killed processes left, under the run lock.

    Raises:
        RunLockedError: a run is under way; its end does the same.
    """
    with open_runtime(read_settings()) as runtime, locked(runtime, NightPlan(kind="purge")) as (_, report):
        purged = purge_expired(runtime, now())
        report.summary["archive"] = {"answers_removed": purged.answers, "files_swept": purged.files}
        report.state = RunState.DONE
    print(f"purged: {purged.answers} raw answers past their limit, {purged.files} leftover files")
    return EXIT_DONE
