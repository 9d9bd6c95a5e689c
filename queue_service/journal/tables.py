from sqlalchemy import BigInteger, Column, Date, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from queue_service.database import metadata

entries = Table(
    "entries",
    metadata,
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("fields", Text, nullable=False),
    # Two workers cannot both write entry 412: the loser reads it, and decides again.
    PrimaryKeyConstraint("branch", "day", "seq", name="one_entry_per_place"),
    sqlite_with_rowid=False,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of everything that was asked with the key
    Column("answer", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("key", name="one_effect_per_key"),
)

claims = Table(
    "claims",
    metadata,
    Column("branch", String(64), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("digest", String(80), nullable=False),  # of who it is, by a key that the database does not hold
    Column("day", Date, nullable=False),
    Column("label", String(16), nullable=False),
    PrimaryKeyConstraint("branch", "queue", "digest", name="one_claim_per_person"),
    Index("claims_of_ticket", "branch", "day", "label"),
)

epochs = Table(
    "epochs",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("epoch", String(16), nullable=False),
)
