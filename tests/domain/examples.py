"""A small branch for tests, and a floor that acts on itself: decide, then fold, as the desk does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from queue_service.domain.actions import Action, Issue, SetCounter
from queue_service.domain.branches import Branch, CounterPlan, PriorityClass, Queue
from queue_service.domain.calendars import Hours
from queue_service.domain.counters import CounterState
from queue_service.domain.decisions import decide
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.names import Name
from queue_service.domain.tickets import Ticket

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine in the morning at the branch, a Monday


def a_name(text: str) -> Name:
    return Name(text, text)


CLINIC, PHARMACY = "clinic", "pharmacy"

BRANCH = Branch(
    id="hospital",
    name=a_name("Hospital"),
    timezone=ZoneInfo("Asia/Jakarta"),
    queues={
        CLINIC: Queue(CLINIC, a_name("Clinic"), "A"),
        PHARMACY: Queue(PHARMACY, a_name("Pharmacy"), "B"),
    },
    counters={
        "1": CounterPlan("1", a_name("Counter 1"), (CLINIC,)),
        "2": CounterPlan("2", a_name("Counter 2"), (CLINIC, PHARMACY)),
        "3": CounterPlan("3", a_name("Counter 3"), (PHARMACY,)),
    },
    classes={"aged": PriorityClass("aged", a_name("Aged"), 30)},
)

WORKING_HOURS = (
    Hours(frozenset({1, 2, 3, 4, 5}), time(8), time(12)),
    Hours(frozenset({1, 2, 3, 4, 5}), time(13), time(15)),
)


def clinic_with(**changes: object) -> Branch:
    clinic = replace(BRANCH.queues[CLINIC], **changes)  # type: ignore[arg-type]
    return replace(BRANCH, queues={**BRANCH.queues, CLINIC: clinic})


class Day:
    """A floor, its journal and its clock."""

    def __init__(self, branch: Branch = BRANCH, now: datetime = NINE) -> None:
        self.floor = Floor(branch, branch.day_of(now))
        self.now = now
        self.journal: list[Entry] = []

    def act(self, action: Action, *, minutes: float = 0) -> tuple[Event, ...]:
        """What happened. `minutes` pass before."""
        self.now += timedelta(minutes=minutes)
        events = decide(self.floor, action, self.now)
        for event in events:
            entry = Entry(self.floor.seq + 1, self.now, "test", event)
            apply(self.floor, entry)
            self.journal.append(entry)
        return events

    def issue(self, queue: str = CLINIC, ticket_class: str = "general", *, minutes: float = 0) -> str:
        """The new ticket's label."""
        (event,) = self.act(Issue(queue, ticket_class), minutes=minutes)
        label: str = event.label  # type: ignore[attr-defined]
        return label

    def open(self, *counters: str) -> None:
        for counter in counters:
            self.act(SetCounter(counter, CounterState.OPEN))

    def ticket(self, label: str) -> Ticket:
        return self.floor.ticket(label)

    def order(self, queue: str = CLINIC) -> list[str]:
        return [ticket.label for ticket in self.floor.waiting(queue)]

    def folded_anew(self) -> Floor:
        floor = Floor(self.floor.plan, self.floor.day, held=self.floor.held)
        for entry in self.journal:
            apply(floor, entry)
        return floor
