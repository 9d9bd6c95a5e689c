"""How far each referral to another agency has come."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("look_ms", sa.BigInteger, nullable=True),
        sa.Column("told", sa.Text, nullable=False),
    )
    op.create_index("referrals_of_tickets", "referrals", ["branch", "day", "label"])
    op.create_index("referrals_by_target", "referrals", ["target", "changed_ms"])
    op.create_index("referrals_to_look_at", "referrals", ["look_ms"])


def downgrade() -> None:
    op.drop_table("referrals")
