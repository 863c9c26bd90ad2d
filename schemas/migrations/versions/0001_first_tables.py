"""first tables

Revision ID: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


V_PROSPECT = """
CREATE VIEW v_prospect AS
SELECT
    p.profile_id, p.entity_kind, p.status, p.merged_into_id, p.name, p.legal_name, p.aliases, p.country_code,
    p.national_id, p.national_id_scheme, p.lei, p.vat_number, p.hq_address, p.hq_postal_code, p.hq_city,
    p.hq_region_code, p.activity_code, p.activity_code_scheme, p.activity_label, p.size_category, p.employees_min,
    p.employees_max, p.employees_scope, p.revenue_eur, p.revenue_scope, p.net_income_eur, p.financials_year,
    p.parent_id, p.ultimate_parent_id, p.ultimate_parent_name, p.ultimate_parent_country, p.group_role,
    p.group_entity_count, p.group_depth, p.group_is_complete, p.sites_open_count, p.regions_count,
    p.countries_count, p.countries, p.presence_level, p.procurement_evidence, p.executives_count,
    p.top_executive_name, p.top_executive_title, p.last_exec_change_on, p.risk_flags, p.key_account_score,
    p.score_conservative, p.score_low, p.score_high, p.score_coverage, p.criteria_met, p.criteria_unknown,
    p.gate_presence, p.gate_buying, p.gate_potential, p.key_account_tier, p.risk_score, p.score_reasons,
    p.score_version, p.match_confidence, p.entity_id, p.updated_at, p.change_seq, t.now_score, t.priority_score,
    coalesce(t.new_exec_window_open, false) AS new_exec_window_open, t.new_exec_window_until, c.last_verified_at
