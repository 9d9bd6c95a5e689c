"""Referrals as they are carried out: real databases, and a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from queue_service.domain.referrals import Standing
from tests.births import AKTA, REGISTRY, RSUD, a_mother, a_regency, kinds, referred


async def test_who_is_referred_has_an_appointment_there(tmp_path: Path) -> None:
    async with a_regency(tmp_path) as house:
        mother = await a_mother(house)
        referral = await referred(house, mother)
        assert referral.standing is Standing.ACCEPTED
        assert (referral.number, referral.on) == ("C-001", date(2026, 11, 25))
        assert referral.due == datetime(2026, 11, 25, 1, tzinfo=UTC)
        there = (await house.floors.get((REGISTRY, date(2026, 11, 25)))).ticket("C-001")
        assert (there.queue, there.referral) == (AKTA, referral.id)
        assert await kinds(house, RSUD) == ["issued", "referred", "referral_accepted"]
