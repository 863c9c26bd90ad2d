"""Stage 2: which records are one entity, which account is which entity, and who belongs to which group."""

from dataclasses import dataclass
from typing import TypeVar

import dataframely as dy
import polars as pl

from enrich.accounts import match_accounts
from enrich.blocking import block_on_names, find_identifier_pairs
from enrich.clustering import cluster_records
from enrich.domains import fill_identifiers, tie_domains
from enrich.golden import pick_golden_records
from enrich.identity import assign_entities
from enrich.names import add_name_keys
from enrich.ownership import find_group_links, find_group_members
from enrich.scoring import score_pairs
from flows.runtime import Runtime
from flows.universe import find_universe
from schemas.frames import (
    AccountMatch,
    BlockedPair,
    BrokenLink,
    CandidatePair,
    Claim,
    CurrentRelationship,
    DomainTie,
    EntityRecord,
    GoldenEntity,
    GroupLink,
    GroupMember,
    IdRedirect,
    LinkRecord,
    ObservedLegalUnit,
    ObservedPage,
    RecordJudgement,
    RegisteredId,
)
from schemas.reference import legal_form_tokens
from schemas.vocabulary import Band, IdKind

S = TypeVar("S", bound=dy.Schema)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What resolve decided, for the stages behind it."""

    units: pl.DataFrame
    golden: dy.DataFrame[GoldenEntity]
    claims: dy.DataFrame[Claim]
    registry: dy.DataFrame[RegisteredId]
    entity_records: dy.DataFrame[EntityRecord]
    matches: dy.DataFrame[AccountMatch]
    links: dy.DataFrame[GroupLink]
    members: dy.DataFrame[GroupMember]
    broken: dy.DataFrame[BrokenLink]
    universe: pl.DataFrame
    ties: dy.DataFrame[DomainTie]


def resolve(runtime: Runtime, *, offline: bool) -> Resolved:
    """Link, cluster and name the entities, match the accounts, draw the links between them, and store all that."""
    store = runtime.store
    units = store.read_current("legal_units")
    records = link_records(units)
    pairs = find_pairs(records)
    clusters = cluster_records(
        add_name_keys(records, legal_form_tokens()), pairs, RecordJudgement.cast(store.read("judgements"))
    )
    registry = RegisteredId.cast(store.read("id_registry"))
    yesterday = EntityRecord.cast(store.read("entity_records"))
    merged = IdRedirect.cast(entity_moves(registry, yesterday))
    entity_records, registry, _ = assign_entities(clusters, yesterday, registry, merged, instant=runtime.instant)
    accounts = account_records(store.read("crm_accounts"))
    pages = observed(store.read_current("pages"), ObservedPage)
    ties = tie_domains(pages, observed(units, ObservedLegalUnit), accounts)
    matches = match_accounts(fill_identifiers(accounts, ties), records, entity_records, legal_form_tokens())
    golden, claims = pick_golden_records(observed(units, ObservedLegalUnit), entity_records, source_priority(runtime))
    relationships = observed(store.read_current("relationships"), CurrentRelationship)
    links = find_group_links(relationships, entity_records)
    members, broken = find_group_members(links, golden, on=runtime.instant.date())
    universe = find_universe(units, entity_records, matches, members, runtime.policy, offline=offline)
    store.sync("id_registry", registry)
    store.sync("entity_records", entity_records)
    store.sync("candidate_pairs", pairs.filter(pl.col("band") != Band.REJECT.value))
    store.sync("account_matches", matches)
    store.sync("group_links", links)
    store.sync("universe", universe)
    store.sync("domain_ties", ties)
    return Resolved(units, golden, claims, registry, entity_records, matches, links, members, broken, universe, ties)


def source_priority(runtime: Runtime) -> list[str]:
    """Which source wins a field: national registers of legal units before GLEIF, which repeats them."""
    return list(runtime.all_sources)


def observed(frame: pl.DataFrame, schema: type[S]) -> dy.DataFrame[S]:
    """The columns of a stored frame that a step declares."""
    return schema.cast(frame.select(schema.column_names()))


def link_records(units: pl.DataFrame) -> dy.DataFrame[LinkRecord]:
    """The legal units as LinkRecord rows."""
    return LinkRecord.validate(
        units.select(
            pl.concat_str("source", pl.lit("|"), "source_key").alias("record"),
            "source",
            "name",
            "other_names",
            "country_code",
            "city",
            "postal_code",
            pl.col("address_line").alias("address"),
            "national_id",
            "national_id_scheme",
            "lei",
            "vat_number",
            pl.lit(None, pl.String).alias("domain"),
        )
    )


def account_records(accounts: pl.DataFrame) -> dy.DataFrame[LinkRecord]:
    """The CRM's accounts as LinkRecord rows (record `crm|account_id`)."""
    return LinkRecord.validate(
        accounts.select(
            pl.concat_str(pl.lit("crm|"), "account_id").alias("record"),
            pl.lit("crm").alias("source"),
            "name",
            pl.lit([], pl.List(pl.String)).alias("other_names"),
            "country_code",
            "city",
            "postal_code",
            "address",
            "national_id",
            "national_id_scheme",
            "lei",
            "vat_number",
            "domain",
        )
    )


def find_pairs(records: dy.DataFrame[LinkRecord]) -> dy.DataFrame[CandidatePair]:
    """Identifiers first, then one blocked pass over the names; an identifier's word on a pair stands."""
    named = add_name_keys(records, legal_form_tokens())
    by_identifier = find_identifier_pairs(named)
    blocked = BlockedPair.cast(
        block_on_names(named).join(by_identifier, on=["left_record", "right_record"], how="anti")
    )
    return CandidatePair.validate(pl.concat([by_identifier, score_pairs(blocked, named, named)]))


def entity_moves(registry: pl.DataFrame, entity_records: pl.DataFrame) -> pl.DataFrame:
    """Every entity id that lost a merge (old_id) and the one that its founding record belongs to now (new_id)."""
    entities = registry.filter(pl.col("kind") == IdKind.ENTITY.value)
    return (
        entities.join(entity_records.select("source", "source_key", "entity_id"), on=["source", "source_key"])
        .filter(pl.col("id") != pl.col("entity_id"))
        .select(pl.col("id").alias("old_id"), pl.col("entity_id").alias("new_id"))
    )
