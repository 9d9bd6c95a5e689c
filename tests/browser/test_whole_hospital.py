"""From the hospital's own system to the insurer: registered there, seen on a phone, called by our clerk, told."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from queue_service.secrets import load_secrets
from queue_service.tokens import TicketName, Tokens
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_office import a_context, sign_in
from tests.doubles.simrs.hospital import PASSWORD, READER, Hospital, a_hospital
from tests.integrations.simrs.conftest import a_server
from tests.mariadb import Mariadb
from tests.servers import ROOT, Server, free_port, running_server

LAHAT = ZoneInfo("Asia/Jakarta")
BRANCH, ADMISSION, CLINIC, PHARMACY = "rsud", "pendaftaran", "poli-dalam", "farmasi"
POLI, DOCTOR, HFIS_DOCTOR, HOURS = "INT", "D02", 100002, "08:00-14:00"
RECORD, CARD, NIK = "000017", "0009900000017", "1604994107900017"
PATIENCE = 20.0

QUEUES = [
    {"id": ADMISSION, "prefix": "A", "name": "Pendaftaran"},
    {"id": CLINIC, "prefix": "C", "name": "Poli Penyakit Dalam", "walk_in": False},
    {"id": PHARMACY, "prefix": "D", "name": "Farmasi", "walk_in": False},
]


@pytest.fixture
def mariadb() -> Iterator[Mariadb]:
    with a_server() as server:
        yield server


@contextmanager
def insurer(folder: Path) -> Iterator[str]:
    """The double, as a process of its own."""
    port, log = free_port(), folder / "bpjs.log"
    command = [str(Path(sys.executable).with_name("antrean-double")), "bpjs", "--port", str(port)]
    with log.open("w") as written:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=written, stderr=written)
    try:
        until(lambda: "user key" in log.read_text())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def connections(mariadb: Mariadb, hospital: Hospital, bpjs: str) -> list[dict[str, Any]]:
    clinic = {"clinic": POLI, "doctor": DOCTOR, "queue": CLINIC, "new_journey": "pasien-baru"}
    simrs = {
        "host": "127.0.0.1",
        "port": mariadb.port,
        "database": hospital.ask("SELECT DATABASE()"),
        "user": READER,
        "preset": "khanza",
        "leads": "antrean",
        "clinics": [clinic],
        "pharmacy": {"queue": PHARMACY},
        "people": ["card", "nik", "record"],
    }
    names = {"poli_name": "PENYAKIT DALAM", "doctor_name": "DOKTER PENYAKIT DALAM"}
    insured = {"queue": CLINIC, "poli": POLI, "doctor": HFIS_DOCTOR, "hours": HOURS, "quota_jkn": 40, **names}
    insurer = {
        "sends": {"base_url": f"{bpjs}/antreanrs", "cons_id": "12345", "allow_private": True, "schedules": False},
        "clinics": [insured],
        "admission": [ADMISSION],
        "pharmacy": {PHARMACY: "non racikan"},
    }
    return [
        {"id": "simrs", "system": "simrs", "branches": [BRANCH], "settings": simrs},
        {"id": "bpjs", "system": "bpjs", "branches": [BRANCH], "settings": insurer},
    ]


def plan_of(folder: Path, connections: list[dict[str, Any]]) -> Path:
    branch = {
        "id": BRANCH,
        "name": "RSUD Contoh",
        "timezone": str(LAHAT),
        "queues": QUEUES,
        "journeys": [{"id": "pasien-baru", "name": "Pasien baru", "stops": [ADMISSION, CLINIC, PHARMACY]}],
        "counters": [{"id": "1", "name": "Loket 1", "queues": [ADMISSION, CLINIC, PHARMACY]}],
    }
    file = folder / "setup.yaml"
    file.write_text(yaml.safe_dump({"branches": [branch], "connections": connections}))
    return file


def until(is_so: Callable[[], object]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := is_so()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_registration_goes_from_the_hospitals_system_to_the_insurer_by_way_of_a_phone(
    tmp_path: Path, mariadb: Mariadb, browser: Browser
) -> None:
    hospital = a_hospital(mariadb)
    with insurer(tmp_path) as bpjs:
        credentials = {"CONNECTION_BPJS_SECRET": "rahasia-uji-1", "CONNECTION_BPJS_USER_KEY": "kunci-uji"}
        secrets = {**credentials, "CONNECTION_SIMRS_PASSWORD": PASSWORD}
        setup = plan_of(tmp_path, connections(mariadb, hospital, bpjs))
        environment = {f"ANTREAN_{name}": value for name, value in secrets.items()}
        with running_server(tmp_path / "data", extra_env=environment, setup=setup) as server:
            code, registered_at = register(hospital, bpjs)
            label = until(lambda: label_of(server))
            phone, console = (a_context(browser, server, size).new_page() for size in (PHONE, DESK))
            phone.goto(f"/t/{token_of(server, label)}")
            expect(phone.locator("#label")).to_have_text("A-001")
            sign_in(console, server.key("clerk", BRANCH), f"/counter/{BRANCH}/1")
            expect(console.locator("#pulse")).to_have_attribute("data-health", "live")
            console.keyboard.press("P")
            console.get_by_role("button", name="Buka loket").click()
            expect(console.locator("body")).to_have_attribute("data-counter", "open")
            for stop in ("Pendaftaran", "Poli Penyakit Dalam", "Farmasi"):
                expect(phone.locator("#queue")).to_have_text(stop)
                if stop == "Poli Penyakit Dalam":
                    visit = hospital.ask("SELECT no_rawat FROM reg_periksa")
                    hospital.prescribe(visit, now())
                go_through(console, phone)
            expect(phone.locator("body")).to_have_attribute("data-state", "completed")
            tasks = until(lambda: told(bpjs, code, 7))
            assert tasks == {**measured(server, label), 1: registered_at}
            office = a_context(browser, server, DESK).new_page()
            sign_in(office, server.key("administrator"), "/office/connections")
            for name in ("simrs", "bpjs"):
                expect(office.locator("main")).to_contain_text(name)
            for page in (phone, console, office):
                page.context.close()


def now() -> datetime:
    """As the hospital's clocks show it."""
    return datetime.now(LAHAT).replace(tzinfo=None, microsecond=0)


