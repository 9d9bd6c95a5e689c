"""The floor: one branch on one day, as plain values. `fold.apply` is the only thing that changes one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from queue_service.domain.branches import Branch, Queue
from queue_service.domain.counters import Counter, CounterState
from queue_service.domain.errors import NotFound
from queue_service.domain.events import Entry, Noticed
from queue_service.domain.lines import Line, QueueState
from queue_service.domain.lots import Lots
from queue_service.domain.tickets import AT_COUNTER, Status, Ticket
from queue_service.domain.trips import Lease, Trip, with_stops


@dataclass
class Floor:
    """`plan`: the branch as set up. `held`: the leases that this installation holds itself."""

    plan: Branch
    day: date
    seq: int = 0
    at: datetime | None = None  # when the last entry was made
    epoch: str = ""  # of the journal that `seq` counts in
    tickets: dict[str, Ticket] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    counters: dict[str, Counter] = field(default_factory=dict)
    notices: list[Noticed] = field(default_factory=list)
    digest: str = ""  # once the day is closed
    lots: Lots = field(default_factory=Lots)
    referrals: dict[str, tuple[Entry, ...]] = field(default_factory=dict)  # what this day tells of each, by its id
    trip: Trip | None = None
    lease: Lease | None = None
    held: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.branch = self.plan  # with the stops of its trip, once there is one

    def copy(self) -> Floor:
        """A floor of its own; the tickets and counters in it are values and stay shared."""
        copy = Floor(
            self.plan,
            self.day,
            self.seq,
            self.at,
            self.epoch,
            self.tickets.copy(),
            {queue: line.copy() for queue, line in self.lines.items()},
            self.counters.copy(),
            self.notices.copy(),
            self.digest,
            self.lots.copy(),
            self.referrals.copy(),
            self.trip,
            self.lease,
            self.held,
        )
        copy.branch = self.branch
        return copy

    def take_up(self, plan: Branch) -> None:
        """Another set-up."""
        self.plan = plan
        self.branch = plan if self.trip is None else with_stops(plan, self.trip, self.day)

    def travel(self, trip: Trip) -> None:
        self.trip = trip
        self.branch = with_stops(self.plan, trip, self.day)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is written somewhere else: in the field, or again at the centre."""
        return bool(self.held) if self.lease is None else self.lease.id not in self.held

    def line(self, queue: str) -> Line:
        """Today's state of a queue, to be read; one to which nothing has happened yet is open and empty."""
        line = self.lines.get(queue)
        return Line() if line is None else line

    def counter(self, counter: str) -> Counter:
        """Today's state of a counter; one that nobody has touched yet is closed, with the queues of its set-up."""
        return self.counters.get(counter) or Counter(counter, self.branch.counter(counter).queues)

    def ticket(self, label: str) -> Ticket:
        try:
            return self.tickets[label]
        except KeyError:
            raise NotFound("There is no ticket {label} today.", label=label) from None

    def ticket_at(self, counter: Counter) -> Ticket | None:
        return self.tickets[counter.ticket] if counter.ticket else None

    def waiting(self, queue: str) -> Iterator[Ticket]:
        """In the order in which they would be called if nobody else came."""
        return (self.tickets[label].standing_in(queue) for label in self.line(queue).labels())

    def ahead_of(self, ticket: Ticket) -> int | None:
        """How many are called before this ticket; None for one that is not waiting."""
        return self.line(ticket.queue).ahead_of(ticket) if ticket.status is Status.WAITING else None

    def at_counters(self, queue: str) -> list[Ticket]:
        """Who of this queue is called or being served, the newest call first."""
        here = (self.tickets[counter.ticket] for counter in self.counters.values() if counter.ticket)
        tickets = [ticket for ticket in here if ticket.queue == queue]
        return sorted(tickets, key=lambda ticket: (ticket.called_at, ticket.label), reverse=True)

    def set_aside(self, queues: Iterable[str]) -> list[Ticket]:
        """Held and missed tickets, the latest first."""
        wanted = set(queues)
        aside = (t for t in self.tickets.values() if t.status in (Status.HELD, Status.NO_SHOW) and t.queue in wanted)
        return sorted(aside, key=lambda ticket: ticket.changed, reverse=True)

    def callable_at(self, ticket: Ticket) -> datetime | None:
        """From when a missed ticket may be called again; None for one that may be called at once, or never."""
        if not ticket.calls or ticket.called_at is None or self.is_called_out(ticket) or ticket.status in AT_COUNTER:
            return None
        return ticket.called_at + timedelta(minutes=self.branch.rules.pause_minutes)

    def is_called_out(self, ticket: Ticket) -> bool:
        return ticket.calls >= self.branch.rules.max_calls

    def is_callable(self, ticket: Ticket, now: datetime) -> bool:
        callable_at = self.callable_at(ticket)
        return not self.is_called_out(ticket) and (callable_at is None or callable_at <= now)

    def first_in_line(self, queues: Iterable[str], now: datetime) -> Ticket | None:
        """The earliest `due` among the queues that are not paused and may be called."""
        firsts = (self._first(queue, now) for queue in queues if not self._rests(queue, now))
        return min((first for first in firsts if first), key=lambda ticket: ticket.place, default=None)

    def callable_now(self, queues: Iterable[str], now: datetime) -> list[Ticket]:
        """All whom the rules would call, one after the other."""
        theirs = (t for queue in queues if not self._rests(queue, now) for t in self.waiting(queue))
        return sorted((t for t in theirs if self.is_callable(t, now)), key=lambda ticket: ticket.place)

    def _rests(self, queue: str, now: datetime) -> bool:
        if self.trip is not None and not self.trip.serves(queue):
            return True
        return self.line(queue).state is QueueState.PAUSED or self.suspended_until(queue, now) is not None

    def suspended_until(self, queue: str, now: datetime) -> datetime | None:
        until = self.line(queue).suspended_until
        return until if until is not None and until > now else None

    def is_off(self, queue: str, now: datetime) -> bool:
        """Whether nobody serves it on this day any more."""
        until = self.suspended_until(queue, now)
        return until is not None and until >= self.ends_at

    @property
    def ends_at(self) -> datetime:
        """Midnight."""
        return datetime.combine(self.day + timedelta(days=1), time(), self.branch.timezone).astimezone(UTC)

    def _first(self, queue: str, now: datetime) -> Ticket | None:
        return next((ticket for ticket in self.waiting(queue) if self.is_callable(ticket, now)), None)

    def state_of(self, queue: str, now: datetime) -> QueueState:
        """What a visitor finds: outside its hours a queue is closed, whatever was set. So is one that was taken away;
        who was served there may still look at their ticket."""
        plan = self.branch.queues.get(queue)
        if plan is None or self._is_shut(plan, now):
            return QueueState.CLOSED
        line = self.line(queue)
        if line.state is QueueState.OPEN and self.trip is not None and not self.trip.serves(queue):
            return QueueState.PAUSED
        if line.state is QueueState.OPEN and self.suspended_until(queue, now) is not None:
            return QueueState.CLOSED if self.is_off(queue, now) else QueueState.PAUSED
        return line.state

    def _is_shut(self, queue: Queue, now: datetime) -> bool:
        """By its hours; where a team serves, by whether it has left: it is seldom there to the minute."""
        if self.trip is not None:
            return self.trip.has_left(queue.id)
        return not queue.calendar.is_open_at(self.branch.local(now))

    def is_closed_for_today(self, queue: str, now: datetime) -> bool:
        """Whether its last span of this day is over."""
        if self.trip is not None:
            return self.trip.has_left(queue)
        closes, local = self.branch.queue(queue).calendar.closes_on(self.day), self.branch.local(now)
        return closes is not None and (local.date() > self.day or local.time() >= closes)

    def left_over(self, queue: str) -> list[Ticket]:
        """Who came in vain, once the queue has closed for today, in the order of their places; last those who are away.

        Whoever a clerk has dealt with since is being looked after, and is none of them.
        """
        closes = self.branch.queue(queue).calendar.closes_on(self.day)
        if closes is None:
            return []
        closed_at = datetime.combine(self.day, closes, self.branch.timezone)
        away = [ticket for ticket in self.set_aside([queue]) if ticket.status is Status.HELD]
        everybody = [*self.waiting(queue), *sorted(away, key=lambda ticket: ticket.place)]
        return [
            ticket
            for ticket in everybody
            if ticket.due < closed_at and (ticket.called_at is None or ticket.called_at < closed_at)
        ]

    def is_served(self, queue: str) -> bool:
        """Whether any counter is open for this queue."""
        return any(c.state is CounterState.OPEN and queue in c.queues for c in self.counters.values())
