"""What happens on a floor, as the journal keeps it. No event holds personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from queue_service.domain.journeys import Stage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True, slots=True)
class Event:
    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class TicketEvent(Event):
    """Something that happened to one ticket; `occurred` earlier than it was written, where it is told by others."""

    label: str
    occurred: datetime | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class CounterEvent(TicketEvent):
    """Something that a counter did with one ticket, and may undo."""

    counter: str


@dataclass(frozen=True, slots=True)
class Issued(TicketEvent):
    """`beside` and `ahead`: the stops of its journey that are open as well, and those to come."""

    kind = "issued"
    queue: str
    due: datetime
    ticket_class: str
    journey: str = ""
    beside: Stage = ()
    ahead: tuple[Stage, ...] = ()
    urgent: bool = False  # put in before all who waited
    referral: str = field(default="", kw_only=True)  # of another agency's, which it came from
    promise: str = ""  # the time that the service was to take


@dataclass(frozen=True, slots=True)
class Reclassified(TicketEvent):
    """Its class was wrong. `reason` is a word of `Correction`."""

    kind = "reclassified"
    ticket_class: str
    due: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Moved(TicketEvent):
    """To another queue, its own being suspended; its place goes by the same moment as before."""

    kind = "moved"
    queue: str


@dataclass(frozen=True, slots=True)
class Booked(TicketEvent):
    """A number for a later time. `due` is the appointment's, and the ticket waits only once its holder has come."""

    kind = "booked"
    queue: str
    due: datetime
    ticket_class: str
    share: str = field(default="", kw_only=True)  # of the places, where parts of them are counted apart
    minutes: int = field(default=0, kw_only=True)  # that it takes, where that is planned for each
    referral: str = field(default="", kw_only=True)  # of another agency's, which it came from


@dataclass(frozen=True, slots=True)
class Rescheduled(TicketEvent):
    """To another time of the same day."""

    kind = "rescheduled"
    due: datetime


@dataclass(frozen=True, slots=True)
class Given(Booked):
    """To the first who waited for a place. `entry`: the public id under which they did."""

    kind = "given"
    entry: str


@dataclass(frozen=True, slots=True)
class Lapsed(TicketEvent):
    """An appointment whose holder had not come by the late limit; its place may go to another."""

    kind = "lapsed"


@dataclass(frozen=True, slots=True)
class ReminderDue(TicketEvent):
    """Of an appointment that begins in so many minutes."""

    kind = "reminder_due"
    minutes: int


@dataclass(frozen=True, slots=True)
class Called(CounterEvent):
    """`queue` only where the visitor stood in several, and this was not the first of them."""

    kind = "called"
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Recalled(CounterEvent):
    kind = "recalled"


@dataclass(frozen=True, slots=True)
class Served(CounterEvent):
    """Service began."""

    kind = "serving"


@dataclass(frozen=True, slots=True)
class Completed(CounterEvent):
    kind = "completed"


@dataclass(frozen=True, slots=True)
class Missed(CounterEvent):
    kind = "no_show"


@dataclass(frozen=True, slots=True)
class Held(CounterEvent):
    kind = "held"


@dataclass(frozen=True, slots=True)
class Requeued(CounterEvent):
    kind = "requeued"
    due: datetime


@dataclass(frozen=True, slots=True)
class Transferred(CounterEvent):
    """Its stop here is over; `beside` and `ahead` are what is left of its journey after this."""

    kind = "transferred"
    queue: str
    due: datetime
    beside: Stage = ()
    ahead: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenOver(CounterEvent):
    """From the counter where it was called, which nobody attends to."""

    kind = "taken_over"


@dataclass(frozen=True, slots=True)
class Concluded(TicketEvent):
    """Its stop is over, though it was at no counter. `queue`: where the visit goes on, if it does."""

    kind = "concluded"
    queue: str = ""
    due: datetime | None = None
    beside: Stage = ()
    ahead: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Reopened(TicketEvent):
    """It was over, and waits again."""

    kind = "reopened"
    queue: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Cancelled(TicketEvent):
    kind = "cancelled"


