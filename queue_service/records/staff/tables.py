from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from queue_service.database import metadata

# `version` rises with all that an account or its sessions lose or win: by the sum of them a process sees that
# something has changed.
accounts = Table(
    "accounts",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("name", String(80), nullable=False),
    Column("password", String(200), nullable=True),  # argon2id, with its parameters; empty: not by password
    Column("once_until_ms", BigInteger, nullable=True),  # of a password that somebody else made, to be changed at once
    Column("openid_name", String(255), nullable=True),  # by which a provider may first name whom it signs in
    Column("openid_issuer", String(255), nullable=True),
    Column("openid_subject", String(255), nullable=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger, nullable=True),
    Column("version", Integer, nullable=False),
    UniqueConstraint("login", name="one_account_per_login"),
    UniqueConstraint("openid_name", name="one_account_per_openid_name"),
    UniqueConstraint("openid_issuer", "openid_subject", name="one_account_per_openid_subject"),
)

grants = Table(
    "grants",
    metadata,
    Column("account", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    Column("branch", String(64), nullable=False),  # empty: all branches
    Column("queues", Text, nullable=False),  # JSON
    PrimaryKeyConstraint("account", "role", "branch"),
)

# A cookie holds its id and a digest made with the service's secret: no leaked row or backup opens anything.
sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(16), nullable=True),  # or a key's
    Column("key", String(16), nullable=True),
    Column("way", String(16), nullable=False),
    Column("device", String(80), nullable=False),
    Column("begun_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=True),
    Index("sessions_of_accounts", "account"),
)
