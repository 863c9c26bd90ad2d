"""The publishing transaction: nothing moves without a reason, nothing is missed, objections win."""

import json
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest
from observed_rows import day
from polars.testing import assert_frame_equal

from flows.feed import FIELDS
from flows.store import LostLockError, Publication, PublishResult, Store
from schemas.tables import published, table_named

PROFILE = table_named("prospect_profile")


def profiles(*rows: dict[str, Any]) -> pl.DataFrame:
    """prospect_profile rows of invented companies: what is not said is null."""
    default = {"entity_kind": "company", "status": "active"}
    return pl.DataFrame(
        [{name: {**default, **row}.get(name) for name in ("profile_id", *FIELDS)} for row in rows],
        infer_schema_length=None,
    )


def aubier(**values: Any) -> dict[str, Any]:
    return {"profile_id": "gcp_a", "name": "Aubier", "country_code": "FR", "key_account_score": 61.375, **values}


def tilleul(**values: Any) -> dict[str, Any]:
    return {"profile_id": "gcp_b", "name": "Tilleul", "country_code": "DE", **values}


def timing(profile_id: str, is_open: bool, now_score: float = 10.0) -> pl.DataFrame:
    row = {"profile_id": profile_id, "now_score": now_score, "priority_score": 5.0, "new_exec_window_open": is_open}
    return pl.DataFrame([{**row, "new_exec_window_until": date(2025, 9, 1) if is_open else None}])


def executive(profile_id: str, person_id: str, full_name: str) -> dict[str, Any]:
    return {
        "profile_id": profile_id,
        "mandate_id": f"gcm_{person_id}",
        "entity_id": "gce_a",
        "person_id": person_id,
        "officer_kind": "person",
        "full_name": full_name,
        "role": "president",
        "office_group": "executive",
        "started_on_basis": "declared",
        "is_current": True,
        "missing_snapshots": 0,
        "first_seen_at": day(1),
        "last_seen_at": day(1),
        "source": "registry",
        "payload_sha256": "a",
    }


def put(store: Store, *rows: dict[str, Any], at: int = 1, **rest: Any) -> PublishResult:
    publication = Publication(profiles=profiles(*rows) if rows else None, **rest)
    return store.publish(publication, run_id=f"nightly-{at}", instant=day(at))


def feed(store: Store) -> list[tuple[int, str, str]]:
    return store.read("profile_change").select("change_seq", "profile_id", "op").rows()


def test_a_second_publication_of_the_same_moves_nothing(store: Store) -> None:
    rest = {
        "timing": timing("gcp_a", True),
        "checks": pl.DataFrame({"profile_id": ["gcp_a"], "last_verified_at": [day(1)]}),
        "side": {"executive": pl.DataFrame([executive("gcp_a", "gch_1", "Ann Abel")])},
        "redirects": pl.DataFrame({"old_id": ["gcp_x"], "new_id": ["gcp_a"]}),
    }
    assert put(store, tilleul(), aubier(), **rest).feed_rows == 2
    before = store.read("v_prospect")
    assert put(store, aubier(), tilleul(), at=2, **rest).feed_rows == 0
    assert_frame_equal(store.read("v_prospect"), before)
    assert feed(store) == [(1, "gcp_a", "insert"), (2, "gcp_b", "insert")]
    assert before["updated_at"].unique().to_list() == [day(1)]
    assert before["key_account_score"].to_list() == [61.38, None]
    assert before["new_exec_window_open"].to_list() == [True, False]


def test_the_feed_tells_changed_fields_only(store: Store) -> None:
    put(store, aubier(aliases="A;B", executives_count=None))
    put(store, aubier(aliases="A", executives_count=3, name='Aubier "SA"'), at=2)
    row = store.read("profile_change").row(1, named=True)
    assert (row["change_seq"], row["op"], row["run_id"], row["committed_at"]) == (2, "update", "nightly-2", day(2))
    assert row["changed_fields"] == ["name", "aliases", "executives_count"]
    assert json.loads(row["before"]) == {"name": "Aubier", "aliases": "A;B", "executives_count": None}
    assert json.loads(row["after"]) == {"name": 'Aubier "SA"', "aliases": "A", "executives_count": 3}
    shown = store.read("prospect_profile").row(0, named=True)
    assert (shown["change_seq"], shown["updated_at"]) == (2, day(2))


