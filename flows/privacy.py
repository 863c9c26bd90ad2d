"""Objections and partial diffusion: what may be stored and shown of whom.

A suppression is a keyed hash (HMAC-SHA-256 with the pepper, which lives outside the database), so that the list of
those who objected names nobody. Sirene `P` (Code de commerce R123-232-1): a natural person has no rows at all, a legal
person keeps name and commune, without street and without persons.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from anyascii import anyascii

from schemas.vocabulary import Diffusion, OfficerKind

UNIT_FRAMES_BY_UNIT_KEY = ("establishments", "appointments", "financial_statements")
SCOPE_DIFFUSION = "diffusion"  # follows the register: lifted when it says O again
SCOPE_OBJECTION = "objection"  # stays until a person takes it back


def _plain(text: str | None) -> str:
    return "".join(c for c in anyascii(text or "").lower() if c.isalpha())


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
    """What may not be stored: units as a whole, units without street and persons, single appointments."""

    natural_units: frozenset[str] = frozenset()
    partial_units: frozenset[str] = frozenset()
    appointments: frozenset[str] = frozenset()


def unit_hashes(units: pl.DataFrame, keyed: KeyedHash) -> pl.DataFrame:
    """One row (source_key, key_hash) for each identifier of each legal unit."""
    rows = [
        (row["source_key"], keyed.unit(scheme, identifier))
        for row in units.select("source_key", "national_id", "national_id_scheme", "lei").iter_rows(named=True)
        for scheme, identifier in ((row["national_id_scheme"], row["national_id"]), ("LEI", row["lei"]))
        if scheme and identifier
    ]
    return pl.DataFrame(rows, schema={"source_key": pl.String, "key_hash": pl.String}, orient="row")


def find_withheld(
    frames: Mapping[str, pl.DataFrame], suppressed: set[str], partial_ids: set[str], keyed: KeyedHash
) -> Withheld:
    """Say what of one batch may not be stored.

    Args:
        frames: the batch's frames by name.
        suppressed: keyed hashes of those who objected (objections only: diffusion follows the register).
        partial_ids: `scheme|identifier` of legal persons whom any register shows as P.
        keyed: the keyed hash.
    """
    natural: set[str] = set()
    partial: set[str] = set()
    units = frames.get("legal_units")
    if units is not None and units.height:
        is_partial = pl.col("diffusion") == Diffusion.PARTIAL.value
        known = pl.concat_str("national_id_scheme", pl.lit("|"), "national_id").is_in(list(partial_ids))
        natural |= set(units.filter(is_partial & pl.col("is_natural_person"))["source_key"])
        partial |= set(units.filter((is_partial | known.fill_null(False)) & ~pl.col("is_natural_person"))["source_key"])
        if suppressed:
            hashes = unit_hashes(units, keyed).filter(pl.col("key_hash").is_in(list(suppressed)))
            natural |= set(hashes["source_key"])
    appointments = frames.get("appointments")
    objecting: set[str] = set()
    if appointments is not None and appointments.height and suppressed:
        objecting = {
            row["source_key"]
            for row in appointments.filter(pl.col("officer_kind") == OfficerKind.PERSON.value).iter_rows(named=True)
            if appointment_hashes(row, keyed) & suppressed
        }
    return Withheld(frozenset(natural), frozenset(partial - natural), frozenset(objecting))


def appointment_hashes(row: Mapping[str, str | None], keyed: KeyedHash) -> set[str]:
    """Every key under which the person of one appointment may have objected."""
    return keyed.person(
        (row["family_name"], row["usage_name"]),
        row["given_names"],
        birth_month=row["birth_month"],
        unit=row["unit_key"],
    )


def withhold(frames: Mapping[str, pl.DataFrame], withheld: Withheld) -> dict[str, pl.DataFrame]:
    """The same frames without what may not be stored."""
    allowed: dict[str, pl.DataFrame] = {}
    for name, frame in frames.items():
        if name == "legal_units":
            frame = frame.filter(~pl.col("source_key").is_in(list(withheld.natural_units)))
            frame = without_street(frame, pl.col("source_key").is_in(list(withheld.partial_units)))
        elif name in UNIT_FRAMES_BY_UNIT_KEY:
            frame = frame.filter(~pl.col("unit_key").is_in(list(withheld.natural_units)))
        if name == "establishments":
            own = pl.col("diffusion") == Diffusion.PARTIAL.value
            frame = without_street(frame, own | pl.col("unit_key").is_in(list(withheld.partial_units)))
        if name == "appointments":
            closed = list(withheld.partial_units)
            frame = frame.filter(
                ~pl.col("unit_key").is_in(closed) & ~pl.col("source_key").is_in(list(withheld.appointments))
            )
        allowed[name] = frame
    return allowed


def without_street(frame: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
    """Null the street and postal code where the address may not be shown; the commune stays."""
    return frame.with_columns(
        pl.when(where).then(None).otherwise(pl.col(column)).alias(column) for column in ("address_line", "postal_code")
    )
