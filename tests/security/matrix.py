"""Every caller at every door. `python -m tests.security.matrix` prints what is so."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fastapi import FastAPI

from queue_service.app import make_app, open_house
from queue_service.domain.complaints import filed
from queue_service.records.complaints.complaints import Filing
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup
from queue_service.records.staff.grants import Grant
from queue_service.setting_up import set_up
from queue_service.settings import Settings
from queue_service.tokens import TicketName
from queue_service.web import connections
from queue_service.web.house import House
from queue_service.web.pages.office import asked
from queue_service.web.pages.paper import static
from tests.houses import CHILDREN, LAHAT, PHARMACY, RSUD, Clock, issue
from tests.security.asking import ask
from tests.security.callers import NAMES, Caller, add_member, begin, callers, headers_of, pair
from tests.security.doors import Door, doors_of
from tests.security.rows import PAIRED_ROWS, ROWS, Row
from tests.stream.wires import Wire

YES = "yes"
# Something of each kind that branches have in common.
AGENCIES = f"""{LAHAT.read_text()}
calendars:
  - id: hari-libur
connections:
  - {{id: agency, system: webhook, settings: {{url: "https://agency.example/antrean"}}}}
  - {{id: dinas, system: opd-webhook, branches: [rsud-lahat], settings: {{mapping: {{id: nomor, queue: layanan}}}}}}
  - id: insurer
    system: bpjs
    branches: [rsud-lahat]
    settings:
      clinics:
        - queue: {CHILDREN}
          poli: ANA
          poli_name: ANAK
          doctor: 100001
          doctor_name: DOKTER ANAK
          hours: "08:00-12:00"
          quota_jkn: 30
          quota_non_jkn: 10
"""
PAIRED_ONLY = AGENCIES.replace("  - id: rsud-lahat\n", "  - id: rsud-lahat\n    screens: paired\n")

Marks = dict[tuple[Door, str], str]  # by door and caller's letter: what becomes of them


@asynccontextmanager
async def a_busy_house(folder: Path, clock: Clock | None = None) -> AsyncIterator[House]:
    """Which counts no requests: all callers of a test come from one address."""
    settings = Settings(folder, f"sqlite:///{folder / 'antrean.db'}", rate_limits=False)
    async with open_house(settings, clock or Clock()) as house:
        plan = read_setup(AGENCIES, LAHAT.name)
        await house.database.write(lambda connection: set_up(connection, plan))
        await house.branches.refresh()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connections, "TEST_SECONDS", 0.1)  # nobody serves them here
            patch.setattr(asked, "ANSWER_SECONDS", 0.1)
            yield house


async def measure(house: House, rows: Mapping[Door, Row], doors: Sequence[Door]) -> Marks:
    app = make_app(house)
    known = [caller async for caller in callers(house)]
    return {
        (door, caller.letter): await _come(app, house, door, rows[door], caller) for door in doors for caller in known
    }


async def _come(app: FastAPI, house: House, door: Door, row: Row, caller: Caller) -> str:
    method, path = door
    address = path.format_map(await places(house, path, holds_ticket=caller.letter == "t"))
    headers = caller.headers if path != "/sign-out" else await headers_of(house, caller.letter)
    if method == "WS":
        return _mark(await _knock(house, address, headers), "", row)
    answer = await ask(app, method, address, headers, row.body)
    return _mark(answer.status, answer.headers.get("location", ""), row)


async def _knock(house: House, address: str, headers: Mapping[str, str]) -> int:
    raw = ((name.lower().encode(), value.encode()) for name, value in headers.items())
    wire = Wire(house, address.partition("?")[2], *raw)
    while not wire.written:  # where a door has changed the set-up, the floor is read first
        await asyncio.sleep(0.001)
    return 200 if wire.status == 101 else wire.status


def _mark(status: int, location: str, row: Row) -> str:
    if location.startswith("/sign-in?"):
        return "401"
    return YES if status in row.let_in else str(status)


async def complain(house: House) -> str:
    """A new complaint's number."""
    now = house.floors.clock()
    filing = Filing(filed(house.branches.get(RSUD), now, "waiting"), "Terlalu lama menunggu")
    return (await house.complaints.file(filing, secrets.token_hex(8), "visitor", now)).number