def test_an_insert_tells_what_is_known(store: Store) -> None:
    put(store, aubier(last_exec_change_on=date(2025, 3, 1), gate_buying=True))
    row = store.read("profile_change").row(0, named=True)
    assert row["before"] is None
    assert json.loads(row["after"]) == {
        "entity_kind": "company",
        "status": "active",
        "name": "Aubier",
        "country_code": "FR",
        "last_exec_change_on": "2025-03-01",
        "key_account_score": 61.38,
        "gate_buying": True,
    }


@pytest.mark.parametrize(("status", "operation"), [("ceased", "cease"), ("merged", "merge"), ("active", "update")])
def test_operations_by_life_cycle(store: Store, status: str, operation: str) -> None:
    put(store, aubier())
    put(store, aubier(status=status, name="Aubier SA"), at=2)
    assert feed(store)[1] == (2, "gcp_a", operation)


def test_a_profile_that_was_not_computed_is_left_alone(store: Store) -> None:
    side = {"executive": pl.DataFrame([executive(p, "gch_1", "Ann Abel") for p in ("gcp_a", "gcp_b")])}
    put(store, aubier(), tilleul(), side=side)
    put(store, aubier(), at=2, side={"executive": side["executive"].clear()})
    assert store.read("prospect_profile")["profile_id"].to_list() == ["gcp_a", "gcp_b"]
    assert store.read("executive")["profile_id"].to_list() == ["gcp_b"]


def test_only_a_window_that_opens_or_closes_moves_the_feed(store: Store) -> None:
    put(store, aubier(), timing=timing("gcp_a", False))
    assert put(store, aubier(), at=2, timing=timing("gcp_a", False, now_score=40)).feed_rows == 0
    assert store.read("v_prospect")["now_score"].to_list() == [40.0]
    assert put(store, aubier(), at=3, timing=timing("gcp_a", True)).feed_rows == 1
    row = store.read("profile_change").row(1, named=True)
    assert row["changed_fields"] == ["new_exec_window_open", "new_exec_window_until"]
    assert json.loads(row["after"]) == {"new_exec_window_open": True, "new_exec_window_until": "2025-09-01"}
    assert store.read("prospect_profile").select("change_seq", "updated_at").row(0) == (2, day(3))


def test_timing_alone_may_be_published(store: Store) -> None:
    put(store, aubier(), side={"executive": pl.DataFrame([executive("gcp_a", "gch_1", "Ann Abel")])})
    assert put(store, at=2, timing=timing("gcp_a", True)).operations == {"update": 1}
    assert put(store, at=3, timing=timing("gcp_a", True)).feed_rows == 0
    assert put(store, aubier(), at=4).feed_rows == 0  # a window that nobody computed stays as it is
    assert store.count("executive") == 1


def test_checks_move_without_the_feed(store: Store) -> None:
    put(store, aubier(), checks=pl.DataFrame({"profile_id": ["gcp_a"], "last_verified_at": [day(1)]}))
    put(store, at=2, checks=pl.DataFrame({"profile_id": ["gcp_a"], "last_verified_at": [day(2)]}))
    assert store.read("v_prospect").select("last_verified_at", "updated_at").row(0) == (day(2), day(1))


def test_redirects_point_at_the_last_survivor(store: Store) -> None:
    def redirect(*pairs: tuple[str, str]) -> pl.DataFrame:
        return pl.DataFrame(pairs, schema=["old_id", "new_id"], orient="row")

    put(store, redirects=redirect(("gcp_a", "gcp_b")))
    put(store, redirects=redirect(("gcp_b", "gcp_c"), ("gcp_c", "gcp_d")))
    assert store.read("id_redirect").rows() == [("gcp_a", "gcp_d"), ("gcp_b", "gcp_d"), ("gcp_c", "gcp_d")]
    put(store, redirects=redirect(("gcp_d", "gcp_a")))
    assert store.read("id_redirect").rows() == [("gcp_b", "gcp_a"), ("gcp_c", "gcp_a"), ("gcp_d", "gcp_a")]


