"""Appointments over HTTP: free times, taking one, another instead; and two hundred who want the last."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Any

import pytest

from tests.service.callers import Answer, Caller
from tests.service.journals import Row, read_journal
from tests.service.pairs import KINDS, Pair, running_pair
from tests.service.plans import Plan, a_branch

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HOURS = [{"days": EVERY_DAY, "from": "00:00", "to": "23:59"}]
PLACES = 2  # at each time
CLAIMS = 200
WAITING = 100


def hall(name: str, minutes: int = 60) -> Plan:
    booking = {"per_slot": PLACES, "slot_minutes": minutes, "days_ahead": 3, "early_minutes": 480}
    return a_branch(name, queue_extras={"hours": HOURS, "appointments": booking})


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    names = ("janji", "pindah", "rebut", "ulang")
    plans = [*(hall(name) for name in names), hall("antre", minutes=480)]
    with running_pair(request, tmp_path_factory.mktemp("pair"), plans) as running:
        yield running


@pytest.fixture
async def visitor(pair: Pair) -> AsyncIterator[Caller]:
    async with Caller(pair.ports[0]) as caller:
        yield caller


async def days(visitor: Caller, branch: str) -> list[date]:
    return [date.fromisoformat(day) for day in (await visitor.get(f"/branches/{branch}/queues/umum/days")).json["days"]]


async def free(visitor: Caller, branch: str, day: date) -> dict[str, int]:
    answer = await visitor.get(f"/branches/{branch}/queues/umum/slots?day={day}")
    return {slot["at"]: slot["free"] for slot in answer.json["slots"]}


async def book(visitor: Caller, branch: str, slot: str, **headers: str) -> Answer:
    body = {"queue": "umum", "slot": slot}
    return await visitor.ask("POST", f"/branches/{branch}/appointments", body, headers=headers)


async def test_an_appointment_is_a_number_of_its_day(pair: Pair, visitor: Caller) -> None:
    tomorrow = (await days(visitor, "janji"))[-2]
    slots = await free(visitor, "janji", tomorrow)
    assert set(slots.values()) == {PLACES} and len(slots) == 23
    slot = f"{tomorrow}T09:00:00+07:00"
    answer = await book(visitor, "janji", slot)
    assert answer.status == 201, answer
    booked: dict[str, Any] = answer.json
    assert (booked["label"], booked["day"], booked["slot"]) == ("A-001", str(tomorrow), slot)
    assert (await free(visitor, "janji", tomorrow))[slot] == PLACES - 1
    shown = (await visitor.get(f"/tickets/{booked['token']}")).json
    assert (shown["state"], shown["ahead"], shown["can"]) == ("booked", None, ["cancel"])
    assert datetime.fromtimestamp(shown["slot"] / 1000).astimezone() == datetime.fromisoformat(slot)
    early = await visitor.post(f"/tickets/{booked['token']}/check-in")
    assert (early.status, early.code) == (409, "not_allowed")
    (row,) = read_journal(pair.store, "janji")
    assert (row.kind, row.seq) == ("booked", 1)  # the first entry of a day that is still to come
    async with Caller(pair.ports[1]) as elsewhere:  # the other process knows of it
        assert (await free(elsewhere, "janji", tomorrow))[slot] == PLACES - 1
        assert (await elsewhere.post(f"/tickets/{booked['token']}/cancel")).json["state"] == "cancelled"
    assert (await visitor.get(f"/tickets/{booked['token']}")).json["state"] in ("booked", "cancelled")


@pytest.mark.parametrize(
    ("slot", "status", "code"),
    [
        ("{day}T09:00:00", 422, "invalid"),  # whose nine o'clock?
        ("{day}T09:01:00+07:00", 422, "invalid"),
        ("{day}T02:00:00Z", 201, None),  # nine in Lahat
        ("9999-12-31T23:59:59-12:00", 422, "invalid"),
        ("2020-01-01T09:00:00+07:00", 409, "not_allowed"),
        ("2035-01-01T09:00:00+07:00", 409, "not_allowed"),
        ("soon", 422, "invalid"),
    ],
)
async def test_a_time_that_there_is_not_is_refused(visitor: Caller, slot: str, status: int, code: str | None) -> None:
    day = (await days(visitor, "janji"))[-1]
    answer = await book(visitor, "janji", slot.format(day=day))
    assert (answer.status, answer.code) == (status, code), answer


async def test_another_time_keeps_the_number_and_another_day_gives_a_new_one(pair: Pair, visitor: Caller) -> None:
    first, second = (await days(visitor, "pindah"))[-2:]
    token = (await book(visitor, "pindah", f"{first}T09:00:00+07:00")).json["token"]
    later = f"{first}T10:00:00+07:00"
    moved = (await visitor.post(f"/tickets/{token}/reschedule", {"slot": later})).json
    assert (moved["label"], moved["token"], moved["slot"]) == ("A-001", token, later)
    other = {"slot": f"{second}T10:00:00+07:00"}
    key = {"Idempotency-Key": "pindah-hari"}
    answers = [await visitor.ask("POST", f"/tickets/{token}/reschedule", other, headers=key) for _ in range(3)]
    assert len({answer.body for answer in answers}) == 1
    assert answers[0].json["day"] == str(second)
    assert (await visitor.get(f"/tickets/{token}")).json["state"] == "cancelled"
    assert set((await free(visitor, "pindah", first)).values()) == {PLACES}
    assert sum((await free(visitor, "pindah", second)).values()) == 23 * PLACES - 1
    again = await visitor.post(f"/tickets/{token}/reschedule", other)
    assert (again.status, again.code) == (409, "not_allowed")


async def test_the_same_request_again_books_once(pair: Pair, visitor: Caller) -> None:
    day = (await days(visitor, "ulang"))[-1]
    key = {"Idempotency-Key": "sekali-saja"}
    answers = await asyncio.gather(*(book_anew(pair.ports[0], "ulang", f"{day}T08:00:00+07:00", key) for _ in range(8)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1


async def book_anew(port: int, branch: str, slot: str, headers: dict[str, str] | None = None) -> Answer:
    async with Caller(port) as caller:
        return await book(caller, branch, slot, **(headers or {}))


async def test_two_hundred_want_the_last_place_and_one_gets_it(pair: Pair, visitor: Caller) -> None:
    day = (await days(visitor, "rebut"))[-1]
    slot = f"{day}T11:00:00+07:00"
    for _ in range(PLACES - 1):
        assert (await book(visitor, "rebut", slot)).status == 201
    claims = [book_anew(pair.ports[n % 2], "rebut", slot) for n in range(CLAIMS)]
    answers = await asyncio.gather(*claims)
    told = Counter((answer.status, answer.code) for answer in answers)
    assert {answer.json.get("detail") for answer in answers} == {None, "Semua tempat pada jam itu sudah terisi."}
    print(f"\n{CLAIMS} claims on one place: {dict(told)}")
    assert told == {(201, None): 1, (409, "slot_full"): CLAIMS - 1}
    assert [row.kind for row in read_journal(pair.store, "rebut")] == ["booked"] * PLACES
    assert (await free(visitor, "rebut", day))[slot] == 0


async def test_a_hundred_wait_and_what_becomes_free_is_given_once_and_in_their_order(
    pair: Pair, visitor: Caller
) -> None:
    """They join by both processes at once; two places are given back, and at once many want them."""
    day = (await days(visitor, "antre"))[-1]
    slots = list(await free(visitor, "antre", day))
    held = [(await book(visitor, "antre", slot)).json for slot in slots for _ in range(PLACES)]
    full = await book(visitor, "antre", slots[0])
    assert (full.status, full.code) == (409, "slot_full")
    join = full.json["join"].removeprefix("/api/v1")
    joined = await asyncio.gather(*(post_anew(pair.ports[n % 2], join) for n in range(WAITING)))
    assert {(answer.status, answer.code) for answer in joined} == {(201, None)}, joined[-1]
    given_back = [post_anew(pair.ports[n], f"/tickets/{held[n]['token']}/cancel") for n in range(2)]
    grabs = [book_anew(pair.ports[n % 2], "antre", slots[0]) for n in range(WAITING)]
    answers = await asyncio.gather(*given_back, *grabs)
    assert Counter(answer.status for answer in answers) == {200: 2, 409: WAITING}
    rows = await until_given(pair, 2)
    waited = [row.fields["entry"] for row in rows if row.kind == "waiting_list_joined"]
    given = [row.fields for row in rows if row.kind == "given"]
    assert [fields["entry"] for fields in given] == waited[:2]
    assert Counter(fields["due"] for fields in given).total() == 2
    told = await until_told(visitor, [answer.json["token"] for answer in joined])
    assert Counter(entry["state"] for entry in told) == {"given": 2, "waiting": WAITING - 2}
    assert sorted(entry["ahead"] for entry in told if entry["ahead"] is not None) == list(range(WAITING - 2))
    live = Counter(entry["ticket"]["slot"] for entry in told if entry["ticket"])
    live += Counter(booked["slot"] for booked in held[2:])
    assert max(live.values()) == PLACES
    assert set((await free(visitor, "antre", day)).values()) == {0}


async def post_anew(port: int, path: str) -> Answer:
    async with Caller(port) as caller:
        return await caller.post(path)


async def until_given(pair: Pair, count: int) -> list[Row]:
    """Both processes see to it; whoever is second finds it done."""
    async with asyncio.timeout(60):
        while True:
            rows = read_journal(pair.store, "antre")
            if sum(row.kind == "given" for row in rows) >= count:
                return rows
            await asyncio.sleep(0.1)


async def until_told(visitor: Caller, tokens: list[str]) -> list[dict[str, Any]]:
    """Once this process knows what the other has written."""
    async with asyncio.timeout(60):
        while True:
            told = [(await visitor.get(f"/entries/{token}")).json for token in tokens]
            if any(entry["state"] == "given" for entry in told):
                return told
            await asyncio.sleep(0.1)
