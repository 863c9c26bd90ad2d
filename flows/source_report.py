"""What one source brought tonight: counts for the ledger and for people."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class SourceReport:
    """What one source brought tonight; counts for the ledger and for people."""

    source: str
    payloads: int = 0
    records: int = 0
    parsed: Counter[str] = field(default_factory=Counter)
    new_rows: Counter[str] = field(default_factory=Counter)
    superseded: int = 0
    quarantined: int = 0
    withheld: int = 0
    refused_payloads: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    unknown_fields: set[str] = field(default_factory=set)
    unavailable: str | None = None
    notes: list[str] = field(default_factory=list)
    cursor: dict[str, str] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was refused."""
        return not (self.refused_payloads or self.refusals or self.unavailable)
