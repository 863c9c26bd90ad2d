"""What each load held, who released a refused one, and which fields of a source were heard.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.add_column("source_snapshots", sa.Column("records", sa.Integer(), nullable=True))
    op.add_column("source_snapshots", sa.Column("quarantined", sa.Integer(), nullable=True))
    op.add_column("source_snapshots", sa.Column("filled", sa.JSON(), nullable=True))
    op.add_column("source_snapshots", sa.Column("released_by", sa.String(), nullable=True))
    op.create_table(
        "heard_fields",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("first_heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "field"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("heard_fields")
    for name in ("released_by", "filled", "quarantined", "records"):
        op.drop_column("source_snapshots", name)
