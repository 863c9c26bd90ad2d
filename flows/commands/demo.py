"""`grandcompte demo`: two nights of an invented world, offline, from an empty database, always the same."""

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

from flows.commands.changes import read_journal, tell
from flows.commands.run import describe, play_through, prepare_prefect
from flows.demo.accounts import accounts_csv
from flows.demo.payloads import demo_payloads
from flows.demo.people import demo_suppressions
from flows.demo.world import instant_of
from flows.errors import EXIT_DONE, InputError
from flows.night import NightPlan, NightReport

NIGHTS = (1, 2)
DEMO_PEPPER = "the demo's pepper is public: its world is invented"
MARK = ".grandcompte-demo"  # what a folder must hold before we empty it
NOTICE = "Invented data: no company, person or event below exists. / Données inventées : rien de ce qui suit n'existe."


def play_demo(out: Path) -> int:
    """Play both nights in `out` and print what they found; 0 although night 2 reports a refused load."""
    empty_folder(out)
    settle_in(out.resolve())
    from connectors.archive import Archive
    from flows.settings import read_settings
    from flows.store import Store

    settings = read_settings()
    Store.migrate(settings.database_url)
    accounts = out / "accounts.csv"
    accounts.write_text(accounts_csv(), encoding="utf-8")
    record_objections()
    print(NOTICE)
    archive = Archive(settings.archive_url)
    for night in NIGHTS:
        for payload in demo_payloads(night):
            archive.put(payload)
        report = play_one(instant_of(night), accounts)
        print(f"\nNight {night}, {instant_of(night):%Y-%m-%d %H:%M} UTC")
        for line in describe(report)[1:]:
            print(line)
        for source in report.sources:
            for refusal in source.refusals:
                print(f"    refused: {refusal}; what was stored stays")
    show_results(out)
    return EXIT_DONE


def empty_folder(out: Path) -> None:
    """Start from nothing, but never empty a folder that is not a demo's.

    Raises:
        InputError: the folder holds something else, or is a file.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: this is a file; name a folder with --out")
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise InputError(f"{out}: the folder is not empty and no earlier demo made it; choose another with --out")
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARK).write_text("made by grandcompte demo; emptied by the next one\n", encoding="utf-8")


def settle_in(out: Path) -> None:
    """Point this process at the demo's own database, archive and Prefect home."""
    os.environ.pop("PREFECT_API_URL", None)
    os.environ["PREFECT_HOME"] = str(out / "prefect")
    os.environ["GRANDCOMPTE_DATABASE_URL"] = f"sqlite:///{out / 'grandcompte.db'}"
    os.environ["GRANDCOMPTE_ARCHIVE_URL"] = str(out / "archive")
    os.environ["GRANDCOMPTE_PEPPER"] = DEMO_PEPPER
    os.environ.pop("GRANDCOMPTE_POLICY", None)
    prepare_prefect()


def record_objections() -> None:
    """Whoever objected before the first night is never stored."""
    from flows.objections import object_to_person
    from flows.runtime import open_runtime
    from flows.settings import read_settings

    with open_runtime(read_settings(), instant_of(NIGHTS[0])) as runtime:
        for person in demo_suppressions():
            object_to_person(runtime, person.family, person.given, person.birth_month, person.unit, "objection (demo)")


def play_one(instant: datetime, accounts: Path) -> NightReport:
    """One night through Prefect, or plainly where Prefect cannot be started."""

    def through_prefect() -> None:
        from flows.nightly import nightly

        nightly(at=instant.isoformat(), accounts=str(accounts), offline=True)

    return play_through(through_prefect, NightPlan(instant=instant, accounts=accounts, offline=True))


def show_results(out: Path) -> None:
    """Print and save the ranked table, the changes and the matched accounts; write the sheets."""
    from flows.demo.tables import account_table, ranked_table
    from flows.runtime import chosen_sources
    from flows.settings import read_settings
    from flows.sheets import Shelf, is_top_account
    from flows.store import Store
    from flows.web.sheet import render_sheet

    last = instant_of(NIGHTS[-1])
    store = Store.open(read_settings().database_url)
    try:
        shelf = Shelf(store, chosen_sources(), is_demo=True)
        journal = [tell(row) for row in read_journal(store, last)]
        texts = {
            "ranking.txt": ranked_table(shelf.ranked()),
            "changes.txt": "\n".join(journal) + "\n",
            "accounts.txt": account_table(store.read("account_match"), shelf.profiles),
        }
    finally:
        store.close()
    titles = {
        "ranking.txt": "Ranked accounts / Comptes classés",
        "changes.txt": "Changes of night 2 / Changements de la nuit 2",
        "accounts.txt": "CRM accounts and what they are / Comptes du CRM et leur rapprochement",
    }
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
        print(f"\n{titles[name]}\n{text}", end="")
    sheets = out / "sheets"
    sheets.mkdir()
    top = [row for row in shelf.ranked() if is_top_account(row)]
    for row in top:
        for language in ("fr", "en"):
            page = render_sheet(shelf.sheet(row["profile_id"], last), language)
            (sheets / f"{row['profile_id']}.{language}.html").write_text(page, encoding="utf-8")
    print(f"\n{len(top)} account sheets in French and English: {sheets}{os.sep}", file=sys.stdout)
