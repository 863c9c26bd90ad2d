"""`grandcompte privacy suppress`: an objection is stored as a keyed hash and holds from this moment on."""

import re

from flows.errors import EXIT_DONE, InputError
from flows.objections import object_to_person, object_to_unit
from flows.runtime import open_runtime
from flows.settings import read_settings
from schemas.identifiers import normalise_lei, normalise_siren

# as the registers write it; another spelling would hash to a key that never meets anybody
BIRTH_MONTH = re.compile(r"(?:18|19|20)[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)


def record_objection(
    unit: str | None, scheme: str, family: str | None, given: str | None, birth_month: str | None, reason: str
) -> int:
    """Store the objection, erase what is stored of the person or company, and tell the feed.

    Raises:
        InputError: nothing that identifies, an identifier with a wrong check digit, a name alone.
    """
    if unit is not None:
        unit = clean_identifier(unit, scheme)
    if family is None and unit is None:
        raise InputError("privacy suppress: name a company (--unit) or a person (--family with --given)")
    if family is None and (given is not None or birth_month is not None):
        raise InputError("privacy suppress: --family is missing; a company alone is named by --unit only")
    if family is not None and not (given and (birth_month or unit)):
        raise InputError(
            "privacy suppress: a name alone would silence namesakes; add --given and --birth-month YYYY-MM or --unit"
        )
    if birth_month is not None and not BIRTH_MONTH.fullmatch(birth_month):
        raise InputError("privacy suppress: --birth-month is no month such as 1970-05")
    with open_runtime(read_settings()) as runtime:
        if family is not None and given is not None:
            erased = object_to_person(runtime, family, given, birth_month, unit, reason)
            print(f"objection recorded for one person; {erased} stored appointments erased")
        elif unit is not None:
            erased = object_to_unit(runtime, scheme, unit, reason)
            print(f"objection recorded for one company; {erased} published profiles withdrawn")
    return EXIT_DONE


def clean_identifier(text: str, scheme: str) -> str:
    """The identifier in its register's form.

    Raises:
        InputError: the check digit of a SIREN or LEI is wrong.
    """
    normalise = {"FR-RCS": normalise_siren, "LEI": normalise_lei}.get(scheme)
    if normalise is None:
        return text.strip()
    cleaned = normalise(text)
    if cleaned is None:
        raise InputError(f"--unit {text!r}: no valid {scheme} identifier (length or check digit)")
    return cleaned
