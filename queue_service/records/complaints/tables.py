from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from queue_service.database import metadata

# The journals of complaints: of each what happened to it, without words.
complaint_entries = Table(
    "complaint_entries",
    metadata,
    Column("complaint", String(16), nullable=False),  # its number
    Column("seq", Integer, nullable=False),
    Column("branch", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("fields", Text, nullable=False),
    # Two workers cannot both write entry 3: the loser reads it, and decides again.
    PrimaryKeyConstraint("complaint", "seq", name="one_entry_of_a_complaint"),
    Index("complaint_entries_of_branch", "branch", "kind", "at_ms"),
)

# What was written with an entry, and how whoever complained can be reached: encrypted. It goes when its time is over.
complaint_words = Table(
    "complaint_words",
    metadata,
    Column("complaint", String(16), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("what", String(8), nullable=False),
    Column("key", String(8), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("complaint", "seq", "what"),
)
