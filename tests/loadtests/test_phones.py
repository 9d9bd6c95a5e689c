"""The load tools against each other: what the one sends, the other must have counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.broadcast import PATH, Broadcast
from loadtests.phones import Phones, Record

COUNT = 20


@pytest.fixture
def broadcast() -> Iterator[Broadcast]:
    with Broadcast(COUNT) as sender:
        yield sender


@pytest.fixture
def phones(broadcast: Broadcast, tmp_path: Path) -> Iterator[Phones]:
    with Phones(broadcast.port, COUNT, [PATH], tmp_path) as held:
        yield held


@pytest.mark.parametrize("size", [90, 125, 126, 400, 65_535, 65_536, 200_000])
def test_every_phone_receives_a_frame_of_any_size(broadcast: Broadcast, phones: Phones, size: int) -> None:
    phones.begin()
    assert broadcast.send(size) == COUNT
    record = wait_for_frames(phones, COUNT)
    assert [(change.frames, change.size) for change in record.changes] == [(COUNT, size)]
    assert (record.live, record.lost, record.repeated, record.older) == (COUNT, 0, 0, 0)


def test_frames_that_arrive_together_are_told_apart(broadcast: Broadcast, phones: Phones) -> None:
    phones.begin()
    for _ in range(30):
        broadcast.send(500)
    record = wait_for_frames(phones, 30 * COUNT)
    assert [change.frames for change in record.changes] == [COUNT] * 30
    assert (record.newest, record.at_newest) == (31, COUNT)
    assert 0 < record.p50_ms <= record.p99_ms <= record.max_ms


def test_what_came_before_the_beginning_is_not_counted(broadcast: Broadcast, phones: Phones) -> None:
    broadcast.send(300)
    wait_for_frames(phones, COUNT * 2)
    phones.begin()
    record = phones.report()
    assert (record.frames, record.changes) == (0, ())
    assert record.at_newest == COUNT


def test_phones_whose_server_has_gone_are_counted_as_lost(broadcast: Broadcast, phones: Phones) -> None:
    phones.begin()
    broadcast.close()
    record = phones.report()
    while record.live:
        record = phones.report()
    assert record.lost == COUNT


def test_phones_that_are_not_let_in_are_said_to_be_missing(broadcast: Broadcast, tmp_path: Path) -> None:
    broadcast.close()
    with pytest.raises(SystemExit, match="0 of 20"):
        Phones(broadcast.port, COUNT, [PATH], tmp_path)


def wait_for_frames(phones: Phones, frames: int) -> Record:
    record = phones.report()
    while record.frames < frames:
        record = phones.report()
    return record
