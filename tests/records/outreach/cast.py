"""An office that takes requests for visits, its team, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from queue_service.app import open_house
from queue_service.domain.requests import Asker, Need, OutreachRequest, Person
from queue_service.domain.trip_actions import PlanTrip
from queue_service.domain.trip_events import TripStop
from queue_service.records.outreach import Contact, Key, NewRequest, Who
from queue_service.records.plans import SetupPlan
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import Clock

OFFICE, TEAM = "disdukcapil", "bola-1"
VILLAGE, OTHER_VILLAGE = "16.04.01.2001", "16.04.10.1037"
NAME, PHONE, NIK = "Planted Persona Uji", "+6281299004477", "1604994107900017"
MONDAY_EIGHT = datetime.fromisoformat("2026-11-23T08:00+07:00").astimezone(UTC)
PROMISED = date(2026, 12, 21)
TRIP_DAY = date(2026, 12, 1)
PLACE = "Dusun II, rumah panggung di samping surau"

PLAN: dict[str, Any] = {
    "branches": [
        {
            "id": OFFICE,
            "name": {"id": "Disdukcapil Uji", "en": "Civil registry for tests"},
            "timezone": "Asia/Jakarta",
            "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "07:30", "to": "15:00"}],
            "queues": [{"id": "ktp", "name": {"id": "KTP", "en": "ID card"}, "prefix": "A"}],
            "counters": [{"id": "1", "name": "1", "queues": ["ktp"]}],
            "outreach": {
                "regency": "16.04",
                "promise_days": 20,
                "services": [
                    {
                        "id": "ktp-rekam",
                        "name": {"id": "Perekaman KTP-el", "en": "ID card recording"},
                        "requirements": [{"id": "Salinan Kartu Keluarga.", "en": "A copy of the Family Card."}],
                    },
                    {"id": "kia", "name": {"id": "Kartu Identitas Anak", "en": "Child card"}, "minutes": 10},
                ],
            },
        },
        {
            "id": TEAM,
            "name": {"id": "Tim 1", "en": "Team 1"},
            "timezone": "Asia/Jakarta",
            "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "15:00"}],
            "queues": [],
            "counters": [{"id": "1", "name": "1", "queues": []}],
            "team": {"office": OFFICE, "base": OTHER_VILLAGE},
        },
    ]
}


@asynccontextmanager
async def an_outreach_house(folder: Path, clock: Clock | None = None, url: str | None = None) -> AsyncIterator[House]:
    settings = Settings(folder, url or f"sqlite:///{folder / 'antrean.db'}", rate_limits=False)
    async with open_house(settings, clock or Clock(MONDAY_EIGHT)) as house:
        await house.branches.set_up(SetupPlan.model_validate(PLAN))
        await house.branches.refresh()
        yield house


def a_new_request(house: House, **changes: Any) -> NewRequest:
    new = NewRequest(
        changes.pop("office", None) or house.branches.get(OFFICE),
        Asker.FAMILY,
        VILLAGE,
        (Person("", "ktp-rekam", (Need.LYING,), 1946), Person("", "kia")),
        (Who(NAME, NIK), Who("Anak Uji")),
        Contact("Kakak Uji", PHONE, place=PLACE),
        "page",
        agrees=True,
    )
    return replace(new, **changes)


async def received(house: House, key: Key | None = None, **changes: Any) -> OutreachRequest:
    (request,) = await house.requests.receive([a_new_request(house, **changes)], "visitor", house.floors.clock(), key)
    return request


async def plan_trip(house: House, day: date = TRIP_DAY) -> None:
    opens, closes = (datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for hour in (2, 5))
    stop = TripStop("a", "A", VILLAGE, "Kembang Ayun", opens, closes)
    await house.desk.act(TEAM, PlanTrip((stop,), 50, 1), "staff:test", day=day)
