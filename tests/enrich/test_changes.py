"""Who arrived, left or changed title, over invented rosters night by night (RELIABILITY.md section 5)."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.changes import find_executive_changes
from tests.enrich.officers import Officer, Register, changes_of, company, day, last_instant, night, officer, play, told

ADA = officer("Ada LENOIR", "Président de SAS")
BRUNO = officer("Bruno LEBLANC", "Administrateur", "1970-01")
CLAIRE = officer("Claire LEROUSSEL", "Directeur général", "1980-11")
AUDITOR = officer("Denis LEGRIS", "Commissaire aux comptes titulaire", None)
NEW_AUDITOR = officer("Eve LEROSE", "Commissaire aux comptes titulaire", None)


def as_(who: Officer, title: str, **more: object) -> Officer:
    """The same person with another title."""
    name = f"{who['given_names']} {who['family_name']}"
    return officer(name, title, who["birth_month"], **({"usage_name": who["usage_name"]} | more))


# Each story: the rosters of the nights from 0, and what the last night tells.
STORIES: dict[str, tuple[list[list[Officer] | None], list[str]]] = {
    "a first roster is initial": ([[ADA, BRUNO]], []),
    "nothing happens": ([[ADA, BRUNO], [ADA, BRUNO], [BRUNO, ADA]], []),
    "somebody arrives": ([[ADA], [ADA, BRUNO]], ["1 appointed new Bruno Leblanc: - -> Administrateur"]),
    "an arrival is told once": (
        [[ADA], [ADA, BRUNO], [ADA, BRUNO]],
        ["1 appointed new Bruno Leblanc: - -> Administrateur"],
    ),
    "missing 1 of 3": ([[ADA, BRUNO], [ADA]], ["1 departed held Bruno Leblanc: Administrateur -> -"]),
    "missing 2 of 3": ([[ADA, BRUNO], [ADA], [ADA]], ["1 departed held Bruno Leblanc: Administrateur -> -"]),
    "missing 3 of 3": ([[ADA, BRUNO], [ADA], [ADA], [ADA]], ["1 departed new Bruno Leblanc: Administrateur -> -"]),
    "gone for good, told once": ([[ADA, BRUNO], *[[ADA]] * 6], ["1 departed new Bruno Leblanc: Administrateur -> -"]),
    "back after one night": (
        [[ADA, BRUNO], [ADA], [ADA, BRUNO]],
        ["1 departed retracted Bruno Leblanc: Administrateur -> -"],
    ),
    "back after two nights": (
        [[ADA, BRUNO], [ADA], [ADA], [ADA, BRUNO], [ADA, BRUNO]],
        ["1 departed retracted Bruno Leblanc: Administrateur -> -"],
    ),
    "back, and gone again": (
        [[ADA, BRUNO], [ADA], [ADA, BRUNO], [ADA]],
        [
            "1 departed retracted Bruno Leblanc: Administrateur -> -",
            "3 departed held Bruno Leblanc: Administrateur -> -",
        ],
    ),
    "three nights without an answer": ([[ADA, BRUNO], None, None, None, [ADA, BRUNO]], []),
    "re-appointed within 90 days": (
        [[ADA, BRUNO], *[[ADA]] * 4, [ADA, BRUNO]],
        [
            "1 departed retracted Bruno Leblanc: Administrateur -> -",
            "5 renewed new Bruno Leblanc: Administrateur -> Administrateur",
        ],
    ),
    "auditors change": ([[ADA, AUDITOR], [ADA, NEW_AUDITOR], [ADA]], []),
    "a liquidator comes": ([[ADA], [ADA, officer("Luc LENOIR", "Liquidateur")]], []),
    "another title": (
        [[ADA, CLAIRE], [ADA, as_(CLAIRE, "Président directeur général")]],
        ["1 title_changed new Claire Leroussel: Directeur général -> Président directeur général"],
    ),
    "another wording of one role": ([[ADA], [as_(ADA, "Président")], [as_(ADA, "Présidente")]], []),
    "another generic title": (
        [[as_(ADA, "Directeur financier")], [as_(ADA, "Directeur commercial")]],
        ["1 title_changed new Ada Lenoir: Directeur financier -> Directeur commercial"],
    ),
    "a title that was not given before": ([[as_(ADA, "")], [as_(ADA, "Président")]], []),
    "a title no longer given": ([[as_(ADA, "Président")], [as_(ADA, "")]], []),
    "another title after a night's gap": (
        [[ADA, CLAIRE], [ADA], [ADA, as_(CLAIRE, "Président directeur général")]],
        [
            "1 departed retracted Claire Leroussel: Directeur général -> -",
            "2 title_changed new Claire Leroussel: Directeur général -> Président directeur général",
        ],
    ),
    "another title that is taken back the next night": (
        [[CLAIRE], [as_(CLAIRE, "Gérante")], [CLAIRE]],
        ["1 title_changed retracted Claire Leroussel: Directeur général -> Gérante"],
    ),
    "one office more": (
        [[ADA], [ADA, as_(ADA, "Administrateur")]],
        ["1 title_changed new Ada Lenoir: - -> Administrateur"],
    ),
    "one office less, once": (
        [[ADA, as_(ADA, "Administrateur")], [ADA]],
        ["1 title_changed held Ada Lenoir: Administrateur -> -"],
    ),
    "one office less, three times": (
        [[ADA, as_(ADA, "Administrateur")], [ADA], [ADA], [ADA]],
        ["1 title_changed new Ada Lenoir: Administrateur -> -"],
    ),
    "one office less, and back": (
        [[ADA, as_(ADA, "Administrateur")], [ADA], [ADA, as_(ADA, "Administrateur")]],
        ["1 title_changed retracted Ada Lenoir: Administrateur -> -"],
    ),
    "the old title goes a night before the new one comes": (
        [[as_(ADA, "Administrateur"), as_(ADA, "Directeur général")], [as_(ADA, "Administrateur")],
         [as_(ADA, "Administrateur"), as_(ADA, "Président")]],
        [
            "1 title_changed retracted Ada Lenoir: Directeur général -> -",
            "2 title_changed new Ada Lenoir: Directeur général -> Président",
        ],
    ),
    "an office less, then the person": (
        [[BRUNO, ADA, as_(ADA, "Administrateur")], [BRUNO, ADA], *[[BRUNO]] * 3],
        [
            "1 title_changed retracted Ada Lenoir: Administrateur -> -",
            "2 departed new Ada Lenoir: Président de SAS -> -",
        ],
    ),
    "somebody replaces somebody": (
        [[ADA, BRUNO], [ADA, officer("Zoé LEMAUVE", "Administrateur", "1977-07")]],
        [
            "1 departed held Bruno Leblanc: Administrateur -> -",
            "1 appointed new Zoé Lemauve: - -> Administrateur",
        ],
    ),
    "married": ([[CLAIRE], [as_(CLAIRE, "Directeur général", usage_name="LEVERT")]], []),
    "more given names": ([[ADA], [officer("Ada Marie LENOIR", "Président de SAS")]], []),
    "father and son": (
        [[ADA, officer("John SMITHERS", "Gérant", "1941-04")], [ADA, officer("John SMITHERS", "Gérant", "1971-09")]],
        ["1 appointed new John Smithers: - -> Gérant", "1 departed held John Smithers: Gérant -> -"],
    ),
    "a typing error in the month is one review": (
        [[ADA, CLAIRE], *[[ADA, officer("Claire LEROUSSEL", "Directeur général", "1980-12")]] * 4],
        ["1 appointed review Claire Leroussel: - -> Directeur général"],
    ),
    "another family name with the same given name and month": (
        [[ADA, CLAIRE], *[[ADA, officer("Claire LEVERT", "Directeur général", "1980-11")]] * 2],
        ["1 appointed review Claire Levert: - -> Directeur général"],
    ),
    "an organisation comes": (
        [[ADA], [ADA, company("Lenoir Participations")]],
        ["1 appointed new Lenoir Participations: - -> Président"],
    ),
    "an organisation is renamed": ([[company("Lenoir Participations")], [company("Levert Participations")]], []),
    "a person is replaced by an organisation": (
        [[ADA, BRUNO], *[[BRUNO, company("Lenoir Participations")]] * 3],
        ["1 departed new Ada Lenoir: Président de SAS -> -", "1 appointed new Lenoir Participations: - -> Président"],
    ),
    "an end is declared": (
        [[ADA, BRUNO], [ADA, {**BRUNO, "ended_on": day(-3)}], [ADA]],
        ["1 departed new Bruno Leblanc: Administrateur -> -"],
    ),
    "a term is known from the first": (
        [[ADA, {**BRUNO, "ended_on": day(2)}], [ADA, {**BRUNO, "ended_on": day(2)}]],
        [],
    ),
    "a term comes": (
        [[ADA, {**BRUNO, "ended_on": day(2)}]] * 4,
        ["2 departed new Bruno Leblanc: Administrateur -> -"],
    ),
    "a resignation is declared for later": (
        [[ADA, BRUNO], *[[ADA, {**BRUNO, "ended_on": day(30)}]] * 2],
        ["1 departed new Bruno Leblanc: Administrateur -> -"],
    ),
    "an end is declared after a night's absence": (
        [[ADA, BRUNO], [ADA], [ADA, {**BRUNO, "ended_on": day(-3)}]],
        ["1 departed new Bruno Leblanc: Administrateur -> -"],
    ),
    "a declared end is taken back": (
        [[ADA, BRUNO], [ADA, {**BRUNO, "ended_on": day(-3)}], [ADA, BRUNO]],
        ["1 departed retracted Bruno Leblanc: Administrateur -> -"],
    ),
    "ended and re-appointed in one roster": (
        [[BRUNO], [{**BRUNO, "ended_on": day(-1)}, {**BRUNO, "source_key": "b2", "started_on": day(0)}]],
        [],
    ),
    "ended, and re-appointed the week after": (
        [[ADA, BRUNO], [ADA, {**BRUNO, "ended_on": day(0)}], *[[ADA]] * 5,
         [ADA, {**BRUNO, "source_key": "b2", "started_on": day(5)}]],
        [
            "1 departed retracted Bruno Leblanc: Administrateur -> -",
            "7 renewed new Bruno Leblanc: Administrateur -> Administrateur",
        ],
    ),
    "an office that was over before it was seen": ([[ADA], [ADA, {**BRUNO, "ended_on": day(-900)}]], []),
    "one of two offices ends": (
        [[ADA, as_(ADA, "Administrateur")], [ADA, as_(ADA, "Administrateur", ended_on=day(0))]],
        ["1 title_changed new Ada Lenoir: Administrateur -> -"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("nights", "expected"), STORIES.values(), ids=STORIES.keys())
def test_a_story_is_told(nights: list[list[Officer] | None], expected: list[str]) -> None:
    assert sorted(told(play(*nights))) == sorted(expected)


def test_the_demo_sequence_night_by_night() -> None:
    """Night 1: one arrives, one is missing, one changes title, the auditors change; then the others stay."""
    zoe = officer("Zoé LEMAUVE", "Administrateur", "1977-07")
    changed = [ADA, as_(CLAIRE, "Président directeur général"), zoe, NEW_AUDITOR]
    nights = [[ADA, BRUNO, CLAIRE, AUDITOR], changed, changed, changed, changed]
    lasting = [
        "1 title_changed new Claire Leroussel: Directeur général -> Président directeur général",
        "1 appointed new Zoé Lemauve: - -> Administrateur",
    ]
    seen = []
    for count in range(2, 6):
        changes = changes_of(play(*nights[:count]))
        bruno = changes.filter(kind="departed").row(0, named=True)
        seen.append((bruno["status"], bruno["missing_snapshots"], bruno["confidence"], bruno["change_key"]))
        assert sorted(lasting) == sorted(line for line in told(play(*nights[:count])) if "departed" not in line)
    assert [row[:3] for row in seen] == [("held", 1, 0.6), ("held", 2, 0.6), ("new", 3, 0.9), ("new", 3, 0.9)]
    assert {row[3] for row in seen} == {f"register|{BRUNO['source_key']}|departed|2030-01-02T02:15:00.000000Z"}


def test_a_change_shows_its_window_or_its_declared_date() -> None:
    seen = changes_of(play([ADA], None, [ADA, BRUNO])).row(0, named=True)
    assert (seen["seen_before"], seen["first_seen_at"]) == (night(0), night(2))
    assert (seen["effective_on"], seen["confidence"]) == (None, 0.9)
    declared = changes_of(play([ADA], [ADA, {**BRUNO, "started_on": day(-10)}])).row(0, named=True)
    assert (declared["effective_on"], declared["confidence"]) == (day(-10), 1.0)
    ended = changes_of(play([ADA, BRUNO], [ADA, {**BRUNO, "ended_on": day(-3)}])).row(0, named=True)
    assert (ended["effective_on"], ended["confidence"], ended["missing_snapshots"]) == (day(-3), 1.0, None)
    assert ended["payload_sha256"] == night(1).isoformat()


def test_a_title_change_never_dates_itself_by_the_appointment() -> None:
    held = {**CLAIRE, "started_on": day(-900), "key": "c"}
    before = as_(held, "Directeur général", key="c", started_on=day(-900))
    after = as_(held, "Président directeur général", key="c", started_on=day(-900))
    row = changes_of(play([before], [after])).row(0, named=True)
    assert (row["kind"], row["effective_on"], row["confidence"]) == ("title_changed", None, 0.9)


def test_rosters_closer_than_twenty_hours_count_once() -> None:
    register = play([ADA, BRUNO])
    for hours in (24, 25, 26, 43):
        register.read(night(hours / 24), [ADA])
    assert changes_of(register)["missing_snapshots"].to_list() == [1]
    register.read(night(44 / 24), [ADA])
    assert changes_of(register)["missing_snapshots"].to_list() == [2]


def test_bad_and_partial_rosters_are_not_believed() -> None:
    register = play([ADA, BRUNO])
    for number in range(1, 6):
        register.read(night(number), [], good=False)
        register.read(night(number + 0.1), [ADA], full=False)
    assert told(register) == []


def test_back_more_than_90_days_later_is_a_new_appointment() -> None:
    register = play([ADA, BRUNO], [ADA], [ADA], [ADA])
    register.read(night(120), [ADA, BRUNO])
    assert told(register) == [
        "1 departed new Bruno Leblanc: Administrateur -> -",
        "120 appointed new Bruno Leblanc: - -> Administrateur",
    ]
    assert changes_of(register)["person_id"].n_unique() == 1


def test_one_person_in_several_entities_in_one_night_is_group_wide() -> None:
    register = Register()
    units = ["002000008", "002000024", "002000032"]
    for unit in units:
        register.read(night(0), [officer("Ada LENOIR", unit_key=unit)], unit=unit)
    for hours, unit in enumerate(units[:2]):
        arrived = officer(
            "BRUNO LEBLANC", "Administrateur", "1970-01", unit_key=unit, given_names="Bruno", family_name="LEBLANC"
        )
        nameless = officer("Denis LEGRIS", "Administrateur", None, unit_key=unit)
        register.read(
            night(1) + timedelta(hours=hours), [officer("Ada LENOIR", unit_key=unit), arrived, nameless], unit=unit
        )
    alone = officer("Claire LEROUSSEL", "Administrateur", "1980-11", unit_key=units[2])
    register.read(night(1), [officer("Ada LENOIR", unit_key=units[2]), alone], unit=units[2])
    contexts = {(row["full_name"], tuple(row["context"])) for row in changes_of(register).iter_rows(named=True)}
    assert contexts == {("Bruno Leblanc", ("group_wide",)), ("Denis Legris", ()), ("Claire Leroussel", ())}


def test_an_interim_title_is_said() -> None:
    register = play([BRUNO], [BRUNO, as_(ADA, "Président par intérim")])
    assert changes_of(register)["context"].to_list() == [["interim"]]
    confirmed = play([as_(ADA, "Président par intérim")], [as_(ADA, "Président")])
    assert told(confirmed) == ["1 title_changed new Ada Lenoir: Président par intérim -> Président"]


def test_a_unit_whose_first_roster_was_empty_has_arrivals() -> None:
    assert told(play([], [ADA])) == ["1 appointed new Ada Lenoir: - -> Président de SAS"]


def test_no_history_no_change() -> None:
    assert told(play([])) == []


# ---------------------------------------------------------------------------------------------------- properties

CAST = {
    "Ada": ADA,
    "Ada, other wording": as_(ADA, "Présidente"),
    "Bruno": BRUNO,
    "Bruno, promoted": as_(BRUNO, "Président directeur général"),
    "Claire": CLAIRE,
    "C., no month": officer("C. LEROUSSEL", "Gérante", None),
    "auditor": AUDITOR,
    "company": company("Lenoir Participations"),
}
names = st.lists(st.sampled_from(sorted(CAST)), unique=True, max_size=5)
stories = st.lists(st.none() | names, min_size=1, max_size=8)
few = settings(max_examples=12, deadline=None)  # a story of eight nights costs half a second


def play_names(nights: list[list[str] | None]) -> Register:
    return play([ADA], *(None if names is None else [CAST[name] for name in names] for names in nights))


@few
@given(stories, st.integers(0, 1000))
def test_any_order_of_the_rows_gives_the_same_changes(nights: list[list[str] | None], seed: int) -> None:
    register = play_names(nights)
    frames = register.frames()
    at = last_instant(register)
    shuffled = {name: frame.sample(fraction=1.0, shuffle=True, seed=seed) for name, frame in frames.items()}
    changes = find_executive_changes(**frames, as_of=at)
    assert find_executive_changes(**shuffled, as_of=at).equals(changes)


@few
@given(stories)
def test_what_was_told_keeps_its_key(nights: list[list[str] | None]) -> None:
    """Later nights only change the status of a change, since people were compared over the whole history."""
    register = play_names(nights)
    frames = register.frames()
    keys: set[str] = set()
    for at in sorted(snapshot["observed_at"] for snapshot in register.snapshots):
        changes = find_executive_changes(**frames, as_of=at)
        assert keys <= set(changes["change_key"])
        keys = set(changes["change_key"])


@few
@given(stories)
def test_nobody_departs_for_good_before_three_rosters(nights: list[list[str] | None]) -> None:
    departed = changes_of(play_names(nights)).filter(kind="departed", status="new")
    assert set(departed["missing_snapshots"]) <= {3}
