import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from profile_factory import facts, policy_mapping, shipped_policy

from enrich.criteria import score_profiles
from enrich.policy import COMPONENTS, Policy, policy_from

POLICY = shipped_policy()

WHOLE: dict[str, Any] = {
    "countries_count": 20,
    "countries_known_count": 20,
    "sites_open_count": 200,
    "regions_count": 18,
    "regions_known_count": 18,
    "home_regions_total": 18,
    "entities_count": 100,
    "depth": 5,
    "activity_divisions_count": 10,
    "revenue_eur": 5e9,
    "employees": 20_000,
    "buying_evidence": ["procurement_exec", "rfar_label"],
    "sector_rank_pct": 1.0,
    "reputation_evidence": ["listed"],
    "technology_evidence": [],
    "revenue_cagr_3y": 0.2,
}


def score(row: dict[str, Any], policy: Policy = POLICY) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    scores, details = score_profiles(facts(row), policy)
    return scores.row(0, named=True), {d["component"]: d for d in details.iter_rows(named=True)}


def value(row: dict[str, Any], component: str, policy: Policy = POLICY) -> float | None:
    found: float | None = score(row, policy)[1][component]["value"]
    return found


MULTISITE = {"sites_open_count": 200, "regions_count": 9, "home_regions_total": 18}
COMPLEX = {"entities_count": 10, "depth": 3, "activity_divisions_count": 1}


@pytest.mark.parametrize(
    ("component", "row", "expected"),
    [
        ("international", {"countries_count": 1}, 0.0),
        ("international", {"countries_count": 0}, 0.0),
        ("international", {"countries_count": 9}, math.log(9) / math.log(20)),
        ("international", {"countries_count": 20}, 1.0),
        ("international", {"countries_count": 60}, 1.0),
        ("international", {"countries_known_count": 60}, None),
        ("national_multisite", MULTISITE, 0.85),
        ("national_multisite", MULTISITE | {"sites_open_count": 0, "regions_count": 0}, 0.0),
        ("national_multisite", MULTISITE | {"sites_open_count": 1, "regions_count": 18}, 0.3),
        ("national_multisite", MULTISITE | {"regions_count": None}, None),
        ("national_multisite", MULTISITE | {"home_regions_total": None}, None),
        ("national_multisite", MULTISITE | {"sites_open_count": None}, None),
        ("complexity", COMPLEX, 0.375),
        ("complexity", COMPLEX | {"entities_count": 100, "depth": 9, "activity_divisions_count": 30}, 1.0),
        ("complexity", {"entities_count": 1, "depth": 1, "activity_divisions_count": 1}, 0.0),
        ("complexity", COMPLEX | {"activity_divisions_count": None}, None),
        ("complexity", COMPLEX | {"entities_count": None}, None),
        ("professional_buying", {"buying_evidence": ["rfar_label"]}, 0.5),
        ("professional_buying", {"buying_evidence": ["rfar_label", "rfar_label"]}, 0.5),
        ("professional_buying", {"buying_evidence": ["procurement_exec", "rfar_label"]}, 0.8),
        ("professional_buying", {"buying_evidence": []}, None),
        ("professional_buying", {"buying_evidence": None}, None),
        ("purchase_potential", {"revenue_eur": 10e6}, 0.0),
        ("purchase_potential", {"revenue_eur": 5e9}, 1.0),
        ("purchase_potential", {"revenue_eur": 0.0}, 0.0),
        ("purchase_potential", {"revenue_eur": -3.0}, 0.0),
        ("purchase_potential", {"revenue_eur": 5e9, "employees": 50}, 0.5),
        ("purchase_potential", {"employees": 1000}, 0.5),
        ("purchase_potential", {}, None),
        ("sector_leadership", {"sector_rank_pct": 0.4}, 0.0),
        ("sector_leadership", {"sector_rank_pct": 0.75}, 0.25),
        ("sector_leadership", {"sector_rank_pct": 1.0}, 1.0),
        ("reputation", {"reputation_evidence": []}, 0.0),
        ("reputation", {"reputation_evidence": ["listed", "index_member"]}, 0.9),
        ("reputation", {}, None),
        ("technology", {"technology_evidence": ["patents"]}, 0.5),
        ("growth", {"revenue_cagr_3y": 0.0}, 0.5),
        ("growth", {"revenue_cagr_3y": 0.2}, 1.0),
        ("growth", {"revenue_cagr_3y": -0.9}, 0.0),
    ],
)
def test_components(component: str, row: dict[str, Any], expected: float | None) -> None:
    found = value(row, component)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


