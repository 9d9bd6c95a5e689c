"""http-api.md, line by line: what clerks and supervisors may do, and what they are told when they may not."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.service.callers import Answer, Caller
from tests.service.offices import Office

COUNTER_FIELDS = {"id", "name", "branch", "state", "queues", "ticket", "next", "set_aside", "waiting", "undo", "seq"}
COUNTER_FIELDS |= {"unattended", "line", "pressing"}
AT_COUNTER_FIELDS = {"label", "queue", "state", "class", "issued_at", "called_at", "serving_at", "calls"}
AT_COUNTER_FIELDS |= {"beside", "ahead", "promise"}
NEXT_FIELDS = {"label", "queue", "class", "due_at", "issued_at", "why"}
FAR = "2099-01-01T10:00:00+07:00"


class Clerk:
    """At one counter of a branch; also takes numbers, as visitors would."""

    def __init__(self, caller: Caller, branch: str, counter: str = "1") -> None:
        self.caller = caller
        self.branch = branch
        self.counter = counter

    async def at(self, action: str, body: object = None) -> Answer:
        return await self.caller.post(f"/branches/{self.branch}/counters/{self.counter}/{action}", body)

    async def look(self) -> Any:
        return (await self.caller.get(f"/branches/{self.branch}/counters/{self.counter}")).json

    async def take(self, queue: str = "umum", **more: str) -> Any:
        answer = await self.caller.post(f"/branches/{self.branch}/tickets", {"queue": queue, **more})
        assert answer.status == 201, answer
        return answer.json

    async def queue(self, queue: str, action: str) -> Answer:
        return await self.caller.post(f"/branches/{self.branch}/queues/{queue}/{action}")


@pytest.fixture
async def clerk(office: Office, branch: str) -> AsyncIterator[Clerk]:
    """At an open counter."""
    async with Caller(office.port, office.administrator) as caller:
        clerk = Clerk(caller, branch)
        assert (await clerk.at("open")).status == 200
        yield clerk


def refused(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


async def test_open_says_who_may_be_served_here(clerk: Clerk) -> None:
    assert (await clerk.at("open", {"queues": ["gigi"]})).json["queues"] == ["gigi"]
    assert (await clerk.at("open")).json["queues"] == ["gigi"]
    answer = await clerk.at("open", {"queues": ["nothing"]})
    assert refused(answer) == (422, "invalid")
    assert "queues" in answer.json["detail"]
    assert refused(await clerk.at("open", {"queues": []})) == (422, "invalid")


async def test_a_queue_named_twice_is_served_once(clerk: Clerk) -> None:
    await clerk.take("gigi")
    answer = await clerk.at("open", {"queues": ["gigi", "gigi"]})
    assert answer.status == 422 or (answer.json["queues"], answer.json["waiting"]) == (["gigi"], 1)


@pytest.mark.parametrize(("action", "state"), [("open", "open"), ("pause", "paused"), ("close", "closed")])
async def test_a_counter_is_set_and_shown(clerk: Clerk, action: str, state: str) -> None:
    answer = await clerk.at(action)
    assert answer.status == 200
    assert set(answer.json) == COUNTER_FIELDS
    assert answer.json["state"] == state
    branch = (await clerk.caller.get(f"/branches/{clerk.branch}")).json
    assert branch["counters"][0]["state"] == state


async def test_call_next_answers_with_the_ticket_that_the_rules_chose(clerk: Clerk) -> None:
    await clerk.take("umum")
    old = await clerk.take("umum", **{"class": "lansia"})
    answer = await clerk.at("call-next")
    assert answer.status == 200
    assert answer.json == {
        "label": old["label"],
        "branch": clerk.branch,
        "queue": "umum",
        "state": "called",
        "counter": "1",
    }


async def test_call_next_answers_204_when_nobody_is_waiting(clerk: Clerk) -> None:
    answer = await clerk.at("call-next")
    assert (answer.status, answer.body) == (204, b"")


async def test_a_counter_shows_who_is_here_who_is_next_and_who_is_set_aside(clerk: Clerk) -> None:
    for _ in range(3):
        await clerk.take()
    await clerk.at("call-next")
    await clerk.at("hold")
    await clerk.at("call-next")
    shown = await clerk.look()
    assert set(shown) == COUNTER_FIELDS
    assert set(shown["ticket"]) == AT_COUNTER_FIELDS
    assert set(shown["next"]) == NEXT_FIELDS
    assert (shown["ticket"]["label"], shown["ticket"]["state"], shown["ticket"]["calls"]) == ("A-002", "called", 1)
    assert (shown["next"]["label"], shown["waiting"], shown["undo"]) == ("A-003", 1, "call")
    assert shown["set_aside"] == [{"label": "A-001", "queue": "umum", "state": "held", "callable_at": None}]
    for moment in (shown["ticket"]["issued_at"], shown["ticket"]["called_at"], shown["next"]["due_at"]):
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(hours=7)


async def test_call_takes_this_one_out_of_turn_or_back_from_held(clerk: Clerk) -> None:
    for _ in range(3):
        await clerk.take()
    assert (await clerk.at("call", {"label": "A-003"})).json["label"] == "A-003"
    assert (await clerk.at("hold")).json["state"] == "held"
    assert (await clerk.at("call", {"label": "A-003"})).json["state"] == "called"


async def test_a_missed_ticket_rests_before_it_is_called_again(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.at("call-next")
    assert (await clerk.at("no-show")).json["state"] == "no_show"
    assert refused(await clerk.at("call", {"label": "A-001"})) == (409, "not_allowed")


async def test_a_visit_goes_from_called_over_serving_to_completed(clerk: Clerk) -> None:
    await clerk.take()
    states = [(await clerk.at(action)).json["state"] for action in ("call-next", "recall", "serve", "complete")]
    assert states == ["called", "called", "serving", "completed"]
    assert (await clerk.look())["ticket"] is None


async def test_requeue_puts_back_into_the_same_queue(clerk: Clerk) -> None:
    for _ in range(2):
        await clerk.take()
    await clerk.at("call-next")
    answer = await clerk.at("requeue", {"after_minutes": 5})
    assert (answer.status, answer.json["state"], answer.json["queue"]) == (200, "waiting", "umum")
    assert (await clerk.at("call-next")).json["label"] == "A-002"


async def test_requeue_without_a_body_is_a_requeue(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.at("call-next")
    assert (await clerk.at("requeue")).json["state"] == "waiting"


async def test_transfer_moves_on_to_another_queue_and_the_label_stays(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.at("call-next")
    answer = await clerk.at("transfer", {"queue": "gigi"})
    assert (answer.json["label"], answer.json["queue"], answer.json["state"]) == ("A-001", "gigi", "waiting")
    snapshot = (await clerk.caller.get(f"/branches/{clerk.branch}/queues/gigi")).json
    assert snapshot["waiting"] == [["A", 1, 1]]


async def test_undo_takes_back_the_last_action(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.at("call-next")
    await clerk.at("serve")
    await clerk.at("complete")
    assert (await clerk.at("undo")).json["state"] == "serving"
    assert (await clerk.look())["ticket"]["label"] == "A-001"


async def test_undo_of_opening_answers_with_the_counter(clerk: Clerk) -> None:
    answer = await clerk.at("undo")
    assert (answer.status, answer.json["state"], set(answer.json)) == (200, "closed", COUNTER_FIELDS)


@pytest.mark.parametrize("action", ["recall", "serve", "complete", "no-show", "hold", "requeue"])
async def test_with_nobody_at_the_counter(clerk: Clerk, action: str) -> None:
    assert refused(await clerk.at(action)) == (409, "nobody_at_counter")


async def test_transfer_with_nobody_at_the_counter(clerk: Clerk) -> None:
    assert refused(await clerk.at("transfer", {"queue": "gigi"})) == (409, "nobody_at_counter")


@pytest.mark.parametrize("action", ["call-next", "close"])
async def test_a_busy_counter_refuses(clerk: Clerk, action: str) -> None:
    await clerk.take()
    await clerk.at("call-next")
    assert refused(await clerk.at(action)) == (409, "counter_busy")


@pytest.mark.parametrize("action", ["pause", "close"])
async def test_a_counter_that_is_not_open_calls_nobody(clerk: Clerk, action: str) -> None:
    await clerk.take()
    await clerk.at(action)
    assert refused(await clerk.at("call-next")) == (409, "counter_closed")
    assert refused(await clerk.at("call", {"label": "A-001"})) == (409, "counter_closed")


async def test_with_nothing_to_undo(clerk: Clerk) -> None:
    await clerk.at("undo")
    assert refused(await clerk.at("undo")) == (409, "nothing_to_undo")


async def test_what_has_been_followed_cannot_be_undone(clerk: Clerk) -> None:
    token = (await clerk.take())["token"]
    await clerk.at("call-next")
    await clerk.caller.post(f"/tickets/{token}/cancel")
    assert refused(await clerk.at("undo")) == (409, "nothing_to_undo")


async def test_what_the_state_of_a_ticket_does_not_allow(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.at("call-next")
    await clerk.at("serve")
    assert refused(await clerk.at("no-show")) == (409, "not_allowed")
    assert refused(await clerk.at("serve")) == (409, "not_allowed")
    assert refused(await clerk.at("transfer", {"queue": "umum"})) == (409, "not_allowed")


async def test_a_ticket_at_another_counter_is_not_taken_away(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.at("call-next")
    other = Clerk(clerk.caller, clerk.branch, "2")
    await other.at("open")
    assert refused(await other.at("call", {"label": "A-001"})) == (409, "not_allowed")
    assert refused(await other.at("requeue", {"label": "A-001"})) == (409, "not_allowed")


@pytest.mark.parametrize("action", ["open", "pause", "close", "call-next", "recall", "undo"])
async def test_a_counter_that_does_not_exist(clerk: Clerk, action: str) -> None:
    assert refused(await Clerk(clerk.caller, clerk.branch, "99").at(action)) == (404, "not_found")


async def test_a_label_that_does_not_exist(clerk: Clerk) -> None:
    assert refused(await clerk.at("call", {"label": "Z-999"})) == (404, "not_found")


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("call", {}, "label"),
        ("call", {"label": 7}, "label"),
        ("transfer", {}, "queue"),
        ("requeue", {"after_minutes": -1}, "after_minutes"),
        ("requeue", {"after_minutes": "soon"}, "after_minutes"),
        ("open", {"color": "red"}, "color"),
    ],
)
async def test_422_names_the_field(clerk: Clerk, action: str, body: object, field: str) -> None:
    answer = await clerk.at(action, body)
    assert refused(answer) == (422, "invalid")
    assert field in answer.json["detail"]


# Supervisors


@pytest.mark.parametrize(("action", "state"), [("open", "open"), ("pause", "paused"), ("close", "closed")])
async def test_a_queue_is_set_and_shown(clerk: Clerk, action: str, state: str) -> None:
    answer = await clerk.queue("umum", action)
    assert (answer.status, answer.json["id"], answer.json["state"]) == (200, "umum", state)
    told = {"id", "name", "state", "waiting", "wait", "hours", "today", "walk_in", "asks", "purpose"}
    assert set(answer.json) == told | {"one_claim_per_person", "standard"}
    assert (await clerk.caller.get(f"/branches/{clerk.branch}/queues/umum")).json["state"] == state


async def test_a_closed_queue_gives_out_no_numbers_and_is_served_to_its_end(clerk: Clerk) -> None:
    await clerk.take()
    await clerk.queue("umum", "close")
    answer = await clerk.caller.post(f"/branches/{clerk.branch}/tickets", {"queue": "umum"})
    assert refused(answer) == (409, "queue_closed")
    assert (await clerk.at("call-next")).json["label"] == "A-001"


async def test_a_paused_queue_gives_out_numbers_and_is_not_called(clerk: Clerk) -> None:
    await clerk.queue("umum", "pause")
    await clerk.take()
    assert (await clerk.at("call-next")).status == 204


async def test_a_queue_that_does_not_exist(clerk: Clerk) -> None:
    assert refused(await clerk.queue("nothing", "open")) == (404, "not_found")


async def test_a_notice_is_answered_as_it_was_said(clerk: Clerk) -> None:
    said = {"text": "Dokter datang pukul 10.", "until": FAR, "queue": "gigi"}
    answer = await clerk.caller.post(f"/branches/{clerk.branch}/notices", said)
    assert (answer.status, answer.json["text"], answer.json["queue"]) == (201, said["text"], "gigi")
    assert datetime.fromisoformat(answer.json["until"]) == datetime.fromisoformat(FAR)


@pytest.mark.parametrize(
    "said",
    [
        {"text": "", "until": FAR},
        {"text": "   ", "until": FAR},
        {"text": "a" * 281, "until": FAR},
        {"text": "x", "until": "2020-01-01T00:00:00Z"},
        {"text": "x", "until": "2099-01-01T10:00:00"},
        {"text": "x", "until": FAR, "queue": "nothing"},
        {"text": "x"},
        {"until": FAR},
    ],
)
async def test_a_notice_that_is_none(clerk: Clerk, said: dict[str, str]) -> None:
    assert refused(await clerk.caller.post(f"/branches/{clerk.branch}/notices", said)) == (422, "invalid")
