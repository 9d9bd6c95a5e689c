"""Born, and home with the certificate: from a birth in the hospital's own system to a place at the civil registry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from queue_service.secrets import load_secrets
from queue_service.tokens import TicketName, Tokens
from tests.births import ERRAND, MATERNITY, NIK, REGISTRY, RSUD, setup
from tests.browser.conftest import PHONE
from tests.browser.test_office import a_context, sign_in
from tests.browser.test_whole_hospital import now, rows, until
from tests.doubles.simrs.hospital import PASSWORD, READER, Hospital, a_hospital
from tests.integrations.simrs.conftest import a_server
from tests.mariadb import Mariadb
from tests.servers import Server, running_server

CLINIC, DOCTOR, MOTHER, CHILD = "KDG", "D03", "000017", "000018"
NOW = "kk"
EVERY_DAY = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "08:00", "to": "12:00"}]


@pytest.fixture
def mariadb() -> Iterator[Mariadb]:
    with a_server() as server:
        yield server


def plan_of(folder: Path, mariadb: Mariadb, hospital: Hospital) -> Path:
    settings = {
        "host": "127.0.0.1",
        "port": mariadb.port,
        "database": hospital.ask("SELECT DATABASE()"),
        "user": READER,
        "preset": "khanza",
        "leads": "simrs",
        "clinics": [{"clinic": CLINIC, "queue": MATERNITY}],
        "people": ["nik", "phone"],
        "births": {"errand": ERRAND},
    }
    told: dict[str, Any] = setup(errand={"days_later": 1}, queue={"hours": EVERY_DAY})
    hospital_plan, registry = told["branches"]
    registry["queues"].append({"id": NOW, "prefix": "B", "name": "Kartu Keluarga"})
    registry["counters"].append({"id": "2", "name": "Loket 2", "queues": [NOW]})
    at_once = {"id": NOW, "name": "Ubah kartu keluarga", "to": REGISTRY, "queue": NOW, "days_later": 0}
    consent = {"id": "Disdukcapil menunggu Anda.", "en": "The registry expects you."}
    hospital_plan["errands"].append({**at_once, "consent": consent})
    told["connections"] = [{"id": "simrs", "system": "simrs", "branches": [RSUD], "settings": settings}]
    file = folder / "setup.yaml"
    file.write_text(yaml.safe_dump(told))
    return file


def test_a_birth_in_the_hospitals_system_becomes_an_appointment_at_the_registry(
    tmp_path: Path, mariadb: Mariadb, browser: Browser
) -> None:
    hospital = a_hospital(mariadb)
    environment = {"ANTREAN_CONNECTION_SIMRS_PASSWORD": PASSWORD}
    with running_server(tmp_path / "data", extra_env=environment, setup=plan_of(tmp_path, mariadb, hospital)) as server:
        hospital.know(MOTHER, "IBU CONTOH", no_ktp=NIK, no_tlp="081234567890")
        visit = hospital.register(now(), CLINIC, DOCTOR, MOTHER)
        phone = a_context(browser, server, PHONE).new_page()
        phone.goto(f"/t/{token_of_mother(server)}")
        hospital.examine(visit, now())
        expect(phone.locator("body")).to_have_attribute("data-state", "completed")
        hospital.bear(visit, now(), CHILD)
        agree(phone)
        assert passed_on(server) == [(0, 1)]
        follow_to_the_registry(phone)
        clerk = a_context(browser, server, PHONE).new_page()
        sign_in(clerk, server.key("clerk", REGISTRY), f"/referrals/{REGISTRY}")
        clerk.get_by_role("button", name="Dokumen sudah siap").click()
        expect(clerk.locator("#come")).to_contain_text("dokumen siap")
        expect(phone.locator(".errand-state")).to_have_text("Dokumen Anda siap diambil")  # by itself
        nurse = a_context(browser, server, PHONE).new_page()
        refer_by_hand(nurse, server.key("clerk", RSUD))
        see_it_live(phone, server)
        for page in (phone, clerk, nurse):
            page.context.close()


def agree(phone: Page) -> None:
    """On the mother's page, which shows the offer as soon as the birth is known, and nothing ticked."""
    errand = phone.locator(".errand")
    expect(errand.get_by_role("heading", name="Lahir, pulang bawa akta")).to_be_visible(timeout=10_000)
    expect(errand.locator(".consent li")).to_have_text(["NIK (16 angka pada KTP)"])
    box = errand.get_by_label("Saya setuju")
    expect(box).not_to_be_checked()
    errand.get_by_role("button", name="Buatkan janji temu").click()
    expect(phone.locator(".problem[role=alert]").first).to_contain_text("Tidak ada yang diteruskan tanpa persetujuan")
    phone.go_back()
    box.check()
    errand.get_by_role("button", name="Buatkan janji temu").click()
    expect(phone.locator(".errand-state")).to_contain_text("Datang ke Disdukcapil Contoh")


def follow_to_the_registry(phone: Page) -> None:
    steps = phone.locator(".errand .way li")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text("RSUD Contoh · Kandungan")
    expect(steps.nth(1)).to_contain_text("Disdukcapil Contoh · Akta Kelahiran")
    expect(steps.nth(1)).to_contain_text("C-001")
    mothers = phone.url
    steps.nth(1).get_by_role("link").click()
    expect(phone.locator("body")).to_have_attribute("data-state", "booked")
    expect(phone.locator("#label")).to_have_text("C-001")
    expect(phone.locator("#queue")).to_have_text("Akta Kelahiran")
    phone.locator(".errand .way li").nth(0).get_by_role("link").click()
    expect(phone).to_have_url(mothers)


def refer_by_hand(nurse: Page, key: str) -> None:
    """A clerk of the maternity clinic, at the mother's word, to a queue that gives a number for now."""
    sign_in(nurse, key, f"/referrals/{RSUD}?label=K-001&errand={NOW}")
    nurse.get_by_label("Pengunjung setuju").check()
    nurse.get_by_role("button", name="Rujuk", exact=True).click()
    expect(nurse.locator("#sent")).to_contain_text("B-001")


def see_it_live(phone: Page, server: Server) -> None:
    """What happens at the other agency stands on the mother's page at the hospital, without her doing anything."""
    step = phone.locator(".errand", has_text="Ubah kartu keluarga").locator(".way li").nth(1)
    expect(step.locator(".how")).to_have_text("menunggu")
    for action in ("open", "call-next"):
        address = f"{server.url}/api/v1/branches/{REGISTRY}/counters/2/{action}"
        httpx2.post(address, headers={"Authorization": f"Bearer {server.key('clerk', REGISTRY)}"}).raise_for_status()
    expect(step.locator(".how")).to_have_text("dipanggil")


def token_of_mother(server: Server) -> str:
    found = until(lambda: rows(server, "SELECT day, label FROM identifiers WHERE system = 'simrs-visit'"))
    day, label = found[0]
    return Tokens(load_secrets(None, server.data_dir)).token_of(TicketName(RSUD, date.fromisoformat(day), label))


def passed_on(server: Server) -> list[Any]:
    """What the registry has of her: her phone number or not, her NIK or not."""
    return rows(server, "SELECT phone IS NOT NULL, nik IS NOT NULL FROM people WHERE queue = 'akta'")