@pytest.mark.parametrize(
    ("publication", "message"),
    [
        (Publication(profiles=profiles(aubier(), aubier())), "profiles come more than once: gcp_a"),
        (Publication(side={"executives": pl.DataFrame()}), "no side tables are called executives"),
        (Publication(profiles=profiles(aubier()).drop("status")), "missing status"),
        (Publication(profiles=profiles(aubier()).with_columns(phone=pl.lit("1"))), "unknown phone"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    store: Store, publication: Publication, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        store.publish(publication, run_id="r", instant=day(1))
    assert store.count("profile_change") == 0
    assert put(store, aubier()).base_seq == 0


def test_texts_are_cut_to_the_contract(store: Store) -> None:
    aliases = ";".join(f"alias number {n}" for n in range(100))
    put(store, aubier(name="x" * 300, aliases=aliases, score_reasons="y" * 256))
    row = store.read("prospect_profile").row(0, named=True)
    assert (len(row["name"]), len(row["score_reasons"])) == (255, 255)
    assert aliases.startswith(row["aliases"] + ";")
    assert 980 < len(row["aliases"]) <= 1000


# ---------------------------------------------------------------------------------------------------------- privacy


def test_a_suppressed_profile_leaves_a_tombstone_and_no_value(store: Store) -> None:
    put(store, aubier(), tilleul(parent_id="gcp_a", ultimate_parent_id="gcp_a", ultimate_parent_name="Aubier"))
    side = {
        "executive": pl.DataFrame([executive("gcp_a", "gch_1", "Ann Abel")]),
        "account_match": pl.DataFrame(
            [
                {
                    "account_id": "1",
                    "rank": 1,
                    "match_status": "matched",
                    "profile_id": "gcp_a",
                    "band": "auto",
                    "reasons": "Aubier",
                }
            ]
        ),
    }
    put(store, aubier(name="Aubier SA"), side=side, timing=timing("gcp_a", True), at=2)
    result = put(store, at=3, suppressed_profile_ids=frozenset({"gcp_a", "gcp_never"}))
    assert result.operations == {"suppress": 1, "update": 1}
    assert feed(store)[3:] == [(4, "gcp_a", "suppress"), (5, "gcp_b", "update")]
    assert store.read("tombstone").select("profile_id", "deleted_at").rows() == [("gcp_a", day(3))]
    assert store.read("prospect_profile")["profile_id"].to_list() == ["gcp_b"]
    assert store.count("executive") == store.count("profile_timing") == 0
    assert store.read("account_match").select("match_status", "profile_id").rows() == [("suppressed", None)]
    for table in published_names():
        assert "Aubier" not in store.read(table).write_json()
    assert put(store, at=4, suppressed_profile_ids=frozenset({"gcp_a"})).feed_rows == 0


def published_names() -> list[str]:
    classes = [c for c in vars(published).values() if getattr(c, "__module__", "") == published.__name__]
    return [c.__tablename__ for c in classes if hasattr(c, "__tablename__")]


def test_a_profile_that_may_be_shown_again_returns_with_its_id(store: Store) -> None:
    put(store, aubier())
    put(store, at=2, suppressed_profile_ids=frozenset({"gcp_a"}))
    put(store, aubier(), at=3)
    assert [op for _, _, op in feed(store)] == ["insert", "suppress", "insert"]
    assert store.count("tombstone") == 0


def test_an_objection_between_stage_and_publish_wins(store: Store, database_url: str) -> None:
    keys = pl.DataFrame({"profile_id": ["gcp_a", "gcp_b"], "key_hash": ["hash-a", "hash-b"]})
    put(store, aubier(), profile_keys=keys)

    def object_meanwhile(border: str) -> None:
        if border == "staged":
            with Store.open(database_url) as other:
                other.suppress("hash-a", "objection", "asked", day(2))
                other.suppress("hash-b", "objection", "asked", day(2))

    store.border = object_meanwhile
    side = {"executive": pl.DataFrame([executive("gcp_a", "gch_1", "Ann Abel")])}
    result = put(store, aubier(name="Aubier SA"), tilleul(), at=2, profile_keys=keys, side=side)
    assert result.was_recomputed
    assert store.count("prospect_profile") == store.count("executive") == 0
    assert feed(store) == [(1, "gcp_a", "insert"), (2, "gcp_a", "suppress")]
    assert store.read("tombstone")["profile_id"].to_list() == ["gcp_a"]  # Tilleul was never published
    assert store.read("profile_change")["after"].null_count() == 2


def test_a_person_who_objects_is_named_nowhere(store: Store, database_url: str) -> None:
    people = pl.DataFrame([executive("gcp_a", "gch_1", "Ann Abel"), executive("gcp_a", "gch_2", "Bo Berg")])
    head = {"top_executive_name": "Ann Abel", "top_executive_title": "Présidente", "executives_count": 2}
    keys = pl.DataFrame({"person_id": ["gch_1"], "key_hash": ["hash-p"]})
    put(store, aubier(**head), side={"executive": people})
    put(store, aubier(name="Aubier SA", **head), at=2, side={"executive": people})

    def object_meanwhile(border: str) -> None:
        if border == "staged":
            with Store.open(database_url) as other:
                other.suppress("hash-p", "objection", "asked", day(3))

    store.border = object_meanwhile
    put(store, aubier(name="Aubier SA", **head), at=3, side={"executive": people}, person_keys=keys)
    assert store.read("executive")["full_name"].to_list() == ["Bo Berg"]
    assert store.read("prospect_profile").select("top_executive_name", "top_executive_title").row(0) == (None, None)
    assert feed(store)[2] == (3, "gcp_a", "update")
    for table in published_names():
        assert "Ann Abel" not in store.read(table).write_json()
    told = [json.loads(after) for after in store.read("profile_change")["after"]]
    assert told[1] == {"name": "Aubier SA"}


def test_a_key_of_parts_is_no_mandate_id(store: Store) -> None:
    leaking = {**executive("gcp_a", "gch_1", "Ann Abel"), "mandate_id": "001|president|abel|ann|1970-01"}
    with pytest.raises(Exception, match="ck_executive_mandate_id_is_opaque"):
        put(store, aubier(), side={"executive": pl.DataFrame([leaking])})
    assert store.count("prospect_profile") == 0


# ---------------------------------------------------------------------------------------------------------- writers


def test_what_another_writer_moved_meanwhile_is_seen(store: Store, database_url: str) -> None:
    put(store, aubier())

    def publish_meanwhile(border: str) -> None:
        if border == "staged":
            store.border = lambda _: None
            with Store.open(database_url) as other:
                put(other, aubier(name="Aubier SA"), at=2)

    store.border = publish_meanwhile
    result = put(store, aubier(name="Aubier SA", hq_city="Lyon"), at=3)
    assert (result.was_recomputed, result.base_seq) == (True, 2)
    row = store.read("profile_change").row(2, named=True)
    assert (row["changed_fields"], json.loads(row["before"])) == (["hq_city"], {"hq_city": None})


def test_a_run_whose_lock_was_taken_over_publishes_nothing(store: Store) -> None:
    with pytest.raises(LostLockError, match="nothing of this run is published"):
        store.publish(Publication(profiles=profiles(aubier())), run_id="r", instant=day(1), fencing_token=7)
    assert store.count("prospect_profile") == 0


def test_a_reader_beside_two_writers_and_a_slow_commit_misses_nothing(database_url: str) -> None:
    rounds, failures, done = 6, list[BaseException](), threading.Event()
    slow = threading.Event()

    def write(profile: Callable[..., dict[str, Any]], border: Callable[[str], None]) -> None:
        try:
            with Store.open(database_url) as own:
                own.border = border
                for number in range(rounds):
                    put(own, profile(name=f"name {number}"), at=number)
        except BaseException as error:
            failures.append(error)

    def dawdle(border: str) -> None:
        if border == "commit":
            slow.wait(0.05)  # holds rows that are numbered and not committed yet

    writers = [
        threading.Thread(target=write, args=(aubier, dawdle)),
        threading.Thread(target=write, args=(tilleul, lambda _: None)),
    ]
    collected: list[int] = []

    def read() -> None:
        try:
            with Store.open(database_url) as own:
                cursor = 0
                while True:
                    was_done = done.is_set()
                    page = own.read_changes(cursor, 2)["change_seq"].to_list()
                    collected.extend(page)
                    cursor = page[-1] if page else cursor
                    if was_done and not page:
                        return
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert not failures
    assert collected == list(range(1, 2 * rounds + 1))
    with Store.open(database_url) as own:
        assert own.read("profile_change")["change_seq"].to_list() == collected
        assert sorted(own.read("prospect_profile")["name"]) == [f"name {rounds - 1}"] * 2


def test_both_databases_publish_equal_rows(sqlite_url: str, postgres_url: str) -> None:
    tables: list[dict[str, pl.DataFrame]] = []
    for url in (sqlite_url, postgres_url):
        with Store.open(url) as store:
            side = {
                "executive": pl.DataFrame([executive("gcp_a", "gch_1", "Anaïs Abel")]),
                "profile_evidence": pl.DataFrame({"profile_id": ["gcp_a"], "evidence": ['{"b": [1, 2], "a": "é"}']}),
            }
            rows = (aubier(revenue_eur=1.2e11 + 0.1, match_confidence=0.123456789), tilleul(name="Tilleul; \\N"))
            put(store, *rows, side=side, timing=timing("gcp_a", True))
            put(store, aubier(name="Äubier"), tilleul(risk_score=0.004, legal_name=""), at=2)
            put(store, at=3, suppressed_profile_ids=frozenset({"gcp_b"}))
            tables.append({name: store.read(name) for name in [*published_names(), "v_prospect"]})
    for name, frame in tables[0].items():
        assert_frame_equal(frame, tables[1][name])
