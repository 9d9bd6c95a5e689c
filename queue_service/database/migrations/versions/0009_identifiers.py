"""What other systems call a ticket, and what they know of its holder."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FIELDS = ("card", "record", "reference")


def upgrade() -> None:
    op.create_table(
        "identifiers",
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("system", sa.String(32), nullable=False),
        sa.Column("value", sa.String(120), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("branch", "system", "value"),
    )
    op.create_index("identifiers_of_tickets", "identifiers", ["branch", "day", "label"])
    for name in FIELDS:
        op.add_column("people", sa.Column(name, sa.LargeBinary, nullable=True))


def downgrade() -> None:
    for name in FIELDS:
        op.drop_column("people", name)
    op.drop_table("identifiers")
