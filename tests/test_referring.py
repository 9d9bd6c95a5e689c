"""Referrals as they are carried out: a real database, a clock that the test turns, and whatever may come between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from queue_service.database import Unavailable
from queue_service.domain.actions import Action, Book, CallNext, Cancel, CheckIn, Complete, SetCounter
from queue_service.domain.cases import Stage, Step
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import NotAllowed, NotFound
from queue_service.domain.referral_actions import Accept
from queue_service.domain.referrals import Outcome, Reason, Referral, Standing, caught_up
from queue_service.domain.tickets import Status, Ticket
from queue_service.journal.tables import entries
from queue_service.records.audit import read_audit
from queue_service.records.people.tables import purposes
from queue_service.records.people.wordings import consent_id
from queue_service.tokens import TicketName
from queue_service.turns import Told
from queue_service.web.api.appointments import reschedule_appointment
from queue_service.web.cases import token_of
from queue_service.web.errands import Errand
from queue_service.web.house import House
from tests.births import (
    AKTA,
    ERRAND,
    MOTHER,
    NIK,
    PAPERS,
    REGISTRY,
    RSUD,
    a_mother,
    a_regency,
    agreed,
    kinds,
    referred,
    set_up,
)
from tests.houses import NINE, Clock, a_visitor

MONDAY, WEDNESDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 25), date(2026, 11, 26)
AT_EIGHT = datetime(2026, 11, 25, 1, tzinfo=UTC)


async def there(house: House, referral: Referral) -> Ticket:
    """The place at the registry."""
    name = await house.referring.place_of(referral)
    assert name is not None
    floor = await house.floors.get((name.branch, name.day))
    return floor.ticket(name.label)


async def bookings(house: House) -> list[str]:
    """All that were ever made at the registry, on whatever day."""
    booked = select(entries.c.fields).where(entries.c.branch == REGISTRY, entries.c.kind == "booked")
    return await house.database.read(lambda connection: list(connection.execute(booked).scalars()))


async def retold(house: House, referral: Referral) -> Referral:
    """From nothing but the journals of its days."""
    told = Referral(referral.id, RSUD, MONDAY, referral.label)
    for day in (MONDAY, WEDNESDAY):
        its = [e for e in await house.journal.read((RSUD, day)) if getattr(e.event, "referral", "") == referral.id]
        told = caught_up(told, day, its)
    return told


async def fill(house: House, *days: date) -> None:
    """The one place of each of these mornings."""
    for day in days:
        slot = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        await house.desk.act(REGISTRY, Book(AKTA, slot), "visitor", day=day)


async def sent(house: House, mother: TicketName) -> Referral:
    """Durable, and nothing is done about it yet: as after a crash."""
    return await house.referring.act(agreed(house, house.referring.begin(mother, ERRAND)), "visitor")


async def serve_everybody(house: House, clock: Clock, until: datetime) -> None:
    clock.now = until
    await house.desk.act(REGISTRY, CheckIn("C-001"), "visitor")
    await house.desk.act(REGISTRY, SetCounter("1", CounterState.OPEN), "clerk:test")
    await house.desk.act(REGISTRY, CallNext("1"), "clerk:test")
    await house.desk.act(REGISTRY, Complete("1"), "clerk:test")


def failing(house: House, monkeypatch: pytest.MonkeyPatch, is_meant: Callable[[Action], bool]) -> list[Action]:
    """The process dies, as far as its database sees, at each such action; until the list is emptied."""
    act = house.desk.act
    meant: list[Action] = [Cancel("any")]

    async def dying(branch: str, action: Action, *rest: Any, **more: Any) -> Told:
        if meant and is_meant(action):
            raise Unavailable("killed")
        return await act(branch, action, *rest, **more)

    monkeypatch.setattr(house.desk, "act", dying)
    return meant


async def test_who_is_referred_has_an_appointment_there(tmp_path: Path) -> None:
    async with a_regency(tmp_path) as house:
        mother = await a_mother(house)
        referral = await referred(house, mother)
        assert (referral.standing, referral.number, referral.on) == (Standing.ACCEPTED, "C-001", WEDNESDAY)
        ticket = await there(house, referral)
        assert (ticket.queue, ticket.referral, ticket.slot) == (AKTA, referral.id, AT_EIGHT)
        assert await kinds(house, RSUD) == ["issued", "referred", "referral_accepted"]
        assert await house.referring.of_ticket(mother) == [referral]


async def test_what_goes_over_is_what_was_agreed_to_and_is_asked_for_and_nothing_stays_where_it_is_refused(
    tmp_path: Path,
) -> None:
    async with a_regency(tmp_path, errand={"gives": ["name", "phone", "nik"]}) as house:
        masked = await referred(house, await a_mother(house, {"name": "I*** C***"}))
        with pytest.raises(NotFound):  # a name of stars is nobody's
            await house.people.get((REGISTRY, WEDNESDAY, masked.number))
        await house.referring.refuse(masked, Reason.NOT_NEEDED, "clerk:registry")
        referral = await referred(house, await a_mother(house), fields=("name", "phone"))
        person = await house.people.get((REGISTRY, WEDNESDAY, "C-002"))
        assert person.values == {"name": MOTHER["name"]}  # nobody there asks for a phone number
        errand = house.branches.get(RSUD).errand(ERRAND)
        assert (person.wording, person.agreed, person.source) == (consent_id(errand), ("name",), "referral")
        told = select(purposes.c.wording).where(purposes.c.id == person.wording)
        assert errand.consent.id in await house.database.read(lambda connection: connection.execute(told).scalar_one())
        deeds = await house.database.read(read_audit)
        assert [deed.deed.detail for deed in deeds if deed.deed.what == "person.passed_on"] == [
            {"to": REGISTRY, "fields": "name", "referral": referral.id}
        ]
        fields = await house.database.read(
            lambda connection: list(connection.execute(select(entries.c.fields)).scalars())
        )
        assert not any(NIK in text or MOTHER["name"] in text for text in fields)
        refused = await house.referring.refuse(referral, Reason.OTHER_AGENCY, "clerk:registry")
        assert (refused.standing, refused.reason) == (Standing.REFUSED, Reason.OTHER_AGENCY)
        assert (await there(house, referral)).status is Status.CANCELLED
        assert (await house.people.get((REGISTRY, WEDNESDAY, "C-002"))).values == {}


async def test_a_process_that_dies_between_booking_and_telling_books_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock) as house:
        meant = failing(house, monkeypatch, lambda action: isinstance(action, Accept))
        mother = await a_mother(house)
        assert (await referred(house, mother)).standing is Standing.SENT
        assert len(await bookings(house)) == 1
        meant.clear()
        clock.turn(hours=26)  # by then no idempotency key is kept any more
        await house.journal.forget_keys(clock.now)
        await house.referring.go()
        assert len(await bookings(house)) == 1
        (referral,) = await house.referring.of_ticket(mother)
        assert (referral.standing, referral.number) == (Standing.ACCEPTED, "C-001")
        assert await kinds(house, RSUD) == ["referral_accepted"]  # in the journal of the day on which it is told


async def test_two_processes_that_see_to_it_at_once_book_once(tmp_path: Path) -> None:
    async with a_regency(tmp_path) as one, a_regency(tmp_path) as other:
        mother = await a_mother(one)
        referral = await sent(one, mother)
        await asyncio.gather(*(house.referring.see_to(referral) for house in (one, other) for _ in range(3)))
        assert len(await bookings(one)) == 1
        (known,) = await other.referring.of_ticket(mother)
        assert known.standing is Standing.ACCEPTED
        assert (await kinds(one, RSUD)).count("referral_accepted") == 1


async def test_where_all_is_full_the_visitor_may_choose_another_day(tmp_path: Path) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock, errand={"within_days": 1}) as house:
        await fill(house, WEDNESDAY, THURSDAY)
        referral = await referred(house, await a_mother(house))
        assert (referral.standing, referral.reason) == (Standing.REFUSED, Reason.FULL)
        friday = AT_EIGHT + timedelta(days=2)
        again = await house.referring.refer(agreed(house, referral, wanted=friday), "visitor")
        assert (again.standing, again.attempt, again.due) == (Standing.ACCEPTED, 2, friday)
        over = await referred(house, await a_mother(house, {}))
        odd = await house.referring.refer(agreed(house, over, wanted=friday + timedelta(minutes=7)), "visitor")
        assert (odd.standing, odd.reason) == (Standing.REFUSED, Reason.FULL)
        taken = await house.referring.refer(
            agreed(house, await referred(house, await a_mother(house, {})), wanted=friday), "visitor"
        )
        assert (taken.standing, taken.reason) == (Standing.REFUSED, Reason.FULL)


async def test_a_queue_that_is_there_no_more_refuses(tmp_path: Path) -> None:
    async with a_regency(tmp_path) as house:
        referral = await sent(house, await a_mother(house))
        await set_up(house, errand={"queue": "baru"}, queue={"id": "baru"})
        await house.referring.go()
        refused = await house.referring.get(referral.id)
        assert (refused.standing, refused.reason) == (Standing.REFUSED, Reason.CLOSED)


ONE = {"asks": {"nik": "required"}, "one_claim_per_person": True}


async def test_one_appointment_for_each_person_where_the_queue_has_it_so(tmp_path: Path) -> None:
    async with a_regency(tmp_path, queue=ONE) as house:
        first = await referred(house, await a_mother(house))
        again = await referred(house, await a_mother(house))
        assert (first.standing, again.standing, again.reason) == (Standing.ACCEPTED, Standing.REFUSED, Reason.CLAIMED)
        unknown = await referred(house, await a_mother(house, {"name": "Tanpa NIK"}))
        assert (unknown.standing, unknown.reason) == (Standing.REFUSED, Reason.INCOMPLETE)
        assert len(await bookings(house)) == 1


async def test_an_agency_that_is_away_is_tried_again_and_it_is_said_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock) as house:
        act, is_away = house.desk.act, [True]

        async def with_the_team(branch: str, action: Action, *rest: Any, **more: Any) -> Told:
            if is_away and branch == REGISTRY:
                raise NotAllowed("{day} is in the field since {since}.", day="x", since="y")
            return await act(branch, action, *rest, **more)

        monkeypatch.setattr(house.desk, "act", with_the_team)
        referral = await referred(house, await a_mother(house))
        assert (referral.standing, referral.reason) == (Standing.DELAYED, Reason.AWAY)
        assert not referral.is_unanswered(clock.now)
        clock.turn(minutes=61)
        await house.referring.go()
        referral = await house.referring.get(referral.id)
        assert referral.is_unanswered(clock.now)
        assert await kinds(house, RSUD) == ["issued", "referred", "referral_delayed"]  # once, however often it is tried
        is_away.clear()
        clock.turn(minutes=1)
        await house.referring.go()
        assert (await house.referring.get(referral.id)).standing is Standing.ACCEPTED


async def test_who_withdraws_while_the_place_is_given_has_none_and_nothing_is_kept_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_regency(tmp_path) as house:
        meant = failing(house, monkeypatch, lambda action: isinstance(action, Accept))
        mother = await a_mother(house)
        assert (await referred(house, mother)).standing is Standing.SENT
        meant.clear()
        (referral,) = await house.referring.of_ticket(mother)
        await house.referring.withdraw(referral, "visitor")
        assert (await there(house, referral)).status is Status.CANCELLED
        assert (await house.people.get((REGISTRY, WEDNESDAY, "C-001"))).values == {}
        early = await sent(house, await a_mother(house))
        await house.referring.withdraw(early, "visitor")
        await house.referring.go()
        assert len(await bookings(house)) == 1
        accepted = await referred(house, await a_mother(house))
        with pytest.raises(NotAllowed):  # it was used
            await house.referring.withdraw(accepted, "visitor")


async def test_its_place_there_is_followed_to_its_end(tmp_path: Path) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock) as house:
        mother = await a_mother(house)
        referral = await referred(house, mother)
        await serve_everybody(house, clock, AT_EIGHT)
        await house.referring.go()
        done = await house.referring.get(referral.id)
        assert done.standing is Standing.DONE
        ready = await house.referring.report(done, Outcome.READY, "clerk:test")
        assert await house.referring.of_ticket(mother) == [ready]
        assert ready.standing is Standing.READY
        assert await kinds(house, RSUD) == ["referral_closed", "referral_closed"]
        clock.turn(days=1)
        await house.referring.go()
        assert (await house.referring.get(referral.id)) == ready
        assert await retold(house, ready) == ready


async def test_a_place_on_another_day_one_that_is_given_up_and_one_that_nobody_comes_for_are_told_of(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock) as house:
        referral = await referred(house, await a_mother(house))
        token = house.tokens.token_of(TicketName(REGISTRY, WEDNESDAY, "C-001"))
        await reschedule_appointment(Errand(house, "visitor", None), token, AT_EIGHT + timedelta(days=1))
        clock.turn(minutes=10)
        await house.referring.go()
        moved = await house.referring.get(referral.id)
        assert (moved.standing, moved.on) == (Standing.ACCEPTED, THURSDAY)
        await house.desk.act(REGISTRY, Cancel(moved.number), "visitor", day=THURSDAY)
        clock.turn(minutes=10)
        await house.referring.go()
        missed = await house.referring.get(referral.id)
        assert missed.standing is Standing.MISSED
        again = await house.referring.refer(agreed(house, missed), "visitor")
        assert (again.standing, again.on, again.attempt) == (Standing.ACCEPTED, WEDNESDAY, 2)
        clock.now = AT_EIGHT + timedelta(days=1)  # and nobody has come
        await house.referring.go()
        assert (await house.referring.get(referral.id)).standing is Standing.MISSED


async def test_a_number_of_yesterday_can_still_be_referred(tmp_path: Path) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock) as house:
        mother = await a_mother(house)
        clock.now = NINE + timedelta(days=1)
        offered = await house.referring.offer(mother, ERRAND, "system:simrs", "birth-1")
        assert await house.referring.offer(mother, ERRAND, "system:simrs", "birth-1") == offered
        referral = await house.referring.refer(agreed(house, offered), "visitor")
        assert (referral.day, referral.standing, referral.on) == (MONDAY, Standing.ACCEPTED, THURSDAY)
        assert await kinds(house, RSUD, MONDAY) == ["issued"]
        assert await kinds(house, RSUD) == ["referral_offered", "referred", "referral_accepted"]
        clock.turn(days=30)
        assert await house.referring.offer(mother, ERRAND, "system:simrs", "birth-1") == referral


async def test_a_queue_without_appointments_gives_a_number_for_now(tmp_path: Path) -> None:
    async with a_regency(tmp_path, errand={"days_later": 0}, queue={"appointments": None}) as house:
        referral = await referred(house, await a_mother(house))
        ticket = await there(house, referral)
        assert (referral.on, ticket.status, ticket.referral) == (MONDAY, Status.WAITING, referral.id)


async def test_each_paper_is_told_of_by_itself_until_all_are_ready(tmp_path: Path) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock, **PAPERS) as house, a_visitor(house) as visitor:
        mother = await a_mother(house)
        referral = await referred(house, mother)
        page = f"/t/{house.tokens.token_of(mother)}"
        before = (await visitor.get(page)).text
        assert "Buku nikah" in before and "Kartu keluarga lama" in before  # as the registry publishes it
        await serve_everybody(house, clock, AT_EIGHT)
        await house.referring.go()
        made = {paper.id: paper.case for paper in await house.referring.papers_of(referral)}
        assert [case and (case.service, case.label, case.stage) for case in made.values()] == [
            ("akta", "C-001", Stage.RECORDED),
            ("kk", "C-001", Stage.RECORDED),
            None,
        ]
        akta, kk = made["akta"], made["kk"]
        assert akta is not None and akta.due is not None and kk is not None
        at_work = (await visitor.get(page)).text
        assert (await visitor.get(f"/p/{token_of(house, akta)}")).status_code == 200
        assert f'"/p/{token_of(house, akta)}"' in at_work and "permohonan dicatat" in at_work
        step = Step(Stage.READY, clock.now, by_hand=True)
        await house.cases.step(REGISTRY, akta.number, step, "clerk:registry", clock.now)
        clock.turn(minutes=6)
        await house.referring.go()
        done = await house.referring.get(referral.id)
        assert (done.standing, done.ready) == (Standing.DONE, ("akta",))
        assert "1 dari 3 dokumen siap diambil" in (await visitor.get(page)).text
        with pytest.raises(NotFound):
            await house.referring.report_paper(done, "ktp", "clerk:registry")
        done = await house.referring.report_paper(done, "kk", "clerk:registry")
        assert (await house.cases.get(kk.number)).stage is Stage.READY  # its own page says the same
        ready = await house.referring.report_paper(done, "kia", "clerk:registry")
        assert (ready.standing, ready.ready) == (Standing.READY, ("akta", "kk", "kia"))
        assert await kinds(house, RSUD) == ["referral_closed", *["referral_paper_ready"] * 3, "referral_closed"]
        assert await retold(house, ready) == ready
        assert "Dokumen Anda siap diambil" in (await visitor.get(page)).text


async def test_a_source_that_cannot_be_written_loses_nobody_the_place_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with a_regency(tmp_path, clock) as house:
        act, is_away = house.desk.act, [True]

        async def in_the_field(branch: str, action: Action, *rest: Any, **more: Any) -> Told:
            if is_away and isinstance(action, Accept):
                raise NotAllowed("{day} is in the field since {since}.", day="x", since="y")
            return await act(branch, action, *rest, **more)

        monkeypatch.setattr(house.desk, "act", in_the_field)
        referral = await referred(house, await a_mother(house))
        assert referral.standing is Standing.SENT
        assert (await there(house, referral)).status is Status.BOOKED
        is_away.clear()
        clock.turn(minutes=1)
        await house.referring.go()
        assert (await house.referring.get(referral.id)).standing is Standing.ACCEPTED
        assert len(await bookings(house)) == 1
