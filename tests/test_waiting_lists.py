"""Waiting lists, reminders and what is learned from those who did not come, in a whole house."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from queue_service.domain.actions import Book, Cancel, CheckIn
from queue_service.domain.events import LimitSet, ReminderDue
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.drawing import API, APPOINTMENTS, OFFICE, OPENS, QUEUE, TEN, WEDNESDAY, an_office, rounds_of, show, submit
from tests.houses import Clock, a_house


async def test_a_cancelled_place_goes_to_the_waiting_list_and_its_holder_sees_so(tmp_path: Path) -> None:
    clock = Clock(OPENS)
    one_place = {**APPOINTMENTS, "per_slot": 1, "slot_minutes": 240}
    async with an_office(tmp_path, clock, appointments=one_place) as (house, visitor, rounds):
        slots = (await show(visitor, f"{API}/slots?day={WEDNESDAY}"))["slots"]
        for slot in slots:
            body = {"queue": QUEUE, "slot": slot["at"]}
            assert (await visitor.post(f"/api/v1/branches/{OFFICE}/appointments", json=body)).status_code == 201
        full = await visitor.post(f"/api/v1/branches/{OFFICE}/appointments", json=body)
        assert (full.status_code, full.json()["code"]) == (409, "slot_full")
        assert full.json()["join"] == f"{API}/waiting-list?day={WEDNESDAY}"
        page = (await visitor.get(f"/b/{OFFICE}/book?queue={QUEUE}&day={WEDNESDAY}")).text
        assert "Masuk daftar tunggu" in page
        joined = (await visitor.post(full.json()["join"])).json()
        by_page = await submit(
            visitor, f"/b/{OFFICE}/waiting-list/{QUEUE}", key="c" * 32, queue=QUEUE, day=str(WEDNESDAY)
        )
        second = by_page.headers["location"]
        assert "1 orang sebelum Anda di daftar tunggu" in (await visitor.get(second)).text
        await house.desk.act(OFFICE, Cancel("A-001"), "visitor", day=WEDNESDAY)
        await rounds.go()
        told = await show(visitor, f"/api/v1/entries/{joined['token']}")
        assert told["state"] == "given" and told["ticket"]["slot"] == slots[0]["at"]
        assert "paling depan di daftar tunggu" in (await visitor.get(second)).text
        assert (await submit(visitor, f"{second}/withdraw")).status_code == 303
        assert "ditarik" in (await visitor.get(second)).text


async def test_each_reminder_goes_out_once_whoever_goes_the_rounds(tmp_path: Path) -> None:
    clock = Clock(OPENS)
    async with (
        an_office(tmp_path, clock, appointments=APPOINTMENTS) as (house, visitor, rounds),
        a_house(tmp_path, clock) as other,
    ):
        await other.branches.refresh(anew=True)
        others = rounds_of(other)
        await house.desk.act(OFFICE, Book(QUEUE, TEN), "visitor", day=WEDNESDAY)
        token = house.tokens.token_of(TicketName(OFFICE, WEDNESDAY, "A-001"))
        for before in (25, 23, 22, 3, 1.9, 1):
            clock.now = TEN - timedelta(hours=before)
            for one in (rounds, others):
                await one.go()
        reminders = [e.event for e in await house.journal.read((OFFICE, WEDNESDAY)) if e.event.kind == "reminder_due"]
        assert reminders == [ReminderDue("A-001", 1440), ReminderDue("A-001", 120)]
        assert (await show(visitor, f"/api/v1/tickets/{token}"))["reminded"] == 120
        clock.now = TEN + timedelta(minutes=16)
        await rounds.go()
        lapsed = await show(visitor, f"/api/v1/tickets/{token}")
        assert (lapsed["state"], lapsed["lapsed"]) == ("cancelled", True)


async def test_days_on_which_not_all_came_let_more_book_on_those_to_come(tmp_path: Path) -> None:
    clock = Clock(datetime.fromisoformat("2026-11-20T07:00+07:00"))
    overbooked = {**APPOINTMENTS, "release_late": False, "overbook": {"most": 0.2}}
    async with an_office(tmp_path, clock, appointments=overbooked, quota=None) as (house, visitor, rounds):
        before = await show(visitor, f"{API}/slots?day={WEDNESDAY}")
        assert (before["capacity"], before["overbooked_to"], before["show_rate"]) == (10, 10, None)
        friday = date(2026, 11, 20)
        for slot in ("07:30", "08:30", "09:30", "10:30", "13:00", "14:00"):
            for _ in range(10):
                at = datetime.fromisoformat(f"2026-11-20T{slot}+07:00")
                await house.desk.act(OFFICE, Book(QUEUE, at), "visitor", day=friday)
        for number in range(1, 31):  # half of them come
            clock.now = (await house.floors.get((OFFICE, friday))).ticket(f"A-{number:03d}").due
            await house.desk.act(OFFICE, CheckIn(f"A-{number:03d}"), "visitor")
        clock.now = OPENS
        await rounds.learn()
        await rounds.go()
        assert await house.journal.read((OFFICE, WEDNESDAY)) == []  # the day is not closed yet
        await close_days(house)
        await rounds.learn()
        await rounds.go()
        entries = await house.journal.read((OFFICE, WEDNESDAY))
        assert [entry.event for entry in entries] == [LimitSet(QUEUE, 12, 67)]
        after = await show(visitor, f"{API}/slots?day={WEDNESDAY}")
        assert (after["capacity"], after["overbooked_to"], after["show_rate"]) == (10, 12, 0.67)
        assert {slot["free"] for slot in after["slots"]} == {12}
        another = rounds_of(house)  # as another process goes them, before it has learned anything and after
        await another.go()
        await another.learn()
        await another.go()
        assert await house.journal.read((OFFICE, WEDNESDAY)) == entries
        order = (await show(visitor, f"{API}/order"))["rules"]
        assert any("67 dari 100" in rule and "12" in rule for rule in order), order


async def close_days(house: House) -> None:
    from queue_service.closing import Closing

    closing = Closing(house.branches._database, house.journal, house.desk, house.floors, house.branches)
    await closing.close_days()
