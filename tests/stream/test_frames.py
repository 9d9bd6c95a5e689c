from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.streams import StreamReader

from queue_service.domain.actions import CallNext, Cancel, Complete, Transfer
from queue_service.stream.frames import causes, epoch_of, queue_payload, runs, snapshot_payload, text_frame
from tests.domain.examples import BRANCH, CLINIC, PHARMACY, Day


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 40)), unique=True))
def test_runs_hold_the_same_labels_in_the_same_order(places: list[tuple[str, int]]) -> None:
    labels = [f"{prefix}-{number:03d}" for prefix, number in places]
    spread = [f"{prefix}-{n:03d}" for prefix, first, last in runs(labels) for n in range(int(first), int(last) + 1)]
    assert spread == labels


def test_a_thousand_waiting_people_are_one_run() -> None:
    assert runs(f"A-{n:03d}" for n in range(1, 1001)) == [["A", 1, 1000]]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536])
def test_a_frame_of_any_length_is_what_the_rfc_says(length: int) -> None:
    payload = b"x" * length
    reader = StreamReader()
    reader.feed_data(text_frame(payload))
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    assert (done.value.value.data, done.value.value.fin) == (payload, True)


def test_a_queue_frame_says_who_waits_and_who_is_where() -> None:
    day = Day()
    for _ in range(4):
        day.issue()
    day.open("1", "2")
    day.act(CallNext("1"))
    day.act(CallNext("2"), minutes=1)
    frame = json.loads(queue_payload(day.floor, CLINIC, [], day.now))
    assert frame["waiting"] == [["A", 3, 4]]
    assert frame["now"] == [["A-002", "2", "called"], ["A-001", "1", "called"]]
    assert (frame["type"], frame["state"], frame["seq"]) == ("queue", "open", day.floor.seq)
    snapshot = json.loads(snapshot_payload(queue_payload(day.floor, CLINIC, [], day.now), day.floor))
    assert snapshot == {**frame, "day": "2026-11-23"}


def test_who_came_in_by_priority_is_not_named() -> None:
    day = Day()
    day.issue(), day.issue(ticket_class="aged")
    assert causes(day.floor, CLINIC, day.journal) == [("A-001", "issued"), (None, "priority")]
    assert "aged" not in str(queue_payload(day.floor, CLINIC, [], day.now))


def test_a_transfer_is_told_in_both_queues_and_nowhere_else() -> None:
    day = Day()
    day.issue(), day.issue(PHARMACY)
    day.open("1")
    day.act(CallNext("1"))
    day.act(Transfer("1", PHARMACY))
    last = day.journal[-1:]
    assert causes(day.floor, CLINIC, last) == causes(day.floor, PHARMACY, last) == [("A-001", "transferred")]
    day.act(Cancel("B-001"))
    assert causes(day.floor, CLINIC, day.journal[-1:]) == []


def test_opening_a_counter_moves_nobody() -> None:
    day = Day()
    day.open("1")
    day.issue()
    day.act(CallNext("1"))
    day.act(Complete("1"))
    assert [cause for _, cause in causes(day.floor, CLINIC, day.journal)] == ["issued", "called", "completed"]


def test_each_day_and_each_restored_journal_has_an_epoch_of_its_own() -> None:
    monday = Day()
    tuesday = Day(BRANCH, monday.now.replace(day=24))
    restored = replace(monday.floor, epoch="e2")
    epochs = {epoch_of(monday.floor), epoch_of(tuesday.floor), epoch_of(restored)}
    assert len(epochs) == 3
