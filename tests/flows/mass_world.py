"""Thirty invented companies with two officers each, whose rosters a test may change night by night."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import polars as pl

from flows.demo.invented import siren
from flows.night import NightPlan, NightReport, play_night
from schemas.frames import OBSERVED_FRAMES
from tests.flows.demo_nights import DemoWorld
from tests.observed_rows import DEFAULTS

SOURCE = "recherche_entreprises"
COMPANIES = 30  # so many that 25 of them are a mass
BOARD, NEW = ({"given_names": "Bo", "birth_month": "1971-11"}, {"given_names": "Cy", "birth_month": "1980-07"})
INSTANT = pl.Datetime("us", "UTC")
Officer = dict[str, Any]


def night(number: int) -> datetime:
    """Night 1 is the second of March 2026 at 02:15 UTC."""
    return datetime(2026, 3, 1, 2, 15, tzinfo=UTC) + timedelta(days=number)


def words() -> Iterator[str]:
    """Invented names, no two alike."""
    syllables = (("Bra", "Quo", "Zel", "Vir", "Dum"), ("dor", "min", "lak"), ("ast", "ouc", "ieg"))
    yield from ("".join(parts) for parts in product(*syllables))


NAMES = list(words())
UNITS = [siren(70_000 + number) for number in range(COMPANIES)]


def chief(number: int, **more: Any) -> Officer:
    """The chief executive of a company, and whoever else its roster shall have."""
    return officer(number, NAMES[number].upper(), "Directeur général", "chief_executive", "executive", **more)


def chair(number: int, **more: Any) -> Officer:
    """A board member, so that no roster is ever mostly gone."""
    return officer(number, NAMES[-1 - number % 10].upper(), "Administrateur", "board_member", "board", **BOARD, **more)


def newcomer(number: int, **more: Any) -> Officer:
    """Another chief executive."""
    name = f"{NAMES[number][:3]}{NAMES[number][::-1]}".upper()
    return officer(number, name, "Directeur général", "chief_executive", "executive", **NEW, **more)


def officer(number: int, family: str, title: str, role: str, group: str, **more: Any) -> Officer:
    """One row of `appointments`; the same person with another title is another record."""
    unit = UNITS[number]
    return {
        "source": SOURCE, "source_key": f"{unit}|{title.lower()}|{family.lower()}", "unit_key": unit,
        "officer_kind": "person", "family_name": family, "given_names": "Ada", "birth_month": "1965-04",
        "title": title, "role": role, "office_group": group, **more,
    }  # fmt: skip


class MassWorld(DemoWorld):
    """`read_rosters(n, officers)` is what the source answered on night n; `play_plain(n)` runs that night."""

    def found(self) -> None:
        """Night 1: every company with a chief executive and a board member."""
        rows = [
            {
                **DEFAULTS, "source": SOURCE, "source_key": unit, "name": f"{NAMES[n]} Industries",
                "country_code": "FR", "national_id": unit, "national_id_scheme": "FR-RCS", "size_category": "ETI",
            }
            for n, unit in enumerate(UNITS)
        ]  # fmt: skip
        self._save("legal_units", rows, 1)
        self.read_rosters(1, [each for n in range(COMPANIES) for each in (chief(n), chair(n))])
        self.play_plain(1)

    def read_rosters(self, number: int, officers: list[Officer]) -> None:
        """Every company's roster, whole and good."""
        listed = {each["source_key"] for each in officers}
        known = self.store.read_current("appointments")["source_key"]
        self._save("appointments", officers, number)
        self.store.close_observations("appointments", SOURCE, set(known) - listed, night(number))
        snapshots = [
            {
                "source": SOURCE, "scope": f"roster:{unit}", "observed_at": night(number), "kind": "roster",
                "frame": "appointments", "unit_key": unit, "night": night(number).date(), "is_full": True,
                "is_good": True, "count": sum(each["unit_key"] == unit for each in officers),
            }
            for unit in UNITS
        ]  # fmt: skip
        self.store.save_snapshots(pl.DataFrame(snapshots))

    def play_plain(self, number: int, kind: str = "nightly") -> NightReport:
        """The night over what is stored, without a question to anybody."""
        return play_night(NightPlan(kind=kind, instant=night(number), offline=True))

    def _save(self, frame: str, rows: list[dict[str, Any]], number: int) -> None:
        schema = {name: column.dtype for name, column in OBSERVED_FRAMES[frame].columns().items()}
        stamps = {"observed_from": INSTANT, "fetched_at": INSTANT, "payload_sha256": pl.String()}
        stamped = [
            {**row, "observed_from": night(number), "fetched_at": night(number), "payload_sha256": f"night-{number}"}
            for row in rows
        ]
        self.store.save_observations(frame, pl.DataFrame(stamped, schema={**schema, **stamps}, orient="row"))


def leavers_declared(count: int, on: date) -> list[Officer]:
    """Every roster with this many chief executives who leave by a declared end."""
    ends = [{"ended_on": on} if n < count else {} for n in range(COMPANIES)]
    return [each for n in range(COMPANIES) for each in (chief(n, **ends[n]), chair(n))]


def leavers_vanished(count: int) -> list[Officer]:
    """Every roster with this many chief executives whom it does not show any more."""
    return [each for n in range(COMPANIES) for each in ([chair(n)] if n < count else [chief(n), chair(n)])]


def arrivals(count: int) -> list[Officer]:
    """Every roster with this many second chief executives."""
    more = {n: [newcomer(n)] for n in range(count)}
    return [each for n in range(COMPANIES) for each in (chief(n), chair(n), *more.get(n, ()))]


def promotions(count: int) -> list[Officer]:
    """Every roster with this many chief executives who chair as well from now on, under one title."""

    def promoted(number: int) -> Officer:
        title = "Président directeur général"
        return officer(number, NAMES[number].upper(), title, "chair_and_ceo", "executive")

    return [each for n in range(COMPANIES) for each in (promoted(n) if n < count else chief(n), chair(n))]
