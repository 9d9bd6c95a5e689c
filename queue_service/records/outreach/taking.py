"""Taking a list of people in villages: all of it is read first, beside the event loop, and kept as a whole or not."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid
from queue_service.domain.requests import OutreachRequest
from queue_service.records.outreach.given import outreach_of
from queue_service.records.outreach.lists import BadRow, Wanted, check_rows, requests_of
from queue_service.records.outreach.requests import Key, Requests
from queue_service.records.outreach.sheets import read_cells
from queue_service.regions import Regions


@dataclass(frozen=True, slots=True)
class Choice:
    """`service`: of rows that name none. `keeps_good`: also where others are bad."""

    service: str
    agrees: bool = False
    keeps_good: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """`rows`: how many were good; `requests`: what they became, none where nothing was kept."""

    rows: int
    bad: tuple[BadRow, ...]
    requests: tuple[OutreachRequest, ...]


async def take_list(
    requests: Requests, regions: Regions, office: Branch, content: bytes, choice: Choice, by: tuple[str, datetime]
) -> Taken:
    """The same list twice is taken once. `by`: who brings it, and when. Raises Invalid for what is no list, NotFound at
    an office that takes none; then nothing was kept."""
    outreach = outreach_of(office)
    if choice.service not in outreach.services:
        raise Invalid("service: “{service}” is not offered on the road.", service=choice.service)
    digest = hashlib.sha256(f"list\n{office.id}\n".encode() + content).hexdigest()
    if before := await requests.with_key(digest):
        return Taken(sum(len(one.people) for one in before), (), tuple(before))
    known = await requests.known_people(office.id)
    wanted = Wanted(office, outreach, regions, choice.service, choice.agrees, by[1], known)
    checked = await asyncio.to_thread(lambda: check_rows(read_cells(content), wanted))
    if not checked.good or (checked.bad and not choice.keeps_good):
        return Taken(len(checked.good), checked.bad, ())
    new = await asyncio.to_thread(lambda: list(requests_of(checked.good, wanted)))
    made = await requests.receive(new, *by, Key(digest, digest))
    return Taken(len(checked.good), checked.bad, tuple(made))