FROM prospect_profile AS p
LEFT JOIN profile_timing AS t ON t.profile_id = p.profile_id
LEFT JOIN profile_check AS c ON c.profile_id = p.profile_id
"""


def upgrade() -> None:
    """Bring the database to this revision."""
    op.create_table(
        "account_match",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("account_name", sa.String(), nullable=True),
        sa.Column("match_status", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(length=32), nullable=True),
        sa.Column("entity_id", sa.String(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rank"),
    )
    op.create_index("ix_account_match_profile_id", "account_match", ["profile_id"], unique=False)

    op.create_table(
        "account_matches",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("account_name", sa.String(), nullable=True),
        sa.Column("match_status", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rank"),
    )
    op.create_table(
        "appointments",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=False),
        sa.Column("officer_kind", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=True),
        sa.Column("usage_name", sa.String(), nullable=True),
        sa.Column("given_names", sa.String(), nullable=True),
        sa.Column("birth_month", sa.String(), nullable=True),
        sa.Column("organisation_name", sa.String(), nullable=True),
        sa.Column("organisation_id", sa.String(), nullable=True),
        sa.Column("officer_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("office_group", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_appointments_unit", "appointments", ["source", "unit_key"], unique=False)

    op.create_table(
        "candidate_pairs",
        sa.Column("left_record", sa.String(), nullable=False),
        sa.Column("right_record", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("left_record", "right_record"),
    )
    op.create_table(
        "crm_accounts",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("country_code", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("national_id_scheme", sa.String(), nullable=True),
        sa.Column("lei", sa.String(), nullable=True),
        sa.Column("vat_number", sa.String(), nullable=True),
        sa.Column("domain", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "entity_records",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_key"),
    )
    op.create_index("ix_entity_records_entity_id", "entity_records", ["entity_id"], unique=False)

    op.create_table(
        "establishments",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("is_head_office", sa.Boolean(), nullable=False),
        sa.Column("site_status", sa.String(), nullable=False),
        sa.Column("diffusion", sa.String(), nullable=False),
        sa.Column("address_line", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("country_code", sa.String(), nullable=True),
        sa.Column("activity_code", sa.String(), nullable=True),
        sa.Column("employees_band", sa.String(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_establishments_unit", "establishments", ["source", "unit_key"], unique=False)

    op.create_table(
        "executive",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("mandate_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("officer_kind", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("office_group", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("started_on_basis", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("missing_snapshots", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.CheckConstraint("mandate_id NOT LIKE '%|%'", name="ck_executive_mandate_id_is_opaque"),
        sa.PrimaryKeyConstraint("profile_id", "mandate_id"),
    )
    op.create_index("ix_executive_person_id", "executive", ["person_id"], unique=False)

    op.create_table(
        "executive_change",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("officer_kind", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("from_title", sa.String(), nullable=True),
        sa.Column("to_title", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("office_group", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("seen_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_snapshots", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "change_id"),
    )
    op.create_index("ix_executive_change_person_id", "executive_change", ["person_id"], unique=False)

    op.create_table(
        "feed_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "field_provenance",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "field", "source", "source_key"),
    )
    op.create_table(
        "financial_statements",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=False),
        sa.Column("closing_year", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("revenue_eur", sa.Float(), nullable=True),
        sa.Column("net_income_eur", sa.Float(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_financial_statements_unit", "financial_statements", ["source", "unit_key"], unique=False)

    op.create_table(
        "group_anchors",
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("head_entity_id", sa.String(), nullable=False),
        sa.Column("minted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("group_id"),
    )
    op.create_table(
        "group_link",
        sa.Column("link_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("child_id", sa.String(length=32), nullable=True),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("child_entity_id", sa.String(), nullable=False),
        sa.Column("parent_entity_id", sa.String(), nullable=True),
        sa.Column("parent_key", sa.String(), nullable=True),
        sa.Column("exception_reason", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("link_id"),
    )
    op.create_index("ix_group_link_child_id", "group_link", ["child_id"], unique=False)
    op.create_index("ix_group_link_parent_id", "group_link", ["parent_id"], unique=False)

    op.create_table(
        "group_links",
        sa.Column("link_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("child_entity_id", sa.String(), nullable=False),
        sa.Column("parent_entity_id", sa.String(), nullable=True),
        sa.Column("parent_key", sa.String(), nullable=True),
        sa.Column("exception_reason", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("link_id"),
    )
    op.create_index("ix_group_links_child_entity_id", "group_links", ["child_entity_id"], unique=False)
    op.create_index("ix_group_links_parent_entity_id", "group_links", ["parent_entity_id"], unique=False)

    op.create_table(
        "id_redirect",
        sa.Column("old_id", sa.String(length=32), nullable=False),
        sa.Column("new_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("old_id"),
    )
    op.create_index("ix_id_redirect_new_id", "id_redirect", ["new_id"], unique=False)

    op.create_table(
        "id_registry",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("minted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_id_registry_source_key", "id_registry", ["source_key"], unique=False)

    op.create_table(
        "judgements",
        sa.Column("left_record", sa.String(), nullable=False),
        sa.Column("right_record", sa.String(), nullable=False),
        sa.Column("judgement", sa.String(), nullable=False),
        sa.Column("judged_by", sa.String(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("left_record", "right_record"),
    )
    op.create_table(
        "legal_units",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("other_names", sa.JSON(), nullable=False),
        sa.Column("country_code", sa.String(), nullable=True),
        sa.Column("national_id", sa.String(), nullable=True),
        sa.Column("national_id_scheme", sa.String(), nullable=True),
        sa.Column("lei", sa.String(), nullable=True),
        sa.Column("vat_number", sa.String(), nullable=True),
        sa.Column("legal_form_code", sa.String(), nullable=True),
        sa.Column("legal_form_scheme", sa.String(), nullable=True),
        sa.Column("entity_category", sa.String(), nullable=True),
        sa.Column("is_natural_person", sa.Boolean(), nullable=False),
        sa.Column("diffusion", sa.String(), nullable=False),
        sa.Column("life_status", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("ceased_on", sa.Date(), nullable=True),
        sa.Column("successor_key", sa.String(), nullable=True),
        sa.Column("activity_code", sa.String(), nullable=True),
        sa.Column("activity_code_scheme", sa.String(), nullable=True),
        sa.Column("size_category", sa.String(), nullable=True),
        sa.Column("employees_band", sa.String(), nullable=True),
        sa.Column("employees_year", sa.Integer(), nullable=True),
        sa.Column("address_line", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("hq_country_code", sa.String(), nullable=True),
        sa.Column("sites_count", sa.Integer(), nullable=True),
        sa.Column("sites_open_count", sa.Integer(), nullable=True),
        sa.Column("has_responsible_buyer_label", sa.Boolean(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_table(
        "loads",
        sa.Column("load_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("load_id"),
    )
    op.create_index("ix_loads_payload_sha256", "loads", ["payload_sha256"], unique=False)

    op.create_table(
        "payloads",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", "source"),
    )
    op.create_table(
        "people",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "presence_evidence",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "country_code", "kind", "entity_id"),
    )
    op.create_table(
        "profile_change",
        sa.Column("change_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("changed_fields", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("change_seq"),
    )
    op.create_index("ix_profile_change_profile_id", "profile_change", ["profile_id"], unique=False)

    op.create_table(
        "profile_check",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("last_verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id"),
    )
    op.create_table(
        "profile_evidence",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id"),
    )
    op.create_table(
        "profile_timing",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("now_score", sa.Numeric(5, 2), nullable=False),
        sa.Column("priority_score", sa.Numeric(5, 2), nullable=False),
        sa.Column("new_exec_window_open", sa.Boolean(), nullable=False),
        sa.Column("new_exec_window_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("profile_id"),
    )
    op.create_table(
        "prospect_profile",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("entity_kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("merged_into_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("legal_name", sa.String(length=255), nullable=True),
        sa.Column("aliases", sa.String(length=1000), nullable=True),
        sa.Column("country_code", sa.String(length=2), nullable=True),
        sa.Column("national_id", sa.String(length=32), nullable=True),
        sa.Column("national_id_scheme", sa.String(length=16), nullable=True),
        sa.Column("lei", sa.String(length=20), nullable=True),
        sa.Column("vat_number", sa.String(length=16), nullable=True),
        sa.Column("hq_address", sa.String(length=255), nullable=True),
        sa.Column("hq_postal_code", sa.String(length=16), nullable=True),
        sa.Column("hq_city", sa.String(length=120), nullable=True),
        sa.Column("hq_region_code", sa.String(length=8), nullable=True),
        sa.Column("activity_code", sa.String(length=8), nullable=True),
        sa.Column("activity_code_scheme", sa.String(length=12), nullable=True),
        sa.Column("activity_label", sa.String(length=255), nullable=True),
        sa.Column("size_category", sa.String(length=8), nullable=True),
        sa.Column("employees_min", sa.Integer(), nullable=True),
        sa.Column("employees_max", sa.Integer(), nullable=True),
        sa.Column("employees_scope", sa.String(length=16), nullable=True),
        sa.Column("revenue_eur", sa.Float(), nullable=True),
        sa.Column("revenue_scope", sa.String(length=16), nullable=True),
        sa.Column("net_income_eur", sa.Float(), nullable=True),
        sa.Column("financials_year", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("ultimate_parent_id", sa.String(length=32), nullable=True),
        sa.Column("ultimate_parent_name", sa.String(length=255), nullable=True),
        sa.Column("ultimate_parent_country", sa.String(length=2), nullable=True),
        sa.Column("group_role", sa.String(length=16), nullable=True),
        sa.Column("group_entity_count", sa.Integer(), nullable=True),
        sa.Column("group_depth", sa.Integer(), nullable=True),
        sa.Column("group_is_complete", sa.Boolean(), nullable=True),
        sa.Column("sites_open_count", sa.Integer(), nullable=True),
        sa.Column("regions_count", sa.Integer(), nullable=True),
        sa.Column("countries_count", sa.Integer(), nullable=True),
        sa.Column("countries", sa.String(length=1000), nullable=True),
        sa.Column("presence_level", sa.String(length=16), nullable=True),
        sa.Column("procurement_evidence", sa.String(length=1000), nullable=True),
        sa.Column("executives_count", sa.Integer(), nullable=True),
        sa.Column("top_executive_name", sa.String(length=160), nullable=True),
        sa.Column("top_executive_title", sa.String(length=160), nullable=True),
        sa.Column("last_exec_change_on", sa.Date(), nullable=True),
        sa.Column("risk_flags", sa.String(length=1000), nullable=True),
        sa.Column("key_account_score", sa.Numeric(5, 2), nullable=True),
        sa.Column("score_conservative", sa.Numeric(5, 2), nullable=True),
        sa.Column("score_low", sa.Numeric(5, 2), nullable=True),
        sa.Column("score_high", sa.Numeric(5, 2), nullable=True),
        sa.Column("score_coverage", sa.Integer(), nullable=True),
        sa.Column("criteria_met", sa.Integer(), nullable=True),
        sa.Column("criteria_unknown", sa.Integer(), nullable=True),
        sa.Column("gate_presence", sa.Boolean(), nullable=True),
        sa.Column("gate_buying", sa.Boolean(), nullable=True),
        sa.Column("gate_potential", sa.Boolean(), nullable=True),
        sa.Column("key_account_tier", sa.String(length=1), nullable=True),
        sa.Column("risk_score", sa.Numeric(5, 2), nullable=True),
        sa.Column("score_reasons", sa.String(length=255), nullable=True),
        sa.Column("score_version", sa.String(length=16), nullable=True),
        sa.Column("match_confidence", sa.Float(), nullable=True),
        sa.Column("entity_id", sa.String(length=32), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id"),
        sa.UniqueConstraint("change_seq"),
    )
    op.create_index("ix_prospect_profile_parent_id", "prospect_profile", ["parent_id"], unique=False)
    op.create_index("ix_prospect_profile_score_conservative", "prospect_profile", ["score_conservative"], unique=False)
    op.create_index("ix_prospect_profile_ultimate_parent_id", "prospect_profile", ["ultimate_parent_id"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "payload_sha256", "source_key", "reason"),
    )
    op.create_table(
        "relationships",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("child_key", sa.String(), nullable=False),
        sa.Column("parent_key", sa.String(), nullable=True),
        sa.Column("exception_reason", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("registration_status", sa.String(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_relationships_parent", "relationships", ["source", "parent_key"], unique=False)

    op.create_table(
        "run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fencing_token", sa.BigInteger(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_table(
        "run_lock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fencing_token", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "score_detail",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("points", sa.Float(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("profile_id", "component"),
    )
    op.create_table(
        "sightings",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("record_id", "seen_us"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_snapshots",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=True),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("is_full", sa.Boolean(), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "scope", "observed_at"),
    )
    op.create_table(
        "suppression",
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    op.create_table(
        "tombstone",
        sa.Column("profile_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id"),
    )
    op.create_table(
        "universe",
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", "reason"),
    )
    op.create_table(
        "watermarks",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )

    op.execute(V_PROSPECT)
    op.execute("INSERT INTO feed_head (id, change_seq) VALUES (1, 0)")
    op.execute("INSERT INTO run_lock (id, fencing_token) VALUES (1, 0)")


def downgrade() -> None:
    """Take this revision back."""
    op.execute("DROP VIEW v_prospect")
    op.drop_table("watermarks")
    op.drop_table("universe")
    op.drop_table("tombstone")
    op.drop_table("suppression")
    op.drop_table("source_snapshots")
    op.drop_table("sightings")
    op.drop_table("score_detail")
    op.drop_table("run_lock")
    op.drop_table("run")
    op.drop_index("ix_relationships_parent", table_name="relationships")

    op.drop_table("relationships")
    op.drop_table("quarantine")
    op.drop_index("ix_prospect_profile_ultimate_parent_id", table_name="prospect_profile")
    op.drop_index("ix_prospect_profile_score_conservative", table_name="prospect_profile")
    op.drop_index("ix_prospect_profile_parent_id", table_name="prospect_profile")

    op.drop_table("prospect_profile")
    op.drop_table("profile_timing")
    op.drop_table("profile_evidence")
    op.drop_table("profile_check")
    op.drop_index("ix_profile_change_profile_id", table_name="profile_change")

    op.drop_table("profile_change")
    op.drop_table("presence_evidence")
    op.drop_table("people")
    op.drop_table("payloads")
    op.drop_index("ix_loads_payload_sha256", table_name="loads")

    op.drop_table("loads")
    op.drop_table("legal_units")
    op.drop_table("judgements")
    op.drop_index("ix_id_registry_source_key", table_name="id_registry")

    op.drop_table("id_registry")
    op.drop_index("ix_id_redirect_new_id", table_name="id_redirect")

    op.drop_table("id_redirect")
    op.drop_index("ix_group_links_parent_entity_id", table_name="group_links")
    op.drop_index("ix_group_links_child_entity_id", table_name="group_links")

    op.drop_table("group_links")
    op.drop_index("ix_group_link_parent_id", table_name="group_link")
    op.drop_index("ix_group_link_child_id", table_name="group_link")

    op.drop_table("group_link")
    op.drop_table("group_anchors")
    op.drop_index("ix_financial_statements_unit", table_name="financial_statements")

    op.drop_table("financial_statements")
    op.drop_table("field_provenance")
    op.drop_table("feed_head")
    op.drop_index("ix_executive_change_person_id", table_name="executive_change")

    op.drop_table("executive_change")
    op.drop_index("ix_executive_person_id", table_name="executive")

    op.drop_table("executive")
    op.drop_index("ix_establishments_unit", table_name="establishments")

    op.drop_table("establishments")
    op.drop_index("ix_entity_records_entity_id", table_name="entity_records")

    op.drop_table("entity_records")
    op.drop_table("crm_accounts")
    op.drop_table("candidate_pairs")
    op.drop_index("ix_appointments_unit", table_name="appointments")

    op.drop_table("appointments")
    op.drop_table("account_matches")
    op.drop_index("ix_account_match_profile_id", table_name="account_match")

    op.drop_table("account_match")