async def places(house: House, path: str, holds_ticket: bool) -> Mapping[str, str]:
    """What stands in an address for each name; new things only where they are asked for."""
    places = {"branch": RSUD, "queue": CHILDREN, "counter": "3", "action": "cancel", "team": "bola-1"}
    places |= {"label": "B-001", "day": house.floors.today(RSUD)[1].isoformat(), "part": "counters", "item": "3"}
    places |= {"referral": "7f3a"}  # which there is not
    places |= {"regency": "16.04", "request": "JB-26-00001", "request_id": "JB-26-00001", "step": "check"}
    of_kind = {"day": "insurer", "preview": "dinas"}
    places |= {"calendar": "hari-libur", "connection": of_kind.get(path.rpartition("/")[2], "agency")}
    places |= {"lease": "0" * 24, "kept": "0" * 32}
    places |= {"kind": "branches"} if "/new/" in path else {"kind": "calendars", "id_": "hari-libur"}
    for name in re.findall(r"{(\w+)}", path):
        if name == "token":
            label = await issue(house, PHARMACY) if holds_ticket else "B-999"
            token = house.tokens.token_of(TicketName(RSUD, house.floors.today(RSUD)[1], label))
            places["token"] = token if holds_ticket else f"A{token[1:]}"
        elif name == "device":
            places["device"] = (await pair(house))[0]
        elif name == "account":
            places["account"] = await add_member(house, [Grant(Role.CLERK, RSUD)])
        elif name == "session":
            places["session"] = await begin(house, places["account"])
        elif name == "key":
            places["key"] = (await house.keys.create(Role.CLERK, RSUD, house.floors.clock())).split("_")[1]
        elif name == "number":
            places["number"] = await complain(house)
        elif name == "file":
            places["file"] = f"{static.version}/base.css"
    return places


def expected(rows: Mapping[Door, Row], door: Door, caller: str) -> str:
    row = rows[door]
    if caller in row.may:
        return YES
    return row.others.get(caller, "403" if Caller(caller, {}).is_known else "401")


def differences(marks: Marks, rows: Mapping[Door, Row]) -> list[str]:
    return [
        f"{' '.join(door)}: {NAMES[caller]} hears {mark}, not {expected(rows, door, caller)}"
        for (door, caller), mark in marks.items()
        if mark != expected(rows, door, caller)
    ]


async def measure_all(folder: Path) -> tuple[Marks, Marks]:
    """Of all doors; and of those that are others where screens must be paired."""
    async with a_busy_house(folder) as house:
        await issue(house)
        marks = await measure(house, ROWS, [door for door in doors_of(make_app(house)) if door in ROWS])
        await house.branches.set_up(read_setup(PAIRED_ONLY, LAHAT.name))
        await house.branches.refresh()
        return marks, await measure(house, PAIRED_ROWS, list(PAIRED_ROWS))


def table(marks: Marks) -> str:
    """In Markdown; `·` is somebody who is let in."""
    doors = list(dict.fromkeys(door for door, _ in marks))
    head = ["method", "path", *NAMES.values()]
    rows = [
        [method, f"`{path}`", *(_cell(marks[(method, path), caller]) for caller in NAMES)] for method, path in doors
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _cell(mark: str) -> str:
    return "·" if mark == YES else mark


def main() -> int:
    with TemporaryDirectory() as folder:
        everywhere, paired = asyncio.run(measure_all(Path(folder)))
    print(f"{table(everywhere)}\n\nWhere the branch's set-up says `screens: paired`:\n\n{table(paired)}")
    wrong = differences(everywhere, ROWS) + differences(paired, PAIRED_ROWS)
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
