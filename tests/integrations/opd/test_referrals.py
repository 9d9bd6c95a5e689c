"""A referral to an agency whose own system stands at the wire: handed over, answered, and told of until it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
import yaml
from standardwebhooks import Webhook

from integrations.contract import Item, Opening, Undelivered
from integrations.opd.referrals.answers import Answer, AnswerMap, read_answer
from integrations.opd.referrals.system import ReferralSystem
from integrations.opd.sources import Unmapped
from integrations.referring import Place
from integrations.run import tending
from queue_service.domain.entries import event_fields
from queue_service.domain.events import to_ms
from queue_service.domain.referrals import Outcome, Reason, Referral, Standing
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup
from queue_service.setting_up import set_up
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.births import NIK, RSUD, a_mother, referred, setup
from tests.doubles.opd import ReferralDesk
from tests.houses import Clock, a_house, a_visitor
from tests.integrations.opd.agencies import SECRET

AGENCY, TOKEN = "kependudukan", "token-of-the-agency"
ENVIRONMENT = {
    f"ANTREAN_CONNECTION_KEPENDUDUKAN_{name}": value for name, value in (("TOKEN", TOKEN), ("SECRET", SECRET))
}
ANSWER: Mapping[str, Any] = {
    "id": "rujukan",
    "outcome": {
        "from": "status",
        "values": {
            "TERIMA": "accepted",
            "TOLAK": "refused",
            "TUNGGU": "pending",
            "SELESAI": "done",
            "SIAP": "ready",
            "ABSEN": "missed",
        },
    },
    "reason": {"from": "alasan", "values": {"PENUH": "full"}, "otherwise": "other_agency"},
    "number": "nomor",
    "at": {"from": ["tanggal", "jam"], "format": "%d-%m-%Y %H:%M"},
    "paper": "dokumen",
}
FIELDS: Mapping[str, Any] = {
    "rujukan.id": "id",
    "rujukan.layanan": {"from": "queue", "values": {"akta": "07"}},
    "rujukan.mulai": {"from": "not_before", "format": "%d-%m-%Y"},
    "persetujuan.naskah": "consent",
    "persetujuan.pada": "agreed_at",
    "asal": "from",
    "warga.nik": "nik",
    "warga.hp": "phone",
}
PAPERS = [{"id": "akta", "name": "Akta kelahiran"}, {"id": "kk", "name": "Kartu keluarga"}]
PLACE = {"nomor": "C-7", "tanggal": "26-11-2026", "jam": "09:30"}
DUE = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)


@dataclass
class Scene:
    house: House
    clock: Clock
    desk: ReferralDesk
    opening: Opening
    settings: ReferralSystem

    async def now(self, referral: Referral) -> Referral:
        return await self.house.referring.get(referral.id)

    async def until(self, referral: Referral, standing: Standing, reason: str = "") -> Referral:
        async with asyncio.timeout(30):
            while (known := await self.now(referral)).standing is not standing or known.reason != reason:
                await asyncio.sleep(0.02)
        return known

    async def asked(self) -> tuple[int, list[str]]:
        poller = self.settings.poller(self.opening)
        assert poller is not None
        looked = await poller.look()
        await poller.close()
        assert looked is not None
        return looked.taken, looked.refused

    async def see(self, referral: Referral) -> str:
        """The mother's page."""
        token = self.house.tokens.token_of(TicketName(referral.branch, referral.day, referral.label))
        async with a_visitor(self.house) as visitor:
            return (await visitor.get(f"/t/{token}")).text


@asynccontextmanager
async def a_scene(folder: Path, desk: ReferralDesk, **more: Any) -> AsyncIterator[Scene]:
    clock = Clock()
    async with desk.server() as server, a_house(folder, clock) as house:
        settings = {
            "allow_private": True,
            "hand_over": {"url": f"{server.url}/rujukan", "fields": dict(FIELDS)},
            "take_back": {"url": f"{server.url}/rujukan/batal", "fields": {"rujukan": "id"}},
            "answer": dict(ANSWER),
            "reports": {"url": f"{server.url}/rujukan"},
            **more,
        }
        plan = ConnectionPlan(id=AGENCY, system="opd-referrals", branches=[RSUD], settings=settings)
        whole = setup(errand={"via": AGENCY, "to": AGENCY, "queue": "akta", "papers": PAPERS})
        whole["connections"] = [plan.model_dump(mode="json")]
        read = read_setup(yaml.safe_dump(whole), "setup.yaml")
        await house.database.write(lambda connection: set_up(connection, read))
        await house.branches.refresh()
        await house.floors.take_up()
        settings_read = ReferralSystem.model_validate(settings)
        yield Scene(house, clock, desk, Opening(plan, house, ENVIRONMENT), settings_read)


