"""What the parts of the RNE connector share: what one answer has given so far, days, and keys of events."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

from connectors.contract import RecordRejectedError, Rejected
from connectors.fields import Record
from connectors.rows import Row

SOURCE = "rne"
MASKS = frozenset({"[NON-DIFFUSIBLE]", "[ND]"})
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?", re.ASCII)


@dataclass
class Reading:
    """What one answer has given so far; `rosters`: SIREN -> officers of it who could not be read."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    rosters: dict[str, int] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def record(self, value: object, path: str) -> Record:
        """One object of the answer."""
        return Record(value, path, self.unknown, MASKS)

    def add(self, frame: str, row: Row) -> None:
        """Keep one row."""
        self.rows.setdefault(frame, []).append(row)

    def reject(self, error: RecordRejectedError | str, source_key: str | None, what: str) -> None:
        """Keep one reason; `source_key` never names a person."""
        self.rejected.append(Rejected(source_key, str(error), what))

    def close(self, record: Record, source_key: str | None, what: str) -> bool:
        """Whether the record has no problem; its first one is kept otherwise."""
        try:
            record.close()
        except RecordRejectedError as error:
            self.reject(error, source_key, what)
            return False
        return True


def day_of(record: Record, name: str) -> date | None:
    """A day, written alone or as the beginning of an instant: `1998-03-27T00:00:00+01:00` is the 27th, there.

    In UTC it would be the day before.
    """
    text = record.text(name, optional=True)
    found = DAY.fullmatch(text or "")
    try:
        if found:
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    if text is not None:
        record.reject(f"{record.path}.{name}: expected YYYY-MM-DD")
    return None


def event_key(kind: str, day: date, siren: str, *parts: str | None) -> str:
    """`kind|day|number` for a notice, the number made of what tells one event of a company from another."""
    founding = "|".join((siren, *(part or "" for part in parts)))
    number = int(hashlib.sha256(founding.encode()).hexdigest()[:15], 16)
    return f"{kind}|{day:%Y%m%d}|{number}"
