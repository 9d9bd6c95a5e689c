"""The services of a Puskesmas, which knows no booking codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from integrations.bpjs.answers.fktp import NOT_FOUND, SAME_VISIT, SERVED
from integrations.bpjs.answers.ladder import NOT_HELD
from integrations.bpjs.answers.paths import Service
from queue_service.domain.actions import CheckIn
from tests.integrations.bpjs.answers.hospitals import (
    BRANCH,
    CARD,
    TODAY,
    TOMORROW,
    MobileJkn,
    Told,
    a_hospital,
    a_visit,
)
from tests.integrations.bpjs.answers.test_ladder import a_patient

YESTERDAY = "2026-11-22"
AT = {"poli": "INT", "day": TOMORROW}


async def take(jkn: MobileJkn, n: int = 0, **changes: Any) -> Told:
    body = a_visit(n, **changes)
    del body["jeniskunjungan"], body["nomorreferensi"]
    return await jkn.ask(Service.TAKE, body | {"keluhan": "demam"})


async def test_a_number_is_found_again_by_card_clinic_and_day(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, family="fktp") as jkn:
        await take(jkn, 1)
        told = await take(jkn)
        assert told.response == {
            "nomorantrean": "A-002",
            "angkaantrean": 2,
            "namapoli": "Penyakit Dalam",
            "sisaantrean": 1,
            "antreanpanggil": "-",
            "keterangan": "Silakan checkin mulai 24-11-2026 pukul 06:00",
        }
        left = await jkn.ask(Service.REMAINING, card=CARD, **AT)
        assert (left["nomorantrean"], left["sisaantrean"], left["namapoli"]) == ("A-002", 1, "Penyakit Dalam")
        (state,) = (await jkn.ask(Service.STATUS, **AT)).response
        assert (state["totalantrean"], state["sisaantrean"], state["kodedokter"]) == (2, 2, 12346)
        assert (await jkn.ask(Service.STATUS, poli="INT", day="2026-11-29")).message == NOT_HELD
        assert (await jkn.ask(Service.STATUS, poli="INT", day="9999-12-31")).message.startswith("Pendaftaran dibuka")
        assert (await jkn.ask(Service.STATUS, poli="INT", day=YESTERDAY)).message.endswith("tidak berlaku mundur")
        jkn.clock.turn(minutes=1)
        assert (await take(jkn)).message == SAME_VISIT


async def test_a_number_is_cancelled_until_it_is_served(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, family="fktp") as jkn:
        body = {"nomorkartu": CARD, "kodepoli": "INT", "tanggalperiksa": TODAY}
        assert (await jkn.ask(Service.CANCEL, body)).message == NOT_FOUND
        await take(jkn, tanggalperiksa=TODAY)
        assert (await jkn.ask(Service.CANCEL, body)).code == 200
        assert (await jkn.ask(Service.CANCEL, body)).message == NOT_FOUND
        assert (await jkn.ask(Service.REMAINING, card=CARD, poli="INT", day=TODAY)).message == NOT_FOUND
        again = await take(jkn, tanggalperiksa=TODAY)
        await jkn.house.desk.act(BRANCH, CheckIn(again["nomorantrean"]), "visitor")
        assert (await jkn.ask(Service.CANCEL, body)).message == SERVED


async def test_a_new_patient_is_introduced_there_too(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, family="fktp", patients="enrolled") as jkn:
        assert (await take(jkn, norm="")).code == 202
        assert (await jkn.ask(Service.ENROL, a_patient()))["norm"].startswith("BARU-")
        assert (await take(jkn, norm="")).code == 200
