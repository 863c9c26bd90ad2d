"""Masses of changes that a named operator decides about.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.create_table(
        "mass_changes",
        sa.Column("mass_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("change_count", sa.Integer(), nullable=False),
        sa.Column("officers_count", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("mass_id"),
    )
    op.create_table(
        "mass_change_members",
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("mass_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("change_id"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("mass_change_members")
    op.drop_table("mass_changes")
