"""Papers on their way, and what staff ask of the population register."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_cases()
    _create_identity_checks()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", sa.String(32), primary_key=True),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=True),
        sa.Column("opened_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=True),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("stage_ms", sa.BigInteger, nullable=False),
        sa.Column("told_ms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("visited", sa.Integer, nullable=False),
        sa.UniqueConstraint("branch", "day", "label", name="one_case_for_a_ticket"),
    )
    op.create_index("cases_by_stage", "cases", ["branch", "stage", "due_ms"])
    op.create_index("cases_by_age", "cases", ["branch", "told_ms"])
    op.create_table(
        "case_steps",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("noted_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", "step"),
    )


def _create_identity_checks() -> None:
    op.create_table(
        "identity_checks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(16), nullable=True),
        sa.Column("birth", sa.LargeBinary, nullable=True),
        sa.Column("told", sa.Text, nullable=False),
    )
    op.create_index("identity_checks_of_tickets", "identity_checks", ["branch", "day", "label"])
    op.create_index("identity_checks_asked", "identity_checks", ["connection", "stage"])


def downgrade() -> None:
    for table in ("identity_checks", "case_steps", "cases"):
        op.drop_table(table)
