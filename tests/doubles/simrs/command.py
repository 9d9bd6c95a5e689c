"""`antrean-double simrs`: a MariaDB of its own, and a small hospital's day in it."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tests.doubles.simrs.schema import KHANZA, MLITE

if TYPE_CHECKING:
    from tests.doubles.simrs.hospital import Hospital

SETTINGS = """connections:
  - id: simrs
    system: simrs
    branches: [rsud-lahat]
    settings:
      host: 127.0.0.1
      port: {port}
      database: {database}
      user: {user}
      preset: {preset}
      leads: simrs
      clinics: [{{clinic: ANA, queue: poli-anak}}, {{clinic: INT, queue: poli-dalam}}]
      pharmacy: {{queue: farmasi}}
ANTREAN_CONNECTION_SIMRS_PASSWORD={password}"""


@click.command()
@click.option("--kind", default=KHANZA, show_default=True, type=click.Choice([KHANZA, MLITE]))
@click.option("--pause", default=8.0, show_default=True, type=click.FloatRange(0.1), help="Seconds between two events.")
@click.option("--zone", default="Asia/Jakarta", show_default=True, help="Of the hospital's clocks.")
def simrs(kind: str, pause: float, zone: str) -> None:
    """A hospital's own system, where a day goes by. Prints what to set up for it."""
    # Only here: the other doubles need none of it.
    from tests.doubles.simrs.hospital import PASSWORD, READER, a_hospital
    from tests.mariadb import LOGGING, running_mariadb

    with running_mariadb(*LOGGING) as server:
        hospital = a_hospital(server, kind)
        told = {"port": server.port, "database": hospital.ask("SELECT DATABASE()"), "preset": kind}
        click.echo(SETTINGS.format(**told, user=READER, password=PASSWORD))
        asyncio.run(_live(hospital, pause, ZoneInfo(zone)))


async def _live(hospital: Hospital, pause: float, zone: ZoneInfo) -> None:
    from tests.doubles.simrs.day import HospitalDay, live

    day = HospitalDay(hospital, clock_of(zone), random.Random())
    living = asyncio.create_task(live(day, timedelta(seconds=pause), click.echo))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, living.cancel)
    with suppress(asyncio.CancelledError):
        await living


def clock_of(zone: ZoneInfo) -> Callable[[], datetime]:
    return lambda: datetime.now(zone).replace(tzinfo=None, microsecond=0)
