"""What can be measured of looks: contrast, targets, weight, zoom, and that nothing comes from elsewhere."""

import gzip
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, TELEVISION, Visit
from tests.browser.places import Place
from tests.servers import Server

LEAST_CONTRAST = 4.5
LEAST_TARGET = 44
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MOST_BYTES = 30 * 1024

# Every visible text with the contrast that it has against what is painted behind it.
CONTRASTS = """() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number)
    const over = ([r, g, b, a = 1], under) => [r, g, b].map((value, i) => value * a + under[i] * (1 - a))
    const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
    const behind = (element) => {
        if (!element) return [255, 255, 255]
        return over(numbers(getComputedStyle(element).backgroundColor), behind(element.parentElement))
    }
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement
        const text = walker.currentNode.textContent.trim()
        if (!text || element.closest("script, noscript, .unseen, [aria-hidden=true] .gap")) continue
        if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
        const ground = behind(element)
        const ink = over(numbers(getComputedStyle(element).color), ground)
        const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x)
        found.push([text.slice(0, 40), (a + 0.05) / (b + 0.05)])
    }
    return found
}"""

# Every visible thing that can be touched, with its size.
TARGETS = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .map((element) => element.closest("label") || element)
    .map((element) => [element.textContent.trim().slice(0, 40), element.getBoundingClientRect()])
    .map(([text, { width, height }]) => [text, width, height])"""


@pytest.fixture
def busy(place: Place) -> Place:
    """One queue with somebody called, somebody served, somebody waiting, somebody missed; another that is closed."""
    for counter in ("1", "3", "6"):
        place.act(counter, "open")
    for queue in ("pendaftaran", "pendaftaran", "poli-anak", "poli-anak", "poli-anak"):
        place.issue(queue)
    place.act("1", "call-next", "no-show", "call-next", "serve")
    place.act("3", "call-next")
    place.set_queue("farmasi", "close")
    return place


@pytest.fixture
def faces(busy: Place, visit: Visit, console: Callable[..., Page]) -> Iterator[tuple[str, Page]]:
    """Each page in turn, by name."""

    def open_faces(**look: Any) -> Iterator[tuple[str, Page]]:
        phone = visit("/", PHONE, **look)
        yield "home", phone
        phone.goto(f"/b/{busy.branch}")
        phone.locator("summary").click()
        yield "branch", phone
        for state, path in _tickets(busy):
            phone.goto(path)
            expect(phone.locator("body")).to_have_attribute("data-state", state)
            yield f"ticket {state}", phone
        for path in ("/sign-in", "/nowhere", "/screen"):
            phone.goto(path)
            yield path, phone
        yield "a complaint", _complaint(phone, busy)
        screen = visit(f"/lobby/{busy.branch}", TELEVISION, **look)
        expect(screen.locator("#last li").first).to_be_visible()
        yield "lobby", screen
        screen.goto(f"/kiosk/{busy.branch}")
        yield "kiosk", screen
        screen.get_by_role("button", name="Pendaftaran").click()
        expect(screen.locator("#label")).to_be_visible()
        yield "kiosk's answer", screen
        desk = console(busy, "1", **look)
        for counter in ("1", "5", "6", "3"):
            desk.goto(f"/counter/{busy.branch}/{counter}")
            expect(desk.locator("#counts li")).to_have_count(4)
            yield f"console {counter}", desk
        for pressed in ("t", "c", "w", "?"):
            desk.keyboard.press(pressed)
            expect(desk.locator("dialog[open]")).to_have_count(1)
            yield f"console's dialog of {pressed}", desk
            desk.keyboard.press("Escape")
            expect(desk.locator("dialog[open]")).to_have_count(0)

    return open_faces(reduced_motion="reduce")


def _complaint(phone: Page, place: Place) -> Page:
    """Written, pointed out, sent all the same, and looked at by its writer."""
    phone.goto(f"/b/{place.branch}/complaint")
    phone.get_by_label("Tentang apa?").select_option("waiting")
    phone.get_by_label("Apa yang terjadi?").fill("Menunggu tiga jam. Telepon saya 0812-3456-7890.")
    for _ in range(2):
        phone.get_by_role("button", name="Kirim pengaduan").click()
    expect(phone.get_by_text("Terima kasih. Pengaduan Anda kami terima.")).to_be_visible()
    for summary in phone.locator("summary").all():
        summary.click()
    return phone


def _tickets(place: Place) -> Iterator[tuple[str, str]]:
    place.act("4", "open")
    waiting = place.issue()
    yield "waiting", waiting.page
    made = {state: place.issue("poli-dalam") for state in ("no_show", "completed", "serving")}
    cancelled, held = place.issue("poli-dalam"), place.issue("poli-dalam")
    place.hold_own(cancelled, "cancel")
    place.hold_own(held, "step-away")
    yield "cancelled", cancelled.page
    yield "held", held.page
    place.act("4", "call-next", "no-show")
    yield "no_show", made["no_show"].page
    place.act("4", "call-next", "serve", "complete")
    yield "completed", made["completed"].page
    place.act("4", "call-next")
    yield "called", made["serving"].page
    place.act("4", "serve")
    yield "serving", made["serving"].page


def test_all_text_can_be_read_and_every_target_touched(faces: Iterator[tuple[str, Page]]) -> None:
    faint, small = [], []
    for name, page in faces:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            texts = page.evaluate(CONTRASTS)
            assert texts, f"{name} shows nothing"
            faint += [f"{name}, {scheme}: {text} has {ratio:.2f}" for text, ratio in texts if ratio < LEAST_CONTRAST]
        small += [
            f"{name}: {text} is {width:.0f} × {height:.0f}"
            for text, width, height in page.evaluate(TARGETS)
            if min(width, height) < LEAST_TARGET
        ]
    assert not faint
    assert not small


def test_the_first_view_of_a_ticket_is_light(place: Place, serving: Server) -> None:
    """HTML, styles and modules as a browser fetches them, compressed; what a module imports as well."""
    ticket = place.issue()
    with httpx2.Client(base_url=serving.url, headers={"Accept-Encoding": "gzip"}) as browser:
        html = browser.get(ticket.page)
        assert html.headers["Content-Encoding"] == "gzip"
        wanted = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', html.text))
        weight = len(gzip.compress(html.content))
        seen: set[str] = set()
        while wanted - seen:
            address = (wanted - seen).pop()
            seen.add(address)
            answer = browser.get(address)
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "immutable" in answer.headers["Cache-Control"]
            weight += int(answer.headers["Content-Length"])
            imported = re.findall(r'from "\./([\w.]+)"', answer.text)
            wanted |= {f"{address.rsplit('/', 1)[0]}/{name}" for name in imported}
    preloaded = set(re.findall(r'(?:href|src)="(/static/[^"]+\.js)"', html.text))
    assert preloaded == {address for address in seen if address.endswith(".js")}, "a module is found late"
    assert weight <= MOST_BYTES


def test_a_page_at_double_size_needs_no_sideways_scrolling(place: Place, visit: Visit) -> None:
    """200 % on a window of 640 pixels leaves 320."""
    page = visit("/", (320, 640))
    for path in (
        "/",
        f"/b/{place.branch}",
        place.issue().page,
        f"/kiosk/{place.branch}",
        "/sign-in",
        "/c",
        f"/b/{place.branch}/complaint",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_keys_of_a_console_stay_in_view_beside_many_queues(place: Place, console: Callable[..., Page]) -> None:
    desk = console(place, "1")
    expect(desk.locator("#counts li")).to_have_count(4)
    height, beside = desk.evaluate("""() => {
        const rows = document.getElementById("counts")
        for (let i = 0; i < 4; i++) rows.append(...[...rows.children].map((row) => row.cloneNode(true)))
        return [document.documentElement.scrollHeight, document.querySelector(".aside").scrollHeight]
    }""")
    assert height == DESK[1] < beside


@pytest.mark.parametrize(
    "path", ["/b/{branch}", "{ticket}", "/lobby/{branch}", "/kiosk/{branch}", "/sign-in", "/nowhere"]
)
def test_a_page_keeps_to_itself(place: Place, serving: Server, path: str) -> None:
    with httpx2.Client(base_url=serving.url, headers={"Accept": "text/html"}) as browser:
        answer = browser.get(path.format(branch=place.branch, ticket=place.issue().page))
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*(?:src=|application/json))|\son\w+=", answer.text)


def test_motion_stops_for_those_who_ask_for_that(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    ticket = place.issue()
    place.act("3", "call-next")
    phone = visit(ticket.page, reduced_motion="reduce")
    seconds = phone.locator("#counter").evaluate("(element) => parseFloat(getComputedStyle(element).animationDuration)")
    assert seconds < 0.01
