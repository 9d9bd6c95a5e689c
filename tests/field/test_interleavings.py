"""Field, centre, transfers and reclaims in any order: nothing is lost, nothing stands twice, nothing is rewritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection, create_engine, insert

import queue_service.records.tables  # noqa: F401 - so that the metadata knows them
from queue_service.database import metadata
from queue_service.domain.actions import Action, CallNext, Cancel, CheckIn, Complete, Issue, SetCounter
from queue_service.domain.branches import Branch
from queue_service.domain.counters import CounterState
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.trip_actions import (
    Enlist,
    PlanTrip,
    ReachStop,
    ReclaimFromField,
    ReturnFromField,
    TakeToField,
)
from queue_service.journal import Change
from queue_service.journal.epochs import begin_first_epoch
from queue_service.journal.journals import read_entries
from queue_service.journal.tables import entries
from queue_service.leases.annex import read_annex
from queue_service.leases.arrivals import Arrival, Outcome, take_in
from queue_service.leases.wire import digest_of
from queue_service.records.setup_files import read_setup
from tests.field.days import DAY, PLACE, SET_UP, STOPS, TEAM
from tests.houses import NINE

BRANCH: Branch = next(plan for plan in read_setup(SET_UP, "set-up").branches if plan.id == TEAM).branch()
SECOND = timedelta(seconds=1)
ACTIONS: list[Action] = [
    ReachStop("a"),
    Issue("a"),
    CheckIn("A-001"),
    Cancel("A-002"),
    SetCounter("1", CounterState.OPEN),
    CallNext("1"),
    Complete("1"),
    Enlist("b", (10,)),
]


def decided(floor: Floor, action: Action, now: datetime, by: str) -> list[Entry]:
    """Nothing where it is refused."""
    try:
        events = decide(floor, action, now)
    except Refusal:
        return []
    return [Entry(floor.seq + nth, now, by, event) for nth, event in enumerate(events, 1)]


def folded(lines: list[Entry], held: frozenset[str] = frozenset()) -> Floor:
    floor = Floor(BRANCH, DAY, held=held)
    for entry in lines:
        apply(floor, entry)
    return floor


@dataclass
class Device:
    """A laptop: what is on its disk, and how far it believes the centre to be."""

    lease: str
    lines: list[Entry]
    sent: int = field(init=False)
    taken_at: int = field(init=False)

    def __post_init__(self) -> None:
        self.sent = self.taken_at = len(self.lines)

    def act(self, action: Action, now: datetime) -> None:
        floor = folded(self.lines, frozenset({self.lease}))
        self.lines += decided(floor, action, now, f"clerk:{self.lease}")

    def arrival(self, most: int) -> Arrival | None:
        some = self.lines[self.sent : self.sent + most]
        if not some:
            return None
        return Arrival(self.lease, some, digest_of(PLACE, self.lease, self.lines[: some[-1].seq]))


class Interleavings(RuleBasedStateMachine):
    devices = Bundle("devices")

    @initialize()
    def begin(self) -> None:
        self.engine = create_engine("sqlite://")
        metadata.create_all(self.engine)
        self.now = NINE
        self.known: list[Entry] = []
        self.all: list[Device] = []
        self._write(begin_first_epoch)
        self.act_at_centre(PlanTrip(STOPS, 100, 2))
        self.act_at_centre(Enlist("a", (10, 10, 10)))

    def teardown(self) -> None:
        self.engine.dispose()

    def _write(self, work: Callable[[Connection], object]) -> object:
        self.now += SECOND
        with self.engine.begin() as connection:
            return work(connection)

    def centre(self) -> list[Entry]:
        with self.engine.connect() as connection:
            return read_entries(connection, PLACE)[1]

    def act_at_centre(self, action: Action) -> None:
        new = decided(folded(self.centre()), action, self.now, "clerk:centre")
        if new:
            self._write(
                lambda connection: connection.execute(insert(entries), Change(PLACE, new, self.now, None, None).rows)
            )

    @rule(action=st.sampled_from(ACTIONS))
    def somebody_acts_at_the_centre(self, action: Action) -> None:
        is_out = folded(self.centre()).lease is not None
        before = self.centre()
        self.act_at_centre(action)
        assert not is_out or self.centre() == before

    @rule(target=devices)
    def take(self) -> Device:
        lease = f"{len(self.all):016x}"
        self.act_at_centre(TakeToField(lease, f"Laptop {lease}"))
        floor = folded(self.centre())
        if floor.lease is None or floor.lease.id != lease:
            return self.all[-1]  # somebody has it
        self.all.append(Device(lease, self.centre()))
        return self.all[-1]

    @rule(device=devices, action=st.sampled_from(ACTIONS))
    def somebody_acts_in_the_field(self, device: Device, action: Action) -> None:
        self.now += SECOND
        device.act(action, self.now)

    @rule(device=devices, most=st.integers(1, 6), is_heard=st.booleans())
    def send(self, device: Device, most: int, is_heard: bool) -> None:
        arrival = device.arrival(most)
        if arrival is None:
            return
        outcome = self._take_in(arrival)
        if is_heard:
            device.sent = outcome.end

    def _take_in(self, arrival: Arrival) -> Outcome:
        outcome = self._write(lambda connection: take_in(connection, BRANCH, PLACE, arrival, self.now))
        assert isinstance(outcome, Outcome)
        return outcome

    @rule(device=devices, back=st.integers(1, 5))
    def forget_what_was_sent(self, device: Device, back: int) -> None:
        device.sent = max(0, device.sent - back)

    @rule(device=devices)
    def give_back(self, device: Device) -> None:
        digest = digest_of(PLACE, device.lease, device.lines)
        self.now += SECOND
        device.act(ReturnFromField(device.lease, digest), self.now)

    @rule(device=devices)
    def reclaim(self, device: Device) -> None:
        self.act_at_centre(ReclaimFromField(device.lease))

    @rule(device=devices, by=st.integers(1, 3600))
    def send_what_was_altered(self, device: Device, by: int) -> None:
        """Somebody's hand on the way, or another copy of the folder: it never stands in the day in the place of
        what was written."""
        arrival = device.arrival(3)
        if arrival is not None:
            last = arrival.entries[-1]
            strange = replace(last, at=last.at + timedelta(seconds=by))
            with_it = Arrival(device.lease, [*arrival.entries[:-1], strange], arrival.digest)
            try:
                self._take_in(with_it)
            except Refusal:
                assert strange not in self.centre()

    @invariant()
    def nothing_that_was_written_changes(self) -> None:
        if not hasattr(self, "known"):
            return
        now = self.centre()
        assert now[: len(self.known)] == self.known
        assert [entry.seq for entry in now] == list(range(1, len(now) + 1))
        self.known = now
        folded(now)

    @invariant()
    def a_day_that_is_out_is_how_the_field_s_begins(self) -> None:
        if not hasattr(self, "all") or not self.all:
            return
        lease = folded(self.known).lease
        if lease is not None:
            device = next(one for one in self.all if one.lease == lease.id)
            assert self.known == device.lines[: len(self.known)]

    @rule()
    def everything_arrives(self) -> None:
        """In the day, or beside it: each line of each device, once."""
        for device in self.all:
            device.sent = 0
            for _ in range(len(device.lines) + 1):
                arrival = device.arrival(100)
                if arrival is None:
                    break
                device.sent = self._take_in(arrival).end
            assert device.sent == len(device.lines)
        with self.engine.connect() as connection:
            aside = read_annex(connection, PLACE)
        there = self.centre()
        for device in self.all:
            beside = [one.entry for one in aside.get(device.lease, [])]
            for entry in device.lines[device.taken_at :]:
                assert (entry in there) + (beside.count(entry)) == 1, (entry, beside)


class Briefly(Interleavings):
    pass


class AtLength(Interleavings):
    pass


TestBriefly = Briefly.TestCase
TestBriefly.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestAtLength = pytest.mark.slow(AtLength.TestCase)
TestAtLength.settings = settings(max_examples=400, stateful_step_count=40, deadline=None)
