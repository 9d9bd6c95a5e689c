"""A hospital that Mobile JKN asks, inside a test: a real house, and the real web service on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from starlette.types import ASGIApp

from integrations.bpjs.answers.paths import Service, method_of
from integrations.bpjs.answers.service import make_service
from integrations.bpjs.answers.settings import Answers, AnswerSettings, PuskesmasAnswers
from integrations.bpjs.clinics import ClinicPlan
from integrations.contract import Opening
from queue_service.app import open_house
from queue_service.domain.actions import CallNext, Complete, Serve, SetCounter, Transfer
from queue_service.domain.counters import CounterState
from queue_service.domain.floors import Floor
from queue_service.records.identifiers import Identifier, find_identifier
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import NINE, Clock

BRANCH, INTERNIST, CHILDREN, ADMISSION, PHARMACY = "rsud", "dalam", "anak", "admisi", "farmasi"
USERNAME, PASSWORD = "mobilejkn", "rahasia-antrean-99"
SECRETS = {"ANTREAN_CONNECTION_BPJS_X_USERNAME": USERNAME, "ANTREAN_CONNECTION_BPJS_X_PASSWORD": PASSWORD}
MORNING = "08:00-12:00"
TODAY, TOMORROW = "2026-11-23", "2026-11-24"
# Of nobody: district 99 does not exist.
CARD, NIK, PHONE = "0009900000017", "1699995503990001", "081234567890"
REFERENCE = "0301R0011126V000001"

SETUP = """
branches:
  - id: rsud
    name: RSUD Contoh
    timezone: {timezone}
    hours:
      - {{days: [mon, tue, wed, thu, fri, sat], from: "08:00", to: "14:00"}}
    queues:
      - id: dalam
        prefix: A
        name: Penyakit Dalam
        appointments: {{per_slot: 4, slot_minutes: 30, early_minutes: 120}}
      - {{id: anak, prefix: B, name: Anak, appointments: {{per_slot: 20, slot_minutes: 30}}}}
      - {{id: admisi, prefix: P, name: Admisi}}
      - {{id: farmasi, prefix: F, name: Farmasi}}
    counters:
      - {{id: "1", name: Ruang 1, queues: [dalam]}}
      - {{id: "2", name: Ruang 2, queues: [anak]}}
      - {{id: "3", name: Loket 3, queues: [admisi]}}
      - {{id: "4", name: Loket 4, queues: [farmasi]}}
