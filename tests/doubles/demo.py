"""What the demo's hospital is connected with: the insurer's double, and a SIMRS in a real MariaDB where there is one.

Each can be sent away and brought back by `antrean-double outage`. When the demo ends nothing of it is left.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import Connection

from integrations.bpjs.clinics import ClinicPlan
from integrations.run import tending
from queue_service.cursors import begin_cursors
from queue_service.records.connections import drop_connection, keep_connection
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from tests.doubles.bpjs.double import BpjsDouble
from tests.doubles.gate import Gate
from tests.doubles.simrs.beside import DOCTOR, POLI, Beside
from tests.doubles.simrs.hospital import PASSWORD as SIMRS_PASSWORD
from tests.doubles.simrs.hospital import READER, a_hospital
from tests.doubles.switch import Switch
from tests.mariadb import MariadbFailed, running_mariadb

HOSPITAL = "rsud-lahat"
CLINIC, PHARMACY = "poli-dalam", "farmasi"
INSURER, SIMRS = "bpjs", "simrs"
INSURER_PORT, SIMRS_SWITCH_PORT = 8090, 8092


@asynccontextmanager
async def outside_systems(house: House) -> AsyncIterator[list[str]]:
    """What is to be told of them."""
    async with AsyncExitStack() as all_:
        bpjs = await all_.enter_async_context(_listening(BpjsDouble(port=INSURER_PORT), BpjsDouble()))
        known = bpjs.credentials
        plans = [_insurer(bpjs)]
        secrets = {"BPJS_SECRET": known.secret, "BPJS_USER_KEY": known.user_key}
        notes = [
            f"The insurer of RSUD Lahat is a double, and {bpjs.web.url} shows what it was told. {_outage(bpjs.web.url)}"
        ]
        simrs = await _simrs(house, all_)
        if isinstance(simrs, str):
            notes.append(simrs)
        else:
            switch, plan = simrs
            plans.append(plan)
            secrets["SIMRS_PASSWORD"] = SIMRS_PASSWORD
            notes.append(
                f"Its SIMRS is one too, in a real MariaDB: it registers people for {CLINIC}. {_outage(switch.web.url)}"
            )
        environment = {**os.environ, **{f"ANTREAN_CONNECTION_{name}": value for name, value in secrets.items()}}
        await _set_up(house, plans)
        try:
            async with tending(house, environment=environment):
                notes.append("How both are doing, what waits for them and what they refused: /office/connections.")
                yield notes
        finally:
            await _take_down(house, plans)


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


def _outage(url: str) -> str:
    double = f".venv/bin/antrean-double outage --url {url}"
    return f"\n  {double} down    sends it away\n  {double} none    brings it back"


async def _simrs(house: House, all_: AsyncExitStack) -> tuple[Switch, ConnectionPlan] | str:
    """Or why there is none."""
    try:
        server = all_.enter_context(running_mariadb())
    except (MariadbFailed, OSError) as error:
        return f"It has no SIMRS here: {str(error).strip().splitlines()[0]}"
    gate = await all_.enter_async_context(Gate(server.port))
    switch = await all_.enter_async_context(Switch(gate, SIMRS_SWITCH_PORT))
    hospital = a_hospital(server)
    all_.callback(hospital.connection.close)
    await all_.enter_async_context(Beside(house, hospital, HOSPITAL, CLINIC).going_on())
    return switch, _plan(
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
        sends={"base_url": bpjs.hospital_url, "cons_id": bpjs.credentials.cons_id, "allow_private": True},
        clinics=[clinic.model_dump() for clinic in (children, inner)],
        admission=["pendaftaran"],
        pharmacy={PHARMACY: "non racikan"},
    )


def _plan(id_: str, system: str, **settings: Any) -> ConnectionPlan:
    return ConnectionPlan(id=id_, system=system, branches=[HOSPITAL], settings=settings)


async def _set_up(house: House, plans: list[ConnectionPlan]) -> None:
    def write(connection: Connection) -> None:
        for plan in plans:
            keep_connection(connection, plan)
        begin_cursors(connection, house.floors.clock())

    await house.database.write(write)


async def _take_down(house: House, plans: list[ConnectionPlan]) -> None:
    def write(connection: Connection) -> None:
        for plan in plans:
            drop_connection(connection, plan.id)

    await house.database.write(write)
