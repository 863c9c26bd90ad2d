"""The command line: every command, and what each says when what it is given cannot be used."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
import typer

import connectors
from connectors.archive import Archive
from flows.cli import app
from flows.demo.world import FRENCH_UNITS, instant_of
from flows.night import NightPlan, check_plan
from tests.flows.command_line import CommandLine, call
from tests.flows.demo_nights import DemoWorld

__all__ = ["call"]

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("prefect", "fastapi", "sqlalchemy", "sqlmodel", "polars")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoWorld]:
    """The demo's world after two nights."""
    folder = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        made = DemoWorld(folder, f"sqlite:///{folder / 'grandcompte.db'}", patch)
        made.play(1)
        made.play(2)
        yield made
        made.close()


def kept_of(world: DemoWorld) -> tuple[str, int]:
    """What must not be lost: the rows and the archived answers."""
    return world.digest(), len(Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"]).entries())


@pytest.fixture(scope="module")
def kept(world: DemoWorld) -> tuple[str, int]:
    return kept_of(world)


# ------------------------------------------------------------------------------------------------- what cannot be used


@dataclass(frozen=True)
class Bad:
    """One thing that cannot be used: the arguments, the exit code, what the line says, what lies in the folder."""

    arguments: str
    code: int
    says: str
    environment: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


BAD = {
    "no accounts file": Bad("run --offline --accounts none.csv", 2, r"^none\.csv: no such file; .*id,name$"),
    "accounts without a name column": Bad(
        "run --offline --accounts a.csv",
        2,
        r"^a\.csv: column 'name' is missing; found: id, town$",
        {},
        {"a.csv": b"id,town\n1,Pau\n"},
    ),
    "accounts that are no UTF-8": Bad(
        "run --offline --accounts a.csv",
        2,
        r"^a\.csv: row 3: not UTF-8 \(byte 17\)",
        {},
        {"a.csv": b"id,name\n1,A\n2,Caf\xe9\n"},
    ),
    "accounts with an id twice": Bad(
        "run --offline --accounts a.csv", 2, r"^a\.csv: row 2, 3, column id: ", {}, {"a.csv": b"id,name\n1,A\n1,B\n"}
    ),
    "accounts that are no parquet": Bad(
        "run --offline --accounts a.parquet", 2, r"^a\.parquet: not readable as parquet", {}, {"a.parquet": b"id,name"}
    ),
    "backfill without an accounts file": Bad(
        "backfill --source gleif --since 2026-03-02 --until 2026-03-02 --accounts none.csv",
        2,
        r"^none\.csv: no such file",
    ),
    "no instant": Bad("run --at yesterday", 2, r"^'yesterday' is no ISO date or instant"),
    "no instant for changes": Bad("changes --since yesterday", 2, r"^'yesterday' is no ISO date or instant"),
    "no day": Bad("backfill --source gleif --since 2026-3-2 --until 2026-03-02", 2, r"^'2026-3-2' is no ISO day"),
    "until before since": Bad(
        "backfill --source gleif --since 2026-03-02 --until 2026-03-01",
        2,
        r"^--until 2026-03-01 lies before --since 2026-03-02$",
    ),
    "no cron": Bad("schedule --cron nightly", 2, r"^--cron 'nightly' is no cron line"),
    "unknown source": Bad(
        "run --sources gleif,tarot",
        2,
        r"^no source is called tarot; known: boamp, bodacc, [a-z_, ]*, website, wikidata$",
    ),
    "unknown source without a database": Bad(
        "run --sources tarot",
        2,
        r"^no source is called tarot",
        {"GRANDCOMPTE_DATABASE_URL": "postgresql://127.0.0.1:1/x"},
    ),
    "unknown source of a backfill": Bad(
        "backfill --source tarot --since 2026-03-02 --until 2026-03-02", 2, r"^no source is called tarot"
    ),
    "unknown source of an import": Bad(
        "archive import a.json --source tarot", 2, r"^no source is called tarot", {}, {"a.json": b"{}"}
    ),
    "an import of nothing": Bad("archive import nowhere --source gleif", 2, r"^nowhere: no such file or folder$"),
    "an import of an empty folder": Bad("archive import . --source gleif", 2, r"^\.: the folder holds no \.json file$"),
    "no pepper": Bad("run --offline", 2, r"^setting GRANDCOMPTE_PEPPER is missing", {"GRANDCOMPTE_PEPPER": None}),
    "an empty pepper": Bad("run --offline", 2, r"^setting GRANDCOMPTE_PEPPER is missing", {"GRANDCOMPTE_PEPPER": ""}),
    "no policy file": Bad("run --offline", 2, r"^policy file none\.toml: ", {"GRANDCOMPTE_POLICY": "none.toml"}),
    "a policy that is no TOML": Bad(
        "run --offline", 2, r"^policy file p\.toml: ", {"GRANDCOMPTE_POLICY": "p.toml"}, {"p.toml": b"version = \n"}
    ),
    "a policy without weights": Bad(
        "run --offline", 2, r"^policy file p\.toml: ", {"GRANDCOMPTE_POLICY": "p.toml"}, {"p.toml": b"version = 'x'\n"}
    ),
    "a switch that is neither on nor off": Bad(
        "status", 2, r"^setting GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES: ", {"GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES": "maybe"}
    ),
    "a truncated settings file": Bad(
        "status",
        2,
        r"^settings file grandcompte\.toml: Invalid value \(at end of document\)$",
        {},
        {"grandcompte.toml": b"archive_url = "},
    ),
    "a settings file that is no UTF-8": Bad(
        "status", 2, r"^settings file grandcompte\.toml: ", {}, {"grandcompte.toml": b"archive_url = '\xe9'"}
    ),
    "a setting that does not exist": Bad(
        "status",
        2,
        r"^settings file grandcompte\.toml: databse_url_ is no setting; known: database_url",
        {},
        {"grandcompte.toml": b"databse_url_ = 'x'"},
    ),
    "an archive that is a file": Bad(
        "run --offline",
        2,
        r"^setting GRANDCOMPTE_ARCHIVE_URL: a is a file",
        {"GRANDCOMPTE_ARCHIVE_URL": "a"},
        {"a": b""},
    ),
    "an archive of an unknown kind": Bad(
        "run --offline", 2, r"^setting GRANDCOMPTE_ARCHIVE_URL: tape://a: ", {"GRANDCOMPTE_ARCHIVE_URL": "tape://a"}
    ),
    "a demo in a folder that is not ours": Bad(
        "demo --out .", 2, r"^\.: the folder is not empty", {}, {"mine.txt": b"mine"}
    ),
    "a demo in a file": Bad("demo --out mine.txt", 2, r"^mine\.txt: this is a file", {}, {"mine.txt": b"mine"}),
    "nobody published": Bad("why nobody", 2, r"^nothing is published under 'nobody'"),
    "no such column": Bad(f"why {FRENCH_UNITS['sanvadour'].siren} colour", 2, r"^no column is called 'colour'; .*name"),
    "an objection of nobody": Bad("privacy suppress", 2, r"name a company \(--unit\) or a person"),
    "an objection of a wrong SIREN": Bad(
        "privacy suppress --unit 123456789", 2, r"^--unit '123456789': no valid FR-RCS"
    ),
    "an objection by name alone": Bad(
        "privacy suppress --family A --given B", 2, r"a name alone would silence namesakes"
    ),
    "an objection without a family name": Bad("privacy suppress --given B --unit 1", 2, r"--unit '1': no valid FR-RCS"),
    "an objection with half a name": Bad(
        f"privacy suppress --given B --unit {FRENCH_UNITS['sanvadour'].siren}", 2, r"--family is missing"
    ),
    "an objection with a birthday": Bad(
        "privacy suppress --family A --given B --birth-month 05/1970", 2, r"--birth-month is no month such as 1970-05$"
    ),
    "a database that is down": Bad(
        "status",
        69,
        r"^database postgresql\+psycopg://me:\*\*\*@127\.0\.0\.1:1/x is not available: ",
        {"GRANDCOMPTE_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"},
    ),
    "a run on a database that is down": Bad(
        "run --offline", 69, r"is not available: ", {"GRANDCOMPTE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    ),
    "a migration of a database that is down": Bad(
        "migrate", 69, r"is not available: ", {"GRANDCOMPTE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    ),
    "a database without tables": Bad(
        "run --offline",
        69,
        r"has no tables yet; run `grandcompte migrate`$",
        {"GRANDCOMPTE_DATABASE_URL": "sqlite:///new.db"},
    ),
    "a database without tables for changes": Bad(
        "changes",
        69,
        r"has no tables yet; run `grandcompte migrate`$",
        {"GRANDCOMPTE_DATABASE_URL": "sqlite:///new.db"},
    ),
    "a file that is no database": Bad(
        "status",
        69,
        r"is not available: file is not a database$",
        {"GRANDCOMPTE_DATABASE_URL": "sqlite:///a.db"},
        {"a.db": b"this is a letter, no database " * 9},
    ),
    "a database in a folder that is not there": Bad(
        "migrate",
        69,
        r"is not available: unable to open database file$",
        {"GRANDCOMPTE_DATABASE_URL": "sqlite:///no/such/folder.db"},
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_told_in_one_line_and_nothing_is_lost(
    bad: Bad,
    world: DemoWorld,
    kept: tuple[str, int],
    call: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in bad.files.items():
        (tmp_path / name).write_bytes(content)
    for name, value in bad.environment.items():
        monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name)
    ended = call(*bad.arguments.split())
    assert ended.code == bad.code, ended.err
    (line,) = ended.err.splitlines()
    assert re.search(bad.says, line.removeprefix("grandcompte: ")), line
    assert line.startswith("grandcompte: ")
    assert ended.out == ""
    assert "secret" not in ended.err
    assert kept_of(world) == kept
    for name, content in bad.files.items():
        assert (tmp_path / name).read_bytes() == content


NO_ANSWERS = {
    "an answer of nobody": (b'{"weather": "fine"}', r"no answer of gleif: data missing"),
    "no JSON": (b"<html>maintenance</html>", r"no JSON: .* line 1"),
    "half a JSON": (b'{"data": [', r"no JSON: .*"),
    "nothing at all": (b"", r"no JSON"),
    "no UTF-8": (b'{"data": "\xe9"}', r"no UTF-8: byte 10"),
    "an answer of the other source": (b'{"results": [], "total_results": 0}', r"data missing"),
    "a JSON as deep as the sea": (b"[" * 100_000, r"\S"),
}


@pytest.mark.parametrize(("body", "says"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_an_import_of_what_is_no_answer_is_refused_by_name(
    body: bytes, says: str, world: DemoWorld, kept: tuple[str, int], call: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_bytes(body)
    ended = call("archive", "import", tmp_path / "a.json", "--source", "gleif", "--unwrap", "result")
    assert ended.code == 2
    (line,) = ended.err.splitlines()
    assert re.fullmatch(rf"refused  a\.json: .*{says}.*", line), line
    assert ended.out == "gleif: 0 answers archived (0 records, 0 of them for quarantine), 1 refused\n"
    assert kept_of(world) == kept


def test_an_import_of_answers_and_others_archives_the_answers(
    world: DemoWorld, call: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANDCOMPTE_ARCHIVE_URL", str(tmp_path / "archive"))
    entries = Archive(world.environment["GRANDCOMPTE_ARCHIVE_URL"])
    good = entries.load(entries.entries("recherche_entreprises")[0]).body
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.json").write_bytes(good)
    (tmp_path / "in" / "other.json").write_bytes(b"[]")
    ended = call("archive", "import", tmp_path / "in", "--source", "recherche_entreprises")
    assert ended.code == 3
    assert ended.out.startswith("recherche_entreprises: 1 answers archived (")
    assert ended.err.startswith("refused  other.json: ")
    assert [entry.key for entry in Archive(str(tmp_path / "archive")).entries()] == ["import/good.json"]


def test_a_damaged_archive_is_told_with_its_file(
    world: DemoWorld, call: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of(world, tmp_path, monkeypatch)
    (index, *_) = sorted((tmp_path / "archive" / "index" / "gleif").rglob("*.json"))
    index.write_text("{", encoding="utf-8")
    monkeypatch.setattr("flows.nightly.nightly", unreachable)
    ended = call("run", "--offline", "--at", instant_of(2).isoformat())
    assert ended.code == 69
    assert index.name in ended.err
    assert "Traceback" not in ended.err


def unreachable(**_parameters: object) -> None:
    raise RuntimeError("Failed to reach API at http://127.0.0.1:1/api/")


def test_an_unforeseen_failure_keeps_its_traceback(call: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_json: bool) -> int:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr("flows.commands.admin.show_status", fail)
    with pytest.raises(ZeroDivisionError):
        call("status")


def test_ctrl_c_is_one_line_and_130(call: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_json: bool) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.commands.admin.show_status", interrupt)
    ended = call("status")
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines() == ["grandcompte: interrupted; what is stored stays, run it again to go on"]


def test_a_shell_sees_the_same(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "flows", "run", "--offline", "--accounts", "none.csv"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert (
        ended.stderr == "grandcompte: none.csv: no such file; an accounts file is CSV or parquet with columns id,name\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_what_is_checked_before_a_run_changes_nothing(world: DemoWorld, kept: tuple[str, int]) -> None:
    check_plan(NightPlan(instant=instant_of(3), accounts=world.accounts, sources=("gleif",)))
    assert kept_of(world) == kept


# ---------------------------------------------------------------------------------------------------------------- help


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group with its path."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)  # type: ignore[arg-type]


COMMANDS = dict(commands(typer.main.get_command(app)))  # type: ignore[arg-type]


def test_the_commands_are_those_of_the_design() -> None:
    assert {" ".join(path) for path in COMMANDS} == {
        "demo", "migrate", "archive", "archive import", "run", "backfill", "schedule", "sources", "status", "doctor",
        "changes", "why", "privacy", "privacy suppress", "privacy erase", "privacy purge",
        "review", "review list", "review accept", "review reject", "review release",
        "link", "dedupe", "compare", "read",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_every_option_has_help(path: tuple[str, ...], call: CommandLine) -> None:
    command = COMMANDS[path]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{' '.join(path)}: {parameter.name} has no help"
    ended = call(*path, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert f"Usage: grandcompte {' '.join(path)}" in ended.out


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["privacy", "suppress", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["grandcompte", *{arguments!r}]
from flows.cli import main
try:
    main()
except SystemExit as end:
    loaded = sorted(set({HEAVY!r}) & set(sys.modules))
    print(end.code, loaded, file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ended.stderr == "0 []\n"
    assert "Usage: grandcompte" in ended.stdout


# ------------------------------------------------------------------------------------------------------ a played world


def test_status_tells_the_last_runs_and_the_rows(world: DemoWorld, call: CommandLine) -> None:
    told = json.loads(call("status", "--json").out)
    assert [(run["run_id"], run["state"]) for run in told["runs"]] == [
        ("nightly-20260303T021500Z", "degraded"),
        ("nightly-20260302T021500Z", "done"),
    ]
    assert told["rows"]["prospect_profile"] == world.store.count("prospect_profile") > 0
    ended = call("status")
    assert (ended.code, ended.err) == (0, "")
    first, second, rows = ended.out.splitlines()
    assert first.startswith("nightly-20260303T021500Z  nightly   degraded")
    assert second.startswith("nightly-20260302T021500Z  nightly   done")
    assert f"prospect_profile {told['rows']['prospect_profile']}" in rows


def test_sources_are_told_with_their_terms_and_last_load(world: DemoWorld, call: CommandLine) -> None:
    told = json.loads(call("sources", "--json").out)
    known = connectors.discover()
    assert {row["name"] for row in told} == set(known)
    for row in told:
        assert row["licence"]
        assert row["needs_key"] is known[row["name"]].terms.needs_key
    loaded = {row["name"]: row["last_load"] for row in told}
    assert loaded["gleif"] == loaded["recherche_entreprises"] == instant_of(2).isoformat()
    refused = {row["name"]: row["last_refusal"] for row in told}
    assert refused["recherche_entreprises"] is None
    assert "children" in refused["gleif"]
    ended = call("sources")
    assert (ended.code, ended.err) == (0, "")
    assert "gleif" in ended.out


@pytest.mark.parametrize("address", ["postgresql://127.0.0.1:1/x", "sqlite:///new.db"])
def test_sources_are_told_without_a_database(
    address: str, call: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANDCOMPTE_DATABASE_URL", address)
    ended = call("sources", "--json")
    assert ended.code == 0
    assert {row["last_load"] for row in json.loads(ended.out)} == {None}


def test_doctor_finds_a_sound_installation(world: DemoWorld, call: CommandLine) -> None:
    ended = call("doctor", "--json")
    told = {row["check"]: row for row in json.loads(ended.out)}
    assert (ended.code, ended.err) == (0, "")
    assert set(told) == {"pepper", "policy", "database", "archive", "packages", "source addresses", "private addresses"}
    assert all(row["ok"] for row in told.values())
    assert told["private addresses"]["detail"] == "refused"


def test_doctor_warns_of_a_server_that_can_lose_a_night(
    call: CommandLine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.store import Store

    Store.migrate(postgres_url)
    monkeypatch.setenv("GRANDCOMPTE_DATABASE_URL", postgres_url)
    (database,) = [check for check in json.loads(call("doctor", "--json").out) if check["check"] == "database"]
    store = Store.open(postgres_url)
    try:
        problems = store.durability_problems()
    finally:
        store.close()
    assert database["ok"] is (problems == [])
    assert problems  # the tests' own server runs without fsync, for speed
    assert "fsync=off" in database["detail"]


def test_doctor_names_all_that_is_missing(call: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "archive").write_text("a file")
    monkeypatch.setenv("GRANDCOMPTE_PEPPER", "short")
    monkeypatch.setenv("GRANDCOMPTE_POLICY", "none.toml")
    monkeypatch.setenv("GRANDCOMPTE_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")
    monkeypatch.setenv("GRANDCOMPTE_ARCHIVE_URL", "archive")
    monkeypatch.setenv("GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES", "1")
    ended = call("doctor", "--json")
    told = {row["check"]: row for row in json.loads(ended.out)}
    assert ended.code == 69
    assert [name for name, row in told.items() if not row["ok"]] == ["pepper", "policy", "database", "archive"]
    assert told["private addresses"]["detail"].startswith("ALLOWED")
    assert "secret" not in ended.out
    assert ended.err == "grandcompte: 4 of 7 checks failed\n"
    assert call("doctor").out.count("FAIL") == 4


def test_changes_are_told_since_an_instant(world: DemoWorld, call: CommandLine) -> None:
    told = json.loads(call("changes", "--json").out)
    assert {(row["kind"], row["status"], row["missing_snapshots"]) for row in told} == {
        ("appointed", "new", None),
        ("departed", "held", 1),
        ("title_changed", "new", None),
    }
    assert len(told) == 4  # an executive and a company were appointed
    assert json.loads(call("changes", "--since", "2026-03-03", "--json").out) == told
    assert json.loads(call("changes", "--since", "2026-03-04", "--json").out) == []
    assert call("changes", "--since", "2026-03-04").out == "no change\n"
    lines = call("changes").out.splitlines()
    assert len(lines) == 4
    (held,) = [line for line in lines if " departed " in line]
    assert "held, missing 1 of 3" in held
    assert "between 2026-03-02 and 2026-03-03" in held
    assert "[recherche_entreprises, answer " in held


@pytest.mark.parametrize("account", [FRENCH_UNITS["sanvadour"].siren, "A013"])
def test_why_tells_where_a_value_comes_from(account: str, world: DemoWorld, call: CommandLine) -> None:
    told = json.loads(call("why", account, "revenue_eur", "--json").out)
    (row,) = told["fields"]
    assert row["value"] == FRENCH_UNITS["sanvadour"].revenue_eur
    (said,) = row["from"]
    assert said["source"] == "recherche_entreprises"
    assert said["payload"] in set(world.read("payloads")["sha256"])
    ended = call("why", account)
    assert (ended.code, ended.err) == (0, "")
    assert "SANVADOUR" in ended.out.splitlines()[0].upper()
    assert "derived by grandcompte" in ended.out


def copy_of(world: DemoWorld, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at a copy of the world, which may be changed."""
    shutil.copytree(world.folder, folder, dirs_exist_ok=True)
    monkeypatch.setenv("GRANDCOMPTE_DATABASE_URL", f"sqlite:///{folder / 'grandcompte.db'}")
    monkeypatch.setenv("GRANDCOMPTE_ARCHIVE_URL", str(folder / "archive"))


def test_an_objection_holds_at_once(
    world: DemoWorld, kept: tuple[str, int], call: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of(world, tmp_path, monkeypatch)
    siren = FRENCH_UNITS["sanvadour"].siren
    assert call("why", siren, "name").code == 0
    ended = call("privacy", "suppress", "--unit", f"{siren[:3]} {siren[3:6]} {siren[6:]}")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "objection recorded for one company; 1 published profiles withdrawn\n"
    assert call("why", siren, "name").code == 2
    people = world.read("appointments").filter(world.read("appointments")["officer_kind"] == "person").to_dicts()
    journal, person = next(
        (row, person)
        for row in json.loads(call("changes", "--json").out)
        for person in people
        if row["kind"] == "appointed" and person["family_name"].lower() in row["full_name"].lower()
    )
    ended = call(
        "privacy", "suppress", "--family", person["family_name"], "--given", person["given_names"],
        "--birth-month", person["birth_month"],
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("objection recorded for one person; ")
    assert journal["full_name"] not in call("changes").out
    assert kept_of(world) == kept


def test_settings_of_a_file_and_of_the_environment(
    call: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.settings import read_settings

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANDCOMPTE_ARCHIVE_URL", raising=False)
    (tmp_path / "grandcompte.toml").write_text(
        'archive_url = "of the file"\ncontact = "of the file"\n'
        'gleif_url = "http://file.example"\nbodacc_url = "http://bodacc.example"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("GRANDCOMPTE_CONTACT", "of the environment")
    monkeypatch.setenv("GRANDCOMPTE_GLEIF_URL", "http://environment.example")
    settings = read_settings()
    assert (settings.archive_url, settings.contact) == ("of the file", "of the environment")
    assert settings.base_url("gleif", "default") == "http://environment.example"
    assert settings.base_url("bodacc", "default") == "http://bodacc.example"
    assert settings.base_url("rne", "default") == "default"
