"""Which web domain a profile shows, what it rests on, and which claims forbid to say so."""

import polars as pl

from flows.resolve import Resolved
from schemas.vocabulary import ClaimPlace, ClaimStatus, TieStatus

BEST_PLACE = {ClaimPlace.LEGAL_NOTICE.value: 0, ClaimPlace.JSON_LD.value: 1}
STATEMENT = ["source", "source_key", "payload_sha256", "observed_at", "method", "confidence"]


def entity_ties(resolved: Resolved) -> pl.DataFrame:
    """The ties and conflicts of known units, each with entity_id; a unit of several records is one entity."""
    units = resolved.units.select(
        "source",
        "source_key",
        scheme=pl.coalesce("national_id_scheme", pl.when(pl.col("lei").is_not_null()).then(pl.lit("LEI"))),
        identifier=pl.coalesce("national_id", "lei"),
    ).drop_nulls()
    homes = units.join(resolved.entity_records, on=["source", "source_key"]).select("scheme", "identifier", "entity_id")
    return resolved.ties.join(homes.unique(), on=["scheme", "identifier"])


def entity_domains(resolved: Resolved) -> pl.DataFrame:
    """One domain an entity, with its evidence (entity_id, domain, STATEMENT): best proof, then shortest, then first."""
    tied = entity_ties(resolved).filter(pl.col("status") == TieStatus.TIED.value)
    place = pl.col("method").replace_strict(BEST_PLACE, default=len(BEST_PLACE), return_dtype=pl.Int32)
    chosen = tied.sort("entity_id", place, pl.col("domain").str.len_chars(), "domain").unique(
        "entity_id", keep="first", maintain_order=True
    )
    return chosen.with_columns(confidence=pl.lit(1.0)).select("entity_id", "domain", *STATEMENT)


def domain_statements(resolved: Resolved, anchors: pl.DataFrame) -> pl.DataFrame:
    """The page behind each published domain (profile_id, field, STATEMENT); anchors: profile_id, entity_id."""
    told = anchors.join(entity_domains(resolved), on="entity_id")
    return told.select("profile_id", pl.lit("domain").alias("field"), *STATEMENT)


def domain_claims(resolved: Resolved, anchors: pl.DataFrame) -> pl.DataFrame:
    """Domains that a profile's own number stands on and that are not shown: conflicts, and further ones."""
    shown = entity_domains(resolved).select("entity_id", "domain")
    others = entity_ties(resolved).join(shown, on=["entity_id", "domain"], how="anti")
    is_conflict = pl.col("status") == TieStatus.CONFLICT.value
    status = (
        pl.when(is_conflict).then(pl.lit(ClaimStatus.CONFLICTING.value)).otherwise(pl.lit(ClaimStatus.REJECTED.value))
    )
    return anchors.join(others, on="entity_id").select(
        "profile_id",
        pl.lit("domain").alias("field"),
        "source",
        "source_key",
        pl.col("domain").alias("value"),
        status.alias("status"),
        "payload_sha256",
        "observed_at",
        "method",
        pl.lit(1.0).alias("confidence"),
    )
