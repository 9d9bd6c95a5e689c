"""The floor machine once more, where people also book, choose other times, come for them, and wait for a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from queue_service.domain.actions import Book, JoinWaitingList, PassOn, Reschedule, WithdrawEntry
from queue_service.domain.booking import taken
from queue_service.domain.branches import Booking
from queue_service.domain.calendars import Calendar, Hours
from queue_service.domain.lots import Standing
from tests.domain.examples import CLINIC, NINE, PHARMACY, Day, clinic_with
from tests.domain.naive import NaiveFloor
from tests.domain.test_floor_machine import USUAL, FloorMachine

LATE, NOTICE = timedelta(minutes=15), timedelta(minutes=60)
ALL_DAY = Calendar((Hours(frozenset(range(1, 8)), time(0), time(23, 59)),))
SLOTS = [NINE + timedelta(hours=hours) for hours in (-9, -5, -1, 3, 7)]  # the first three have begun
BOOKING = Booking(per_slot=1, slot_minutes=240, early_minutes=480, notice_minutes=60, release_late=True)
BRANCH = clinic_with(calendar=ALL_DAY, booking=BOOKING)
COMING = st.sampled_from(SLOTS[2:])
BOOKED = st.builds("A-{:03d}".format, st.integers(1, 7))


@dataclass
class NaiveBookings(NaiveFloor):
    """One place at each time."""

    queueing: list[str] = field(default_factory=list)  # the waiting list
    gone: set[str] = field(default_factory=set)

    def holder(self, slot: datetime) -> dict[str, Any] | None:
        live = (t for t in self.tickets if t["queue"] == CLINIC and t["status"] != "cancelled")
        return next((t for t in live if t.get("slot") == slot), None)

    def may_take(self, slot: datetime, now: datetime) -> bool:
        return slot > now and self.holder(slot) is None and not self.queueing

    def put(self, slot: datetime, now: datetime, entry: str | None = None) -> None:
        closed = self.queues.pop(CLINIC, None)
        self.issue(CLINIC, 0, now)
        if closed is not None:
            self.queues[CLINIC] = closed
        self.tickets[-1].update(status="booked", due=slot, slot=slot, since=now, entry=entry)

    def book(self, slot: datetime, now: datetime) -> bool:
        if self.queues.get(CLINIC) == "closed" or not self.may_take(slot, now):
            return False
        self.put(slot, now)
        return True

    def reschedule(self, label: str, slot: datetime, now: datetime) -> bool:
        ticket = self.ticket(label)
        if ticket is None or ticket["status"] != "booked":
            return False
        if ticket["slot"] != slot:
            if not self.may_take(slot, now):
                return False
            self.touch(label)
            ticket.update(due=slot, slot=slot, since=now)
        return True

    def check_in(self, label: str, now: datetime) -> bool:
        ticket = self.ticket(label)
        if ticket is None or ticket["status"] != "booked":
            return super().check_in(label, now)
        self.touch(label)
        ticket.update(status="waiting", due=ticket["slot"] if now <= ticket["slot"] + LATE else now)
        return True

    def leave(self, at: str, statuses: tuple[str, ...], **changes: Any) -> bool:
        """Whoever goes on to another queue has had their appointment."""
        return super().leave(at, statuses, **({**changes, "slot": None} if "queue" in changes else changes))

    def join(self, entry: str, now: datetime) -> bool:
        coming = [slot for slot in SLOTS if slot > now]
        is_full = self.queueing or all(self.holder(slot) for slot in coming)
        if not coming or not is_full or self.queues.get(CLINIC) == "closed":
            return False
        self.queueing.append(entry)
        return True

    def withdraw(self, entry: str) -> bool:
        if entry in self.queueing:
            self.queueing.remove(entry)
            self.gone.add(entry)
        return entry in self.gone

    def pass_on(self, now: datetime) -> bool:
        late = [t for t in self.tickets if t["queue"] == CLINIC and t["status"] == "booked" and self.lapses(t) < now]
        for ticket in late:
            self.touch(ticket["label"])
            ticket["status"] = "cancelled"
        if self.queues.get(CLINIC) != "closed":
            released = [ticket["slot"] for ticket in late]
            at_once = [slot for slot in SLOTS if slot < now + NOTICE and (slot > now or slot in released)]
            for slot in [*(slot for slot in SLOTS if slot >= now + NOTICE), *at_once]:
                if self.queueing and self.holder(slot) is None:
                    self.put(slot, now, self.queueing.pop(0))
        return True

    def lapses(self, ticket: dict[str, Any]) -> datetime:
        slot: datetime = ticket["slot"]
        return LATE + (max(slot, ticket["since"] + NOTICE) if ticket["entry"] else slot)


class BookingMachine(FloorMachine):
    naive: NaiveBookings

    def __init__(self) -> None:
        super().__init__()
        self.day = Day(BRANCH)
        self.naive = NaiveBookings(self.naive.counters, self.naive.prefixes)
        self.joined = 0

    @initialize(waiting=st.integers(0, 3))
    def the_day_is_full(self, waiting: int) -> None:
        """Else hardly anybody comes to wait for a place."""
        for slot in SLOTS[3:]:
            self.book(slot)
        for _ in range(waiting):
            self.join()

    @rule(slot=COMING)
    def book(self, slot: datetime) -> None:
        self.both(Book(CLINIC, slot), lambda: self.naive.book(slot, self.day.now))

    @rule(label=BOOKED, slot=COMING)
    def reschedule(self, label: str, slot: datetime) -> None:
        self.both(Reschedule(label, slot), lambda: self.naive.reschedule(label, slot, self.day.now))

    @rule(label=BOOKED)
    def come_for_an_appointment(self, label: str) -> None:
        self.check_in(label)

    @rule(label=BOOKED, at_once=st.booleans())
    def give_an_appointment_back(self, label: str, at_once: bool) -> None:
        self.cancel(label)
        if at_once:
            self.pass_on()

    @rule(label=BOOKED, counter=st.sampled_from(["1", "2"]))
    def call_somebody_who_booked(self, label: str, counter: str) -> None:
        self.call(counter, label)

    @rule()
    def join(self) -> None:
        entry = f"W{self.joined}"
        self.joined += 1
        self.both(JoinWaitingList(CLINIC, entry), lambda: self.naive.join(entry, self.day.now))

    @rule(number=st.integers(0, 6))
    def withdraw(self, number: int) -> None:
        self.both(WithdrawEntry(CLINIC, f"W{number}"), lambda: self.naive.withdraw(f"W{number}"))

    @rule()
    def pass_on(self) -> None:
        self.both(PassOn(CLINIC), lambda: self.naive.pass_on(self.day.now))

    @rule()
    def the_day_goes_on(self) -> None:
        if self.day.now < NINE + timedelta(hours=9):
            self.day.now += timedelta(minutes=100)

    @invariant()
    def both_know_who_has_which_time_and_who_waits_for_one(self) -> None:
        lots = self.day.floor.lots
        assert list(lots.waiting.get(CLINIC, ())) == self.naive.queueing
        held = {slot: self.naive.holder(slot) for slot in SLOTS}
        assert taken(self.day.floor, CLINIC) == {slot: 1 for slot, ticket in held.items() if ticket}
        for entrant in lots.entrants.values():
            if entrant.standing is Standing.GIVEN:
                ticket = self.naive.ticket(entrant.label)
                assert ticket is not None and ticket["entry"] == entrant.entry

    @invariant()
    def nobody_books_where_there_are_no_appointments(self) -> None:
        assert not taken(self.day.floor, PHARMACY)


TestBookingMachine = BookingMachine.TestCase
TestBookingMachine.settings = settings(USUAL, max_examples=50)