def register(hospital: Hospital, bpjs: str) -> tuple[str, int]:
    """Somebody who was never here before, and has booked in Mobile JKN: the code, and the moment in milliseconds."""
    at = now()
    code = f"{at:%Y%m%d}000001"
    booking = {"kodebooking": code, "tanggalperiksa": at.date().isoformat(), "kodedokter": HFIS_DOCTOR, "pasienbaru": 1}
    httpx2.post(f"{bpjs}/_mobile", json={**booking, "kodepoli": POLI, "jampraktek": HOURS}).raise_for_status()
    hospital.know(RECORD, "PASIEN CONTOH", no_peserta=CARD, no_ktp=NIK)
    visit = hospital.register(at, POLI, DOCTOR, RECORD, payer="BPJ", is_new=True)
    hospital.refer(visit, code, is_new=True)
    return code, int(at.replace(tzinfo=LAHAT).timestamp() * 1000)


def go_through(console: Page, phone: Page) -> None:
    console.keyboard.press("Space")
    expect(phone.locator("body")).to_have_attribute("data-state", "called")
    expect(console.locator("body")).to_have_attribute("data-here", "called")
    console.keyboard.press("l")
    expect(phone.locator("body")).to_have_attribute("data-state", "serving")
    expect(console.locator("body")).to_have_attribute("data-here", "serving")
    console.keyboard.press("Enter")
    expect(console.locator("body")).to_have_attribute("data-here", "nobody")


def rows(server: Server, sql: str) -> list[Any]:
    with sqlite3.connect(server.data_dir / "antrean.db") as database:
        return database.execute(sql).fetchall()


def label_of(server: Server) -> str | None:
    """Of the registration's number here."""
    found = rows(server, "SELECT label FROM identifiers WHERE system = 'simrs-visit'")
    return found[0][0] if found else None


def token_of(server: Server, label: str) -> str:
    day = date.fromisoformat(rows(server, "SELECT day FROM identifiers")[0][0])
    return Tokens(load_secrets(None, server.data_dir)).token_of(TicketName(BRANCH, day, label))


def told(bpjs: str, code: str, count: int) -> dict[int, int] | None:
    """The task times that the insurer has, once there are so many."""
    tasks = httpx2.get(f"{bpjs}/_told").json()["bookings"][code]["tasks"]
    return {int(task): ms for task, ms in tasks.items()} if len(tasks) >= count else None


def measured(server: Server, label: str) -> dict[int, int]:
    """When the second to the seventh began, by the journal."""
    found = rows(server, "SELECT kind, at_ms, fields FROM entries ORDER BY seq")
    mine = [(kind, at_ms) for kind, at_ms, fields in found if json.loads(fields).get("label") == label]
    called, _, admitted, _, served, treated, _, prepared, ready = (at_ms for kind, at_ms in mine if kind != "issued")
    return dict(zip(range(2, 8), (called, admitted, served, treated, prepared, ready), strict=True))
