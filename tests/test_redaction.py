"""Whatever is planted never comes out again, and what is nobody's number does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queue_service import redaction
from queue_service.logs import redact
from queue_service.redaction import MASK, hide, redacted

niks = st.from_regex(r"(1[1-9]|[3-9][1-9])[0-9]{14}", fullmatch=True)  # no province is 20
cards = st.from_regex(r"000[0-9]{10}", fullmatch=True)
phones = st.from_regex(r"(08|\+628|628)[1-9][0-9]{7,9}", fullmatch=True)
numbers = st.one_of(niks, cards)
around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=30)
secrets = st.text("ABCDEFGHJKLMabcdefghijkm23456789+/=_.~-", min_size=6, max_size=60)
between = st.sampled_from([" ", ".", "-", " - ", "\u00a0", "--", "\t"])

moments = st.integers(1_420_000_000_000, 2_200_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
days = st.dates(date(2020, 1, 1), date(2039, 12, 31))


@st.composite
def spread(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and how somebody writes it: in groups of at least two digits."""
    number, sign = draw(numbers), draw(between)
    groups, left = [], number
    while len(left) > 3:
        size = draw(st.integers(2, len(left) - 2))
        groups.append(left[:size])
        left = left[size:]
    return number, sign.join([*groups, left])


def leaks(number: str, text: str) -> bool:
    """Whether five digits of it stand there in a row, whatever is between them."""
    digits = "".join(c for c in text if c.isdigit())
    return any(number[start : start + 5] in digits for start in range(len(number) - 4))


@given(around, spread(), around)
def test_a_number_of_a_person_is_masked_however_it_is_written(
    before: str, planted: tuple[str, str], after: str
) -> None:
    number, written = planted
    told = redacted(before + written + after)
    assert MASK in told
    assert not leaks(number, told)


@given(around, st.one_of(numbers, phones), around)
def test_a_number_in_one_piece_is_masked(before: str, number: str, after: str) -> None:
    told = redacted(before + number + after)
    assert number not in told
    assert not leaks(number.lstrip("+"), told)


@given(
    spread(), st.sampled_from([quote, quote_plus, lambda text: "".join(f"%{ord(c):02X}" for c in text if ord(c) < 128)])
)
def test_an_address_hides_it_no_better(planted: tuple[str, str], encoded: Callable[[str], str]) -> None:
    number, written = planted
    told = redacted(
        f"GET https://insurer.example/Peserta/nokartu/{encoded(written)}/tglSEP/2026-11-23?x={encoded(written)}"
    )
    assert told.count(MASK) == 2
    assert not leaks(number, unquote(told).replace("2026-11-23", ""))


@given(spread(), around)
@example(("1400000000000000", "1400000000000 000"), "\x19")  # of which JSON makes digits
def test_nor_does_json(planted: tuple[str, str], text: str) -> None:
    number, written = planted
    for body in (
        {"nik": written, "said": text},
        [{"metadata": {"message": f"{text} {written}"}}],
        {"noka": int(f"1{number[1:]}")},
    ):
        for ascii_only in (True, False):
            told = redacted(json.dumps(body, ensure_ascii=ascii_only))
            assert not leaks(number[1:], re.sub(r"\\u[0-9a-f]{4}", "", told))


NAMES = [
    "Authorization",
    "x-token",
    "X-Password",
    "X-Authorization",
    "user_key",
    "client_secret",
    "access_token",
    "api_key",
]


@given(around, st.sampled_from(NAMES), secrets, st.sampled_from(["", "Bearer ", "Basic "]))
def test_what_stands_behind_the_name_of_a_secret_is_masked(before: str, name: str, secret: str, kind: str) -> None:
    value = kind + secret
    written = [
        json.dumps({name: value, "n": 1}),
        repr({name: value}),
        repr([(name, value)]),
        json.dumps(json.dumps({name: value})),
    ]
    written += [
        repr([(name.encode(), value.encode())]),
        f"?a=1&{name}={quote(secret)}&b=2",
        f"ANTREAN_X_{name.upper()}={secret}",
    ]
    if name.lower().startswith(("auth", "x-", "user")):
        written.append(f"\n{name}: {value}\n")
    for text in written:
        told = redacted(before.replace("/", "") + " " + text)
        assert secret not in told.removeprefix(before), text
        assert MASK in told


