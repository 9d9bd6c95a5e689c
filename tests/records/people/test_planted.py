"""A whole day on a real server, with deliveries to an agency: who the people are stands nowhere but where it may."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest
import segno
from websockets.asyncio.client import connect

from queue_service.secrets import load_secrets
from queue_service.tokens import TicketName, Tokens
from tests.integrations.receiver import SECRET, Receiver, a_receiver
from tests.integrations.stages import Deliverer
from tests.records.people.cast import FULL_PHONE, NAME, NIK, OFFICE, PHONE, PLAN
from tests.records.people.planted import Searcher
from tests.servers import Server, running_server

PLANTED = {"name": NAME, "phone as given": PHONE, "phone as kept": FULL_PHONE.lstrip("+62"), "NIK": NIK}
SEARCHER = Searcher(PLANTED)
VISITORS = 30
QUERY = f"/stream?branch={OFFICE}"

LEAKS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "in capitals": lambda text: text.upper().encode(),
    "without spaces": lambda text: text.replace(" ", "").encode(),
    "with other spaces": lambda text: "-".join(text[at : at + 4] for at in range(0, len(text), 4)).encode(),
    "in an address": lambda text: quote(text).encode(),
    "in a form": lambda text: quote_plus(text.upper()).encode(),
    "in an address, every letter": lambda text: "".join(f"%{ord(letter):02X}" for letter in text).encode(),
    "in JSON": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
    "in HTML": lambda text: "".join(f"&#{ord(letter)};" for letter in text).encode(),
    "in hexadecimal": lambda text: text.encode().hex().encode(),
    "in base64": lambda text: base64.b64encode(text.encode()),
    "within base64": lambda text: base64.b64encode(f'{{"a":"{text}"}}'.encode()),
    "within base64 for addresses": lambda text: base64.urlsafe_b64encode(f"ab{text}".encode()),
    "as UTF-16": lambda text: text.encode("utf-16-le"),
}


@pytest.mark.parametrize("way", LEAKS)
@pytest.mark.parametrize("what", PLANTED)
def test_the_searcher_finds_a_leak_however_it_is_spelt(what: str, way: str) -> None:
    haystack = b"nothing of anybody 1234 " * 50
    assert SEARCHER.leaks(haystack) == []
    assert what in SEARCHER.leaks(haystack + LEAKS[way](PLANTED[what]) + haystack)


@dataclass
class Harvest:
    """Everything that came out of the service, by where."""

    found: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, where: str, what: bytes) -> None:
        self.found.append((where, what))

    def leaks(self) -> list[str]:
        return [f"{where}: {', '.join(leaks)}" for where, what in self.found if (leaks := SEARCHER.leaks(what))]


@dataclass
class Day:
    server: Server
    receiver: Receiver
    harvest: Harvest
    client: httpx2.AsyncClient
    first: str = ""  # the day, as the first number says

    async def ask(self, method: str, path: str, key: str = "", **content: Any) -> httpx2.Response:
        headers = {"Sec-Fetch-Site": "same-origin", **({"Authorization": f"Bearer {key}"} if key else {})}
        answer = await self.client.request(method, path, headers=headers, **content)
        told = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        self.harvest.add(f"{method} {path.split('/t/')[0]} {answer.status_code}", told + b"\n\n" + answer.content)
        return answer

    async def api(self, path: str, body: object = None, key: str = "") -> httpx2.Response:
        return await self.ask("POST", f"/api/v1{path}", key, json=body)


@asynccontextmanager
async def a_day(folder: Path) -> AsyncIterator[Day]:
    """At all hours: `janji` alone has some, since appointments need them."""
    asking = {name: PLAN["queues"][0][name] for name in ("asks", "purpose")}
    hours = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "23:59"}]
    queues = [
        {"id": "ktp", "name": "KTP", "prefix": "A", **asking},
        {"id": "umum", "name": "Umum", "prefix": "B"},
        {"id": "satu", "name": "Satu", "prefix": "C", **asking, "one_claim_per_person": True},
        {"id": "janji", "name": "Janji", "prefix": "D", **asking, "appointments": {"per_slot": 9}, "hours": hours},
    ]
    counters = [{"id": "1", "name": "1", "queues": ["ktp", "umum", "satu", "janji"]}]
    plan = {"id": OFFICE, "name": "Kantor Uji", "queues": queues, "counters": counters}
    setup, env = folder / "setup.yaml", {"ANTREAN_CONNECTION_AGENCY_SECRET": SECRET, "ANTREAN_INTEGRATIONS": "apart"}
    async with a_receiver() as receiver:
        connection = {"id": "agency", "system": "webhook", "settings": {"url": receiver.url, "allow_private": True}}
        setup.write_text(json.dumps({"branches": [plan], "connections": [connection]}))
        running = running_server(folder / "data", extra_env=env, setup=setup)
        async with running as server, httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
            yield Day(server, receiver, Harvest(), client)


async def listen(day: Day, query: str) -> None:
    async with connect(f"ws://127.0.0.1:{day.server.port}{query}", proxy=None) as stream:
        async for message in stream:
            day.harvest.add("frame", message.encode() if isinstance(message, str) else message)


def nik_of(n: int) -> str:
    """The planted one too; the others are other people's, and all begin with what is planted of none."""
    return NIK if n % 3 == 0 else f"1604990107{n:02d}{n:04d}"


