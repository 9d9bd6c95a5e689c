"""`antrean-double simrs`: a MariaDB of its own, and a small hospital's day in it."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from tests.doubles.simrs.day import HospitalDay, live
from tests.doubles.simrs.hospital import Hospital
from tests.doubles.simrs.schema import CHARSETS, KHANZA, MLITE
from tests.mariadb import LOGGING, Mariadb, running_mariadb

READER, PASSWORD = "pembaca", "rahasia"  # of a database that nobody else reaches
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
    with running_mariadb(*LOGGING) as server:
        asyncio.run(_live(a_small_hospital(server, kind), server, pause, ZoneInfo(zone)))


def a_small_hospital(server: Mariadb, kind: str) -> Hospital:
    database = server.new_database(CHARSETS[kind])
    hospital = Hospital(server.connect(database), kind)
    hospital.build()
    hospital.run(f"CREATE USER IF NOT EXISTS {READER} IDENTIFIED BY '{PASSWORD}'")
    hospital.run(f"GRANT SELECT ON {database}.* TO {READER}")
    return hospital


async def _live(hospital: Hospital, server: Mariadb, pause: float, zone: ZoneInfo) -> None:
    told = {"port": server.port, "database": hospital.ask("SELECT DATABASE()"), "preset": hospital.kind}
    click.echo(SETTINGS.format(**told, user=READER, password=PASSWORD))
    day = HospitalDay(hospital, clock_of(zone), random.Random())  # noqa: S311
    living = asyncio.create_task(live(day, timedelta(seconds=pause), click.echo))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, living.cancel)
    with suppress(asyncio.CancelledError):
        await living


def clock_of(zone: ZoneInfo) -> Callable[[], datetime]:
    return lambda: datetime.now(zone).replace(tzinfo=None, microsecond=0)
