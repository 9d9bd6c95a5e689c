"""The services where BPJS finds them: under the connection's own address, in the whole application."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from integrations.bpjs.system import BpjsSystem, PuskesmasSystem
from integrations.contract import NotReady, Opening, Undelivered
from queue_service.app import make_app
from queue_service.cli import main
from queue_service.domain.events import from_ms
from queue_service.keeping import keep_place
from queue_service.records.connection_tokens import give_token
from queue_service.records.connections import drop_connection, keep_connection
from queue_service.records.identifiers import find_identifier
from queue_service.records.plans import ConnectionPlan
from queue_service.records.tables import connection_tokens
from tests.houses import NINE
from tests.integrations.bpjs.answers.hospitals import (
    BRANCH,
    PASSWORD,
    SECRETS,
    TODAY,
    USERNAME,
    a_hospital,
    a_visit,
    clinics,
    read,
)

CLINICS = [clinic.model_dump() for clinic in clinics()]
PLAN = ConnectionPlan(id="bpjs", system="bpjs", settings={"clinics": CLINICS, "answers": {"family": "mlite"}})


async def test_the_connection_answers_under_its_own_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    async with a_hospital(tmp_path) as jkn:
        await jkn.house.database.write(lambda connection: keep_connection(connection, PLAN))
        app = make_app(jkn.house)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://rsud") as http:
            who = {"x-username": USERNAME, "x-password": PASSWORD}
            token = read(await http.get("/connections/bpjs/token", headers=who))["token"]
            known = {"x-username": USERNAME, "x-token": token}
            answer = await http.post("/connections/bpjs/antrian/ambil", headers=known, json=a_visit())
            assert read(answer)["nomorantrean"] == "A-001"
            assert answer.headers["cache-control"] == "no-store"
            large = await http.post("/connections/bpjs/antrian/ambil", headers=known, content=b"x" * 20_000)
            assert large.status_code == 413
            assert (await http.post("/connections/other/antrian/ambil", headers=known, json={})).status_code == 404
        assert not any("connections/bpjs" in path for path in app.openapi()["paths"])


async def test_a_booking_that_is_kept_for_another_day_is_found_by_its_code(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        told = await jkn.booked(tanggalperiksa=TODAY)
        floor = await jkn.floor()
        ticket = floor.ticket(told["nomorantrean"])
        begins = floor.branch.local(from_ms(told["estimasidilayani"])).replace(tzinfo=None, day=25)
        day, label = await keep_place(jkn.house.desk, floor, ticket, begins, "supervisor:1")
        code = told["kodebooking"]
        found = await jkn.house.database.read(lambda c: find_identifier(c, BRANCH, "bpjs-booking", code))
        assert found is not None and (found.day, found.label) == (day, label)
        assert (await jkn.floor("2026-11-25")).ticket(label).share == ticket.share
        assert (await jkn.check_in(code)).message == "Checkin dapat dilakukan mulai 25-11-2026 pukul 07:30"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"queue": "gigi"}, "no branch of this connection has the queue “gigi”"),
        ({"queue": "farmasi"}, "the queue “farmasi” takes no appointments"),
        ({"hours": "15:00-17:00"}, "the queue “dalam” has no times within 15:00-17:00 in the next 7 days"),
    ],
)
async def test_the_button_tells_what_keeps_a_clinic_from_being_booked(
    tmp_path: Path, changes: dict[str, str], fault: str
) -> None:
    async with a_hospital(tmp_path) as jkn:
        opening = Opening(PLAN, jkn.house, SECRETS)
        settings = BpjsSystem.model_validate({"clinics": [CLINICS[0] | changes], "answers": {}})
        with pytest.raises(Undelivered) as caught:
            await settings.probe(opening)
        assert str(caught.value) == fault


async def test_the_button_tells_what_is_answered(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        opening = Opening(PLAN, jkn.house, SECRETS)
        told = "Mobile JKN is answered at /connections/bpjs for 2 clinics."
        assert await BpjsSystem.model_validate(PLAN.settings).probe(opening) == told
        puskesmas = PuskesmasSystem.model_validate({"clinics": CLINICS, "answers": {}})
        assert await puskesmas.probe(opening) == told
        assert puskesmas.service(opening) is not None
        with pytest.raises(NotReady, match="X_USERNAME is not set"):
            await puskesmas.probe(Opening(PLAN, jkn.house, {}))
        with pytest.raises(NotReady, match="neither sends nor answers"):
            await BpjsSystem.model_validate({"clinics": CLINICS}).probe(opening)


async def test_what_belongs_to_a_connection_goes_with_it(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:

        def count(connection: Any) -> int:
            return len(connection.execute(connection_tokens.select()).all())

        assert await jkn.house.database.read(count) == 1
        await jkn.house.database.write(lambda connection: drop_connection(connection, "bpjs"))
        assert await jkn.house.database.read(count) == 0


def test_all_tokens_of_a_connection_are_revoked_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare() -> None:
        async with a_hospital(tmp_path) as jkn:
            await jkn.house.database.write(lambda connection: keep_connection(connection, PLAN))
            await jkn.house.database.write(lambda connection: give_token(connection, "other", "", NINE))

    asyncio.run(prepare())
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path))
    told = CliRunner().invoke(main, ["tokens", "revoke", "bpjs"])
    assert told.output == "1 token of bpjs revoked.\n"
    unknown = CliRunner().invoke(main, ["tokens", "revoke", "apa"])
    assert unknown.exit_code == 1 and "There is no connection “apa”. Set up are: bpjs." in unknown.output