async def people_come(day: Day) -> list[str]:
    """By every way there is, and with every mistake; their tokens."""
    person = {"name": NAME, "phone": PHONE, "nik": NIK, "consent": True}
    at, tokens = f"/branches/{OFFICE}", []
    for n in range(VISITORS):
        ticket = await day.api(f"{at}/tickets", {"queue": "ktp", "visitor": {**person, "nik": nik_of(n)}})
        tokens.append(ticket.json()["token"])
        day.first = day.first or ticket.json()["day"]
    tomorrow = (await day.ask("GET", f"/api/v1{at}/queues/janji/days")).json()["days"][1]
    slots = (await day.ask("GET", f"/api/v1{at}/queues/janji/slots?day={tomorrow}")).json()["slots"]
    booked = await day.api(f"{at}/appointments", {"queue": "janji", "slot": slots[0]["at"], "visitor": person})
    moved = await day.api(f"/tickets/{booked.json()['token']}/reschedule", {"slot": slots[1]["at"]})
    assert moved.status_code == 200, moved.text
    for wrong in ({"nik": "1"}, {"phone": NIK}, {"name": NAME * 9}, {"consent": False}, {"more": NIK}):
        refused = await day.api(f"{at}/tickets", {"queue": "ktp", "visitor": {**person, **wrong}})
        assert refused.status_code == 422, refused.text
    for queue in ("umum", "nothing"):
        assert (await day.api(f"{at}/tickets", {"queue": queue, "visitor": person})).status_code in (404, 422)
    claims = [await day.api(f"{at}/tickets", {"queue": "satu", "visitor": person}) for _ in range(2)]
    assert [claim.status_code for claim in claims] == [201, 409]
    form = {"key": "0" * 32, "queue": "ktp", "asked": "1", "name": NAME, "phone": PHONE, "nik": NIK, "consent": "yes"}
    for path, more in ((f"/b/{OFFICE}/tickets", {}), (f"/kiosk/{OFFICE}", {"key": "1" * 32})):
        for wrong in ({"nik": "1"}, {"consent": ""}, {"queue": "umum"}, {}):
            answer = await day.ask("POST", path, data={**form, **more, **wrong})
    read_code(day, answer.text)
    return tokens