@pytest.mark.parametrize(
    ("place", "setting", "row", "component", "expected"),
    [
        ("national_multisite", {"needs": ["sites"]}, {"sites_open_count": 200}, "national_multisite", 0.7),
        ("complexity", {"needs": ["entities"]}, {"entities_count": 100}, "complexity", 0.5),
        (
            "professional_buying",
            {"none_found_is_known": True},
            {"buying_evidence": []},
            "professional_buying",
            0.0,
        ),
    ],
)
def test_the_policy_may_ask_for_less(
    place: str, setting: dict[str, Any], row: dict[str, Any], component: str, expected: float
) -> None:
    mapping = policy_mapping()
    mapping[place] |= setting
    assert value(row, component, policy_from(mapping)) == pytest.approx(expected)


def test_a_profile_of_which_everything_is_known() -> None:
    found, details = score(WHOLE)
    assert (found["score_low"], found["score_high"], found["score_coverage"]) == (87.0 - 0.2, 87.0 - 0.2, 100)
    assert found["key_account_score"] == found["score_conservative"] == 86.8
    assert (found["criteria_met"], found["criteria_unknown"], found["key_account_tier"]) == (3, 0, "A")
    assert found["score_reasons"] == (
        "87/100 [87-87] coverage 100%, criteria 3/3: international +16; complexity +14; purchase_potential +14"
    )
    assert found["score_version"] == POLICY.version
    assert details["international"]["evidence"] == "20 countries"
    assert details["national_multisite"]["evidence"] == "200 open sites, 18 of 18 regions"
    assert details["complexity"]["evidence"] == "100 entities, 5 levels, 10 activity divisions"
    assert details["purchase_potential"]["evidence"] == "revenue 5000.0 M€, 20000 employees"
    assert details["professional_buying"]["evidence"] == "procurement_exec, rfar_label"
    assert details["technology"]["evidence"] == "none found"


def test_a_profile_of_which_nothing_is_known() -> None:
    found, details = score({})
    assert found["key_account_score"] is None
    assert (found["score_low"], found["score_high"], found["score_coverage"]) == (0, 100, 0)
    assert (found["score_conservative"], found["key_account_tier"], found["criteria_unknown"]) == (0, "D", 3)
    assert found["score_reasons"].startswith("?/100 [0-100] coverage 0%, criteria 0/3 (3 unknown) | unknown: ")
    assert all(d["points"] is None and d["value"] is None for d in details.values())


def test_what_is_unknown_does_not_win() -> None:
    thin, _ = score({"countries_count": 25, "revenue_eur": 4e9})
    assert thin["key_account_score"] > 95
    assert thin["score_conservative"] == pytest.approx(50.15)
    assert thin["score_coverage"] == 30
    assert "criteria 2/3 (1 unknown): " in thin["score_reasons"]
    assert thin["score_reasons"].endswith(
        "| unknown: national_multisite, professional_buying, complexity, sector_leadership, reputation, technology, "
        "growth"
    )


def test_a_lower_bound_of_countries_is_told_and_not_scored() -> None:
    _, details = score({"countries_known_count": 1})
    assert details["international"]["evidence"] == "at least 1 country; the list is not whole"
    assert details["international"]["points"] is None


@pytest.mark.parametrize(
    ("row", "gate"),
    [
        ({"countries_known_count": 2}, True),
        ({"regions_known_count": 2}, True),
        ({"countries_count": 2}, True),
        ({"countries_count": 1, "regions_count": 1}, False),
        ({"countries_count": 1, "countries_known_count": 1}, None),
        ({"regions_count": 1, "regions_known_count": 1}, None),
        ({}, None),
    ],
)
def test_presence_gate(row: dict[str, Any], gate: bool | None) -> None:
    assert score(row)[0]["gate_presence"] is gate


@pytest.mark.parametrize(
    ("row", "name", "gate"),
    [
        ({"buying_evidence": ["rfar_label"]}, "gate_buying", True),
        ({"buying_evidence": ["buyer_ads"]}, "gate_buying", False),
        ({"buying_evidence": []}, "gate_buying", None),
        ({"employees": 1000}, "gate_potential", True),
        ({"employees": 999}, "gate_potential", False),
        ({}, "gate_potential", None),
    ],
)
def test_buying_and_potential_gates(row: dict[str, Any], name: str, gate: bool | None) -> None:
    assert score(row)[0][name] is gate


@pytest.mark.parametrize(
    ("row", "tier"),
    [
        (WHOLE, "A"),
        (WHOLE | {"buying_evidence": None}, "B"),
        (WHOLE | {"buying_evidence": None, "revenue_eur": 10e6, "employees": 50}, "C"),
        ({"countries_count": 9, "countries_known_count": 9}, "D"),
    ],
)
def test_tiers(row: dict[str, Any], tier: str) -> None:
    assert score(row)[0]["key_account_tier"] == tier


@pytest.mark.parametrize(
    ("flags", "risk"), [([], 0.0), (["insolvency"], 90.0), (["insolvency", "loss_2y"], 94.0), (["exec_churn"], 20.0)]
)
def test_risk(flags: list[str], risk: float) -> None:
    assert score({"risk_flags": flags})[0]["risk_score"] == pytest.approx(risk)


