"""Taking a number: on any phone, with or without JavaScript, once."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.places import Place

Form = dict[str, str | float | bool]


def test_a_number_is_taken_and_watched_without_javascript(place: Place, visit: Visit) -> None:
    place.issue()
    phone = visit(f"/b/{place.branch}", java_script_enabled=False)
    phone.get_by_role("button", name="Poli Anak").click()
    expect(phone.locator("#label")).to_have_text("B-002")
    expect(phone.locator("#ahead")).to_have_text("1")
    expect(phone.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "20")
    place.act("3", "open", "call-next", "complete", "call-next")
    phone.reload()
    expect(phone.locator("#counter")).to_have_text("Ruang 3")


def test_a_double_tap_makes_one_number(place: Place, visit: Visit) -> None:
    phone = visit(f"/b/{place.branch}")
    phone.get_by_role("button", name="Poli Anak").dblclick(no_wait_after=True)
    expect(phone.locator("#label")).to_have_text("B-001")
    assert place.queue()["waiting"] == [["B", 1, 1]]


def test_going_back_and_tapping_again_finds_the_same_number(place: Place, visit: Visit) -> None:
    phone = visit(f"/b/{place.branch}", java_script_enabled=False)
    key = phone.locator("[name=key]").get_attribute("value")
    form: Form = {"queue": "poli-anak", "class": "general", "key": str(key)}
    addresses = {phone.request.post(f"/b/{place.branch}/tickets", form=form).url for _ in range(3)}
    assert len(addresses) == 1
    assert place.queue()["waiting"] == [["B", 1, 1]]


def test_who_is_entitled_goes_ahead_and_nobody_sees_why(place: Place, visit: Visit) -> None:
    earlier = place.issue()
    watching = visit(earlier.page)
    expect(watching.locator("#ahead-words")).to_have_text("Giliran Anda berikutnya")
    phone = visit(f"/b/{place.branch}")
    phone.get_by_text("Berhak didahulukan?").click()
    phone.get_by_label(re.compile("Lansia")).check()
    phone.get_by_role("button", name="Poli Anak").click()
    expect(phone.locator("#label")).to_have_text("B-002")
    expect(phone.locator("#ahead-words")).to_have_text("Giliran Anda berikutnya")
    expect(watching.locator("#why")).to_have_text("Mundur 1 tempat. Ada pengunjung yang berhak didahulukan.")
    assert "ansia" not in watching.locator("body").inner_text()


def test_a_closed_queue_gives_no_number_and_says_so(place: Place, visit: Visit) -> None:
    phone = visit(f"/b/{place.branch}")
    place.set_queue("poli-anak", "close")
    phone.get_by_role("button", name="Poli Anak").click()
    expect(phone.locator(".problem")).to_have_text("Poli Anak tutup: tidak mengeluarkan nomor sekarang.")
    expect(phone.get_by_role("button", name="Poli Anak")).to_have_count(0)
    expect(phone.get_by_role("button", name="Farmasi")).to_be_visible()


def test_the_language_is_chosen_once(place: Place, visit: Visit) -> None:
    phone = visit("/")
    phone.get_by_role("link", name="English").click()
    expect(phone.locator("h1")).to_have_text("Where are you going?")
    phone.goto(f"/b/{place.branch}")
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    phone.get_by_role("link", name="Bahasa Indonesia").click()
    expect(phone.locator("html")).to_have_attribute("lang", "id")


def test_an_unknown_address_gets_a_page_in_the_same_dress(visit: Visit) -> None:
    page = visit("/")
    for path in ("/nowhere", "/b/nowhere", "/t/nothing", "/lobby/nowhere", "/kiosk/nowhere"):
        page.goto(path)
        expect(page.locator(".status")).to_have_text("404")
        expect(page.get_by_role("link", name="Ke halaman awal")).to_be_visible()


def test_a_form_of_another_site_is_refused(place: Place, visit: Visit) -> None:
    page = visit("/")
    form: Form = {"queue": "poli-anak"}
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = page.request.post(f"/b/{place.branch}/tickets", form=form, headers=elsewhere)
    assert answer.status == 403
    assert place.queue()["waiting"] == []
