"""A hospital and a civil registry in one house, and the errand between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from queue_service.domain.actions import Issue
from queue_service.domain.floors import Floor
from queue_service.domain.referral_actions import Refer
from queue_service.domain.referrals import Referral
from queue_service.records.people.given import Given
from queue_service.records.people.wordings import consent_id
from queue_service.records.setup_files import read_setup
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.houses import Clock, a_house

RSUD, MATERNITY, REGISTRY, AKTA, ERRAND = "rsud", "kandungan", "dukcapil", "akta", "lahir"
NIK, PHONE = "1604994107900017", "+6281234567890"
MOTHER = {"name": "Ibu Contoh", "phone": PHONE, "nik": NIK}
WEEK = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "12:00"}]


def setup(
    errand: Mapping[str, Any] | None = None,
    queue: Mapping[str, Any] | None = None,
    registry: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """With what is to be otherwise about the errand, about the registry's queue, and about the registry."""
    purpose = {"id": "Agar berkas Anda disiapkan.", "en": "So that your file can be prepared."}
    asks = dict.fromkeys(("name", "phone", "nik"), "optional")
    told: dict[str, Any] = {
        "id": ERRAND,
        "name": {"id": "Lahir, pulang bawa akta", "en": "Born, and home with the certificate"},
        "queues": [MATERNITY],
        "to": REGISTRY,
        "queue": AKTA,
        "services": [
            {"id": "Akta kelahiran", "en": "Birth certificate"},
            {"id": "Kartu keluarga", "en": "Family card"},
        ],
        "brings": [{"id": "Surat keterangan lahir", "en": "Birth letter"}],
        "gives": ["name", "nik"],
        "consent": {
            "id": "Disdukcapil menerima ini untuk akta kelahiran.",
            "en": "The registry gets this for the birth certificate.",
        },
        "days_later": 2,
        "within_days": 5,
        **(errand or {}),
    }
    akta = {
        "id": AKTA,
        "prefix": "C",
        "name": {"id": "Akta Kelahiran", "en": "Birth Certificates"},
        "hours": WEEK,
        "appointments": {"per_slot": 1, "slot_minutes": 240},
        "asks": {"name": "required", "nik": "optional"},
        "purpose": purpose,
        **(queue or {}),
    }
    maternity = {"id": MATERNITY, "prefix": "K", "name": "Kandungan", "asks": asks, "purpose": purpose}
    return {
        "branches": [
            {
                "id": RSUD,
                "name": "RSUD Contoh",
                "queues": [maternity, {"id": "gigi", "prefix": "G", "name": "Gigi"}],
                "counters": [{"id": "1", "name": "Ruang 1", "queues": [MATERNITY, "gigi"]}],
                "errands": [told],
            },
            {
                "id": REGISTRY,
                "name": {"id": "Disdukcapil Contoh", "en": "Example Registry"},
                "queues": [{name: value for name, value in akta.items() if value is not None}],
                "counters": [{"id": "1", "name": "Loket 1", "queues": [akta["id"]]}],
                **(registry or {}),
            },
        ]
    }


def _followed(id_: str, name: str, brings: str) -> dict[str, Any]:
    standard = {"requirements": [{"id": brings, "en": brings}], "promise": "2d"}
    return {"id": id_, "name": name, "stops": [AKTA], "progress": {AKTA: "recorded"}, "standard": standard}


_JOURNEYS = [
    _followed("akta", "Akta kelahiran", "Buku nikah"),
    _followed("kk", "Kartu keluarga", "Kartu keluarga lama"),
]
# Two that the registry follows, and one that people there tell of.
PAPERS: dict[str, Any] = {
    "errand": {"papers": ["akta", "kk", {"id": "kia", "name": "Kartu identitas anak"}], "brings": []},
    "registry": {"journeys": _JOURNEYS},
}


@asynccontextmanager
async def a_regency(folder: Path, clock: Clock | None = None, **more: Any) -> AsyncIterator[House]:
    async with a_house(folder, clock) as house:
        await set_up(house, **more)
        yield house


async def set_up(house: House, **more: Any) -> None:
    await house.branches.set_up(read_setup(yaml.safe_dump(setup(**more)), "setup.yaml"))
    await house.floors.take_up()


async def a_mother(house: House, given: Mapping[str, str] = MOTHER, queue: str = MATERNITY) -> TicketName:
    """With a number at the hospital, and what is kept there of her."""
    branch = house.branches.get(RSUD)
    beside = house.identities.beside(branch, branch.queue(queue), Given(given, agrees=True), "visitor")

    def answer(floor: Floor, events: Any, now: object) -> dict[str, Any]:
        return {"label": events[0].label}

    told = await house.desk.act(RSUD, Issue(queue), "visitor", answer=answer, beside=beside)
    return TicketName(RSUD, house.floors.today(RSUD)[1], told["label"])


def agreed(house: House, referral: Referral, fields: tuple[str, ...] = ("name", "nik"), **more: Any) -> Refer:
    errand = house.branches.get(RSUD).errand(ERRAND)
    return Refer(referral, ERRAND, consent_id(errand), fields, **more)


async def referred(house: House, mother: TicketName, **more: Any) -> Referral:
    return await house.referring.refer(agreed(house, house.referring.begin(mother, ERRAND), **more), "visitor")


async def kinds(house: House, branch: str, day: date | None = None) -> list[str]:
    place = (branch, day) if day else house.floors.today(branch)
    return [entry.event.kind for entry in await house.journal.read(place)]
