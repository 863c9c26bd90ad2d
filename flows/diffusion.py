"""What the registers and the objections say of one source's answers, before anything of them is stored.

The newest word of a register on a unit or a site counts, whichever night it is of: an old answer that shows a street
is stored without it while the newest one says P.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from connectors.contract import OFFICERS_OF, STREET_OF, Connector
from flows.erasure import (
    HASHED_KEY,
    Concealed,
    conceal,
    erase_appointments,
    forget_before_partial,
    mask_streets,
    purge_parts,
)
from flows.notices import Night, Unwelcome, confirmed_persons, silence_notices
from flows.page_privacy import erase_sites, hidden_domains, reopen_domains
from flows.privacy import (
    IDENTIFIER,
    IDENTIFIERS,
    IS_OWN_RECORD,
    LEI_SCHEME,
    SCOPE_DIFFUSION,
    SCOPE_OBJECTION,
    UNIT_FRAMES_BY_UNIT_KEY,
    Withheld,
    appointment_hashes,
    find_withheld,
    unit_hashes,
)
from flows.redaction import Masker, Rewritten, masker_of, moved_on, rewritten_again
from flows.runtime import Runtime
from schemas.frames import OBSERVED_FRAMES
from schemas.vocabulary import Diffusion, OfficerKind

RECORD = ["source", "source_key"]
REASON = "statut de diffusion P (R123-232-1)"
NEWEST_LAST = ["observed_from", "record_updated_at", "payload_sha256"]
IS_PARTIAL = pl.col("diffusion") == Diffusion.PARTIAL.value


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What of one source's answers may not be stored, and what became of their payloads.

    Attributes:
        withheld: what to leave out. rewritten: archived payloads that no longer hold it.
        masker: takes those who may not be named out of what was asked.
    """

    withheld: Withheld
    masker: Masker
    rewritten: Rewritten = field(default_factory=dict)


def hold_back(
    runtime: Runtime,
    connector: Connector,
    frames: Mapping[str, pl.DataFrame],
    asked: Iterable[str] = (),
    rejected: Iterable[tuple[str, str]] = (),
) -> HeldBack:
    """Enforce objections and diffusion on one source's answers, and on what is stored and archived already.

    Args:
        runtime: store, archive, keyed hash.
        connector: the source.
        frames: all rows of the answers by frame name, with observed_from and payload_sha256.
        asked: keys and addresses of the answers.
        rejected: key and payload of each record that could not be read.
    """
    source, unread = connector.name, tuple(rejected)
    told = {name: frames[name] if name in frames else without_rows(name) for name in OBSERVED_FRAMES}
    standing = runtime.store.read_current("legal_units")
    units = newest_units(runtime, standing.filter(pl.col("source") == source), told["legal_units"])
    tonight = units.join(told["legal_units"].select(RECORD), on=RECORD, how="semi")
    follow_register(runtime, tonight)
    reopen_domains(runtime)
    suppressed = spread_suppressions(runtime, tonight)
    sites = partial_sites(runtime, told["establishments"])
    partial, hidden = partial_identifiers(standing, units), hidden_identifiers(standing, units, sites)
    own = {**told, "legal_units": units, "establishments": sites.filter(pl.col("source") == source)}
    withheld = find_withheld(own, suppressed, partial, runtime.keyed_hash, hidden)
    objectors = told["appointments"].filter(pl.col("source_key").is_in(list(withheld.appointments)))
    suppressed |= spread_objections(runtime, objectors)
    unnamed = masker_of(runtime, suppressed)
    hidden_records = {key: payload for key, payload in unread if unnamed.named_in(key)}
    refused = {token for key in hidden_records for token in unnamed.named_in(key)}
    concealed = concealed_units(runtime, suppressed, told["legal_units"], withheld.natural_units | refused)
    masker = masker_of(runtime, suppressed, concealed.names)
    unwelcome = Unwelcome(suppressed, partial, concealed.names, confirmed_persons(standing) | confirmed_persons(units))
    numbers = {identifier.rpartition("|")[2] for identifier in partial}
    about = {*numbers, *concealed.identifiers, *objectors["unit_key"]}
    night = Night(source, told["notices"], unread)
    notices, rewritten = silence_notices(runtime, unwelcome, masker, about, night)
    withheld = replace(withheld, notices=notices.rows)
    told = {name: follow_rows(frame, rewritten) for name, frame in told.items()}
    if concealed.identifiers or any(masker.mask_identifiers(text) != text for text in asked):
        moved = moved_on(hidden_records.values(), rewritten)
        holding = {source: payloads_naming(told, withheld.natural_units) | moved}
        rewritten = rewritten_again(rewritten, conceal(runtime, concealed, masker, holding)[source])
    told = {name: follow_rows(frame, rewritten) for name, frame in told.items()}
    turned = units.filter(IS_OWN_RECORD, pl.col("source_key").is_in(list(withheld.partial_units)))["source_key"]
    forgotten = forget_before_partial(runtime, connector, turned, told["legal_units"], masker)
    rewritten = rewritten_again(rewritten, forgotten)
    told = {name: follow_rows(frame, forgotten) for name, frame in told.items()}
    erased = erase_appointments(runtime, connector, withheld.appointments, masker, told["appointments"])
    rewritten = rewritten_again(rewritten, erased)
    told = {name: follow_rows(frame, erased) for name, frame in told.items()}
    rewritten = rewritten_again(rewritten, purge_hidden_parts(runtime, connector, told, withheld, masker))
    told_sites = sites.select(RECORD).join(told["establishments"], on=RECORD, how="semi")
    masked = mask_streets(runtime, partial | hidden, told_sites, masker)
    rewritten = rewritten_again(rewritten, masked.get(source, {}))
    domains = hidden_domains(told["pages"], suppressed, runtime.keyed_hash)
    erased_sites = erase_sites(runtime, domains).get(source, {})
    return HeldBack(replace(withheld, domains=frozenset(domains)), masker, rewritten_again(rewritten, erased_sites))


