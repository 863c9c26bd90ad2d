"""Persons and mandates of one unit, from an invented register."""

import polars as pl
import pytest

from enrich.executives import end_replaced_mandates, find_mandates, find_people, is_believable_roster
from schemas.frames import ExecutiveChange
from tests.enrich.officers import Register, changes_of, company, day, mandates_of, night, officer, play

ADA = officer("Ada LENOIR", "Président de SAS")
BRUNO = officer("Bruno LEBLANC", "Administrateur", "1970-01")
CLAIRE = officer("Claire LEROUSSEL", "Directeur général", "1980-11")


def groups(register: Register) -> list[set[str]]:
    """The persons as sets of their records' given and family names."""
    frames = register.frames()
    people = frames["people"].join(frames["history"].unique(["source", "source_key"]), on=["source", "source_key"])
    shown = pl.format("{} {} {}", "given_names", "family_name", "title")
    grouped = people.group_by("unit_key", "founder_source_key").agg(shown.alias("names"))
    return sorted((set(names) for names in grouped["names"].to_list()), key=sorted)


def verdicts(register: Register) -> set[str]:
    return set(register.frames()["people"]["verdict"].to_list())


def test_all_titles_and_spellings_of_a_person_are_one_person() -> None:
    register = play(
        [ADA, officer("Ada LENOIR", "Administrateur"), BRUNO],
        [officer("Ada Marie LENOIR", "Directeur général"), officer("Ada LENOIR", usage_name="LEVERT"), BRUNO],
    )
    assert groups(register) == [
        {"Ada LENOIR Président de SAS", "Ada LENOIR Administrateur", "Ada LENOIR Président",
         "Ada Marie LENOIR Directeur général"},
        {"Bruno LEBLANC Administrateur"},
    ]  # fmt: skip
    assert verdicts(register) == {"same"}


def test_the_founder_is_the_earliest_record_then_the_smallest_key() -> None:
    register = play(
        [officer("Ada LENOIR", "Gérant"), officer("Ada LENOIR", "Autre")], [officer("Ada LENOIR", "Administrateur")]
    )
    people = find_people(register.frames()["history"])
    assert people["founder_source_key"].unique().to_list() == [officer("Ada LENOIR", "Autre")["source_key"]]


def test_father_and_son_stay_apart_even_beside_a_namesake_without_a_month() -> None:
    register = play(
        [officer("John SMITHERS", "Gérant", None)],
        [officer("John SMITHERS", "Gérant", "1941-04"), officer("John SMITHERS", "Administrateur", "1971-09")],
    )
    assert sorted(map(len, groups(register))) == [1, 2]
    assert verdicts(register) == {"unsure"}


def test_a_marriage_is_recognised_and_the_doubt_without_one_is_kept() -> None:
    married = play([CLAIRE], [officer("Claire LEROUSSEL", "Directeur général", "1980-11", usage_name="LEVERT")])
    assert len(groups(married)) == 1
    renamed = play([CLAIRE], [officer("Claire LEVERT", "Directeur général", "1980-11")])
    people = find_people(renamed.frames()["history"])
    assert people["verdict"].to_list() == ["unsure", "unsure"]
    assert people["doubtful_with"].explode().sort().to_list() == people["founder_source_key"].sort().to_list()


def test_a_name_that_explains_two_others_makes_them_one() -> None:
    register = play(
        [CLAIRE],
        [officer("Claire LEVERT", "Directeur général", "1980-11")],
        [officer("Claire LEROUSSEL", "Directeur général", "1980-11", usage_name="LEVERT")],
    )
    assert len(groups(register)) == 1
    assert verdicts(register) == {"same"}


def test_persons_of_two_units_are_two_persons_and_organisations_are_none() -> None:
    register = Register()
    register.read(night(0), [ADA, company("Lenoir Participations")])
    register.read(night(0), [officer("Ada LENOIR", unit_key="002000024")], unit="002000024")
    assert len(groups(register)) == 2


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    abbreviated = officer("A. LENOIR", "Gérant", None)
    frames = play([ADA, BRUNO], [abbreviated, CLAIRE], [officer("Ada LENOIR", "Gérant"), BRUNO]).frames()
    shuffled = {name: frame.sample(fraction=1.0, shuffle=True, seed=seed) for name, frame in frames.items()}
    assert find_people(shuffled["history"]).equals(find_people(frames["history"]))
    assert find_mandates(**shuffled, as_of=night(2)).equals(find_mandates(**frames, as_of=night(2)))


# ---------------------------------------------------------------------------------------------------- mandates


def test_auditors_and_liquidators_have_no_mandate() -> None:
    roster = [
        ADA,
        BRUNO,
        officer("Denis LEGRIS", "Commissaire aux comptes titulaire"),
        officer("Eve LEROSE", "Liquidateur"),
    ]
    assert mandates_of(play(roster))["full_name"].sort().to_list() == ["Ada Lenoir", "Bruno Leblanc"]


