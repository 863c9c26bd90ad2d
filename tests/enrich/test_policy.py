from typing import Any

import pytest
from profile_factory import policy_mapping, shipped_policy

from enrich.policy import COMPONENTS, policy_from
from schemas.vocabulary import BuyingRole, Tier


def changed(place: str, value: Any) -> dict[str, Any]:
    mapping = policy_mapping()
    *tables, name = place.split(".")
    table = mapping
    for step in tables:
        table = table[step]
    table[name] = value
    return mapping


def test_the_shipped_policy_is_the_product_s() -> None:
    policy = shipped_policy()
    assert tuple(policy.weights) == COMPONENTS
    assert policy.total_weight == 100
    assert sum(policy.weights[c] for c in ("international", "national_multisite", "professional_buying")) == 42
    assert policy.universe_size_categories == ("GE", "ETI")
    assert policy.buying["tenders_as_buyer"] == 0.9
    assert policy.roles[BuyingRole.DECIDEUR] == 0.9
    assert [(t.tier, t.gates, t.conservative) for t in policy.tiers] == [
        (Tier.A, 3, 60),
        (Tier.B, 2, 40),
        (Tier.C, 0, 25),
    ]
    assert (policy.blend.structure, policy.blend.now, policy.blend.fit) == (0.7, 0.2, 0.1)


@pytest.mark.parametrize(
    ("preset", "component", "factor"),
    [
        ("balanced", "growth", 1.0),
        ("launch", "technology", 2.0),
        ("launch", "complexity", 0.5),
        ("reference", "reputation", 3.0),
        ("growth", "growth", 4.0),
        ("international", "international", 2.5),
        ("cash", "growth", 1.0),
    ],
)
def test_a_preset_multiplies_weights(preset: str, component: str, factor: float) -> None:
    policy = policy_from(changed("preset", preset))
    assert policy.weights[component] == shipped_policy().weights[component] * factor


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("version", "a version far too long", "at most 16"),
        ("version", 1, "a text is expected"),
        ("preset", "wishful", "choose one of balanced"),
        ("weights.growht", 6, "unknown name.* growht"),
        ("weights.growth", -1, "a number from 0"),
        ("weights.growth", float("nan"), "a number from 0"),
        ("weights.growth", True, "a number from 0"),
        ("weights.purchase_potential", 60, "outweigh purchase_potential"),
        ("scales.sites", [200, 1], "0 < low < high"),
        ("scales.sites", 200, "two numbers"),
        ("professional_buying.evidence.rfar_label", 1.5, "at most 1"),
        ("professional_buying.none_found_is_known", "no", "true or false"),
        ("national_multisite.needs", ["sites", "moons"], "needs: one or more of sites, regions"),
        ("complexity.levels_full", 1, "more than 1"),
        ("sector_leadership.floor_pct", 1.0, "less than 1"),
        ("window.full_until", 300, "full_from <= full_until < closed_from"),
        ("roles.astronaute", 0.5, "astronaute"),
        ("presets.balanced.weights", {"growht": 2}, "unknown component.* growht"),
        ("presets.launch.nwo", 0.1, r"presets.launch.*unknown name.* nwo"),
        ("gates", 3, "a table is expected"),
        ("surprise", {}, "unknown name.* surprise"),
        ("universe.size_categories", "GE", "a list of texts"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(place: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        policy_from(changed(place, value))


@pytest.mark.parametrize("name", ["version", "weights", "gates", "tiers", "presets", "universe", "window"])
def test_what_is_missing_is_named(name: str) -> None:
    mapping = policy_mapping()
    del mapping[name]
    with pytest.raises(ValueError, match=f"'{name}' is missing"):
        policy_from(mapping)
