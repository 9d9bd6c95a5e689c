"""The kiosk: one tap, a number and a code, and then it is ready for the next visitor."""

from datetime import date

import segno
from playwright.sync_api import Page, Route, expect

from queue_service.secrets import load_secrets
from queue_service.tokens import TicketName, Tokens
from queue_service.web.pages.codes import code_of
from tests.browser.conftest import DESK, Visit
from tests.browser.places import Place
from tests.servers import Server


def open_kiosk(visit: Visit, place: Place, query: str = "") -> Page:
    kiosk = visit("/", DESK)
    kiosk.clock.install()
    kiosk.goto(f"/kiosk/{place.branch}{query}")
    return kiosk


def test_a_tap_gives_a_number_and_its_code(place: Place, visit: Visit, serving: Server) -> None:
    kiosk = open_kiosk(visit, place)
    kiosk.get_by_role("button", name="Poli Anak").click()
    expect(kiosk.locator("#label")).to_have_text("B-001")
    shown = kiosk.locator(".qr path").get_attribute("d")
    tokens = Tokens(load_secrets(None, serving.data_dir))
    day = place.queue()["day"]
    token = tokens.token_of(TicketName(place.branch, date.fromisoformat(day), "B-001"))
    drawn = segno.make(f"{serving.url}/t/{token}", error="m", micro=False).svg_inline(border=1)
    assert shown is not None
    assert shown in drawn
    assert kiosk.url.endswith(f"/kiosk/{place.branch}")
    assert token not in kiosk.url


def test_it_goes_back_to_the_start_by_itself_and_counts_down(place: Place, visit: Visit) -> None:
    kiosk = open_kiosk(visit, place)
    kiosk.get_by_role("button", name="Poli Anak").click()
    expect(kiosk.locator("#countdown")).to_have_text("15")
    kiosk.clock.run_for(5_000)
    expect(kiosk.locator("#countdown")).to_have_text("10")
    kiosk.clock.run_for(11_000)
    expect(kiosk.get_by_role("button", name="Poli Anak")).to_contain_text("1 orang menunggu")
    kiosk.go_back()
    expect(kiosk.locator("#label")).to_have_count(0)


def test_a_double_tap_makes_one_number(place: Place, visit: Visit) -> None:
    kiosk = open_kiosk(visit, place)
    kiosk.get_by_role("button", name="Poli Anak").dblclick()
    expect(kiosk.locator("#label")).to_have_text("B-001")
    assert place.queue()["waiting"] == [["B", 1, 1]]


def test_a_lost_network_leaves_no_error_page_and_no_second_number(place: Place, visit: Visit) -> None:
    kiosk = open_kiosk(visit, place)

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    kiosk.route(f"**/kiosk/{place.branch}", lose)
    kiosk.get_by_role("button", name="Poli Anak").click()
    expect(kiosk.locator("#problem")).to_have_text("Tidak ada jawaban dari server. Silakan coba lagi sebentar lagi.")
    kiosk.unroute_all()
    kiosk.get_by_role("button", name="Poli Anak").click()
    expect(kiosk.locator("#label")).to_have_text("B-001")
    assert place.queue()["waiting"] == [["B", 1, 1]]


def test_the_next_visitor_finds_the_kiosks_own_language(place: Place, visit: Visit) -> None:
    kiosk = open_kiosk(visit, place)
    kiosk.get_by_role("link", name="English").click()
    expect(kiosk.locator("h1")).to_have_text("Which service do you need?")
    kiosk.get_by_role("button", name="Pharmacy").click()
    expect(kiosk.locator("h1")).to_have_text("Your number")
    kiosk.clock.run_for(16_000)
    expect(kiosk.locator("h1")).to_have_text("Layanan apa yang Anda perlukan?")


def test_it_works_without_javascript(place: Place, visit: Visit) -> None:
    kiosk = visit(f"/kiosk/{place.branch}", DESK, java_script_enabled=False)
    kiosk.get_by_role("button", name="Farmasi").click()
    expect(kiosk.locator("#label")).to_have_text("D-001")
    refresh = kiosk.locator("meta[http-equiv=refresh]")
    expect(refresh).to_have_attribute("content", f"15;url=/kiosk/{place.branch}")


def test_a_closed_queue_cannot_be_tapped(place: Place, visit: Visit) -> None:
    place.set_queue("poli-anak", "close")
    kiosk = open_kiosk(visit, place)
    expect(kiosk.get_by_role("button", name="Poli Anak")).to_be_disabled()
    expect(kiosk.get_by_role("button", name="Poli Anak")).to_contain_text("Tutup")


def test_a_queue_that_closed_meanwhile_is_said_on_the_spot(place: Place, visit: Visit) -> None:
    kiosk = open_kiosk(visit, place)
    place.set_queue("poli-anak", "close")
    kiosk.get_by_role("button", name="Poli Anak").click()
    expect(kiosk.locator("#problem")).to_have_text("Poli Anak tutup: tidak mengeluarkan nomor sekarang.")
    expect(kiosk.get_by_role("button", name="Poli Anak")).to_be_disabled()


def test_a_scanner_types_the_code_of_somebody_who_has_come(place: Place, visit: Visit, serving: Server) -> None:
    """It types what it reads, and Enter, wherever the kiosk is; without one, the short code is typed by hand."""
    scanned, typed = place.issue(), place.issue()
    for ticket in (scanned, typed):
        place.hold_own(ticket, "step-away")
    kiosk = visit(f"/kiosk/{place.branch}", DESK)
    kiosk.keyboard.type(f"{serving.url}{scanned.page}")
    kiosk.keyboard.press("Enter")
    expect(kiosk.locator("#label")).to_have_text(scanned.label)
    expect(kiosk.get_by_role("heading", name="Anda sudah tercatat datang")).to_be_visible()
    assert place.read(scanned)["state"] == "waiting"
    assert scanned.token not in kiosk.url
    kiosk.goto(f"/kiosk/{place.branch}/check-in")
    name = TicketName(place.branch, date.fromisoformat(place.queue()["day"]), typed.label)
    letters = [letter for letter in code_of(load_secrets(None, serving.data_dir), name) if letter != "-"]
    for letter in (*letters[:-1], "0" if letters[-1] != "0" else "1"):
        kiosk.get_by_role("button", name=letter, exact=True).click()
    kiosk.get_by_role("button", name="Lapor datang").click()
    expect(kiosk.locator("#problem")).to_contain_text("Kode ini tidak dikenal")
    for letter in (*letters, "1"):
        kiosk.get_by_role("button", name=letter, exact=True).click()
    kiosk.get_by_role("button", name="Hapus").click()
    kiosk.get_by_role("button", name="Lapor datang").click()
    expect(kiosk.locator("#label")).to_have_text(typed.label)
    assert place.read(typed)["state"] == "waiting"
