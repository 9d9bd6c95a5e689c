"""The console of a team, on tablets whose links to the laptop drop."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, Visit
from tests.browser.modules import ask
from tests.browser.teams import Team, a_team

COUNTER = {
    "state": "open",
    "ticket": None,
    "set_aside": [],
    "line": [{"label": label, "queue": "a", "class": "general", "issued_at": None} for label in ("A-001", "A-002")],
    "next": {"label": "A-001", "queue": "a", "why": "Due."},
}
RULES = {"pause_minutes": 5, "max_calls": 3}
CACHED = """async () => {
    const names = await caches.keys()
    const all = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys())))
    return all.flat().map(({ url }) => new URL(url).pathname)
}"""
KEPT = """async (label) => {
    const state = await caches.match("/counter-state")
    const { counter, frames } = state ? await state.json() : {}
    return state && !counter.ticket && counter.line[0].label === label && frames.length === 1
}"""
OLDER = """async (minutes) => {
    const cache = await caches.open((await caches.keys())[0])
    const state = await (await cache.match("/counter-state")).json()
    state.heardAt -= minutes * 60_000
    await cache.put("/counter-state", new Response(JSON.stringify(state)))
}"""
WORKERS = """async () => {
    const all = await navigator.serviceWorker.getRegistrations()
    return all.map(({ active }) => String(active && active.scriptURL))
}"""


@pytest.fixture
def team(tmp_path: Path, browser: Browser) -> Iterator[Team]:
    """Eight people wait."""
    with a_team(tmp_path, browser, 8) as team:
        yield team
    assert not team.complaints


def press(page: Page, key: str, words: str) -> None:
    page.keyboard.press(key)
    expect(page.locator("#answer-words")).to_have_text(words)


def serve_away(page: Page, label: str) -> None:
    press(page, "Space", f"{label} dipanggil. Belum terkirim.")
    press(page, "Enter", f"{label} selesai. Belum terkirim.")


def serve(page: Page, label: str) -> None:
    for key, shown in (("Space", label), ("Enter", "")):
        page.keyboard.press(key)
        expect(page.locator("#here-label")).to_have_text(shown)
        is_settled(page)


def is_settled(page: Page) -> None:
    expect(page.locator("#unsent")).to_be_hidden()
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")


def is_kept(page: Page, following: str) -> None:
    """The worker looks after the page, and has what it needs to show it as it is."""
    until(page, "async () => (await navigator.serviceWorker.ready).active !== null")
    until(page, KEPT, following)


def until(page: Page, script: str, given: Any = None) -> None:
    """Playwright's own waiting takes a promise for a yes."""
    for _ in range(200):
        if page.evaluate(script, given):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"This did not come true within ten seconds: {script}")


def completed(team: Team) -> Counter[str]:
    return Counter(fields["label"] for kind, fields in team.entries() if kind == "completed")


def test_two_tablets_without_a_link_serve_nobody_twice_and_lose_nobody(team: Team) -> None:
    one, two = team.open("1"), team.open("2")
    serve(one, "A-001")
    expect(two.locator("#next b")).to_have_text("A-002")
    is_kept(one, "A-002")
    is_kept(two, "A-002")
    for tablet in "12":
        team.cut(tablet)
    serve_away(one, "A-002")
    press(one, "Space", "A-003 dipanggil. Belum terkirim.")
    press(two, "Space", "A-002 dipanggil. Belum terkirim.")  # so the line stood, as far as it knows
    press(two, "s", "A-002 dilewati. Belum terkirim.")
    serve_away(two, "A-003")
    press(two, "Space", "A-004 dipanggil. Belum terkirim.")
    one.reload()
    expect(one.locator("#here-label")).to_have_text("A-003")
    expect(one.locator("#unsent")).to_have_text("3 tindakan menunggu sambungan.")
    press(one, "Enter", "A-003 selesai. Belum terkirim.")
    two.close()
    team.server.kill()
    team.server.start()
    two = team.open("2")
    expect(two.locator("#here-label")).to_have_text("A-004")
    expect(two.locator("#counts b")).to_have_text("4")
    press(two, "l", "A-004 mulai dilayani. Belum terkirim.")

    team.mend("1")
    expect(one.locator("#unsent")).to_be_hidden()
    expect(one.locator("#counts b")).to_have_text("5")
    assert completed(team) == Counter(["A-001", "A-002", "A-003"])
    team.mend("2")
    expect(two.locator("#unsent")).to_be_hidden()
    expect(two.locator("#undone li b")).to_have_text(["A-002", "A-003"])
    expect(two.locator("#undone li").first).to_contain_text("panggil")
    expect(two.locator("#undone li span").first).to_contain_text("A-002")
    expect(two.locator("#here-label")).to_have_text("A-004")  # what rests on nothing that was refused is done
    two.get_by_role("button", name="Sudah beres: A-002").click()
    two.reload()
    expect(two.locator("#undone li b")).to_have_text(["A-003"])
    two.get_by_role("button", name="Sudah beres: A-003").click()
    expect(two.locator("#undone-part")).to_be_hidden()
    expect(two.locator("#counts b")).to_have_text("4")
    expect(two.locator("#pulse")).to_have_attribute("data-health", "live")

    two.keyboard.press("Enter")
    expect(two.locator("body")).to_have_attribute("data-here", "nobody")
    for label in ("A-005", "A-006", "A-007", "A-008"):
        serve(one, label)
    assert completed(team) == Counter(f"A-{number:03d}" for number in range(1, 9))


