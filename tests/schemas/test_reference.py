import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from schemas import reference
from schemas.reference import judged
from schemas.reference.legal_forms import LONGEST, SHORTEST
from schemas.reference.lists import read_list

LABELS = {
    "legal_categories_fr": "natures-juridiques",
    "naf_rev2": "codes-NAF",
    "naf_sections": "sections-codes-NAF",
    "size_bands_fr": "tranches-effectifs",
    "roles_rne": "roles_dirigeants_rne",
    "regions_fr": "regions",
    "departments_fr": "departements",
}


def column(name: str, key: str = "code") -> list[str]:
    return [row[key] for row in read_list(name)]


def squeezed(texts: Iterable[str]) -> list[str]:
    return [re.sub(r"\s+", " ", text).strip() for text in texts]


@pytest.mark.parametrize(("name", "original"), LABELS.items())
def test_lists_are_whole(name: str, original: str, shared: Path) -> None:
    published: dict[str, str] = json.loads((shared / "data" / "labels_fr" / f"{original}.json").read_text("utf-8"))
    assert dict(zip(column(name), column(name, "label"), strict=True)) == dict(
        zip(published, squeezed(published.values()), strict=True)
    )


def test_legal_forms_are_whole(shared: Path) -> None:
    with (shared / "data" / "gleif" / "elf-codes-1.4.1.csv").open(encoding="utf-8-sig", newline="") as stream:
        published = list(csv.DictReader(stream))
    assert column("legal_forms_iso20275") == [row["ELF Code"] for row in published]
    names = [row["Entity Legal Form name Local name"] for row in published]
    assert column("legal_forms_iso20275", "name") == squeezed(names)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("legal_forms_iso20275", 3659),
        ("legal_categories_fr", 260),
        ("naf_rev2", 732),
        ("naf_sections", 21),
        ("size_bands_fr", 16),
        ("roles_rne", 84),
        ("regions_fr", 18),
        ("departments_fr", 109),
        ("countries", 250),  # the 249 of ISO 3166-1 and Kosovo, which GLEIF uses
    ],
)
def test_rows(name: str, rows: int) -> None:
    assert len(read_list(name)) == rows


@pytest.mark.parametrize("name", [*LABELS, "countries", "registration_authorities"])
def test_codes_are_unique(name: str) -> None:
    codes = column(name)
    assert len(codes) == len(set(codes))


def test_every_country_has_both_names() -> None:
    assert all(
        re.fullmatch("[A-Z]{2}", row["code"]) and row["name_en"] and row["name_fr"] for row in read_list("countries")
    )


def test_countries_of_the_other_lists_are_countries() -> None:
    countries = set(column("countries"))
    used = set(column("legal_forms_iso20275", "country_code")) | set(column("registration_authorities", "country_code"))
    assert used - countries == {""}


@pytest.mark.parametrize(
    ("code", "lang", "name"),
    [("DE", "fr", "Allemagne"), ("DE", "en", "Germany"), ("XK", "fr", "Kosovo"), ("ZZ", "en", None)],
)
def test_country_names(code: str, lang: str, name: str | None) -> None:
    assert reference.country_name(code, lang) == name


def test_every_naf_code_has_a_section() -> None:
    assert {reference.naf_section(code) for code in column("naf_rev2")} == set(column("naf_sections"))
    assert reference.naf_section(None) is reference.naf_section("ZZ") is None


@pytest.mark.parametrize("code", ["70.10Z", "7010Z", " 7010z "])
def test_naf_is_read_with_and_without_its_dot(code: str) -> None:
    assert reference.naf_label(code) == "Activités des sièges sociaux"
    assert reference.naf_section(code) == "M"


def test_an_unknown_activity_has_no_label() -> None:
    assert reference.naf_label("99.99X") is reference.naf_label(None) is reference.naf_label("") is None


@pytest.mark.parametrize(
    ("code", "bounds"),
    [("NN", (None, None)), ("00", (0, 0)), ("42", (1000, 1999)), ("53", (10000, None)), (None, (None, None))],
)
def test_size_bands(code: str | None, bounds: tuple[int | None, int | None]) -> None:
    assert reference.size_band(code) == bounds


def test_size_bands_say_what_their_labels_say() -> None:
    for row in read_list("size_bands_fr"):
        if row["code"] not in ("NN", "00"):
            numbers = re.findall(r"\d+", re.sub(r"(?<=\d)\s(?=\d)", "", row["label"]))
            assert numbers == [number for number in (row["min"], row["max"]) if number]


def test_regions_and_departments() -> None:
    assert {reference.region_of_department(code) for code in column("departments_fr")} == {None, *column("regions_fr")}
    assert reference.region_of_department("2A") == "94"
    assert reference.region_of_department("75") == "11"
    assert reference.region_of_department("988") is None
    assert reference.region_label("11") == "Île-de-France"
    departments = " ".join(judged.REGION_DEPARTMENTS.values()).split()
    assert len(departments) == len(set(departments)) == 101
    assert (reference.regions_total("FR"), reference.regions_total("DE"), reference.regions_total(None)) == (
        18,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("authority", "scheme"),
    [("RA000189", "FR-RCS"), ("RA000192", "FR-RCS"), ("RA000585", "GB-COH"), ("RA000242", "RA000242")],
)
def test_registration_schemes(authority: str, scheme: str) -> None:
    assert reference.registration_scheme(authority) == scheme


@pytest.mark.parametrize(
    ("code", "scheme", "label"),
    [
        ("5710", "FR-CJ", "SAS, société par actions simplifiée"),
        ("2HBR", "ELF", "Gesellschaft mit beschränkter Haftung"),
        ("5710", "ELF", None),
        (None, "ELF", None),
        ("5710", None, None),
    ],
)
def test_legal_form_labels(code: str | None, scheme: str | None, label: str | None) -> None:
    assert reference.legal_form_label(code, scheme) == label


def test_every_elf_code_with_a_name_has_a_label() -> None:
    named = {row["code"] for row in read_list("legal_forms_iso20275") if row["name"]}
    assert len(named) > 3000
    assert all(reference.legal_form_label(code, "ELF") for code in named)


@pytest.mark.parametrize(
    "form",
    ["sa", "sas", "sasu", "s.a.r.l.", "société anonyme", "gmbh & co. kg", "ag", "kgaa", "b.v.", "n.v.", "plc", "ltd",
     "inc.", "llc", "s.p.a.", "sp. z o.o.", "oyj", "a/s", "株式会社", "ооо", "pty ltd", "s. a. de c. v.", "s.r.o."],
)  # fmt: skip
def test_legal_forms_of_many_countries_are_known(form: str) -> None:
    assert form in reference.legal_form_tokens()


@pytest.mark.parametrize(
    "word",
    ["sap", "emc", "sii", "psa", "giz", "cdc", "cic", "csl", "is", "et", "per", "zoo", "sam", "epic", "trust", "bank",
     "association", "cooperative", "coop", "society", "partnership", "embassy", "kanton", "foundation", "other", "de"],
)  # fmt: skip
def test_words_and_companies_names_are_no_legal_forms(word: str) -> None:
    compact = {re.sub(r"\W", "", form) for form in reference.legal_form_tokens()}
    assert word not in compact


def test_legal_forms_are_lower_case_and_of_sane_length() -> None:
    for form in reference.legal_form_tokens():
        assert form == form.casefold() == " ".join(form.split())
        assert SHORTEST <= len(form) <= LONGEST