@pytest.mark.parametrize("column", ["buying_evidence", "reputation_evidence", "technology_evidence", "risk_flags"])
def test_a_word_that_the_policy_does_not_weigh_is_refused(column: str) -> None:
    with pytest.raises(ValueError, match=rf"{column}: the policy .* has no weight for hearsay"):
        score_profiles(facts({column: ["hearsay"]}), POLICY)


def test_no_profiles() -> None:
    scores, details = score_profiles(facts(), POLICY)
    assert scores.is_empty()
    assert details.is_empty()


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def words(table: Any) -> st.SearchStrategy[Any]:
    return maybe(st.lists(st.sampled_from(sorted(table)), max_size=3))


ROWS = st.fixed_dictionaries(
    {
        "countries_count": maybe(st.integers(0, 60)),
        "sites_open_count": maybe(st.integers(0, 900)),
        "regions_count": maybe(st.integers(0, 18)),
        "home_regions_total": st.sampled_from([None, 18]),
        "entities_count": maybe(st.integers(1, 400)),
        "depth": maybe(st.integers(1, 7)),
        "activity_divisions_count": maybe(st.integers(1, 14)),
        "revenue_eur": maybe(st.floats(-1e6, 1e11)),
        "employees": maybe(st.integers(0, 200_000)),
        "buying_evidence": words(POLICY.buying),
        "sector_rank_pct": maybe(st.floats(0, 1)),
        "reputation_evidence": words(POLICY.reputation),
        "technology_evidence": words(POLICY.technology),
        "revenue_cagr_3y": maybe(st.floats(-2, 2)),
        "risk_flags": st.lists(st.sampled_from(sorted(POLICY.risk)), max_size=3),
    }
)
HIDDEN = {
    "international": "countries_count",
    "national_multisite": "sites_open_count",
    "professional_buying": "buying_evidence",
    "complexity": "entities_count",
    "sector_leadership": "sector_rank_pct",
    "reputation": "reputation_evidence",
    "technology": "technology_evidence",
    "growth": "revenue_cagr_3y",
}


def cents(points: float | None) -> int:
    return round(100 * (points or 0.0))


@settings(max_examples=30)
@given(rows=st.lists(ROWS, min_size=1, max_size=6), preset=st.sampled_from(["balanced", "launch", "growth"]))
def test_points_add_up_and_the_interval_holds(rows: list[dict[str, Any]], preset: str) -> None:
    policy = policy_from(policy_mapping() | {"preset": preset})
    scores, details = score_profiles(facts(*rows), policy)
    assert details.height == len(COMPONENTS) * len(rows)
    for row in scores.iter_rows(named=True):
        parts = details.filter(pl.col("profile_id") == row["profile_id"])
        assert sum(cents(p) for p in parts["points"]) == cents(row["key_account_score"])
        assert all(p is None or p >= 0 for p in parts["points"])
        assert (parts["points"].is_null() == parts["value"].is_null()).all()
        middle = row["key_account_score"]
        assert 0 <= row["score_low"] <= row["score_high"] <= 100
        assert middle is None or row["score_low"] <= row["score_conservative"] <= middle <= row["score_high"]
        assert (middle is None) == (row["score_coverage"] == 0)
        assert row["criteria_met"] + row["criteria_unknown"] <= 3
        assert len(row["score_reasons"]) <= 255


@settings(max_examples=30)
@given(
    row=ROWS,
    column=st.sampled_from(["countries_count", "sites_open_count", "entities_count", "regions_count", "depth"]),
    more=st.integers(1, 50),
)
def test_more_never_lowers(row: dict[str, Any], column: str, more: int) -> None:
    if row[column] is None:
        row = row | {column: 1}
    scores, _ = score_profiles(facts(row, row | {column: row[column] + more}), POLICY)
    for measure in ("key_account_score", "score_low", "score_high", "score_conservative"):
        less, greater = scores[measure].to_list()
        assert less is None or greater >= less


@settings(max_examples=30)
@given(row=ROWS, component=st.sampled_from(sorted(HIDDEN)))
def test_hiding_a_component_keeps_the_full_score_inside_the_interval(row: dict[str, Any], component: str) -> None:
    scores, _ = score_profiles(facts(row, row | {HIDDEN[component]: None}), POLICY)
    full, hidden = scores.iter_rows(named=True)
    if full["key_account_score"] is not None:
        assert hidden["score_low"] <= full["key_account_score"] <= hidden["score_high"]


@settings(max_examples=30)
@given(rows=st.lists(ROWS, min_size=2, max_size=8), seed=st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows: list[dict[str, Any]], seed: Any) -> None:
    frame = facts(*rows)
    order = list(range(len(rows)))
    seed.shuffle(order)
    for first, second in zip(score_profiles(frame, POLICY), score_profiles(frame[order], POLICY), strict=True):
        assert_frame_equal(first, second)