def a_desk(**says: Any) -> ReferralDesk:
    return ReferralDesk(f"Bearer {TOKEN}", says)


async def test_only_what_was_agreed_to_goes_over_and_each_paper_is_told_of_by_itself(tmp_path: Path) -> None:
    desk = a_desk(status="TERIMA", **PLACE)
    async with a_scene(tmp_path, desk) as scene, tending(scene.house, environment=ENVIRONMENT):
        referral = await referred(scene.house, await a_mother(scene.house), fields=("nik",))
        known = await scene.until(referral, Standing.ACCEPTED)
        assert (known.number, known.on, known.due) == ("C-7", date(2026, 11, 26), DUE)
        (handed,) = desk.has.values()
        assert handed == {
            "rujukan": {"id": f"{referral.id}-1", "layanan": "07", "mulai": "25-11-2026"},
            "persetujuan": {"naskah": referral.wording, "pada": "2026-11-23T09:00:00+07:00"},
            "asal": RSUD,
            "warga": {"nik": NIK, "hp": None},
        }
        page = await scene.see(referral)
        assert "C-7" in page and "09.30" in page and "Akta kelahiran" in page
        told = {"rujukan": f"{referral.id}-1"}
        desk.tells = [{**told, "status": "TERIMA", **PLACE, "jam": "10:30"}]
        assert await scene.asked() == (1, [])
        assert (await scene.now(referral)).due == datetime(2026, 11, 26, 3, 30, tzinfo=UTC)
        desk.tells = [{**told, "status": "SELESAI"}, {**told, "status": "SIAP", "dokumen": "akta"}]
        assert await scene.asked() == (2, [])
        assert await scene.asked() == (0, [])
        assert (await scene.now(referral)).ready == ("akta",)
        assert "1 dari 2 dokumen siap diambil" in await scene.see(referral)
        desk.tells = [{**told, "status": "SIAP", "dokumen": "kk"}, {"rujukan": "x-1", "status": "SIAP"}]
        assert await scene.asked() == (1, ["There is no such referral."])
        assert (await scene.now(referral)).standing is Standing.READY


async def test_an_agency_that_is_away_is_tried_again_and_then_has_it_once(tmp_path: Path) -> None:
    desk = a_desk(status="TUNGGU")
    desk.is_away = True
    async with a_scene(tmp_path, desk) as scene, tending(scene.house, environment=ENVIRONMENT):
        referral = await referred(scene.house, await a_mother(scene.house), fields=())
        await scene.until(referral, Standing.DELAYED, Reason.AWAY)
        assert "sedang tidak dapat dihubungi" in await scene.see(referral)
        desk.is_away = False
        pending = await scene.until(referral, Standing.DELAYED, Reason.PENDING)
        assert desk.tries > 1 and list(desk.has) == [f"{referral.id}-1"]
        assert "sudah menerimanya dan akan menjawab" in await scene.see(referral)
        scene.clock.turn(minutes=61)
        assert "Belum ada jawaban sampai pukul 10.00" in await scene.see(referral)
        await scene.house.referring.withdraw(pending, "visitor")
        async with asyncio.timeout(30):
            while not desk.taken_back:
                await asyncio.sleep(0.02)
        assert desk.taken_back == [{"rujukan": f"{referral.id}-1"}]
        desk.tells = [{"rujukan": f"{referral.id}-1", "status": "TERIMA", **PLACE}]
        assert await scene.asked() == (0, [])  # what comes too late counts for nothing
        assert (await scene.now(referral)).standing is Standing.WITHDRAWN


async def test_a_refusal_is_told_in_words_also_where_its_status_says_so(tmp_path: Path) -> None:
    desk = a_desk(status="TOLAK", alasan="PENUH")
    desk.status = 409
    async with a_scene(tmp_path, desk) as scene:
        sender = scene.settings.sender(scene.opening)
        items = await referred_items(scene)
        assert [await sender.send(item) for item in items] == [True]
        (referral,) = await scene.house.referring.of_ticket(await first(scene.house))
        assert (referral.standing, referral.reason) == (Standing.REFUSED, Reason.FULL)
        assert "Tidak ada tempat kosong" in await scene.see(referral)
        desk.says, desk.status = {"pesan": "salah"}, 422
        for item in await referred_items(scene):
            if item.fields["referral"] != referral.id:
                with pytest.raises(Undelivered, match="it answered 422") as caught:
                    await sender.send(item)
                assert caught.value.is_refused
        await sender.close()


