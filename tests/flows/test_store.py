"""Versions: whatever order answers come in, the table is the same; and what else the store keeps."""

import itertools
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_rows import day, seen, spells, units
from polars.testing import assert_frame_equal

from flows.store import DatabaseUnavailableError, NotMigratedError, SavedCounts, Store
from schemas.frames import OBSERVED_FRAMES


def test_a_new_row_only_when_something_changes(store: Store) -> None:
    assert store.save_observations("legal_units", units([seen("Aubier", 1)])) == SavedCounts(1, 0, 0)
    assert store.save_observations("legal_units", units([seen("Aubier", 2)])) == SavedCounts(0, 1, 0)
    assert store.save_observations("legal_units", units([seen("Aubier SA", 3)])) == SavedCounts(1, 0, 0)
    assert store.save_observations("legal_units", units([seen("Aubier SA", 3)])) == SavedCounts(0, 1, 0)
    assert spells(store.read_history("legal_units")) == [("Aubier", 1, 3), ("Aubier SA", 3, None)]


SIGHTINGS = [seen("Aubier", 1), seen("Aubier", 3), seen("Cormier", 2), seen("Cormier", 5), seen("Aubier", 4)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::41])
def test_any_order_of_arrival_gives_the_same_table(store: Store, order: tuple[int, ...]) -> None:
    for index in order:
        store.save_observations("legal_units", units([SIGHTINGS[index]]))
    history = store.read_history("legal_units")
    assert spells(history) == [("Aubier", 1, 2), ("Cormier", 2, 3), ("Aubier", 3, 5), ("Cormier", 5, None)]
    assert history["payload_sha256"].to_list() == ["Aubier-1", "Cormier-2", "Aubier-3", "Cormier-5"]


@pytest.fixture(scope="module")
def scratch_url(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("scratch") / "scratch.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


def expected_spells(events: list[tuple[str | None, int, int]]) -> list[tuple[str, int, int | None]]:
    """The fold written the slow way: the last of each night counts, None is a good load that misses the record."""
    nights: dict[int, tuple[int, str | None]] = {}
    for name, night, rank in events:
        strength = rank if name is not None else -1
        if night not in nights or strength > nights[night][0]:
            nights[night] = (strength, name)
    result: list[tuple[str, int, int | None]] = []
    standing: str | None = None
    for night, (_, name) in sorted(nights.items()):
        if name == standing:
            continue
        if standing is not None:
            result[-1] = (*result[-1][:2], night)
        if name is not None:
            result.append((name, night, None))
        standing = name
    return result


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Aubier", "Cormier", "Tilleul", None]), st.integers(1, 6), st.integers(0, 2)),
        min_size=1,
        max_size=9,
    ),
    st.randoms(use_true_random=False),
)
def test_versions_are_the_fold_of_the_sightings(
    scratch_url: str, drawn: list[tuple[str | None, int, int]], random_order: random.Random
) -> None:
    # one content for each rank of a night, as one payload says one thing of one record
    events = list({(night, rank): (name, night, rank) for name, night, rank in drawn}.values())
    with Store.open(scratch_url) as store:
        store.erase_observations("legal_units", "registry", ["001"])
        repeated = [*events, *random_order.sample(events, random_order.randint(0, len(events)))]
        random_order.shuffle(repeated)
        while repeated:
            name, night, rank = repeated.pop()
            batch = [(name, night, rank)]
            while name is not None and repeated and repeated[-1][0] is not None and random_order.random() < 0.4:
                batch.append(repeated.pop())
            if name is None:
                store.close_observations("legal_units", "registry", ["001"], day(night))
                continue
            rows = [seen(n or "", at, payload_sha256=f"payload-{r}") for n, at, r in batch]
            store.save_observations("legal_units", units(rows))
        assert spells(store.read_history("legal_units")) == expected_spells(events)


def test_versions_of_one_instant_keep_the_last(store: Store) -> None:
    rows = [
        seen("by payload", 1, fetched_at=None, payload_sha256="b"),
        seen("earliest", 1, fetched_at=None, payload_sha256="a"),
        seen("fetched", 1, payload_sha256="0"),
        seen("updated", 1, fetched_at=None, payload_sha256="0", record_updated_at=day(0)),
    ]
    assert store.save_observations("legal_units", units(rows)) == SavedCounts(1, 0, 3)
    assert spells(store.read_history("legal_units")) == [("updated", 1, None)]


@pytest.mark.parametrize("stronger_first", [True, False])
def test_versions_of_one_instant_keep_the_last_between_calls(store: Store, stronger_first: bool) -> None:
    weak, strong = seen("weak", 2, payload_sha256="a"), seen("strong", 2, payload_sha256="b")
    store.save_observations("legal_units", units([seen("strong", 1)]))
    counts = [
        store.save_observations("legal_units", units([row]))
        for row in ((strong, weak) if stronger_first else (weak, strong))
    ]
    assert sum(count.superseded for count in counts) == 1
    assert spells(store.read_history("legal_units")) == [("strong", 1, None)]


