"""In which order a recorded day happens, and the set-up file that it needs."""

from datetime import date, datetime

import pytest

from queue_service.records.setup_files import read_setup
from queue_service.replay.order import Happening, Kind, days_of
from queue_service.replay.plan import prefixes, setup_text
from queue_service.replay.recordings import Lane, Recorded
from tests.replay.inventions import DAYS, LANES, invent

FARMASI = Lane("rsud-lahat", "farmasi")


def at(minute: int, day: int = 2) -> datetime:
    return datetime.fromisoformat(f"2026-03-0{day}T08:{minute:02}")


def ticket(number: str, issued: datetime, called: datetime | None = None) -> Recorded:
    return Recorded(FARMASI, number, issued, called)


def test_things_happen_by_their_times_whatever_their_numbers() -> None:
    days = days_of([ticket("1", at(1), at(9)), ticket("2", at(3), at(5))])
    assert days[date(2026, 3, 2)][FARMASI] == [
        Happening(at(1), Kind.ISSUE, "1"),
        Happening(at(3), Kind.ISSUE, "2"),
        Happening(at(5), Kind.CALL, "2"),
        Happening(at(9), Kind.CALL, "1"),
    ]


def test_who_is_called_at_once_is_issued_first_and_equal_times_keep_the_order_of_the_file() -> None:
    days = days_of([ticket("10", at(1), at(1)), ticket("9", at(1), at(1))])
    happened = [(happening.kind, happening.number) for happening in days[date(2026, 3, 2)][FARMASI]]
    assert happened == [(Kind.ISSUE, "10"), (Kind.ISSUE, "9"), (Kind.CALL, "10"), (Kind.CALL, "9")]


def test_each_day_stands_for_itself_in_order() -> None:
    days = days_of([ticket("1", at(1, day=4)), ticket("1", at(1, day=2)), ticket("1", at(1, day=3))])
    assert [day.day for day in days] == [2, 3, 4]


def test_a_call_after_midnight_belongs_to_the_day_of_its_ticket() -> None:
    days = days_of(
        [ticket("1", datetime.fromisoformat("2026-03-02T23:50"), datetime.fromisoformat("2026-03-03T00:10"))]
    )
    assert [len(day[FARMASI]) for day in days.values()] == [2]


def test_the_plan_of_a_recording_can_be_set_up() -> None:
    plan = read_setup(setup_text(invent(1, each=2)), "plan")
    branches = {branch.id: branch.branch() for branch in plan.branches}
    assert {Lane(branch.id, queue) for branch in branches.values() for queue in branch.queues} == set(LANES)
    for branch in branches.values():
        assert sorted(queue for counter in branch.counters.values() for queue in counter.queues) == sorted(
            branch.queues
        )
        assert len(branch.queue_of_prefix) == len(branch.queues)


def test_a_branch_may_have_more_queues_than_the_alphabet_has_letters() -> None:
    recording = [Recorded(Lane("b", f"q{n}"), "1", at(1), None) for n in range(60)]
    [branch] = read_setup(setup_text(recording), "plan").branches
    assert [queue.prefix for queue in branch.queues][25:28] == ["Z", "AA", "AB"]


@pytest.mark.parametrize(("nth", "prefix"), [(0, "A"), (26, "AA"), (26 + 26 * 26, "AAA")])
def test_prefixes(nth: int, prefix: str) -> None:
    assert list(prefixes())[nth] == prefix


def test_an_invented_recording_has_what_the_tests_need() -> None:
    recording = invent(1, each=30)
    assert {one.day for one in recording} == set(DAYS)
    assert any(one.called is None for one in recording)
    calls = [int(one.number) for one in sorted((r for r in recording if r.called), key=lambda r: r.called or r.issued)]
    assert calls != sorted(calls)
    assert invent(1, each=30) == recording
