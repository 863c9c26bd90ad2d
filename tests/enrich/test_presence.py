from typing import Any

import dataframely as dy
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from profile_factory import entity, frame, golden, profile, profile_members

from enrich.presence import find_presence_evidence, measure_presence
from schemas.frames import Claim, EntityEstablishment, GoldenEntity, Presence, ProfileMember

HOME = {"FR": 18}


def sites(*rows: tuple[str, str | None, str | None] | tuple[str, str | None, str | None, str]) -> pl.DataFrame:
    """Establishments from (entity's letter, country, region[, status])."""
    return frame(
        EntityEstablishment,
        [
            {
                "source": "register",
                "source_key": f"{row[0]}{n:03}",
                "unit_key": row[0],
                "is_head_office": n == 0,
                "site_status": row[3] if len(row) > 3 else "open",
                "diffusion": "O",
                "country_code": row[1],
                "region_code": row[2],
                "entity_id": entity(row[0]),
            }
            for n, row in enumerate(rows)
        ],
    )


def reach(members: dy.DataFrame[ProfileMember], entities: dy.DataFrame[GoldenEntity], *places: Any) -> dict[str, Any]:
    evidence = find_presence_evidence(members, entities, sites(*places))
    presence = measure_presence(evidence, members, entities, sites(*places), HOME)
    return presence.row(0, named=True)


GROUP = profile("g", "HABC")
ABROAD = golden(
    {"id": "H", "country_code": "FR"},
    {"id": "A", "country_code": "DE"},
    {"id": "B", "country_code": "DE"},
    {"id": "C", "country_code": "AT"},
)


class TestEvidence:
    def test_offices_subsidiaries_branches_and_sites_abroad(self) -> None:
        entities = golden(
            {"id": "H", "country_code": "FR"},
            {"id": "A", "country_code": "DE", "entity_category": "BRANCH"},
            {"id": "B", "country_code": "IT"},
            {"id": "C", "country_code": "AT", "life_status": "ceased"},
        )
        places = [("H", "FR", "11"), ("H", "PT", None), ("H", "PT", None), ("H", "US", None, "closed")]
        evidence = find_presence_evidence(profile_members(GROUP), entities, sites(*places))
        assert evidence.select("country_code", "kind", "entity_id", "count", "source", "source_key").rows() == [
            ("DE", "branch", entity("A"), 1, "golden", entity("A")),
            ("FR", "registered_office", entity("H"), 1, "golden", entity("H")),
            ("IT", "subsidiary", entity("B"), 1, "golden", entity("B")),
            ("PT", "site", entity("H"), 2, "register", "H001"),
        ]

    def test_the_chosen_claim_names_the_register(self) -> None:
        claim = {
            "subject_id": entity("H"),
            "field": "country_code",
            "value": "FR",
            "status": "chosen",
            "source": "gleif",
            "source_key": "L1",
            "method": "survivorship",
            "confidence": 1.0,
        }
        claims = frame(Claim, [claim, claim | {"source": "a_loser", "status": "rejected"}, claim | {"field": "name"}])
        members = profile_members(profile("c", "H", kind="company"))
        evidence = find_presence_evidence(members, golden({"id": "H", "country_code": "FR"}), sites(), claims)
        assert evidence.select("source", "source_key").rows() == [("gleif", "L1")]

    def test_an_unknown_country_proves_nothing(self) -> None:
        assert find_presence_evidence(profile_members(profile("c", "H")), golden({"id": "H"}), sites()).is_empty()


class TestCountries:
    def test_most_evidence_first_then_by_code(self) -> None:
        assert reach(profile_members(GROUP), ABROAD)["countries"] == ["DE", "AT", "FR"]

    @pytest.mark.parametrize(
        ("kind", "is_complete", "count"),
        [("group", True, 3), ("group", False, None), ("company", True, 3), ("company", False, None)],
    )
    def test_a_lower_bound_is_no_count(self, kind: str, is_complete: bool, count: int | None) -> None:
        found = reach(profile_members(profile("g", "HABC", kind=kind, is_complete=is_complete)), ABROAD)
        assert (found["countries_count"], found["countries_known_count"]) == (count, 3)
        assert found["presence_level"] == "multinational"

    def test_no_known_country_is_unknown_and_not_zero(self) -> None:
        found = reach(profile_members(profile("c", "H", kind="company")), golden({"id": "H"}))
        assert (found["countries"], found["countries_count"], found["countries_known_count"]) == ([], None, 0)
        assert found["presence_level"] == "unknown"

    def test_ten_countries_are_global(self) -> None:
        letters = "HABCDEFGIJ"
        codes = ["FR", "DE", "AT", "IT", "ES", "PT", "US", "GB", "NL", "BE"]
        entities = golden(*({"id": i, "country_code": c} for i, c in zip(letters, codes, strict=True)))
        assert reach(profile_members(profile("g", letters)), entities)["presence_level"] == "global"


