"""People's data, encrypted; the claims of one person; what was erased and what went wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_claims()
    _create_people()
    op.create_table(
        "purposes",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
    )
    op.create_table(
        "retention_runs",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )
    op.create_table(
        "breaches",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("noticed_ms", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("fields", sa.String(200), nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("people_told_ms", sa.BigInteger, nullable=True),
        sa.Column("authority_told_ms", sa.BigInteger, nullable=True),
        sa.Column("recorded_ms", sa.BigInteger, nullable=False),
        sa.Column("recorded_by", sa.String(80), nullable=False),
    )


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("branch", "queue", "digest", name="one_claim_per_person"),
    )
    op.create_index("claims_of_ticket", "claims", ["branch", "day", "label"])


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("wording", sa.String(16), nullable=False),
        sa.Column("agreed", sa.String(40), nullable=False),
        sa.Column("key", sa.String(8), nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=True),
        sa.Column("phone", sa.LargeBinary, nullable=True),
        sa.Column("nik", sa.LargeBinary, nullable=True),
        sa.Column("phone_digest", sa.String(80), nullable=True),
        sa.Column("nik_digest", sa.String(80), nullable=True),
        sa.Column("erased_ms", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("branch", "day", "label", name="one_person_per_ticket"),
    )
    op.create_index("people_by_nik", "people", ["nik_digest"])
    op.create_index("people_by_phone", "people", ["phone_digest"])
    op.create_index("people_by_key", "people", ["key", "id"])
    op.create_index("people_by_day", "people", ["branch", "day"])


def downgrade() -> None:
    for table in ("breaches", "retention_runs", "purposes", "people", "claims"):
        op.drop_table(table)