def test_the_page_is_kept_until_its_clerk_signs_out(team: Team) -> None:
    tablet = team.open("1")
    is_kept(tablet, "A-001")
    old = "/static/0000000000/console_worker.js"
    tablet.evaluate("(old) => navigator.serviceWorker.register(old, { scope: location.pathname })", old)
    tablet.evaluate("async (old) => (await caches.open((await caches.keys())[0])).add(old)", old)
    until(tablet, f"async (old) => (await ({WORKERS})()).every((worker) => worker.endsWith(old))", old)
    tablet.reload()
    until(tablet, f"async (old) => !(await ({CACHED})()).includes(old)", old)
    until(tablet, f"async (old) => !(await ({WORKERS})()).some((worker) => worker.endsWith(old))", old)
    serve(tablet, "A-001")
    is_kept(tablet, "A-002")
    team.cut("1")
    expect(tablet.locator("#pulse")).not_to_have_attribute("data-health", "live")
    tablet.evaluate(OLDER, 20)
    tablet.close()
    tablet = team.open("1")
    expect(tablet.locator("#stale")).to_have_text(
        re.compile(r"Sambungan terputus\. Ini keadaan pukul \d\d\.\d\d, 20 menit lalu\.")
    )
    expect(tablet.locator("#next b")).to_have_text("A-002")
    press(tablet, "Enter", "Loket kosong")
    press(tablet, "Space", "A-002 dipanggil. Belum terkirim.")
    press(tablet, "Space", "Selesaikan A-002 dahulu: tekan Enter.")
    press(tablet, "h", "A-002 disisihkan. Belum terkirim.")
    press(tablet, "u", "Sudah diurungkan.")
    press(tablet, "s", "A-002 dilewati. Belum terkirim.")
    tablet.get_by_role("button", name="Panggil A-002").click()
    expect(tablet.locator("#answer-words")).to_have_text(re.compile(r"Nomor A-002 dapat dipanggil lagi mulai pukul"))
    press(tablet, "b", "Itu memerlukan sambungan. Yang menunggu dikirim lebih dahulu, dengan sendirinya.")
    tablet.get_by_role("button", name="Keluar").click()
    expect(tablet.locator("#answer-words")).to_have_text("Silakan keluar setelah semuanya terkirim.")
    team.mend("1")
    expect(tablet.locator("#answer-words")).to_have_text("Sambungan pulih, semuanya sudah terkirim.")
    assert [kind for kind, _ in team.entries()][-2:] == ["called", "no_show"]
    expect(tablet.locator("#pulse")).to_have_attribute("data-health", "live")
    team.cut("1")
    tablet.keyboard.press("Space")
    expect(tablet.locator("#unsent")).to_have_text("1 tindakan menunggu sambungan.")
    tablet.close()
    team.mend("1")
    team.sign_in("1", "supervisor")
    tablet = team.open("1")
    expect(tablet.locator("#undone li")).to_contain_text("Saat ini dilakukan, yang masuk adalah petugas lain.")
    assert [kind for kind, _ in team.entries()][-2:] == ["called", "no_show"]
    tablet.get_by_role("button", name="Keluar").click()
    expect(tablet.locator("h1")).to_have_text("Masuk")
    until(tablet, "async () => (await caches.keys()).length === 0")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_drops_everybody_is_served_once(tmp_path: Path, browser: Browser, seed: int) -> None:
    """Links that come and go, pages that are killed, and a server that is; at the end all is well again."""
    rng = random.Random(seed)
    with a_team(tmp_path, browser, 40) as team:
        pages = {tablet: team.open(tablet) for tablet in "12"}
        for page in pages.values():
            is_kept(page, "A-001")
        links = dict.fromkeys("12", True)
        for _ in range(160):
            tablet, chance = rng.choice("12"), rng.random()
            if chance < 0.12:
                (team.cut if links[tablet] else team.mend)(tablet)
                links[tablet] = not links[tablet]
            elif chance < 0.2:
                pages[tablet].close()
                pages[tablet] = team.open(tablet)
            elif chance < 0.23:
                team.server.kill()
                team.server.start()
            else:
                act_somehow(pages[tablet], rng)
        for tablet in "12":
            team.mend(tablet)
        for page in pages.values():
            expect(page.locator("#unsent")).to_be_hidden(timeout=30_000)
            expect(page.locator("#pulse")).to_have_attribute("data-health", "live", timeout=60_000)
        for page in pages.values():
            finish(page)
        assert completed(team) == Counter(f"A-{number:03d}" for number in range(1, 41))
        assert not team.complaints