"""


def clinics(quota: int = 20) -> list[ClinicPlan]:
    return [
        ClinicPlan(
            queue=INTERNIST,
            poli="INT",
            poli_name="Penyakit Dalam",
            doctor=12346,
            doctor_name="Dokter Contoh A",
            hours=MORNING,
            quota_jkn=quota,
            quota_non_jkn=5,
        ),
        ClinicPlan(
            queue=CHILDREN,
            poli="ANA",
            poli_name="Anak",
            doctor=98765,
            doctor_name="Dokter Contoh B",
            hours="10:00-13:00",
            quota_jkn=30,
            quota_non_jkn=30,
        ),
    ]


@dataclass
class Told:
    status: int
    code: int
    message: str
    response: Any

    def __getitem__(self, key: str) -> Any:
        return self.response[key]


@dataclass
class MobileJkn:
    """Whoever calls at the hospital."""

    house: House
    settings: Answers
    http: httpx2.AsyncClient
    clock: Clock
    headers: dict[str, str] = field(default_factory=dict)
    signed_in_at: datetime = NINE

    async def sign_in(self) -> None:
        given = {"x-username": USERNAME, "x-password": PASSWORD}
        told = read(await self.http.get(self.settings.all_paths[Service.TOKEN], headers=given))
        self.headers = {"x-username": USERNAME, "x-token": told["token"]}
        self.signed_in_at = self.clock.now

    async def ask(self, service: Service, body: Any = None, **path: str) -> Told:
        if self.clock.now - self.signed_in_at >= timedelta(hours=1):
            await self.sign_in()
        address = self.settings.all_paths[service].format(**path)
        how = method_of(service, self.settings.family)
        content = {} if how == "GET" else {"json": body}
        return read(await self.http.request(how, address, headers=self.headers, **content))

    async def take(self, **changes: Any) -> Told:
        return await self.ask(Service.TAKE, a_visit(**changes))

    async def booked(self, **changes: Any) -> Told:
        told = await self.take(**changes)
        assert told.code == 200, told.message
        return told

    async def check_in(self, code: str) -> Told:
        return await self.ask(Service.CHECK_IN, {"kodebooking": code, "waktu": ms(self.clock.now)})

    async def floor(self, day: str = TODAY) -> Floor:
        return await self.house.floors.get((BRANCH, date.fromisoformat(day)))

    async def identifier(self, code: str) -> Identifier:
        found = await self.house.database.read(lambda c: find_identifier(c, BRANCH, "bpjs-booking", code))
        assert found is not None
        return found

    async def open_counter(self, counter: str) -> None:
        await self.house.desk.act(BRANCH, SetCounter(counter, CounterState.OPEN), "clerk:1")

    async def serve_next(self, counter: str, transfer: str = "", *, ends: bool = True) -> None:
        for action in (CallNext(counter), Serve(counter)):
            await self.house.desk.act(BRANCH, action, "clerk:1")
        if transfer:
            await self.house.desk.act(BRANCH, Transfer(counter, transfer), "clerk:1")
        elif ends:
            await self.house.desk.act(BRANCH, Complete(counter), "clerk:1")


def read(answer: httpx2.Response) -> Told:
    content = answer.json()
    metadata = content["metadata"]
    assert type(metadata["code"]) is int and metadata["message"]
    return Told(answer.status_code, metadata["code"], metadata["message"], content.get("response"))


def a_visit(n: int = 0, **changes: Any) -> dict[str, Any]:
    """The nth of as many people as are needed."""
    body: dict[str, Any] = {
        "nomorkartu": f"{int(CARD) + n:013d}",
        "nik": f"{int(NIK) + n}",
        "nohp": PHONE,
        "kodepoli": "INT",
        "norm": "123456",
        "tanggalperiksa": TOMORROW,
        "kodedokter": 12346,
        "jampraktek": MORNING,
        "jeniskunjungan": 1,
        "nomorreferensi": f"{REFERENCE}-{n}",
    }
    return body | changes


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@asynccontextmanager
async def a_hospital(
    folder: Path,
    *,
    timezone: str = "Asia/Jakarta",
    clock: Clock | None = None,
    quota: int = 20,
    database: str = "",
    around: Callable[[ASGIApp, House], ASGIApp] | None = None,
    **settings: Any,
) -> AsyncIterator[MobileJkn]:
    clock = clock or Clock()
    address = database or f"sqlite:///{folder / 'antrean.db'}"
    async with open_house(Settings(folder, address, rate_limits=False), clock) as house:
        await house.branches.set_up(read_setup(SETUP.format(timezone=timezone), "rsud.yaml"))
        await house.branches.refresh()
        model = PuskesmasAnswers if settings.get("family") == "fktp" else AnswerSettings
        async with a_caller(house, clock, model(**settings), quota, around=around) as caller:
            await caller.sign_in()
            yield caller


@asynccontextmanager
async def a_caller(
    house: House,
    clock: Clock,
    settings: Answers,
    quota: int = 20,
    secrets: Mapping[str, str] = SECRETS,
    around: Callable[[ASGIApp, House], ASGIApp] | None = None,
) -> AsyncIterator[MobileJkn]:
    opening = Opening(ConnectionPlan(id="bpjs", system="bpjs"), house, secrets)
    app = make_service(opening, settings, clinics(quota), [ADMISSION], {PHARMACY: "non racikan"})
    transport = httpx2.ASGITransport(around(app, house) if around else app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://rsud.example") as http:
        yield MobileJkn(house, settings, http, clock)
