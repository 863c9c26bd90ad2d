"""Persons compare field by field: the rows of RELIABILITY.md section 5, with invented people."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.people import PersonName, add_person_keys, compare_persons
from enrich.person_names import full_name

APRIL, MAY, OTHER = "1965-04", "1965-05", "1971-09"


def p(family: str, given: str | None = None, born: str | None = None, usage: str | None = None) -> PersonName:
    return PersonName(family, given, usage, born)


SAME = {
    "case": (p("LENOIR", "ADA", APRIL), p("Lenoir", "Ada", APRIL)),
    "hyphen of the given name": (p("LENOIR", "Jean Pierre"), p("Lenoir", "Jean-Pierre")),
    "accents": (p("Pérolin", "François"), p("PEROLIN", "Francois")),
    "two hyphens": (p("Bouvaise", "Charles-Édouard"), p("BOUVAISE", "Charles Edouard")),
    "umlauts": (p("Müllerin", "Jürgen", APRIL), p("Muellerin", "Juergen", APRIL)),
    "umlauts left out": (p("Müllerin", "Jürgen"), p("Mullerin", "Jurgen")),
    "umlaut in two words": (p("von Öböl", "Jörg"), p("von Oeboel", "Joerg")),
    "another script": (p("Иваненков", "Пётр", APRIL), p("IVANENKOV", "Petr", APRIL)),
    "transliterations of a given name": (p("Ivanenkov", "Aleksandr", APRIL), p("Ivanenkov", "Alexandre", APRIL)),
    "more given names": (p("Durandin", "Paul"), p("DURANDIN", "Paul Henri Marie")),
    "more given names with a month": (p("Smithers", "John Andrew", APRIL), p("SMITHERS", "John", APRIL)),
    "second initial": (p("Smithers", "John A.", APRIL), p("Smithers", "John Andrew", APRIL)),
    "initial with a month": (p("Smithers", "J.", APRIL), p("Smithers", "John", APRIL)),
    "compound initials with a month": (p("Lenoir", "J.-P.", APRIL), p("Lenoir", "Jean-Pierre", APRIL)),
    "nickname with a month": (p("Igerton", "Bob", APRIL), p("Igerton", "Robert A.", APRIL)),
    "marriage, birth name kept": (p("Martinot", "Claire", APRIL), p("Martinot", "Claire", APRIL, "Bernardin")),
    "marriage, usage name alone": (p("Bernardin", "Claire", APRIL), p("Martinot", "Claire", APRIL, "Bernardin")),
    "marriage, brackets": (p("THEISSON (MOLITEUR)", "Anne", APRIL), p("Moliteur", "Anne", APRIL)),
    "marriage, two names": (p("Duvalin", "Marie", APRIL), p("Duvalin", "Marie", APRIL, "Duvalin-Lefebure")),
    "a double name cut": (p("García Lopera", "María José", APRIL), p("Garcia", "Maria-Jose", APRIL)),
    "particles and apostrophes": (p("de La Tour d'Auverny", "Henri"), p("DE LA TOUR D AUVERNY", "Henri")),
    "particle left out": (p("de Villiard", "Anne"), p("VILLIARD", "Anne")),
    "apostrophe": (p("O'Brienne", "Sean"), p("OBRIENNE", "Sean")),
    "honours": (p("Keitelin", "Dr. Hans-Peter"), p("Keitelin", "Hans Peter")),
    "Monsieur": (p("Durandin", "M. Paul"), p("Durandin", "Paul")),
    "a knight": (p("Smithers KBE", "Sir John"), p("Smithers", "John")),
    "Vietnamese with a month": (p("Nguyenh", "Van Minh", APRIL), p("Nguyenh", "Minh", APRIL)),
    "short names": (p("Li", "Wei", APRIL), p("LI", "Wei", APRIL)),
    "month known on one side": (p("Swannet", "Kate", APRIL), p("Swannet", "Kate")),
    "compound or simple with a month": (p("Lenoir", "Jean-Pierre", APRIL), p("Lenoir", "Jean", APRIL)),
}  # fmt: skip

DIFFERENT = {
    "father and son": (p("Smithers", "John", APRIL), p("Smithers", "John", OTHER)),
    "junior and senior": (p("Smithers Jr", "John"), p("Smithers Sr", "John")),
    "Michel and Michèle": (p("Martinot", "Michel"), p("Martinot", "Michèle")),
    "Michel and Michèle, one month (twins)": (p("Martinot", "Michel", APRIL), p("Martinot", "Michèle", APRIL)),
    "François and Françoise": (p("Martinot", "François"), p("Martinot", "Françoise")),
    "Jean and Jeanne": (p("Dupontel", "Jean"), p("Dupontel", "Jeanne")),
    "Paul and Pauline": (p("Durandin", "Paul", APRIL), p("Durandin", "Pauline", APRIL)),
    "Anne and Anna": (p("Rousse", "Anne"), p("Rousse", "Anna")),
    "Jean-Marc and Jean-Marie": (p("Petitot", "Jean-Marc"), p("Petitot", "Jean-Marie")),
    "swapped fields": (p("Bernard", "Pierre"), p("Pierre", "Bernard")),
    "swapped fields, other month": (p("Robert", "Thomas", APRIL), p("Thomas", "Robert", OTHER)),
    "Li and Lin": (p("Li", "Wei"), p("Lin", "Wei")),
    "two initials": (p("Martinot", "A."), p("Martinot", "B.")),
    "initial of another name": (p("Martinot", "A.", APRIL), p("Martinot", "Bruno", APRIL)),
    "brothers": (p("Bouyguet", "Martin"), p("Bouyguet", "Olivier")),
    "longer family name": (p("Smithers", "John"), p("Smithersonne", "John A")),
    "another family": (p("Lenoir", "Ada"), p("Leblanc", "Ada")),
    "another person": (p("Lenoir", "Ada", APRIL), p("Leblanc", "Bruno", APRIL)),
    "nothing in common but the month's year": (p("Lenoir", "Ada", APRIL), p("Leblanc", "Bruno", MAY)),
}  # fmt: skip

UNSURE = {
    "month mistyped": (p("Smithers", "John", APRIL), p("Smithers", "John", MAY)),
    "year transposed": (p("Smithers", "John", "1956-04"), p("Smithers", "John", APRIL)),
    "initial without a month": (p("Smithers", "J."), p("Smithers", "John")),
    "nickname without a month": (p("Igerton", "Bob"), p("Igerton", "Robert")),
    "transliteration without a month": (p("Ivanenkov", "Aleksandr"), p("Ivanenkov", "Alexandre")),
    "other family name, same given name and month": (p("Martinot", "Claire", APRIL), p("Bernardin", "Claire", APRIL)),
    "Dupond and Dupont": (p("Dupondel", "Louis"), p("Dupontel", "Louis")),
    "Dupond and Dupont with a month": (p("Dupondel", "Louis", APRIL), p("Dupontel", "Louis", APRIL)),
    "double name without a month": (p("Duvalin", "Marie"), p("Duvalin-Lefebure", "Marie")),
    "compound or simple without a month": (p("Lenoir", "Jean-Pierre"), p("Lenoir", "Jean")),
    "Vietnamese without a month": (p("Nguyenh", "Van Minh"), p("Nguyenh", "Minh")),
    "swapped fields, same month": (p("Bernard", "Pierre", APRIL), p("Pierre", "Bernard", APRIL)),
    "given name missing": (p("Lenoir", None), p("Lenoir", "Ada")),
    "given name mistyped": (p("Lenoir", "Frederic"), p("Lenoir", "Fredreic")),
    "junior or not": (p("Smithers Jr", "John"), p("Smithers", "John")),
}  # fmt: skip

CASES = [
    pytest.param(*pair, judgement, id=f"{judgement}: {name}")
    for judgement, table in (("same", SAME), ("different", DIFFERENT), ("unsure", UNSURE))
    for name, pair in table.items()
]


@pytest.mark.parametrize(("left", "right", "judgement"), CASES)
def test_two_persons_are_judged(left: PersonName, right: PersonName, judgement: str) -> None:
    assert compare_persons(left, right).judgement == judgement
    assert compare_persons(right, left).judgement == judgement


def test_reasons_name_the_fields_and_no_birth_month() -> None:
    verdict = compare_persons(p("Smithers", "J.", APRIL), p("Smithers", "John", MAY))
    assert verdict.reasons == ("family name equal", "given names compatible", "birth month near")


names = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["Lenoir", "de La Tour", "Bernard", "Müller", "M. Paul", "Jr"]
)
months = st.none() | st.sampled_from([APRIL, MAY, OTHER])
persons = st.builds(PersonName, names, st.none() | names, st.none() | names, months)


@given(persons)
def test_everybody_is_themselves(anybody: PersonName) -> None:
    assert compare_persons(anybody, anybody).judgement == "same"


@given(persons, persons)
def test_the_order_of_the_two_does_not_matter(left: PersonName, right: PersonName) -> None:
    assert compare_persons(left, right) == compare_persons(right, left)


def test_keys_hold_both_family_names_the_first_given_name_and_the_month() -> None:
    appointments = pl.DataFrame({
        "officer_kind": ["person", "person", "organisation"],
        "family_name": ["MARTINOT", "Müllerin", None],
        "usage_name": ["Bernardin", None, None],
        "given_names": ["Claire Marie", "Jean-Pierre", None],
        "birth_month": [APRIL, None, None],
    })  # fmt: skip
    keys = add_person_keys(appointments)["person_keys"].to_list()
    assert keys[0] == ["bernardin|claire|1965-04", "martinot|claire|1965-04"]
    assert keys[1] == ["muellerin|jean|", "mullerin|jean|"]
    assert keys[2] == []


@pytest.mark.parametrize(
    ("given", "family", "usage", "shown"),
    [
        ("JEAN-PIERRE", "LENOIR", None, "Jean-Pierre Lenoir"),
        ("CLAIRE", "MARTINOT", "BERNARDIN", "Claire Bernardin"),
        ("HENRI", "DE LA TOUR D'AUVERNY", None, "Henri de La Tour d'Auverny"),
        ("ADA", "BERNARD DE SAINT AFFRIC", None, "Ada Bernard de Saint Affric"),
        ("JAN", "VAN DER BERGH", None, "Jan van der Bergh"),
        ("VAN MINH", "NGUYEN VAN", None, "Van Minh Nguyen Van"),
        ("SEAN", "O'BRIENNE", None, "Sean O'Brienne"),
        ("ROY", "MCDONALDSON", None, "Roy McDonaldson"),
        ("Roy", "van Dyckens", None, "Roy van Dyckens"),
        ("anne", "THEISSON (MOLITEUR)", None, "Anne Theisson"),
        (None, "SUKARNOTO", None, "Sukarnoto"),
        ("YVES", "LE GOFFIC", None, "Yves Le Goffic"),
        ("JEAN", "MARTIN-D'HUART", None, "Jean Martin-d'Huart"),
    ],
)
def test_names_are_shown_as_people_write_them(given: str | None, family: str, usage: str | None, shown: str) -> None:
    assert full_name(given, family, usage) == shown
