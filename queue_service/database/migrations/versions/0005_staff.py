"""Accounts, grants and sessions of staff; keys with a name, an end and scopes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("password", sa.String(200), nullable=True),
        sa.Column("once_until_ms", sa.BigInteger, nullable=True),
        sa.Column("openid_name", sa.String(255), nullable=True),
        sa.Column("openid_issuer", sa.String(255), nullable=True),
        sa.Column("openid_subject", sa.String(255), nullable=True),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("disabled_ms", sa.BigInteger, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("login", name="one_account_per_login"),
        sa.UniqueConstraint("openid_name", name="one_account_per_openid_name"),
        sa.UniqueConstraint("openid_issuer", "openid_subject", name="one_account_per_openid_subject"),
    )
    op.create_table(
        "grants",
        sa.Column("account", sa.String(16), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("branch", sa.String(64), nullable=False),
        sa.Column("queues", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "role", "branch"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account", sa.String(16), nullable=True),
        sa.Column("key", sa.String(16), nullable=True),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("begun_ms", sa.BigInteger, nullable=False),
        sa.Column("used_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_ms", sa.BigInteger, nullable=True),
    )
    op.create_index("sessions_of_accounts", "sessions", ["account"])
    op.add_column("keys", sa.Column("name", sa.String(80), nullable=True))
    op.add_column("keys", sa.Column("expires_ms", sa.BigInteger, nullable=True))
    op.add_column("keys", sa.Column("scopes", sa.Text, nullable=True))
    op.add_column("keys", sa.Column("version", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    for column in ("version", "scopes", "expires_ms", "name"):
        op.drop_column("keys", column)
    for table in ("sessions", "grants", "accounts"):
        op.drop_table(table)