async def test_what_it_tells_by_itself_is_signed_and_no_news_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    async with a_scene(tmp_path, a_desk(status="TUNGGU"), webhook=True, reports=None) as scene:
        sender = scene.settings.sender(scene.opening)
        for item in await referred_items(scene):
            await sender.send(item)
        await sender.close()
        (referral,) = await scene.house.referring.of_ticket(await first(scene.house))
        async with a_visitor(scene.house) as client:

            async def tell(message_id: str, status: str, secret: str = SECRET, **more: Any) -> httpx2.Response:
                body = json.dumps({"rujukan": f"{referral.id}-1", "status": status, **more})
                now = scene.clock.now
                signature = Webhook(secret).sign(message_id, now, body)
                headers = {"webhook-id": message_id, "webhook-signature": signature}
                headers["webhook-timestamp"] = str(int(now.timestamp()))
                return await client.post(f"/connections/{AGENCY}/referrals", content=body, headers=headers)

            assert (await tell("m1", "TERIMA", "whsec_" + "QUFB" * 10, **PLACE)).status_code == 401
            early = await tell("m2", "SIAP")
            assert (early.status_code, early.json()["why"]) == (409, "This referral has no place at the other agency.")
            assert (await tell("m3", "APA")).status_code == 422
            assert [(await tell("m4", "TERIMA", **PLACE)).json()["done"] for _ in range(2)] == [True, False]
            assert (await scene.now(referral)).number == "C-7"
            assert (await tell("m5", "SIAP", dokumen="ktp")).status_code == 422
            assert (await tell("m6", "SIAP")).json() == {"done": True}
            assert (await scene.now(referral)).ready == ("akta", "kk")
            assert (await scene.now(referral)).standing is Standing.READY


async def referred_items(scene: Scene) -> list[Item]:
    await referred(scene.house, await a_mother(scene.house), fields=())
    place = scene.house.floors.today(RSUD)
    return [
        Item("e", *place, entry.seq, to_ms(entry.at), entry.event.kind, event_fields(entry.event))
        for entry in await scene.house.journal.read(place)
        if entry.event.kind == "referred"
    ]


async def first(house: House) -> TicketName:
    return TicketName(RSUD, house.floors.today(RSUD)[1], "K-001")


SAID: list[tuple[dict[str, Any], Answer | str]] = [
    ({"status": "TERIMA", **PLACE}, Answer("", Place("C-7", date(2026, 11, 26), DUE))),
    ({"status": "SELESAI"}, Answer("", None, Outcome.DONE)),
    ({"status": "SIAP", "dokumen": "kk"}, Answer("", None, Outcome.READY, "kk")),
    ({"status": "TOLAK", "alasan": "LAIN"}, Answer("", None, Reason.OTHER_AGENCY)),
    ({"status": "TERIMA"}, "number: nothing is given"),
    ({"status": "TERIMA", "nomor": "C-7"}, "at: nothing is given"),
    ({"status": "TERIMA", **PLACE, "nomor": "x" * 17}, "number: longer than 16"),
    ({"status": "TERIMA", **PLACE, "jam": "25:99"}, "is no moment"),
    ({"status": ["TERIMA"]}, "expected one value"),
    ({}, "outcome: nothing is given"),
]


@pytest.mark.parametrize(("told", "expected"), SAID)
def test_what_an_answer_says(told: dict[str, Any], expected: Answer | str) -> None:
    mapping, zone = AnswerMap.model_validate(ANSWER), ZoneInfo("Asia/Jakarta")
    if isinstance(expected, Answer):
        assert read_answer(mapping, told, zone) == expected
    else:
        with pytest.raises(Unmapped, match=expected):
            read_answer(mapping, told, zone)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"answer": {"outcome": "status"}}, "expected “id”: which referral"),
    ({"answer": {**ANSWER, "outcome": {"is": "yes?"}}}, "outcome: expected one of accepted"),
    ({"hand_over": {"url": "https://a.example/r", "fields": {"nik": "nik"}}}, "by it nothing is booked twice"),
    ({"hand_over": {"url": "http://10.0.0.1/r", "fields": {"id": "id"}}}, "https://"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_settings_that_could_not_work_are_refused(changes: dict[str, Any], said: str) -> None:
    right = {"hand_over": {"url": "https://a.example/r", "fields": {"id": "id"}}, "answer": ANSWER, "webhook": True}
    ReferralSystem.model_validate(right)
    with pytest.raises(ValueError, match=said):
        ReferralSystem.model_validate({**right, **changes})
