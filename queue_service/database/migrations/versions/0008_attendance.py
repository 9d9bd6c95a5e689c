"""How many of those who book do come."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("booked", sa.Integer, nullable=False),
        sa.Column("came", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("branch", "queue", "day"),
    )


def downgrade() -> None:
    op.drop_table("attendance")
