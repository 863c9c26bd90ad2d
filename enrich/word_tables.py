"""Several wordings as one expression."""

import re


def any_of(*wordings: str) -> re.Pattern[str]:
    """One pattern that finds any of the wordings; group names may come back, only the matching one is set."""
    numbered = []
    for number, wording in enumerate(wordings):
        numbered.append(wording.replace("(?P<p>", f"(?P<p_{number}>").replace("(?P<gap>", f"(?P<gap_{number}>"))
    return re.compile("|".join(f"(?:{wording})" for wording in numbered))


def named(found: re.Match[str], name: str) -> str | None:
    """What a group of `any_of` caught, whichever wording matched."""
    return next(
        (value for key, value in found.groupdict().items() if key.startswith(f"{name}_") and value is not None), None
    )
