"""Fills account sheets from the published tables: what a page says is what the CRM can read."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from connectors.contract import Connector
from flows.facts import INSOLVENCY
from flows.store import Store
from flows.web.sheet import (
    AccountSheet,
    ChangeLine,
    Contribution,
    CountryPresence,
    ExecutiveLine,
    Gate,
    GroupTree,
    Identifier,
    Presence,
    Proof,
    RiskLine,
    Score,
    SourceLine,
    TreeNode,
)
from schemas.reference import regions_total
from schemas.vocabulary import EntityKind, GroupRole, OfficerKind, ProfileStatus, Tier

Row = dict[str, Any]
EXECUTIVE_ORDER = ("executive", "board", "supervisory", "other")


class Shelf:
    """The published tables, read once for many sheets."""

    def __init__(self, store: Store, sources: Mapping[str, Connector], *, is_demo: bool = False) -> None:
        self.sources, self.is_demo = sources, is_demo
        self.profiles = {row["profile_id"]: row for row in store.read("v_prospect").to_dicts()}
        self.details = rows_by_profile(store.read("score_detail"))
        self.evidence = rows_by_profile(store.read("profile_evidence"))
        self.presence = rows_by_profile(store.read("presence_evidence"))
        self.executives = rows_by_profile(store.read("executive"))
        self.changes = rows_by_profile(store.read("executive_change"))
        companies = [row for row in self.profiles.values() if row["entity_kind"] == EntityKind.COMPANY.value]
        self.companies = {row["entity_id"]: row for row in companies}
        self.children: dict[str, list[Row]] = {}
        for row in sorted(companies, key=lambda r: (r["name"] or "", r["profile_id"])):
            if row["parent_id"]:
                self.children.setdefault(row["parent_id"], []).append(row)

    def ranked(self) -> list[Row]:
        """The accounts, best priority first: groups, and companies that stand in no group."""
        heads = {row["entity_id"] for row in self.profiles.values() if row["entity_kind"] == EntityKind.GROUP.value}
        alone = [
            row
            for row in self.profiles.values()
            if row["status"] == ProfileStatus.ACTIVE.value
            and (
                row["entity_kind"] == EntityKind.GROUP.value
                or (row["entity_id"] not in heads and row["parent_id"] is None)
            )
        ]
        return sorted(alone, key=lambda r: (-(r["priority_score"] or 0.0), r["name"] or "", r["profile_id"]))

    def sheet(self, profile_id: str, as_of: datetime) -> AccountSheet:
        """The sheet of one profile."""
        row = self.profiles[profile_id]
        return AccountSheet(
            profile_id=profile_id,
            name=row["name"] or profile_id,
            legal_name=row["legal_name"],
            entity_kind=row["entity_kind"],
            country_code=row["country_code"],
            city=row["hq_city"],
            identifiers=identifiers_of(row),
            tier=row["key_account_tier"],
            gates=tuple(Gate(name, row[f"gate_{name}"]) for name in ("presence", "buying", "potential")),
            score=score_of(row, self.details.get(profile_id, [])),
            presence=presence_of(row, self.presence.get(profile_id, [])),
            group=self.tree_of(row),
            executives=self.executives_of(profile_id),
            changes=self.changes_of(profile_id),
            sources=self.sources_of(profile_id),
            last_verified_at=row["last_verified_at"],
            size_category=row["size_category"],
            activity=" ".join(part for part in (row["activity_code"], row["activity_label"]) if part) or None,
            revenue_eur=row["revenue_eur"],
            revenue_scope=row["revenue_scope"],
            revenue_year=row["financials_year"],
            employees_min=row["employees_min"],
            employees_max=row["employees_max"],
            risks=self.risks_of(row),
            as_of=as_of,
            is_demo=self.is_demo,
        )

    def tree_of(self, row: Row) -> GroupTree | None:
        """The consolidated tree that a profile stands in, from its top down, or null for one that stands alone."""
        top = self.companies.get(row["entity_id"])
        seen: set[str] = set()
        while top is not None and top["parent_id"] in self.profiles and top["profile_id"] not in seen:
            seen.add(top["profile_id"])
            top = self.profiles[top["parent_id"]]
        if top is None or not self.children.get(top["profile_id"]):
            return None
        nodes: list[TreeNode] = []
        self._grow(top, 0, row["entity_id"], nodes, set())
        group = next(
            (
                r
                for r in self.profiles.values()
                if r["entity_kind"] == EntityKind.GROUP.value and r["entity_id"] == top["entity_id"]
            ),
            None,
        )
        controlled = group["group_entity_count"] if group else None
        return GroupTree(
            nodes=tuple(nodes),
            is_complete=bool(group and group["group_is_complete"]),
            entity_count=controlled + 1 if controlled is not None else None,
            known_entity_count=len(nodes),
        )

    def _grow(self, row: Row, depth: int, account: str, nodes: list[TreeNode], seen: set[str]) -> None:
        if row["profile_id"] in seen:
            return
        seen.add(row["profile_id"])
        nodes.append(
            TreeNode(
                name=row["name"] or row["profile_id"],
                depth=depth,
                role=row["group_role"] or GroupRole.UNKNOWN.value,
                country_code=row["country_code"],
                city=row["hq_city"],
                is_account=row["entity_id"] == account,
            )
        )
        for child in self.children.get(row["profile_id"], []):
            self._grow(child, depth + 1, account, nodes, seen)

    def executives_of(self, profile_id: str) -> tuple[ExecutiveLine, ...]:
        """The current mandates, executives before boards."""
        current = [row for row in self.executives.get(profile_id, []) if row["is_current"]]
        current.sort(key=lambda r: (EXECUTIVE_ORDER.index(r["office_group"]), r["title"] or "", r["full_name"]))
        return tuple(
            ExecutiveLine(
                full_name=row["full_name"],
                title=row["title"],
                role=row["role"],
                started_on=row["started_on"],
                basis=row["started_on_basis"],
                first_seen_on=row["first_seen_at"].date(),
                missing_snapshots=row["missing_snapshots"],
                is_organisation=row["officer_kind"] == OfficerKind.ORGANISATION.value,
                source=self.title_of(row["source"]),
            )
            for row in current
        )

    def changes_of(self, profile_id: str) -> tuple[ChangeLine, ...]:
        """The changes, newest first."""
        newest = sorted(self.changes.get(profile_id, []), key=lambda r: (r["full_name"], r["change_id"]))
        newest.sort(key=lambda r: r["first_seen_at"], reverse=True)
        return tuple(
            ChangeLine(
                full_name=row["full_name"],
                kind=row["kind"],
                status=row["status"],
                from_title=row["from_title"],
                to_title=row["to_title"],
                first_seen_on=row["first_seen_at"].date(),
                seen_before=row["seen_before"].date() if row["seen_before"] else None,
                effective_on=row["effective_on"],
                missing_snapshots=row["missing_snapshots"],
                context=tuple(row["context"]),
                confidence=row["confidence"],
                source=self.title_of(row["source"]),
            )
            for row in newest
        )

    def sources_of(self, profile_id: str) -> tuple[SourceLine, ...]:
        """The sources that the profile's evidence names, with the day of their newest answer used."""
        newest: dict[str, str] = {}
        for row in self.evidence.get(profile_id, []):
            for said in json.loads(row["evidence"])["statements"]:
                newest[said["source"]] = max(newest.get(said["source"], ""), said["observed_on"] or "")
        return tuple(
            SourceLine(
                title=self.title_of(source),
                licence=self.sources[source].terms.licence,
                attribution=self.sources[source].terms.attribution,
                homepage=self.sources[source].terms.homepage,
                observed_on=day_of(day),
            )
            for source, day in sorted(newest.items())
            if source in self.sources
        )

    def risks_of(self, row: Row) -> tuple[RiskLine, ...]:
        """The warnings of a profile; insolvency with the notice or register record that shows it."""
        lines: list[RiskLine] = []
        for flag in filter(None, (row["risk_flags"] or "").split(";")):
            shown = self.statements_of(row["profile_id"], "risk_flags") if flag == INSOLVENCY else []
            lines += [
                RiskLine(flag, self.title_of(said["source"]), said["source_key"], day_of(said["observed_on"]))
                for said in shown
            ] or [RiskLine(flag)]
        return tuple(lines)

    def statements_of(self, profile_id: str, field: str) -> list[Row]:
        """The statements that one published value rests on."""
        told = [json.loads(row["evidence"]) for row in self.evidence.get(profile_id, [])]
        return [e["statements"][number] for e in told for number in e["fields"].get(field, [])]

    def title_of(self, source: str) -> str:
        """A source's own name."""
        return self.sources[source].terms.title if source in self.sources else source