@given(around, secrets)
def test_a_bearer_is_masked_wherever_it_is_named(before: str, secret: str) -> None:
    assert secret not in redacted(f"Bearer {secret}")
    assert secret not in redacted(f"{before} bearer%20{secret} {before}").replace(before, "")


@given(around, st.text(min_size=6, max_size=30).filter(lambda text: text.strip() == text), around)
def test_what_a_connection_was_given_is_masked_in_whatever_form_it_is(before: str, secret: str, after: str) -> None:
    hide(secret)
    try:
        told = redacted(f"{before}{secret}{after} https://insurer.example/?k={quote(secret, safe='')}")
    finally:
        redaction._hidden.clear()
    assert secret not in told.replace(MASK, "\0")
    assert MASK in told


def test_what_is_too_short_to_be_a_secret_is_not_hidden_everywhere() -> None:
    hide("3")
    assert redacted("counter 3") == "counter 3"


@pytest.mark.parametrize("name", ["token", "client_secret", "Authorization", "x-password", "user_key"])
def test_a_field_that_is_called_like_a_secret_is_masked_whatever_it_holds(name: str) -> None:
    event = redact(None, "", {"event": "", name: "short", "headers": {name: b"short"}, "all": [{name: 1}]})
    assert "short" not in repr(event)
    assert event[name] == MASK


def test_thirteen_digits_are_a_card_where_the_word_before_them_says_so() -> None:
    at = 1795413600123
    assert redact(None, "", {"event": "", "at_ms": at, "card": at}) == {"event": "", "at_ms": at, "card": MASK}
    for text in ('{"nomorkartu": "%s"}', "noka %s", "no_peserta=%s", "/nokartu/%s", "Kartu JKN: %s"):
        assert redacted(text % at) == text % MASK
    for text in ('{"waktu": %s}', "after=%s", "%s", "/ms/%s", "elektronik %s"):
        assert redacted(text % at) == text % at


# What stays


@given(moments, around.filter(lambda text: not text.lower().rstrip().endswith(("kartu", "card"))))
def test_moments_stay(at: datetime, after: str) -> None:
    ms = int(at.timestamp() * 1000)
    local = at + timedelta(hours=7)
    for moment in (
        str(ms),
        at.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S}",
        f"{local:%Y-%m-%d %H.%M.%S}",
        f"{local:%d-%m-%Y %H.%M.%S}",
    ):
        if not moment.endswith("+00:00"):
            assert redacted(f"at {moment}") == f"at {moment}"
        assert redacted(f'{{"waktu": "{moment}"}}') == f'{{"waktu": "{moment}"}}'


@given(days, st.integers(0, 999_999), st.sampled_from(["A", "BA", "POL"]), st.integers(1, 999))
def test_booking_codes_labels_and_places_in_journals_stay(day: date, count: int, prefix: str, number: int) -> None:
    label = f"{prefix}-{number:03d}"
    for text in (
        f"{day:%Y%m%d}{count:06d}",
        f"{day:%Y%m%d}{label}",
        f"{label}-{count:06d}",
        f"e1_rsud-lahat_{day}_{number}",
        f"rsud-lahat/{day}/{number}",
        f"{day:%Y/%m/%d}/{count:06d}",
        f"from {day} to {day}",
        f"{day}, {number} numbers",
        f"GET /jadwaldokter/kodepoli/ANA/tanggal/{day}?a=%20{count}",
        f"GET /antrean?after%20{int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)}",
    ):
        assert redacted(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "it answered 429 Too Many Requests after 0.123456789012345 seconds, 12.345678 MB",
        "10.0.0.1, 127.0.0.1:8000, 192.168.100.200, ::1, 2606:2800:21f:cb07::1",
        "SEP 0301R0011117V000002, ICD A15.0, poli ANA, RM 123456",
        "ANTREAN_CONNECTION_INSURER_CLIENT_SECRET is not set.",
        "ANTREAN_CONNECTION_INSURER_SECRET: expected base64 after whsec_.",
        "trace 12345678901234567890123456789abc of 12345678-1234-4234-9234-123456789abc",
        "Token expired: no token, no password and no secret is told",
        "quota 20, 30, 40, 50, 60, 70, 80, 90",
    ],
)
def test_what_is_nobodys_number_and_no_secret_stays(text: str) -> None:
    assert redacted(text) == text
