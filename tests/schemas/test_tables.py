"""The tables: what a frame declares a table keeps, what a CRM may see holds nothing private, types survive."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from flows.bulk import dtype_of
from schemas.frames import (
    OBSERVED_FRAMES,
    AccountMatch,
    CandidatePair,
    EntityRecord,
    ExecutiveChange,
    GroupAnchor,
    GroupLink,
    IdRedirect,
    Mandate,
    Person,
    PresenceEvidence,
    ProfileTiming,
    RecordJudgement,
    RegisteredId,
    ScoreDetail,
)
from schemas.tables import V_PROSPECT, metadata, table_named
from schemas.tables.published import ProfileChange, ProfileCheck
from schemas.tables.runs import RunRow

STAMPS = {"observed_from", "observed_to", "fetched_at", "payload_sha256", "row_hash"}


@pytest.mark.parametrize("name", OBSERVED_FRAMES)
def test_observed_tables_are_their_frames_and_the_stamps(name: str) -> None:
    table, declared = table_named(name), OBSERVED_FRAMES[name].columns()
    assert {c.name for c in table.columns} == set(declared) | STAMPS
    assert [c.name for c in table.primary_key] == ["source", "source_key", "observed_from"]
    for column, kind in declared.items():
        assert dtype_of(table.c[column].type) == kind.dtype, column
        assert table.c[column].nullable == kind.nullable, column


@pytest.mark.parametrize(
    ("name", "frame", "without", "more"),
    [
        ("id_registry", RegisteredId, set(), set()),
        ("entity_records", EntityRecord, set(), set()),
        ("candidate_pairs", CandidatePair, set(), set()),
        ("judgements", RecordJudgement, set(), {"judged_by", "judged_at"}),
        ("group_links", GroupLink, set(), set()),
        ("group_anchors", GroupAnchor, set(), set()),
        ("account_matches", AccountMatch, set(), {"account_name"}),
        ("people", Person, set(), set()),
        ("executive", Mandate, {"source_key"}, {"profile_id"}),
        ("executive_change", ExecutiveChange, {"source_key"}, {"profile_id", "detected_at"}),
        ("group_link", GroupLink, set(), {"child_id", "parent_id"}),
        ("presence_evidence", PresenceEvidence, set(), set()),
        ("account_match", AccountMatch, set(), {"account_name", "profile_id"}),
        ("score_detail", ScoreDetail, set(), set()),
        ("profile_timing", ProfileTiming, set(), set()),
        ("id_redirect", IdRedirect, set(), set()),
    ],
)
def test_other_tables_follow_their_frames(name: str, frame: type, without: set[str], more: set[str]) -> None:
    table, declared = table_named(name), frame.columns()  # type: ignore[attr-defined]
    assert {c.name for c in table.columns} == set(declared) - without | more
    for column in set(declared) - without:
        assert dtype_of(table.c[column].type) == declared[column].dtype, column


def test_published_profile_columns_are_the_products(shared: Path) -> None:
    lines = (shared / "prospect_profile_columns.csv").read_text(encoding="utf-8").splitlines()[1:]
    known = {line.split("|")[0] for line in lines}
    ours = {c.name for c in V_PROSPECT.columns}
    # group_is_complete, the gates and the anchor are ours beside the product's list
    assert ours - known == {"group_is_complete", "gate_presence", "gate_buying", "gate_potential", "entity_id"}


# The contract with the CRM, name by name. A new column needs a look at data protection first: no birth date or month,
# no home address, no nationality, no private contact (docs/data-protection.md).
ALLOWED = {
    "prospect_profile": """
        profile_id entity_kind status merged_into_id name legal_name aliases country_code national_id
        national_id_scheme lei vat_number hq_address hq_postal_code hq_city hq_region_code activity_code
        activity_code_scheme activity_label size_category employees_min employees_max employees_scope revenue_eur
        revenue_scope net_income_eur financials_year parent_id ultimate_parent_id ultimate_parent_name
        ultimate_parent_country group_role group_entity_count group_depth group_is_complete sites_open_count
        regions_count countries_count countries presence_level procurement_evidence executives_count
        top_executive_name top_executive_title last_exec_change_on risk_flags key_account_score score_conservative
        score_low score_high score_coverage criteria_met criteria_unknown gate_presence gate_buying gate_potential
        key_account_tier risk_score score_reasons score_version match_confidence entity_id updated_at change_seq""",
    "profile_change": "change_seq profile_id op changed_fields before after run_id committed_at",
    "feed_head": "id change_seq",
    "profile_check": "profile_id last_verified_at",
    "profile_timing": "profile_id now_score priority_score new_exec_window_open new_exec_window_until",
    "profile_evidence": "profile_id evidence",
    "field_provenance": """
        profile_id field source source_key value status payload_sha256 observed_at method confidence""",
    "score_detail": "profile_id component weight value points evidence",
    "executive": """
        profile_id mandate_id entity_id person_id officer_kind full_name title role office_group started_on
        started_on_basis ended_on is_current missing_snapshots first_seen_at last_seen_at source payload_sha256""",
    "executive_change": """
        profile_id change_id entity_id person_id officer_kind full_name kind status context from_title to_title role
        office_group effective_on seen_before first_seen_at missing_snapshots confidence source payload_sha256
        detected_at""",
    "group_link": """
        link_id kind child_id parent_id child_entity_id parent_entity_id parent_key exception_reason valid_from
        valid_to source""",
    "presence_evidence": "profile_id country_code kind entity_id count source source_key",
    "account_match": "account_id rank account_name match_status profile_id entity_id score band reasons",
    "id_redirect": "old_id new_id",
    "tombstone": "profile_id reason deleted_at",
}


def published_tables() -> set[str]:
    classes = [m.class_ for m in SQLModel._sa_registry.mappers]
    return {c.__tablename__ for c in classes if c.__module__ == "schemas.tables.published"}


def test_published_columns_are_on_the_allow_list() -> None:
    assert published_tables() == set(ALLOWED)
    for name, columns in ALLOWED.items():
        assert {c.name for c in table_named(name).columns} == set(columns.split()), name


def test_birth_months_stand_in_one_table_only() -> None:
    holders = {t.name for t in metadata.tables.values() for c in t.columns if "birth" in c.name}
    assert holders == {"appointments"}


def test_an_unknown_table_is_told_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"no table is called 'profiles'; known: .*prospect_profile"):
        table_named("profiles")


def test_instants_lists_and_objects_survive(database_url: str) -> None:
    at = datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    paris = at.astimezone(timezone(timedelta(hours=2)))
    run = {"kind": "nightly", "state": "done", "attempts": 1, "started_at": at, "heartbeat_at": at, "holder": "h"}
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine) as session:
        session.add(RunRow(run_id="r", instant=paris, fencing_token=1, summary={"é": [1, None]}, **run))
        session.add(
            ProfileChange(
                change_seq=1, profile_id="gcp_a", op="insert", changed_fields=["name"], run_id="r", committed_at=at
            )
        )
        session.commit()
    with Session(engine) as session:
        found, change = session.get_one(RunRow, "r"), session.get_one(ProfileChange, 1)
        assert (found.instant, found.instant.utcoffset(), found.summary) == (at, timedelta(0), {"é": [1, None]})
        assert (change.changed_fields, change.before) == (["name"], None)
    engine.dispose()


def test_an_instant_without_a_zone_is_refused(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with Session(engine) as session:
        session.add(ProfileCheck(profile_id="gcp_a", last_verified_at=datetime(2025, 1, 1)))
        with pytest.raises(Exception, match="an instant needs a time zone"):
            session.commit()
    engine.dispose()
