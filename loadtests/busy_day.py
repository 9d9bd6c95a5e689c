"""A full day of one branch, made by the service's own rules: 2,000 tickets, 10,000 entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from queue_service.domain.actions import Action, CallNext, Complete, Issue, Recall, Serve, SetCounter
from queue_service.domain.branches import Branch
from queue_service.domain.counters import CounterState
from queue_service.domain.decisions import decide
from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.records.plans import SetupPlan

DAY = date(2026, 11, 23)
OPENING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # eight o'clock at the branch
TICKETS, ENTRIES, COUNTERS, STANDING = 2000, 10_000, 20, 40
QUEUES = ("umum", "gigi", "anak", "farmasi")


def busy_plan() -> SetupPlan:
    queues = [{"id": name, "name": name, "prefix": prefix} for name, prefix in zip(QUEUES, "ABCD", strict=True)]
    counters = [{"id": str(n), "name": str(n), "queues": QUEUES} for n in range(1, COUNTERS + 1)]
    classes = [{"id": "lansia", "name": "Lansia", "minutes": 10}]
    branch = {"id": "sibuk", "name": "Sibuk", "classes": classes, "queues": queues, "counters": counters}
    return SetupPlan.model_validate({"branches": [branch]})


def busy_day(branch: Branch) -> tuple[Floor, list[Entry]]:
    floor, entries = Floor(branch, DAY), list[Entry]()
    now = OPENING
    for action in _actions():
        now += timedelta(seconds=2)
        for event in decide(floor, action, now):
            entries.append(Entry(floor.seq + 1, now, "clerk:load", event))
            apply(floor, entries[-1])
        if len(entries) == ENTRIES:
            break
    assert (len(floor.tickets), floor.seq) == (TICKETS, ENTRIES)
    return floor, entries


def _actions() -> Iterator[Action]:
    """Some stand in line when the doors open; then one comes for every one who is served."""
    yield from (SetCounter(str(n), CounterState.OPEN) for n in range(1, COUNTERS + 1))
    yield from (_issue(n) for n in range(STANDING))
    for n in range(TICKETS):
        if n + STANDING < TICKETS:
            yield _issue(n + STANDING)
        counter = str(1 + n % COUNTERS)
        yield from (CallNext(counter), Recall(counter), Serve(counter), Complete(counter))


def _issue(n: int) -> Issue:
    return Issue(QUEUES[n % len(QUEUES)], "lansia" if n % 5 == 0 else "general")


def waiting_floor(branch: Branch, waiting: int) -> Floor:
    """One queue with so many waiting, a fifth of them with priority, and ten people at counters."""
    floor, now = Floor(branch, DAY), OPENING
    opening: list[Action] = [SetCounter(str(n), CounterState.OPEN, (QUEUES[0],)) for n in range(1, 11)]
    issues: list[Action] = [Issue(QUEUES[0], "lansia" if n % 5 == 0 else "general") for n in range(waiting + 10)]
    calls: list[Action] = [CallNext(str(n)) for n in range(1, 11)]
    for action in (*opening, *issues, *calls):
        now += timedelta(seconds=5)
        for event in decide(floor, action, now):
            apply(floor, Entry(floor.seq + 1, now, "clerk:load", event))
    return floor
