"""A Puskesmas tells who has a number, who came and who withdrew; by date, clinic and card."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from queue_service.domain.actions import Cancel, MarkNoShow
from queue_service.domain.events import to_ms
from tests.doubles.bpjs.double import BpjsDouble
from tests.doubles.bpjs.puskesmas import Visit
from tests.houses import NINE
from tests.integrations.bpjs.sends.hospitals import AT, INTERNAL, KNOWN, UNINSURED, Hospital, a_hospital

CLINIC = {
    "queue": INTERNAL,
    "poli": "001",
    "poli_name": "POLI UMUM",
    "doctor": 200001,
    "doctor_name": "DOKTER UMUM",
    "hours": "08:00-14:00",
}


@asynccontextmanager
async def a_puskesmas(folder: Path) -> AsyncIterator[Hospital]:
    async with BpjsDouble() as bpjs:
        sends = {"base_url": bpjs.puskesmas_url, "cons_id": bpjs.credentials.cons_id, "allow_private": True}
        settings = {"clinics": [CLINIC], "sends": {**sends, "per_second": 100}, "attempts": 3}
        async with a_hospital(folder, bpjs, settings, "bpjs-fktp") as hospital:
            yield hospital


def visit_of(puskesmas: Hospital) -> Visit:
    return puskesmas.bpjs.puskesmas.visits["2026-11-23", "001", KNOWN["card"]]


async def test_who_is_served_was_present_when_service_began(tmp_path: Path) -> None:
    async with a_puskesmas(tmp_path) as puskesmas:
        await puskesmas.come(INTERNAL, KNOWN)
        await puskesmas.pass_through(INTERNAL)
        await puskesmas.deliver()
        visit = visit_of(puskesmas)
        assert visit.called == (1, to_ms(NINE + timedelta(seconds=20)))
        assert (visit.fields["angkaantrean"], visit.fields["nomorantrean"], visit.fields["norm"]) == (
            1,
            "B-001",
            "000123",
        )
        assert await puskesmas.states() == []


async def test_who_did_not_come_was_absent(tmp_path: Path) -> None:
    async with a_puskesmas(tmp_path) as puskesmas:
        await puskesmas.come(INTERNAL, KNOWN)
        await puskesmas.call(INTERNAL)
        await puskesmas.act(MarkNoShow(AT[INTERNAL]))
        await puskesmas.deliver()
        assert visit_of(puskesmas).called == (2, to_ms(NINE))


async def test_who_withdraws_is_withdrawn_and_not_absent(tmp_path: Path) -> None:
    async with a_puskesmas(tmp_path) as puskesmas:
        label = await puskesmas.come(INTERNAL, KNOWN)
        await puskesmas.act(Cancel(label))
        await puskesmas.deliver()
        assert (visit_of(puskesmas).called, visit_of(puskesmas).cancelled_because) == (None, "Dibatalkan oleh peserta.")


async def test_without_a_card_there_is_nobody_to_tell_of(tmp_path: Path) -> None:
    async with a_puskesmas(tmp_path) as puskesmas:
        await puskesmas.come(INTERNAL, UNINSURED)
        await puskesmas.pass_through(INTERNAL)
        await puskesmas.deliver()
        assert not puskesmas.bpjs.told


async def test_a_visit_that_the_insurer_has_forgotten_is_announced_again(tmp_path: Path) -> None:
    async with a_puskesmas(tmp_path) as puskesmas:
        await puskesmas.come(INTERNAL, KNOWN)
        await puskesmas.deliver()
        puskesmas.bpjs.puskesmas.visits.clear()
        await puskesmas.pass_through(INTERNAL)
        await puskesmas.deliver()
        assert visit_of(puskesmas).called is not None


async def test_its_account_can_be_tried(tmp_path: Path) -> None:
    async with a_puskesmas(tmp_path) as puskesmas:
        assert "lists 2 clinics" in await puskesmas.settings.probe(puskesmas.opening)
