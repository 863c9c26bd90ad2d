"""Objections and partial diffusion: what may be stored and shown of whom.

A suppression is a keyed hash (HMAC-SHA-256 with the pepper, which lives outside the database), so that the list of
those who objected names nobody. Sirene `P` (Code de commerce R123-232-1): a natural person has no rows at all, a legal
person keeps name and commune, without street and without persons.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from anyascii import anyascii

from schemas.vocabulary import Diffusion, OfficerKind

SHORTEST_WORD = 3
UNIT_FRAMES_BY_UNIT_KEY = (
    "establishments",
    "appointments",
    "financial_statements",
    "notices",
    "contract_awards",
    "corroborations",
)
# their rows name a unit by its SIREN, whose record stands in another source
NAMED_BY_SIREN = ("financial_statements", "contract_awards")
SCOPE_DIFFUSION = "diffusion"  # follows the register: lifted when it says O again
SCOPE_OBJECTION = "objection"  # stays until a person takes it back
LEI_SCHEME = "LEI"
SCHEMES = ("FR-RCS", LEI_SCHEME, "GB-COH")  # of identifiers that stand alone, without their scheme beside them
IDENTIFIERS = ["source_key", "national_id", "national_id_scheme", "lei"]
# the register's own record of a unit; any other one repeats the unit and does not know who opposed
IS_OWN_RECORD = pl.col("source_key") == pl.col("national_id")


def _plain(text: str | None) -> str:
    return "".join(c for c in anyascii(text or "").lower() if c.isalpha())


def words_of(text: str) -> frozenset[str]:
    """The words of a name, folded to ASCII; short ones say nothing."""
    found = re.findall(r"[a-z0-9]+", anyascii(text).lower())
    return frozenset(word for word in found if len(word) >= SHORTEST_WORD)


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """Hashes identities with the pepper."""

    pepper: bytes

    def of(self, text: str) -> str:
        """Hexadecimal HMAC-SHA-256 of the text."""
        return hmac.new(self.pepper, text.encode(), hashlib.sha256).hexdigest()

    def unit(self, scheme: str, identifier: str) -> str:
        """Key of a legal unit by one of its identifiers."""
        return self.of(f"unit|{scheme}|{identifier}")

    def person(
        self,
        names: Iterable[str | None],
        given_names: str | None,
        *,
        birth_month: str | None = None,
        unit: str | None = None,
    ) -> set[str]:
        """Keys of a person: each family name with the first given name, and with birth month or company.

        A name alone is never a key: it would silence every namesake.
        """
        words = (given_names or "").replace(",", " ").split()
        given = _plain(words[0]) if words else ""
        context = [f"month:{birth_month}"] if birth_month else []
        context += [f"unit:{unit}"] if unit else []
        families = {plain for name in names if (plain := _plain(name))}
        return {self.of(f"person|{family}|{given}|{part}") for family in families for part in context}


@dataclass(frozen=True, slots=True)
class Withheld:
    """What of one source may not be stored, by source_key.

    Attributes:
        natural_units: as a whole (natural persons under P, and whoever objected).
        partial_units: street and persons (legal persons under P).
        hidden_units: the street only (it may be a home, or its site is under P). hidden_sites: sites under P.
        appointments: of persons who objected. notices: that name somebody who may not be named.
        domains: sites of those who may not be named.
    """

    natural_units: frozenset[str] = frozenset()
    partial_units: frozenset[str] = frozenset()
    hidden_units: frozenset[str] = frozenset()
    hidden_sites: frozenset[str] = frozenset()
    appointments: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()


IDENTIFIER = pl.concat_str("national_id_scheme", pl.lit("|"), "national_id")


def unit_hashes(units: pl.DataFrame, keyed: KeyedHash) -> pl.DataFrame:
    """One row (source_key, key_hash) for each identifier of each legal unit."""
    rows = [
        (row["source_key"], keyed.unit(scheme, identifier))
        for row in units.select(IDENTIFIERS).iter_rows(named=True)
        for scheme, identifier in ((row["national_id_scheme"], row["national_id"]), (LEI_SCHEME, row["lei"]))
        if scheme and identifier
    ]
    return pl.DataFrame(rows, schema={"source_key": pl.String, "key_hash": pl.String}, orient="row")


def find_withheld(
    frames: Mapping[str, pl.DataFrame],
    suppressed: set[str],
    partial_ids: set[str],
    keyed: KeyedHash,
    hidden_ids: Collection[str] = (),
) -> Withheld:
    """Say what of one source's rows may not be stored.

    Args:
        frames: rows by frame name; of a unit or site its newest row, whose word on diffusion counts.
        suppressed: keyed hashes of those who may not be named.
        partial_ids: `scheme|identifier` of legal persons whom any register shows as P.
        keyed: the keyed hash.
        hidden_ids: `scheme|identifier` of units whose street no register may tell.
    """
    natural: set[str] = set()
    partial: set[str] = set()
    hidden: set[str] = set()
    units = frames.get("legal_units")
    is_partial = pl.col("diffusion") == Diffusion.PARTIAL.value
    if units is not None and units.height:
        known, seated = (IDENTIFIER.is_in(list(ids)).fill_null(False) for ids in (partial_ids, hidden_ids))
        natural |= set(units.filter(is_partial & pl.col("is_natural_person"))["source_key"])
        partial |= set(units.filter((is_partial | known) & ~pl.col("is_natural_person"))["source_key"])
        hidden |= set(units.filter(seated)["source_key"])
        if suppressed:
            hashes = unit_hashes(units, keyed).filter(pl.col("key_hash").is_in(list(suppressed)))
            natural |= set(hashes["source_key"])
    ties = frames.get("relationships")
    if ties is not None and suppressed:
        ends = set(ties["child_key"].drop_nulls()) | set(ties["parent_key"].drop_nulls())
        natural |= {key for key in ends if keyed.unit(LEI_SCHEME, key) in suppressed}
    for name in NAMED_BY_SIREN if suppressed else ():
        named = frames[name]["unit_key"].unique() if name in frames else ()
        natural |= {key for key in named if keyed.unit("FR-RCS", key) in suppressed}
    sites = frames.get("establishments")
    hidden_sites = set() if sites is None else set(sites.filter(is_partial)["source_key"])
    appointments = frames.get("appointments")
    objecting: set[str] = set()
    if appointments is not None and appointments.height and suppressed:
        objecting = {
            row["source_key"]
            for row in appointments.iter_rows(named=True)
            if not suppressed.isdisjoint(officer_hashes(row, keyed))
        }
    return Withheld(
        frozenset(natural),
        frozenset(partial - natural),
        frozenset(hidden - partial - natural),
        frozenset(hidden_sites),
        frozenset(objecting),
    )


def appointment_hashes(row: Mapping[str, str | None], keyed: KeyedHash) -> set[str]:
    """Every key under which the person of one appointment may have objected."""
    return keyed.person(
        (row["family_name"], row["usage_name"]),
        row["given_names"],
        birth_month=row["birth_month"],
        unit=row["unit_key"],
    )


def officer_hashes(row: Mapping[str, str | None], keyed: KeyedHash) -> set[str]:
    """Every key under which the officer of one appointment, a person or an organisation, may have objected."""
    if row["officer_kind"] == OfficerKind.PERSON.value:
        return appointment_hashes(row, keyed)
    identifier = row["organisation_id"]
    return {keyed.unit(scheme, identifier) for scheme in SCHEMES} if identifier else set()


def withhold(frames: Mapping[str, pl.DataFrame], withheld: Withheld) -> dict[str, pl.DataFrame]:
    """The same frames without what may not be stored."""
    unnamed, partial = list(withheld.natural_units), list(withheld.partial_units)
    allowed: dict[str, pl.DataFrame] = {}
    for name, frame in frames.items():
        if name == "legal_units":
            frame = frame.filter(~pl.col("source_key").is_in(unnamed))
            frame = without_street(frame, pl.col("source_key").is_in([*partial, *withheld.hidden_units]))
        elif name in UNIT_FRAMES_BY_UNIT_KEY:
            frame = frame.filter(~pl.col("unit_key").is_in(unnamed))
        elif name == "relationships":
            ends = pl.col("child_key").is_in(unnamed) | pl.col("parent_key").is_in(unnamed).fill_null(False)
            frame = frame.filter(~ends)
        if name == "establishments":
            own = pl.col("source_key").is_in(list(withheld.hidden_sites))
            frame = without_street(frame, own | pl.col("unit_key").is_in(partial))
        if name == "appointments":
            objecting = pl.col("source_key").is_in(list(withheld.appointments))
            frame = frame.filter(~pl.col("unit_key").is_in(partial) & ~objecting)
        if name == "pages":
            frame = frame.filter(~pl.col("domain").is_in(list(withheld.domains)))
        if name == "notices":
            frame = frame.filter(
                ~pl.col("unit_key").is_in(partial) & ~pl.col("source_key").is_in(list(withheld.notices))
            )
        allowed[name] = frame
    return allowed


def without_street(frame: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
    """Null the street and postal code where the address may not be shown; the commune stays."""
    return frame.with_columns(
        pl.when(where).then(None).otherwise(pl.col(column)).alias(column) for column in ("address_line", "postal_code")
    )
