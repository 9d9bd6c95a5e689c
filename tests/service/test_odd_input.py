"""Labels, tokens, slugs and words of any shape, wherever one can stand: an answer, never a stack trace."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.service.callers import Answer, Caller
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import Wire

Traces = Callable[[], str]

ODD = {
    "empty": "",
    "space": " ",
    "NUL": "\x00",
    "controls": "\x01\x1b[31m\x7f\x85",
    "line breaks": "a\r\nSet-Cookie: x=1\r\n\r\n",
    "a slash": "a/b",
    "dots": "../../../../etc/passwd",
    "encoded dots": "..%2f..%2f",
    "SQL": "'; DROP TABLE entries; --",
    "a format": "{branch.__class__} %s %(x)s {0} {}",
    "HTML": "<script>alert(1)</script>",
    "Unicode": "Ñandú 号码 №١٢ 🎫 e\u0301",
    "right to left": "\u202eA-001\u2066",
    "not a character": "\uffff\ufdd0",
    "ten kilobytes": "A" * 10_240,
    "many colons": ":" * 300,
    "a label with spaces": " A-001 ",
    "a huge number": "A-" + "9" * 400,
    "a negative number": "A--1",
    "Arabic digits": "A-٠٠١",
    "null": "null",
}
SURROGATES = {"half a character": "\ud83c", "the other half": "\udfab", "a hidden byte": "\udc80"}
RAW_BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"queue":"\xff\xfe"}',
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "deep": b"[" * 8000,
    "a number of five thousand digits": b'{"queue":' + b"9" * 5000 + b"}",
    "NaN": b'{"queue":NaN}',
    "a field twice": b'{"queue":"nothing","queue":"nowhere"}',
    "a field that is unknown": b'{"queue":"umum","color":"red"}',
    "an unknown field of odd name": b'{"queue":"umum","\\ud800":1}',
    "UTF-16": '{"queue":"nothing"}'.encode("utf-16"),
}
MOMENTS: tuple[object, ...] = (
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "0000-00-00T00:00:00Z",
    "2026-11-23",
    "2026-11-23T10:00:00",
    "2026-02-30T10:00:00Z",
    "2026-11-23T10:00:00+99:99",
    "now",
    "",
    -1,
    10**12,
    1e300,
    True,
    None,
    {},
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running_office(tmp_path_factory.mktemp("odd"), [a_branch("balai")]) as running:
        asyncio.run(open_and_fill(running))
        yield running


async def open_and_fill(office: Office) -> None:
    """Counter 1 is open and free, and somebody stands at counter 2: so that odd words get as far as the rules."""
    async with Caller(office.port, office.administrator) as clerk:
        await clerk.post("/branches/balai/counters/1/open")
        await clerk.post("/branches/balai/counters/2/open")
        await clerk.post("/branches/balai/tickets", {"queue": "umum"})
        assert (await clerk.post("/branches/balai/counters/2/call-next")).status == 200


@pytest.fixture
def traces(office: Office) -> Traces:
    """The stack traces in the log since this test began."""
    start = office.server.log.stat().st_size

    def since() -> str:
        new = office.server.log.read_bytes()[start:].decode(errors="replace")
        return new if "Traceback" in new else ""

    return since


@pytest.fixture(scope="module")
def operations(office: Office) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and the names of the body's fields, from the service's own description."""
    with urllib.request.urlopen(f"{office.server.url}/api/v1/openapi.json", timeout=30) as answer:
        described = json.load(answer)
    return [
        (method.upper(), path.removeprefix("/api/v1"), operation)
        for path, methods in described["paths"].items()
        if path.startswith("/api/v1")
        for method, operation in methods.items()
    ]


def is_clean(answer: Answer) -> bool:
    """A refusal in its proper shape; or a 2xx, where the odd thing was acceptable after all."""
    if 200 <= answer.status < 300:
        return True
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    if not is_problem or not 400 <= answer.status < 500:
        return False
    problem = answer.json
    return set(problem) == {"type", "title", "status", "detail", "code"} and problem["status"] == answer.status


def filled(path: str, name: str, odd: str) -> str:
    known = {"branch": "balai", "queue": "umum", "counter": "1", "token": "nobody"}
    for parameter, value in known.items():
        path = path.replace(f"{{{parameter}}}", quote(odd, safe="") if parameter == name else value)
    return path


@pytest.mark.parametrize("name", ["branch", "queue", "counter", "token"])
async def test_in_the_path(office: Office, traces: Traces, operations: list[tuple[str, str, Any]], name: str) -> None:
    unclean = []
    async with Caller(office.port, office.administrator) as caller:
        for method, path, _ in operations:
            if f"{{{name}}}" in path:
                for what, odd in ODD.items():
                    answer = await caller.ask(method, filled(path, name, odd), {} if method == "POST" else None)
                    if not is_clean(answer):
                        unclean.append((method, path, what, answer.status, answer.headers.get("content-type")))
    assert unclean == []
    assert traces() == ""


