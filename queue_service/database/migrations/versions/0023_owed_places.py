"""Places on trips that requests have no more, until they are given back."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outreach_owed",
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("request", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("branch", "day", "label"),
    )


def downgrade() -> None:
    op.drop_table("outreach_owed")
