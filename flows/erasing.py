"""Erases one unit, one raw record or one address everywhere at once (GDPR 17): rows, archive, quarantine, register.

A unit and a person are suppressed as well, or the next night would bring them back; what is not about either (a page,
a site, a notice) goes as it is stored now and may come again while its source still tells it. Whatever is rewritten in
the archive stands under another address, and the rows of other records follow it. Last, the database gives up the
space in which the deleted rows stood, so that not even its file holds them. Done twice it finds nothing more.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

import polars as pl

from connectors.contract import Connector
from flows.diffusion import without_rows
from flows.erasure import erase_appointments
from flows.objections import object_to_person, object_to_unit
from flows.privacy import LEI_SCHEME, words_of
from flows.publication import Publication
from flows.redaction import ASKED, WITHHELD, masker_of, purge_archive, rewrite_entry
from flows.runtime import Runtime
from flows.withdrawal import PRIVACY_RUN
from schemas.frames import OBSERVED_FRAMES
from schemas.provenance import Payload
from schemas.vocabulary import OfficerKind

REASON = "erasure"
COUNTED = (*OBSERVED_FRAMES, "quarantine", "payloads", "candidate_pairs", "executive", "prospect_profile")


def erase_unit(runtime: Runtime, scheme: str, identifier: str) -> dict[str, int]:
    """Erase a company and suppress it; returns what was removed, by table, and `raw answers` rewritten or removed."""
    before = stock(runtime)
    with runtime.archive.together():
        object_to_unit(runtime, scheme, identifier, REASON)
    return removed_since(runtime, before)


def erase_record(runtime: Runtime, source: str, key: str) -> dict[str, int]:
    """Erase one record of one source, whatever it is: a unit and a person are suppressed with it."""
    before = stock(runtime)
    own = {"source": [source], "source_key": [key]}
    connector = runtime.all_sources[source]
    with runtime.archive.together():
        for row in runtime.store.read_history("legal_units", own).unique("source_key").iter_rows(named=True):
            for scheme, identifier in ((row["national_id_scheme"], row["national_id"]), (LEI_SCHEME, row["lei"])):
                if scheme and identifier:
                    object_to_unit(runtime, scheme, identifier, REASON)
        offices = runtime.store.read_history("appointments", own).filter(
            pl.col("officer_kind") == OfficerKind.PERSON.value
        )
        for row in offices.iter_rows(named=True):
            erase_person(runtime, row)
        erase_stored(runtime, connector, key)
    return removed_since(runtime, before)


def erase_person(runtime: Runtime, row: Mapping[str, str | None]) -> None:
    """Erase the person of an appointment everywhere, what was asked about them included."""
    given = row["given_names"] or ""
    for family in sorted({name for name in (row["family_name"], row["usage_name"]) if name}):
        object_to_person(runtime, family, given, row["birth_month"], row["unit_key"], REASON)
        mask_questions(runtime, words_of(f"{family} {given.split()[0] if given.split() else ''}"))


def erase_stored(runtime: Runtime, connector: Connector, key: str) -> None:
    """Erase whatever else is stored under this key: archive first, so that a killed run finds the rows again."""
    store, source = runtime.store, connector.name
    masker = masker_of(runtime, store.read_suppressions())
    held = store.read("quarantine").filter(pl.col("source") == source, pl.col("source_key") == key)
    payloads = set(held["payload_sha256"])
    frames = [name for name in OBSERVED_FRAMES if name in connector.writes]
    told = [n for n in frames if store.read_history(n, {"source": [source], "source_key": [key]}).height]
    for name in told:
        payloads |= store.read_payloads_of(name, source, [key])
    if payloads:
        purge_archive(runtime, connector, [key], payloads, masker)
    if "appointments" in told:
        erase_appointments(runtime, connector, [key], masker)
    for name in frames if held.height else told:
        store.erase_observations(name, source, [key])
    if told:
        records = pl.DataFrame({"source": [source], "source_key": [key]})
        publication = Publication(withheld_records=records, withheld_names=frozenset())
        store.publish(publication, run_id=PRIVACY_RUN, instant=runtime.instant)
        named = f"{source}|{key}"
        for table in ("candidate_pairs", "judgements"):
            pairs = store.read(table)
            store.sync(table, pairs.filter(pl.col("left_record") != named, pl.col("right_record") != named))


def erase_address(runtime: Runtime, url: str) -> dict[str, int]:
    """Erase every raw answer that came from this address or was asked under it, and what was read in it alone."""
    before = stock(runtime)
    with runtime.archive.together():
        for source, connector in runtime.all_sources.items():
            entries = [e for e in runtime.archive.entries(source) if url in (e.url, e.key)]
            register = runtime.store.read("payloads").filter(
                pl.col("source") == source, (pl.col("url") == url) | (pl.col("key") == url)
            )
            told = {(e.fetched_at, e.sha256) for e in entries} | set(
                register.select("fetched_at", "sha256").iter_rows()
            )
            forget_answers(runtime, connector, told)
            for entry in entries:
                runtime.archive.delete(entry)
            for sha256 in sorted({sha256 for _, sha256 in told}):
                runtime.store.move_payload(source, sha256, None)
            if "pages" in connector.writes:
                pages = runtime.store.read_history("pages", {"url": [url], "source": [source]})
                runtime.store.erase_observations("pages", source, pages["source_key"].unique())
    return removed_since(runtime, before)


def forget_answers(runtime: Runtime, connector: Connector, answers: Iterable[tuple[object, str]]) -> None:
    """Forget what these answers (fetch instant, sha256) told; what others tell of the same records stays."""
    loads = pl.DataFrame(
        [(connector.name, at, sha256) for at, sha256 in answers],
        schema={"source": pl.String, "fetched_at": pl.Datetime("us", "UTC"), "payload_sha256": pl.String},
        orient="row",
    )
    if loads.is_empty():
        return
    for name in OBSERVED_FRAMES:
        if name in connector.writes:
            runtime.store.reread_observations(name, without_rows(name), loads)
    runtime.store.forget_unused_loads(loads)


def mask_questions(runtime: Runtime, words: frozenset[str]) -> None:
    """Take the values that hold all these words out of what was asked, in the archive and in the register."""
    if not words:
        return

    def masked(text: str) -> str:
        return ASKED.sub(lambda found: WITHHELD if words <= words_of(unquote_plus(found[0])) else found[0], text)

    for source in runtime.all_sources:
        for entry in runtime.archive.entries(source):
            if (masked(entry.key), masked(entry.url)) != (entry.key, entry.url):
                payload = runtime.archive.load(entry)
                told = Payload(source, masked(entry.key), payload.body, entry.fetched_at, masked(entry.url),
                               entry.status, entry.headers)  # fmt: skip
                rewrite_entry(runtime, entry, told)
    for row in runtime.store.read("payloads").iter_rows(named=True):
        if (masked(row["key"]), masked(row["url"])) != (row["key"], row["url"]):
            runtime.store.rename_payload(row["source"], row["sha256"], masked(row["key"]), masked(row["url"]))


def stock(runtime: Runtime) -> dict[str, object]:
    """How many rows each table has, and which raw answers stand in the archive."""
    raw = frozenset((e.entry_id, e.sha256) for e in runtime.archive.entries())
    return {**{name: runtime.store.count(name) for name in COUNTED}, "raw answers": raw}


def removed_since(runtime: Runtime, before: Mapping[str, object]) -> dict[str, int]:
    """What is gone, by table; raw answers that were rewritten count as well. The freed space is given up."""
    now = stock(runtime)
    gone = {name: int(str(before[name])) - int(str(now[name])) for name in COUNTED}
    left, right = before["raw answers"], now["raw answers"]
    raw = len(left - right) if isinstance(left, frozenset) and isinstance(right, frozenset) else 0
    runtime.store.give_up_space()
    return {name: count for name, count in {**gone, "raw answers": raw}.items() if count > 0}
