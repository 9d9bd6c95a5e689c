from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from queue_service.database import metadata

# What happened to a request, as the entries of a day tell of a floor.
outreach_entries = Table(
    "outreach_entries",
    metadata,
    Column("request", String(16), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("fields", Text, nullable=False),
    PrimaryKeyConstraint("request", "seq", name="one_entry_per_request_and_place"),
)

# Where each request is found: read off its entries, and written with them.
outreach_requests = Table(
    "outreach_requests",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("office", String(64), nullable=False),
    Column("village", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("promised_by", Date, nullable=False),
    Column("waiting", Integer, nullable=False),  # people who are still to be given a visit
    Column("ends_on", Date, nullable=True),  # from when what is kept of people is counted; empty: while it is open
    Column("key", String(80), nullable=True),  # digest of the one that it came with
    Column("fingerprint", String(64), nullable=True),  # of all that was asked with the key
    UniqueConstraint("key", name="one_request_per_key"),
    Index("outreach_requests_by_state", "office", "state", "promised_by"),
)

# Who asked, in the row of the person “contact”, and who is to be served; as `people` for tickets.
outreach_people = Table(
    "outreach_people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("request", String(16), nullable=False),
    Column("person", String(8), nullable=False),
    Column("office", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("source", String(16), nullable=False),
    Column("wording", String(16), nullable=False),
    Column("agreed", String(40), nullable=False),
    Column("key", String(8), nullable=False),
    Column("name", LargeBinary, nullable=True),
    Column("phone", LargeBinary, nullable=True),
    Column("nik", LargeBinary, nullable=True),
    Column("detail", LargeBinary, nullable=True),  # of the contact, JSON: where to come, and what was written
    Column("phone_digest", String(80), nullable=True),
    Column("nik_digest", String(80), nullable=True),
    Column("ends_on", Date, nullable=True),
    Column("erased_ms", BigInteger, nullable=True),
    UniqueConstraint("request", "person", name="one_row_per_person_of_a_request"),
    Index("outreach_people_by_nik", "nik_digest"),
    Index("outreach_people_by_phone", "phone_digest"),
    Index("outreach_people_by_key", "key", "id"),
)

# The last proposal of each office: what was planned for it, as JSON.
trip_proposals = Table(
    "trip_proposals",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("number", String(16), nullable=False),
    Column("stage", String(8), nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # of the stage
    Column("told", Text, nullable=False),
)

# Places that requests have no more, until they are given back at the team's day.
outreach_owed = Table(
    "outreach_owed",
    metadata,
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("label", String(16), nullable=False),
    Column("request", String(16), nullable=False),
    PrimaryKeyConstraint("branch", "day", "label"),
)
