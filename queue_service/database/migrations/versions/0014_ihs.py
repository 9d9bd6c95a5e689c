"""A patient's number in SATUSEHAT, beside what else is kept of them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("ihs", sa.LargeBinary, nullable=True))


def downgrade() -> None:
    op.drop_column("people", "ihs")
