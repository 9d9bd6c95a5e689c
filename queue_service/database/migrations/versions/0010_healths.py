"""How each connection does."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "healths",
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("success_ms", sa.BigInteger, nullable=True),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("error_ms", sa.BigInteger, nullable=True),
        sa.Column("counted_on", sa.Date, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("connection", "part"),
    )


def downgrade() -> None:
    op.drop_table("healths")
