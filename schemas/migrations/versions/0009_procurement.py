"""Public contracts: buyers and winners.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.create_table(
        "contract_awards",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("contract_key", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=False),
        sa.Column("unit_scheme", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=True),
        sa.Column("country_code", sa.String(), nullable=True),
        sa.Column("cpv_code", sa.String(), nullable=True),
        sa.Column("amount_eur", sa.Float(), nullable=True),
        sa.Column("duration_months", sa.Integer(), nullable=True),
        sa.Column("tenders_count", sa.Integer(), nullable=True),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_contract_awards_unit", "contract_awards", ["source", "unit_key"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_contract_awards_unit", table_name="contract_awards")
    op.drop_table("contract_awards")
