"""Ids that last: minted from the founding record, kept through merges and splits (DESIGN.md section 1)."""

import hashlib
import hmac
from datetime import datetime

import dataframely as dy
import polars as pl

from enrich.contract import step
from schemas.frames import EntityRecord, Founder, IdRedirect, RecordCluster, RegisteredId
from schemas.vocabulary import ID_PREFIXES, IdKind

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 26  # of 5 bits each: 130 of the digest's 256
FOUNDER = ["source", "source_key"]


def mint_id(kind: IdKind, source: str, source_key: str, n: int, pepper: bytes | None = None) -> str:
    """The id that a record founds: prefix and 26 Crockford base32 characters of SHA-256(kind|source|source key|n).

    Args:
        kind: what the id names; a person's is an HMAC-SHA256, because its source key holds a name and a birth month
            that could be guessed. Other kinds ignore the pepper.
        source: source of the founding record.
        source_key: key of the founding record.
        n: number of ids of that kind that this record has founded before.
        pepper: secret for persons.

    Raises:
        ValueError: a person's id without a pepper.
    """
    text = f"{kind.value}|{source}|{source_key}|{n}".encode()
    if kind is IdKind.PERSON:
        if not pepper:
            raise ValueError("an id of kind person needs the pepper (GRANDCOMPTE_PEPPER); none was given")
        digest = hmac.new(pepper, text, hashlib.sha256).digest()
    else:
        digest = hashlib.sha256(text).digest()
    bits = int.from_bytes(digest, "big") >> (len(digest) * 8 - ID_LENGTH * 5)
    letters = (CROCKFORD[bits >> shift & 31] for shift in range(5 * (ID_LENGTH - 1), -1, -5))
    return ID_PREFIXES[kind] + "".join(letters)


@step
def register_ids(
    kind: IdKind,
    founders: dy.DataFrame[Founder],
    registry: dy.DataFrame[RegisteredId],
    *,
    instant: datetime,
    pepper: bytes | None = None,
) -> dy.DataFrame[RegisteredId]:
    """Give every founder its first id of a kind; a founder that has one keeps it, so a second call adds nothing.

    Returns:
        the whole registry, old rows and new.
    """
    known = registry.filter(pl.col("kind") == kind.value)
    missing = founders.join(known, on=FOUNDER, how="anti").with_columns(n=pl.lit(0, pl.Int32))
    return RegisteredId.cast(pl.concat([registry, _mint_rows(kind, missing, instant, pepper)]).sort("id"))


@step
def assign_entities(
    clusters: dy.DataFrame[RecordCluster],
    entity_records: dy.DataFrame[EntityRecord],
    registry: dy.DataFrame[RegisteredId],
    redirects: dy.DataFrame[IdRedirect] | None = None,
    *,
    instant: datetime,
) -> tuple[dy.DataFrame[EntityRecord], dy.DataFrame[RegisteredId], dy.DataFrame[IdRedirect]]:
    """Give every cluster its entity id.

    An id stays with its founding record (where that record is gone: with the smallest record that it had yesterday).
    Of several ids in one cluster the one minted first survives (same instant: the smaller), the others are redirected
    to it. A cluster that no id claims gets a new one, founded by its smallest (source, source key); a record that
    comes back after it had left every entity brings the last id that it founded, unless that id was merged away.

    Args:
        clusters: all of today's records.
        entity_records: yesterday's entities.
        registry: every id ever minted, all kinds.
        redirects: merges of the past; None when there are none.
        instant: the run's instant.

    Returns:
        today's entity records, the whole registry with the new ids, and the redirects of this run.
    """
    today = _split_record(clusters)
    entities = registry.filter(pl.col("kind") == IdKind.ENTITY.value)
    claims = pl.concat(
        [
            _claim_by_living(today, entity_records, entities),
            _claim_by_returning(today, entity_records, entities, redirects),
        ]
    )
    ranked = claims.unique(["cluster", "id"]).sort("cluster", "minted_at", "id")
    winners = ranked.unique("cluster", keep="first", maintain_order=True).select("cluster", "id")
    losers = ranked.join(winners, on="id", how="anti").join(winners.rename({"id": "new_id"}), on="cluster")
    minted = _mint_rows(IdKind.ENTITY, _find_new_founders(today, winners, entities), instant, None)
    founded = minted.join(today, on=FOUNDER).select("cluster", "id")
    named = today.join(pl.concat([winners, founded]), on="cluster")
    return (
        EntityRecord.cast(named.select(*FOUNDER, entity_id="id", confidence="confidence").sort(FOUNDER)),
        RegisteredId.cast(pl.concat([registry, minted]).sort("id")),
        IdRedirect.cast(losers.select("new_id", old_id="id").select("old_id", "new_id").sort("old_id")),
    )


