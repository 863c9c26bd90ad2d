"""The command line. Each command imports its module when it is called, so that `--help` stays light."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.errors import EXIT_INTERRUPTED
from flows.moments import parse_day, parse_instant

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Finds and keeps up to date the key accounts that a B2B vendor should win.",
)
archive_app = typer.Typer(no_args_is_help=True, help="The archive of the sources' answers.")
privacy_app = typer.Typer(no_args_is_help=True, help="Objections of persons and companies.")
app.add_typer(archive_app, name="archive")
app.add_typer(privacy_app, name="privacy")
review_app = typer.Typer(no_args_is_help=True, help="What waits for a person's decision.")
app.add_typer(review_app, name="review")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Accounts = Annotated[
    Path | None,
    typer.Option("--accounts", help="CRM accounts: CSV or parquet with id,name[,country,city,national_id,...]."),
]


def names_of(text: str | None) -> tuple[str, ...]:
    """The parts of a comma-separated option."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for database, archive and account sheets.")] = Path(
        "demo-out"
    ),
) -> None:
    """Play two nights of an invented world, offline: ranked table, changes, account sheets."""
    from flows.commands.demo import play_demo

    raise typer.Exit(play_demo(out))


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    from flows.commands.admin import migrate_database

    raise typer.Exit(migrate_database())


@archive_app.command("import")
def archive_import(
    paths: Annotated[list[Path], typer.Argument(help="Recorded answers: files or folders of .json files.")],
    source: Annotated[str, typer.Option("--source", help="The source that gave the answers.")],
    unwrap: Annotated[
        str | None, typer.Option("--unwrap", help="Store the object under this key, where there is one.")
    ] = None,
) -> None:
    """Bring recorded answers of a source into the archive."""
    from flows.commands.archive import import_answers

    raise typer.Exit(import_answers(paths, source, unwrap))


@app.command()
def run(
    at: Annotated[str | None, typer.Option("--at", help="The run's instant (ISO); the clock's by default.")] = None,
    accounts: Accounts = None,
    sources: Annotated[str | None, typer.Option("--sources", help="Only these sources, comma-separated.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Read the archive, ask no source.")] = False,
) -> None:
    """Run one night: ingest, resolve, profile, publish."""
    from flows.commands.run import run_night

    raise typer.Exit(run_night(parse_instant(at), accounts, names_of(sources), offline))


@app.command()
def backfill(
    source: Annotated[str, typer.Option("--source", help="The source to read again.")],
    since: Annotated[str, typer.Option("--since", help="First day of the window.")],
    until: Annotated[str, typer.Option("--until", help="Last day of the window.")],
    accounts: Accounts = None,
    from_archive: Annotated[bool, typer.Option("--from-archive", help="Read the archive, not the source.")] = False,
) -> None:
    """Run the same four stages over a window in the past."""
    from flows.commands.run import run_backfill

    raise typer.Exit(run_backfill(source, parse_day(since), parse_day(until), accounts, from_archive))


@app.command()
def schedule(
    cron: Annotated[str, typer.Option("--cron", help="When the night starts (UTC).")] = "15 2 * * *",
) -> None:
    """Serve the nightly and backfill deployments to Prefect until stopped."""
    from flows.commands.run import serve_schedule

    raise typer.Exit(serve_schedule(cron))


@app.command()
def sources(json: Json = False) -> None:
    """List the sources with licence, key, budget and last load."""
    from flows.commands.sources import list_sources

    raise typer.Exit(list_sources(json))


@app.command()
def status(json: Json = False) -> None:
    """Show the last runs and what the tables hold."""
    from flows.commands.admin import show_status

    raise typer.Exit(show_status(json))


@app.command()
def doctor(json: Json = False) -> None:
    """Check settings, database, archive and installation."""
    from flows.commands.admin import check_installation

    raise typer.Exit(check_installation(json))


@app.command()
def link(
    left: Annotated[Path, typer.Argument(help="Records to find: CSV or parquet with id,name[,country,city,lei,...].")],
    right: Annotated[Path, typer.Argument(help="The register to find them in, of the same form.")],
    out: Annotated[Path, typer.Option("--out", help="left_id,right_id,score,band,reasons.")],
    show_all: Annotated[bool, typer.Option("--all", help="Write rejected candidates, too.")] = False,
    executor: Annotated[str, typer.Option("--executor", help="local, or dask for two worker processes.")] = "local",
) -> None:
    """Link the records of one file to those of another."""
    from flows.commands.link import link_files

    raise typer.Exit(link_files(left, right, out, show_all, executor))


@app.command()
def dedupe(
    file: Annotated[Path, typer.Argument(help="Records: CSV or parquet with id,name[,country,city,lei,...].")],
    out: Annotated[Path, typer.Option("--out", help="id,cluster_id,score.")],
) -> None:
    """Find the records of one file that are one company."""
    from flows.commands.dedupe import dedupe_file

    raise typer.Exit(dedupe_file(file, out))


