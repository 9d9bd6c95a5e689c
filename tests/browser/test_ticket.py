"""The holder's page: what moves, why, and what its holder may do."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.modules import ask
from tests.browser.places import Place


def test_each_call_moves_the_place_and_says_why(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    tickets = [place.issue() for _ in range(4)]
    phone = visit(tickets[3].page)
    expect(phone.locator("#ahead")).to_have_text("3")
    expect(phone.locator("#why")).to_have_text("")  # nothing is explained before something was shown
    place.act("3", "call-next")
    expect(phone.locator("#ahead")).to_have_text("2")
    expect(phone.locator("#why")).to_have_text("Maju 1 tempat. B-001 dipanggil.")
    expect(phone.locator("#now")).to_contain_text("B-001")
    place.hold_own(tickets[1], "cancel")
    expect(phone.locator("#why")).to_have_text("Maju 1 tempat. B-002 membatalkan.")
    expect(phone.locator("#spoken")).to_contain_text("1 orang di depan Anda")


def test_the_wait_is_a_range_of_clock_times_or_not_known(place: Place, visit: Visit) -> None:
    mine = place.issue()
    phone = visit(mine.page)
    expect(phone.locator("#wait")).to_have_text("belum diketahui")
    now = int(datetime.now(UTC).timestamp() * 1000)
    range_ = "module.rangeOf(module.waitFor(0, given.knots), given.now, given.now)"
    words = ask(phone, "place.js", range_, knots=[[0, 1200, 2400]], now=now)
    assert words["kind"] == "range"
    assert words["from"] <= now + 1200_000 < now + 2400_000 <= words["to"]


def test_a_call_cannot_be_missed(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    mine = place.issue()
    phone = visit(mine.page)
    phone.evaluate("navigator.vibrate = (pattern) => { window.shaken = pattern }")
    phone.locator("#sound").click()
    place.act("3", "call-next")
    expect(phone.locator("#counter")).to_be_visible()
    expect(phone).to_have_title(re.compile("^◆ B-001 → Ruang 3"))
    assert len(phone.evaluate("window.shaken")) > 1
    slip = phone.locator("#slip").bounding_box()
    assert slip is not None
    assert slip["height"] > 740 * 0.9
    phone.locator("#silence").click()
    expect(phone).to_have_title(re.compile("^B-001"))
    place.act("3", "recall")
    expect(phone).to_have_title(re.compile("^◆"))


@pytest.mark.parametrize("has_javascript", [True, False])
def test_stepping_away_keeps_the_place(place: Place, visit: Visit, has_javascript: bool) -> None:
    mine = place.issue()
    place.issue()
    phone = visit(mine.page, java_script_enabled=has_javascript)
    phone.get_by_role("link", name="Pergi sebentar").click()
    phone.get_by_role("button", name="Ya, saya pergi sebentar").click()
    expect(phone.locator("body")).to_have_attribute("data-state", "held")
    expect(phone.locator("#held-words")).to_have_text(re.compile(r"^Tempat Anda disimpan sampai pukul \d\d\.\d\d$"))
    phone.get_by_role("button", name="Saya sudah di sini").click()
    expect(phone.locator("body")).to_have_attribute("data-state", "waiting")
    assert place.read(mine)["ahead"] == 0


def test_the_first_tap_is_not_lost_however_slow(place: Place, visit: Visit) -> None:
    """It also unlocks the sound, and what that shows must not push the button from under the finger."""
    phone = visit(place.issue().page)
    phone.get_by_role("link", name="Pergi sebentar").hover()
    phone.mouse.down()
    phone.wait_for_timeout(600)
    phone.mouse.up()
    expect(phone.get_by_role("button", name="Ya, saya pergi sebentar")).to_be_visible()
    expect(phone.locator("#sound-note")).to_be_visible()


@pytest.mark.parametrize("has_javascript", [True, False])
def test_giving_up_is_asked_twice(place: Place, visit: Visit, has_javascript: bool) -> None:
    mine = place.issue()
    phone = visit(mine.page, java_script_enabled=has_javascript)
    phone.get_by_role("link", name="Batalkan").click()
    phone.get_by_text("Tidak, tetap menunggu").locator("visible=true").click()
    assert place.read(mine)["state"] == "waiting"
    phone.get_by_role("link", name="Batalkan").click()
    phone.get_by_role("button", name="Ya, batalkan").click()
    expect(phone.locator("body")).to_have_attribute("data-state", "cancelled")
    expect(phone.get_by_role("link", name="Ambil nomor baru")).to_be_visible()


def test_who_missed_a_call_checks_in_and_sees_when_it_comes_again(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    mine = place.issue()
    place.act("3", "call-next", "no-show")
    phone = visit(mine.page)
    expect(phone.get_by_text("Nomor Anda dilewati")).to_be_visible()
    expect(phone.locator("#missed-words")).to_contain_text("Dapat dipanggil lagi mulai pukul")
    phone.get_by_role("button", name="Saya sudah di sini").click()
    expect(phone.locator("body")).to_have_attribute("data-state", "waiting")


@pytest.mark.parametrize("has_javascript", [True, False])
def test_the_service_is_rated_once(place: Place, visit: Visit, has_javascript: bool) -> None:
    place.act("3", "open")
    mine = place.issue()
    place.act("3", "call-next", "complete")
    phone = visit(mine.page, java_script_enabled=has_javascript)
    phone.get_by_role("button", name="Sangat baik").click()
    expect(phone.locator("#feedback")).to_be_hidden()
    assert "feedback" not in place.read(mine)["can"]


def test_a_visit_goes_on_at_another_queue(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    mine, other = place.issue(), place.issue("farmasi")
    phone = visit(mine.page)
    place.act("3", "call-next")
    place.act("3", "transfer", queue="farmasi")
    expect(phone.locator("#queue")).to_have_text("Farmasi")
    expect(phone.locator("#ahead")).to_have_text("1")
    expect(phone.locator("#steps li")).to_have_text([re.compile("Poli Anak"), re.compile("Farmasi")])
    assert place.read(other)["ahead"] == 0


def test_words_of_the_branch_stand_on_the_page(place: Place, visit: Visit) -> None:
    phone = visit(place.issue().page)
    expect(phone.locator("#pulse")).to_have_attribute("data-health", "live")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    place.give_notice("Dokter datang pukul 10.", later)
    expect(phone.locator(".notice")).to_have_text("Dokter datang pukul 10.")
    phone.reload()
    expect(phone.locator(".notice")).to_have_text("Dokter datang pukul 10.")


def test_a_refused_wish_is_explained_in_a_sentence(place: Place, visit: Visit) -> None:
    mine = place.issue()
    phone = visit(mine.page, java_script_enabled=False)
    place.hold_own(mine, "cancel")
    answer = phone.request.post(f"{mine.page}/step-away")
    assert answer.status == 409
    assert "Nomor B-001 dibatalkan" in answer.text()
