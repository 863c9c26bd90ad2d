import re
from datetime import timedelta

import polars as pl
import pytest

from enrich.identity import assign_entities, mint_id, register_ids
from schemas.frames import EntityRecord, Founder, IdRedirect, RegisteredId
from schemas.vocabulary import ID_PREFIXES, IdKind
from tests.enrich.linking_factory import NIGHT, clusters, frame

NO_ENTITIES, NO_IDS = EntityRecord.create_empty(), RegisteredId.create_empty()


def entity_of(records: pl.DataFrame) -> dict[str, str]:
    """Record -> entity id."""
    return {f"{source}|{key}": entity for source, key, entity, _ in records.rows()}


@pytest.mark.parametrize("kind", list(IdKind))
def test_an_id_is_prefix_and_26_crockford_letters_and_never_changes(kind: IdKind) -> None:
    minted = mint_id(kind, "re", "001", 0, pepper=b"p")
    assert re.fullmatch(ID_PREFIXES[kind] + "[0-9A-HJKMNP-TV-Z]{26}", minted)
    assert minted == mint_id(kind, "re", "001", 0, pepper=b"p")
    assert minted != mint_id(kind, "re", "001", 1, pepper=b"p")
    assert (minted == mint_id(kind, "re", "001", 0, pepper=b"q")) is (kind is not IdKind.PERSON)


def test_the_recipe_is_fixed() -> None:
    # SHA-256 of `entity|re|001|0`, first 130 bits in Crockford base32: a change here would rename every entity.
    assert mint_id(IdKind.ENTITY, "re", "001", 0) == "gce_8PA1WVHBHN5QHN8F4JCJNTD5F8"


def test_a_person_needs_the_pepper() -> None:
    with pytest.raises(ValueError, match="pepper"):
        mint_id(IdKind.PERSON, "re", "001", 0)


def test_registering_twice_adds_nothing() -> None:
    founders = frame(Founder, [{"source": "re", "source_key": "001"}, {"source": "re", "source_key": "002"}])
    once = register_ids(IdKind.COMPANY, founders, NO_IDS, instant=NIGHT)
    assert once["n"].to_list() == [0, 0]
    assert register_ids(IdKind.COMPANY, founders, once, instant=NIGHT + timedelta(days=1)).equals(once)
    assert register_ids(IdKind.GROUP, founders, once, instant=NIGHT).height == 4


def test_the_smallest_record_founds_and_a_second_night_changes_nothing() -> None:
    today = clusters(["re|002", "gleif|L1"], ["re|003"])
    records, registry, redirects = assign_entities(today, NO_ENTITIES, NO_IDS, instant=NIGHT)
    assert entity_of(records)["re|002"] == mint_id(IdKind.ENTITY, "gleif", "L1", 0)
    assert registry.height == 2
    assert redirects.is_empty()
    again = assign_entities(today, records, registry, instant=NIGHT + timedelta(days=1))
    assert again[0].equals(records)
    assert again[1].equals(registry)
    assert again[2].is_empty()


def test_a_new_record_that_is_smaller_does_not_take_over() -> None:
    records, registry, _ = assign_entities(clusters(["re|002"]), NO_ENTITIES, NO_IDS, instant=NIGHT)
    later, _, redirects = assign_entities(clusters(["re|002", "gleif|L1"]), records, registry, instant=NIGHT)
    assert set(entity_of(later).values()) == set(entity_of(records).values())
    assert redirects.is_empty()


def test_on_a_merge_the_id_minted_first_survives() -> None:
    records, registry, _ = assign_entities(clusters(["re|002"]), NO_ENTITIES, NO_IDS, instant=NIGHT)
    later = NIGHT + timedelta(days=1)
    records, registry, _ = assign_entities(clusters(["re|002"], ["gleif|L1"]), records, registry, instant=later)
    old = entity_of(records)
    merged, registry, redirects = assign_entities(
        clusters(["re|002", "gleif|L1"]), records, registry, instant=later + timedelta(days=1)
    )
    assert set(entity_of(merged).values()) == {old["re|002"]}
    assert redirects.rows() == [(old["gleif|L1"], old["re|002"])]
    assert registry.height == 2


def test_on_a_merge_of_one_instant_the_smaller_id_survives() -> None:
    records, registry, _ = assign_entities(clusters(["re|1"], ["re|2"], ["re|3"]), NO_ENTITIES, NO_IDS, instant=NIGHT)
    merged, _, redirects = assign_entities(clusters(["re|1", "re|2", "re|3"]), records, registry, instant=NIGHT)
    assert set(entity_of(merged).values()) == {min(registry["id"])}
    assert redirects.height == 2


def test_on_a_split_the_founding_record_keeps_the_id_and_a_second_id_of_a_founder_counts_on() -> None:
    nights = iter(NIGHT + timedelta(days=n) for n in range(9))
    apart, together = clusters(["re|1"], ["re|2"]), clusters(["re|1", "re|2"])
    records, registry, _ = assign_entities(apart, NO_ENTITIES, NO_IDS, instant=next(nights))
    first = entity_of(records)
    records, registry, redirects = assign_entities(together, records, registry, instant=next(nights))
    survivor = entity_of(records)["re|1"]
    loser_record = "re|2" if survivor == first["re|1"] else "re|1"
    records, registry, later = assign_entities(apart, records, registry, redirects, instant=next(nights))
    split = entity_of(records)
    assert later.is_empty()
    assert sorted(split.values()).count(survivor) == 1
    assert split[loser_record] == mint_id(IdKind.ENTITY, *loser_record.split("|"), 1)  # type: ignore[arg-type]


def test_an_id_whose_founding_record_is_gone_stays_with_the_rest() -> None:
    records, registry, _ = assign_entities(clusters(["a|1", "b|1", "c|1"]), NO_ENTITIES, NO_IDS, instant=NIGHT)
    later, registry, _ = assign_entities(clusters(["b|1", "c|1"]), records, registry, instant=NIGHT)
    assert set(entity_of(later).values()) == set(entity_of(records).values())


def test_a_record_that_comes_back_brings_its_id_back_unless_it_was_merged_away() -> None:
    records, registry, _ = assign_entities(clusters(["a|1"]), NO_ENTITIES, NO_IDS, instant=NIGHT)
    gone, registry, _ = assign_entities(clusters(), records, registry, instant=NIGHT)
    assert gone.is_empty()
    back, registry, _ = assign_entities(clusters(["a|1"]), gone, registry, instant=NIGHT)
    assert back.equals(records)
    merged_away = frame(IdRedirect, [{"old_id": entity_of(records)["a|1"], "new_id": "gce_other"}])
    fresh, _, _ = assign_entities(clusters(["a|1"]), gone, registry, merged_away, instant=NIGHT)
    assert entity_of(fresh)["a|1"] == mint_id(IdKind.ENTITY, "a", "1", 1)


def test_a_key_may_hold_a_bar() -> None:
    records, _, _ = assign_entities(clusters(["a|x|y"]), NO_ENTITIES, NO_IDS, instant=NIGHT)
    assert records.select("source", "source_key").rows() == [("a", "x|y")]
