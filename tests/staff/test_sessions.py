"""How long a session lasts, what ends it, and how another process learns of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from queue_service.app import open_house
from queue_service.records.roles import Right, Role
from queue_service.records.staff.changes import (
    disable_account,
    end_sessions,
    give_grant,
    set_password,
    take_grant,
)
from queue_service.records.staff.grants import Grant
from queue_service.records.staff.sessions import IDLE, LONGEST
from queue_service.records.staff.tables import sessions
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import NINE, RSUD, Clock, a_house, a_visitor, example
from tests.postgres import Postgres
from tests.staff.people import a_browser, add_person, csrf, sign_in, status

Change = Callable[[Connection, str], object]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with a_house(tmp_path, clock) as house:
        yield house


@pytest.fixture
async def other(tmp_path: Path, clock: Clock, house: House) -> AsyncIterator[House]:
    """Another process, as far as sessions are concerned: it shares nothing but the database."""
    url = f"sqlite:///{tmp_path / 'antrean.db'}"
    async with open_house(Settings(tmp_path, url), clock) as other:
        yield other


async def test_a_supervisor_who_does_nothing_is_signed_out_and_a_clerk_is_not(house: House, clock: Clock) -> None:
    await add_person(house)
    await add_person(house, [Grant(Role.SUPERVISOR, RSUD)], login="kepala")
    async with a_browser(house) as clerk, a_browser(house, "kepala") as supervisor:
        clock.turn(minutes=29)
        assert [await status(each) for each in (clerk, supervisor)] == [200, 200]
        clock.turn(minutes=31)
        assert [await status(each) for each in (clerk, supervisor)] == [200, 401]
        answer = await supervisor.get(f"/counter/{RSUD}")
        assert answer.headers["location"].startswith("/sign-in?next=")


async def test_no_session_is_longer_than_half_a_day_however_busy(house: House, clock: Clock) -> None:
    await add_person(house, [Grant(Role.ADMINISTRATOR)])
    async with a_browser(house) as browser:
        for _ in range(int(LONGEST / timedelta(minutes=20)) - 1):
            clock.turn(minutes=20)
            assert await status(browser) == 200
        clock.turn(minutes=20)
        assert await status(browser) == 401


async def test_who_works_at_another_process_is_not_idle_here(house: House, other: House, clock: Clock) -> None:
    await add_person(house, [Grant(Role.SUPERVISOR, RSUD)])
    await other.sessions.look(clock())
    async with a_browser(house) as browser, a_visitor(other) as elsewhere:
        elsewhere.cookies.update(browser.cookies)
        assert await status(elsewhere) == 200
        for _ in range(3):
            clock.turn(minutes=20)
            assert await status(elsewhere) == 200
            await other.sessions.look(clock())
        assert await status(browser) == 200


async def test_a_session_costs_no_reading_and_one_writing_a_minute(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_person(house)
    async with a_browser(house) as browser:
        await status(browser)
        clock.turn(seconds=61)
        await status(browser)
        read = house.database.read

        async def refuse(work: object) -> object:
            raise AssertionError("The database was read.")

        monkeypatch.setattr(house.database, "read", refuse)
        for _ in range(5):
            assert await status(browser) == 200
        monkeypatch.setattr(house.database, "read", read)
        await house.sessions.look(clock())
    used = await house.database.read(lambda connection: connection.execute(select(sessions.c.used_ms)).scalar_one())
    assert used == NINE.timestamp() * 1000 + 61_000


async def test_signing_out_ends_it_on_the_server_also_in_other_processes(
    house: House, other: House, clock: Clock
) -> None:
    await add_person(house)
    async with a_browser(house) as browser, a_visitor(house) as thief, a_visitor(other) as elsewhere:
        thief.cookies.update(browser.cookies)
        elsewhere.cookies.update(browser.cookies)
        assert [await status(each) for each in (thief, elsewhere)] == [200, 200]
        assert (await browser.post("/sign-out", data={"csrf": "0" * 64})).status_code == 403
        assert await status(thief) == 200
        token = await csrf(browser)
        assert (await browser.post("/sign-out", data={"csrf": token})).headers["location"] == "/sign-in"
        assert await status(thief) == 401
        await other.sessions.look(clock())  # as it does each second
        assert await status(elsewhere) == 401


ENDS: dict[str, Change] = {
    "disabled": lambda connection, account: disable_account(connection, "test", account, NINE),
    "another password": lambda connection, account: set_password(connection, "test", account, "x", NINE),
    "another grant": lambda connection, account: give_grant(
        connection, "test", account, Grant(Role.SUPERVISOR, RSUD), NINE
    ),
    "a grant less": lambda connection, account: take_grant(connection, "test", account, Role.CLERK, RSUD, NINE),
}


@pytest.mark.parametrize("why", ENDS)
async def test_what_is_taken_from_an_account_ends_its_sessions_everywhere(
    house: House, other: House, clock: Clock, why: str
) -> None:
    account = await add_person(house)
    await add_person(house, login="lain")
    await other.sessions.look(clock())
    async with a_browser(house) as here, a_browser(other) as there, a_browser(house, "lain") as untouched:
        assert [await status(each) for each in (here, there)] == [200, 200]
        await house.database.write(lambda connection: ENDS[why](connection, account))
        for process in (house, other):
            await process.sessions.look(clock())
        assert [await status(each) for each in (here, there, untouched)] == [401, 401, 200]


async def test_a_revoked_key_ends_with_its_sessions_and_one_that_expires_too(
    house: House, other: House, clock: Clock
) -> None:
    short = await house.keys.create(Role.CLERK, RSUD, clock(), expires_at=clock() + timedelta(hours=1))
    for key, ends in ((await house.keys.create(Role.CLERK, RSUD, clock()), False), (short, True)):
        bearer = {"Authorization": f"Bearer {key}"}
        counter = f"/api/v1/branches/{RSUD}/counters/3"
        async with a_visitor(house) as browser, a_visitor(other) as elsewhere:
            await browser.post("/sign-in", data={"key": key})
            elsewhere.cookies.update(browser.cookies)
            assert [await status(each) for each in (browser, elsewhere)] == [200, 200]
            assert (await elsewhere.get(counter, headers=bearer)).status_code == 200
            if ends:
                clock.turn(hours=1)
            else:
                await house.keys.revoke(key.split("_")[1], clock())
                await other.sessions.look(clock())
            assert [await status(each) for each in (browser, elsewhere)] == [401, 401]
            assert (await elsewhere.get(counter, headers=bearer)).status_code == 401


async def test_a_key_of_an_integration_does_what_its_scopes_say(house: House, clock: Clock) -> None:
    key = await house.keys.create(Role.INTEGRATION, RSUD, clock(), scopes=[Right.READ_COUNTERS])
    async with a_visitor(house) as agency:
        agency.headers["Authorization"] = f"Bearer {key}"
        assert await status(agency) == 200
        assert (await agency.post(f"/api/v1/branches/{RSUD}/counters/3/open")).status_code == 403
        assert (await agency.post(f"/api/v1/branches/{RSUD}/queues/farmasi/pause")).status_code == 403


async def test_one_sees_ones_sessions_and_ends_another_of_them(house: House) -> None:
    await add_person(house)
    await add_person(house, login="lain")
    async with a_browser(house) as here, a_visitor(house) as tablet, a_browser(house, "lain") as stranger:
        tablet.headers["User-Agent"] = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
        await sign_in(tablet)
        page = (await here.get("/account")).text
        assert "Firefox, Android" in page and page.count("/account/sessions/end") == 1
        form = {"session": tablet.cookies["antrean_session"].split(".")[0]}
        assert (await here.post("/account/sessions/end", data=form)).status_code == 403
        theirs = form | {"csrf": await csrf(stranger, "/account/password")}
        assert (await stranger.post("/account/sessions/end", data=theirs)).status_code == 404
        assert await status(tablet) == 200
        mine = form | {"csrf": await csrf(here, "/account")}
        assert (await here.post("/account/sessions/end", data=mine)).status_code == 303
        assert [await status(each) for each in (here, tablet, stranger)] == [200, 401, 200]


async def test_a_cookie_that_somebody_made_up_is_refused_without_a_reading(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_person(house)
    async with a_browser(house) as browser, a_visitor(house) as stranger:
        id_, _, mac = browser.cookies["antrean_session"].partition(".")

        async def refuse(work: object) -> object:
            raise AssertionError("The database was read.")

        monkeypatch.setattr(house.database, "read", refuse)
        flipped = ("0" if id_[0] != "0" else "1") + id_[1:]
        for made_up in (f"{flipped}.{mac}", f"{id_}.{mac[:-1]}", id_, f"{id_}.", ".", "x"):
            stranger.cookies.set("antrean_session", made_up, domain="antrean.local")
            assert await status(stranger) == 401, made_up
        monkeypatch.undo()


async def test_a_session_of_another_s_page_changes_nothing(house: House) -> None:
    await add_person(house)
    await add_person(house, login="lain")
    opened = f"/api/v1/branches/{RSUD}/counters/3/open"
    async with a_browser(house) as clerk, a_browser(house, "lain") as attacker:
        theirs = await csrf(attacker)
        for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": theirs}, {"X-CSRF-Token": "0" * 64}):
            assert (await clerk.post(opened, headers=headers)).status_code == 403
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert (await clerk.post("/sign-out", data={"csrf": await csrf(clerk)}, headers=elsewhere)).status_code == 403
        assert (await clerk.post(opened, headers={"X-CSRF-Token": await csrf(clerk)})).status_code == 200


async def test_by_tls_the_cookie_is_of_this_host_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'antrean.db'}"
    settings = Settings(tmp_path, url, public_url="https://antrean.example")
    async with open_house(settings, Clock()) as house, a_visitor(house) as browser:
        await add_person(house, [Grant(Role.ADMINISTRATOR)])
        cookie = (await sign_in(browser)).headers["set-cookie"]
    assert cookie.startswith("__Host-antrean_session=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)


async def test_what_was_over_for_long_is_forgotten(house: House, clock: Clock) -> None:
    await add_person(house)
    async with a_browser(house):
        clock.turn(hours=40)
        await house.sessions.forget(clock())
    counted = select(func.count()).select_from(sessions)
    assert await house.database.read(lambda connection: connection.execute(counted).scalar_one()) == 0


def test_the_limits_are_those_that_are_published() -> None:
    text = (Path(__file__).parents[2] / "docs" / "staff.md").read_text()
    assert (timedelta(minutes=30), timedelta(hours=12)) == (IDLE, LONGEST)
    assert "30 minutes" in text and "12 hours" in text


async def test_postgresql_keeps_them_as_well(tmp_path: Path, postgres: Postgres, clock: Clock) -> None:
    settings = Settings(tmp_path, postgres.address(postgres.new_database()))
    async with open_house(settings, clock) as house, open_house(settings, clock) as other:
        await house.branches.set_up(example())
        account = await add_person(house)
        for process in (house, other):
            await process.branches.refresh()
            await process.sessions.look(clock())
        async with a_browser(house) as here, a_visitor(other) as there:
            there.cookies.update(here.cookies)
            assert [await status(each) for each in (here, there)] == [200, 200]
            clock.turn(minutes=2)
            assert await status(there) == 200
            await other.sessions.look(clock())
            (known,) = await house.sessions.of_account(account, clock())
            assert known.used_at == clock()
            await house.database.write(lambda connection: disable_account(connection, "test", account, clock()))
            await other.sessions.look(clock())
            assert await status(there) == 401


async def test_a_session_that_ends_while_it_is_being_read_stays_ended(
    house: House, other: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await add_person(house)
    await other.sessions.look(clock())
    read, has_read = other.database.read, asyncio.Event()

    async def read_slowly(work: Callable[[Connection], object]) -> object:
        """What was read arrives only after the session has ended."""
        monkeypatch.setattr(other.database, "read", read)
        found = await read(work)
        has_read.set()
        await asyncio.sleep(0.2)
        return found

    async with a_browser(house) as browser:
        cookie = browser.cookies["antrean_session"]
        monkeypatch.setattr(other.database, "read", read_slowly)
        finding = asyncio.create_task(other.sessions.find(cookie, clock()))
        await has_read.wait()
        await other.database.write(lambda connection: end_sessions(connection, account, clock()))
        await other.sessions.look(clock())
        await finding
        assert await other.sessions.find(cookie, clock()) is None
