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

# Papers on their way, by a request number of ours. Nothing here says whose they are.
cases = Table(
    "cases",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("branch", String(64), nullable=False),
    Column("service", String(64), nullable=False),  # the id of a journey
    Column("day", Date, nullable=False),
    Column("label", String(16), nullable=True),  # of the ticket that it began with; empty: made by hand
    Column("opened_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=True),
    Column("stage", String(16), nullable=False),
    Column("stage_ms", BigInteger, nullable=False),  # since when
    Column("told_ms", BigInteger, nullable=False),  # as of when that was said last
    Column("reason", Text, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("visited", Integer, nullable=False),
    UniqueConstraint("branch", "day", "label", "service", name="one_case_for_a_ticket_and_service"),
    Index("cases_by_stage", "branch", "stage", "due_ms"),
    Index("cases_by_age", "branch", "told_ms"),
)

case_steps = Table(
    "case_steps",
    metadata,
    Column("number", String(32), nullable=False),
    Column("step", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # when it came to be so
    Column("noted_ms", BigInteger, nullable=False),  # when it was said here
    Column("by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("number", "step"),
)

# What staff want to know of the population register about who has a ticket. The question names the ticket only; of the
# answer stays what it said, and for how long a retention run lets it.
identity_checks = Table(
    "identity_checks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("connection", String(64), nullable=False),
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("label", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # of the stage
    Column("key", String(16), nullable=True),  # by which the birth date is encrypted, until it was asked about
    Column("birth", LargeBinary, nullable=True),
    Column("told", Text, nullable=False),  # the answer as JSON
    Index("identity_checks_of_tickets", "branch", "day", "label"),
    Index("identity_checks_asked", "connection", "stage"),
)
