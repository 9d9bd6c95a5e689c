from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, UniqueConstraint

from queue_service.database import metadata

# Screens that show a code and wait for somebody to accept them. Both digests are keyed.
waiting_screens = Table(
    "waiting_screens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),  # of the secret in the screen's cookie
    Column("code", String(64), nullable=False),
    Column("asked", Text, nullable=False),  # JSON: from where, for the one who accepts it
    Column("asked_ms", BigInteger, nullable=False),
    UniqueConstraint("code", name="one_screen_per_code"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("branch", String(64), nullable=False),
    Column("face", String(16), nullable=False),
    Column("queues", Text, nullable=False),  # JSON; none: all
    Column("name", String(80), nullable=False),
    Column("paired_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger, nullable=True),
    Column("stamp", Integer, nullable=False),  # drawn anew at each change, so that their sum tells of it
    Column("reported_ms", BigInteger, nullable=False),  # the pairing, while it has not reported
    Column("report", Text, nullable=True),  # JSON
)
