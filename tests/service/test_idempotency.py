"""A request that is sent again: one effect, and the same answer."""

import asyncio
from typing import Any

import pytest

from tests.service.callers import Answer, Caller
from tests.service.journals import read_journal
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch

AT_ONCE = 50


async def at_once(office: Office, path: str, body: object, key: str, staff_key: str | None = None) -> list[Answer]:
    callers = [Caller(office.port, staff_key) for _ in range(AT_ONCE)]
    answers = await asyncio.gather(*(caller.post(path, body, idempotency=key) for caller in callers))
    for caller in callers:
        await caller.hang_up()
    return answers


def kinds(office: Office, branch: str) -> list[str]:
    return [row.kind for row in read_journal(office.folder, branch)]


async def test_fifty_equal_requests_for_a_number_give_one_number(office: Office, branch: str) -> None:
    answers = await at_once(office, f"/branches/{branch}/tickets", {"queue": "umum"}, f"{branch}-nomor")
    print(f"\nanswers {len(answers)}, different {len({a.body for a in answers})}, entries {kinds(office, branch)}")
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert kinds(office, branch) == ["issued"]


async def test_fifty_equal_calls_call_one_visitor(office: Office, branch: str) -> None:
    async with Caller(office.port, office.administrator) as clerk:
        await clerk.post(f"/branches/{branch}/counters/1/open")
        for _ in range(3):
            await clerk.post(f"/branches/{branch}/tickets", {"queue": "umum"})
    path = f"/branches/{branch}/counters/1/call-next"
    answers = await at_once(office, path, None, f"{branch}-panggil", office.administrator)
    assert {(answer.status, answer.json["label"]) for answer in answers} == {(200, "A-001")}
    assert kinds(office, branch).count("called") == 1


async def test_fifty_equal_requests_among_others_disturb_nobody(office: Office, branch: str) -> None:
    """Those with a key of their own are each carried out, though the repeated ones are thrown out beside them."""
    path, body = f"/branches/{branch}/tickets", {"queue": "umum"}
    people = [Caller(office.port) for _ in range(2 * AT_ONCE)]
    answers = await asyncio.gather(
        *(one.post(path, body, idempotency=f"{branch}-{'sama' if n % 2 else n}") for n, one in enumerate(people))
    )
    labels = {answer.json["label"] for answer in answers}
    assert {answer.status for answer in answers} == {201}
    assert len(labels) == AT_ONCE + 1
    assert sorted(labels) == [row.fields["label"] for row in read_journal(office.folder, branch)]


@pytest.mark.parametrize("other", [{"queue": "gigi"}, {"queue": "umum", "class": "lansia"}])
async def test_a_key_used_for_something_else_is_refused(office: Office, branch: str, other: dict[str, str]) -> None:
    async with Caller(office.port) as visitor:
        path = f"/branches/{branch}/tickets"
        await visitor.post(path, {"queue": "umum"}, idempotency=f"{branch}-kunci")
        answer = await visitor.post(path, other, idempotency=f"{branch}-kunci")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert kinds(office, branch) == ["issued"]


async def test_a_key_used_at_another_address_is_refused(office: Office, branch: str) -> None:
    async with Caller(office.port, office.administrator) as clerk:
        await clerk.post(f"/branches/{branch}/counters/1/open", idempotency=f"{branch}-buka")
        answer = await clerk.post(f"/branches/{branch}/counters/2/open", idempotency=f"{branch}-buka")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


async def test_a_key_of_a_request_that_changed_nothing_is_remembered_too(office: Office, branch: str) -> None:
    """Open a counter that is open: 200, and the same key cannot pause it afterwards."""
    async with Caller(office.port, office.administrator) as clerk:
        await clerk.post(f"/branches/{branch}/counters/1/open")
        await clerk.post(f"/branches/{branch}/counters/1/open", idempotency=f"{branch}-lagi")
        answer = await clerk.post(f"/branches/{branch}/counters/1/pause", idempotency=f"{branch}-lagi")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


async def test_a_late_repeat_gets_the_answer_of_then(office: Office, branch: str) -> None:
    """Also when the ticket has moved on, and what was asked would now be refused."""
    async with Caller(office.port, office.administrator) as clerk:
        await clerk.post(f"/branches/{branch}/counters/1/open")
        await clerk.post(f"/branches/{branch}/tickets", {"queue": "umum"})
        path = f"/branches/{branch}/counters/1"
        first = await clerk.post(f"{path}/call-next", idempotency=f"{branch}-satu")
        await clerk.post(f"{path}/complete")
        again = await clerk.post(f"{path}/call-next", idempotency=f"{branch}-satu")
    assert again.status == 200
    assert again.body == first.body


async def test_a_refused_request_may_be_sent_again_with_its_key(office: Office, branch: str) -> None:
    async with Caller(office.port, office.administrator) as clerk:
        path, key = f"/branches/{branch}/counters/1/call-next", f"{branch}-coba"
        refused = await clerk.post(path, idempotency=key)
        await clerk.post(f"/branches/{branch}/counters/1/open")
        await clerk.post(f"/branches/{branch}/tickets", {"queue": "umum"})
        answer = await clerk.post(path, idempotency=key)
    assert (refused.status, refused.code) == (409, "counter_closed")
    assert (answer.status, answer.json["label"]) == (200, "A-001")


async def test_answers_are_the_same_after_a_restart(tmp_path: Any) -> None:
    with running_office(tmp_path, [a_branch("balai")]) as office:
        asked = [
            ("/branches/balai/counters/1/open", {"queues": ["gigi"]}),
            ("/branches/balai/tickets", {"queue": "gigi"}),
            ("/branches/balai/counters/1/call-next", None),
            ("/branches/balai/counters/1/serve", None),
            ("/branches/balai/queues/umum/pause", None),
            ("/branches/balai/notices", {"text": "Dokter datang pukul 10.", "until": "2099-01-01T10:00:00+07:00"}),
        ]
        async with Caller(office.port, office.administrator) as clerk:
            before = [await clerk.post(path, body, idempotency=f"k{n}") for n, (path, body) in enumerate(asked)]
        office.server.stop()
        office.server.start()
        async with Caller(office.port, office.administrator) as clerk:
            after = [await clerk.post(path, body, idempotency=f"k{n}") for n, (path, body) in enumerate(asked)]
        entries = kinds(office, "balai")
    assert [(answer.status, answer.json) for answer in after] == [(answer.status, answer.json) for answer in before]
    assert {answer.status for answer in before} == {200, 201}
    assert len(entries) == len(asked)


async def test_another_key_is_another_request(office: Office, branch: str) -> None:
    async with Caller(office.port) as visitor:
        path = f"/branches/{branch}/tickets"
        labels = [
            (await visitor.post(path, {"queue": "umum"}, idempotency=f"{branch}-{n}")).json["label"] for n in (1, 2)
        ]
    assert labels == ["A-001", "A-002"]