@dataclass(frozen=True, slots=True)
class Released(TicketEvent):
    """Its queue has closed for the day. `kept_as`: the number that keeps its place on the day `kept_on`, if any."""

    kind = "released"
    kept_on: str = ""
    kept_as: str = ""


@dataclass(frozen=True, slots=True)
class SteppedAway(TicketEvent):
    kind = "stepped_away"
    until: datetime


@dataclass(frozen=True, slots=True)
class CheckedIn(TicketEvent):
    kind = "checked_in"
    due: datetime
    first: str = ""  # the queue that comes before its own
    promise: str = ""  # as of a number that is taken


@dataclass(frozen=True, slots=True)
class FeedbackGiven(TicketEvent):
    kind = "feedback"
    score: int


@dataclass(frozen=True, slots=True)
class Undone(Event):
    """The counter's entry `undoes` no longer holds; what it had changed is as before."""

    kind = "undone"
    counter: str
    undoes: int
    label: str | None  # the ticket that it was about, if any


@dataclass(frozen=True, slots=True)
class CounterSet(Event):
    kind = "counter_set"
    counter: str
    state: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueSet(Event):
    kind = "queue_set"
    queue: str
    state: str


@dataclass(frozen=True, slots=True)
class Suspended(Event):
    """Nobody is called from this queue `until` then, or until it is opened again."""

    kind = "suspended"
    queue: str
    until: datetime


NOTICE_LENGTH = 280


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    kind = "notice"
    text: str
    until: datetime
    queue: str | None


@dataclass(frozen=True, slots=True)
class NumbersSkipped(Event):
    """The numbers up to `last` are never given out on this day: people may hold them, though no entry says so."""

    kind = "numbers_skipped"
    queue: str
    last: int


@dataclass(frozen=True, slots=True)
class LimitSet(Event):
    """How many a time of this day is given to from now on, since so many of a hundred who book do come."""

    kind = "limit_set"
    queue: str
    overbooked_to: int
    show_percent: int


@dataclass(frozen=True, slots=True)
class DrawAnnounced(Event):
    """This holds from now on, whatever the set-up says later. `commitment`: SHA-256 of the seed, in hexadecimal."""

    kind = "draw_announced"
    queue: str
    quota: int
    opens: datetime
    closes: datetime
    drawn_at: datetime
    commitment: str


@dataclass(frozen=True, slots=True)
class EntryEvent(Event):
    """`entry` is a public id, drawn at random for one who asks: it says nothing about who that is."""

    queue: str
    entry: str


@dataclass(frozen=True, slots=True)
class DrawEntered(EntryEvent):
    kind = "draw_entered"


@dataclass(frozen=True, slots=True)
class WaitingListJoined(EntryEvent):
    kind = "waiting_list_joined"


@dataclass(frozen=True, slots=True)
class EntryWithdrawn(EntryEvent):
    kind = "entry_withdrawn"


@dataclass(frozen=True, slots=True)
class DrawClosed(Event):
    """`digest`: SHA-256 of the list of entries, which nobody can enter any more."""

    kind = "draw_closed"
    queue: str
    digest: str
    count: int


@dataclass(frozen=True, slots=True)
class Drawn(Event):
    """Seed and list make the order in which all entries stand on the waiting list from now on."""

    kind = "drawn"
    queue: str
    seed: str


@dataclass(frozen=True, slots=True)
class DayClosed(Event):
    """The last of a day: nothing is written after it. `digest` covers all before it and `before`, the day before's."""

    kind = "day_closed"
    digest: str
    before: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day's journal. `by` is a role and an id, such as `clerk:7f3a`; never a person's name."""

    seq: int
    at: datetime
    by: str
    event: Event
