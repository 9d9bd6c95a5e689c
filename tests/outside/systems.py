"""What the demo's hospital is connected with: the insurer's double, and a SIMRS in a real MariaDB where there is one.

Each can be sent away and brought back by `antrean-double outage`. When the demo ends nothing of it is left.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import count
from typing import Any

from sqlalchemy import Connection

from integrations.bpjs.clinics import ClinicPlan
from integrations.run import tending
from queue_service.cursors import begin_cursors
from queue_service.demo.addresses import Line
from queue_service.demo.outside import Outside
from queue_service.records.connections import drop_connection, keep_connection, read_connections
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from tests.doubles.bpjs.double import BpjsDouble
from tests.doubles.gate import Gate
from tests.doubles.outages import PORTS
from tests.doubles.simrs.hospital import PASSWORD as SIMRS_PASSWORD
from tests.doubles.simrs.hospital import READER, a_hospital
from tests.doubles.switch import Switch
from tests.mariadb import MariadbFailed, running_mariadb
from tests.outside.arrivals import Arrivals, Register, at_the_desk, card_of
from tests.outside.beside import DOCTOR, POLI, Beside

HOSPITAL = "rsud-lahat"
CLINIC, PHARMACY = "poli-dalam", "farmasi"
FIRST_AT_THE_DESK = 5000  # patients; those of the SIMRS have lower numbers
INSURER, SIMRS = "bpjs-tiruan", "simrs-tiruan"  # nobody else would call a connection so
COMMAND = ".venv/bin/antrean-double outage"


@asynccontextmanager
async def outside_systems(house: House) -> AsyncIterator[Outside]:
    """Unless the database has connections of its own, to which the play must not speak."""
    if others := await _others(house):
        yield Outside([("Insurer and SIMRS", f"left out: this database has a connection of its own ({others[0]})")])
        return
    async with AsyncExitStack() as all_:
        bpjs = await all_.enter_async_context(_listening(BpjsDouble(port=PORTS["bpjs"]), BpjsDouble()))
        known = bpjs.credentials
        plans = [_insurer(bpjs)]
        secrets = {_variable(INSURER, "SECRET"): known.secret, _variable(INSURER, "USER_KEY"): known.user_key}
        outside = Outside(_told("Insurer, a double", bpjs.web.url, "bpjs", bpjs.web.port), is_connected=True)
        simrs = await _simrs(house, all_)
        if simrs is None:
            outside.lines.append(("SIMRS", "none, since there is no MariaDB here"))
            register = at_the_desk(house, HOSPITAL, CLINIC)
        else:
            switch, plan, register = simrs
            plans.append(plan)
            secrets[_variable(SIMRS, "PASSWORD")] = SIMRS_PASSWORD
            outside.lines += _told("SIMRS, in MariaDB", f"registers people for {CLINIC}", "simrs", switch.web.port)
        await all_.enter_async_context(_set_up(house, plans))
        all_.enter_context(_quiet())
        await all_.enter_async_context(tending(house, environment={**os.environ, **secrets}))
        outside.fed.add((HOSPITAL, CLINIC))
        numbers = count(FIRST_AT_THE_DESK)
        outside.shows[HOSPITAL] = lambda queue: card_of(house, HOSPITAL, queue, next(numbers))
        await all_.enter_async_context(_arriving(Arrivals(house, HOSPITAL, CLINIC, register)))
        yield outside


async def _others(house: House) -> list[str]:
    known = await house.database.read(read_connections)
    return [each.plan.id for each in known if each.plan.id not in {INSURER, SIMRS}]


@asynccontextmanager
async def _listening(double: BpjsDouble, elsewhere: BpjsDouble) -> AsyncIterator[BpjsDouble]:
    """At its usual port, or wherever one is free."""
    try:
        await double.__aenter__()
    except OSError:
        double = await elsewhere.__aenter__()
    try:
        yield double
    finally:
        await double.__aexit__()


def _told(name: str, what: str, double: str, port: int) -> list[Line]:
    command = f"{COMMAND} {double}" if port == PORTS[double] else f"{COMMAND} --port {port} {double}"
    return [(name, what), ("  goes away by", f"{command} down"), ("  comes back by", f"{command} none")]


def _variable(connection: str, name: str) -> str:
    return f"ANTREAN_CONNECTION_{connection.upper().replace('-', '_')}_{name}"


async def _simrs(house: House, all_: AsyncExitStack) -> tuple[Switch, ConnectionPlan, Register] | None:
    try:
        server = all_.enter_context(running_mariadb())
    except (MariadbFailed, OSError):
        return None
    gate = await all_.enter_async_context(Gate(server.port))
    switch = await all_.enter_async_context(Switch(gate, PORTS["simrs"]))
    hospital = a_hospital(server)
    all_.callback(hospital.connection.close)
    beside = Beside(house, hospital, HOSPITAL, PHARMACY)
    await all_.enter_async_context(beside.going_on())
    plan = _plan(
        SIMRS,
        "simrs",
        host="127.0.0.1",
        port=gate.port,
        database=hospital.ask("SELECT DATABASE()"),
        user=READER,
        preset="khanza",
        leads="antrean",
        clinics=[{"clinic": POLI, "doctor": DOCTOR, "queue": CLINIC}],
        pharmacy={"queue": PHARMACY},
        people=["nik", "record"],
    )
    return switch, plan, beside.register


def _insurer(bpjs: BpjsDouble) -> ConnectionPlan:
    children = ClinicPlan(
        queue="poli-anak",
        poli="ANA",
        poli_name="ANAK",
        doctor=100001,
        doctor_name="DOKTER ANAK",
        hours="08:00-12:00",
        quota_jkn=30,
    )
    inner = ClinicPlan(
        queue=CLINIC,
        poli="INT",
        poli_name="PENYAKIT DALAM",
        doctor=100002,
        doctor_name="DOKTER PENYAKIT DALAM",
        hours="08:00-14:00",
        quota_jkn=40,
    )
    return _plan(
        INSURER,
        "bpjs",
        sends={
            "base_url": bpjs.hospital_url,
            "cons_id": bpjs.credentials.cons_id,
            "allow_private": True,
            "schedules": False,
            "per_second": 50,
        },
        clinics=[clinic.model_dump() for clinic in (children, inner)],
        admission=["pendaftaran"],
        pharmacy={PHARMACY: "non racikan"},
    )


def _plan(id_: str, system: str, **settings: Any) -> ConnectionPlan:
    return ConnectionPlan(id=id_, system=system, branches=[HOSPITAL], settings=settings)


@asynccontextmanager
async def _set_up(house: House, plans: list[ConnectionPlan]) -> AsyncIterator[None]:
    """Instead of what an earlier run may have left, since it was killed."""

    def begin(connection: Connection) -> None:
        for name in (INSURER, SIMRS):
            drop_connection(connection, name)
        for plan in plans:
            keep_connection(connection, plan)
        begin_cursors(connection, house.floors.clock())

    def end(connection: Connection) -> None:
        """But for those that another demo on the same database has put in their place."""
        for known in read_connections(connection):
            if known.plan in plans:
                drop_connection(connection, known.plan.id)

    await house.database.write(begin)
    try:
        yield
    finally:
        await house.database.write(end)


@asynccontextmanager
async def _arriving(arrivals: Arrivals) -> AsyncIterator[None]:
    await arrivals.first()
    coming = asyncio.create_task(arrivals.keep_coming())
    try:
        yield
    finally:
        coming.cancel()
        await asyncio.wait([coming])


@contextmanager
def _quiet() -> Iterator[None]:
    """Only what is wrong is said between the lines that were printed."""
    log = logging.getLogger("antrean.integrations")
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)