def _split_record(clusters: pl.DataFrame) -> pl.DataFrame:
    """Clusters with `source` and `source_key`, which may itself hold a bar."""
    parts = pl.col("record").str.splitn("|", 2).struct.rename_fields(FOUNDER)
    return clusters.with_columns(parts.alias("parts")).unnest("parts")


def _claim_by_living(today: pl.DataFrame, entity_records: pl.DataFrame, entities: pl.DataFrame) -> pl.DataFrame:
    """`id`, `minted_at`, `cluster`: each id of yesterday follows its founding record, else its smallest record."""
    founding = entities.select("id", *FOUNDER, is_founder=pl.lit(True))
    members = entity_records.select(*FOUNDER, id="entity_id").join(founding, on=["id", *FOUNDER], how="left")
    return (
        members.join(today, on=FOUNDER)
        .join(entities.select("id", "minted_at"), on="id")
        .sort("is_founder", *FOUNDER, nulls_last=True)
        .unique("id", keep="first", maintain_order=True)
        .select("id", "minted_at", "cluster")
    )


def _claim_by_returning(
    today: pl.DataFrame, entity_records: pl.DataFrame, entities: pl.DataFrame, redirects: pl.DataFrame | None
) -> pl.DataFrame:
    """Ids without any record yesterday whose founding record is back: its last one, if it was not merged away."""
    idle = entities.join(entity_records, left_on="id", right_on="entity_id", how="anti")
    if redirects is not None:
        idle = idle.join(redirects, left_on="id", right_on="old_id", how="anti")
    newcomers = today.join(entity_records, on=FOUNDER, how="anti")
    return (
        newcomers.join(idle, on=FOUNDER)
        .sort("n", descending=True)
        .unique(FOUNDER, keep="first")
        .select("id", "minted_at", "cluster")
    )


def _find_new_founders(today: pl.DataFrame, winners: pl.DataFrame, entities: pl.DataFrame) -> pl.DataFrame:
    """The smallest record of every unclaimed cluster, with the number of entities that it has founded."""
    smallest = (
        today.join(winners, on="cluster", how="anti").sort(FOUNDER).unique("cluster", keep="first", maintain_order=True)
    )
    founded = entities.group_by(FOUNDER).agg(n=pl.len())
    return smallest.join(founded, on=FOUNDER, how="left").select(*FOUNDER, pl.col("n").fill_null(0).cast(pl.Int32))


def _mint_rows(kind: IdKind, founders: pl.DataFrame, instant: datetime, pepper: bytes | None) -> pl.DataFrame:
    """Registry rows for founders (`source`, `source_key`, `n`)."""
    ids = [mint_id(kind, source, key, n, pepper) for source, key, n in founders.select(*FOUNDER, "n").iter_rows()]
    minted = founders.select(
        pl.Series("id", ids, dtype=pl.String),
        pl.lit(kind.value).alias("kind"),
        *FOUNDER,
        "n",
        pl.lit(instant).dt.cast_time_unit("us").alias("minted_at"),
    )
    return RegisteredId.cast(minted)