@app.command()
def compare(
    name_a: Annotated[str | None, typer.Argument(help="A name.")] = None,
    name_b: Annotated[str | None, typer.Argument(help="Another name.")] = None,
    pairs: Annotated[Path | None, typer.Option("--pairs", help="File with id,name_a,name_b.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="With --pairs: id,score,band,reasons.")] = None,
) -> None:
    """Say how likely two names are one company, and why."""
    from flows.commands.compare import compare_file, compare_two
    from flows.errors import InputError

    if pairs is not None and out is not None:
        raise typer.Exit(compare_file(pairs, out))
    if name_a is None or name_b is None or pairs is not None:
        raise InputError("compare: two names are expected, or --pairs FILE with --out FILE")
    raise typer.Exit(compare_two(name_a, name_b))


@app.command()
def changes(
    since: Annotated[str | None, typer.Option("--since", help="First day or instant of detection.")] = None,
    json: Json = False,
) -> None:
    """Print the journal: who arrived, left or changed title, with windows and evidence."""
    from flows.commands.changes import print_journal

    raise typer.Exit(print_journal(parse_instant(since), json))


@app.command()
def read(
    documents: Annotated[list[str] | None, typer.Argument(metavar="FILE|URL", help="Pages, texts, filings.")] = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="JSON lines: doc, url, published, company.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where the document was published.")] = None,
    published: Annotated[str | None, typer.Option("--published", help="Its day, for dates without a year.")] = None,
    kind: Annotated[
        str, typer.Option("--as", help="identity, leadership, changes, presence, structured or all.")
    ] = "all",
    out: Annotated[Path | None, typer.Option("--out", help="JSON lines; standard output by default.")] = None,
) -> None:
    """Read pages and notices: who the company is, who leads it, who comes and goes, where it is; with quotes."""
    from flows.commands.read import read_documents

    raise typer.Exit(read_documents(documents or [], manifest, url, published, kind, out))


@app.command()
def why(
    account: Annotated[str, typer.Argument(help="Profile id, entity id, national identifier, LEI or CRM account id.")],
    field: Annotated[str | None, typer.Argument(help="One column of the profile.")] = None,
    json: Json = False,
) -> None:
    """Say where a profile's values come from and what else was claimed."""
    from flows.commands.why import explain

    raise typer.Exit(explain(account, field, json))


Mass = Annotated[str | None, typer.Option("--mass", help="A mass of changes, as `review list` names it.")]
DecidedBy = Annotated[str | None, typer.Option("--by", help="Who decides.")]


@review_app.command("list")
def review_list(json: Json = False) -> None:
    """List the masses of changes that are held, and what was decided about others."""
    from flows.commands.review import list_reviews

    raise typer.Exit(list_reviews(json))


@review_app.command("accept")
def review_accept(mass: Mass = None, by: DecidedBy = None) -> None:
    """Let a mass of changes be told, with its own dates."""
    from flows.commands.review import decide

    raise typer.Exit(decide(mass, by, accept=True))


@review_app.command("reject")
def review_reject(mass: Mass = None, by: DecidedBy = None) -> None:
    """Retract a mass of changes: the roster stays as it was before."""
    from flows.commands.review import decide

    raise typer.Exit(decide(mass, by, accept=False))


@review_app.command("release")
def review_release(
    source: Annotated[str, typer.Argument(help="The source that was refused.")],
    scope: Annotated[
        str, typer.Argument(help="Its load: what stands before the first colon and space of the refusal.")
    ],
    by: DecidedBy = None,
) -> None:
    """Believe a refused load: from the next night on, what its list brings is held against it."""
    from flows.commands.review import release_load

    raise typer.Exit(release_load(source, scope, by))


@privacy_app.command("suppress")
def suppress(
    unit: Annotated[str | None, typer.Option("--unit", help="SIREN or other national identifier, or LEI.")] = None,
    scheme: Annotated[str, typer.Option("--scheme", help="Its scheme (FR-RCS, GB-COH, LEI, ...).")] = "FR-RCS",
    family: Annotated[str | None, typer.Option("--family", help="Family or usage name of a person.")] = None,
    given: Annotated[str | None, typer.Option("--given", help="Given names of the person.")] = None,
    birth_month: Annotated[str | None, typer.Option("--birth-month", help="YYYY-MM, kept as a keyed hash.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, without naming anybody.")] = "objection",
) -> None:
    """Record an objection: of a company (--unit) or of a person (--family, --given, and --birth-month or --unit)."""
    from flows.commands.privacy import record_objection

    raise typer.Exit(record_objection(unit, scheme, family, given, birth_month, reason))


@privacy_app.command("erase")
def privacy_erase(
    unit: Annotated[str | None, typer.Option("--unit", help="SIREN or other national identifier, or LEI.")] = None,
    scheme: Annotated[str, typer.Option("--scheme", help="Its scheme (FR-RCS, GB-COH, LEI, ...).")] = "FR-RCS",
    source: Annotated[str | None, typer.Option("--source", help="The source of one record.")] = None,
    record: Annotated[str | None, typer.Option("--record", help="The key of one record of --source.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Every raw answer from this address.")] = None,
) -> None:
    """Delete one unit, record or address everywhere: rows, archive, quarantine, register."""
    from flows.commands.erase import erase

    raise typer.Exit(erase(unit, scheme, source, record, url))


@privacy_app.command("purge")
def privacy_purge() -> None:
    """Remove raw answers past their source's limit, and leftovers of killed processes."""
    from flows.commands.erase import purge

    raise typer.Exit(purge())


def main() -> None:
    """Run one command; what a person can mend is one line on stderr, never a traceback."""
    try:
        app(prog_name="grandcompte")
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            print("grandcompte: interrupted; what is stored stays, run it again to go on", file=sys.stderr)
        raise
    except Exception as error:
        from flows.commands.failures import explain_failure

        sys.exit(explain_failure(error))


if __name__ == "__main__":
    main()
