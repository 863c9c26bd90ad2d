"""Turns what went wrong into one line and an exit code; what nobody foresaw keeps its traceback."""

import sys

from flows.errors import EXIT_BAD_INPUT, EXIT_LOCKED, EXIT_UNAVAILABLE, InputError
from flows.settings import SettingsError


def explain_failure(error: Exception) -> int:
    """Print one clear line for a foreseen failure and return its exit code.

    Raises:
        Exception: the error itself when it is none that a user can mend.
    """
    code = _code_of(error)
    if code is None:
        raise error
    print(f"grandcompte: {error}", file=sys.stderr)
    return code


def _code_of(error: Exception) -> int | None:
    if isinstance(error, SettingsError | InputError):
        return EXIT_BAD_INPUT
    # the store and the ledger are looked at only when something failed: `--help` never loads them
    from connectors.archive import ArchiveDamagedError
    from flows.ledger import RunLockedError
    from flows.store import DatabaseUnavailableError, LostLockError

    if isinstance(error, RunLockedError | LostLockError):
        return EXIT_LOCKED
    # an OSError with a file's name: a full disk, a folder that may not be written
    is_of_a_file = isinstance(error, OSError) and error.filename is not None
    if isinstance(error, DatabaseUnavailableError | ArchiveDamagedError) or is_of_a_file:
        return EXIT_UNAVAILABLE
    return None
