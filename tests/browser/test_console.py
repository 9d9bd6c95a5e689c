"""The clerk's console: one key, one action, one answer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, Visit
from tests.browser.places import Place

Console = Callable[..., Page]
PATIENCE = 30_000  # as long as a console asks again and again before it gives up, and longer


@pytest.fixture
def clerk(place: Place, console: Console) -> Page:
    """At counter 3, open, with three people waiting."""
    place.act("3", "open")
    for _ in range(3):
        place.issue()
    return console(place, "3")


def answer(page: Page, words: str, within: float = 10_000) -> None:
    expect(page.locator("#answer-words")).to_have_text(words, timeout=within)


def test_each_key_does_its_action(place: Place, clerk: Page) -> None:
    for key, words in (
        ("Space", "B-001 dipanggil."),
        ("r", "B-001 dipanggil ulang."),
        ("l", "B-001 mulai dilayani."),
        ("Enter", "B-001 selesai."),
        ("u", "Sudah diurungkan."),
        ("h", "B-001 disisihkan."),
        ("F2", "B-002 dipanggil."),
        ("s", "B-002 dilewati."),
    ):
        clerk.keyboard.press(key)
        answer(clerk, words)
    clerk.keyboard.press("Space")
    answer(clerk, "B-003 dipanggil.")
    clerk.keyboard.press("t")
    clerk.keyboard.press("1")
    answer(clerk, "B-003 dipindahkan ke Pendaftaran.")
    clerk.keyboard.press("Space")
    answer(clerk, "Tidak ada yang menunggu.")
    assert place.queue("pendaftaran")["waiting"] == [["B", 3, 3]]


def test_space_with_somebody_here_says_to_complete_first(place: Place, clerk: Page) -> None:
    clerk.keyboard.press("Space")
    answer(clerk, "B-001 dipanggil.")
    clerk.keyboard.press("Space")
    answer(clerk, "Loket 3 masih melayani B-001. Selesaikan nomor itu dahulu: tekan Enter.")
    assert place.queue()["waiting"] == [["B", 2, 3]]


def test_a_key_held_down_calls_one_person(place: Place, clerk: Page) -> None:
    clerk.keyboard.down("Space")
    for _ in range(5):
        clerk.keyboard.down("Space")  # Playwright sends repeats while a key is down
    clerk.keyboard.up("Space")
    answer(clerk, "B-001 dipanggil.")
    assert place.queue()["waiting"] == [["B", 2, 3]]


@pytest.mark.parametrize("pressed", ["Space", "Enter"])
def test_a_key_on_a_focused_button_acts_once_and_as_that_button(place: Place, clerk: Page, pressed: str) -> None:
    clerk.locator("[data-action=call-next]").focus()
    clerk.keyboard.press(pressed)
    answer(clerk, "B-001 dipanggil.")
    assert place.queue()["waiting"] == [["B", 2, 3]]


def test_after_a_click_the_keyboard_belongs_to_the_counter(clerk: Page) -> None:
    clerk.locator("[data-action=call-next]").click()
    answer(clerk, "B-001 dipanggil.")
    clerk.keyboard.press("Enter")
    answer(clerk, "B-001 selesai.")


def test_two_consoles_of_one_counter_stay_in_step(place: Place, clerk: Page, console: Console) -> None:
    other = console(place, "3")
    clerk.keyboard.press("Space")
    expect(other.locator("#here-label")).to_have_text("B-001")
    other.keyboard.press("Enter")
    answer(other, "B-001 selesai.")  # its own answer: until then it takes no other key
    expect(clerk.locator("body")).to_have_attribute("data-here", "nobody")
    expect(clerk.locator("#next b")).to_have_text("B-002")
    other.keyboard.press("p")
    expect(clerk.locator("body")).to_have_attribute("data-counter", "paused")


def test_a_missed_visitor_is_called_again_from_the_list(place: Place, clerk: Page) -> None:
    clerk.keyboard.press("Space")
    answer(clerk, "B-001 dipanggil.")
    clerk.keyboard.press("h")
    answer(clerk, "B-001 disisihkan.")
    clerk.get_by_role("button", name="Panggil B-001").click()
    expect(clerk.locator("#here-label")).to_have_text("B-001")
    clerk.keyboard.press("s")
    expect(clerk.locator("#parked")).to_contain_text("dilewati, mulai")
    clerk.get_by_role("button", name="Panggil B-001").click()
    expect(clerk.locator("#answer-words")).to_contain_text("Nomor B-001 dapat dipanggil lagi mulai pukul")


def test_a_number_is_called_out_of_turn(place: Place, clerk: Page) -> None:
    clerk.keyboard.press("c")
    clerk.keyboard.type("b3")
    clerk.keyboard.press("Enter")
    answer(clerk, "B-003 dipanggil.")


def test_undo_names_what_it_would_undo(clerk: Page) -> None:
    expect(clerk.locator("#undo-words")).to_have_text("Urungkan: buka")
    clerk.keyboard.press("Space")
    expect(clerk.locator("#undo-words")).to_have_text("Urungkan: panggil")
    clerk.keyboard.press("u")
    answer(clerk, "Sudah diurungkan.")
    expect(clerk.locator("#next b")).to_have_text("B-001")


def test_a_closed_counter_is_opened_for_chosen_queues(place: Place, console: Console) -> None:
    clerk = console(place, "6")
    expect(clerk.locator("#here-state")).to_have_text("Loket tutup")
    clerk.keyboard.press("Space")
    answer(clerk, "Loket 6 tidak sedang buka.")
    clerk.keyboard.press("p")
    clerk.get_by_label("Pendaftaran").uncheck()
    clerk.get_by_role("button", name="Buka loket").click()
    answer(clerk, "Loket sudah buka.")
    assert place.at("6")["queues"] == ["farmasi"]


def test_why_the_next_is_next(place: Place, clerk: Page) -> None:
    place.issue(ticket_class="lansia")
    expect(clerk.locator("#next b")).to_have_text("B-004")
    expect(clerk.locator("#next .why")).to_contain_text("Lansia (60 tahun ke atas)")
    expect(clerk.locator("[data-queue=poli-anak] b")).to_have_text("4")


def test_an_answer_that_takes_long_is_waited_for_aloud_and_comes_once(place: Place, clerk: Page) -> None:
    lost: list[Route] = []
    looks: list[Route] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route)
        route.fetch()
        return route.abort()

    def refuse_the_first(route: Route) -> None:
        looks.append(route)
        return route.fulfill(status=503, json={"detail": "Busy."}) if len(looks) == 1 else route.continue_()

    clerk.route("**/call-next", lose_the_first)
    clerk.route("**/counters/3", refuse_the_first)
    clerk.keyboard.press("Space")
    answer(clerk, "B-001 dipanggil.", PATIENCE)
    assert len(lost) == 1
    expect(clerk.locator("#here-label")).to_have_text("B-001")  # at a later look
    answer(clerk, "B-001 dipanggil.")
    assert place.queue()["waiting"] == [["B", 2, 3]]


def test_strangers_are_asked_for_a_key(place: Place, visit: Visit, key: str) -> None:
    page = visit(f"/counter/{place.branch}/3", DESK)
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    page.locator("summary").click()
    page.locator("[name=key]").fill("antrean_00000000_nothing")
    page.keyboard.press("Enter")
    expect(page.locator(".problem")).to_have_text("Kunci ini tidak berlaku.")
    page.locator("[name=key]").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ruang 3")
    assert page.url.endswith(f"/counter/{place.branch}/3")


def test_a_link_may_bring_its_key_where_no_log_sees_it(place: Place, visit: Visit, key: str) -> None:
    page = visit(f"/sign-in?next=/counter/{place.branch}#key={key}", DESK)
    expect(page.locator("h1")).to_have_text("Anda bertugas di loket mana?")
    page.go_back()
    assert key not in page.url


def test_a_sign_in_sends_nobody_elsewhere(visit: Visit, key: str) -> None:
    page = visit("/sign-in?next=//elsewhere.example/", DESK)
    page.locator("summary").click()
    page.locator("[name=key]").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Hari ini")
    assert "elsewhere" not in page.url


def test_signing_out_ends_the_session(place: Place, visit: Visit, key: str) -> None:
    clerk = visit(f"/sign-in?next=/counter/{place.branch}/3#key={key}", DESK)
    clerk.get_by_role("button", name="Keluar").click()
    expect(clerk.locator("h1")).to_have_text("Masuk")
    clerk.goto(f"/counter/{place.branch}/3")
    expect(clerk.locator("h1")).to_have_text("Masuk")