def french(**counts: int | None) -> dy.DataFrame[GoldenEntity]:
    return golden(*({"id": i, "country_code": "FR", "sites_open_count": n} for i, n in counts.items()))


class TestSitesAndRegions:
    @pytest.mark.parametrize(
        ("counts", "places", "sites_open", "regions", "known", "level"),
        [
            ({"H": 1}, [("H", "FR", "11")], 1, 1, 1, "local"),
            ({"H": 2}, [("H", "FR", "11"), ("H", "FR", "11")], 2, 1, 1, "local"),
            ({"H": 2}, [("H", None, "11"), ("H", "FR", "84")], 2, 2, 2, "national"),
            ({"H": 900}, [("H", "FR", "11"), ("H", "FR", "84")], 900, None, 2, "national"),
            ({"H": 900}, [("H", "FR", "11")], 900, None, 1, "unknown"),
            ({"H": 2}, [("H", "FR", "11"), ("H", "FR", None)], 2, None, 1, "unknown"),
            ({"H": 1}, [("H", "FR", "11"), ("H", "FR", "84", "closed")], 1, 1, 1, "local"),
            ({"H": 2}, [("H", "FR", "11"), ("H", "MC", None)], 2, 1, 1, "multinational"),
            ({"H": 0}, [], 0, 0, 0, "unknown"),
            ({"H": None}, [("H", "FR", "11")], None, None, 1, "unknown"),
            ({"H": 1, "A": None}, [("H", "FR", "11")], 1, None, 1, "unknown"),
            ({"H": 1, "A": 2}, [("H", "FR", "11")], 3, None, 1, "unknown"),
        ],
        ids=[
            "one site",
            "two sites in one region",
            "two regions, one site without its country",
            "a lower bound of regions is enough for national",
            "one known site of many",
            "a site without its region",
            "closed sites do not count",
            "a site abroad needs no region",
            "no open site at all",
            "nobody counts the sites",
            "a member at home that nobody counts",
            "a member whose sites are unknown",
        ],
    )
    def test_regions_need_every_site(
        self,
        counts: dict[str, int | None],
        places: list[Any],
        sites_open: int | None,
        regions: int | None,
        known: int,
        level: str,
    ) -> None:
        found = reach(profile_members(profile("g", "".join(counts))), french(**counts), *places)
        assert (found["sites_open_count"], found["regions_count"]) == (sites_open, regions)
        assert (found["regions_known_count"], found["presence_level"]) == (known, level)
        assert found["home_regions_total"] == 18

    def test_a_cut_group_has_no_count_of_regions(self) -> None:
        members = profile_members(profile("g", "H", is_complete=False))
        assert reach(members, french(H=1), ("H", "FR", "11"))["regions_count"] is None

    def test_a_company_s_own_sites_are_known_without_its_children(self) -> None:
        members = profile_members(profile("c", "H", kind="company", is_complete=False))
        found = reach(members, french(H=1), ("H", "FR", "11"))
        assert (found["countries_count"], found["regions_count"], found["presence_level"]) == (None, 1, "local")

    def test_regions_elsewhere_have_an_unknown_total(self) -> None:
        members = profile_members(profile("g", "H"))
        assert reach(members, golden({"id": "H", "country_code": "DE"}))["home_regions_total"] is None


def test_every_profile_has_a_row_whatever_the_row_order() -> None:
    members = profile_members(GROUP, profile("a", "A", kind="company"), profile("z", "Z", kind="company"))
    places = sites(("H", "FR", "11"), ("H", "PT", None), ("A", "DE", "BY"))
    evidence = find_presence_evidence(members, ABROAD, places)
    presence = measure_presence(evidence, members, ABROAD, places, HOME)
    assert presence["profile_id"].to_list() == ["a", "g", "z"]
    shuffled = find_presence_evidence(members.reverse(), ABROAD.reverse(), places.reverse())
    assert_frame_equal(evidence, shuffled)
    again = measure_presence(evidence.reverse(), members.reverse(), ABROAD.reverse(), places.reverse(), HOME)
    assert_frame_equal(presence, again)
    assert Presence.is_valid(presence)