def read_code(day: Day, page: str) -> None:
    """The kiosk's: it is the one of this address, since that is drawn in no other way."""
    (drawn,) = re.findall(r'class="qr">(<svg.*?</svg>)', page, re.DOTALL)
    (label,) = re.findall(r'id="label">([^<]+)<', page)
    tokens = Tokens(load_secrets(None, day.server.data_dir))
    token = tokens.token_of(TicketName(OFFICE, date.fromisoformat(day.first), label))
    address = f"{day.server.url}/t/{token}"
    code = segno.make(address, error="m", micro=False)
    assert drawn == code.svg_inline(border=1, omitsize=True, svgclass=None, lineclass=None)
    day.harvest.add("code", address.encode())
    day.harvest.add("what the token holds", base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


async def staff_work(day: Day, tokens: list[str]) -> None:
    clerk, at = day.server.key("clerk", OFFICE), f"/branches/{OFFICE}"
    await day.api(f"{at}/counters/1/open", key=clerk)
    for action in ("call-next", "recall", "serve", "complete") * 12 + ("call-next", "no-show", "call-next", "hold"):
        await day.api(f"{at}/counters/1/{action}", key=clerk)
        await day.ask("GET", f"/api/v1{at}/counters/1", clerk)
    await day.api(
        f"{at}/notices", {"text": "Istirahat", "until": "2099-01-01T00:00:00Z"}, day.server.key("supervisor", OFFICE)
    )
    for token in tokens[-5:]:
        for path in ("", "/nothing"):
            await day.ask("GET", f"/t/{token}{path}")
        await day.ask("GET", f"/api/v1/tickets/{token}")
        for action in ("step-away", "check-in", "cancel", "feedback"):
            await day.api(f"/tickets/{token}/{action}", {"score": 4})
    for path in ("", f"b/{OFFICE}", f"b/{OFFICE}/book", f"lobby/{OFFICE}", f"kiosk/{OFFICE}", f"b/{OFFICE}/order/ktp"):
        await day.ask("GET", f"/{path}")
    for path in ("", "/queues/ktp", "/queues/ktp/order", f"/days/{day.first}/tickets/A-001/person"):
        await day.ask("GET", f"/api/v1{at}{path}")
    for path in ("/metrics", "/readyz", "/api/v1/openapi.json", f"/people/{OFFICE}?label=A-001"):
        await day.ask("GET", path)
    await day.api(f"{at}/days/{day.first}/tickets/A-001/person/reveal", {"field": "nik", "reason": "ingin tahu"}, clerk)


async def those_who_may_know(day: Day) -> None:
    """They do see it: else this test would look for what was never there."""
    at = f"/api/v1/branches/{OFFICE}/days/{day.first}/tickets/A-001/person"
    key = {"Authorization": f"Bearer {day.server.key('supervisor', OFFICE)}"}
    seen = await day.client.get(at, headers=key)
    assert SEARCHER.leaks(seen.content) == ["name"]
    for asked, leak in (("nik", "NIK"), ("phone", "phone as kept")):
        body = {"field": asked, "reason": f"berkas {NIK} tertukar"}
        assert leak in SEARCHER.leaks((await day.client.post(f"{at}/reveal", json=body, headers=key)).content)
    found = await day.client.post(
        f"/api/v1/branches/{OFFICE}/people/find", json={"nik": NIK, "day": day.first}, headers=key
    )
    assert SEARCHER.leaks(found.content) == ["name"]
    exported = day.server.run("people", "export", "--ticket", f"{OFFICE}/{day.first}/A-001")
    assert {"name", "NIK"} <= set(SEARCHER.leaks(exported.encode()))


async def deliver(day: Day) -> None:
    """Until all that the journal holds of numbers has arrived."""
    deliverer = Deliverer(day.server.data_dir / "deliverer.log", day.server.environment)
    try:
        for _ in range(600):
            if sum(arrived.is_taken for arrived in day.receiver.arrived) > VISITORS:
                break
            await asyncio.sleep(0.05)
    finally:
        assert deliverer.stop() == 0
    for arrived in day.receiver.arrived:
        day.harvest.add("delivery", json.dumps(arrived.message, ensure_ascii=False).encode())


def what_is_kept(day: Day) -> None:
    """The files of the database, a backup, the logs: whatever lies about."""
    backup = day.server.data_dir / "backup.gz"
    day.server.run("backup", str(backup))
    text = gzip.decompress(backup.read_bytes())
    assert b'"people"' in text and b'"entries"' in text
    day.harvest.add("backup", text)
    day.harvest.add("retention", day.server.run("people", "retention").encode())
    files = [path for path in day.server.data_dir.rglob("*") if path.is_file()]
    assert {"antrean.db", "server.log", "deliverer.log"} <= {path.name for path in files}
    for path in files:
        day.harvest.add(path.name, path.read_bytes())


async def test_who_the_people_of_a_day_are_stands_nowhere_but_where_it_may(tmp_path: Path) -> None:
    async with a_day(tmp_path) as day:
        listener = asyncio.create_task(listen(day, QUERY))
        tokens = await people_come(day)
        holder = asyncio.create_task(listen(day, f"/stream?ticket={tokens[-1]}"))
        await staff_work(day, tokens)
        await those_who_may_know(day)
        await deliver(day)
        for task in (listener, holder):
            task.cancel()
        await asyncio.gather(listener, holder, return_exceptions=True)
        what_is_kept(day)
    wheres = [where for where, _ in day.harvest.found]
    assert wheres.count("frame") > 10
    assert wheres.count("delivery") > VISITORS
    assert wheres.count("code") == 1
    assert day.harvest.leaks() == []
    day.harvest.add("a deliberate leak", f"GET /b/x?nik={NIK[:6]}%20{NIK[6:]}".encode())
    assert day.harvest.leaks() == ["a deliberate leak: NIK"]
