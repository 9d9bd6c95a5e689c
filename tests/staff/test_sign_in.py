"""Signing in: what is slowed down, what is told, and what is kept of it."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy import select

from queue_service.records.audit import read_audit
from queue_service.records.staff import passwords
from queue_service.records.staff.changes import disable_account, set_password
from queue_service.records.staff.passwords import Passwords, Verdict
from queue_service.records.staff.tables import accounts
from queue_service.web.house import House
from tests.houses import NINE, RSUD, Clock, a_house, a_visitor
from tests.staff.people import LOGIN, OTHER_PASSWORD, PASSWORD, a_browser, add_person, csrf, sign_in, status


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, Clock()) as house:
        yield house


async def test_a_clerk_signs_in_and_works(house: House) -> None:
    account = await add_person(house)
    async with a_browser(house, login=f"  {LOGIN.upper()} ") as browser:
        assert await status(browser) == 200
        token = await csrf(browser)
        opened = await browser.post(f"/api/v1/branches/{RSUD}/counters/3/open", headers={"X-CSRF-Token": token})
        assert opened.status_code == 200
    entries = await house.journal.read(house.floors.today(RSUD))
    assert [entry.by for entry in entries] == [f"clerk:{account}"]


async def test_what_a_browser_was_given_before_is_not_what_it_has_after(house: House) -> None:
    await add_person(house)
    async with a_visitor(house) as browser:
        browser.cookies.set("antrean_session", "0" * 32 + "." + "0" * 64, domain="antrean.local")
        await sign_in(browser)
        first = browser.cookies["antrean_session"]
        assert first != "0" * 32 + "." + "0" * 64
        await sign_in(browser)
        second = browser.cookies["antrean_session"]
        assert second != first
    async with a_visitor(house) as thief:
        thief.cookies.set("antrean_session", first)
        assert await status(thief) == 401


@pytest.mark.parametrize("login", ["nobody", LOGIN, "tanpa.sandi", "dihapus", "sekali"])
async def test_whatever_is_wrong_the_answer_is_the_same(house: House, login: str) -> None:
    await add_person(house)
    await add_person(house, login="tanpa.sandi", password=None)
    gone = await add_person(house, login="dihapus")
    await house.database.write(lambda connection: disable_account(connection, "test", gone, NINE))
    await add_person(house, login="sekali", once_until=NINE - timedelta(seconds=1))
    async with a_visitor(house) as browser:
        answer = await sign_in(browser, login, OTHER_PASSWORD if login == LOGIN else PASSWORD)
        assert answer.status_code == 401
        assert "Nama masuk dan kata sandi ini tidak cocok." in answer.text
        assert "antrean_session" not in answer.headers.get("set-cookie", "")


async def test_an_account_that_there_is_not_costs_one_hash_as_any_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_person(house)
    verified: list[str] = []
    verify = PasswordHasher.verify

    def verify_and_note(hasher: PasswordHasher, kept: str, given: str) -> bool:
        verified.append(kept)
        return verify(hasher, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", verify_and_note)
    for login in (LOGIN, "nobody"):
        async with a_visitor(house) as browser:
            await sign_in(browser, login, OTHER_PASSWORD)
    assert len(verified) == 2
    own, nobodys = (re.findall(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$", kept) for kept in verified)
    assert own == nobodys


async def test_guessing_is_slowed_down_from_one_address_and_the_clerk_elsewhere_is_not(house: House) -> None:
    await add_person(house)
    async with a_visitor(house) as stranger:
        told = [(await sign_in(stranger, LOGIN, f"tebakan nomor {n}")).status_code for n in range(12)]
        assert told == [401] * 10 + [429] * 2
        right = await sign_in(stranger)
        assert right.status_code == 429 and int(right.headers["retry-after"]) > 0
        app = stranger._transport.app  # type: ignore[attr-defined]
        transport = httpx2.ASGITransport(app, client=("192.0.2.7", 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://antrean") as clerk:
        assert (await sign_in(clerk)).status_code == 303


async def test_many_names_from_one_address_are_slowed_down_too(house: House) -> None:
    async with a_visitor(house) as stranger:
        told = [(await sign_in(stranger, f"nama{n}", "kata sandi apa saja")).status_code for n in range(62)]
    assert told.count(429) == 2


async def test_each_sign_in_is_noted_and_nothing_that_was_typed(house: House, caplog: pytest.LogCaptureFixture) -> None:
    account = await add_person(house)
    typed_by_mistake = "sandi-rahasia-saya-1945"
    with caplog.at_level(logging.INFO):
        async with a_visitor(house) as browser:
            await sign_in(browser, typed_by_mistake, PASSWORD)
            await sign_in(browser, LOGIN, OTHER_PASSWORD)
            await sign_in(browser)
            await browser.post("/sign-in", data={"key": "antrean_00000000_nothing"})
    trail = await house.database.read(read_audit)
    noted = [(each.deed.what, each.deed.by, each.deed.subject) for each in trail if "sign-in" in each.deed.what]
    assert sorted(noted) == sorted(
        [
            ("sign-in.refused", "unknown", "unknown"),
            ("sign-in.refused", "unknown", account),
            ("sign-in", f"clerk:{account}", account),
            ("sign-in.refused", "unknown", "unknown"),
        ]
    )
    said = caplog.text + str(trail)
    assert caplog.text.count("was refused") == 3
    for secret in (typed_by_mistake, PASSWORD, OTHER_PASSWORD, LOGIN, "Petugas"):
        assert secret not in said


async def test_a_hash_of_older_parameters_is_made_anew_at_a_sign_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await add_person(house)
    asked = select(accounts.c.password).where(accounts.c.id == account)
    before = await house.database.read(lambda connection: connection.execute(asked).scalar_one())
    monkeypatch.setattr(passwords, "profile", lambda: replace(CHEAPEST, time_cost=2))
    monkeypatch.setattr(house.passwords, "_hasher", Passwords()._hasher)
    async with a_browser(house):
        after = await house.database.read(lambda connection: connection.execute(asked).scalar_one())
    assert ",t=1," in before and ",t=2," in after
    async with a_browser(house):
        assert await house.database.read(lambda connection: connection.execute(asked).scalar_one()) == after


async def test_a_one_time_password_opens_nothing_but_its_own_change(house: House) -> None:
    await add_person(house, once_until=NINE + timedelta(days=3))
    async with a_browser(house) as browser:
        counter = await browser.get(f"/api/v1/branches/{RSUD}/counters/3")
        assert (counter.status_code, counter.json()["code"]) == (403, "password_needed")
        page = await browser.get(f"/counter/{RSUD}")
        assert (page.status_code, page.headers["location"]) == (303, "/account/password")
        form = {"old": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}
        assert (await browser.post("/account/password", data=form)).status_code == 403
        form["csrf"] = await csrf(browser, "/account/password")
        assert (await browser.post("/account/password", data=form)).status_code == 303
        assert await status(browser) == 200
    async with a_visitor(house) as browser:
        assert (await sign_in(browser)).status_code == 401
        assert (await sign_in(browser, password=OTHER_PASSWORD)).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        (OTHER_PASSWORD, "tujuh ekor ikan", "tujuh ekor ikan", "Kata sandi Anda sekarang bukan itu."),
        (PASSWORD, "tujuh ekor ikan", "tujuh ekor burung", "tidak sama"),
        (PASSWORD, "pendek", "pendek", "paling sedikit 12"),
        (PASSWORD, "x" * 129, "x" * 129, "paling banyak 128"),
        (PASSWORD, "Antrean-2026!", "Antrean-2026!", "mudah ditebak"),
        (PASSWORD, PASSWORD, PASSWORD, "mudah ditebak"),
    ],
)
async def test_a_password_that_is_none_is_refused_with_a_sentence(
    house: House, old: str, new: str, again: str, words: str
) -> None:
    await add_person(house)
    async with a_browser(house) as browser:
        form = {"old": old, "new": new, "again": again, "csrf": await csrf(browser, "/account/password")}
        answer = await browser.post("/account/password", data=form)
        assert answer.status_code == 422 and words in answer.text
        assert await status(browser) == 200
        assert (await sign_in(browser)).status_code == 303


async def test_a_password_that_is_changed_while_it_is_checked_opens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await add_person(house)
    verify = house.passwords.verify

    async def verify_and_change(kept: str | None, password: str) -> Verdict:
        verdict = await verify(kept, password)
        await house.database.write(lambda connection: set_password(connection, "test", account, "another", NINE))
        return verdict

    monkeypatch.setattr(house.passwords, "verify", verify_and_change)
    async with a_visitor(house) as browser:
        assert (await sign_in(browser)).status_code == 401
        assert await status(browser) == 401
