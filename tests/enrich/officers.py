"""A tiny register of invented people: rosters night by night become the history that the store would keep."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dataframely as dy
import polars as pl

from enrich.changes import find_executive_changes
from enrich.executives import find_mandates, find_people
from schemas.frames import AppointmentVersion, EntityRecord, Mandate, PersonAppointment, RosterSnapshot

SOURCE = "register"
UNIT = "002000008"
FIRST_NIGHT = datetime(2030, 1, 1, 2, 15, tzinfo=UTC)

ROLES = {  # invented people's titles, as schemas.reference would read them
    "Président": ("president", "executive"),
    "Présidente": ("president", "executive"),
    "Président de SAS": ("president", "executive"),
    "Président par intérim": ("president", "executive"),
    "Président directeur général": ("chair_and_ceo", "executive"),
    "Directeur général": ("chief_executive", "executive"),
    "Gérant": ("manager", "executive"),
    "Gérante": ("manager", "executive"),
    "Directeur financier": ("director", "executive"),
    "Directeur commercial": ("director", "executive"),
    "Administrateur": ("board_member", "board"),
    "Membre du conseil de surveillance": ("supervisory_board_member", "supervisory"),
    "Commissaire aux comptes titulaire": ("auditor", "control"),
    "Liquidateur": ("liquidator", "distress"),
    "Autre": ("other", "other"),
    "": ("unknown", "other"),
}

Officer = dict[str, Any]


def night(number: float) -> datetime:
    """Night 0 is the first of January 2030 at 02:15 UTC."""
    return FIRST_NIGHT + timedelta(days=number)


def officer(name: str, title: str = "Président", born: str | None = "1965-04", **more: Any) -> Officer:
    """`Given FAMILY`: words in capitals are the family name; `key` stands in for a register's own record id."""
    words = name.split()
    family = " ".join(word for word in words if word == word.upper())
    given = " ".join(word for word in words if word != word.upper()) or None
    role, group = ROLES[title]
    row = {
        "source": SOURCE, "unit_key": UNIT, "officer_kind": "person", "family_name": family, "usage_name": None,
        "given_names": given, "birth_month": born, "organisation_name": None, "organisation_id": None,
        "officer_id": None, "title": title or None, "role": role, "office_group": group, "started_on": None,
        "ended_on": None, "record_updated_at": None,
    }  # fmt: skip
    row |= {name: value for name, value in more.items() if name != "key"}
    parts = (row["unit_key"], title, row["family_name"], row["usage_name"], given, born)
    return {**row, "source_key": more.get("key") or "|".join(str(part or "") for part in parts).lower()}


def company(name: str, title: str = "Président", number: str | None = "002000016", **more: Any) -> Officer:
    """An organisation that holds an office."""
    row = officer(f"Nobody {name.upper()}", title, None, **more)
    nobody = {"family_name": None, "given_names": None, "officer_kind": "organisation"}
    key = f"{row['unit_key']}|{title}|{number or name}".lower()
    return {**row, **nobody, "organisation_name": name, "organisation_id": number, "source_key": key}


class Register:
    """Rosters as they are read, folded into versions as DESIGN.md section 5 says."""

    def __init__(self) -> None:
        self.versions: list[dict[str, Any]] = []
        self.snapshots: list[dict[str, Any]] = []

    def read(
        self, at: datetime, roster: Sequence[Officer], unit: str = UNIT, good: bool = True, full: bool = True
    ) -> None:
        """One load of one unit's roster; a bad one is only counted, a partial one closes nothing."""
        self.snapshots.append({
            "source": SOURCE, "unit_key": unit, "observed_at": at, "is_full": full, "is_good": good,
            "count": len(roster),
        })  # fmt: skip
        if not good:
            return
        seen = {row["source_key"]: row for row in roster}
        for version in self.versions:
            if version["unit_key"] != unit or version["observed_to"] is not None:
                continue
            key = version["source_key"]
            same = key in seen and all(version[name] == value for name, value in seen[key].items())
            if same:
                seen.pop(key)
            elif key in seen or full:
                version["observed_to"] = at
        for row in seen.values():
            self.versions.append({**row, "observed_from": at, "observed_to": None, "payload_sha256": at.isoformat()})

    def frames(self) -> dict[str, pl.DataFrame]:
        """The arguments that every step about officers takes."""
        schema = {name: column.dtype for name, column in AppointmentVersion.columns().items()}
        history = AppointmentVersion.validate(pl.DataFrame(self.versions, schema=schema, infer_schema_length=None))
        snapshots = RosterSnapshot.cast(pl.DataFrame(self.snapshots))
        units = snapshots["unit_key"].unique().sort()
        entities = pl.DataFrame({"source": SOURCE, "source_key": units, "confidence": 1.0}).with_columns(
            entity_id=pl.format("gce_{}", "source_key")
        )
        return {
            "history": history,
            "snapshots": snapshots,
            "people": name_people(find_people(history)),
            "entity_records": EntityRecord.cast(entities),
        }


def name_people(records: pl.DataFrame) -> dy.DataFrame[PersonAppointment]:
    """Give each founder an id, as resolve does."""
    return PersonAppointment.cast(records.with_columns(person_id=pl.format("gch_{}", "founder_source_key")))


def play(*nights: Sequence[Officer] | None) -> Register:
    """One roster a night from night 0; None is a night without an answer."""
    register = Register()
    for number, roster in enumerate(nights):
        if roster is not None:
            register.read(night(number), roster)
    return register


def last_instant(register: Register) -> datetime:
    return max(snapshot["observed_at"] for snapshot in register.snapshots)


def changes_of(register: Register, as_of: datetime | None = None) -> pl.DataFrame:
    """Every change, by instant."""
    drafts = find_executive_changes(**register.frames(), as_of=as_of or last_instant(register))
    return drafts.sort("first_seen_at", "full_name", "kind", "change_key")


def told(register: Register, as_of: datetime | None = None) -> list[str]:
    """Changes in short: `night kind status name: from -> to`."""
    return [
        f"{(row['first_seen_at'] - FIRST_NIGHT).days} {row['kind']} {row['status']} {row['full_name']}: "
        f"{row['from_title'] or '-'} -> {row['to_title'] or '-'}"
        for row in changes_of(register, as_of).iter_rows(named=True)
    ]


def mandates_of(register: Register, as_of: datetime | None = None) -> dy.DataFrame[Mandate]:
    return find_mandates(**register.frames(), as_of=as_of or last_instant(register))


def day(number: int) -> date:
    return night(number).date()
