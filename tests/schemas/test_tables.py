"""The tables: what a frame declares a table keeps, what a CRM may see holds nothing private, types survive."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session

from flows.bulk import dtype_of
from schemas.frames import (
    OBSERVED_FRAMES,
    AccountMatch,
    CandidatePair,
    DomainTie,
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
        ("domain_ties", DomainTie, set(), set()),
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
