"""Complaints: a journal of each, and the words beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint_entries",
        sa.Column("complaint", sa.String(16), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("complaint", "seq", name="one_entry_of_a_complaint"),
    )
    op.create_index("complaint_entries_of_branch", "complaint_entries", ["branch", "kind", "at_ms"])
    op.create_table(
        "complaint_words",
        sa.Column("complaint", sa.String(16), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("key", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("complaint", "seq", "what"),
    )


def downgrade() -> None:
    op.drop_table("complaint_words")
    op.drop_table("complaint_entries")
