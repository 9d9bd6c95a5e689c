"""Who became due together, and when the last of them was told."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from queue_service.domain.floors import Floor
from queue_service.records.setup_files import read_setup_file
from queue_service.stream.audiences import SLICE, Audience, Counts
from queue_service.stream.frames import text_frame
from tests.houses import CHILDREN, LAHAT, NINE, RSUD


class Reader:
    """A watcher that takes every frame; with a descriptor, straight from there."""

    def __init__(self, descriptor: int = -1) -> None:
        self.direct: Audience | None = None
        self.descriptor = descriptor
        self.rest: list[bytes] = []

    def is_clear(self, audience: Audience) -> bool:
        return self.descriptor >= 0

    def finish(self, rest: bytes) -> None:
        self.rest.append(rest)

    def watches(self, audience: Audience) -> bool:
        return True

    def deliver(self, audience: Audience, frame: bytes) -> bool:
        return True


def an_audience(readers: int) -> Audience:
    branch = next(plan.branch() for plan in read_setup_file(LAHAT).branches if plan.id == RSUD)
    audience = Audience(Floor(branch, NINE.date()), CHILDREN, lambda audience: b"{}", Counts())
    for _ in range(readers):
        audience.join(Reader())
    return audience


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_a_socket_does_not_take_is_left_to_its_transport(is_gone: bool) -> None:
    audience = an_audience(0)
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        reader = Reader(near.fileno())
        audience.join(reader)
        taken, payload = b"", b"x" * 60_000
        audience.build = lambda audience: payload
        if is_gone:
            far.close()
        for _ in range(20):  # more than the kernel takes
            audience.is_outdated = True
            audience.begin_round(0.0)
            audience.send_slice()
        if not is_gone:
            far.settimeout(0.2)
            with suppress(TimeoutError):
                while True:
                    taken += far.recv(1 << 20)
    assert reader.rest
    assert len(taken) + sum(map(len, reader.rest)) == 20 * len(text_frame(payload))


def change(audience: Audience, at: datetime) -> None:
    audience.since = audience.since or at
    audience.begin_round(0.0)


def slices(audience: Audience) -> list[list[datetime]]:
    """What was told after each, until nobody is due."""
    told, more = [], True
    while more:
        more = audience.send_slice()
        told.append(audience.pop_told())
    return told


@pytest.mark.parametrize(("readers", "expected"), [(1, [[NINE]]), (SLICE, [[NINE]]), (SLICE * 2 + 1, [[], [], [NINE]])])
def test_a_round_is_told_with_its_last_reader(readers: int, expected: list[list[datetime]]) -> None:
    audience = an_audience(readers)
    change(audience, NINE)
    assert slices(audience) == expected
    assert audience.pop_told() == []


def test_a_round_that_is_overtaken_is_told_when_those_whom_it_left_are() -> None:
    audience = an_audience(3 * SLICE)
    change(audience, NINE)
    audience.send_slice()  # two of three slices are still due
    change(audience, NINE + timedelta(seconds=1))
    assert slices(audience) == [[], [NINE], [NINE + timedelta(seconds=1)]]


def test_a_change_without_an_entry_is_not_timed() -> None:
    audience = an_audience(1)
    audience.begin_round(0.0)
    assert slices(audience) == [[]]


def test_of_several_changes_the_first_is_timed() -> None:
    audience = an_audience(1)
    audience.since = NINE
    change(audience, NINE + timedelta(seconds=1))
    assert slices(audience) == [[NINE]]
    assert audience.since is None
