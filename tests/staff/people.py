"""Staff for tests: accounts with a password, browsers that sign in, and what a page gives them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import httpx2
from sqlalchemy import Connection

from queue_service.records.roles import Role
from queue_service.records.staff.changes import add_account, set_grants, set_password
from queue_service.records.staff.grants import Grant
from queue_service.web.house import House
from tests.houses import RSUD, a_visitor

LOGIN, PASSWORD = "petugas.farmasi", "empat kuda makan jagung"
OTHER_PASSWORD = "jendela biru di atas bukit"
CLERK = (Grant(Role.CLERK, RSUD),)


async def add_person(
    house: House,
    grants: Sequence[Grant] = CLERK,
    login: str = LOGIN,
    password: str | None = PASSWORD,
    once_until: datetime | None = None,
) -> str:
    """The account's id."""
    now = house.floors.clock()
    kept = None if password is None else await house.passwords.hash(password)

    def write(connection: Connection) -> str:
        account = add_account(connection, "test", login, "Petugas Farmasi", now)
        set_grants(connection, "test", account, grants, now)
        if kept is not None:
            set_password(connection, "test", account, kept, now, once_until)
        return account

    account = await house.database.write(write)
    await house.sessions.look(now)
    return account


@asynccontextmanager
async def a_browser(house: House, login: str = LOGIN, password: str = PASSWORD) -> AsyncIterator[httpx2.AsyncClient]:
    """Signed in."""
    async with a_visitor(house) as browser:
        answer = await sign_in(browser, login, password)
        assert answer.status_code == 303, answer.text
        yield browser


async def sign_in(browser: httpx2.AsyncClient, login: str = LOGIN, password: str = PASSWORD) -> httpx2.Response:
    return await browser.post("/sign-in", data={"login": login, "password": password})


async def csrf(browser: httpx2.AsyncClient, page: str = f"/counter/{RSUD}") -> str:
    text = (await browser.get(page)).text
    found = re.search(r'name="csrf" (?:content|value)="([0-9a-f]{64})"', text)
    assert found is not None, text
    return found[1]


async def status(browser: httpx2.AsyncClient, path: str = f"/api/v1/branches/{RSUD}/counters/3") -> int:
    return (await browser.get(path)).status_code
