"""What an agency's system tells by signed webhooks, which somebody else's library signs."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from integrations.contract import Opening
from integrations.webhook.system import WebhookSystem
from queue_service.domain.actions import Hold, Issue
from queue_service.domain.events import TicketEvent
from queue_service.domain.tickets import Status
from queue_service.records.plans import ConnectionPlan
from tests.houses import a_visitor
from tests.integrations.opd.agencies import ID, MAPPING, SECRET, Agency, an_agency, items_of, record
from tests.integrations.receiver import SECRET as RECEIVED
from tests.integrations.receiver import a_receiver

OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes, at l").decode()
DATA = {
    **{name: {"from": f"data.{source}"} for name, source in (("id", "nomor"), ("time", "jam"), ("counter", "loket"))},
    **{name: {**MAPPING[name], "from": f"data.{MAPPING[name]['from']}"} for name in ("action", "queue", "day")},
}


@asynccontextmanager
async def told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, secrets: str = SECRET, **settings: Any
) -> AsyncIterator[tuple[Agency, httpx2.AsyncClient]]:
    monkeypatch.setenv("ANTREAN_CONNECTION_DINAS_SECRET", secrets)
    async with (
        an_agency(folder, "opd-webhook", {"mapping": DATA, **settings}) as agency,
        a_visitor(agency.house) as client,
    ):
        yield agency, client


def signed(message_id: str, body: bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    signature = Webhook(secret).sign(message_id, at, body.decode())
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    return {**headers, "content-type": "application/json"}


async def send(
    agency: Agency, client: httpx2.AsyncClient, message_id: str, data: dict[str, Any], secret: str = SECRET
) -> httpx2.Response:
    body = json.dumps({"type": "visit", "data": data}).encode()
    headers = signed(message_id, body, agency.clock.now, secret)
    return await client.post(f"/connections/{ID}/events", content=body, headers=headers)


async def test_a_visit_is_told_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told(tmp_path, monkeypatch) as (agency, client):
        answer = await send(agency, client, "m1", record())
        assert answer.status_code == 200
        expected = {"id": "R-1", "done": ["issue"], "branch": "kantor", "day": "2026-11-23", "label": "A-001"}
        assert answer.json() == {**expected, "ticket_id": "kantor/2026-11-23/A-001"}
        await send(agency, client, "m2", record(status="PANGGIL", loket="1"))
        await send(agency, client, "m3", record(status="LAYAN", loket="1"))
        assert (await agency.ticket("R-1")).status is Status.SERVING
        assert (await send(agency, client, "m4", record(status="SELESAI"))).json()["done"] == ["complete"]
        assert await agency.kinds() == ["issued", "counter_set", "called", "serving", "completed"]


async def test_the_same_message_again_changes_nothing_in_whatever_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told(tmp_path, monkeypatch) as (agency, client):
        await send(agency, client, "m1", record())
        await send(agency, client, "m2", record(status="PANGGIL", loket="1"))
        await agency.act(Hold("1"))
        before = await agency.kinds()
    async with told(tmp_path, monkeypatch) as (agency, client):  # the memory of the one before is gone
        again = await send(agency, client, "m2", record(status="PANGGIL", loket="1"))
        assert again.status_code == 200
        assert await agency.kinds() == before  # it is not called back to the counter
        await send(agency, client, "m3", record(status="PANGGIL", loket="1"))  # a call of its own
        assert await agency.kinds() == [*before, "called"]


async def test_what_is_not_signed_as_it_should_be_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told(tmp_path, monkeypatch) as (agency, client):
        body, now = json.dumps({"data": record()}).encode(), agency.clock.now
        good = signed("m1", body, now)
        wrong = [
            ({}, body),
            (signed("m1", body, now, OTHER), body),
            (good, body + b" "),
            ({**good, "webhook-id": "m2"}, body),
            ({**good, "webhook-timestamp": str(int(now.timestamp()) + 1)}, body),
            ({**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}, body),
            ({**good, "webhook-signature": "v1,%%%"}, body),
            ({**good, "webhook-timestamp": "soon"}, body),
            (signed("m1", body, now - timedelta(seconds=301)), body),
            (signed("m1", body, now + timedelta(seconds=301)), body),
        ]
        for headers, sent in wrong:
            answer = await client.post(f"/connections/{ID}/events", content=sent, headers=headers)
            assert answer.status_code == 401 and answer.json()["why"].startswith("webhook-")
        assert await agency.kinds() == []
        for seconds in (-299, 299):
            headers = signed("m1", body, now + timedelta(seconds=seconds))
            assert (await client.post(f"/connections/{ID}/events", content=body, headers=headers)).status_code == 200
        assert await agency.kinds() == ["issued"]


async def test_one_secret_replaces_another_while_both_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told(tmp_path, monkeypatch, f"{OTHER},{SECRET}") as (agency, client):
        for message_id, secret in (("m1", SECRET), ("m2", OTHER)):
            assert (await send(agency, client, message_id, record(message_id), secret)).status_code == 200
    async with told(tmp_path, monkeypatch, OTHER) as (agency, client):
        assert (await send(agency, client, "m3", record("m3"), SECRET)).status_code == 401


async def test_what_cannot_be_done_now_may_be_sent_again_and_what_never_can_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told(tmp_path, monkeypatch) as (agency, client):
        unknown = await send(agency, client, "m1", record(status="BATAL"))
        assert (unknown.status_code, unknown.json()["why"]) == (409, "nothing is known here of this id")
        agency.clock.turn(hours=-2)
        early = await send(agency, client, "m2", record())
        assert early.status_code == 409 and "opening hours" in early.json()["why"]
        strange = await send(agency, client, "m3", record(layanan="99"))
        assert strange.status_code == 422
        assert strange.json()["why"] == "queue: “99” stands in no line of “values”"
        assert (await send(agency, client, "m4", record(status="DRAF"))).json()["done"] == []
        agency.clock.turn(hours=2)
        assert (await send(agency, client, "m2", record())).json()["done"] == ["issue"]
        assert (await send(agency, client, "m1", record(status="BATAL"))).json()["done"] == ["cancel"]


async def test_an_appointment_moves_to_another_day_and_gives_its_time_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuesday, wednesday = date(2026, 11, 24), date(2026, 11, 25)
    async with told(tmp_path, monkeypatch) as (agency, client):

        async def book(message_id: str, day: date, jam: str) -> list[str]:
            answer = await send(agency, client, message_id, record(status="JANJI", tanggal=f"{day:%d-%m-%Y}", jam=jam))
            done: list[str] = answer.json()["done"]
            return done

        assert await book("m1", tuesday, "09:00") == ["book"]
        assert await book("m2", tuesday, "10:00") == ["reschedule"]
        assert (await agency.ticket("R-1")).slot == datetime(2026, 11, 24, 3, tzinfo=UTC)
        assert await book("m3", wednesday, "09:00") == ["book", "give back"]
        assert await book("m4", tuesday, "09:00") == ["book", "give back"]
        assert await agency.kinds(tuesday) == ["booked", "rescheduled", "cancelled", "booked"]
        assert await agency.kinds(wednesday) == ["booked", "cancelled"]
        assert (await agency.ticket("R-1")).label == "A-002"
        assert await book("m5", tuesday, "09:00") == []


async def test_the_same_id_brought_to_two_processes_at_once_is_one_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told(tmp_path, monkeypatch) as first, told(tmp_path, monkeypatch) as second:
        sent = [send(*one, f"m{n}", record()) for n, one in enumerate([first, second] * 4)]
        again = [send(*one, "m0", record()) for one in (first, second)]
        answers = await asyncio.gather(*sent, *again)
        assert {(answer.status_code, answer.json()["label"]) for answer in answers} == {(200, "A-001")}
        assert await first[0].kinds() == ["issued"]


async def test_what_we_tell_by_webhook_says_what_they_call_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told(tmp_path, monkeypatch) as (agency, client), a_receiver() as receiver:
        await send(agency, client, "m1", record())
        await agency.act(Issue("akta"))
        settings = WebhookSystem.model_validate({"url": receiver.url, "allow_private": True, "ids": [ID]})
        environment = {"ANTREAN_CONNECTION_KABAR_SECRET": RECEIVED}
        plan = ConnectionPlan(id="kabar", system="webhook")
        sender = settings.sender(Opening(plan, agency.house, environment))
        for item in await items_of(agency):
            await sender.send(item)
        await sender.close()
        assert [each.message["data"].get("ids") for each in receiver.taken] == [{ID: "R-1"}, None]
        assert receiver.unsigned == []


@pytest.mark.slow
async def test_ten_thousand_events_from_a_sender_who_loses_half_of_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends each again until it has heard, to whichever process answers."""
    draw, visits = random.Random(7), iter(range(5_000))
    async with told(tmp_path, monkeypatch) as first, told(tmp_path, monkeypatch) as second:

        async def tell() -> None:
            for n in visits:
                for status in ("DAFTAR", "BATAL"):
                    while True:
                        answer = await send(*draw.choice((first, second)), f"{n}-{status}", record(f"R-{n}", status))
                        assert answer.status_code == 200, answer.text
                        if draw.random() < 0.5:
                            break

        await asyncio.gather(*(tell() for _ in range(8)))
        entries = await first[0].entries()
        labels = Counter(
            (entry.event.kind, entry.event.label) for entry in entries if isinstance(entry.event, TicketEvent)
        )
        assert len(entries) == len(labels) == 10_000 and set(labels.values()) == {1}
        for n in range(5_000):
            assert (await first[0].ticket(f"R-{n}")).status is Status.CANCELLED


async def test_a_dry_run_says_what_would_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told(tmp_path, monkeypatch, dry_run=True) as (agency, client):
        answer = (await send(agency, client, "m1", record())).json()
        assert (answer["done"], answer["label"], answer["dry_run"]) == (["issue"], "A-001", True)
        assert await agency.kinds() == [] and await agency.known("R-1") is None
        assert (await send(agency, client, "m2", record(), OTHER)).status_code == 401
        assert agency.settings.poller(agency.opening) is None