def day_of(text: str | None) -> date | None:
    """A day of the evidence."""
    return date.fromisoformat(text) if text else None


def rows_by_profile(frame: pl.DataFrame) -> dict[str, list[Row]]:
    """The rows of a table by profile."""
    found: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["profile_id"], []).append(row)
    return found


def identifiers_of(row: Row) -> tuple[Identifier, ...]:
    """National identifier, LEI, VAT number and web domain, as far as they are known."""
    pairs = (
        (row["national_id_scheme"], row["national_id"]),
        ("LEI", row["lei"]),
        ("VAT", row["vat_number"]),
        ("DOMAIN", row["domain"]),
    )
    return tuple(Identifier(scheme, value) for scheme, value in pairs if scheme and value)


def score_of(row: Row, details: list[Row]) -> Score:
    """The score with its contributions, the heaviest first."""
    ordered = sorted(details, key=lambda d: (-(d["points"] or 0.0), -d["weight"], d["component"]))
    return Score(
        value=row["key_account_score"],
        low=row["score_low"],
        high=row["score_high"],
        conservative=row["score_conservative"],
        coverage=row["score_coverage"],
        version=row["score_version"],
        contributions=tuple(
            Contribution(d["component"], d["weight"], d["value"], d["points"], d["evidence"]) for d in ordered
        ),
    )


def presence_of(row: Row, evidence: list[Row]) -> Presence:
    """Countries in the published order, each with what proves it."""
    proofs: dict[str, dict[str, int]] = {}
    for found in evidence:
        kinds = proofs.setdefault(found["country_code"], {})
        kinds[found["kind"]] = kinds.get(found["kind"], 0) + found["count"]
    order = [code for code in (row["countries"] or "").split(";") if code]
    return Presence(
        level=row["presence_level"],
        countries=tuple(
            CountryPresence(code, tuple(Proof(kind, count) for kind, count in sorted(proofs.get(code, {}).items())))
            for code in order
        ),
        countries_count=row["countries_count"],
        sites_open_count=row["sites_open_count"],
        regions_count=row["regions_count"],
        regions_total=regions_total(row["country_code"]) if row["country_code"] else None,
    )


def is_top_account(row: Row) -> bool:
    """Whether a row deserves a sheet of its own in the demo: every tier but D, and whoever has a warning."""
    return bool(row["risk_flags"]) or row["key_account_tier"] in {Tier.A.value, Tier.B.value, Tier.C.value}