def act_somehow(page: Page, rng: random.Random) -> None:
    here = page.locator("body").get_attribute("data-here")
    page.keyboard.press(rng.choice({"nobody": ["Space"], "called": ["l", "Enter", "h"]}.get(here or "", ["Enter"])))
    page.wait_for_timeout(20)
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")


def finish(page: Page) -> None:
    """Whoever is there, then whoever waits, then whoever was set aside; and the list is ticked off."""
    for _ in range(200):
        parked = page.locator("#parked button")
        if page.locator("#undone button").count():
            page.locator("#undone button").first.click()
        elif page.locator("body").get_attribute("data-here") != "nobody":
            page.keyboard.press("Enter")
        elif page.locator("#next b").count():
            page.keyboard.press("Space")
        elif parked.count():
            parked.first.click()
        else:
            return
        page.wait_for_timeout(50)
        expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    pytest.fail("The line does not end.")


def test_the_counter_is_foreseen(visit: Visit) -> None:
    page = visit("/")
    ahead = "module.ahead(given.counter, given.entries, given.rules)"

    def foreseen(*doings: tuple[str, str]) -> dict[str, Any]:
        entries = [{"action": action, "label": label, "at": 1_000} for action, label in doings]
        found: dict[str, Any] = ask(page, "console_ahead.js", ahead, counter=COUNTER, entries=entries, rules=RULES)
        return found

    called = foreseen(("call", "A-001"))
    assert (called["ticket"]["state"], called["next"]["label"], len(called["line"])) == ("called", "A-002", 1)
    served = foreseen(("call", "A-001"), ("serve", "A-001"), ("call", "A-002"), ("complete", "A-009"))
    assert (served["ticket"]["label"], served["ticket"]["state"]) == ("A-001", "serving")
    done = foreseen(("call", "A-001"), ("complete", "A-001"), ("call", "A-002"), ("no-show", "A-002"))
    assert (done["ticket"], done["next"], done["line"]) == (None, None, [])
    assert [(item["label"], item["callable_at"]) for item in done["set_aside"]] == [("A-002", 301_000)]
    again = foreseen(("call", "A-002"), ("hold", "A-002"), ("call", "A-002"))
    assert (again["ticket"]["calls"], again["set_aside"], again["next"]["label"]) == (1, [], "A-001")
    unknown = foreseen(("call", "B-007"))
    assert (unknown["ticket"]["label"], unknown["next"]["why"]) == ("B-007", "Due.")
    left = "module.without([['A', 1, 3], ['B', 3, 3]], ['A-002', 'B-003', 'C-001'])"
    assert ask(page, "console_ahead.js", left) == [["A", 1, 1], ["A", 3, 3]]


def test_a_refusal_stops_what_rests_on_it(visit: Visit) -> None:
    page = visit("/")
    labels = ("A-001", "A-001", "A-002", "A-001", "A-003")
    box = [{"key": f"k{n}", "label": label, "nr": n} for n, label in enumerate(labels)]
    unsent = "module.unsent(module.stop(given.box, given.key, 'Why.', given.code)).map(({ key }) => key)"
    assert ask(page, "outbox.js", unsent, box=box, key="k0", code="not_allowed") == ["k2", "k4"]
    assert ask(page, "outbox.js", unsent, box=box, key="k2", code="not_allowed") == ["k0", "k1", "k3", "k4"]
    assert ask(page, "outbox.js", unsent, box=box, key="k2", code="counter_busy") == ["k0", "k1"]
    rows = "module.rowsOf(module.stop(given.box, 'k1', 'Why.', 'counter_busy'))"
    found = ask(page, "outbox.js", rows, box=box)
    assert [(row["label"], row["why"], len(row["entries"])) for row in found] == [
        *(("A-001", "Why.", 2), ("A-002", "", 1), ("A-003", "", 1))
    ]


def test_an_office_that_stays_where_it_is_keeps_nothing(visit: Visit, place: Any, session: Any) -> None:
    clerk = visit(f"/counter/{place.branch}/3", DESK, storage_state=session)
    expect(clerk.locator("#pulse")).to_have_attribute("data-health", "live")
    assert clerk.evaluate(WORKERS) == clerk.evaluate(CACHED) == []
    assert clerk.evaluate("indexedDB.databases()") == []
