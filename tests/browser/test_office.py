"""A newcomer with an empty database and a key sets up two branches by the pages, and a number is called there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.servers import Server, running_server

CLINIC, REGISTRY = "Puskesmas Contoh", "Kantor Catatan Sipil"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path / "data", setup=None) as running:
        yield running


@pytest.fixture
def desk(browser: Browser, empty: Server) -> Iterator[Page]:
    """Without JavaScript: nothing of the set-up may need it."""
    context = a_context(browser, empty, DESK, java_script_enabled=False)
    yield context.new_page()
    context.close()


def a_context(browser: Browser, server: Server, size: tuple[int, int], **options: bool) -> BrowserContext:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(base_url=server.url, viewport=viewport, locale="id-ID", **options)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    return context


def sign_in(page: Page, key: str, path: str) -> None:
    page.goto(path)
    page.locator("summary").click()
    page.locator("[name=key]").fill(key)
    page.locator("form:has([name=key])").get_by_role("button").last.click()


def save(page: Page) -> None:
    page.locator(".save").get_by_role("button", name="Simpan").click()


def make_branch(page: Page, name: str, queues: list[str]) -> None:
    page.goto("/office/setup")
    page.get_by_role("link", name=re.compile("Cabang baru|Buat cabang pertama")).first.click()
    page.locator("[id='f-name.id']").fill(name)
    page.locator("[id='f-agency.id']").fill("Pemerintah Kabupaten Contoh")
    for place, queue in enumerate(queues):
        page.locator(f"[id='f-queues.{place}.name.id']").fill(queue)
    page.locator("[id='f-counters.0.name.id']").fill("Loket 1")
    save(page)
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("Langkah berikutnya")).to_be_visible()


def test_a_newcomer_sets_up_an_agency_and_calls_a_number(empty: Server, desk: Page, browser: Browser) -> None:
    key = empty.run("key", "create", "--role", "administrator").split()[-1]
    sign_in(desk, key, "/office")
    expect(desk.get_by_text("Belum ada yang diatur")).to_be_visible()
    desk.get_by_role("link", name="Buat cabang pertama").click()
    save(desk)  # with nothing in it
    expect(desk.get_by_role("alert")).to_contain_text("Belum ada yang disimpan.")
    make_branch(desk, CLINIC, ["Pendaftaran", "Poli Umum"])
    make_branch(desk, REGISTRY, ["Akta Kelahiran"])

    desk.get_by_role("link", name="Beri jam buka").click()
    desk.get_by_label("Buka pada jam tertentu saja").check()
    row = desk.locator("#f-hours .row")
    for day in ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"):
        row.get_by_label(day).check()
    desk.locator("[id='f-hours.0.from']").fill("00:00")
    desk.locator("[id='f-hours.0.to']").fill("23:59")
    save(desk)
    expect(desk.get_by_role("status")).to_contain_text("Sudah disimpan")

    desk.get_by_role("link", name="Tambah golongan").click()
    desk.locator("[id='f-name.id']").fill("Lansia")
    desk.locator("#f-minutes").fill("30")
    save(desk)
    expect(desk.get_by_role("link", name=re.compile("Lansia"))).to_contain_text("30 menit")

    desk.goto("/office/keys")
    desk.locator("#branch").select_option(label=REGISTRY)
    desk.get_by_role("button", name="Buat kunci").click()
    clerks_key = desk.locator(".key code").inner_text()
    call_a_number(empty, browser, clerks_key, "kantor-catatan-sipil", "Akta Kelahiran")
    watch_it_live(empty, browser, key)


def call_a_number(server: Server, browser: Browser, key: str, branch: str, queue: str) -> None:
    """What the pages have set up works at once: the service was not started anew."""
    visitors, clerks = a_context(browser, server, PHONE), a_context(browser, server, DESK)
    phone, clerk = visitors.new_page(), clerks.new_page()
    phone.goto(f"/b/{branch}")
    expect(phone.get_by_text("Lansia")).to_be_attached()
    phone.get_by_role("button", name=queue).click()
    expect(phone.locator("#label")).to_have_text("A-001")
    sign_in(clerk, key, f"/counter/{branch}/loket-1")
    expect(clerk.locator("#pulse")).to_have_attribute("data-health", "live")
    clerk.keyboard.press("P")
    clerk.get_by_role("button", name="Buka loket").click()
    expect(clerk.locator("body")).to_have_attribute("data-counter", "open")
    clerk.keyboard.press("Space")
    expect(phone.locator("body")).to_have_attribute("data-state", "called")
    expect(phone.locator("#counter")).to_have_text("Loket 1")
    visitors.close()
    clerks.close()


def watch_it_live(server: Server, browser: Browser, key: str) -> None:
    """Today's page follows the stream: a number that somebody takes is there without a reload."""
    heads, visitors = a_context(browser, server, PHONE), a_context(browser, server, PHONE)
    head, phone = heads.new_page(), visitors.new_page()
    sign_in(head, key, "/office")
    expect(head.locator(".line", has_text="Akta Kelahiran")).to_contain_text("A-001")
    waiting = head.locator(".line", has_text="Poli Umum").locator("b.digits")
    expect(waiting).to_have_text("0")
    phone.goto("/b/puskesmas-contoh")
    phone.get_by_role("button", name="Poli Umum").click()
    expect(waiting).to_have_text("1")
    expect(head.locator("section.glance").first).to_contain_text("tidak ada loket yang buka")
    heads.close()
    visitors.close()
