"""Whom a night covers: accounts, the policy's rule, and every entity tied to those by consolidation."""

import polars as pl

from connectors.contract import Connector
from enrich.policy import Policy
from flows.page_privacy import open_domains
from flows.runtime import Runtime
from schemas.provenance import Watermark
from schemas.vocabulary import LifeStatus


def window_for(runtime: Runtime, connector: Connector) -> Watermark:
    """What to ask one source for tonight: refresh whom we know, look up whom we do not."""
    accounts = runtime.store.read("crm_accounts")
    units = runtime.store.read_current("legal_units")
    covered = units_of_universe(units, runtime.store.read("entity_records"), runtime.store.read("universe"))
    # those of the rule as well: a source that was asked before this one may have told of them only tonight
    selected = units.filter(selected_by_rule(runtime.policy))
    identifiers: dict[str, set[str]] = {}
    for frame in (accounts, covered, selected):
        for scheme, identifier in frame.select("national_id_scheme", "national_id").drop_nulls().iter_rows():
            identifiers.setdefault(scheme, set()).add(identifier)
        identifiers.setdefault("LEI", set()).update(frame["lei"].drop_nulls())
    unnamed = accounts.filter(pl.col("national_id").is_null() & pl.col("lei").is_null())
    return Watermark(
        since=runtime.store.read_watermark(connector.name),
        until=runtime.instant,
        identifiers={scheme: tuple(sorted(values)) for scheme, values in sorted(identifiers.items()) if values},
        names=tuple(sorted(set(unnamed["name"].drop_nulls()))),
        size_categories=runtime.policy.universe_size_categories,
        domains=open_domains(runtime, accounts),
        cursor=runtime.store.read_cursor(connector.name),
        told=frozenset(units.filter(pl.col("source") == connector.name)["source_key"]),
    )


def units_of_universe(units: pl.DataFrame, records: pl.DataFrame, universe: pl.DataFrame) -> pl.DataFrame:
    """The current legal units whose entity is in the universe."""
    inside = records.join(universe.select("entity_id").unique(), on="entity_id", how="semi")
    return units.join(inside, on=["source", "source_key"], how="semi")


def selected_by_rule(policy: Policy) -> pl.Expr:
    """Whether the policy's rule selects a legal unit."""
    in_size = pl.col("size_category").is_in(list(policy.universe_size_categories))
    return in_size & (pl.col("life_status") != LifeStatus.CEASED.value)


def find_universe(
    units: pl.DataFrame,
    records: pl.DataFrame,
    matches: pl.DataFrame,
    members: pl.DataFrame,
    policy: Policy,
    *,
    offline: bool,
) -> pl.DataFrame:
    """Every entity that the run covers, with the reason why it is in (entity_id, reason).

    Args:
        units: current legal units.
        records: EntityRecord.
        matches: AccountMatch.
        members: GroupMember.
        policy: whose rule selects by size category.
        offline: then everything that the archive holds is in.
    """
    entities = units.join(records.select("source", "source_key", "entity_id"), on=["source", "source_key"])
    by_account = matches.filter(pl.col("entity_id").is_not_null() & (pl.col("match_status") == "matched"))
    by_rule = entities.filter(selected_by_rule(policy))
    chosen = pl.concat(
        [
            by_account.select("entity_id").with_columns(reason=pl.lit("account")),
            by_rule.select("entity_id").with_columns(reason=pl.lit("rule")),
        ]
    ).unique(["entity_id", "reason"])
    heads = members.join(chosen.select("entity_id").unique(), on="entity_id", how="semi").select("head_entity_id")
    tied = members.join(heads.unique(), on="head_entity_id", how="semi").select("entity_id")
    tied = tied.join(chosen.select("entity_id"), on="entity_id", how="anti").with_columns(
        reason=pl.lit("consolidation")
    )
    found = pl.concat([chosen, tied])
    if offline:
        rest = entities.select("entity_id").unique().join(found.select("entity_id"), on="entity_id", how="anti")
        found = pl.concat([found, rest.with_columns(reason=pl.lit("archive"))])
    return found.unique(["entity_id", "reason"]).sort("entity_id", "reason")
