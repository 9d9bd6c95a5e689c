"""A second, naive reading of the rules: goes over a journal line by line and notes every line that breaks one.

It shares nothing with the service's own rules, so that a fault in those cannot excuse itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tests.service.journals import Row

MINUTE_MS = 60_000
AT_COUNTER = ("called", "serving")
UNJUDGED = ("queue_set", "notice")


@dataclass(frozen=True)
class Place:
    """One ticket, as far as the order of a queue depends on it."""

    label: str
    queue: str
    due: int
    state: str = "waiting"
    counter: str | None = None
    calls: int = 0
    called_ms: int = 0

    @property
    def order(self) -> tuple[int, int, str]:
        return self.due, int(self.label.rpartition("-")[2]), self.label


@dataclass
class Referee:
    pause_minutes: int = 5
    max_calls: int = 3
    faults: list[str] = field(default_factory=list)
    tickets: dict[str, Place] = field(default_factory=dict)
    open: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _before: dict[int, Place] = field(default_factory=dict)
    _last_number: dict[str, int] = field(default_factory=dict)
    _line: str = ""

    def read(self, rows: Iterable[Row]) -> list[str]:
        """The faults found."""
        last_seq = last_ms = 0
        for row in rows:
            self._line = f"{row.seq} {row.kind} {row.fields}"
            self._check(row.seq == last_seq + 1, f"seq follows {last_seq}")
            self._check(row.at_ms >= last_ms, "time goes back")
            last_seq, last_ms = row.seq, row.at_ms
            label = row.fields.get("label")
            if label in self.tickets and row.kind != "undone":
                self._before[row.seq] = self.tickets[label]
            if row.kind not in UNJUDGED:
                getattr(self, f"_{row.kind}", self._ended)(row)
        return self.faults

    def at_counters(self) -> dict[str, str]:
        return {place.counter: place.label for place in self.tickets.values() if place.counter is not None}

    def _check(self, is_right: bool, what: str) -> None:
        if not is_right:
            self.faults.append(f"{self._line}: {what}")

    def _issued(self, row: Row) -> None:
        label = row.fields["label"]
        queue, number = row.fields["queue"], label.rpartition("-")[2]
        self._check(label not in self.tickets, "this label was given out before")
        self._check(int(number) == self._last_number.get(queue, 0) + 1, "a number was skipped or repeated")
        self._last_number[queue] = int(number)
        self.tickets[label] = Place(label, queue, row.fields["due"])

    def _numbers_skipped(self, row: Row) -> None:
        queue, last = row.fields["queue"], row.fields["last"]
        self._check(last > self._last_number.get(queue, 0), "numbers that were given out are passed over")
        self._last_number[queue] = last

    def _called(self, row: Row) -> None:
        label, counter = row.fields["label"], row.fields["counter"]
        place = self.tickets[label]
        self._check(counter not in self.at_counters(), f"counter {counter} has {self.at_counters().get(counter)}")
        self._check(place.state not in AT_COUNTER, f"{label} is at counter {place.counter} already")
        self._check(counter in self.open, f"counter {counter} is not open")
        first = min(self._callable(self.open.get(counter, ()), row.at_ms), key=lambda one: one.order, default=None)
        self._check(first is not None and first.label == label, f"{first and first.label} should have been next")
        self._put(place, state="called", counter=counter, calls=place.calls + 1, called_ms=row.at_ms)

    def _callable(self, queues: tuple[str, ...], at_ms: int) -> Iterable[Place]:
        pause_ms = self.pause_minutes * MINUTE_MS
        for place in self.tickets.values():
            is_rested = not place.calls or place.called_ms + pause_ms <= at_ms
            if place.state == "waiting" and place.queue in queues and place.calls < self.max_calls and is_rested:
                yield place

    def _recalled(self, row: Row) -> None:
        self._check(self.tickets[row.fields["label"]].state == "called", "recalled somebody who was not called")

    def _serving(self, row: Row) -> None:
        self._put(self._here(row, ("called",)), state="serving")

    def _ended(self, row: Row) -> None:
        """Completed, missed or held at a counter; or cancelled by the visitor."""
        if row.kind == "cancelled":
            place = self.tickets[row.fields["label"]]
            self._check(place.state in ("waiting", "called", "held", "no_show"), f"cancelled while {place.state}")
        else:
            place = self._here(row, ("called",) if row.kind == "no_show" else AT_COUNTER)
        calls = 0 if row.kind == "held" else place.calls
        self._put(place, state=row.kind, counter=None, calls=calls)

    def _here(self, row: Row, states: tuple[str, ...]) -> Place:
        place = self.tickets[row.fields["label"]]
        self._check(place.counter == row.fields["counter"], f"it is at counter {place.counter}")
        self._check(place.state in states, f"it is {place.state}")
        return place

    def _requeued(self, row: Row) -> None:
        place = self.tickets[row.fields["label"]]
        calls = place.calls if place.state == "no_show" else 0
        self._put(place, state="waiting", counter=None, due=row.fields["due"], calls=calls)

    def _transferred(self, row: Row) -> None:
        place = self._here(row, AT_COUNTER)
        self._put(place, state="waiting", counter=None, calls=0, queue=row.fields["queue"], due=row.fields["due"])

    def _stepped_away(self, row: Row) -> None:
        place = self.tickets[row.fields["label"]]
        self._check(place.state == "waiting", f"stepped away while {place.state}")
        self._put(place, state="held")

    def _checked_in(self, row: Row) -> None:
        place = self.tickets[row.fields["label"]]
        self._check(place.state in ("held", "no_show"), f"checked in while {place.state}")
        self._put(place, state="waiting", due=row.fields["due"])

    def _feedback(self, row: Row) -> None:
        self._check(self.tickets[row.fields["label"]].state == "completed", "feedback before the end")

    def _undone(self, row: Row) -> None:
        before = self._before.get(row.fields["undoes"])
        if before is not None:
            self.tickets[before.label] = before

    def _counter_set(self, row: Row) -> None:
        if row.fields["state"] == "open":
            self.open[row.fields["counter"]] = tuple(row.fields["queues"])
        else:
            self.open.pop(row.fields["counter"], None)

    def _put(self, place: Place, **changes: object) -> None:
        self.tickets[place.label] = replace(place, **changes)  # type: ignore[arg-type]
