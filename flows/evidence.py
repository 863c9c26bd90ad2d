"""The evidence of each profile: every distinct statement once, and a map from field to its statement."""

import json
from collections.abc import Iterable
from typing import Any

import polars as pl

from flows.domains import domain_claims, domain_statements
from flows.profile import Profiled
from flows.resolve import Resolved
from schemas.vocabulary import ClaimStatus, OfficerKind, StatementDoubt

# golden field -> published columns that show it
SHOWN_AS = {
    "name": ("name",),
    "legal_name": ("legal_name",),
    "aliases": ("aliases",),
    "country_code": ("country_code",),
    "national_id": ("national_id", "national_id_scheme"),
    "lei": ("lei",),
    "vat_number": ("vat_number",),
    "address_line": ("hq_address",),
    "postal_code": ("hq_postal_code",),
    "city": ("hq_city",),
    "region_code": ("hq_region_code",),
    "activity_code": ("activity_code", "activity_code_scheme", "activity_label"),
    "size_category": ("size_category",),
    "employees_band": ("employees_min", "employees_max"),
    "life_status": ("status",),
    "has_responsible_buyer_label": ("procurement_evidence",),
}
FINANCE_COLUMNS = ("revenue_eur", "net_income_eur", "financials_year")
STATEMENT = ["source", "source_key", "payload_sha256", "observed_at", "method", "confidence"]


def field_statements(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """One row for each statement behind each published field of each profile (profile_id, field, STATEMENT)."""
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    behind = [
        ClaimStatus.CHOSEN.value,
        ClaimStatus.DERIVED.value,
    ]  # a name whose case was cleaned rests on a record too
    claims = resolved.claims.filter(pl.col("status").is_in(behind))
    chosen = anchors.join(claims, left_on="entity_id", right_on="subject_id")
    shown = pl.DataFrame(
        [(field, column) for field, columns in SHOWN_AS.items() for column in columns],
        schema=["claimed", "field"],
        orient="row",
    )
    parts = [
        chosen.rename({"field": "claimed"}).join(shown, on="claimed").select("profile_id", "field", *STATEMENT),
        presence_statements(resolved, profiled),
        *(finance_statements(profiled, column) for column in FINANCE_COLUMNS),
        people_statements(anchors, profiled),
        domain_statements(resolved, anchors),
        profiled.insolvencies.select("profile_id", pl.lit("risk_flags").alias("field"), *STATEMENT),
    ]
    return pl.concat(parts).unique().sort("profile_id", "field", *STATEMENT)


def presence_statements(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """The records that prove a profile's countries."""
    stamps = ["source", "source_key", "payload_sha256", pl.col("observed_from").alias("observed_at")]
    seen = pl.concat([resolved.units.select(stamps), profiled.sites.select(stamps)])
    return profiled.evidence.join(seen, on=["source", "source_key"]).select(
        "profile_id",
        pl.lit("countries").alias("field"),
        "source",
        "source_key",
        "payload_sha256",
        "observed_at",
        pl.lit("registry").alias("method"),
        pl.lit(1.0).alias("confidence"),
    )


def finance_statements(profiled: Profiled, column: str) -> pl.DataFrame:
    """The financial statement behind one column; a scope that the register does not tell lowers the confidence."""
    told: pl.DataFrame = profiled.finances
    is_mended = (pl.col("doubt") == StatementDoubt.UNIT_MENDED.value) & pl.lit(column == "revenue_eur")
    if column in told.columns:
        told = told.filter(pl.col(column).is_not_null())
    return told.select(
        "profile_id",
        pl.lit(column).alias("field"),
        "source",
        "source_key",
        "payload_sha256",
        pl.col("observed_from").alias("observed_at"),
        pl.when(is_mended).then(pl.lit("derived")).otherwise(pl.lit("registry")).alias("method"),
        pl.when(is_mended).then(0.7).when(pl.col("scope") == "unknown").then(0.8).otherwise(1.0).alias("confidence"),
    )


def people_statements(anchors: pl.DataFrame, profiled: Profiled) -> pl.DataFrame:
    """The roster behind the executives; named by the unit, because an appointment's key can hold a birth month."""
    current = profiled.mandates.filter("is_current", pl.col("officer_kind") == OfficerKind.PERSON.value)
    rosters = (
        current.sort("last_seen_at", "payload_sha256")
        .unique(["entity_id", "source"], keep="last", maintain_order=True)
        .select("entity_id", "source", "payload_sha256", pl.col("last_seen_at").alias("observed_at"))
        .join(profiled.roster_units, on=["entity_id", "source"], how="left")
    )
    fields = pl.DataFrame({"field": ["executives_count", "top_executive_name", "top_executive_title"]})
    return (
        anchors.join(rosters, on="entity_id")
        .join(fields, how="cross")
        .select(
            "profile_id",
            "field",
            "source",
            pl.col("unit_key").alias("source_key"),
            "payload_sha256",
            "observed_at",
            pl.lit("registry").alias("method"),
            pl.lit(1.0).alias("confidence"),
        )
    )


def evidence_rows(statements: pl.DataFrame) -> pl.DataFrame:
    """One JSON object a profile: `statements`, each distinct one once, and `fields`, which statement each value has."""
    rows = [
        {
            "profile_id": str(profile_id),
            "evidence": json.dumps(evidence_of(group.iter_rows(named=True)), sort_keys=True),
        }
        for (profile_id,), group in statements.group_by("profile_id", maintain_order=True)
    ]
    return pl.DataFrame(rows, schema={"profile_id": pl.String, "evidence": pl.String})


def evidence_of(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The evidence object of one profile."""
    statements: dict[tuple[Any, ...], int] = {}
    fields: dict[str, list[int]] = {}
    for row in rows:
        key = tuple(row[column] for column in STATEMENT)
        fields.setdefault(row["field"], []).append(statements.setdefault(key, len(statements)))
    return {
        "statements": [
            {
                "source": source,
                "source_key": source_key,
                "payload": payload,
                "observed_on": observed_at.date().isoformat() if observed_at else None,
                "method": method,
                "confidence": confidence,
            }
            for source, source_key, payload, observed_at, method, confidence in statements
        ],
        "fields": fields,
    }


def provenance_rows(resolved: Resolved, profiled: Profiled) -> pl.DataFrame:
    """Rejected and conflicting claims of each profile's anchor, and what was derived rather than read."""
    anchors = profiled.members.filter("is_anchor").select("profile_id", "entity_id")
    others = resolved.claims.filter(pl.col("status") != ClaimStatus.CHOSEN.value)
    columns = [
        "profile_id",
        "field",
        "source",
        "source_key",
        "value",
        "status",
        "payload_sha256",
        "observed_at",
        "method",
        "confidence",
    ]
    claimed = anchors.join(others, left_on="entity_id", right_on="subject_id").select(columns)
    derived = profiled.scores.select(
        "profile_id",
        pl.lit("key_account_score").alias("field"),
        pl.lit("grandcompte").alias("source"),
        ("policy " + pl.col("score_version")).alias("source_key"),
        pl.col("key_account_score").round(2).cast(pl.String).alias("value"),
        pl.lit(ClaimStatus.DERIVED.value).alias("status"),
        pl.lit(None, pl.String).alias("payload_sha256"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("observed_at"),
        pl.lit("score").alias("method"),
        pl.lit(1.0).alias("confidence"),
    )
    told = pl.concat([claimed, domain_claims(resolved, anchors), derived])
    return told.unique(columns[:4], keep="first", maintain_order=True).sort(columns[:4])
