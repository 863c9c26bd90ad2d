"""Takes back what is stored when a person or company objects or turns P: the one exception to 'never overwritten'."""

from collections.abc import Iterable

import polars as pl

from connectors.contract import Connector
from flows.privacy import SCOPE_DIFFUSION, UNIT_FRAMES_BY_UNIT_KEY, unit_hashes, without_street
from flows.runtime import Runtime
from schemas.vocabulary import Diffusion

HASHED_KEY = "hash:"  # what stands in id_registry instead of the key of a unit that may not be named


def conceal_units(
    runtime: Runtime, connector: Connector, units: pl.DataFrame | None, keys: Iterable[str]
) -> dict[str, str | None]:
    """Erase these units of one source everywhere and leave a keyed hash, so that the same id can return.

    Returns:
        The archived payloads that were rewritten: old sha256 to new, or to None when nothing else was in it.
    """
    wanted = list(keys)
    if units is None or not wanted:
        return {}
    source = connector.name
    tonight = units.filter(pl.col("source_key").is_in(wanted))
    stored = runtime.store.read_history("legal_units").filter(
        (pl.col("source") == source) & pl.col("source_key").is_in(wanted)
    )
    payloads = set(tonight["payload_sha256"]) | set(stored["payload_sha256"])
    runtime.store.erase_observations("legal_units", source, wanted)
    for frame in UNIT_FRAMES_BY_UNIT_KEY:
        erase_of_units(runtime, frame, source, wanted)
    relationships = runtime.store.read_history("relationships").filter(
        (pl.col("source") == source) & (pl.col("child_key").is_in(wanted) | pl.col("parent_key").is_in(wanted))
    )
    runtime.store.erase_observations("relationships", source, relationships["source_key"].unique().to_list())
    hashes = unit_hashes(pl.concat([tonight.select(IDENTIFIERS), stored.select(IDENTIFIERS)]), runtime.keyed_hash)
    turned = set(tonight.filter(pl.col("diffusion") == Diffusion.PARTIAL.value)["source_key"])
    for key_hash in hashes.filter(pl.col("source_key").is_in(list(turned)))["key_hash"].unique():
        runtime.store.suppress(key_hash, SCOPE_DIFFUSION, "statut de diffusion P (R123-232-1)", runtime.instant)
    for key in wanted:
        runtime.store.conceal_id(source, key, HASHED_KEY + runtime.keyed_hash.of(f"{source}|{key}"))
    return redact_payloads(runtime, connector, payloads, wanted)


IDENTIFIERS = ["source_key", "national_id", "national_id_scheme", "lei"]


def erase_of_units(runtime: Runtime, frame: str, source: str, units: list[str]) -> set[str]:
    """Erase every row of these units in one frame; returns the payloads that the rows came from."""
    rows = runtime.store.read_history(frame).filter((pl.col("source") == source) & pl.col("unit_key").is_in(units))
    runtime.store.erase_observations(frame, source, rows["source_key"].unique().to_list())
    return set(rows["payload_sha256"])


def mask_units(runtime: Runtime, connector: Connector, keys: Iterable[str]) -> dict[str, str | None]:
    """Take the street and the persons out of what is stored of these legal persons, in every version."""
    units, source = list(keys), connector.name
    if not units:
        return {}
    payloads = erase_of_units(runtime, "appointments", source, units)
    for frame, column in (("legal_units", "source_key"), ("establishments", "unit_key")):
        rows = runtime.store.read_history(frame).filter((pl.col("source") == source) & pl.col(column).is_in(units))
        shown = rows.filter(pl.col("address_line").is_not_null() | pl.col("postal_code").is_not_null())
        if shown.height:
            payloads |= set(shown["payload_sha256"])
            runtime.store.rewrite_observations(frame, without_street(shown, pl.lit(True)))
    return redact_payloads(runtime, connector, payloads, units)


def redact_payloads(
    runtime: Runtime, connector: Connector, payloads: set[str], keys: list[str]
) -> dict[str, str | None]:
    """Rewrite these archived payloads without the records; the rows of the other records follow the new address."""
    replaced: dict[str, str | None] = {}
    for entry in runtime.archive.entries(connector.name):
        if entry.sha256 not in payloads:
            continue
        body = connector.redact(runtime.archive.load(entry), frozenset(keys))
        if body is None:
            runtime.archive.delete(entry)
            replaced[entry.sha256] = None
        else:
            replaced[entry.sha256] = runtime.archive.replace(entry, body).sha256
    for old, new in replaced.items():
        runtime.store.move_payload(connector.name, old, new)
    return replaced


def erase_persons(runtime: Runtime, source: str, appointments: Iterable[str]) -> None:
    """Erase the appointments of persons who objected."""
    if keys := list(appointments):
        runtime.store.erase_observations("appointments", source, keys)


def lift_diffusion(runtime: Runtime, units: pl.DataFrame | None) -> None:
    """A unit that the register shows as O again may be named again: its hash leaves the list and its ids return."""
    if units is None:
        return
    hidden = runtime.store.read_suppressions(only_scope=SCOPE_DIFFUSION)
    if not hidden:
        return
    shown = units.filter(pl.col("diffusion") == Diffusion.OPEN.value)
    hashes = unit_hashes(shown, runtime.keyed_hash).filter(pl.col("key_hash").is_in(list(hidden)))
    for source_key, key_hash in hashes.iter_rows():
        runtime.store.lift_suppression(key_hash)
        source = shown.filter(pl.col("source_key") == source_key)["source"][0]
        runtime.store.reveal_id(source, source_key, HASHED_KEY + runtime.keyed_hash.of(f"{source}|{source_key}"))
