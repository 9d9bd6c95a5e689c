"""How soon the insurer knows what a clerk has done, and that it costs the clerk nothing; it prints what it measured."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from integrations.run import tending
from queue_service.domain.actions import Issue
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import INTERNAL, KNOWN, Hospital, a_hospital, secrets_of

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


async def test_what_waits_for_the_insurer_slows_down_nobody(tmp_path: Path) -> None:
    """The same visits before, while it is away and much waits for it, and while that drains."""
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        took = {"without": await treat_all(hospital)}
        bpjs.outages.begin("down")
        async with tending(hospital.house, environment=secrets_of(bpjs)):
            took["away"] = await treat_all(hospital)
            bpjs.outages.end()
            took["draining"] = await treat_all(hospital)
            assert not await hospital.is_idle()
        for name, each in took.items():
            half, most = each[len(each) // 2], each[len(each) * 99 // 100]
            ratio = half / took["without"][len(each) // 2]
            print(f"\n{name}: median {half * 1000:.2f} ms ({ratio:.2f} of without), p99 {most * 1000:.2f} ms", end="")


async def treat_all(hospital: Hospital) -> list[float]:
    """How long each deed of a clerk took, in seconds, the shortest first."""
    took: list[float] = []
    for number in range(VISITS):
        await hospital.take(Issue(INTERNAL), INTERNAL, {**KNOWN, "card": f"{9900000000:010d}{number:03d}"})
        for deed in (hospital.call, hospital.serve, hospital.complete):
            hospital.clock.turn(seconds=5)
            began = time.perf_counter()
            await deed(INTERNAL)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
    return sorted(took)
