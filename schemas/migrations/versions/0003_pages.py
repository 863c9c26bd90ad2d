"""Companies' own pages, whose domain is whose, and the domain of a profile.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

VIEW = """
CREATE VIEW v_prospect AS
SELECT
    p.profile_id, p.entity_kind, p.status, p.merged_into_id, p.name, p.legal_name, p.aliases, p.country_code,
    p.national_id, p.national_id_scheme, p.lei, p.vat_number, p.domain, p.hq_address, p.hq_postal_code,
    p.hq_city, p.hq_region_code, p.activity_code, p.activity_code_scheme, p.activity_label, p.size_category,
    p.employees_min, p.employees_max, p.employees_scope, p.revenue_eur, p.revenue_scope, p.net_income_eur,
    p.financials_year,
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
        "pages",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("canonical_url", sa.String(), nullable=True),
        sa.Column("legal_names", sa.JSON(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_pages_domain", "pages", ["source", "domain"], unique=False)
    op.create_table(
        "domain_ties",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("quote", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", "scheme", "identifier"),
    )
    op.execute("DROP VIEW v_prospect")
    op.add_column("prospect_profile", sa.Column("domain", sa.String(length=255), nullable=True))
    op.execute(VIEW)


def downgrade() -> None:
    """Take this revision back."""
    op.execute("DROP VIEW v_prospect")
    op.drop_column("prospect_profile", "domain")
    op.execute(VIEW.replace("p.domain, ", ""))
    op.drop_table("domain_ties")
    op.drop_index("ix_pages_domain", table_name="pages")
    op.drop_table("pages")
