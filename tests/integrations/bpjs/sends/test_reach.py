"""How soon the insurer knows what a clerk has done; it prints what it measured."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from integrations.run import tending
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import INTERNAL, KNOWN, a_hospital, secrets_of

VISITS = 200
PAUSE_SECONDS = 0.1
TREATING = 4

pytestmark = pytest.mark.slow


async def test_how_soon_the_insurer_knows_what_a_clerk_has_done(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        served: dict[str, float] = {}
        labels = [await hospital.come(INTERNAL, {**KNOWN, "card": f"{9900000000:010d}{n:03d}"}) for n in range(VISITS)]
        async with tending(hospital.house, environment=secrets_of(bpjs)):
            await hospital.until(hospital.is_idle)
            for label in labels:
                hospital.clock.turn(seconds=30)
                await hospital.call(INTERNAL)
                hospital.clock.turn(seconds=10)
                await hospital.serve(INTERNAL)
                served[label] = time.time()
                hospital.clock.turn(minutes=3)
                await hospital.complete(INTERNAL)
                await asyncio.sleep(PAUSE_SECONDS)
            await hospital.until(hospital.is_idle)
        bookings = {label: await hospital.booking(label) for label in labels}
        delays = sorted(each.tasks[TREATING].received_ms / 1000 - served[label] for label, each in bookings.items())
        print(f"\n{VISITS} visits: median {delays[VISITS // 2]:.3f} s, p99 {delays[VISITS * 99 // 100]:.3f} s")
        assert len(delays) == VISITS
