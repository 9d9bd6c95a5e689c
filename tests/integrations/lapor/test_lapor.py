"""Complaints passed on to LAPOR's double, through a gateway, over real connections."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from integrations import outbox, run
from integrations.contract import NotReady, Opening, Undelivered
from integrations.health import Health
from integrations.lapor.follow_ups import HOUR, FollowUpPoller
from integrations.lapor.sender import ComplaintOutbox
from integrations.lapor.settings import LaporSettings
from integrations.lapor.translate import body_of
from integrations.outbox import Messenger
from queue_service.domain.complaint_events import Added, Entry, Rejected
from queue_service.domain.complaints import (
    Answer,
    Close,
    Complaint,
    Escalate,
    Passage,
    filed,
    fold,
)
from queue_service.records.complaints.complaints import Filing, Step
from queue_service.records.complaints.passing import PassedOn, passed_on
from queue_service.records.complaints.words import Kept
from queue_service.records.healths import Part, State, read_healths
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup_file
from queue_service.screening import name_words
from queue_service.web.house import House
from tests.doubles.lapor.lapor import KEY, Lapor
from tests.doubles.splp.gateway import Form, Gateway
from tests.doubles.web import WebServer
from tests.houses import LAHAT, NINE, RSUD, Clock, a_house
from tests.test_screening import STREETS, WORDS, digits_in, niks, phones, spelt_out
from tests.web.wired import set_up_connections

CODES = {
    "channel": 10,
    "user_id": 11,
    "disposition_id": 12,
    "classification_id": 6,
    "category_id": 13,
    "location_id": 34,
}
BRANCH = read_setup_file(LAHAT).branches[0].branch()
TOLD, PHONE = "Saya menunggu tiga jam tanpa dipanggil.", "0812-3456-7890"


@dataclass
class Channel:
    house: House
    lapor: Lapor
    gateway: Gateway
    opening: Opening
    clock: Clock

    @property
    def settings(self) -> LaporSettings:
        return LaporSettings.model_validate(self.opening.plan.settings)

    async def file(self, words: str = TOLD, key: str = "satu", name: str = "", **more: Any) -> Complaint:
        branch = self.house.branches.get(RSUD)
        filing = Filing(filed(branch, self.clock(), "waiting", **more), words, name=name)
        return await self.house.complaints.file(filing, key, "visitor", self.clock())

    async def act(self, complaint: Complaint, action: Any, words: str = "") -> Complaint:
        branch = self.house.branches.get(RSUD)
        step = Step(action, "supervisor:a", words)
        return await self.house.complaints.act(complaint.number, step, branch, self.clock())

    async def pass_on(self, **more: Any) -> Complaint:
        return await self.act(await self.file(**more), Escalate("lapor"))

    async def send(self, complaint: Complaint) -> Complaint:
        async with a_box(self) as box:
            await box.send(complaint.number)
        return await self.house.complaints.get(complaint.number)

    async def hear(self, complaint: Complaint) -> Complaint:
        poller = FollowUpPoller(self.opening, self.settings)
        try:
            await poller.look()
        finally:
            await poller.close()
        return await self.house.complaints.get(complaint.number)


@asynccontextmanager
async def a_box(channel: Channel) -> AsyncIterator[ComplaintOutbox]:
    box = ComplaintOutbox(channel.opening, channel.settings)
    yield box
    await box.close()


@contextmanager
def after_knock(box: ComplaintOutbox, work: Callable[[], Awaitable[object]]) -> Iterator[None]:
    """What happens between the question whether LAPOR is there and the complaint itself."""
    knock = box._client.knock

    async def knock_and_work() -> int:
        found = await knock()
        await work()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(box._client, "knock", knock_and_work)
        yield


@asynccontextmanager
async def a_messenger(channel: Channel) -> AsyncIterator[Messenger]:
    async with a_box(channel) as box, Health(channel.opening, Part.BOX) as health:
        yield Messenger("lapor", box, 12, health)


@asynccontextmanager
async def a_channel(folder: Path, **more: Any) -> AsyncIterator[Channel]:
    clock, lapor = Clock(), Lapor()
    gateway = Gateway(lapor.answer, prefix="/t/lahatkab.example/lapor/3.0.0")
    async with WebServer(gateway.answer) as server, a_house(folder, clock) as house:
        base = {"base_url": f"{server.url}{gateway.prefix}", "allow_private": True, "key_header": "AuthorizationSPLP"}
        plan = ConnectionPlan(id="lapor", system="lapor", branches=[RSUD], settings={**base, **CODES, **more})
        await set_up_connections(house, plan)
        secrets = {"ANTREAN_CONNECTION_LAPOR_KEY": KEY, "ANTREAN_CONNECTION_LAPOR_GATEWAY_KEY": gateway.key}
        yield Channel(house, lapor, gateway, Opening(plan, house, secrets), clock)


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    async with a_channel(tmp_path) as opened:
        yield opened


async def test_a_complaint_goes_out_and_what_the_agency_says_comes_back(channel: Channel) -> None:
    complaint = await channel.pass_on(anonymous=True, secret=False)
    complaint = await channel.send(complaint)
    assert complaint.escalation is not None
    tracking = complaint.escalation.tracking
    sent = channel.lapor.complaints[tracking]
    assert TOLD in sent["content"] and complaint.number in sent["content"]
    assert (sent["is_anonymous"], sent["is_secret"], sent["category_id"]) == (True, False, 13)
    assert {name: sent[name] for name in CODES} == CODES
    for number in range(5):
        channel.lapor.say(tracking, f"Tindak lanjut ke-{number}, hubungi 0812-3456-7890.")
    for _ in range(2):  # the second time there is nothing new
        complaint = await channel.hear(complaint)
    words = await channel.house.complaints.words_of(complaint)
    heard = [text for (_, what), text in sorted(words.items()) if what is Kept.WORDS][1:]
    assert [text[:17] for text in heard] == [f"Tindak lanjut ke-{n}"[:17] for n in range(5)]
    assert len(heard) == 5 and not any("0812" in text for text in heard)


async def test_every_header_is_as_it_is_wanted_there(channel: Channel) -> None:
    await channel.send(await channel.pass_on())
    headers = channel.gateway.seen[0].headers
    assert headers["authorizationsplp"] == f"Bearer {channel.gateway.key}"
    assert (headers["auth"], headers["token"]) == (f"Bearer {KEY}", f"{{{KEY}}}")
    assert headers["content-type"] == "application/json"


async def test_what_is_taken_but_not_written_is_not_sent_twice(channel: Channel) -> None:
    complaint = await channel.pass_on()
    async with a_box(channel) as box:
        with pytest.MonkeyPatch.context() as patch:

            async def broken(*_: object) -> None:
                raise RuntimeError("the database is away")

            patch.setattr(box, "_write", broken)
            with pytest.raises(RuntimeError):
                await box.send(complaint.number)
        assert await box.waiting() == [complaint.number]
        await box.send(complaint.number)
    assert len(channel.lapor.complaints) == 1
    assert await passage_of(channel, complaint) is Passage.TAKEN


async def test_where_the_answer_is_lost_nothing_is_sent_again_until_somebody_has_looked(channel: Channel) -> None:
    complaint = await channel.pass_on()
    channel.lapor.loses = 1
    async with a_messenger(channel) as messenger:
        for _ in range(3):
            await messenger._round(asyncio.Event())
        assert len(channel.lapor.complaints) == 1
        complaint = await channel.house.complaints.get(complaint.number)
        assert complaint.passage is Passage.UNKNOWN
        words = await channel.house.complaints.words_of(complaint)
        assert "it cannot be reached" in words[complaint.seq, Kept.WORDS]
        (tracking, there), *_ = channel.lapor.complaints.items()
        assert there["title"].startswith(complaint.number)  # by which whoever looks finds it
        complaint = await channel.act(complaint, Accept(tracking))
        await messenger._round(asyncio.Event())
    assert len(channel.lapor.complaints) == 1
    channel.lapor.say(tracking, "Sudah kami terima.")
    assert (await channel.hear(complaint)).seq == complaint.seq + 1


async def test_where_it_is_not_there_it_is_passed_on_anew_and_stands_there_once(channel: Channel) -> None:
    complaint = await channel.pass_on()
    await channel.act(complaint, Send())  # by a process that ended before anything went out
    with pytest.raises(Undelivered, match="interrupted") as interrupted:
        await channel.send(complaint)
    assert interrupted.value.in_doubt and channel.lapor.complaints == {}
    await channel.act(complaint, Withhold())
    await channel.act(complaint, Escalate("lapor"))
    complaint = await channel.send(complaint)
    assert complaint.passage is Passage.TAKEN and len(channel.lapor.complaints) == 1


async def test_what_was_taken_without_a_number_is_in_doubt_and_what_surely_was_not_goes_again(channel: Channel) -> None:
    complaint = await channel.pass_on()

    async def throttle() -> None:
        channel.gateway.throttled = 1

    async with a_box(channel) as box:
        with after_knock(box, throttle), pytest.raises(Undelivered, match="fewer requests"):
            await box.send(complaint.number)
    assert await passage_of(channel, complaint) is Passage.WAITING
    channel.lapor.is_terse = True
    with pytest.raises(Undelivered, match="without saying its number"):
        await channel.send(complaint)
    assert await passage_of(channel, complaint) is Passage.UNKNOWN
    async with a_box(channel) as box:
        assert await box.waiting() == []


async def test_two_processes_send_one_complaint_once(channel: Channel) -> None:
    complaint = await channel.pass_on()
    async with a_box(channel) as one, a_box(channel) as other:
        await asyncio.gather(*(box.send(complaint.number) for box in (one, other)), return_exceptions=True)
    assert len(channel.lapor.complaints) == 1


async def test_what_staff_keep_back_while_it_is_on_the_way_out_does_not_leave(channel: Channel) -> None:
    complaint = await channel.pass_on()

    async def keep_back() -> None:
        await channel.act(complaint, Withhold())

    async with a_box(channel) as box:
        with after_knock(box, keep_back):
            await box.send(complaint.number)
    assert channel.lapor.complaints == {}


async def test_the_text_that_leaves_is_the_one_that_staff_agreed_to(channel: Channel) -> None:
    complaint = await channel.file(name="Sari Dewi")
    agreed = PassedOn("AD-1 Judul", f"Ditulis ulang oleh petugas, bukan oleh Sari. {PHONE}")
    complaint = await channel.act(complaint, Escalate("lapor"), agreed.words)
    await channel.send(complaint)
    (sent,) = channel.lapor.complaints.values()
    assert sent["title"] == "AD-1 Judul"
    assert sent["content"] == "Ditulis ulang oleh petugas, bukan oleh [disamarkan]. [disamarkan]"


async def test_a_refusal_is_told_back_and_may_be_tried_again(channel: Channel) -> None:
    complaint = await channel.pass_on()
    channel.lapor.refuses = "Bukan kewenangan, hubungi 0812-3456-7890"
    with pytest.raises(Undelivered, match="LAPOR refuses it: Bukan kewenangan") as refused:
        await channel.send(complaint)
    assert refused.value.is_final and "0812" not in str(refused.value)
    async with a_box(channel) as box:
        await box.give_up(complaint.number, refused.value)
    complaint = await channel.house.complaints.get(complaint.number)
    assert isinstance(complaint.entries[-1].event, Rejected) and complaint.may_be_passed_on
    words = await channel.house.complaints.words_of(complaint)
    assert "Bukan kewenangan" in words[complaint.seq, Kept.WORDS]


async def test_what_the_gateway_says_is_no_fault_of_the_complaint(channel: Channel) -> None:
    complaint, key = await channel.pass_on(), channel.gateway.key
    for form in Form:
        channel.gateway.form, channel.gateway.key = form, "kunci-lain"
        with pytest.raises(
            Undelivered, match=r"the gateway does not accept the key \(900901 Invalid Credentials\)"
        ) as no:
            await channel.send(complaint)
        assert not no.value.is_refused and no.value.rest_seconds == 300
        channel.gateway.key, channel.gateway.throttled = key, 1
        with pytest.raises(Undelivered, match=r"the gateway wants fewer requests \(900802") as later:
            await channel.send(complaint)
        assert not later.value.is_refused and later.value.rest_seconds == 60
    sent = (await channel.send(complaint)).escalation
    assert sent is not None and sent.passage is Passage.TAKEN


async def test_the_key_stands_where_the_gateway_wants_it(tmp_path: Path) -> None:
    async with a_channel(tmp_path / "named", key_header="APIkey", key_scheme="") as channel:
        channel.gateway.header, channel.gateway.scheme = "apikey", ""
        await channel.send(await channel.pass_on())
        assert channel.gateway.seen[0].headers["apikey"] == channel.gateway.key
    async with a_channel(tmp_path / "open", key_header="") as channel:
        channel.gateway.header = ""
        await channel.send(await channel.pass_on())
        assert channel.gateway.key not in repr(channel.gateway.seen)


async def test_the_button_says_what_it_found_and_sends_nothing(channel: Channel) -> None:
    found = await channel.settings.probe(channel.opening)
    assert found.startswith("The gateway lets us through, and LAPOR answers (404")
    wrong = {**channel.opening.environment, "ANTREAN_CONNECTION_LAPOR_KEY": "kunci-salah"}
    with pytest.raises(Undelivered, match=r"LAPOR does not accept the key \(answer 401\)"):
        await channel.settings.probe(replace(channel.opening, environment=wrong))
    with pytest.raises(NotReady, match="ANTREAN_CONNECTION_LAPOR_KEY is not set"):
        await channel.settings.probe(replace(channel.opening, environment={}))
    assert channel.lapor.complaints == {}


async def test_one_that_lapor_has_forgotten_keeps_no_other_from_being_heard(channel: Channel) -> None:
    lost = await channel.send(await channel.pass_on(key="satu"))
    kept = await channel.send(await channel.pass_on(key="dua"))
    assert lost.escalation is not None and kept.escalation is not None
    del channel.lapor.complaints[lost.escalation.tracking]
    channel.lapor.say(kept.escalation.tracking, "Sudah diperbaiki.")
    heard = await channel.hear(kept)
    assert heard.escalation is not None and len(heard.escalation.heard) == 1
    await channel.act(heard, Answer(), "Selesai.")
    closed = await channel.act(heard, Close())
    channel.lapor.say(kept.escalation.tracking, "Terlambat.")
    assert (await channel.hear(closed)).seq == closed.seq


async def test_it_is_tended_like_any_connection_and_nothing_is_given_up_while_it_is_away(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(outbox, "rest_seconds", lambda failures, draw: 0.01)
    channel.lapor.outages.begin("500", times=3)
    complaint = await channel.pass_on()
    async with run.tending(channel.house, environment=channel.opening.environment):
        async with asyncio.timeout(20):
            while (await passage_of(channel, complaint)) is not Passage.TAKEN:
                await asyncio.sleep(0.02)
    assert len(channel.lapor.complaints) == 1
    parts = (await channel.house.database.read(read_healths))["lapor"]
    assert (parts[Part.BOX].state, parts[Part.BOX].taken) == (State.RUNS, 1)
    assert "500" in parts[Part.BOX].error
    assert FollowUpPoller.seconds == HOUR


async def passage_of(channel: Channel, complaint: Complaint) -> Passage:
    found = (await channel.house.complaints.get(complaint.number)).escalation
    assert found is not None
    return found.passage


async def test_what_is_refused_again_and_again_is_given_up_aloud(channel: Channel) -> None:
    complaint = await channel.pass_on()
    channel.lapor.refuses = "Laporan ganda"
    async with a_messenger(channel) as messenger, a_box(channel) as box:
        await messenger._round(asyncio.Event())
        assert await passage_of(channel, complaint) is Passage.REFUSED
        assert await box.waiting() == []


def test_a_set_up_without_the_numbers_of_the_agency_is_refused() -> None:
    base = {"base_url": "https://gateway.example/lapor/3.0.0"}
    assert LaporSettings.model_validate({**base, **CODES}).attempts == 12
    for name in CODES:
        with pytest.raises(ValidationError):
            LaporSettings.model_validate({**base, **{n: v for n, v in CODES.items() if n != name}})
    for wrong in ("http://gateway.example/lapor", "https://gateway.example/", "https://10.0.0.7/lapor"):
        with pytest.raises(ValidationError):
            LaporSettings.model_validate({"base_url": wrong, **CODES})


NAMES = st.lists(st.sampled_from(("Suhartini", "Zulkarnain", "Fatimah", "Ny. Rosmalina")), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.data(), WORDS, st.sampled_from(STREETS), NAMES, WORDS, st.booleans())
def test_no_number_no_address_and_no_known_name_ever_leaves_the_house(
    data: st.DataObject, before: str, street: str, names: list[str], behind: str, is_edited: bool
) -> None:
    number = data.draw(st.one_of(niks(), phones()))
    name = " ".join(names)
    written = data.draw(st.sampled_from((name, name.upper(), name.lower(), ", ".join(names), f"({name})")))
    said = f"{before} {data.draw(spelt_out(number))} {behind} {written}\n{street}. {before} {written} {behind}"
    words = {(1, Kept.WORDS): said, (2, Kept.WORDS): said, (1, Kept.CONTACT): number}
    if is_edited:
        words[3, Kept.WORDS] = PassedOn("AD-0000-0001 Pengaduan", said).words
    body = sent_of(words, name)
    outgoing = json.dumps(body, ensure_ascii=False)
    assert street not in outgoing
    assert not any(word in outgoing.casefold() for word in name_words(name))
    ours = (digits_in("AD-0000-0001"), digits_in(f"{NINE:%d-%m-%Y}"))
    left = re.sub(r"Nomor pengaduan kami: .*|Tanggal pengaduan: .*|Loket: .*", "", body["content"])
    assert digits_in(left) == "" and number not in digits_in(outgoing.replace(ours[0], ""))
    assert digits_in(body["title"]) == ours[0]


def sent_of(words: Mapping[tuple[int, Kept], str], name: str) -> Any:
    events = (filed(BRANCH, NINE, "waiting"), Added(), Escalated("lapor"))
    complaint = fold("AD-0000-0001", [Entry(seq, NINE, "visitor", event) for seq, event in enumerate(events, 1)])
    wanted = LaporSettings.model_validate({"base_url": "https://gateway.example/lapor/3.0.0", **CODES})
    return body_of(complaint, passed_on(complaint, words, BRANCH, name_words(name).__contains__), BRANCH, wanted)
