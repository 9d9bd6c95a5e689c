"""The rules told a second time, as plainly as can be: a list of dictionaries, sorted anew for each question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

PAUSE, AWAY = timedelta(minutes=5), timedelta(minutes=15)
MAX_CALLS = 3


@dataclass
class NaiveFloor:
    counters: dict[str, dict[str, Any]]
    prefixes: dict[str, str]
    tickets: list[dict[str, Any]] = field(default_factory=list)
    queues: dict[str, str] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)  # by counter: how things stood before its last action

    def ticket(self, label: str | None) -> dict[str, Any] | None:
        return next((ticket for ticket in self.tickets if ticket["label"] == label), None)

    def order(self, queue: str) -> list[str]:
        waiting = [t for t in self.tickets if t["queue"] == queue and t["status"] == "waiting"]
        return [t["label"] for t in sorted(waiting, key=lambda t: (t["due"], t["number"], t["label"]))]

    def issue(self, queue: str, minutes: int, now: datetime) -> bool:
        if self.queues.get(queue) == "closed":
            return False
        number = sum(t["issued_in"] == queue for t in self.tickets) + 1
        label = f"{self.prefixes[queue]}-{number:03d}"
        due = now - timedelta(minutes=minutes)
        fresh = {"status": "waiting", "calls": 0, "called_at": None, "away": None, "was_away": False, "counter": None}
        self.tickets.append({"label": label, "number": number, "issued_in": queue, "queue": queue, "due": due, **fresh})
        return True

    def may_be_called(self, ticket: dict[str, Any], now: datetime) -> bool:
        if ticket["calls"] >= MAX_CALLS:
            return False
        return bool(ticket["calls"] == 0 or now >= ticket["called_at"] + PAUSE)

    def next_for(self, counter: str, now: datetime) -> str | None:
        served = [q for q in self.counters[counter]["queues"] if self.queues.get(q) != "paused"]
        waiting = [t for t in self.tickets if t["status"] == "waiting" and t["queue"] in served]
        able = [t for t in waiting if self.may_be_called(t, now)]
        return min(able, key=lambda t: (t["due"], t["number"], t["label"]))["label"] if able else None

    def call(self, counter: str, label: str | None, now: datetime) -> bool:
        here, ticket = self.counters[counter], self.ticket(label)
        if here["state"] != "open" or here["ticket"] or ticket is None:
            return False
        if ticket["status"] not in ("waiting", "held", "no_show", "booked") or ticket["queue"] not in here["queues"]:
            return False
        if not self.may_be_called(ticket, now):
            return False
        self.save(counter, ticket)
        ticket.update(status="called", calls=ticket["calls"] + 1, called_at=now, away=None, counter=counter)
        here["ticket"] = label
        return True

    def leave(self, at: str, statuses: tuple[str, ...], **changes: Any) -> bool:
        """Whatever ends the stay of the ticket at this counter."""
        ticket = self.ticket(self.counters[at]["ticket"])
        if ticket is None or ticket["status"] not in statuses:
            return False
        self.save(at, ticket)
        ticket.update(changes)
        self.counters[at]["ticket"] = None
        return True

    def serve(self, counter: str) -> bool:
        ticket = self.ticket(self.counters[counter]["ticket"])
        if ticket is None or ticket["status"] != "called":
            return False
        self.save(counter, ticket)
        ticket["status"] = "serving"
        return True

    def requeue_aside(self, counter: str, label: str, due: datetime) -> bool:
        ticket = self.ticket(label)
        if ticket is None or ticket["status"] not in ("held", "no_show"):
            return False
        if ticket["status"] == "no_show" and ticket["calls"] >= MAX_CALLS:
            return False
        self.save(counter, ticket)
        calls = ticket["calls"] if ticket["status"] == "no_show" else 0
        ticket.update(status="waiting", due=due, calls=calls, away=None, counter=None)
        return True

    def set_counter(self, counter: str, state: str) -> bool:
        here = self.counters[counter]
        if state == "closed" and here["ticket"]:
            return False
        if here["state"] != state:
            self.save(counter, None)
            here.update(state=state)
        return True

    def cancel(self, label: str) -> bool:
        ticket = self.ticket(label)
        if ticket is None or ticket["status"] not in ("waiting", "called", "held", "no_show", "booked"):
            return False
        for counter, here in self.counters.items():
            if here["ticket"] == label:
                here["ticket"] = None
                self.saved.pop(counter, None)
        self.touch(label)
        ticket.update(status="cancelled", counter=None)
        return True

    def step_away(self, label: str, now: datetime) -> bool:
        ticket = self.ticket(label)
        if ticket is None or ticket["status"] != "waiting" or ticket["was_away"]:
            return False
        self.touch(label)
        ticket.update(status="held", away=now + AWAY, was_away=True)
        return True

    def check_in(self, label: str, now: datetime) -> bool:
        ticket = self.ticket(label)
        if ticket is None or ticket["status"] not in ("held", "no_show") or ticket["calls"] >= MAX_CALLS:
            return False
        if ticket["status"] == "held" and ticket["away"] is None:
            return False
        is_in_time = ticket["away"] is not None and now <= ticket["away"]
        self.touch(label)
        ticket.update(status="waiting", due=ticket["due"] if is_in_time else now, away=None)
        return True

    def undo(self, counter: str) -> bool:
        saved = self.saved.get(counter)
        if saved is None:
            return False
        before, ticket = saved
        if ticket is not None:
            self.touch(ticket["label"])
            now = self.ticket(ticket["label"])
            assert now is not None
            now.clear()
            now.update(ticket)
        self.counters[counter] = before
        self.saved.pop(counter, None)
        return True

    def save(self, counter: str, ticket: dict[str, Any] | None) -> None:
        if ticket is not None:
            self.touch(ticket["label"])
        self.saved[counter] = (dict(self.counters[counter]), dict(ticket) if ticket is not None else None)

    def touch(self, label: str) -> None:
        """Whoever did something with this ticket before can no longer take it back."""
        for counter, (_, ticket) in list(self.saved.items()):
            if ticket is not None and ticket["label"] == label:
                del self.saved[counter]