@pytest.mark.parametrize("readings", [("first", "then"), ("then", "first")])
def test_of_one_answer_the_newest_reading_counts(store: Store, readings: tuple[str, str]) -> None:
    for name in (*readings, readings[1]):
        store.save_observations("legal_units", units([seen(name, 1, payload_sha256="a")]))
    assert spells(store.read_history("legal_units")) == [(readings[1], 1, None)]


def test_a_closed_record_that_is_seen_again_is_a_new_version(store: Store) -> None:
    store.save_observations("legal_units", units([seen("Aubier", 1), seen("Tilleul", 1, key="002")]))
    store.close_observations("legal_units", "registry", ["001"], day(3))
    assert store.read_current("legal_units")["name"].to_list() == ["Tilleul"]
    store.save_observations("legal_units", units([seen("Aubier", 5)]))
    store.save_observations("legal_units", units([seen("Aubier", 2), seen("Aubier", 4)]))  # late
    assert spells(store.read_history("legal_units")) == [("Aubier", 1, 3), ("Aubier", 4, None), ("Tilleul", 1, None)]


def test_the_state_at_any_instant(store: Store) -> None:
    store.save_observations("legal_units", units([seen("Aubier", 1), seen("Aubier SA", 3)]))
    store.close_observations("legal_units", "registry", ["001"], day(5))
    names = [store.read_current("legal_units", as_of=day(n))["name"].to_list() for n in (0, 1, 2, 3, 4.9, 5)]
    assert names == [[], ["Aubier"], ["Aubier"], ["Aubier SA"], ["Aubier SA"], []]


@pytest.mark.parametrize("name", OBSERVED_FRAMES)
def test_frames_come_back_as_declared_even_when_empty(store: Store, name: str) -> None:
    frame = store.read_history(name)
    declared = {column: kind.dtype for column, kind in OBSERVED_FRAMES[name].columns().items()}
    assert {column: frame.schema[column] for column in declared} == declared
    assert frame.columns[-5:] == ["observed_from", "observed_to", "fetched_at", "payload_sha256", "row_hash"]
    sample = OBSERVED_FRAMES[name].sample(20)
    stamped = sample.with_columns(
        pl.lit(day(1)).alias("observed_from"), pl.lit(day(1)).alias("fetched_at"), pl.lit("sha").alias("payload_sha256")
    )
    store.save_observations(name, stamped)
    back = store.read_current(name).select(declared.keys())
    OBSERVED_FRAMES[name].validate(back)
    clean = sample.with_columns(pl.selectors.string().str.replace_all("\x00", "", literal=True))
    assert_frame_equal(back, clean, check_row_order=False)


def test_both_databases_hold_equal_rows(sqlite_url: str, postgres_url: str) -> None:
    rows = [seen('Éclat "Nord"; \\N', 1, other_names=["a;b", 'q"uote', ""]), seen("", 1, key="002", city="")]
    histories = []
    for url in (sqlite_url, postgres_url):
        with Store.open(url) as store:
            store.save_observations("legal_units", units(rows))
            store.save_observations(
                "legal_units", units([seen("Éclat", 0.25, created_on=day(0).date(), sites_count=3)])
            )
            histories.append(store.read_history("legal_units"))
    assert_frame_equal(*histories)
    assert histories[0]["other_names"].to_list()[1] == ["a;b", 'q"uote', ""]


def test_erased_records_leave_nothing(store: Store) -> None:
    store.save_observations("legal_units", units([seen("Aubier", 1), seen("Aubier", 2), seen("Tilleul", 1, key="002")]))
    assert store.erase_observations("legal_units", "registry", ["001"]) == 1
    assert store.read_history("legal_units")["name"].to_list() == ["Tilleul"]
    assert store.count("sightings") == 1


def test_rewritten_versions_keep_when_they_were_seen(store: Store) -> None:
    store.save_observations("legal_units", units([seen("Aubier", n, address_line=f"{n} rue") for n in (1, 2)]))
    store.save_observations("legal_units", units([seen("Aubier", 4, address_line="4 rue")]))
    store.close_observations("legal_units", "registry", ["001"], day(3))
    masked = store.read_history("legal_units").with_columns(address_line=pl.lit(None, pl.String))
    store.rewrite_observations("legal_units", masked.drop("observed_to", "row_hash"))
    history = store.read_history("legal_units")
    assert spells(history) == [("Aubier", 1, 3), ("Aubier", 4, None)]
    assert history["address_line"].null_count() == 2
    store.save_observations("legal_units", units([seen("Aubier", 5)]))
    assert spells(store.read_history("legal_units")) == [("Aubier", 1, 3), ("Aubier", 4, None)]


ACCOUNTS = pl.DataFrame({"account_id": ["1", "2"], "name": ["Aubier", None], "country_code": ["FR", "DE"]})


def test_sync_makes_a_table_equal_with_the_least_writing(store: Store) -> None:
    assert store.sync("crm_accounts", ACCOUNTS) == (2, 0)
    assert store.sync("crm_accounts", ACCOUNTS) == (0, 0)
    changed = ACCOUNTS.with_columns(name=pl.Series(["Aubier", "Tilleul"]), account_id=pl.Series(["1", "3"]))
    assert store.sync("crm_accounts", changed) == (1, 1)
    assert store.read("crm_accounts")["name"].to_list() == ["Aubier", "Tilleul"]


