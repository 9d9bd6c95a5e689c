from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contract import Item
from integrations.lanes import Parked, Window, lane_of
from queue_service.records.deliveries import Parking

PLACES = [("cabang", date(2026, 11, 23)), ("cabang", date(2026, 11, 24)), ("lain", date(2026, 11, 23))]


def an_item(seq: int, label: str = "A-001", place: int = 0) -> Item:
    branch, day = PLACES[place]
    return Item("e1", branch, day, seq, 0, "called", {"label": label})


@pytest.mark.parametrize(
    ("fields", "lane"),
    [
        ({"label": "A-012", "counter": "3", "queue": "gigi"}, "A-012"),
        ({"label": None, "counter": "3", "undoes": 4}, "counter 3"),
        ({"counter": "3", "state": "open", "queues": ["gigi"]}, "counter 3"),
        ({"queue": "gigi", "state": "open"}, "queue gigi"),
        ({"text": "Dokter terlambat", "queue": None}, "branch"),
    ],
)
def test_what_has_to_go_in_order_is_a_ticket_or_else_a_counter_or_a_queue(fields: dict[str, object], lane: str) -> None:
    place = PLACES[0]
    assert lane_of(Item("e1", *place, 1, 0, "any", fields)) == (place, lane)


def test_the_same_number_on_another_day_is_another_ticket() -> None:
    assert len({lane_of(an_item(1, place=place)) for place in range(3)}) == 3


# What follows is played with a receiver and a table of deliveries that are two plain lists.


class Play:
    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = labels  # one for each entry of each place: here all places hold the same
        self.window = Window({})
        self.under_way: list[Item] = []
        self.taken: list[Item] = []
        self.parked: list[Parked] = []

    def read(self, draw: int) -> None:
        place = draw % len(PLACES)
        seq = self.window.read_to(PLACES[place]) + 1
        if seq > len(self.labels):
            return
        item = an_item(seq, self.labels[seq - 1], place)
        if item.fields["label"] == "D":
            self.window.skip(item)  # nobody wants these
            self.taken.append(item)
        elif lane_of(item) in {lane_of(each.item) for each in self.parked} | self.window.failed:
            self.window.add_behind(item)
        else:
            self.window.add(item)

    def start(self, _: int) -> None:
        if (item := self.window.start()) is not None:
            self.under_way.append(item)

    def deliver(self, draw: int) -> None:
        if self.under_way:
            self.taken.append(self.under_way.pop(draw % len(self.under_way)))
            self.window.deliver(self.taken[-1])

    def fail(self, draw: int) -> None:
        if self.under_way:
            self.window.fail(Parked(self.under_way.pop(draw % len(self.under_way)), Parking.WAITING))

    def write(self, _: int) -> None:
        for progress in list(self.window.progress()):
            self.parked += progress.parked
            self.window.write_off(progress)

    def check(self) -> None:
        lanes = [lane_of(item) for item in self.under_way]
        assert len(set(lanes)) == len(lanes)
        durable = [each.item.id for each in self.parked]
        assert len(set(durable)) == len(durable)
        known = {*durable, *(item.id for item in self.taken)}
        for at, cursor in self.window.cursors.items():
            before = {an_item(seq, place=PLACES.index(at)).id for seq in range(1, cursor + 1)}
            assert before <= known
            assert {each.item.id for each in self.parked if each.item.place == at} <= before

    def check_at_the_end(self) -> None:
        assert len(self.window) == 0
        for place, label in product(PLACES, "ABC"):
            lane = (place, label)
            taken = [item.seq for item in self.taken if lane_of(item) == lane]
            parked = [each for each in self.parked if lane_of(each.item) == lane]
            # All that was taken comes first and in order; what failed and everything after it stands aside.
            read = range(1, self.window.read_to(place) + 1)
            assert taken + [each.item.seq for each in parked] == [n for n in read if self.labels[n - 1] == label]
            assert [each.state for each in parked] == [Parking.WAITING, *[Parking.BEHIND] * len(parked)][: len(parked)]


DEEDS = {"read": Play.read, "start": Play.start, "deliver": Play.deliver, "fail": Play.fail, "write": Play.write}
deeds = st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 99)), max_size=150)


@given(st.lists(st.sampled_from("ABCD"), max_size=12), deeds)
def test_the_cursor_never_passes_what_is_neither_taken_nor_parked(
    labels: Sequence[str], done: Sequence[tuple[str, int]]
) -> None:
    play = Play(labels)
    for deed, draw in done:
        DEEDS[deed](play, draw)
        play.check()
    for _ in range(len(PLACES) * len(labels) + 1):
        play.start(0)
        play.deliver(0)
    play.write(0)
    play.check()
    play.check_at_the_end()


def test_lanes_take_turns() -> None:
    window = Window({})
    for seq, label in enumerate(["A", "A", "A", "B"], start=1):
        window.add(an_item(seq, label))
    first, second = window.start(), window.start()
    assert (first and first.seq, second and second.seq, window.start()) == (1, 4, None)


def test_a_journal_that_is_over_is_forgotten() -> None:
    window = Window({PLACES[0]: 4})
    window.forget(PLACES[0])
    assert (window.cursors, window.read_to(PLACES[0])) == ({}, 0)
