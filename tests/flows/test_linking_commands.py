"""`link`, `dedupe` and `compare`: what they write, and what they say when what they are given cannot be used."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from flows.commands.compare import compare_names
from flows.commands.dedupe import dedupe_frame
from flows.commands.link import link_frames
from flows.errors import InputError
from flows.record_files import OPTIONAL, read_records

HEAVY = ("prefect", "fastapi", "sqlalchemy", "dataframely", "sqlmodel")
NAMES = [
    "Brisel Talvane SA",
    "Talvane Energy GmbH",
    "Cardal Brisel Ltd",
    "Quenor Foods",
    "Velmora Steel",
    "Ostrava Glass",
]


def table(names: list[str | None], **columns: list[str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"id": [str(n) for n in range(len(names))], "name": names, **columns}, schema_overrides={"name": pl.String}
    )
    return frame.with_columns([pl.lit(None, pl.String).alias(c) for c in OPTIONAL if c not in columns])


def test_link_gives_at_most_one_auto_and_five_candidates_a_record() -> None:
    answer = link_frames(table(["Brisel Talvane", "Quenor Food"]), table(NAMES * 3))
    assert answer.columns == ["left_id", "right_id", "score", "band", "reasons"]
    counted = answer.group_by("left_id").agg(n=pl.len(), auto=(pl.col("band") == "auto").sum())
    assert counted["n"].max() <= 5
    assert counted["auto"].max() <= 1
    assert answer["score"].is_between(0, 1).all()


def test_dedupe_names_clusters_alike_in_any_order_of_rows() -> None:
    records = table([*NAMES, "BRISEL TALVANE", "Quenor Foods", None, None])
    clusters = dict(dedupe_frame(records).select("id", "cluster_id").iter_rows())
    assert clusters == dict(dedupe_frame(records.reverse()).select("id", "cluster_id").iter_rows())
    assert clusters["3"] == clusters["7"] == "3"
    assert clusters["8"] != clusters["9"], "nothing joins records without a name"


def test_a_hundred_thousand_equal_names_cost_as_much_as_one() -> None:
    answer = dedupe_frame(table(["Brisel Talvane SA"] * 100_000))
    assert answer["cluster_id"].n_unique() == 1


@pytest.mark.parametrize(
    "name", [None, "", "   ", "SA", "!!!", "The Group Ltd", "Bri\x00sel", "Brisel " * 1500, "\ud7ff", "。"]
)
def test_odd_names_get_a_sane_answer(name: str | None) -> None:
    answer = link_frames(table([name]), table([*NAMES, name]))
    assert answer["score"].is_finite().all()
    assert dedupe_frame(table([*NAMES, name, name])).height == len(NAMES) + 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"id,title\n1,A\n", "column name is missing"),
        (b"id,name\n1,A\n1,B\n", "row 3, column id: '1' stands there twice"),
        (b"id,name\n1,A\n,B\n", "row 3, column id: empty"),
        (b"id,name\n1,A,B,C\n", "cannot be read as a table"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_row_and_column(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"list\.csv") as error:
        read_records(file)
    assert says in str(error.value)


def test_bytes_that_are_no_text_spoil_one_name_and_no_file(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"id;name\n1;Bris\xed\xa0\x80el\n2;Talvane\n")
    assert read_records(file)["name"][1] == "Talvane"


def test_compare_tells_a_rare_word_and_never_merges_over_it() -> None:
    answer = compare_names(pl.Series(["Brisel Group"]), pl.Series(["Brisel Xuvantor"]), explain=True)
    (row,) = answer.iter_rows(named=True)
    assert "only right has 'xuvantor'" in row["reasons"]
    assert row["band"] != "auto"
    assert row["weighed"]


@pytest.mark.parametrize("command", ["link", "dedupe", "compare"])
def test_the_commands_never_load_the_heavy_parts(tmp_path: Path, command: str) -> None:
    file, pairs, out = tmp_path / "a.csv", tmp_path / "p.csv", tmp_path / "o.csv"
    file.write_text("id,name\n1,Brisel Talvane\n2,Quenor Foods\n")
    pairs.write_text("id,name_a,name_b\n1,Brisel,Brisel SA\n")
    arguments = {
        "link": ["link", str(file), str(file), "--out", str(out)],
        "dedupe": ["dedupe", str(file), "--out", str(out)],
        "compare": ["compare", "--pairs", str(pairs), "--out", str(out)],
    }[command]
    program = (
        "import sys; from flows.cli import app\n"
        f"app({arguments!r}, standalone_mode=False)\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]"), done.stdout
    assert done.stderr == ""
    assert out.exists()


@pytest.mark.slow
def test_dask_gives_what_one_process_gives() -> None:
    pytest.importorskip("distributed")
    from flows.executor import link_on_dask

    queries, register = table([f"{name} {n}" for n in range(300) for name in NAMES]), table(NAMES)
    assert link_on_dask(queries, register).equals(link_frames(queries, register))
