from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from queue_service.database import metadata

branches = Table(
    "branches",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("plan", Text, nullable=False),  # the branch's part of the set-up file, as JSON: read and replaced as a whole
    Column("version", Integer, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("branch", String(64), nullable=True),  # empty: all branches
    Column("digest", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger, nullable=True),
)
