"""Complaints passed on to LAPOR's double, through a gateway, over real connections."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from integrations import outbox, run
from integrations.contract import NotReady, Undelivered
from integrations.lapor.follow_ups import HOUR, FollowUpPoller
from integrations.lapor.settings import LaporSettings
from integrations.lapor.translate import body_of
from queue_service.domain.complaint_events import Added, Entry, Escalated, Rejected
from queue_service.domain.complaints import (
    Answer,
    Close,
    Passage,
    filed,
    fold,
)
from queue_service.records.complaints.passing import PassedOn, passed_on
from queue_service.records.complaints.words import Kept
from queue_service.records.healths import Part, State, read_healths
from queue_service.screening import name_words
from tests.doubles.lapor.lapor import KEY
from tests.doubles.splp.gateway import Form
from tests.houses import NINE
from tests.integrations.lapor.channels import (
    BRANCH,
    CODES,
    TOLD,
    Channel,
    a_box,
    a_channel,
    a_messenger,
    passage_of,
)
from tests.test_screening import STREETS, WORDS, digits_in, niks, phones, spelt_out


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
    headers = channel.gateway.seen[-1].headers
    assert headers["authorizationsplp"] == f"Bearer {channel.gateway.key}"
    assert (headers["auth"], headers["token"]) == (f"Bearer {KEY}", f"{{{KEY}}}")
    assert headers["content-type"] == "application/json"


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
