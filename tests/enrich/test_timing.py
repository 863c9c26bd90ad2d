from datetime import date, timedelta
from typing import Any

import dataframely as dy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from profile_factory import facts, frame, policy_mapping, shipped_policy

from enrich.criteria import score_profiles, time_profiles
from enrich.policy import policy_from
from schemas.frames import ExecutiveArrival, ProfileScore

POLICY = shipped_policy()
TODAY = date(2025, 6, 1)


def arrivals(*rows: dict[str, Any]) -> dy.DataFrame[ExecutiveArrival]:
    usual = {"profile_id": "p0", "buying_role": "decideur", "confidence": 1.0}
    return frame(ExecutiveArrival, [usual | {"arrival_id": f"gcc_{n}"} | row for n, row in enumerate(rows)])


def scores(*rows: dict[str, Any]) -> dy.DataFrame[ProfileScore]:
    return score_profiles(facts(*(rows or ({},))), POLICY)[0]


def since(days: int | None) -> date | None:
    return None if days is None else TODAY - timedelta(days=days)


def timing(*rows: dict[str, Any], fact: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    found = time_profiles(scores(fact or {}), arrivals(*rows), POLICY, on=TODAY, **options)
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("days", "window"),
    [
        (None, 0.3),
        (-40, 0.3),
        (-1, 0.3),
        (0, 0.3),
        (15, 0.65),
        (30, 1.0),
        (120, 1.0),
        (195, 0.5),
        (269, 1 / 150),
        (270, 0.0),
        (900, 0.0),
    ],
)
def test_the_window_over_time(days: int | None, window: float) -> None:
    found = timing({"effective_on": since(days)})
    assert found["now_score"] == pytest.approx(100 * 0.9 * window, abs=0.006)
    assert found["new_exec_window_open"] is (window > 0)
    last = None if days is None or window == 0 else TODAY + timedelta(days=269 - days)
    assert found["new_exec_window_until"] == last


def test_a_window_is_open_on_its_last_day_and_no_longer() -> None:
    taken = arrivals({"effective_on": TODAY})
    last = time_profiles(scores(), taken, POLICY, on=TODAY)["new_exec_window_until"].item()
    for day, is_open in ((last, True), (last + timedelta(days=1), False)):
        assert time_profiles(scores(), taken, POLICY, on=day)["new_exec_window_open"].item() is is_open


@pytest.mark.parametrize(
    ("rows", "now"),
    [
        ([], 0.0),
        ([{"buying_role": "negociateur"}], 80.0),
        ([{"buying_role": "ordonnateur"}], 70.0),
        ([{"buying_role": "prescripteur"}], 50.0),
        ([{"buying_role": "filtre"}], 0.0),
        ([{"confidence": 0.5}], 45.0),
        ([{}, {"buying_role": "prescripteur"}], 95.0),
    ],
)
def test_roles_and_confidence(rows: list[dict[str, Any]], now: float) -> None:
    found = timing(*({"effective_on": since(60)} | row for row in rows))
    assert found["now_score"] == pytest.approx(now)
    assert found["new_exec_window_open"] is (now > 0)


def test_the_widest_window_says_until_when() -> None:
    found = timing({"effective_on": since(100)}, {"effective_on": since(40)}, {"effective_on": since(500)})
    assert found["new_exec_window_until"] == TODAY + timedelta(days=229)


FACT = {"countries_count": 20, "sector_rank_pct": 1.0, "employees": 20_000}


def test_priority_blends_structure_and_timing() -> None:
    conservative = scores(FACT)["score_conservative"].item()
    assert timing(fact=FACT)["priority_score"] == pytest.approx(conservative * 0.7 / 0.9, abs=0.006)
    busy = timing({"effective_on": since(60)}, fact=FACT)["priority_score"]
    assert busy == pytest.approx(conservative * (0.7 + 0.2 * 0.9) / 0.9, abs=0.006)


def test_risk_takes_half_and_insolvency_caps() -> None:
    risky = timing(fact=FACT | {"risk_flags": ["insolvency"]})["priority_score"]
    assert risky == pytest.approx(timing(fact=FACT)["priority_score"] * 0.55, abs=0.006)
    whole = FACT | {"buying_evidence": ["tenders_as_buyer"], "reputation_evidence": ["listed"]}
    assert timing(fact=whole)["priority_score"] > 20
    assert timing(fact=whole, insolvent_profiles={"p0"})["priority_score"] == 20
    assert timing(fact=whole, insolvent_profiles={"another"})["priority_score"] > 20


def test_timing_never_lifts_a_small_company_above_a_large_one() -> None:
    policy = policy_from(policy_mapping() | {"preset": "launch"})
    small = {"countries_count": 1, "entities_count": 2, "depth": 2, "activity_divisions_count": 1, "employees": 60}
    large = {"countries_count": 15, "entities_count": 60, "depth": 3, "activity_divisions_count": 4, "employees": 14000}
    scored, _ = score_profiles(facts(small, large), policy)
    timed = time_profiles(scored, arrivals({"effective_on": since(50)}), policy, on=TODAY)
    small_priority, large_priority = timed["priority_score"].to_list()
    assert small_priority < large_priority


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "profile_id": st.sampled_from(["p0", "p1", "nobody"]),
                "buying_role": st.sampled_from(["decideur", "prescripteur", "utilisateur"]),
                "effective_on": st.none() | st.dates(date(2024, 1, 1), date(2026, 1, 1)),
                "confidence": st.floats(0, 1),
            }
        ),
        max_size=6,
    )
)
def test_every_scored_profile_has_its_timing_whatever_the_row_order(rows: list[dict[str, Any]]) -> None:
    scored, taken = scores(FACT, {}), arrivals(*rows)
    found = time_profiles(scored, taken, POLICY, on=TODAY)
    assert found["profile_id"].to_list() == ["p0", "p1"]
    assert (found["priority_score"] <= scored["score_conservative"]).all()
    assert_frame_equal(found, time_profiles(scored.reverse(), taken.reverse(), POLICY, on=TODAY))
