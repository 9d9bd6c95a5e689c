"""What Mobile JKN asks a hospital for, and what it is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from integrations.bpjs.answers.paths import Service
from tests.integrations.bpjs.answers.hospitals import a_hospital


async def test_smoke(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        told = await jkn.take()
        print(told)
        assert told.code == 200
        print(await jkn.take(n=0))
        print(
            await jkn.ask(
                Service.STATUS,
                {"kodepoli": "INT", "kodedokter": 12346, "tanggalperiksa": "2026-11-24", "jampraktek": "08:00 - 12:00"},
            )
        )
        print(await jkn.ask(Service.REMAINING, {"kodebooking": told["kodebooking"]}))
        print(await asyncio.gather(*(jkn.take(n=5) for _ in range(3))))
        assert 0
