"""What the register's answers mean, one by one, and what a NIK's own form says."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contract import Undelivered
from integrations.dukcapil.settings import DukcapilSettings, can_verify
from integrations.dukcapil.translate import Account, question, read_verdict
from queue_service.domain.identity_checks import Oddity, Result, look_at
from queue_service.records.plans import ConnectionPlan

BORN = date(1990, 7, 1)
WOMAN, MAN = "1604994107900017", "1604990107900017"
ACCOUNT = Account("u", "p", "10.0.0.1", 90)
OFFICIAL = {"base_url": "https://register.example:8000", "customer": "1604", "ip_user": "10.0.0.1"}


def told(**fields: str) -> Any:
    return {"content": [fields]}


@pytest.mark.parametrize(
    ("answer", "result", "reason"),
    [
        (told(NIK="Sesuai", NAMA_LGKP="Sesuai", TGL_LHR="Sesuai"), Result.MATCH, ""),
        (told(NAMA_LGKP="Sesuai (100)", TGL_LHR="SESUAI"), Result.MATCH, ""),
        (told(NAMA_LGKP="Sesuai (87)", TGL_LHR="Sesuai"), Result.PARTIAL, ""),
        (told(NAMA_LGKP="Sesuai(93)"), Result.PARTIAL, ""),
        (told(NAMA_LGKP="Tidak Sesuai", TGL_LHR="Sesuai"), Result.PARTIAL, ""),
        (told(NIK="Sesuai", NAMA_LGKP="Tidak Sesuai", TGL_LHR="Tidak Sesuai"), Result.MISMATCH, ""),
        (told(NAMA_LGKP="Tidak Sesuai (12)"), Result.MISMATCH, ""),
        (told(RESPONSE_CODE="00", NAMA_LGKP="Sesuai"), Result.MATCH, ""),
        (told(RESPONSE_CODE="11", RESPON="Meninggal"), Result.BLOCKED, "deceased"),
        (told(RESPONSE_CODE="12"), Result.BLOCKED, "duplicate"),
        ({"content": {"RESPONSE_CODE": 13, "RESPONSE": "x"}}, Result.BLOCKED, "not_found"),
        ({"RESPONSE_CODE": "14"}, Result.BLOCKED, "inactive"),
        (told(RESPONSE_CODE="15"), Result.BLOCKED, "format"),
        (told(RESPONSE_CODE="08"), Result.BLOCKED, "format"),
    ],
)
def test_an_answer_is_read_for_what_it_says(answer: Any, result: Result, reason: str) -> None:
    verdict = read_verdict(answer)
    assert (verdict.result, verdict.reason) == (result, reason)


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], {}, "Sesuai", {"content": []}, {"content": [[]]}),
        *(told(NIK="Sesuai"), told(NAMA_LGKP="Mungkin"), told(NAMA_LGKP="Sesuai kiranya")),
        *(told(RESPONSE_CODE="05"), told(RESPONSE_CODE="x")),
    ],
)
def test_what_is_none_of_its_answers_is_never_taken_for_one(answer: Any) -> None:
    with pytest.raises(Undelivered):
        read_verdict(answer)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_answer_breaks_the_reading(answer: Any) -> None:
    with suppress(Undelivered):
        assert read_verdict(answer).result is not Result.UNAVAILABLE


def test_only_what_is_known_is_asked() -> None:
    asked = question(ACCOUNT, WOMAN, "", None)
    assert asked == {"USER_ID": "u", "PASSWORD": "p", "IP_USER": "10.0.0.1", "TRESHOLD": "90", "NIK": WOMAN}
    assert question(ACCOUNT, WOMAN, "Contoh", BORN)["TGL_LHR"] == "1990-07-01"


@pytest.mark.parametrize(
    ("nik", "born", "oddities"),
    [
        (WOMAN, BORN, ()),  # 41 is the first day of a month
        (MAN, BORN, ()),
        (MAN, None, ()),
        ("160499 410790 0017", BORN, ()),
        (WOMAN, date(1990, 7, 2), (Oddity.BIRTH_DIFFERS,)),
        ("9999990107900017", BORN, (Oddity.PROVINCE,)),
        ("1604993202900017", BORN, (Oddity.BIRTH,)),
        ("1604990107900000", BORN, (Oddity.SERIAL,)),
        ("12345", BORN, (Oddity.SHAPE,)),
    ],
)
def test_the_form_of_a_number_gives_warnings_and_no_verdict(
    nik: str, born: date | None, oddities: tuple[Oddity]
) -> None:
    verdict = look_at(nik, born)
    assert (verdict.result, verdict.oddities) == (Result.PARTIAL, oddities)


def test_it_is_off_unless_somebody_turns_it_on() -> None:
    assert DukcapilSettings().mode == DukcapilSettings.model_validate({"mode": False}).mode == "off"
    for mode, can in (("off", False), (False, False), ("format-only", True), ("official", True)):
        plan = ConnectionPlan(id="nik", system="dukcapil", settings={"mode": mode})
        assert can_verify(plan) is can
    assert not can_verify(ConnectionPlan(id="nik", system="dukcapil"))
    assert not can_verify(ConnectionPlan(id="x", system="webhook", settings={"mode": "official"}))


@pytest.mark.parametrize("missing", ["base_url", "customer", "ip_user"])
def test_the_official_way_needs_what_the_agreement_says(missing: str) -> None:
    assert DukcapilSettings.model_validate({"mode": "official", **OFFICIAL}).threshold == 90
    rest = {name: value for name, value in OFFICIAL.items() if name != missing}
    with pytest.raises(ValueError, match=missing):
        DukcapilSettings.model_validate({"mode": "official", **rest})


def test_an_address_in_a_private_network_has_to_be_meant() -> None:
    private = {**OFFICIAL, "mode": "official", "base_url": "https://10.1.2.3:8000"}
    with pytest.raises(ValueError, match="allow_private"):
        DukcapilSettings.model_validate(private)
    assert DukcapilSettings.model_validate({**private, "allow_private": True}).base_url