def purge_hidden_parts(
    runtime: Runtime, connector: Connector, told: Mapping[str, pl.DataFrame], withheld: Withheld, masker: Masker
) -> Rewritten:
    """Take out of tonight's archived answers what they tell of units and sites that are kept without it.

    The street that another register shows of a unit under P, an older one of a site under P, and the officers whom the
    register itself goes on naming beside its P.
    """
    partial, has_street = list(withheld.partial_units), pl.col("address_line").is_not_null()
    units, sites = told["legal_units"], told["establishments"]
    bare = units.filter(has_street, pl.col("source_key").is_in([*partial, *withheld.hidden_units]))
    is_hidden = pl.col("source_key").is_in(list(withheld.hidden_sites)) | pl.col("unit_key").is_in(partial)
    parts = [(STREET_OF, bare), (STREET_OF, sites.filter(has_street, is_hidden))]
    if "appointments" in connector.writes:
        parts.append((OFFICERS_OF, units.filter(IS_OWN_RECORD, IS_PARTIAL, pl.col("source_key").is_in(partial))))
    rewritten: Rewritten = {}
    for part, rows in parts:
        payloads = moved_on(rows["payload_sha256"], rewritten)
        moved = purge_parts(runtime, connector, part, sorted(set(rows["source_key"])), payloads, masker)
        rewritten = rewritten_again(rewritten, moved)
    return rewritten


def without_rows(name: str) -> pl.DataFrame:
    """An empty frame of this name, stamped."""
    instant = pl.Datetime("us", "UTC")
    stamps = {"observed_from": instant, "fetched_at": instant, "payload_sha256": pl.String()}
    return OBSERVED_FRAMES[name].create_empty().with_columns(pl.lit(None, t).alias(n) for n, t in stamps.items())


def follow_rows(rows: pl.DataFrame, rewritten: Rewritten) -> pl.DataFrame:
    """The rows under the addresses where their payloads stand now; those of a payload that is gone stay as they are."""
    moved = {old: new for old, new in rewritten.items() if new is not None}
    return rows.with_columns(pl.col("payload_sha256").replace(moved))


def payloads_naming(told: Mapping[str, pl.DataFrame], units: frozenset[str]) -> set[str]:
    """The payloads of tonight's rows that tell of these units."""
    ends = {
        "legal_units": ("source_key",),
        "relationships": ("child_key", "parent_key"),
        **{name: ("unit_key",) for name in UNIT_FRAMES_BY_UNIT_KEY},
    }
    return {
        sha256
        for name, columns in ends.items()
        for column in columns
        for sha256 in told[name].filter(pl.col(column).is_in(list(units)))["payload_sha256"]
    }


# ----------------------------------------------------------------------------------------------- the newest words


