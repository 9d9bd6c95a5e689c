"""What is written, and what is masked should anybody ever log it."""

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.logs import redact
from queue_service.redaction import MASK, redacted
from queue_service.secrets import Secrets
from queue_service.tokens import TicketName, Tokens
from tests.servers import ROOT

SLUG = st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,12}){0,3}", fullmatch=True)
LABEL = st.from_regex(r"[A-Z]{1,3}-[0-9]{3,4}", fullmatch=True)
DAYS = st.dates(date(2026, 1, 1), date(2040, 1, 1))

tokens = st.builds(
    lambda secret, *name: Tokens(Secrets([secret])).token_of(TicketName(*name)),
    st.text(min_size=16, max_size=16),
    *(SLUG, DAYS, LABEL),
)
secret_parts = st.binary(min_size=24, max_size=24).map(lambda raw: urlsafe_b64encode(raw).decode())
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)  # of sessions, and against forged forms
niks = st.from_regex(r"[1-9][0-9]{15}", fullmatch=True)
phones = st.one_of(
    st.from_regex(r"(08|\+628|628)[1-9][0-9]{7,9}", fullmatch=True),
    st.from_regex(r"08[1-9][0-9]-[0-9]{4}-[0-9]{3,4}", fullmatch=True),
    st.from_regex(r"\+62 8[1-9][0-9] [0-9]{4} [0-9]{4}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{9,13}", fullmatch=True),
)
secrets = st.one_of(tokens, secret_parts, digests, niks, phones)
around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=30)


@given(around, secrets, around)
def test_whatever_looks_like_a_secret_is_masked(before: str, secret: str, after: str) -> None:
    text = redacted(before + secret + after)
    assert secret not in text
    assert MASK in text


@given(st.from_regex(r"[0-9a-f]{8}", fullmatch=True), secret_parts, around)
def test_of_a_key_only_its_public_part_stays(key_id: str, secret: str, after: str) -> None:
    text = redacted(f"by antrean_{key_id}_{secret}{after}")
    assert text.startswith(f"by antrean_{key_id}_{MASK}")
    assert secret not in text


class Thing:
    def __init__(self, said: str) -> None:
        self._said = said

    def __repr__(self) -> str:
        return f"<Thing {self._said}>"


@given(secrets)
def test_no_value_and_no_name_is_too_deep_to_be_masked(secret: str) -> None:
    values = [secret, f"/t/{secret}?x", [secret], ({"a": {secret}},), {secret: 1}, Thing(secret), secret.encode()]
    event = redact(None, "", {"event": secret, secret: 1, **{f"v{n}": value for n, value in enumerate(values)}})
    assert secret not in repr(event)
    assert len(event) == len(values) + 2


@given(niks.map(int))
def test_a_number_that_is_a_nik_is_masked(nik: int) -> None:
    assert redact(None, "", {"event": "", "nik": nik})["nik"] == MASK


@pytest.mark.parametrize(
    "text",
    [
        "A-012 of rsud-lahat was called to counter 3 at 2026-11-23T08:12:33.123456+07:00",
        "rumah-sakit-umum-daerah-dokter-soetomo-surabaya",
        "/api/v1/branches/{branch}/counters/{counter}/call-next",
        "0.8123456789 s, 127.0.0.1:8000, epoch 1795413600123, pid 4711, 10.08.12.33",
        "request 6f1c2a52-8a53-4a0e-9d55-3f2b1c9e7a10, trace 4bf92f3577b34da6a3ce929d0e0e4736",
        "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database or disk is full",
    ],
)
def test_what_is_nobody_s_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_numbers_that_are_only_numbers_stay() -> None:
    event = {"event": "", "seconds": 0.25, "status": 503, "at": 1795413600123, "on": True, "what": None}
    assert redact(None, "", dict(event)) == event


PROGRAM = """
import asyncio, logging, warnings
from queue_service.logs import request_id, write_logs
write_logs({form!r})
request_id.set("abc-1")
logging.getLogger("antrean.web").warning("Said %s", "\\n3201994107900123", extra={{"branch": "balai"}})
logging.getLogger("uvicorn.error").error("uvicorn")
logging.getLogger("asyncio").error("asyncio")
logging.getLogger("sqlalchemy.pool").warning("pool")
logging.getLogger("redis").warning("redis")
logging.getLogger("websockets.server").info("not heard")
logging.getLogger("antrean.web").warning("too few %s %s", "3201994107900123")
warnings.warn("a warning")
try:
    raise ValueError("about 081234567890")
except ValueError:
    logging.getLogger("antrean.web").exception("A fault")
raise RuntimeError("the last of 081234567890")
"""


def run(form: str | None, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(form=form)]
    env = {**os.environ, **(environment or {})}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def test_everything_becomes_one_json_object_a_line() -> None:
    done = run(None)
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stderr.splitlines()]
    loggers = ["antrean.web", "uvicorn.error", "asyncio", "sqlalchemy.pool", "redis", "py.warnings", "antrean.web"]
    assert [line["logger"] for line in lines] == [*loggers, "antrean"]
    assert lines[0] | {"time": "", "worker": ""} == {
        "time": "",
        "level": "warning",
        "event": f"Said \n{MASK}",
        "logger": "antrean.web",
        "worker": "",
        "branch": "balai",
        "request": "abc-1",
    }
    assert list(lines[0])[:5] == ["time", "level", "event", "logger", "worker"]
    assert all(datetime.fromisoformat(line["time"]).tzinfo and line["worker"].isdigit() for line in lines)
    assert "ValueError: about [masked]" in lines[-2]["exception"]
    assert (lines[-1]["level"], done.returncode) == ("critical", 1)
    assert "RuntimeError: the last of [masked]" in lines[-1]["exception"]
    assert "1234567890" not in done.stderr


def test_text_is_for_people_and_masked_as_well() -> None:
    told = run("text").stderr
    assert "antrean.web" in told
    assert "Said" in told
    assert MASK in told
    assert "\x1b" not in told  # colours are for terminals
    assert "1234567890" not in told
