"""A number taken on a phone, called with a key, seen everywhere; and again after the power went."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TELEVISION, Visit
from tests.browser.places import Place, Ticket
from tests.servers import Server

Console = Callable[..., Page]


@pytest.mark.parametrize(
    ("locale", "take", "counter", "health"),
    [("id-ID", "Poli Anak", "Ruang 3", "Langsung"), ("en-GB", "Children's Clinic", "Room 3", "Live")],
)
def test_a_number_is_taken_called_by_keyboard_and_seen_on_phone_and_lobby(
    place: Place, visit: Visit, console: Console, locale: str, take: str, counter: str, health: str
) -> None:
    place.act("3", "open")
    phone = visit(f"/b/{place.branch}", locale=locale)
    phone.get_by_role("button", name=take).click()
    expect(phone.locator("#label")).to_have_text("B-001")
    expect(phone.locator("#pulse-word")).to_have_text(health)
    lobby = visit(f"/lobby/{place.branch}", TELEVISION, locale=locale)
    expect(lobby.locator("[data-queue=poli-anak] .tile-line i")).to_have_count(1)  # it has heard how things stand
    clerk = console(place, "3", locale=locale)

    clerk.keyboard.press("Space")

    expect(clerk.locator("#here-label")).to_have_text("B-001")
    expect(phone.locator("body")).to_have_attribute("data-state", "called")
    expect(phone.locator("#counter")).to_have_text(counter)
    expect(lobby.locator("#hero-label")).to_have_text("B-001")
    expect(lobby.locator("#hero-counter")).to_have_text("Ruang 3")  # a public screen speaks Indonesian
    expect(lobby.locator("body")).to_have_attribute("data-mood", "calling")
    expect(phone).to_have_title(re.compile("B-001"))
    expect(phone.locator("html")).to_have_attribute("lang", locale[:2])
    clerk.keyboard.press("Enter")
    expect(phone.locator("body")).to_have_attribute("data-state", "completed")


def test_a_killed_server_comes_back_and_every_screen_recovers(
    place: Place, visit: Visit, console: Console, serving: Server
) -> None:
    place.act("3", "open")
    first, mine = place.issue(), place.issue()
    phone = visit(mine.page)
    lobby = visit(f"/lobby/{place.branch}", TELEVISION)
    clerk = console(place, "3")
    expect(phone.locator("#ahead")).to_have_text("1")
    serving.kill()
    expect(phone.locator("#pulse")).not_to_have_attribute("data-health", "live")
    serving.start()

    clerk.keyboard.press("F2")

    expect(clerk.locator("#here-label")).to_have_text(first.label)
    # Each waits a random while, so that a restart is not met by all at once.
    expect(phone.locator("#ahead-words")).to_have_text("Giliran Anda berikutnya", timeout=40_000)
    expect(phone.locator("#pulse")).to_have_attribute("data-health", "live")
    expect(lobby.locator("#hero-label")).to_have_text(first.label, timeout=40_000)


def test_the_clerk_may_press_while_the_server_is_away(place: Place, console: Console, serving: Server) -> None:
    """The same key goes out again and again until there is an answer: one call, not none and not two."""
    place.act("3", "open")
    waiting: list[Ticket] = [place.issue(), place.issue()]
    clerk = console(place, "3")
    serving.kill()
    clerk.keyboard.press("Space")
    expect(clerk.locator("#answer-words")).to_contain_text("Menunggu jawaban")
    serving.start()
    expect(clerk.locator("#here-label:visible, #again:visible").first).to_be_visible()
    if clerk.locator("#again").is_visible():
        clerk.locator("#again").click()
    expect(clerk.locator("#here-label")).to_have_text(waiting[0].label)
    assert place.queue()["waiting"] == [["B", 2, 2]]
