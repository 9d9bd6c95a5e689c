"""What it costs to follow a hospital of many years, and how soon a phone knows; each prints what it measured."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.simrs.client import SimrsClient
from queue_service.domain.tickets import label_of
from tests.doubles.simrs.hospital import PASSWORD, READER, Hospital, a_hospital
from tests.doubles.simrs.years import fill
from tests.houses import CHILDREN, RSUD
from tests.integrations.simrs.wards import CHILD, CHILD_DOCTOR, CLINICS, LAHAT, a_ward, settings_of
from tests.integrations.stages import Deliverer
from tests.mariadb import Mariadb
from tests.redis import Redis
from tests.servers import LAHAT as SETUP
from tests.servers import ROOT, Server
from tests.service.phones import Phone

YEARS, A_DAY = 1800, 400  # days; 720,000 registrations
LOOKS = 100
TODAY = date(2026, 11, 23)  # of the test's clock
CHANGES = 300
EARLIER = 40  # so many registrations lie between somebody's and their cancellation

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("days", [1, YEARS])
async def test_acceptance_2_a_look_at_720000_registrations(tmp_path: Path, mariadb: Mariadb, days: int) -> None:
    hospital = a_hospital(mariadb)
    fill(hospital, TODAY - timedelta(days=days - 1), days, A_DAY)
    hospital.run("ANALYZE TABLE reg_periksa, mutasi_berkas, pemeriksaan_ralan, resep_obat")
    count = hospital.ask("SELECT COUNT(*) FROM reg_periksa")
    clinics = [{"clinic": f"P{n}", "queue": CHILDREN} for n in range(20)]
    async with a_ward(tmp_path, mariadb, hospital, clinics=clinics) as ward:
        ward.clock.turn(hours=5)
        await ward.look()
        tickets = len((await ward.house.floors.get_today(RSUD)).tickets)
        client = SimrsClient(ward.settings, PASSWORD)
        asked: list[float] = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            await client.picture(TODAY)
            asked.append(time.perf_counter() - began)
        await client.close()
        cpu = time.process_time()
        for _ in range(LOOKS):
            await ward.look()
        share = (time.process_time() - cpu) / LOOKS / ward.settings.seconds
        median, p99 = statistics.median(asked) * 1000, statistics.quantiles(asked, n=100)[98] * 1000
        print(f"\n{count:,} registrations, {tickets} of today: the questions of a look take {median:.1f} ms,")
        print(f"p99 {p99:.1f} ms, and looks every {ward.settings.seconds} s take {share:.2%} of a core")
        hospital.run(f"DROP DATABASE {ward.settings.database}")
    assert count == days * A_DAY and tickets == A_DAY
    assert median < 20 and share < 0.02


async def test_a_change_reaches_the_phone_within_three_seconds(tmp_path: Path, mariadb: Mariadb, redis: Redis) -> None:
    hospital = a_hospital(mariadb)
    with running_service(tmp_path, mariadb, hospital, redis) as server:
        phone = Watcher(server.port, f"branch={RSUD}")
        watching = asyncio.create_task(phone.watch())
        first = hospital.register(local(), CHILD, CHILD_DOCTOR)
        while label_of("B", 1) not in phone.seen_at:
            assert time.monotonic() < phone.began + 60, "the first registration never came"
            await asyncio.sleep(0.05)
        written: dict[tuple[str, bool], float] = {}
        visits = [first]
        for n in range(2, CHANGES + 2):
            await asyncio.sleep(random.uniform(0, 0.4))
            if n % 5 == 0 and n > EARLIER:
                written[label_of("B", n - EARLIER), False] = time.monotonic()
                hospital.cancel(visits[n - EARLIER - 1])
            visits.append(hospital.register(local(), CHILD, CHILD_DOCTOR))
            written[label_of("B", n), True] = time.monotonic()
        await asyncio.sleep(5)
        watching.cancel()
    hospital.connection.close()
    late = [(phone.seen_at if comes else phone.gone_at)[label] - at for (label, comes), at in written.items()]
    p99, most = statistics.quantiles(late, n=100)[98], max(late)
    print(f"\n{len(late)} changes: median {statistics.median(late):.2f} s, p99 {p99:.2f} s, at most {most:.2f} s")
    assert p99 < 3


class Watcher(Phone):
    """Notes when it first saw each number wait, and when it first did not any more."""

    def __init__(self, port: int, query: str) -> None:
        super().__init__(port, query)
        self.began = time.monotonic()
        self.seen_at: dict[str, float] = {}
        self.gone_at: dict[str, float] = {}

    def take(self, frame: dict[str, Any]) -> None:
        super().take(frame)
        if frame["type"] != "queue" or frame["queue"] != CHILDREN:
            return
        now = time.monotonic()
        waiting = {label_of(prefix, n) for prefix, low, high in frame["waiting"] for n in range(low, high + 1)}
        for label in waiting:
            self.seen_at.setdefault(label, now)
        for label in self.seen_at.keys() - waiting:
            self.gone_at.setdefault(label, now)


def local() -> datetime:
    return datetime.now(LAHAT).replace(tzinfo=None)


@contextmanager
def running_service(folder: Path, mariadb: Mariadb, hospital: Hospital, redis: Redis) -> Iterator[Server]:
    """The service as one process, and what follows the SIMRS beside it as another."""
    plan = yaml.safe_load((ROOT / SETUP).read_text())
    given = settings_of(mariadb, hospital, clinics=CLINICS).model_dump(mode="json", exclude_defaults=True)
    assert given["user"] == READER
    plan["connections"] = [{"id": "khanza", "system": "simrs", "branches": [RSUD], "settings": given}]
    setup = folder / "setup.yaml"
    setup.write_text(yaml.safe_dump(plan))
    variables = {"ANTREAN_CONNECTION_KHANZA_PASSWORD": PASSWORD, "ANTREAN_REDIS_URL": redis.address}
    server = Server(folder / "data", setup=setup, extra_env=variables)
    server.set_up()
    server.start()
    deliverer = Deliverer(folder / "deliverer.log", server.environment)
    try:
        yield server
    finally:
        deliverer.stop()
        server.stop()
