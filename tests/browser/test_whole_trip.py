"""A village asks for a visit on a phone, the office puts it on a trip, another phone follows the team on its way; the
team serves where there is no signal, and what came of it stands at the centre."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, expect

from queue_service.web.staff import COOKIE
from tests.faults.proxy import Proxy
from tests.servers import LAHAT, ROOT, Server, running_server

OFFICE, TEAM, CLERK = "disdukcapil-lahat", "bola-1", "petugas.uji"


def where_it_is_morning() -> str:
    """A trip is of one day; so it is nine, or a little later, wherever this office is."""
    ahead = (9 - datetime.now(UTC).hour) % 24
    return f"Etc/GMT{-ahead if ahead <= 12 else 24 - ahead:+d}"


ZONE = where_it_is_morning()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Server]:
    branches: list[dict[str, Any]] = yaml.safe_load((ROOT / LAHAT).read_text())["branches"]
    named = {branch["id"]: {**branch, "timezone": ZONE} for branch in branches}
    named[TEAM].pop("hours")  # it works on Sundays too
    setup = tmp_path / "branches.yaml"
    setup.write_text(yaml.safe_dump({"branches": [named[OFFICE], named[TEAM]]}, allow_unicode=True))
    with running_server(tmp_path / "data", setup=setup) as running:
        yield running


def opened(browser: Browser, serving: Server, path: str, cookie: str = "") -> Page:
    context = browser.new_context(base_url=serving.url, viewport={"width": 390, "height": 844}, locale="id-ID")
    context.set_default_timeout(10_000)
    if cookie:
        context.add_cookies([{"name": COOKIE, "value": cookie, "domain": "127.0.0.1", "path": "/"}])
    page = context.new_page()
    page.goto(path)
    return page


def clerk_of(serving: Server) -> str:
    form = {"key": serving.key("administrator"), "next": "/"}
    return httpx2.post(f"{serving.url}/sign-in", data=form, follow_redirects=False).cookies[COOKIE]


def ask_for_visit(phone: Page) -> None:
    phone.get_by_label("Nama desa").fill("Sadan")
    phone.get_by_role("button", name="Cari").click()
    if phone.locator("a.choice").count():
        phone.locator("a.choice", has_text="Sadan").first.click()
    phone.locator("[name=asker]").select_option("village")
    phone.locator("[name=name]").fill("Kepala Desa Uji")
    phone.locator("[name=phone]").fill("081299004477")
    phone.locator("[name=name1]").fill("Warga Uji")
    phone.locator("[name=year1]").fill("1950")
    phone.locator("form.request button.first").click()
    expect(phone.locator(".entry-id")).to_have_text(re.compile("JB-[0-9]{2}-00001"))


def plan_by_hand(office: Page, now: datetime) -> None:
    """Three stops, the last of them in the village that asked."""
    villages = ["Talang Jawa, Lahat", "Gunung Gajah, Lahat", "Sadan, Jarai"]
    for row, village in enumerate(villages):
        begins = now + timedelta(minutes=45 * row + 10)
        office.locator(f"#village-{row}").fill(village)
        office.locator(f"#arrives-{row}").fill(f"{begins:%H:%M}")
        office.locator(f"#leaves-{row}").fill(f"{begins + timedelta(minutes=30):%H:%M}")
        office.locator("#stops button.button.first").click()
        expect(office.locator(".trip-stop")).to_have_count(row + 1)


def test_a_village_asks_on_a_phone_and_follows_its_team_on_another(
    browser: Browser, serving: Server, tmp_path: Path
) -> None:
    phone = opened(browser, serving, f"/b/{OFFICE}/outreach")
    ask_for_visit(phone)
    now = datetime.now(ZoneInfo(ZONE))
    office = opened(browser, serving, f"/office/trips/{OFFICE}/{TEAM}/{now.date()}", clerk_of(serving))
    plan_by_hand(office, now)
    last = stop(office, "c")
    last.locator("[name=request]").select_option(index=0)
    last.get_by_role("button", name="Masukkan ke sini").click()
    expect(stop(office, "c").locator(".trip-people li")).to_have_count(1)

    phone.reload()
    expect(phone.locator(".visit")).to_contain_text("antara pukul")
    another = opened(browser, serving, phone.locator(".visit a").get_attribute("href") or "")
    expect(another.locator("#label")).to_have_text("C-001")
    expect(another.locator("#coming")).to_contain_text("antara pukul")

    press(office, "a", "Kami berangkat ke sini")
    expect(another.locator("#coming")).to_contain_text("Tim masih 2 perhentian lagi")
    press(office, "a", "Kami sudah tiba")
    press(office, "a", "Kami berangkat lagi")
    expect(another.locator("#coming")).to_contain_text("Tim masih 1 perhentian lagi")
    expect(phone.locator(".status")).to_have_text("Dalam perjalanan")
    expect(phone.locator(".visit")).to_contain_text("Tim masih 1 perhentian lagi")
    with Proxy(serving.port) as link, a_laptop(tmp_path / "field", serving, link, f"{TEAM}/{now.date()}") as laptop:
        link.refuse()  # beyond the last mast
        clerk = opened(browser, laptop, "/sign-in")
        sign_in(clerk, laptop.once)
        clerk.goto(f"/office/trips/{OFFICE}/{TEAM}/{now.date()}")
        press(clerk, "c", "Kami berangkat ke sini")
        press(clerk, "c", "Kami sudah tiba")
        expect(another.locator("#coming")).to_contain_text("Tim masih 1 perhentian lagi")  # the centre knows no more
        expect(another.locator("#away")).to_contain_text("Di lapangan sejak")
        expect(office.locator(".notice")).to_contain_text("Laptop Uji")

        link.accept()
        laptop.run("field", "sync", "--folder", str(laptop.folder))
        expect(another.locator("#coming")).to_have_text("Tim sudah di sini.")
        link.refuse()
        villager = opened(browser, laptop, urlsplit(another.url).path)  # by the laptop's own Wi-Fi
        villager.locator("form[data-can=check-in] button").click()
        expect(villager.locator("body")).to_have_attribute("data-state", "waiting")
        serve_the_next(clerk)
        expect(villager.locator("body")).to_have_attribute("data-state", "completed")
        clerk.goto(f"/office/trips/{OFFICE}/{TEAM}/{now.date()}")
        stop(clerk, "c").locator("[name=result]").select_option("recorded")
        stop(clerk, "c").get_by_role("button", name="Catat").click()
        expect(another.locator("#coming")).to_have_text("Tim sudah di sini.")

        link.accept()
        assert "both sides have the same" in laptop.run("field", "return", "--folder", str(laptop.folder))
    expect(another.locator("body")).to_have_attribute("data-state", "completed")
    expect(another.locator("#away")).to_be_hidden()
    expect(phone.locator(".people li")).to_contain_text("Selesai")


def sign_in(clerk: Page, once: str) -> None:
    """With the password that was given for once, which is changed at the first time."""
    own = "tiga ekor bebek menyeberang"
    clerk.locator("[name=login]").fill(CLERK)
    clerk.locator("[name=password]").fill(once)
    clerk.locator("form:has([name=password]) button").click()
    for name, value in (("old", once), ("new", own), ("again", own)):
        clerk.locator(f"[name={name}]").fill(value)
    clerk.locator("form.answers button").click()
    expect(clerk.locator("[name=old]")).to_have_count(0)


def serve_the_next(clerk: Page) -> None:
    clerk.goto(f"/counter/{TEAM}/1")
    expect(clerk.locator("body")).to_have_attribute("data-counter", "closed")
    clerk.keyboard.press("p")
    clerk.locator("button[value=open]").click()
    expect(clerk.locator("body")).to_have_attribute("data-counter", "open")
    expect(clerk.locator("#next b")).to_have_text("C-001")
    for key, here in (("Space", "called"), ("Enter", "nobody")):
        clerk.keyboard.press(key)
        expect(clerk.locator("body")).to_have_attribute("data-here", here)


class Laptop(Server):
    """The team's, with the day on it."""

    folder: Path
    once: str  # the clerk's first password

    def _serve(self) -> list[str]:
        ports = ["--port", str(self.port), "--secure-port", "0"]
        return ["field", "serve", "--folder", str(self.folder), "--host", "127.0.0.1", *ports]


@contextmanager
def a_laptop(folder: Path, centre: Server, link: Proxy, trip: str) -> Iterator[Laptop]:
    secret = {"ANTREAN_KEY": centre.key("administrator"), "ANTREAN_FIELD_PASSPHRASE": "payung hijau di atas jembatan"}
    laptop = Laptop(folder, extra_env=secret, setup=None)
    laptop.folder = folder / "trips"
    laptop.once = centre.run("staff", "add", CLERK, "--name", "Petugas Uji", "--role", "supervisor").split()[-1]
    folder.mkdir()
    url = f"http://127.0.0.1:{link.port}"
    laptop.run("field", "take", trip, "--from", url, "--device", "Laptop Uji", "--folder", str(laptop.folder))
    with laptop:
        yield laptop


def stop(office: Page, queue: str) -> Locator:
    return office.locator(f"#{queue}.trip-stop")


def press(office: Page, queue: str, words: str) -> None:
    stop(office, queue).get_by_role("button", name=words, exact=True).click()
    expect(stop(office, queue).get_by_role("button", name=words, exact=True)).to_have_count(0)
