from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from queue_service.database import metadata

# What came from the field and could not be put into the journal: kept as it came, to be read.
annex = Table(
    "field_annex",
    metadata,
    Column("lease", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("mark", String(16), nullable=False),  # of the line itself: of two copies of a folder each may bring its own
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("fields", Text, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("came_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("lease", "seq", "mark"),
    Index("field_annex_of_days", "branch", "day"),
)

# Where field and centre had changed the same thing: what gave way, encrypted as people's data are.
differences = Table(
    "field_differences",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("lease", String(32), nullable=False),
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("part", String(16), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("label", String(16), nullable=False),  # of the ticket that it is about, if any
    Column("reason", String(16), nullable=False),
    Column("came_ms", BigInteger, nullable=False),
    Column("key", String(8), nullable=False),
    Column("kept", LargeBinary, nullable=True),
    Index("field_differences_of_days", "branch", "day"),
)

# On the laptop: up to which state both sides agree on a thing that travels. The centre has no rows here.
agreed = Table(
    "field_agreed",
    metadata,
    Column("part", String(16), nullable=False),
    Column("item", String(120), nullable=False),
    Column("mark", String(64), nullable=False),
    PrimaryKeyConstraint("part", "item"),
)
