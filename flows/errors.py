"""How a command ends: one clear line and the exit code that scripts count on."""

EXIT_DONE, EXIT_BAD_INPUT, EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_LOCKED = 0, 2, 3, 69, 75
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as every shell has it


class InputError(Exception):
    """Something that the user named cannot be read; the message names file, row and column and what is expected."""
