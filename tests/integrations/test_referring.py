"""A referral to an agency with a system of its own, of which a double stands behind the connectors' contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from integrations.contract import Item, Opening, Undelivered
from integrations.referring import HandedOver, Place, ReferralSender, report
from queue_service.domain.entries import event_fields
from queue_service.domain.errors import NotFound
from queue_service.domain.events import to_ms
from queue_service.domain.referrals import Outcome, Reason, Referral, Standing
from queue_service.records.audit import read_audit
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import SetupRefused, read_setup
from queue_service.web.house import House
from tests.births import ERRAND, NIK, RSUD, a_mother, agreed, referred, setup
from tests.houses import Clock, a_house

AGENCY = "bapenda"
DUE = datetime(2026, 11, 25, 2, tzinfo=UTC)
CONNECTION = {
    "id": AGENCY,
    "system": "opd-referrals",
    "settings": {
        "hand_over": {"url": "https://agency.example/antrean", "fields": {"id": "id"}},
        "answer": {"outcome": "outcome"},
    },
}


@dataclass
class Agency:
    """As far as a connector sees of it: it gives one place for each id, however often it is asked."""

    answer: Place | Reason = field(default_factory=lambda: Place("7", date(2026, 11, 25), DUE))
    is_away: bool = False
    asked: list[HandedOver] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)


class AgencySender(ReferralSender):
    def __init__(self, opening: Opening, agency: Agency) -> None:
        super().__init__(opening)
        self._agency = agency

    async def hand_over(self, handed: HandedOver) -> Place | Reason:
        if self._agency.is_away:
            raise Undelivered("It does not answer.")
        self._agency.asked.append(handed)
        return self._agency.answer

    async def take_back(self, id_: str) -> None:
        self._agency.taken_back.append(id_)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Line:
    house: House
    agency: Agency
    sender: AgencySender
    opening: Opening

    async def deliver(self) -> list[bool]:
        """All of today, as the courier does; also what was delivered before."""
        place = self.house.floors.today(RSUD)
        return [
            await self.sender.send(
                Item("e", *place, entry.seq, to_ms(entry.at), entry.event.kind, event_fields(entry.event))
            )
            for entry in await self.house.journal.read(place)
            if self.sender.wants(entry.event.kind)
        ]

    async def now(self, referral: Referral) -> Referral:
        return await self.house.referring.get(referral.id)


@asynccontextmanager
async def a_line(folder: Path) -> AsyncIterator[Line]:
    async with a_house(folder, Clock()) as house:
        told = setup(errand={"via": AGENCY, "to": "pajak", "queue": "pbb"}) | {"connections": [CONNECTION]}
        await house.branches.set_up(read_setup(yaml.safe_dump(told), "setup.yaml"))
        await house.floors.take_up()
        opening, agency = Opening(ConnectionPlan(id=AGENCY, system="opd-referrals"), house, {}), Agency()
        yield Line(house, agency, AgencySender(opening, agency), opening)


async def test_an_agency_with_a_system_of_its_own_gets_what_was_agreed_to_and_answers(tmp_path: Path) -> None:
    async with a_line(tmp_path) as line:
        referral = await referred(line.house, await a_mother(line.house), fields=("nik",))
        assert referral.standing is Standing.SENT
        assert await line.deliver() == [True]
        (handed,) = line.agency.asked
        assert (handed.to, handed.queue, handed.not_before) == ("pajak", "pbb", date(2026, 11, 25))
        assert handed.people == {"nik": NIK}
        known = await line.now(referral)
        assert (known.standing, known.number, known.due) == (Standing.ACCEPTED, "7", DUE)
        deeds = await line.house.database.read(read_audit)
        assert [deed.deed.detail for deed in deeds if deed.deed.what == "person.passed_on"] == [
            {"to": AGENCY, "fields": "nik", "referral": referral.id}
        ]
        assert await line.deliver() == [False]  # a message that comes twice asks for no second place
        await report(line.opening, handed.id, Outcome.READY)
        assert (await line.now(referral)).standing is Standing.READY
        with pytest.raises(NotFound):
            await report(line.opening, f"{referral.id}-2", Outcome.READY)


async def test_an_agency_that_is_away_or_refuses_leaves_nobody_waiting_in_silence(tmp_path: Path) -> None:
    async with a_line(tmp_path) as line:
        line.agency.is_away = True
        referral = await referred(line.house, await a_mother(line.house))
        for _ in range(2):
            with pytest.raises(Undelivered):
                await line.deliver()
        delayed = await line.now(referral)
        assert delayed.standing is Standing.DELAYED
        line.agency.is_away, line.agency.answer = False, Reason.FULL
        await line.deliver()
        refused = await line.now(referral)
        assert (refused.standing, refused.reason) == (Standing.REFUSED, Reason.FULL)
        again = await line.house.referring.refer(agreed(line.house, refused, ()), "visitor")
        await line.house.referring.withdraw(again, "visitor")
        assert await line.deliver() == [False, False, True]
        assert line.agency.taken_back == [f"{referral.id}-2"]
        assert len(line.agency.asked) == 1


async def test_what_leads_elsewhere_is_none_of_its_business(tmp_path: Path) -> None:
    async with a_line(tmp_path) as line:
        mother = await a_mother(line.house)
        await line.house.referring.offer(mother, ERRAND, "clerk:1")
        other = setup(errand={"via": "other", "to": "pajak", "queue": "pbb"})
        told = other | {"connections": [CONNECTION, {**CONNECTION, "id": "other"}]}
        await line.house.branches.set_up(read_setup(yaml.safe_dump(told), "setup.yaml"))
        await line.house.floors.take_up()
        await referred(line.house, mother)
        assert await line.deliver() == [False]
        elsewhere = {"id": "other", "system": "webhook", "settings": {"url": "https://agency.example/antrean"}}
        for wrong in (elsewhere, {**CONNECTION, "id": "other", "branches": ["dukcapil"]}):
            with pytest.raises(SetupRefused, match="expected a connection that carries referrals of rsud"):
                read_setup(yaml.safe_dump(other | {"connections": [wrong]}), "setup.yaml")
