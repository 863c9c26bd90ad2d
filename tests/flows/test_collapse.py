"""A source that collapses is not believed (RELIABILITY R6, R11): whole nights over one list, and over look-ups."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.archive import Archive
from flows import ledger
from flows.commands.review import release_load
from flows.commands.run import finish
from flows.errors import EXIT_DONE, EXIT_REFUSED, InputError
from flows.night import NightPlan, NightReport, play_night
from flows.store import Store
from tests.flows.collapsing_source import SOURCE, Break, Unit, companies, keep, put_list, put_look_ups, set_all

FIRST = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
LISTED, ASKED = 100, 40
SCOPE = "query:categorie_entreprise=GE"
OBSERVED = ("legal_units", "establishments", "appointments")


class Nights:
    """A database and an archive in a folder; each night brings a list or look-ups."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = f"sqlite:///{folder / 'grandcompte.db'}"
        monkeypatch.setenv("GRANDCOMPTE_DATABASE_URL", self.url)
        monkeypatch.setenv("GRANDCOMPTE_ARCHIVE_URL", str(folder / "archive"))
        monkeypatch.setenv("GRANDCOMPTE_PEPPER", "a pepper for tests only, never for real people")
        self.archive = Archive(str(folder / "archive"))
        Store.migrate(self.url)
        self.store = Store.open(self.url)

    def play(self, night: int) -> NightReport:
        """Run a night over what is archived."""
        return play_night(NightPlan(instant=at(night), offline=True, sources=(SOURCE,)))

    def bring(self, night: int, shape: str, told: list[Unit]) -> None:
        """Put the night's answers into the archive."""
        if shape == "list":
            put_list(self.archive, told, at(night))
        else:
            put_look_ups(self.archive, companies(ASKED), told, at(night))

    def standing(self) -> dict[str, list[dict[str, Any]]]:
        """What stands in the observed layer and in the published one."""
        rows = {name: self.store.read_current(name).to_dicts() for name in OBSERVED}
        return rows | {name: self.store.read(name).to_dicts() for name in ("prospect_profile", "executive")}

    def verified(self) -> datetime | None:
        """The newest instant that confirmed a profile."""
        newest = self.store.read("v_prospect")["last_verified_at"].max()
        return newest if isinstance(newest, datetime) else None

    def close(self) -> None:
        self.store.close()


