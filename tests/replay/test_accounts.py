"""Counting: what was recorded, acknowledged and journaled, and how differences are told."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from queue_service.domain.errors import Refused
from queue_service.domain.events import Called, Cancelled, Completed, Entry, Event, Issued, Undone
from queue_service.replay.client import ReplayStopped
from queue_service.replay.counters import assign
from queue_service.replay.journals import Reading, count_entries
from queue_service.replay.recordings import Lane, Recorded
from queue_service.replay.report import EXPLANATIONS, UNEXPLAINED, Outcome, Watched, report
from queue_service.replay.run import find_lane
from queue_service.replay.tally import Account, Counts, Refusal, differences, recorded_tally
from queue_service.replay.watch import Watcher

LANE = Lane("rsud-lahat", "farmasi")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ticket(number: str, day: int, called: bool) -> Recorded:
    issued = datetime.fromisoformat(f"2026-03-0{day}T08:00")
    return Recorded(LANE, number, issued, issued if called else None)


def outcome() -> Outcome:
    recorded = {LANE: Counts(issued=2, called=1, completed=1, left=1)}
    account = Account(by_rule=1)
    account.lanes[LANE] = replace(recorded[LANE])
    account.labels[LANE] = {"D-001": 1, "D-002": 0}
    return Outcome(recorded, account, seconds=1.0, clients=1, days=1, answer_seconds=[0.01] * 4)


def entries(*events: Event) -> list[Entry]:
    return [Entry(seq, NOON, "clerk:1", event) for seq, event in enumerate(events, 1)]


def issued(label: str) -> Issued:
    return Issued(label, "farmasi", NOON, "general")


def test_who_never_came_up_is_left_on_the_last_day_and_went_home_before() -> None:
    recording = [ticket("1", 2, called=False), ticket("1", 3, called=False), ticket("2", 3, called=True)]
    assert recorded_tally(recording)[LANE] == Counts(issued=3, called=1, completed=1, cancelled=1, left=1)


def test_every_difference_is_told_with_its_queue() -> None:
    ours, theirs = {LANE: Counts(issued=3, called=2)}, {LANE: Counts(issued=3, called=1)}
    assert list(differences(ours, theirs, "here")) == ["rsud-lahat/farmasi: 2 called in the file, 1 here"]
    assert next(differences(ours, {}, "here")) == "rsud-lahat/farmasi: 3 issued in the file, 0 here"


def test_the_journal_is_counted_by_the_labels_that_the_replay_was_given() -> None:
    reading = Reading()
    journal = entries(
        issued("D-001"), issued("D-002"), issued("D-003"), issued("D-009"),
        Called("D-001", "5"), Completed("D-001", "5"), Cancelled("D-002"), Called("D-009", "6"),
    )  # fmt: skip
    count_entries(journal, dict.fromkeys(["D-001", "D-002", "D-003"], LANE), reading)
    assert reading.lanes[LANE] == Counts(issued=3, called=1, completed=1, cancelled=1, left=1)
    assert reading.surprises == []


def test_a_call_that_was_undone_never_happened() -> None:
    reading = Reading()
    count_entries(entries(issued("D-001"), Called("D-001", "5"), Undone("5", 2, "D-001")), {"D-001": LANE}, reading)
    assert reading.lanes[LANE] == Counts(issued=1, left=1)


def test_somebody_called_twice_is_a_surprise() -> None:
    reading = Reading()
    count_entries(entries(issued("D-001"), Called("D-001", "5"), Called("D-001", "6")), {"D-001": LANE}, reading)
    assert reading.surprises == ["rsud-lahat/farmasi: D-001 called 2 times"]


def test_a_gap_in_the_journal_is_a_surprise() -> None:
    reading = Reading()
    journal = entries(issued("D-001"), issued("D-002"), issued("D-003"))
    count_entries([journal[0], journal[2]], {"D-001": LANE}, reading)
    assert reading.surprises == ["rsud-lahat: the journal has a gap"]


def test_a_replay_without_faults_says_so() -> None:
    good = outcome()
    assert good.is_as_recorded
    text = report(good)
    assert "Refused: nothing." in text
    assert "Differences: none." in text
    assert "4 requests in 1.0 s: 4 a second" in text


def test_a_refusal_is_explained_and_shown_where_it_came_first() -> None:
    refused = outcome()
    refused.account.refusals = [
        Refusal("quota_full", f"issue, {LANE} number {n}", "All 80 numbers are given out.") for n in (81, 82)
    ]
    text = report(refused)
    assert not refused.is_as_recorded
    assert "Refused 2 times with quota_full: the queue's quota for a day is smaller than the recorded day." in text
    assert "first: issue, rsud-lahat/farmasi number 81: All 80 numbers are given out." in text


def test_a_refusal_that_nobody_foresaw_is_called_a_fault() -> None:
    refused = outcome()
    refused.account.refusals = [Refusal("teapot", "call", "Short and stout.")]
    assert f"with teapot: {UNEXPLAINED}" in report(refused)


def test_every_code_of_the_rules_is_explained() -> None:
    """Nothing is booked, undone or set up by a recording, nobody shows a NIK, and no screen is paired."""
    others = {"nothing_to_undo", "slot_full", "already_claimed", "people_there", "too_many_screens"}
    assert {kind.code for kind in Refused.__subclasses__()} - others <= EXPLANATIONS.keys()


def test_a_journal_that_differs_is_told() -> None:
    different = outcome()
    different.journal = Reading()
    different.journal.lanes[LANE] = Counts(issued=2, called=2, completed=1)
    assert not different.is_as_recorded
    assert "rsud-lahat/farmasi: 1 called in the file, 2 in the journal" in report(different)


@pytest.mark.parametrize(
    ("missed", "ends_well", "sentence"),
    [(["D-001"], True, "It missed D-001."), ([], False, "Its last frame is not what the service answers over HTTP.")],
)
def test_a_phone_that_missed_something_is_told(missed: list[str], ends_well: bool, sentence: str) -> None:
    watched = outcome()
    watched.watched = Watched(LANE, called=1, missed=missed, frames=3, ends_as_the_service=ends_well)
    assert not watched.is_as_recorded
    assert sentence in report(watched)


def test_a_phone_sees_calls_that_were_over_before_the_frame() -> None:
    watcher = Watcher(LANE)
    why = [["D-001", "called"], ["D-001", "completed"], [None, "priority"], ["D-003", "issued"]]
    watcher.take({"type": "queue", "seq": 4, "now": [["D-002", "5", "called"]], "why": why})
    watcher.take({"type": "tick", "at": 1})
    assert watcher.seen == {"D-001", "D-002"}
    assert watcher.frames == 1


def branch(**counters: list[str]) -> dict[str, object]:
    queues = sorted({queue for served in counters.values() for queue in served})
    return {
        "queues": [{"id": queue, "waiting": 0} for queue in queues],
        "counters": [
            {"id": name[1:], "queues": served, "state": "closed", "ticket": None} for name, served in counters.items()
        ],
    }


def test_each_queue_gets_a_counter_of_its_own_even_if_others_must_move() -> None:
    lanes = [Lane("b", queue) for queue in ("a", "c", "d")]
    assigned = assign(lanes, {"b": branch(n1=["a", "c"], n2=["a", "d"], n3=["d"])})
    assert sorted(assigned.values()) == ["1", "2", "3"]
    assert assigned[Lane("b", "c")] == "1"


def test_too_few_counters_are_refused_with_the_way_out() -> None:
    with pytest.raises(ReplayStopped, match=r"no free counter of its own for b/.*--plan"):
        assign([Lane("b", "a"), Lane("b", "c")], {"b": branch(n1=["a", "c"])})


def test_a_counter_where_somebody_works_is_not_taken() -> None:
    busy = branch(n1=["a"])
    busy["counters"] = [{"id": "1", "queues": ["a"], "state": "open", "ticket": None}]
    with pytest.raises(ReplayStopped):
        assign([Lane("b", "a")], {"b": busy})


def test_a_queue_that_the_service_does_not_have_is_named() -> None:
    with pytest.raises(ReplayStopped, match="no queue b/c"):
        assign([Lane("b", "c")], {"b": branch(n1=["a"])})


def test_a_queue_is_found_by_its_name_if_only_one_branch_has_it() -> None:
    lanes = [Lane("x", "a"), Lane("y", "a"), Lane("y", "c")]
    recording = [replace(ticket("1", 2, called=True), lane=lane) for lane in lanes]
    assert find_lane(recording, "c") == Lane("y", "c")
    assert find_lane(recording, "x/a") == Lane("x", "a")
    with pytest.raises(ReplayStopped, match="x/a or y/a"):
        find_lane(recording, "a")
    with pytest.raises(ReplayStopped, match="no queue “d”"):
        find_lane(recording, "d")


def test_days_are_dates() -> None:
    assert ticket("1", 2, called=True).day == date(2026, 3, 2)