def test_sync_of_a_slice_leaves_the_rest(store: Store) -> None:
    store.sync("crm_accounts", ACCOUNTS)
    store.sync("crm_accounts", ACCOUNTS.clear(), where={"country_code": "FR"})
    assert store.read("crm_accounts")["account_id"].to_list() == ["2"]
    with pytest.raises(ValueError, match="1 rows lie outside the slice"):
        store.sync("crm_accounts", ACCOUNTS, where={"country_code": "FR"})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (ACCOUNTS.with_columns(phone=pl.lit("1")), "unknown phone; missing none"),
        (ACCOUNTS.drop("account_id"), "missing account_id"),
        (pl.concat([ACCOUNTS, ACCOUNTS]), "the key account_id comes twice"),
    ],
)
def test_frames_that_do_not_fit_are_refused_by_name(store: Store, frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        store.sync("crm_accounts", frame)


def test_append_adds_only_what_is_new(store: Store) -> None:
    row = {"source": "registry", "payload_sha256": "a", "source_key": "#1", "reason": "no name"}
    assert store.append("quarantine", pl.DataFrame([{**row, "first_seen_at": day(1)}])) == 1
    assert store.append("quarantine", pl.DataFrame([{**row, "first_seen_at": day(2)}])) == 0
    assert store.read("quarantine")["first_seen_at"].to_list() == [day(1)]


def payload(at: float, **values: Any) -> pl.DataFrame:
    row = {"source": "registry", "sha256": "a", "key": "k", "url": "u", "fetched_at": None, "observed_from": day(at)}
    return pl.DataFrame([{**row, **values}], schema_overrides={"fetched_at": pl.Datetime("us", "UTC")})


def test_payloads_keep_their_first_reading_and_follow_a_rewriting(store: Store) -> None:
    for at in (3, 2, 4):
        store.save_payloads(payload(at))
    assert store.read_first_readings("registry") == {"a": day(2)}
    store.save_observations("legal_units", units([seen("Aubier", 2, payload_sha256="a")]))
    store.move_payload("registry", "a", "b")
    assert store.read_current("legal_units")["payload_sha256"].to_list() == ["b"]
    register = store.read("payloads").select("sha256", "observed_from", "replaced_by").rows()
    assert register == [("a", day(2), "b"), ("b", day(2), None)]
    store.move_payload("registry", "b", None)
    assert store.read("payloads")["sha256"].to_list() == ["a"]


def test_watermarks_never_move_back(store: Store) -> None:
    assert store.read_watermark("registry") is None
    store.move_watermark("registry", until=day(2), moved_at=day(2))
    store.move_watermark("registry", until=day(1), moved_at=day(3))
    assert store.read_watermark("registry") == day(2)


def test_suppressions_by_scope(store: Store) -> None:
    store.suppress("h1", "objection", "asked", day(1))
    store.suppress("h2", "diffusion", "P", day(1))
    store.suppress("h1", "objection", "asked again", day(2))
    assert store.read_suppressions() == {"h1", "h2"}
    assert store.read_suppressions(only_scope="diffusion") == {"h2"}
    assert store.read_suppressions(except_scope="diffusion") == {"h1"}
    store.lift_suppression("h2")
    assert store.read_suppressions() == {"h1"}


def test_ids_are_concealed_and_revealed(store: Store) -> None:
    row = {"id": "gce_1", "kind": "entity", "source": "registry", "source_key": "001", "n": 0, "minted_at": day(1)}
    store.sync("id_registry", pl.DataFrame([row]))
    store.conceal_id("registry", "001", "hash:x")
    assert store.read("id_registry")["source_key"].to_list() == ["hash:x"]
    store.reveal_id("registry", "001", "hash:x")
    assert store.read("id_registry")["source_key"].to_list() == ["001"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://someone:secret@127.0.0.1:1/none", "is not available"),
        ("sqlite:////no/such/folder/grandcompte.db", "unable to open database file"),
        ("mysql://somewhere/x", "not supported"),
        ("nonsense", "cannot be read"),
    ],
)
def test_an_unreachable_database_is_one_clear_line(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnavailableError, match=message) as caught:
        Store.open(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_database_without_tables_says_what_to_do(tmp_path: Any) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'new.db'}") as store:
        with pytest.raises(NotMigratedError, match="run `grandcompte migrate`"):
            store.check_is_migrated()
        with pytest.raises(NotMigratedError, match="run `grandcompte migrate`"):
            store.read("prospect_profile")


def test_a_file_that_is_no_database_is_refused(tmp_path: Any) -> None:
    (tmp_path / "text.db").write_text("id,name\n" * 200)
    with pytest.raises(DatabaseUnavailableError, match="not a database"):
        Store.open(f"sqlite:///{tmp_path / 'text.db'}")


def test_sqlite_is_durable_and_enforces_keys(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store, store.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60000}