def at(night: int) -> datetime:
    return FIRST + timedelta(days=night - 1)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder after one good night of a shape, played once."""

    @cache
    def played(shape: str) -> Path:
        folder = tmp_path_factory.mktemp("first")
        with pytest.MonkeyPatch.context() as patch:
            nights = Nights(folder, patch)
            nights.bring(1, shape, companies(LISTED if shape == "list" else ASKED))
            assert finish(nights.play(1)) == EXIT_DONE
            nights.close()
        return folder

    return played


@pytest.fixture
def after_one(
    first_night: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Nights]]:
    opened: list[Nights] = []

    def copied(shape: str) -> Nights:
        shutil.copytree(first_night(shape), tmp_path / "copy")
        opened.append(Nights(tmp_path / "copy", monkeypatch))
        return opened[-1]

    yield copied
    for nights in opened:
        nights.close()


def resign(units: list[Unit]) -> list[Unit]:
    """One officer of the first company goes: a departure where the load is believed."""
    if units:
        units[0]["dirigeants"] = units[0]["dirigeants"][:1]
    return units


BROKEN: list[tuple[str, str, Break, str]] = [
    ("list", "an empty list", keep(0), "0 records, 100 usual"),
    ("list", "half", keep(50), "50 records, 100 usual"),
    ("list", "79 of 100", keep(79), "79 records, 100 usual"),
    ("list", "more than doubled", lambda units: units + companies(101, start=1000), "201 records, 100 usual"),
    ("list", "all ids changed", lambda _: companies(LISTED, start=1000), "only 0 of 100 records have an id told"),
    ("list", "one column blanked", set_all("tranche_effectif_salarie"), "legal_units.employees_band is filled in 0%"),
    ("list", "a column of the sites", set_all("siege", "libelle_commune"), "establishments.city is filled in 0%"),
    ("list", "eleven of a hundred blanked", set_all("activite_principale", first=11), "filled in 89% of 100 rows"),
    ("list", "no officer any more", set_all("dirigeants", to=[]), "0 rows of appointments, 200 usual"),
    ("list", "six records that cannot be read", set_all("nature_juridique", first=6), "6 of 399 records"),
    ("look-ups", "half of the answers empty", keep(20), "20 of 40 questions that had an answer before"),
    ("look-ups", "one column blanked", set_all("tranche_effectif_salarie"), "employees_band is filled in 0%"),
    ("look-ups", "no officer any more", set_all("dirigeants", to=[]), "0 of 40 units that had appointments"),
    ("look-ups", "three records that cannot be read", set_all("nature_juridique", first=3), "3 of 159 records"),
]


EVERY_NIGHT = {"half", "six records that cannot be read"}  # the other nights run in make check
CASES = [pytest.param(*b, id=f"{b[0]}: {b[1]}", marks=() if b[1] in EVERY_NIGHT else pytest.mark.slow) for b in BROKEN]


@pytest.mark.parametrize(("shape", "what", "change", "reason"), CASES)
def test_a_load_that_collapses_changes_nothing(
    after_one: Callable[[str], Nights], shape: str, what: str, change: Break, reason: str
) -> None:
    nights = after_one(shape)
    before = nights.standing()
    nights.bring(2, shape, resign(change(companies(LISTED if shape == "list" else ASKED))))
    report = nights.play(2)
    assert finish(report) == EXIT_REFUSED, what
    (source,) = report.sources
    assert reason in " ".join(source.refusals)
    (run,) = ledger.last_runs(nights.store, 1)
    assert any(reason in told for told in run.summary["sources"][SOURCE]["refused"])
    assert nights.standing() == before  # 0 departures, 0 deletions, 0 new versions
    assert nights.store.read("executive_change").is_empty()
    assert nights.verified() == at(1)  # old values keep their age


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "change"),
    [
        ("list", keep(100)),
        ("list", keep(81)),
        ("list", keep(99)),
        ("list", lambda units: units + companies(100, start=1000)),
        ("list", set_all("activite_principale", first=10)),
        ("list", set_all("nature_juridique", first=2)),  # two bad records say nothing about a source
        ("look-ups", keep(40)),
        ("look-ups", keep(33)),
        ("look-ups", set_all("nature_juridique", first=1)),
    ],
    ids=["same", "81", "99", "doubled", "ten blanked", "two unread", "asked again", "33 of 40", "one unread"],
)
def test_a_load_that_is_nearly_as_ever_is_believed(
    after_one: Callable[[str], Nights], shape: str, change: Break
) -> None:
    nights = after_one(shape)
    units = change(companies(LISTED if shape == "list" else ASKED))
    resign(units[30:31])
    nights.bring(2, shape, units)
    assert finish(nights.play(2)) == EXIT_DONE
    told = nights.store.read("executive_change")
    assert told["status"].to_list() == ["held"]  # the first of three nights that miss an officer
    assert nights.verified() == at(2)


@pytest.mark.slow
def test_a_list_that_stays_short_is_believed_on_the_seventh_night(after_one: Callable[[str], Nights]) -> None:
    nights = after_one("list")
    for night in range(2, 9):
        nights.bring(night, "list", companies(50))
    report = nights.play(8)
    loads = nights.store.read_snapshots(SOURCE).filter(pl.col("scope") == SCOPE).sort("observed_at")
    assert loads["is_good"].to_list() == [True, *[False] * 6, True]
    assert loads["released_by"].to_list() == [*[None] * 7, "seven loads in a row"]
    assert len(report.sources[0].refusals) == 1  # every night's reason is the same
    nights.bring(9, "list", companies(51))
    nights.play(9)
    loads = nights.store.read_snapshots(SOURCE).filter(pl.col("scope") == SCOPE).sort("observed_at")
    assert loads["is_good"][-1] is True  # held against the released one, not against a median of the old ones


@pytest.mark.slow
def test_a_blanked_column_waits_for_an_operator(after_one: Callable[[str], Nights]) -> None:
    nights = after_one("list")
    for night in range(2, 10):
        nights.bring(night, "list", set_all("tranche_effectif_salarie")(companies(LISTED)))
    assert nights.play(9).is_refused
    assert nights.store.read_current("legal_units")["employees_band"].null_count() == 0
    assert release_load(SOURCE, SCOPE, "an operator") == EXIT_DONE
    with pytest.raises(InputError, match="not refused"):
        release_load(SOURCE, SCOPE, "an operator")
    with pytest.raises(InputError, match="--by"):
        release_load(SOURCE, SCOPE, " ")
    nights.bring(10, "list", set_all("tranche_effectif_salarie")(companies(LISTED)))
    nights.play(10)
    assert nights.store.read_current("legal_units")["employees_band"].null_count() == LISTED


@pytest.mark.slow
def test_a_new_field_is_told_on_its_first_night_only(after_one: Callable[[str], Nights]) -> None:
    nights = after_one("list")
    for night, expected in ((2, {"results[].field_of_tomorrow"}), (3, set())):
        nights.bring(night, "list", set_all("field_of_tomorrow", to="x")(companies(LISTED)))
        (source,) = nights.play(night).sources
        assert source.unknown_fields == expected
    assert nights.play(2).sources[0].unknown_fields == {"results[].field_of_tomorrow"}  # the same night again
