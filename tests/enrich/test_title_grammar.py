"""What office a wording names: 450 titles of four languages, and words that are none."""

import sys
from pathlib import Path

import pytest

from enrich.title_grammar import read_title

sys.path.insert(0, str(Path(__file__).parent))
from title_table import CASES, UNKNOWN, split


@pytest.mark.parametrize(("title", "roles"), CASES)
def test_a_title_names_its_roles(title: str, roles: tuple[str, ...]) -> None:
    reading = read_title(title)
    assert reading is not None
    assert reading.roles == roles


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 400


@pytest.mark.parametrize("text", split(UNKNOWN))
def test_what_is_no_title_stays_unknown(text: str) -> None:
    assert read_title(text) is None


def test_marks_of_an_office_are_read() -> None:
    interim, deputy = read_title("Directrice financière par intérim"), read_title("Directeur général adjoint achats")
    assert interim is not None
    assert deputy is not None
    assert (interim.is_interim, interim.roles) == (True, ("CFO",))
    assert (deputy.is_deputy, deputy.functions) == (True, ("procurement",))


def test_a_long_text_is_no_title() -> None:
    assert read_title("director of " * 5_000) is None
