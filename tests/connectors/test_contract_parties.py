"""Identifiers, countries and amounts of public contracts, as dirty as notices write them."""

import pytest

from connectors.contract_parties import country_of, identify, read_cpv, read_eur, read_months
from schemas.identifiers import normalise_vat, vat_of_siren

SIREN = "002800019"


def belgian() -> str:
    """Ten digits with a Belgian key, under a number that the register begins with (0 and 1 only since 2023)."""
    return next(number for n in range(97) if normalise_vat(f"BE{(number := f'09999999{n:02d}')}"))


@pytest.mark.parametrize(
    "text",
    [SIREN, " 002 800 019 00016", "00280001900016", "SIREN : 002 800 019", vat_of_siren(SIREN), "RCS 002800019"],
)
def test_french_units_in_every_spelling_are_their_siren(text: str) -> None:
    found = identify(text, "FR")
    assert found is not None
    assert tuple(found) == (SIREN, "FR-RCS")


@pytest.mark.parametrize("spelling", ["{0} ", "BE {0}", "{1}.{2}.{3} ", "{0}_5748", "BE{1}.{2}.{3}"])
def test_a_belgian_number_is_one_key_whatever_a_platform_adds(spelling: str) -> None:
    number = belgian()
    told = spelling.format(number, number[:4], number[4:7], number[7:])
    found = identify(told, "BE")
    assert found is not None
    assert found.key == f"VAT|BE{number}"


@pytest.mark.parametrize(
    ("told", "vat"),
    [("A/{0:08d}", "ESA{0:08d}"), ("NIP: 000-00{0:05d}", "PL00000{0:05d}"), ("RO 9{0:07d}", "RO9{0:07d}")],
)
def test_a_label_and_slashes_are_no_part_of_a_number(told: str, vat: str) -> None:
    number = next(n for n in range(1, 1000) if normalise_vat(vat.format(n)))
    assert identify(told.format(number), vat[:2]) == (f"VAT|{vat.format(number)}", "VAT")


@pytest.mark.parametrize(
    ("text", "country"),
    [("", "FR"), (None, None), ("00", "BE"), ("CURIA", "LU"), ("inconnu", "FR"), ("123456789", "FR"), ("BE001", "BE")],
)
def test_what_fails_its_check_is_no_identifier(text: str | None, country: str | None) -> None:
    assert identify(text, country) is None


@pytest.mark.parametrize(("text", "country"), [("00000000T", "ES"), ("X0000000T", "ES")])
def test_the_number_of_a_person_is_not_taken_for_a_company(text: str, country: str) -> None:
    """A Spanish DNI or NIE is a valid VAT number of a sole trader."""
    assert normalise_vat(f"{country}{text}") is not None
    assert identify(text, country) is None


def test_a_british_company_keeps_its_register() -> None:
    assert identify("ZZ 123", "GB") == ("GB-COH|ZZ000123", "GB-COH")


@pytest.mark.parametrize(
    ("code", "expected"), [("FRA", "FR"), ("EL", "GR"), ("UK", "GB"), ("de", "DE"), ("", None), ("1A0", None)]
)
def test_countries_have_two_letters(code: str, expected: str | None) -> None:
    assert country_of(code) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (1.0, "EUR", None),
        (-1.0, "EUR", None),
        (2.5e9, "EUR", None),
        (5e4, "PLN", None),
        (5e4, "EUR", 5e4),
        (None, "EUR", None),
    ],
)
def test_an_amount_that_none_can_be_is_unknown(amount: float | None, currency: str, expected: float | None) -> None:
    assert read_eur(amount, currency) == expected


def test_vocabulary_codes_and_durations() -> None:
    assert [read_cpv(text) for text in ("42000000-6", "42000000", "9310000", "NC", None)] == [
        "42000000",
        "42000000",
        "09310000",
        None,
        None,
    ]
    assert [read_months(m) for m in (0, 1, 48.0, 10_000, None)] == [None, 1, 48, None, None]
