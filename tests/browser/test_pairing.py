"""From a television that was just hung up to one that shows its lobby, changes it, and is taken away."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import TELEVISION, Visit
from tests.browser.places import Place

PHONE_OF_SUPERVISOR = (390, 844)
LOOK = 10_000


def test_a_screen_is_accepted_changed_and_ended_by_a_phone(place: Place, visit: Visit, key: str) -> None:
    television = visit("/screen", TELEVISION)
    expect(television.locator("#code")).to_have_text(re.compile(r"^\w{3} \w{3}$"))
    height = television.locator("#code").evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)")
    assert height > 1080 / 4
    phone = visit(f"/sign-in?next=/office/devices#key={key}", PHONE_OF_SUPERVISOR)
    phone.get_by_label("Kode di layar baru").fill(television.locator("#code").inner_text().lower())
    phone.get_by_role("button", name="Cari layar ini").click()
    phone.get_by_label("Nama").fill("TV lobi lantai 1")
    phone.get_by_label("Yang ditampilkan").select_option(f"lobby/{place.branch}")
    phone.get_by_role("button", name="Terima layar ini").click()
    television.wait_for_url(f"**/lobby/{place.branch}", timeout=LOOK)
    television.goto("/screen")  # it is switched on again
    expect(television).to_have_url(re.compile(rf"/lobby/{place.branch}$"))

    row = phone.locator(".device", has_text="TV lobi lantai 1")
    expect(row).to_have_attribute("data-state", "live")
    row.get_by_role("link").click()
    phone.get_by_text(re.compile("Hanya beberapa antrean")).nth(int(place.branch[-3:])).click()
    phone.locator(f"[name='queue/{place.branch}/farmasi']").check()
    phone.get_by_role("button", name="Simpan").click()
    expect(television.locator(".tile h3")).to_have_text(["Farmasi"], timeout=LOOK)

    row.get_by_role("link").click()
    phone.get_by_text("Akhiri pemasangan", exact=True).click()
    phone.get_by_role("button", name="Ya, akhiri pemasangan").click()
    television.wait_for_url("**/screen", timeout=LOOK)
    expect(television.locator("#code")).to_have_text(re.compile(r"^\w{3} \w{3}$"))
    expect(row).to_have_count(0)
