"""A house with a connection to LAPOR's double, through a gateway, over real connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integrations.contract import Opening
from integrations.health import Health
from integrations.lapor.follow_ups import FollowUpPoller
from integrations.lapor.sender import ComplaintOutbox
from integrations.lapor.system import LaporSystem
from integrations.outbox import Messenger
from queue_service.domain.complaints import (
    Complaint,
    Escalate,
    Passage,
    filed,
)
from queue_service.records.complaints.complaints import Filing, Step
from queue_service.records.healths import Part
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup_file
from queue_service.web.house import House
from tests.doubles.lapor.lapor import KEY, Lapor
from tests.doubles.splp.gateway import Gateway
from tests.doubles.web import WebServer
from tests.houses import LAHAT, RSUD, Clock, a_house
from tests.web.wired import set_up_connections

CODES = {
    "channel": 10,
    "user_id": 11,
    "disposition_id": 12,
    "classification_id": 6,
    "category_id": 13,
    "location_id": 34,
}
BRANCH = read_setup_file(LAHAT).branches[0].branch()
TOLD, PHONE = "Saya menunggu tiga jam tanpa dipanggil.", "0812-3456-7890"


@dataclass
class Channel:
    house: House
    lapor: Lapor
    gateway: Gateway
    opening: Opening
    clock: Clock

    @property
    def settings(self) -> LaporSystem:
        return LaporSystem.model_validate(self.opening.plan.settings)

    async def file(self, words: str = TOLD, key: str = "satu", name: str = "", **more: Any) -> Complaint:
        branch = self.house.branches.get(RSUD)
        filing = Filing(filed(branch, self.clock(), "waiting", **more), words, name=name)
        return await self.house.complaints.file(filing, key, "visitor", self.clock())

    async def act(self, complaint: Complaint, action: Any, words: str = "") -> Complaint:
        branch = self.house.branches.get(RSUD)
        step = Step(action, "supervisor:a", words)
        return await self.house.complaints.act(complaint.number, step, branch, self.clock())

    async def pass_on(self, **more: Any) -> Complaint:
        return await self.act(await self.file(**more), Escalate("lapor"))

    async def send(self, complaint: Complaint) -> Complaint:
        async with a_box(self) as box:
            await box.send(complaint.number)
        return await self.house.complaints.get(complaint.number)

    async def hear(self, complaint: Complaint) -> Complaint:
        poller = FollowUpPoller(self.opening, self.settings)
        try:
            await poller.look()
        finally:
            await poller.close()
        return await self.house.complaints.get(complaint.number)


@asynccontextmanager
async def a_box(channel: Channel) -> AsyncIterator[ComplaintOutbox]:
    box = ComplaintOutbox(channel.opening, channel.settings)
    yield box
    await box.close()


@contextmanager
def after_knock(box: ComplaintOutbox, work: Callable[[], Awaitable[object]]) -> Iterator[None]:
    """What happens between the question whether LAPOR is there and the complaint itself."""
    knock = box._client.knock

    async def knock_and_work() -> int:
        found = await knock()
        await work()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(box._client, "knock", knock_and_work)
        yield


@asynccontextmanager
async def a_messenger(channel: Channel) -> AsyncIterator[Messenger]:
    async with a_box(channel) as box, Health(channel.opening, Part.BOX) as health:
        yield Messenger("lapor", box, 12, health)


@asynccontextmanager
async def a_channel(folder: Path, **more: Any) -> AsyncIterator[Channel]:
    clock, lapor = Clock(), Lapor()
    gateway = Gateway(lapor.answer, prefix="/t/lahatkab.example/lapor/3.0.0")
    async with WebServer(gateway.answer) as server, a_house(folder, clock) as house:
        base = {"base_url": f"{server.url}{gateway.prefix}", "allow_private": True, "key_header": "AuthorizationSPLP"}
        plan = ConnectionPlan(id="lapor", system="lapor", branches=[RSUD], settings={**base, **CODES, **more})
        await set_up_connections(house, plan)
        secrets = {"ANTREAN_CONNECTION_LAPOR_KEY": KEY, "ANTREAN_CONNECTION_LAPOR_GATEWAY_KEY": gateway.key}
        yield Channel(house, lapor, gateway, Opening(plan, house, secrets), clock)


async def passage_of(channel: Channel, complaint: Complaint) -> Passage:
    found = (await channel.house.complaints.get(complaint.number)).escalation
    assert found is not None
    return found.passage
