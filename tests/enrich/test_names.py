import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.names import add_name_keys, make_keys
from tests.enrich.linking_factory import LEGAL_FORMS, named, records


@pytest.mark.parametrize(
    ("spelling", "name_key", "core_key"),
    [
        ("BRISEL Industries S.A.", "brisel industries sa", "brisel industries"),
        ("Brisel industries S A", "brisel industries sa", "brisel industries"),
        ("Brisel industries s.a", "brisel industries sa", "brisel industries"),
        ("Société Anonyme Brisel & Fils", "societe anonyme brisel and fils", "brisel and fils"),
        ("Brisel et Fils", "brisel and fils", "brisel and fils"),
        ("Brisel and Fils", "brisel and fils", "brisel and fils"),
        ("Müller-Brisel GmbH & Co. KG", "muller brisel gmbh and co kg", "muller brisel"),
        ("A. P. Talvane", "ap talvane", "ap talvane"),
        ("J.Talvane", "j talvane", "j talvane"),
        ("Gruppo E S.A.", "gruppo e sa", "gruppo e"),
        ("L’Arbrisel", "larbrisel", "larbrisel"),
        ("ＢＲＩＳＥＬ", "brisel", "brisel"),
        ("Straße İzmir", "strasse izmir", "strasse izmir"),
        ("SA Brisel SAS Nord", "sa brisel sas nord", "brisel nord"),
        ("S.A.S.", "sas", "sas"),
        ("SA SAS SE", "sa sas se", "sa sas se"),
        ("株式会社ブリセル", "zhushihuishe buriseru", "buriseru"),
        ("ブリセル株式会社", "buriseru zhushihuishe", "buriseru"),
        ("ООО Бризель", "ooo brizel", "ooo brizel"),
        ("!!!", "u21u21u21", "u21u21u21"),
        ("   ", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_many_spellings_have_one_key(spelling: str | None, name_key: str | None, core_key: str | None) -> None:
    (row,) = named({"record": "s|1", "name": spelling}).select("name_key", "core_key").rows()
    assert row == (name_key, core_key)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), min_size=1, max_size=8))
def test_a_name_with_signs_never_has_an_empty_key(spellings: list[str]) -> None:
    keys = make_keys(pl.Series("spelling", spellings), LEGAL_FORMS)
    has_signs = keys["spelling"].str.strip_chars() != ""
    for column in ("name_key", "core_key"):
        assert (keys[column].is_not_null() == has_signs).all()
        assert not (keys[column] == "").any()
        assert keys[column].drop_nulls().str.contains("^[a-z0-9]+( [a-z0-9]+)*$").all()


@given(st.text("sa .&-é", min_size=1, max_size=12))
def test_a_key_is_its_own_key(spelling: str) -> None:
    (key,) = make_keys(pl.Series("spelling", [spelling]), frozenset())["name_key"]
    if key is not None:
        assert make_keys(pl.Series("spelling", [key]), frozenset())["name_key"].to_list() == [key]


def test_other_names_give_tokens_and_keys_and_rows_keep_their_order() -> None:
    frame = named(
        {"record": "s|2", "name": "Brisel SA", "other_names": ["Talvane Énergie", "BRISEL"]},
        {"record": "s|1", "name": None, "other_names": ["Corvel"]},
    )
    assert frame["record"].to_list() == ["s|2", "s|1"]
    assert frame["other_keys"].to_list() == [["brisel", "talvane energie"], ["corvel"]]
    assert frame["tokens"].to_list() == [["brisel", "energie", "talvane"], ["corvel"]]
    assert frame["legal_forms"].to_list() == [["sa"], []]


def test_legal_forms_may_be_none_and_a_long_name_is_cut() -> None:
    frame = add_name_keys(records({"record": "s|1", "name": "x" * 10_000}), frozenset())
    assert frame["name_key"].str.len_chars().to_list() == [500]
