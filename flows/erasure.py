"""Takes back what is stored when a person or company objects or turns P: the one exception to 'never overwritten'.

The archive is rewritten before the rows go: a run that is killed in between finds the rows again and goes on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from connectors.contract import STREET_OF, Connector
from flows.page_privacy import domains_claiming, erase_sites
from flows.privacy import IDENTIFIER, NAMED_BY_SIREN, UNIT_FRAMES_BY_UNIT_KEY, without_street
from flows.redaction import Masker, Rewritten, purge_archive, rewritten_again
from flows.runtime import Runtime
from schemas.vocabulary import Diffusion

HASHED_KEY = "hash:"  # what stands in id_registry instead of the key of a unit that may not be named
HAS_STREET = pl.col("address_line").is_not_null() | pl.col("postal_code").is_not_null()


@dataclass(frozen=True, slots=True)
class Concealed:
    """Units that may not be named any more, as their records name them.

    Attributes:
        records: source and source_key of each record. identifiers: SIREN, LEI and keys of them all.
        names: every name that a record gave them.
    """

    records: frozenset[tuple[str, str]] = frozenset()
    identifiers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, records: pl.DataFrame, keys: Iterable[str] = ()) -> "Concealed":
        """From rows with source, IDENTIFIERS, name and other_names; `keys` name units without a record, too."""
        told = [records[name].drop_nulls() for name in ("source_key", "national_id", "lei")]
        names = [records["name"].drop_nulls(), records["other_names"].explode().drop_nulls()]
        return cls(
            frozenset(records.select("source", "source_key").iter_rows()),
            frozenset(value for column in told for value in column) | frozenset(keys),
            frozenset(value for column in names for value in column),
        )

    def of_source(self, source: str) -> list[str]:
        """The keys of one source's records."""
        return sorted(key for name, key in self.records if name == source)


def conceal(
    runtime: Runtime, concealed: Concealed, masker: Masker, tonight: Mapping[str, set[str]] | None = None
) -> dict[str, Rewritten]:
    """Erase these units of every source, rows and archive, and leave keyed hashes so that the same ids can return.

    Args:
        runtime: store, archive and all connectors.
        concealed: the units.
        masker: takes them out of what was asked.
        tonight: by source the payloads, not stored yet, that hold them.

    Returns:
        By source what became of archived payloads.
    """
    rewritten: dict[str, Rewritten] = {}
    for source, connector in runtime.all_sources.items():
        keys = concealed.of_source(source)
        payloads = runtime.store.read_payloads_of("legal_units", source, keys) | (tonight or {}).get(source, set())
        offices = offices_of(runtime, source, concealed.identifiers)
        payloads |= runtime.store.read_payloads_of("appointments", source, offices)
        named = {name: rows_about(runtime, name, source, concealed.identifiers) for name in NAMED_BY_SIREN}
        payloads |= {sha for name in named for sha in runtime.store.read_payloads_of(name, source, named[name])}
        rewritten[source] = purge_archive(runtime, connector, {*concealed.identifiers, *offices}, payloads, masker)
        erase_units(runtime, source, keys)
        runtime.store.erase_observations("appointments", source, offices)
        for name, rows in named.items():
            runtime.store.erase_observations(name, source, rows)
        for key in keys:
            runtime.store.conceal_id(source, key, HASHED_KEY + runtime.keyed_hash.of(f"{source}|{key}"))
    for source, gone in erase_sites(runtime, domains_claiming(runtime, concealed.identifiers)).items():
        rewritten[source] = rewritten_again(rewritten[source], gone)
    return rewritten


def offices_of(runtime: Runtime, source: str, identifiers: Iterable[str]) -> list[str]:
    """The appointments in which one of these units is the officer of another company."""
    rows = runtime.store.read_history("appointments", {"organisation_id": identifiers, "source": [source]})
    return rows["source_key"].unique().to_list()


def rows_about(runtime: Runtime, name: str, source: str, identifiers: Iterable[str]) -> list[str]:
    """One source's rows of a frame whose rows name a unit by its SIREN."""
    rows = runtime.store.read_history(name, {"unit_key": identifiers, "source": [source]})
    return rows["source_key"].unique().to_list()


def erase_units(runtime: Runtime, source: str, keys: list[str], *, with_ties: bool = True) -> None:
    """Erase every row of these units of one source; what hangs on them first, so that a killed run finds them again."""
    if not keys:
        return
    for frame in UNIT_FRAMES_BY_UNIT_KEY:
        rows = runtime.store.read_history(frame, {"unit_key": keys, "source": [source]})
        runtime.store.erase_observations(frame, source, rows["source_key"].unique().to_list())
    if with_ties:
        for end in ("child_key", "parent_key"):
            rows = runtime.store.read_history("relationships", {end: keys, "source": [source]})
            runtime.store.erase_observations("relationships", source, rows["source_key"].unique().to_list())
    runtime.store.erase_observations("legal_units", source, keys)


