"""Whatever breaks while a complaint is passed on, it is never filed there twice by itself."""

from __future__ import annotations

import asyncio

import pytest

from integrations.contract import Undelivered
from queue_service.domain.complaints import (
    Accept,
    Escalate,
    Passage,
    Send,
    Withhold,
)
from queue_service.records.complaints.passing import PassedOn
from queue_service.records.complaints.words import Kept
from tests.integrations.lapor.channels import (
    PHONE,
    Channel,
    a_box,
    a_messenger,
    after_knock,
    passage_of,
)


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
