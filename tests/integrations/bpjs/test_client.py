"""How a request is signed and its answer opened, and what is said when it does not go."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from integrations.bpjs.cipher import Unreadable
from integrations.bpjs.client import LONGEST_ANSWER, Account, Away, BpjsClient, ClockWrong, NotLetIn, Refused
from integrations.bpjs.refusals import ADD, TIME, Meaning
from tests.doubles.web import Answer, Request, WebServer
from tests.integrations.bpjs.hospitals import CARD, NIK, PHONE, Hospital, a_booking, a_hospital


async def test_an_answer_is_opened_with_the_timestamp_of_its_own_request(hospital: Hospital) -> None:
    """However many are under way, and however the clock runs meanwhile."""
    client = hospital.client()
    hospital.double.outages.begin("slow", delay=0.1)

    async def ask_at(seconds: int) -> Any:
        hospital.ours.now = hospital.theirs.now + seconds
        return await client.get("/ref/dokter")

    answers = await asyncio.gather(*(asyncio.create_task(ask_at(seconds)) for seconds in range(5)))
    assert all(each[0] == {"kodedokter": 100001, "namadokter": "DOKTER ANAK"} for each in answers)


async def test_a_long_answer_is_opened_too(hospital: Hospital) -> None:
    hospital.double.hospital.masters.doctors[:] = [  # type: ignore[index]
        {"kodedokter": 100001 + number, "namadokter": f"DOKTER {number}"} for number in range(2000)
    ]
    assert len(await hospital.client().get("/ref/dokter")) == 2000


@pytest.mark.parametrize("label", ["application/json", "Application/x-www-form-urlencoded"])
async def test_a_body_is_json_whatever_its_label_says(hospital: Hospital, label: str) -> None:
    await hospital.client(content_type=label).tell(ADD, a_booking())
    assert hospital.double.hospital.bookings["20261123A001"].fields["kodedokter"] == 100001


async def test_a_refusal_has_its_code_its_words_and_its_meaning(hospital: Hospital) -> None:
    with pytest.raises(Refused) as refused:
        await hospital.client().post(TIME, {"kodebooking": "tidak-ada", "taskid": 3, "waktu": 1795397400000})
    assert (refused.value.call, refused.value.code) == (TIME, 201)
    assert refused.value.verdict.meaning is Meaning.UNKNOWN_BOOKING
    assert str(refused.value) == "it refuses /antrean/updatewaktu: 201 Kode Booking tidak ditemukan"


# Away


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("down", "cannot be reached"), ("lost-answer", "cannot be reached"), ("html", "answered 502"), ("500", "500")],
)
async def test_while_bpjs_is_away_that_is_said(hospital: Hospital, kind: str, sentence: str) -> None:
    hospital.double.outages.begin(kind, times=1)
    with pytest.raises(Away, match=sentence):
        await hospital.client().get("/ref/dokter")
    assert await hospital.client().get("/ref/dokter")


async def test_who_is_too_slow_is_away() -> None:
    async with a_hospital(seconds=0.2) as hospital:
        hospital.double.outages.begin("slow", delay=30)
        with pytest.raises(Away, match="no answer in time"):
            await hospital.client().get("/ref/dokter")


async def test_a_private_address_is_not_asked_unless_allowed(hospital: Hospital) -> None:
    client = hospital.client(base_url="http://127.0.0.1:1/antreanrs")
    with pytest.raises(Away, match="cannot be reached"):
        await client.get("/ref/poli")


Behaviour = Callable[[Request], Answer]


async def _ask(behave: Behaviour, call: Callable[[BpjsClient], Any]) -> Any:
    """Of something else that answers at that address."""

    async def handle(request: Request) -> Answer:
        return behave(request)

    async with a_hospital() as hospital, WebServer(handle) as server:
        return await call(BpjsClient(hospital.account(base_url=server.url), hospital.http, hospital.ours))


def _said(code: Any, message: str = "", response: Any = None) -> Behaviour:
    told = {"metadata": {"code": code, "message": message}, "response": response}
    return lambda _request: Answer(json.dumps(told).encode())


@pytest.mark.parametrize(
    "answer",
    [Answer(b"<html>Ok"), Answer(b""), Answer(b"[]"), Answer(b"no such path", 404), Answer(b"", 302)],
    ids=lambda answer: f"{answer.status} {answer.body!r}",
)
async def test_what_is_not_the_service_is_away(answer: Answer) -> None:
    with pytest.raises(Away, match=f"what answers {answer.status} there is not the service"):
        await _ask(lambda _request: answer, lambda client: client.get("/ref/poli"))


async def test_who_wants_to_be_left_alone_is() -> None:
    busy = Answer(b"", 429, headers={"Retry-After": "17"})
    with pytest.raises(Away) as away:
        await _ask(lambda _request: busy, lambda client: client.get("/ref/poli"))
    assert away.value.rest_seconds == 17


async def test_an_answer_that_is_too_long_is_not_read() -> None:
    endless = Answer(b" " * (LONGEST_ANSWER + 1))
    with pytest.raises(Unreadable, match="longer than 4 MiB"):
        await _ask(lambda _request: endless, lambda client: client.get("/ref/poli"))


async def test_what_cannot_be_opened_is_unreadable_but_does_not_undo_what_was_told() -> None:
    with pytest.raises(Unreadable):
        await _ask(_said(200, response="AAAA"), lambda client: client.post("/antrean/getlisttask", {}))
    assert await _ask(_said("200", response="AAAA"), lambda client: client.tell(ADD, {})) is None


# Not let in


@pytest.mark.parametrize("wrong", [{"secret": "salah"}, {"cons_id": "99999"}, {"user_key": "salah"}])
async def test_a_wrong_account_is_told_as_such(hospital: Hospital, wrong: Mapping[str, str]) -> None:
    with pytest.raises(NotLetIn) as refused:
        await hospital.client(**wrong).get("/ref/poli")
    assert not isinstance(refused.value, ClockWrong)
    assert refused.value.verdict.meaning is Meaning.NOT_LET_IN


async def test_a_gateway_that_lets_nobody_in_is_told_as_such() -> None:
    with pytest.raises(NotLetIn, match="401"):
        await _ask(lambda _request: Answer(b"<html>", 401), lambda client: client.get("/ref/poli"))


@pytest.mark.parametrize(("seconds", "told"), [(-600, "10 min 0 s behind"), (600, "10 min 0 s ahead of")])
async def test_7_11_a_clock_that_is_ten_minutes_wrong_is_named(
    hospital: Hospital, caplog: pytest.LogCaptureFixture, seconds: int, told: str
) -> None:
    hospital.ours.now += seconds
    client = hospital.client()
    with caplog.at_level(logging.INFO), pytest.raises(ClockWrong, match=told):
        await client.get("/ref/poli")
    said = [record for record in caplog.records if record.name == "antrean.bpjs"]
    assert [(record.levelname, told in record.getMessage()) for record in said] == [
        ("WARNING", False),
        ("ERROR", True),
    ]
    assert client.skew_seconds == -seconds
    hospital.ours.now -= seconds
    with caplog.at_level(logging.INFO):
        assert await client.get("/ref/poli")
    assert caplog.messages[-1] == "This machine's clock and that of BPJS agree again"


async def test_a_clock_that_is_a_little_wrong_is_told_once_before_anything_is_refused(
    hospital: Hospital, caplog: pytest.LogCaptureFixture
) -> None:
    hospital.ours.now -= 90
    client = hospital.client()
    for _ in range(3):
        assert await client.get("/ref/poli")
    assert caplog.messages == ["This machine's clock and that of BPJS differ by 1 min 30 s"]


# Who it is about is not told


async def test_whoever_it_is_about_is_in_no_log_and_no_exception(caplog: pytest.LogCaptureFixture) -> None:
    echo = f"Peserta {CARD} / {NIK} / {PHONE} / +62 812-9990-0000 pada 20261123A001 tidak valid"
    answers = [_said(201, echo), _said(401, echo), lambda _request: Answer(echo.encode(), 503)]
    answers += [lambda _request: Answer(echo.encode()), _said(200, response=echo)]
    with caplog.at_level(logging.DEBUG, "antrean"):
        for behave in answers:
            with pytest.raises((Refused, Away, Unreadable)) as failed:
                await _ask(behave, lambda client: client.post(ADD, a_booking()))
            told = "".join(map(str, (failed.value, failed.value.args, failed.value.__cause__, vars(failed.value))))
            assert not any(number in told for number in (CARD, NIK, PHONE, "812-9990"))
            if isinstance(failed.value, Refused):
                assert "20261123A001" in failed.value.message
    assert not any(number in caplog.text for number in (CARD, NIK, PHONE, "812-9990"))


async def test_a_path_with_somebodys_number_is_not_told() -> None:
    with pytest.raises(Refused) as refused:
        await _ask(
            _said(201, "salah"), lambda client: client.get(f"/ref/pasien/fp/identitas/nik/{NIK}", call="/ref/pasien/fp")
        )
    assert NIK not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    account = Account("https://bpjs.example", "1", "rahasia", "kunci", login=("pkm", "sandi"))
    assert not any(word in repr(account) for word in ("rahasia", "kunci", "pkm", "sandi"))


async def test_a_reference_with_one_is_done_and_another_call_is_not() -> None:
    assert await _ask(_said(1, response=[]), lambda client: client.get("/ref/poli")) == []
    with pytest.raises(Refused, match="it refuses /antrean/add: 1"):
        await _ask(_said(1), lambda client: client.tell(ADD, {}))
