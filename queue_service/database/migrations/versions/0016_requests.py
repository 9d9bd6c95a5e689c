"""Requests for the mobile team, and who they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outreach_entries",
        sa.Column("request", sa.String(16), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request", "seq", name="one_entry_per_request_and_place"),
    )
    op.create_table(
        "outreach_requests",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("village", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
        sa.Column("promised_by", sa.Date, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=True),
        sa.Column("key", sa.String(80), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.UniqueConstraint("key", name="one_request_per_key"),
    )
    op.create_index("outreach_requests_by_state", "outreach_requests", ["office", "state", "promised_by"])
    _create_people()


def _create_people() -> None:
    op.create_table(
        "outreach_people",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("request", sa.String(16), nullable=False),
        sa.Column("person", sa.String(8), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("wording", sa.String(16), nullable=False),
        sa.Column("agreed", sa.String(40), nullable=False),
        sa.Column("key", sa.String(8), nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=True),
        sa.Column("phone", sa.LargeBinary, nullable=True),
        sa.Column("nik", sa.LargeBinary, nullable=True),
        sa.Column("detail", sa.LargeBinary, nullable=True),
        sa.Column("phone_digest", sa.String(80), nullable=True),
        sa.Column("nik_digest", sa.String(80), nullable=True),
        sa.Column("ends_on", sa.Date, nullable=True),
        sa.Column("erased_ms", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("request", "person", name="one_row_per_person_of_a_request"),
    )
    op.create_index("outreach_people_by_nik", "outreach_people", ["nik_digest"])
    op.create_index("outreach_people_by_phone", "outreach_people", ["phone_digest"])
    op.create_index("outreach_people_by_key", "outreach_people", ["key", "id"])


def downgrade() -> None:
    for table in ("outreach_people", "outreach_requests", "outreach_entries"):
        op.drop_table(table)