@pytest.mark.parametrize("what", [*ODD, *SURROGATES])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/branches/balai/tickets", {"queue": None}),
        ("/branches/balai/tickets", {"queue": "umum", "class": None}),
        ("/branches/balai/counters/1/open", {"queues": [None]}),
        ("/branches/balai/counters/1/call", {"label": None}),
        ("/branches/balai/counters/1/requeue", {"label": None}),
        ("/branches/balai/counters/2/transfer", {"queue": None}),
        ("/branches/balai/notices", {"text": None, "until": "2099-01-01T00:00:00Z"}),
        ("/branches/balai/notices", {"text": "x", "until": "2099-01-01T00:00:00Z", "queue": None}),
        ("/branches/balai/notices", {"text": "x", "until": None}),
    ],
)
async def test_in_the_body(office: Office, traces: Traces, path: str, body: dict[str, Any], what: str) -> None:
    odd = {**ODD, **SURROGATES}[what]
    filled_in = {name: odd if value is None else [odd] if value == [None] else value for name, value in body.items()}
    async with Caller(office.port, office.administrator) as caller:
        answer = await caller.post(path, filled_in)
    assert is_clean(answer), (answer.status, answer.body)
    assert traces() == ""


@pytest.mark.parametrize("what", RAW_BODIES)
@pytest.mark.parametrize("path", ["tickets", "counters/1/open", "counters/1/call", "notices"])
async def test_as_the_whole_body(office: Office, traces: Traces, path: str, what: str) -> None:
    request = urllib.request.Request(
        f"{office.server.url}/api/v1/branches/balai/{path}",
        data=RAW_BODIES[what],
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {office.administrator}"},
    )
    answer = opened(request)
    assert is_clean(answer), (answer.status, answer.body)
    assert traces() == ""


@pytest.mark.parametrize("moment", MOMENTS, ids=repr)
async def test_as_a_moment(office: Office, traces: Traces, moment: object) -> None:
    async with Caller(office.port, office.administrator) as head:
        answer = await head.post("/branches/balai/notices", {"text": "Istirahat", "until": moment})
    assert is_clean(answer), (answer.status, answer.body)
    assert answer.status == 422 or str(moment).startswith("9999")
    assert traces() == ""


@pytest.mark.parametrize("what", ODD)
async def test_in_the_query(office: Office, traces: Traces, what: str) -> None:
    async with Caller(office.port) as caller:
        answers = [
            await caller.get(f"/branches/balai?{query}")
            for query in (f"lang={quote(ODD[what])}", f"{quote(ODD[what])}=1", quote(ODD[what]))
        ]
    assert all(is_clean(answer) for answer in answers)
    assert traces() == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer"),
        ("Authorization", "Bearer \xff\xfe"),
        ("Authorization", "Bearer antrean__"),
        ("Authorization", "Bearer antrean_00000000_" + "x" * 9000),
        ("Authorization", "Basic dXNlcjpwYXNz"),
        ("Cookie", "antrean_session=" + "." * 500),
        ("Cookie", "antrean_session=0.99999999999999999999999.00"),
        ("Cookie", "antrean_session=\xff; lang=\xff"),
        ("Accept-Language", ",;q=,id;q=x,\xff;q=1e999,en;q=-1" + ",a" * 3000),
        ("If-None-Match", "W/" * 3000),
        ("Idempotency-Key", "\xff"),
        ("Idempotency-Key", "x" * 300),
        ("Idempotency-Key", "a b"),
        ("Content-Type", "application/json; charset=\xff"),
        ("Content-Type", "multipart/form-data"),
        ("Content-Type", "x" * 3000),
        ("X-CSRF-Token", "\xff" * 100),
    ],
)
async def test_in_a_header(office: Office, traces: Traces, name: str, value: str) -> None:
    request = urllib.request.Request(
        f"{office.server.url}/api/v1/branches/balai/counters/3/open",
        data=b"{}",
        headers={"Content-Type": "application/json", name: value},
    )
    answer = opened(request)
    assert is_clean(answer), (answer.status, answer.body)
    assert traces() == ""


@pytest.mark.parametrize("key", [None, "potongan"], ids=["without a key", "with a key"])
@pytest.mark.parametrize("path", ["/branches/balai/tickets", "/branches/balai/queues/umum/open"])
def test_a_body_without_end_is_too_large(office: Office, traces: Traces, path: str, key: str | None) -> None:
    """In chunks, so that its length is not known before; sent at once, since the answer comes before its end."""
    headers = ["Host: x", "Content-Type: application/json", f"Authorization: Bearer {office.administrator}"]
    headers += [] if key is None else [f"Idempotency-Key: {key}{path}"]
    head = "\r\n".join([f"POST /api/v1{path} HTTP/1.1", *headers, "Transfer-Encoding: chunked", "", ""]).encode()
    chunks = [b'{"queue":"', *[b"a" * 1000] * 40, b'"}', b""]
    wire = Wire(office.port)
    wire.send(head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks))
    answer = wire.reply()
    is_read = key is not None or not path.endswith("/open")
    assert (answer.status, answer.json.get("code")) == ((413, "too_large") if is_read else (200, None))
    assert traces() == ""


async def test_half_a_character_in_one_notice_harms_nobody_else(office: Office) -> None:
    """Whoever writes at the same moment shares a commit with it."""
    callers = [Caller(office.port, office.administrator) for _ in range(20)]
    notice = {"text": "\ud83c", "until": "2099-01-01T00:00:00Z"}
    answers = await asyncio.gather(
        *(
            caller.post("/branches/balai/notices", notice)
            if n == 0
            else caller.post("/branches/balai/tickets", {"queue": "umum"})
            for n, caller in enumerate(callers)
        )
    )
    assert [answer.status for answer in answers] == [422] + [201] * 19


def opened(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, {n.lower(): v for n, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {n.lower(): v for n, v in error.headers.items()}, error.read())
