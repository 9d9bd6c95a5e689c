"""What other systems ask us: their tokens, and patients that they have introduced."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection_tokens",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("connection", sa.String(64), nullable=False, index=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "enrolments",
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("record", sa.String(40), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("connection", "digest"),
    )


def downgrade() -> None:
    op.drop_table("enrolments")
    op.drop_table("connection_tokens")
