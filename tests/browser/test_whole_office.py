"""From nothing to a working agency by pages only: set-up, an appointment, a visit of three stops, a doctor absent."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_office import CLINIC, REGISTRY, a_context, make_branch, save, sign_in
from tests.browser.timed import TimedServer, timed_server

MONDAY, TUESDAY = (datetime.fromisoformat(f"2026-11-{day}T08:30+07:00") for day in (23, 24))
CLINIC_ID, DOCTOR = "puskesmas-contoh", "Poli Umum"
STOPS = ("Pendaftaran", DOCTOR, "Farmasi")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TimedServer]:
    with timed_server(tmp_path / "data", MONDAY) as running:
        yield running


def test_a_newcomer_brings_an_agency_from_nothing_to_a_doctor_s_day_off(service: TimedServer, browser: Browser) -> None:
    contexts = [a_context(browser, service, size) for size in (DESK, DESK, PHONE, PHONE)]
    office, counter, patient, other = (context.new_page() for context in contexts)
    sign_in(office, service.key("administrator"), "/office")
    set_up(office)
    clerks_key, supervisors_key = (make_key(office, role) for role in ("clerk", "supervisor"))

    appointment = book(patient, "Selasa, 24 Nov")
    expect(patient.locator("body")).to_have_attribute("data-state", "booked")
    later = book(other, "Rabu, 25 Nov")

    for phone in (patient, other):
        phone.goto("about:blank")  # put away: a page that is looked at begins the new day by itself
    service.set_clock(TUESDAY)
    patient.goto(appointment)
    patient.get_by_role("button", name="Saya sudah datang").click()
    expect(patient.locator("body")).to_have_attribute("data-state", "waiting")
    sign_in(counter, clerks_key, f"/counter/{CLINIC_ID}/loket-1")
    expect(counter.locator("#pulse")).to_have_attribute("data-health", "live")
    counter.keyboard.press("P")
    counter.get_by_role("button", name="Buka loket").click()
    expect(counter.locator("body")).to_have_attribute("data-counter", "open")
    go_to_the_doctor(counter, patient)
    go_all_the_way(counter, patient)

    sign_in(office, supervisors_key, f"/office/absence/{CLINIC_ID}?day=2026-11-25")
    office.locator("li", has_text=DOCTOR).locator("summary").click()
    office.locator("details[open]").get_by_role("button", name="Beri tahu semua").click()
    expect(office.locator("li", has_text=DOCTOR)).to_contain_text("Tidak ada pelayanan di antrean ini pada hari itu")
    other.goto(later)
    other.get_by_role("link", name="Datang di hari lain").click()
    other.get_by_role("button", name="Kamis, 26 November 2026").click()
    expect(other.get_by_text("Tempat Anda disimpan")).to_be_visible()
    for context in contexts:
        context.close()


def set_up(office: Page) -> None:
    """Two branches; at the first one, three queues with hours, appointments with the doctor, and a journey."""
    make_branch(office, CLINIC, list(STOPS[:2]))
    make_branch(office, REGISTRY, ["Akta Kelahiran"])
    open_clinic(office)
    office.get_by_role("link", name="Tambah antrean").click()
    office.locator("[id='f-name.id']").fill(STOPS[2])
    save(office)
    office.get_by_role("link", name="Loket 1").click()
    office.get_by_label(STOPS[2]).check()
    save(office)
    office.get_by_role("link", name="Nama, jam, aturan").click()
    office.get_by_label("Buka pada jam tertentu saja").check()
    for day in ("Sen", "Sel", "Rab", "Kam", "Jum"):
        office.locator("#f-hours .row").get_by_label(day).check()
    office.locator("[id='f-hours.0.from']").fill("08:00")
    office.locator("[id='f-hours.0.to']").fill("15:00")
    save(office)
    open_clinic(office)
    office.get_by_role("link", name=DOCTOR).click()
    office.get_by_label("Pengunjung dapat memesan waktu").check()
    office.locator("[id='f-appointments.0.per_slot']").fill("2")
    save(office)
    open_clinic(office)
    office.get_by_role("link", name="Tambah alur").click()
    office.locator("[id='f-name.id']").fill("Rawat jalan")
    office.locator("#f-stops").fill("pendaftaran\npoli-umum\nfarmasi")
    save(office)
    expect(office.get_by_role("link", name=re.compile("Rawat jalan"))).to_be_visible()


def open_clinic(office: Page) -> None:
    office.goto(f"/office/setup/branches/{CLINIC_ID}")


def make_key(office: Page, role: str) -> str:
    office.goto("/office/keys")
    office.locator("#role").select_option(role)
    office.locator("#branch").select_option(label=CLINIC)
    office.get_by_role("button", name="Buat kunci").click()
    return office.locator(".key code").inner_text()


def book(phone: Page, day: str) -> str:
    """The address of the number's page."""
    phone.goto(f"/b/{CLINIC_ID}")
    phone.get_by_role("link", name="Buat janji").click()
    phone.get_by_role("link", name=day).click()
    phone.get_by_role("button", name=re.compile(r"^09\.00")).click()
    expect(phone.locator("#label")).to_have_text(re.compile("B-00"))
    return phone.url


def go_to_the_doctor(counter: Page, patient: Page) -> None:
    counter.keyboard.press("Space")
    expect(patient.locator("body")).to_have_attribute("data-state", "called")
    expect(counter.locator("body")).to_have_attribute("data-here", "called")
    counter.keyboard.press("Enter")
    expect(patient.locator("body")).to_have_attribute("data-state", "completed")
    expect(counter.locator("body")).to_have_attribute("data-here", "nobody")


def go_all_the_way(counter: Page, patient: Page) -> None:
    """One number through three queues; the page tells where it stands at each."""
    patient.goto(f"/b/{CLINIC_ID}")
    patient.get_by_role("button", name="Rawat jalan").click()
    expect(patient.locator("#label")).to_have_text("A-001")
    for place, stop in enumerate(STOPS):
        expect(patient.locator("#queue")).to_have_text(stop)
        expect(patient.locator("#steps li[data-step=completed]")).to_have_count(place)
        expect(counter.locator("#next")).to_contain_text("A-001")
        counter.keyboard.press("Space")
        expect(patient.locator("body")).to_have_attribute("data-state", "called")
        expect(counter.locator("body")).to_have_attribute("data-here", "called")  # its own page, not only the phone
        expect(counter.locator("#here-label")).to_have_text("A-001")
        counter.keyboard.press("Enter")
        expect(counter.locator("body")).to_have_attribute("data-here", "nobody")
    expect(patient.locator("body")).to_have_attribute("data-state", "completed")