def newest_units(runtime: Runtime, standing: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The newest row of each legal unit of one source, out of what stands and of tonight's answers."""
    last_seen = runtime.store.read_last_seen("legal_units")
    stored = standing.join(last_seen, on=RECORD).with_columns(pl.col("last_seen_at").alias("observed_from"))
    columns = units.columns
    return newest_rows(pl.concat([stored.select(columns), units.select(columns)]))


def newest_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """One row of each record, the newest."""
    return rows.sort(NEWEST_LAST, nulls_last=False).unique(RECORD, keep="last", maintain_order=True)


def partial_sites(runtime: Runtime, sites: pl.DataFrame) -> pl.DataFrame:
    """The sites under P of every source, tonight or so far."""
    stored = runtime.store.read_current("establishments", diffusion=Diffusion.PARTIAL.value)
    columns = [*RECORD, "unit_key", "is_head_office", "diffusion", *NEWEST_LAST]
    return newest_rows(pl.concat([stored.select(columns), sites.select(columns)])).filter(IS_PARTIAL)


def partial_identifiers(standing: pl.DataFrame, units: pl.DataFrame) -> set[str]:
    """`scheme|identifier` of each legal person that its own register shows as P, tonight or so far."""
    others = standing.join(units, on=RECORD, how="anti")
    words = pl.concat([frame.select(*IDENTIFIERS, "diffusion") for frame in (others, units)])
    return set(words.filter(IS_OWN_RECORD, IS_PARTIAL).select(IDENTIFIER).to_series().drop_nulls())


def hidden_identifiers(standing: pl.DataFrame, units: pl.DataFrame, sites: pl.DataFrame) -> set[str]:
    """`scheme|identifier` of each unit whose street another register would tell though its own does not.

    A unit that sits at a site under P, and a natural person, whose street may be a home.
    """
    columns = ["source", *IDENTIFIERS, "is_natural_person"]
    own = pl.concat([frame.select(columns) for frame in (standing, units)]).filter(IS_OWN_RECORD)
    seats = sites.filter("is_head_office").select("source", source_key="unit_key", is_opposed=pl.lit(True))
    seated = own.join(seats.unique(RECORD), on=RECORD, how="left")
    hidden = seated.filter(pl.col("is_natural_person") | pl.col("is_opposed").is_not_null())
    return set(hidden.select(IDENTIFIER).to_series().drop_nulls())


# ------------------------------------------------------------------------------------------------- suppressions


def follow_register(runtime: Runtime, units: pl.DataFrame) -> None:
    """Suppress natural persons whom their register newly shows as P, and lift those whom it shows as O again.

    Only the register's own record has a word on diffusion. A record that repeats the unit by its identifier (GLEIF)
    follows: its own identifier is lifted when the unit's no longer is suppressed.
    """
    own = units.filter(IS_OWN_RECORD)
    opposed = own.filter(IS_PARTIAL, pl.col("is_natural_person"))
    known = runtime.store.read("suppression").select("key_hash", "reason", "since")
    for row in with_hashes(opposed, runtime).join(known, on="key_hash", how="left").iter_rows(named=True):
        since = max(row["observed_from"], row["since"] or row["observed_from"])
        reason = reason_of({*opposed_in(row["reason"]), row["source"]})
        runtime.store.suppress(row["key_hash"], SCOPE_DIFFUSION, reason, since)
    known = runtime.store.read("suppression")
    following = known.filter(pl.col("scope") == SCOPE_DIFFUSION)
    if following.is_empty():
        return
    shown = with_hashes(own.filter(~IS_PARTIAL), runtime).join(following, on="key_hash")
    newer = shown.filter(pl.col("observed_from") > pl.col("since"))
    for row in newer.filter(~is_last_word(newer)).iter_rows(named=True):
        others = opposed_in(row["reason"]) - {row["source"]}
        runtime.store.suppress(row["key_hash"], SCOPE_DIFFUSION, reason_of(others), row["since"])
    lift(runtime, newer.filter(is_last_word(newer)))
    suppressed = list(runtime.store.read_suppressions())
    repeated = with_hashes(units.filter(~IS_OWN_RECORD), runtime)
    clear = repeated.filter(pl.col("scheme") != LEI_SCHEME, ~pl.col("key_hash").is_in(suppressed)).select(RECORD)
    lift(runtime, repeated.join(clear, on=RECORD, how="semi").join(following, on="key_hash", how="semi"))


def reason_of(sources: Iterable[str]) -> str:
    """Why a natural person is suppressed, with the registers that say so: only they can take it back."""
    return f"{REASON}: {', '.join(sorted(sources))}"


def opposed_in(reason: str | None) -> set[str]:
    """The registers that a reason names; none for a reason of another kind."""
    named = (reason or "").removeprefix(f"{REASON}: ")
    return set() if named == reason or not named else set(named.split(", "))


def is_last_word(shown: pl.DataFrame) -> pl.Series:
    """Whether no register but the record's own has the person as P: two registers may ask for different things."""
    words = shown.select("source", "reason").iter_rows()
    return pl.Series([opposed_in(reason) <= {source} for source, reason in words], dtype=pl.Boolean)


def lift(runtime: Runtime, records: pl.DataFrame) -> None:
    """These records may be named again: their hashes leave the list and their ids return."""
    for source, source_key, key_hash in records.select(*RECORD, "key_hash").iter_rows():
        runtime.store.lift_suppression(key_hash)
        hashed = HASHED_KEY + runtime.keyed_hash.of(f"{source}|{source_key}")
        runtime.store.reveal_id(source, source_key, hashed)


def with_hashes(units: pl.DataFrame, runtime: Runtime) -> pl.DataFrame:
    """One row for each identifier of each record: RECORD, observed_from, scheme and key_hash."""
    seen = units.select(*RECORD, "observed_from").unique(RECORD)
    parts = [
        unit_hashes(units.with_columns(pl.lit(None, pl.String).alias(other)), runtime.keyed_hash).with_columns(
            scheme=pl.lit(scheme)
        )
        for scheme, other in (("national", "lei"), (LEI_SCHEME, "national_id"))
    ]
    return pl.concat(parts).unique().join(seen, on="source_key")


def spread_suppressions(runtime: Runtime, units: pl.DataFrame | None = None) -> set[str]:
    """Suppress the other identifiers of whom a suppression names; returns every suppressed hash.

    An objection spreads to each identifier of the same unit, a register's P only from the unit's own number to its LEI:
    the register lifts it by that number.
    """
    known = runtime.store.read("suppression")
    if known.is_empty():
        return set()
    columns = [*RECORD, "national_id", "national_id_scheme", "lei", "observed_from"]
    stored = runtime.store.read_history("legal_units").select(columns)
    records = stored if units is None else pl.concat([stored, units.select(columns)])
    records = records.unique([name for name in columns if name != "observed_from"])
    if records.is_empty():
        return set(known["key_hash"])
    hashes = pl.concat([with_hashes(part, runtime) for part in records.partition_by("source")])
    while True:
        known = runtime.store.read("suppression")
        named = hashes.join(known.select("key_hash", "scope", "reason", "since"), on="key_hash")
        binding = named.filter((pl.col("scope") == SCOPE_OBJECTION) | (pl.col("scheme") != LEI_SCHEME))
        strongest = binding.sort(pl.col("scope") != SCOPE_OBJECTION, "since").unique(RECORD, keep="first")
        others = hashes.select(*RECORD, "key_hash").join(
            strongest.select(*RECORD, "scope", "reason", "since"), on=RECORD
        )
        missing = others.join(known, on=["key_hash", "scope"], how="anti").join(
            known.filter(pl.col("scope") == SCOPE_OBJECTION), on="key_hash", how="anti"
        )
        if missing.is_empty():
            return set(known["key_hash"])
        for row in missing.iter_rows(named=True):
            runtime.store.suppress(row["key_hash"], row["scope"], row["reason"], row["since"])


def spread_objections(runtime: Runtime, appointments: pl.DataFrame) -> set[str]:
    """Let an objection that was told with a birth month hold in each company where the person is found, too.

    Legal notices know no birth month. Returns the keyed hashes that were added.
    """
    known = {row["key_hash"]: row for row in runtime.store.read("suppression").iter_rows(named=True)}
    added = set()
    for row in appointments.filter(pl.col("officer_kind") == OfficerKind.PERSON.value).iter_rows(named=True):
        hashes = sorted(appointment_hashes(row, runtime.keyed_hash))
        told = [known[key_hash] for key_hash in hashes if key_hash in known]
        names = (row["family_name"], row["usage_name"])
        for key_hash in runtime.keyed_hash.person(names, row["given_names"], unit=row["unit_key"]) - known.keys():
            runtime.store.suppress(key_hash, told[0]["scope"], told[0]["reason"], told[0]["since"])
            added.add(key_hash)
    return added


def concealed_units(
    runtime: Runtime, suppressed: set[str], tonight: pl.DataFrame | None = None, keys: Iterable[str] = ()
) -> Concealed:
    """Every record of a suppressed unit, stored by any source or of tonight, with the names of its offices elsewhere.

    Args:
        runtime: store and keyed hash.
        suppressed: keyed hashes.
        tonight: rows of legal units that are not stored yet.
        keys: source keys that tonight's rows of any frame bear.
    """
    if not suppressed:
        return Concealed()
    columns = ["source", *IDENTIFIERS, "name", "other_names"]
    units = runtime.store.read_history("legal_units").select(columns)
    units = units if tonight is None else pl.concat([units, tonight.select(columns)])
    found = Concealed.of(units.filter(suppressed_rows(units, suppressed, runtime)), keys)
    offices = runtime.store.read_history("appointments", {"organisation_id": found.identifiers})
    return replace(found, names=found.names | set(offices["organisation_name"].drop_nulls()))


def suppressed_rows(units: pl.DataFrame, suppressed: set[str], runtime: Runtime) -> pl.Series:
    """Which rows bear a suppressed identifier."""
    numbered = units.with_row_index("n").with_columns(pl.col("n").cast(pl.String).alias("source_key"))
    hit = unit_hashes(numbered, runtime.keyed_hash).filter(pl.col("key_hash").is_in(list(suppressed)))["source_key"]
    return numbered["source_key"].is_in(hit.unique().to_list())