def forget_before_partial(
    runtime: Runtime, connector: Connector, keys: Iterable[str], tonight: pl.DataFrame, masker: Masker
) -> Rewritten:
    """Forget what one register told of these legal persons while it showed them whole; what it tells as P stays.

    Args:
        runtime: store and archive.
        connector: the register.
        keys: legal persons under P.
        tonight: rows of legal units that are about to be stored.
        masker: takes those who may not be named out of what was asked.
    """
    source, wanted = connector.name, list(keys)
    if not wanted:
        return {}
    shown_whole = pl.col("diffusion") != Diffusion.PARTIAL.value
    stored = runtime.store.read_history("legal_units", {"source_key": wanted, "source": [source]}).filter(shown_whole)
    told = tonight.filter(pl.col("source_key").is_in(wanted), shown_whole)
    turned = sorted({*stored["source_key"], *told["source_key"]})
    if not turned:
        return {}
    payloads = runtime.store.read_payloads_of("legal_units", source, stored["source_key"]) | set(told["payload_sha256"])
    partial = tonight.filter(pl.col("source_key").is_in(turned), pl.col("diffusion") == Diffusion.PARTIAL.value)
    keep = {sha256: frozenset(rows["source_key"]) for (sha256,), rows in partial.group_by("payload_sha256")}
    rewritten = purge_archive(runtime, connector, turned, payloads, masker, keep)
    erase_units(runtime, source, turned, with_ties=False)
    return rewritten


def mask_streets(runtime: Runtime, identifiers: set[str], sites: pl.DataFrame, masker: Masker) -> dict[str, Rewritten]:
    """Take the street out of every stored version of these units and sites, and out of the answers that told it.

    Args:
        runtime: store, archive and all connectors.
        identifiers: `scheme|identifier` of the units, in whatever register.
        sites: source and source_key of the sites.
        masker: takes those who may not be named out of what was asked.

    Returns:
        By source what became of archived payloads.
    """
    rewritten: dict[str, Rewritten] = {}
    if identifiers:
        numbers = {identifier.partition("|")[2] for identifier in identifiers}
        units = runtime.store.read_history("legal_units", {"national_id": numbers})
        shown = units.filter(HAS_STREET, IDENTIFIER.is_in(list(identifiers)))
        mask_shown(runtime, "legal_units", shown, masker, rewritten)
    if sites.height:
        told = runtime.store.read_history("establishments", {"source_key": sites["source_key"]})
        shown = told.filter(HAS_STREET).join(sites, on=["source", "source_key"], how="semi")
        mask_shown(runtime, "establishments", shown, masker, rewritten)
    return rewritten


def mask_shown(
    runtime: Runtime, frame: str, shown: pl.DataFrame, masker: Masker, rewritten: dict[str, Rewritten]
) -> None:
    """Mask these stored versions, the archive before the rows; adds what became of payloads to `rewritten`."""
    for (source,), rows in shown.group_by("source", maintain_order=True):
        name, keys = str(source), sorted(set(rows["source_key"]))
        payloads = runtime.store.read_payloads_of(frame, name, keys)
        moved = purge_parts(runtime, runtime.all_sources[name], STREET_OF, keys, payloads, masker)
        rewritten[name] = rewritten_again(rewritten.get(name, {}), moved)
    versions = shown.select("source", "source_key", "observed_from").unique()
    if versions.height:  # read again: their payloads stand under another address now
        again = runtime.store.read_history(frame, {"source_key": versions["source_key"]})
        again = again.join(versions, on=["source", "source_key", "observed_from"], how="semi")
        runtime.store.rewrite_observations(frame, without_street(again, pl.lit(True)))


def purge_parts(
    runtime: Runtime, connector: Connector, part: str, keys: Iterable[str], payloads: set[str], masker: Masker
) -> Rewritten:
    """Take one part (OFFICERS_OF, STREET_OF) of these records out of these archived payloads."""
    wanted = [f"{part}{key}" for key in keys]
    return purge_archive(runtime, connector, wanted, payloads, masker) if wanted and payloads else {}


def erase_notices(
    runtime: Runtime,
    connector: Connector,
    keys: Iterable[str],
    units: Iterable[str],
    masker: Masker,
    tonight: set[str],
) -> Rewritten:
    """Erase these notices, rows and archive.

    Args:
        runtime: store and archive.
        connector: their source.
        keys: source_keys of the rows.
        units: SIREN that nothing else in the same answers may tell either.
        masker: takes those who may not be named out of what was asked.
        tonight: payloads, not stored yet, that hold them.
    """
    source, wanted = connector.name, sorted(keys)
    payloads = runtime.store.read_payloads_of("notices", source, wanted) | tonight
    rewritten = purge_archive(runtime, connector, {*wanted, *units}, payloads, masker)
    runtime.store.erase_observations("notices", source, wanted)
    return rewritten


def erase_appointments(
    runtime: Runtime, connector: Connector, keys: Iterable[str], masker: Masker, tonight: pl.DataFrame | None = None
) -> Rewritten:
    """Erase these appointments of officers who objected, rows and archive; `tonight` are rows not stored yet."""
    source, wanted = connector.name, list(keys)
    if not wanted:
        return {}
    payloads = runtime.store.read_payloads_of("appointments", source, wanted)
    if tonight is not None:
        payloads |= set(tonight.filter(pl.col("source_key").is_in(wanted))["payload_sha256"])
    rewritten = purge_archive(runtime, connector, wanted, payloads, masker)
    runtime.store.erase_observations("appointments", source, wanted)
    return rewritten
