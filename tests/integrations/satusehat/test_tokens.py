"""Tokens, look-ups and failures of the client alone, with the platform's double at the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import pytest

from integrations.contract import Undelivered
from integrations.http import Http
from integrations.reach import Reach
from integrations.satusehat.client import Account, SatusehatClient
from tests.doubles.satusehat.platform import CLIENT_ID, CLIENT_SECRET, ORGANIZATION, Platform, Reply, Turned, a_platform

NIK, IHS = "1604994107900017", "P02428473601"


@dataclass
class Talk:
    platform: Platform
    client: SatusehatClient
    clock: Turned


@asynccontextmanager
async def a_talk(secret: str = CLIENT_SECRET, lifetime: int = 3599) -> AsyncIterator[Talk]:
    clock = Turned()
    async with a_platform(clock) as platform:
        platform.lifetime = lifetime
        platform.patients[NIK] = IHS
        account = Account(platform.url, ORGANIZATION, CLIENT_ID, secret)
        client = SatusehatClient(account, Http(Reach(allow_private=True)), clock)
        yield Talk(platform, client, clock)
        await client.close()


async def test_s3_1_numbers_come_as_text_and_a_token_is_kept_until_300_seconds_before_its_end() -> None:
    async with a_talk() as talk:
        await talk.client.locations()
        talk.clock.now += 3299 - 0.5
        await talk.client.locations()
        assert talk.platform.token_calls == 1
        talk.clock.now += 1
        await talk.client.locations()
        assert talk.platform.token_calls == 2


async def test_s3_1_one_that_lives_for_minutes_only_is_not_asked_for_each_time() -> None:
    async with a_talk(lifetime=200) as talk:
        await talk.client.locations()
        talk.clock.now += 99
        await talk.client.locations()
        assert talk.platform.token_calls == 1


async def test_s3_2_many_at_once_wait_for_one_renewal() -> None:
    async with a_talk() as talk:
        await asyncio.gather(*(talk.client.locations() for _ in range(20)))
        assert talk.platform.token_calls == 1


async def test_s3_3_a_refused_token_is_renewed_once_by_all_together() -> None:
    async with a_talk() as talk:
        await talk.client.locations()
        talk.platform.forget_tokens()
        await asyncio.gather(*(talk.client.locations() for _ in range(10)))
        assert talk.platform.token_calls == 2


async def test_s3_3_what_refuses_a_new_token_too_is_left_alone_for_a_minute() -> None:
    async with a_talk() as talk:
        await talk.client.locations()
        talk.platform.away = Reply(401, {})
        talk.platform.is_token_call_well = True
        with pytest.raises(Undelivered) as failed:
            await talk.client.locations()
        assert (failed.value.is_refused, failed.value.rest_seconds) == (False, 60)
        assert talk.platform.token_calls == 2
        with pytest.raises(Undelivered):
            await talk.client.locations()
        assert talk.platform.token_calls == 2
        talk.platform.away = None
        talk.clock.now += 60
        assert await talk.client.locations() == (set(), 0)


async def test_s3_4_after_a_failed_token_call_there_is_one_a_minute() -> None:
    async with a_talk(secret="wrong") as talk:
        with pytest.raises(Undelivered, match="client id or client secret") as failed:
            await talk.client.locations()
        assert (failed.value.is_refused, failed.value.rest_seconds) == (False, 60)
        for _ in range(5):
            talk.clock.now += 10
            with pytest.raises(Undelivered, match="once a minute") as waiting:
                await talk.client.locations()
        assert waiting.value.rest_seconds == 10
        assert talk.platform.token_calls == 1
        talk.clock.now += 10
        with pytest.raises(Undelivered, match="client id"):
            await talk.client.locations()
        assert talk.platform.token_calls == 2


async def test_s3_4_a_token_call_that_is_broken_off_counts_as_one() -> None:
    async with a_talk() as talk:
        asking = asyncio.create_task(talk.client.tokens.get())
        while not talk.client.tokens._renewing.locked():
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(Undelivered, match="once a minute"):
            await talk.client.tokens.get()


async def test_s3_5_the_secret_goes_into_the_form_and_stands_in_no_sentence() -> None:
    async with a_talk() as talk:
        token = await talk.client.tokens.get()
        [asked] = talk.platform.asked
        assert (asked.path, asked.query) == ("/oauth2/v1/accesstoken", "grant_type=client_credentials")
        assert asked.body == b"client_id=the-client&client_secret=a%20secret%20of%20theirs%20%26%20ours"
        assert token.holder == "RSUD Double"
        await talk.client.locations()
        assert talk.platform.asked[-1].headers["authorization"] == f"Bearer {token.value}"


async def test_s4_1_a_patient_is_found_by_nik_percent_encoded() -> None:
    async with a_talk() as talk:
        assert await talk.client.find_patient(NIK) == IHS
        assert await talk.client.find_patient("1604990107900018") is None
        [asked, _] = talk.platform.requests("GET", "Patient")
        system = "https%3A%2F%2Ffhir.kemkes.go.id%2Fid%2Fnik"
        assert asked.query == f"identifier={system}%7C{NIK}"


async def test_s4_1_of_several_by_one_nik_nobody_is_chosen() -> None:
    async with a_talk() as talk:
        talk.platform.patients[NIK] = f"{IHS} P09999999999"
        with pytest.raises(Undelivered, match="several Patients") as unclear:
            await talk.client.find_patient(NIK)
        assert unclear.value.is_final


async def test_s4_2_a_practitioner_is_found_by_nik() -> None:
    async with a_talk() as talk:
        talk.platform.practitioners[NIK] = "N10000001"
        assert await talk.client.find_practitioner(NIK) == "N10000001"
        assert await talk.client.find_practitioner("1604990107900018") is None


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_s8_4_what_is_away_is_told_apart_from_what_refuses(status: int) -> None:
    async with a_talk() as talk:
        await talk.client.tokens.get()
        talk.platform.away = Reply(status, {"resourceType": "OperationOutcome", "issue": []}, {"Retry-After": "9"})
        with pytest.raises(Undelivered) as away:
            await talk.client.find_patient(NIK)
        assert (away.value.is_refused, away.value.rest_seconds) == (False, 9)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_s8_3_a_refusal_in_words_of_nobodys_is_told_without_them(status: int) -> None:
    async with a_talk() as talk:
        await talk.client.tokens.get()
        talk.platform.away = Reply(status, {"error": f"patient {IHS} of {NIK} is unwelcome"})
        with pytest.raises(Undelivered) as refused:
            await talk.client.find_patient(NIK)
        assert refused.value.is_refused
        assert str(refused.value) == f"it answered {status} {HTTPStatus(status).phrase}"


@pytest.mark.parametrize("answer", [{}, [], "text", {"resourceType": "Patient", "id": IHS}, None])
async def test_s8_5_an_answer_that_is_no_list_is_not_taken_for_an_empty_one(answer: object) -> None:
    async with a_talk() as talk:
        await talk.client.tokens.get()
        talk.platform.away = Reply(200, answer)
        with pytest.raises(Undelivered, match="no list"):
            await talk.client.find_patient(NIK)


@pytest.mark.parametrize("answer", [{}, [], {"access_token": "x", "expires_in": "soon"}, {"expires_in": "3599"}])
async def test_s8_5_an_answer_without_a_token_is_none(answer: object) -> None:
    async with a_talk() as talk:
        talk.platform.away = Reply(200, answer)
        with pytest.raises(Undelivered, match="holds no token"):
            await talk.client.find_patient(NIK)


async def test_s8_6_an_encounter_taken_without_an_id_is_looked_for_the_next_time() -> None:
    async with a_talk() as talk:
        await talk.client.tokens.get()
        talk.platform.away = Reply(201, {"resourceType": "Encounter"})
        with pytest.raises(Undelivered, match="without saying its id") as odd:
            await talk.client.create({"resourceType": "Encounter"})
        assert not odd.value.is_refused
