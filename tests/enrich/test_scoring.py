import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.scoring import FEATURES, Feature, count_token_frequencies, score_pairs
from schemas.frames import BlockedPair
from tests.enrich.linking_factory import frame, named

ONE_PAIR = frame(BlockedPair, [{"left_record": "a|1", "right_record": "b|1"}])


def score(left: dict[str, object], right: dict[str, object], **options: object) -> dict[str, object]:
    """Score two records against each other."""
    mine, yours = named({"record": "a|1", **left}), named({"record": "b|1", **right})
    frequencies = count_token_frequencies(named({"record": "x|1", "name": "Industries"}))
    (row,) = score_pairs(ONE_PAIR, mine, yours, frequencies, **options).rows(named=True)  # type: ignore[arg-type]
    return row


@pytest.mark.parametrize(
    ("left", "right", "band"),
    [
        ("Brisel Industries SA", "BRISEL INDUSTRIES", "auto"),
        ("Brisel Industries SA", "Brisel Industrie", "auto"),
        ("Industries Brisel", "Brisel Industries", "auto"),
        ("Bri Sel Industries", "Brisel Industries", "auto"),
        ("Brisel Holding", "Brisel", "review"),
        ("Brisel Group", "Brisel Real Estate", "reject"),
        ("Brisel Talvane", "Brisel Talvane Cardal", "review"),
        ("Brisel Fund No. 2", "Brisel Fund No. 3", "review"),
        ("Brisel Vehicle II", "Brisel Vehicle III", "review"),
        ("Brisel", "Talvane", "reject"),
    ],
)
def test_names_alone_put_a_pair_in_its_band(left: str, right: str, band: str) -> None:
    assert score({"name": left}, {"name": right})["band"] == band


def test_the_reasons_name_the_values_that_met() -> None:
    row = score({"name": "Brisel Industries", "country_code": "FR"}, {"name": "Brisel Industrie", "country_code": "FR"})
    assert row["reasons"] == "name 0.97: 'brisel industries' ~ 'brisel industrie'; country FR = FR"
    row = score(
        {"name": "Brisel SA", "country_code": "FR", "postal_code": "69 001", "city": "Lyon 1"},
        {"name": "Brisel Cardal GmbH", "country_code": "DE", "postal_code": "69001", "city": "LYON CEDEX 01"},
    )
    assert "only right has 'cardal'" in str(row["reasons"])
    assert "country FR / DE; postal code 69 001 = 69001; city Lyon 1 = LYON CEDEX 01; legal form sa / gmbh" in str(
        row["reasons"]
    )


def test_a_telling_word_on_one_side_never_merges_unseen_whatever_else_agrees() -> None:
    place = {"country_code": "FR", "postal_code": "69001", "city": "Lyon"}
    row = score({"name": "Brisel Industries Talvane", **place}, {"name": "Brisel Industries Talvane Nord", **place})
    assert row["band"] == "review"


def test_an_equal_identifier_decides_and_a_conflicting_one_forbids() -> None:
    one, two = ({"national_id": number, "national_id_scheme": "FR-RCS"} for number in ("001", "002"))
    assert score({"name": "Brisel", **one}, {"name": "Talvane", **one})["score"] == 1.0
    forbidden = score({"name": "Brisel", **one}, {"name": "Brisel", **two})
    assert (forbidden["score"], forbidden["band"]) == (0.0, "reject")
    assert "FR-RCS differs: 001 / 002" in str(forbidden["reasons"])
    assert score({"lei": "L1", **one}, {"lei": "L1", **two})["band"] == "review"


def test_another_country_sends_an_equal_name_to_review() -> None:
    assert score({"name": "Brisel", "country_code": "FR"}, {"name": "Brisel", "country_code": "BE"})["band"] == "review"


def test_a_stored_other_name_counts_as_a_name() -> None:
    row = score({"name": "Corvel"}, {"name": "Talvane SA", "other_names": ["Corvel SAS"]})
    assert (row["band"], row["reasons"]) == ("auto", "name 1.0: 'corvel' ~ 'corvel'")


def test_a_record_without_a_name_scores_nothing() -> None:
    row = score({"country_code": "FR"}, {"name": "Brisel", "country_code": "FR"})
    assert (row["score"], row["reasons"]) == (0.0, "no name to compare; country FR = FR")


def test_weights_and_thresholds_are_arguments() -> None:
    only_ratio = [Feature("ratio", 1.0)]
    row = score({"name": "Brisel"}, {"name": "Brizel"}, weights=only_ratio, auto=0.8)
    assert (row["score"], row["band"]) == (pytest.approx(0.8333, abs=1e-3), "auto")
    assert sum(f.weight for f in FEATURES if not f.is_qualifier) == pytest.approx(1.0)


def test_rarity_falls_with_the_number_of_records() -> None:
    counted = count_token_frequencies(
        named({"record": "a|1", "name": "Brisel Nord"}, {"record": "a|2", "name": "Nord"})
    )
    assert counted.select("token", "record_count").rows() == [("brisel", 1), ("nord", 2)]
    assert counted["rarity"].is_sorted(descending=True)
    assert counted["rarity"].is_between(0, 1, closed="none").all()


NAMES = st.lists(st.sampled_from(["brisel", "talvane", "nord", "sa", "2", "group", "brizel", "é"]), max_size=5).map(
    " ".join
)


@settings(max_examples=20)
@given(NAMES, NAMES)
def test_a_score_is_a_share_and_does_not_depend_on_the_side(left: str, right: str) -> None:
    there, back = score({"name": left}, {"name": right}), score({"name": right}, {"name": left})
    assert 0.0 <= float(str(there["score"])) <= 1.0
    assert there["score"] == pytest.approx(back["score"], abs=1e-4)


def test_a_pair_is_scored_alone_or_among_others_alike() -> None:
    left = named({"record": "a|1", "name": "Brisel Nord"}, {"record": "a|2", "name": "Talvane"})
    right = named({"record": "b|1", "name": "Brisel Sud"}, {"record": "b|2", "name": "Talvane Nord"})
    frequencies = count_token_frequencies(right)
    every = frame(BlockedPair, [{"left_record": f"a|{i}", "right_record": f"b|{j}"} for i in (1, 2) for j in (1, 2)])
    together = score_pairs(every, left, right, frequencies)
    alone = pl.concat([score_pairs(BlockedPair.cast(every[i]), left, right, frequencies) for i in range(4)])
    assert together.equals(alone)
