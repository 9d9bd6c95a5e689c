"""The television: one call at a time, however many come at once."""

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import MANY_QUEUES, TELEVISION, Visit
from tests.browser.modules import ask
from tests.browser.places import Place
from tests.servers import Server

# Every moment in which a number stands on gold, and which.
WATCH = """() => {
    window.announced = []
    const note = () => {
        const label = document.getElementById("hero-label").textContent
        const last = window.announced[window.announced.length - 1]
        if (document.body.dataset.mood === "calling") last === label || window.announced.push(label)
        else if (last !== "-") window.announced.push("-")
    }
    const everything = { attributes: true, childList: true, subtree: true, characterData: true }
    new MutationObserver(note).observe(document.body, everything)
}"""


def test_calls_that_come_together_are_announced_one_after_the_other(place: Place, visit: Visit) -> None:
    for counter in ("1", "2", "3", "4"):
        place.act(counter, "open")
    for queue in ("pendaftaran", "pendaftaran", "poli-anak", "poli-dalam"):
        place.issue(queue)
    lobby = visit("/", TELEVISION)
    lobby.clock.install()
    lobby.goto(f"/lobby/{place.branch}")
    for queue in ("pendaftaran", "poli-anak", "poli-dalam"):  # what it heard of first is announced no more
        expect(lobby.locator(f"[data-queue={queue}] .tile-line i")).not_to_have_count(0)
    lobby.evaluate(WATCH)
    for counter in ("1", "2", "3", "4"):
        place.act(counter, "call-next")
    for queue in ("pendaftaran", "poli-anak", "poli-dalam"):
        expect(lobby.locator(f"[data-queue={queue}] b")).to_have_text("0")
    for _ in range(60):
        lobby.clock.run_for(1_000)
        if lobby.evaluate("window.announced.filter((label) => label !== '-').length") == 4:
            break
    lobby.clock.run_for(12_000)
    announced = lobby.evaluate("window.announced")
    labels = [label for label in announced if label != "-"]
    assert sorted(labels) == ["A-001", "A-002", "B-001", "C-001"]
    calm = [announced[i + 1] for i, label in enumerate(announced) if label != "-"]
    assert calm == ["-"] * 4, f"a call took another's place: {announced}"
    expect(lobby.locator("#last li")).to_have_count(3)


def test_a_call_taken_back_is_not_shown_any_more(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    place.issue()
    lobby = visit(f"/lobby/{place.branch}", TELEVISION)
    expect(lobby.locator("[data-queue=poli-anak] b")).to_have_text("1")
    place.act("3", "call-next")
    expect(lobby.locator("#hero-label")).to_have_text("B-001")
    place.act("3", "undo")
    expect(lobby.locator("#hero-label")).to_have_text("–")
    expect(lobby.locator("[data-queue=poli-anak] b")).to_have_text("1")


def test_a_repeated_call_is_announced_again(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    place.issue()
    place.act("3", "call-next")
    lobby = visit(f"/lobby/{place.branch}", TELEVISION)
    expect(lobby.locator("#hero-label")).to_have_text("B-001")
    expect(lobby.locator("body")).to_have_attribute("data-mood", "calm")  # it was called before the screen came on
    place.act("3", "recall")
    expect(lobby.locator("body")).to_have_attribute("data-mood", "calling")


def test_only_the_queues_asked_for_are_shown(place: Place, visit: Visit) -> None:
    lobby = visit(f"/lobby/{place.branch}?queues=farmasi,poli-anak", TELEVISION)
    expect(lobby.locator(".tile h3")).to_have_text(["Poli Anak", "Farmasi"])


def test_its_staleness_is_written_large(place: Place, visit: Visit) -> None:
    lobby = visit("/", TELEVISION)
    lobby.route_web_socket("**/stream?*", lambda socket: None)
    lobby.route("**/api/**", lambda route: route.abort())
    lobby.clock.install()
    lobby.goto(f"/lobby/{place.branch}")
    lobby.clock.run_for(70_000)
    expect(lobby.locator("#stale")).to_contain_text("Sambungan terputus")
    size = lobby.locator("#stale").evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)")
    assert size > 1080 / 25


def test_sound_waits_for_a_touch_and_says_so(place: Place, visit: Visit) -> None:
    lobby = visit(f"/lobby/{place.branch}", TELEVISION)
    expect(lobby.locator("#sound")).to_be_visible()
    lobby.mouse.click(900, 500)
    expect(lobby.locator("#sound")).to_be_hidden()


def test_a_new_version_is_taken_up_quietly(place: Place, visit: Visit) -> None:
    lobby = visit("/", TELEVISION)
    sockets: list[WebSocketRoute] = []
    lobby.route_web_socket("**/stream?*", lambda socket: sockets.append(socket))
    lobby.clock.install()
    lobby.goto(f"/lobby/{place.branch}")
    lobby.evaluate("window.isOld = true")
    lobby.clock.run_for(11 * 60_000)
    assert lobby.evaluate("window.isOld") is True
    lobby.route("**/display/version", lambda route: route.fulfill(body="another"))
    with lobby.expect_navigation():
        lobby.clock.run_for(11 * 60_000)
    assert lobby.evaluate("window.isOld") is None


def test_each_night_it_starts_afresh(place: Place, visit: Visit) -> None:
    lobby = visit("/", TELEVISION)
    lobby.clock.install(time="2026-11-23T00:05:00+07:00")
    lobby.goto(f"/lobby/{place.branch}")
    lobby.evaluate("window.isOld = true")
    lobby.clock.fast_forward("02:50:00")
    assert lobby.evaluate("window.isOld") is True
    with lobby.expect_navigation():
        lobby.clock.fast_forward("01:00:00")  # one look, at 03.55: a second one could meet the navigation


def test_a_call_is_spoken_as_people_say_it(visit: Visit) -> None:
    page = visit("/")
    assert ask(page, "voice.js", "module.spelled('A-012')") == "A, 0 1 2"


@pytest.mark.parametrize(
    "size", [TELEVISION, (1280, 720), (1024, 768), (1080, 1920)], ids=lambda size: f"{size[0]}x{size[1]}"
)
@pytest.mark.parametrize("queues", [4, 8])
def test_what_is_called_stands_whole_within_its_field(
    serving: Server, key: str, place: Place, visit: Visit, size: tuple[int, int], queues: int
) -> None:
    if queues == 4:
        lobby = a_call(place, "3", "poli-anak", visit, size)
    else:
        with Place(serving.url, MANY_QUEUES, key) as balai:
            lobby = a_call(balai, "1", "layanan-h", visit, size)
    expect(lobby.locator(".tile:visible")).to_have_count(queues)
    for note in lobby.locator(".tile-note").all():  # as soon as there is an estimate
        note.evaluate("note => { note.textContent = 'kurang dari 120 mnt' }")
    top, bottom, caption, counter = lobby.evaluate(
        """() => ["#hero", ".hero-caption", ".hero-where"].map(it => document.querySelector(it).getBoundingClientRect())
            .flatMap((box, n) => n == 0 ? [box.top, box.bottom] : n == 1 ? [box.top] : [box.bottom])"""
    )
    assert top < caption < counter < bottom


def a_call(place: Place, counter: str, queue: str, visit: Visit, size: tuple[int, int]) -> Page:
    """The lobby while somebody is called there."""
    place.act(counter, "open")
    ticket = place.issue(queue)
    place.call(counter, ticket)
    lobby = visit(f"/lobby/{place.branch}", size)
    expect(lobby.locator("#hero-label")).to_have_text(ticket.label)
    place.act(counter, "complete")
    return lobby
