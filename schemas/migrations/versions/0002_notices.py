"""Legal notices.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.create_table(
        "notices",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(), nullable=False),
        sa.Column("notice_key", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("is_natural_person", sa.Boolean(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("administration", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("judgement_kind", sa.String(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("capital_amount", sa.Float(), nullable=True),
        sa.Column("capital_currency", sa.String(), nullable=True),
        sa.Column("corrects_key", sa.String(), nullable=True),
        sa.Column("record_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_key", "observed_from"),
    )
    op.create_index("ix_notices_unit", "notices", ["source", "unit_key"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_notices_unit", table_name="notices")
    op.drop_table("notices")
