"""Which legal notices may not be kept: they name companies and persons, and know neither diffusion nor objections.

What a notice says of a unit under P, of a unit or person who objected, or of a natural person whom no register shows as
O goes as a whole, from the rows and from the archive: a text that is cut could still tell of whom it spoke.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import polars as pl

from connectors.contract import Connector
from flows.erasure import erase_notices
from flows.privacy import IS_OWN_RECORD, KeyedHash, words_of
from flows.redaction import Masker, Rewritten
from flows.runtime import Runtime
from schemas.identifiers import normalise_siren
from schemas.vocabulary import Diffusion

SCHEME = "FR-RCS"
TEXTS = ("administration", "description", "judgement_kind")
SIREN = re.compile(r"(?<![0-9])[0-9]{3}[ .\u00a0]?[0-9]{3}[ .\u00a0]?[0-9]{3}(?![0-9])", re.ASCII)
WORD = re.compile(r"[\w'’-]+")
LONGEST_FAMILY_NAME = 4  # words
FARTHEST_GIVEN_NAME = 3  # words between it and the family name, one more than a birth name in brackets takes


@dataclass(frozen=True, slots=True)
class Unwelcome:
    """Whom notices may not name.

    Attributes:
        suppressed: keyed hashes of units and persons. partial: `scheme|identifier` of legal persons under P.
        names: of units that are being erased. confirmed: SIREN of natural persons whom their register shows as O.
    """

    suppressed: Collection[str]
    partial: Collection[str] = ()
    names: Collection[str] = ()
    confirmed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class WithheldNotices:
    """Notices that may not be kept: source_keys of rows, and SIREN that no notice may tell."""

    rows: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Night:
    """What one source of notices brought: its rows, not stored yet, and (source_key, payload) of rejected records."""

    source: str
    rows: pl.DataFrame
    rejected: tuple[tuple[str, str], ...] = field(default=())


def confirmed_persons(units: pl.DataFrame) -> set[str]:
    """SIREN of the natural persons whom their own register shows as O."""
    shown = units.filter(IS_OWN_RECORD, pl.col("is_natural_person"), pl.col("diffusion") == Diffusion.OPEN.value)
    return set(shown["national_id"])


def find_withheld_notices(rows: pl.DataFrame, unwelcome: Unwelcome, keyed: KeyedHash) -> WithheldNotices:
    """Say which rows of notices may not be kept.

    Args:
        rows: of `notices`.
        unwelcome: whom they may not name.
        keyed: the keyed hash.
    """
    closed = closed_units(rows["unit_key"], unwelcome, keyed)
    named = {
        key
        for key, unit, *texts in rows.select("notice_key", "unit_key", *TEXTS).iter_rows()
        if names_somebody(" ; ".join(filter(None, texts)), unit, unwelcome, keyed)
    }
    whole = named | set(rows.filter(pl.col("unit_key").is_in(list(closed)))["notice_key"])
    unknown = rows.filter("is_natural_person", ~pl.col("unit_key").is_in(list(unwelcome.confirmed)))
    kept_out = rows.filter(pl.col("notice_key").is_in(list(whole)))
    gone = frozenset(kept_out["source_key"]) | frozenset(unknown["source_key"])
    return WithheldNotices(gone, frozenset(closed) | frozenset(unknown["unit_key"]))


def closed_units(sirens: Iterable[str], unwelcome: Unwelcome, keyed: KeyedHash) -> set[str]:
    """Those of these SIREN that are under P or have objected."""
    suppressed = frozenset(unwelcome.suppressed)
    return {
        siren
        for siren in set(sirens)
        if f"{SCHEME}|{siren}" in unwelcome.partial or (suppressed and keyed.unit(SCHEME, siren) in suppressed)
    }


def names_somebody(text: str, unit: str, unwelcome: Unwelcome, keyed: KeyedHash) -> bool:
    """Whether a text names a person or unit who may not be named, in whatever layout."""
    if not text:
        return False
    if unwelcome.names and any(words <= words_of(text) for name in unwelcome.names if (words := words_of(name))):
        return True
    if not unwelcome.suppressed:
        return False
    numbers = (normalise_siren(found) for found in SIREN.findall(text))
    if any(number and keyed.unit(SCHEME, number) in unwelcome.suppressed for number in numbers):
        return True
    suppressed = frozenset(unwelcome.suppressed)
    return any(keyed.person((family,), given, unit=unit) & suppressed for family, given in possible_names(text))


def possible_names(text: str) -> set[tuple[str, str]]:
    """Every run of words as a family name with each word near it as the first given name.

    No grammar: which of the four layouts a text has must not decide whether an objection holds.
    """
    words = WORD.findall(text)
    pairs = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_FAMILY_NAME, len(words)) + 1):
            family = "".join(words[start:end])
            near = [*range(end, end + FARTHEST_GIVEN_NAME), *range(start - FARTHEST_GIVEN_NAME, start)]
            pairs |= {(family, given) for at in near if 0 <= at < len(words) for given in _spellings(words, at)}
    return pairs


def _spellings(words: list[str], at: int) -> set[str]:
    """A compound given name is one word or two: `Jean-Pierre`, `Jean Pierre`, `Jean`."""
    return {words[at], words[at].split("-")[0], "".join(words[at : at + 2])}


def silence_notices(
    runtime: Runtime, unwelcome: Unwelcome, masker: Masker, units: Collection[str], tonight: Night | None = None
) -> tuple[WithheldNotices, Rewritten]:
    """Erase every notice that names these, stored by any source or of tonight, rows and archive.

    Args:
        runtime: store, archive and all connectors.
        unwelcome: whom notices may not name.
        masker: takes those who may not be named out of what was asked.
        units: SIREN whose stored notices are looked at; with names all of them.
        tonight: what the source that is being read brought.

    Returns:
        What of tonight's may not be stored, and what became of that source's archived payloads.
    """
    withheld, rewritten = WithheldNotices(), Rewritten()
    for source, connector in runtime.all_sources.items():
        if "notices" not in connector.writes:
            continue
        own = tonight if tonight is not None and tonight.source == source else None
        found, moved = silence_source(runtime, connector, unwelcome, masker, units, own)
        if own is not None:
            withheld, rewritten = found, moved
    return withheld, rewritten


def silence_source(
    runtime: Runtime,
    connector: Connector,
    unwelcome: Unwelcome,
    masker: Masker,
    units: Collection[str],
    tonight: Night | None,
) -> tuple[WithheldNotices, Rewritten]:
    """The same in one source."""
    keyed, source = runtime.keyed_hash, connector.name
    rows = stored_notices(runtime, source, None if unwelcome.names else units)
    natural = rows.filter("is_natural_person")["unit_key"]  # a register showed them as O when they were stored
    kept = Unwelcome(unwelcome.suppressed, unwelcome.partial, unwelcome.names, {*natural, *unwelcome.confirmed})
    stored = find_withheld_notices(rows, kept, keyed)
    told, refused = WithheldNotices(), set[str]()
    payloads: set[str] = set()
    if tonight is not None:
        told = find_withheld_notices(tonight.rows, unwelcome, keyed)
        payloads |= set(tonight.rows.filter(pl.col("source_key").is_in(list(told.rows)))["payload_sha256"])
        last = {key: key.rpartition("|")[2] for key, _ in tonight.rejected}
        closed = closed_units(last.values(), unwelcome, keyed)
        refused = {key for key, siren in last.items() if siren in closed}
        payloads |= {sha256 for key, sha256 in tonight.rejected if key in refused}
    gone = stored.rows | told.rows | refused
    if not gone:
        return told, {}
    numbers = stored.units | told.units | {key.rpartition("|")[2] for key in refused}
    return told, erase_notices(runtime, connector, gone, numbers, masker, payloads)


def stored_notices(runtime: Runtime, source: str, units: Collection[str] | None) -> pl.DataFrame:
    """Every stored version of one source's notices about these units, or of all."""
    where = {"source": [source]} if units is None else {"source": [source], "unit_key": sorted(units)}
    return runtime.store.read_history("notices", where)
