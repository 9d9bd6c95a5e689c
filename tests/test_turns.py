from __future__ import annotations

from datetime import UTC, date, datetime

from queue_service.domain.actions import Cancel, Issue
from queue_service.domain.errors import NotFound
from queue_service.domain.events import Entry, Issued
from queue_service.domain.floors import Floor
from queue_service.journal import KeyReused, KnownAnswer, Replayed, Request
from queue_service.records.plans import SetupPlan
from queue_service.turns import Turn, Wish

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
QUEUE, COUNTER = {"id": "q", "name": "Q", "prefix": "A"}, {"id": "1", "name": "1", "queues": ["q"]}
PLAN = {"id": "a", "name": "A", "queues": [QUEUE], "counters": [COUNTER]}
PLACE = ("a", date(2026, 11, 23))


def a_turn(*wishes: Wish) -> Turn:
    branch = SetupPlan.model_validate({"branches": [PLAN]}).branches[0].branch()
    return Turn(PLACE, Floor(branch, PLACE[1]), wishes, lambda: NINE)


def a_wish(request: Request | None = None, label: str | None = None) -> Wish:
    action = Issue("q") if label is None else Cancel(label)
    return Wish(action, "visitor", request, lambda floor, events, now: {"seq": floor.seq})


async def test_each_wish_is_decided_on_the_floor_after_the_one_before() -> None:
    turn = a_turn(a_wish(), a_wish())
    changes = turn.decide([Entry(1, NINE, "visitor", Issued("A-001", "q", NINE, "general"))], {}, {})
    turn.settle()
    assert [entry.seq for change in changes for entry in change.entries] == [2, 3]
    assert [entry.seq for entry in turn.entries] == [1, 2, 3]
    assert turn.appended == 2
    assert [wish.told.result() for wish in turn.wishes] == [{"seq": 2}, {"seq": 3}]


async def test_the_same_request_twice_in_a_turn_has_one_effect() -> None:
    turn = a_turn(*(a_wish(Request("key", fingerprint)) for fingerprint in ("same", "same", "another")))
    changes = turn.decide([], {}, {})
    turn.settle()
    assert len(changes) == 1
    replay, reused = (wish.told.exception() for wish in turn.wishes[1:])
    assert isinstance(replay, Replayed)
    assert replay.answer == turn.wishes[0].told.result()
    assert isinstance(reused, KeyReused)


async def test_a_request_that_others_have_carried_out_gets_their_answer() -> None:
    turn = a_turn(a_wish(Request("key", "same")))
    assert turn.decide([], {"key": KnownAnswer("same", '{"seq": 7}')}, {}) == []
    turn.settle()
    replay = turn.wishes[0].told.exception()
    assert isinstance(replay, Replayed)
    assert replay.answer == {"seq": 7}


async def test_one_that_is_refused_keeps_nobody_else_from_anything() -> None:
    turn = a_turn(a_wish(label="A-099"), a_wish())
    changes = turn.decide([], {}, {})
    turn.settle()
    assert isinstance(turn.wishes[0].told.exception(), NotFound)
    assert len(changes) == 1
