from sqlalchemy import BigInteger, Column, Date, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from queue_service.database import metadata

branches = Table(
    "branches",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("plan", Text, nullable=False),  # the branch's part of the set-up file, as JSON: read and replaced as a whole
    Column("version", Integer, nullable=False),
)

calendars = Table(
    "calendars",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("plan", Text, nullable=False),
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
    Column("name", String(80), nullable=True),  # what it is for
    Column("expires_ms", BigInteger, nullable=True),  # empty: it does not
    Column("scopes", Text, nullable=True),  # JSON; empty: all that its role may
    Column("version", Integer, nullable=False),  # as an account's
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, primary_key=True),  # milliseconds, and twenty random bits behind them
    Column("by", String(80), nullable=False),
    Column("branch", String(64), nullable=True),  # empty: not of one branch
    Column("what", String(64), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("detail", Text, nullable=False),  # JSON
)

connections = Table(
    "connections",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("plan", Text, nullable=False),  # as a branch's
    Column("version", Integer, nullable=False),
    # Who delivers for it, and until when that holds unless it is renewed. Whoever writes what follows holds this row.
    Column("owner", String(64), nullable=True),
    Column("until_ms", BigInteger, nullable=False),
)

# Up to `seq` each entry of the branch's day was delivered, or stands among the deliveries.
cursors = Table(
    "cursors",
    metadata,
    Column("connection", String(64), nullable=False),
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("connection", "branch", "day"),
)

# Where a connection has read the log of another system up to.
positions = Table(
    "positions",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("position", Text, nullable=False),  # JSON, the connection's own
)

# What could not be delivered at once. Those of one lane go in order: its first waits for its next try or is dead, the
# others are behind it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("connection", String(64), nullable=False),
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("lane", String(80), nullable=False),
    Column("state", String(16), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),  # of the failures, those that the other side gave a reason for
    Column("since_ms", BigInteger, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    PrimaryKeyConstraint("connection", "branch", "day", "seq"),
    Index("deliveries_due", "connection", "state", "next_at_ms"),
    Index("deliveries_lanes", "connection", "branch", "day", "lane", "seq"),
)

# What other systems call a ticket. `facts`: JSON, nothing personal.
identifiers = Table(
    "identifiers",
    metadata,
    Column("branch", String(64), nullable=False),
    Column("system", String(32), nullable=False),
    Column("value", String(120), nullable=False),
    Column("day", Date, nullable=False),
    Column("label", String(16), nullable=False),
    Column("facts", Text, nullable=False),
    PrimaryKeyConstraint("branch", "system", "value"),
    Index("identifiers_of_tickets", "branch", "day", "label"),
)

# Of days that are closed, by their journals: whether people come who book.
attendance = Table(
    "attendance",
    metadata,
    Column("branch", String(64), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("booked", Integer, nullable=False),
    Column("came", Integer, nullable=False),
    PrimaryKeyConstraint("branch", "queue", "day"),
)

# How each connection does, in each of its parts: written when that changes, at most every few seconds.
healths = Table(
    "healths",
    metadata,
    Column("connection", String(64), nullable=False),
    Column("part", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("since_ms", BigInteger, nullable=False),  # in which it is in that state
    Column("success_ms", BigInteger, nullable=True),  # the last
    Column("error", Text, nullable=False),  # the last, in a sentence
    Column("error_ms", BigInteger, nullable=True),
    Column("counted_on", Date, nullable=False),  # what was counted on an earlier day is forgotten
    Column("taken", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    PrimaryKeyConstraint("connection", "part"),
)

# What people want to know of another system about a day, and what it answered.
questions = Table(
    "questions",
    metadata,
    Column("connection", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("told", Text, nullable=False),
    PrimaryKeyConstraint("connection", "day"),
)

# By which another system shows that it has said who it is. Of the token itself nothing is kept but what it is known by.
connection_tokens = Table(
    "connection_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("connection", String(64), nullable=False, index=True),
    Column("until_ms", BigInteger, nullable=False),
)

# Patients whom another system has introduced before their first visit, and the number that they were given for then.
enrolments = Table(
    "enrolments",
    metadata,
    Column("connection", String(64), nullable=False),
    Column("digest", String(80), nullable=False),  # of who it is, as a claim's
    Column("record", String(40), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("connection", "digest"),
)

# How far each referral has come: the fold of what the journals of the branch that it comes from say of it, on however
# many days. Written with each of these entries.
referrals = Table(
    "referrals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("branch", String(64), nullable=False),
    Column("day", Date, nullable=False),  # with the label: the ticket that it comes from
    Column("label", String(16), nullable=False),
    Column("target", String(64), nullable=False),  # the branch that it leads to; empty before it was sent, or elsewhere
    Column("changed_ms", BigInteger, nullable=False),
    Column("look_ms", BigInteger, nullable=True),  # when the clock sees to it again
    Column("told", Text, nullable=False),  # JSON
    Index("referrals_of_tickets", "branch", "day", "label"),
    Index("referrals_by_target", "target", "changed_ms"),
    Index("referrals_to_look_at", "look_ms"),
)
