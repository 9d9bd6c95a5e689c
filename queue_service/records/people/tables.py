from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from queue_service.database import metadata

# Who has a ticket, where its queue asks. What they gave is encrypted field by field. The row stays when it is erased,
# and still says what was agreed to, and when.
people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("label", String(16), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("source", String(16), nullable=False),
    Column("wording", String(16), nullable=False),  # of the purpose, as they were told it
    Column("agreed", String(40), nullable=False),  # the fields that they need not have given, with commas between
    Column("key", String(8), nullable=False),  # which one it is encrypted with
    Column("name", LargeBinary, nullable=True),
    Column("phone", LargeBinary, nullable=True),
    Column("nik", LargeBinary, nullable=True),
    Column("card", LargeBinary, nullable=True),
    Column("record", LargeBinary, nullable=True),
    Column("reference", LargeBinary, nullable=True),
    Column("ihs", LargeBinary, nullable=True),
    Column("phone_digest", String(80), nullable=True),
    Column("nik_digest", String(80), nullable=True),
    Column("erased_ms", BigInteger, nullable=True),  # because somebody asked for it, before its time
    UniqueConstraint("branch", "day", "label", name="one_person_per_ticket"),
    Index("people_by_nik", "nik_digest"),
    Index("people_by_phone", "phone_digest"),
    Index("people_by_key", "key", "id"),
    Index("people_by_day", "branch", "day"),
)

# Every wording that a purpose ever had.
purposes = Table(
    "purposes",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("branch", String(64), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("wording", Text, nullable=False),  # JSON: what was asked for, and why
)

# That of a day was done, once for all processes; and what it erased.
retention_runs = Table(
    "retention_runs",
    metadata,
    Column("day", Date, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("report", Text, nullable=False),  # JSON
)

breaches = Table(
    "breaches",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("noticed_ms", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("fields", String(200), nullable=False),
    Column("persons", Integer, nullable=False),
    Column("people_told_ms", BigInteger, nullable=True),
    Column("authority_told_ms", BigInteger, nullable=True),
    Column("recorded_ms", BigInteger, nullable=False),
    Column("recorded_by", String(80), nullable=False),
)
