from __future__ import annotations

from queue_service.stream.admission import Admission, refusals


def test_one_second_s_worth_comes_in_at_once_and_then_as_many_as_places_come_free() -> None:
    door = Admission(10)
    assert [door.admits(100.0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert [door.admits(100.25) for _ in range(3)] == [True, True, False]
    assert sum(door.admits(100.25 + n / 1000) for n in range(2001)) == 20


def test_a_long_quiet_time_saves_up_no_more_than_a_second_s_worth() -> None:
    door = Admission(3)
    assert not all(door.admits(0.0) for _ in range(4))
    assert [door.admits(3600.0) for _ in range(4)] == [True, True, True, False]


def test_a_closed_door_stays_closed() -> None:
    door = Admission(10)
    door.is_closed = True
    assert not door.admits(0.0)
    assert not door.admits(3600.0)


def test_those_who_are_turned_away_are_told_different_times() -> None:
    answers = [answer.decode() for answer in refusals(503, b"{}")]
    assert {answer.split("Retry-After: ")[1][0] for answer in answers} == set("12345")
    for answer in answers:
        assert answer.startswith("HTTP/1.1 503 Service Unavailable\r\n")
        assert answer.endswith("Content-Length: 2\r\n\r\n{}")
