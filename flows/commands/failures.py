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
    from flows.ledger import RunLockedError
    from flows.store import DatabaseUnavailableError

    if isinstance(error, RunLockedError):
        return EXIT_LOCKED
    if isinstance(error, DatabaseUnavailableError):
        return EXIT_UNAVAILABLE
    return None