def test_a_mandate_shows_what_is_declared_and_what_is_only_seen() -> None:
    register = play([{**ADA, "started_on": day(-400)}, BRUNO], [{**ADA, "started_on": day(-400)}, BRUNO])
    ada, bruno = mandates_of(register).sort("full_name").iter_rows(named=True)
    assert (ada["started_on"], ada["started_on_basis"]) == (day(-400), "declared")
    assert (bruno["started_on"], bruno["started_on_basis"]) == (None, "first_seen")
    assert (bruno["first_seen_at"], bruno["last_seen_at"]) == (night(0), night(1))
    assert bruno["is_current"]
    assert bruno["mandate_id"] == f"register|{BRUNO['source_key']}"


def test_an_absence_counts_at_the_third_good_roster() -> None:
    nights = [[ADA, BRUNO], [ADA], [ADA], [ADA], [ADA]]
    seen = []
    for count in range(1, len(nights) + 1):
        bruno = mandates_of(play(*nights[:count])).filter(full_name="Bruno Leblanc").row(0, named=True)
        seen.append((bruno["missing_snapshots"], bruno["is_current"], bruno["last_seen_at"]))
    assert seen == [
        (0, True, night(0)),
        (1, True, night(0)),
        (2, True, night(0)),
        (3, False, night(0)),
        (3, False, night(0)),
    ]


def test_rosters_that_follow_quickly_count_once() -> None:
    register = play([ADA, BRUNO])
    for hours in (24, 30, 43, 44.5, 50, 64):  # counted: 24, 44.5; 64 comes 19.5 h after the last counted one
        register.read(night(hours / 24), [ADA])
    bruno = mandates_of(register).filter(full_name="Bruno Leblanc").row(0, named=True)
    assert (bruno["missing_snapshots"], bruno["is_current"]) == (2, True)


def test_bad_partial_and_missing_rosters_prove_nothing() -> None:
    register = play([ADA, BRUNO], None, None)
    register.read(night(3), [], good=False)
    register.read(night(4), [ADA], full=False)
    assert mandates_of(register)["missing_snapshots"].to_list() == [0, 0]


def test_a_declared_end_ends_a_mandate_on_its_day() -> None:
    register = play([BRUNO], [{**BRUNO, "ended_on": day(3)}])
    assert mandates_of(register, night(2))["is_current"].to_list() == [True]
    assert mandates_of(register, night(3))["is_current"].to_list() == [False]
    assert mandates_of(register, night(3))["ended_on"].to_list() == [day(3)]


def test_wording_and_married_names_do_not_open_a_second_mandate() -> None:
    register = play([ADA], [officer("Ada LENOIR", "Présidente", usage_name="LEVERT")])
    (mandate,) = mandates_of(register).iter_rows(named=True)
    assert mandate["mandate_id"] == f"register|{ADA['source_key']}"
    assert (mandate["full_name"], mandate["title"], mandate["missing_snapshots"]) == ("Ada Levert", "Présidente", 0)


def test_organisations_hold_mandates_without_being_persons() -> None:
    register = play([company("Lenoir Participations")], [company("Levert Participations")])
    (mandate,) = mandates_of(register).iter_rows(named=True)
    assert (mandate["officer_kind"], mandate["person_id"]) == ("organisation", None)
    assert mandate["full_name"] == "Levert Participations"


def test_suppressed_persons_and_unknown_units_have_no_mandate() -> None:
    frames = play([ADA, BRUNO]).frames()
    people = frames["people"].filter(pl.col("source_key") == BRUNO["source_key"])
    left = find_mandates(**{**frames, "people": people}, as_of=night(0))
    assert left["full_name"].to_list() == ["Bruno Leblanc"]
    nobody = find_mandates(**{**frames, "entity_records": frames["entity_records"].clear()}, as_of=night(0))
    assert nobody.is_empty()


def test_what_was_not_known_at_an_instant_is_not_told() -> None:
    register = play([ADA, BRUNO], [ADA, CLAIRE], [ADA, CLAIRE])
    assert mandates_of(register, night(0)).equals(mandates_of(play([ADA, BRUNO])))


@pytest.mark.parametrize(
    ("previous", "missing", "present", "believed"),
    [
        (0, 0, 0, True),
        (1, 1, 0, False),
        (5, 5, 0, False),
        (3, 3, 2, True),
        (4, 2, 2, True),
        (4, 3, 1, False),
        (10, 5, 5, True),
        (10, 6, 10, False),
        (10, 0, 20, True),
    ],
)
def test_a_collapsed_roster_is_not_believed(previous: int, missing: int, present: int, believed: bool) -> None:
    assert is_believable_roster(previous, missing, present) is believed


def test_a_changed_title_ends_the_old_office_at_once_and_an_absence_does_not() -> None:
    promoted = officer("Bruno LEBLANC", "Directeur général", "1970-01")
    register = play([ADA, officer("Bruno LEBLANC", "Directeur commercial", "1970-01"), CLAIRE], [ADA, promoted])
    drafts = changes_of(register)
    changes = ExecutiveChange.validate(
        drafts.with_columns(change_id=pl.format("gcc_{}", "change_key")).select(ExecutiveChange.column_names())
    )
    current = end_replaced_mandates(mandates_of(register), changes).filter("is_current")
    held = {name: missing for name, missing in current.select("full_name", "missing_snapshots").iter_rows()}
    assert held == {"Ada Lenoir": 0, "Bruno Leblanc": 0, "Claire Leroussel": 1}
