"""Days in the field: what could not be merged, and on the laptop what has been."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_annex",
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("came_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("lease", "seq", "mark"),
    )
    op.create_index("field_annex_of_days", "field_annex", ["branch", "day"])
    op.create_table(
        "field_differences",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("came_ms", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(8), nullable=False),
        sa.Column("kept", sa.LargeBinary, nullable=True),
    )
    op.create_index("field_differences_of_days", "field_differences", ["branch", "day"])
    op.create_table(
        "field_agreed",
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("item", sa.String(120), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("part", "item"),
    )


def downgrade() -> None:
    for table in ("field_agreed", "field_differences", "field_annex"):
        op.drop_table(table)
