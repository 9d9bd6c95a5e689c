"""`antrean field take`: everything that a day needs is brought into the folder; broken off, it goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from queue_service.domain.events import from_ms
from queue_service.faults import Fault
from queue_service.field.agreeing import agree, marks_of, note_sent
from queue_service.field.centre import Centre
from queue_service.field.desks import FieldDesk
from queue_service.field.folders import Folder, Keys
from queue_service.floors import Clock
from queue_service.journal import Change
from queue_service.journal.epochs import insert_in_epoch
from queue_service.journal.journals import read_entries
from queue_service.journal.tables import entries
from queue_service.leases.parts import PARTS, At, Part
from queue_service.leases.wire import digest_of, read_entry
from queue_service.records.referrals import keep_referrals
from queue_service.version import VERSION

SECONDS_OFF = 120  # that the two clocks may differ: what happens in the field bears the laptop's time

Json = dict[str, Any]


class NotTaken(Fault):
    """The sentence says what to do; the same command goes on afterwards."""


async def ask_for(folder: Folder, keys: Keys, passphrase: str, centre: Centre, clock: Clock) -> tuple[Folder, Keys]:
    """The lease, with a key of staff: from here on the day is in this folder's hands.

    Raises Away, Refused, NotTaken.
    """
    body = {"lease": folder.lease, "device": folder.device, "version": VERSION}
    taken = await centre.post("", body)
    keys = replace(keys, shown=taken["pass"], days=tuple(taken["keys"]))
    folder = folder.with_keys(keys, passphrase)
    folder.keep()
    seconds = (clock() - from_ms(taken["now_ms"])).total_seconds()
    if abs(seconds) > SECONDS_OFF:
        off = f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'}"
        raise NotTaken(f"This laptop's clock is {off} the centre's. Set it, and give the same command again.")
    return folder, keys


async def lay_down(desk: FieldDesk) -> int:
    """How many entries there are. Raises Away, Refused, NotTaken."""
    for part in PARTS:
        if part.leaves:
            await _lay_part(desk, part)
    return await _lay_entries(desk)


async def _lay_part(desk: FieldDesk, part: Part) -> None:
    known = await desk.database.read(lambda connection: marks_of(connection, part.name))
    after, is_last = max(known, default=""), False
    while not is_last:
        page = await desk.centre.get(f"/{desk.lease}/parts/{part.name}", after=after)
        items, is_last, at = page["items"], page["is_last"], desk.at
        await desk.database.write(_laying(at, part, items))
        after = items[-1]["id"] if items else after


def _laying(at: At, part: Part, items: list[Json]) -> Callable[[Connection], None]:
    """What is laid down, and that it was, in one transaction."""

    def work(connection: Connection) -> None:
        for item in items:
            part.write(connection, at, item["id"], item["content"])
        agree(connection, part.name, {item["id"]: at.mark(item["content"]) for item in items})

    return work


async def _lay_entries(desk: FieldDesk) -> int:
    end, after = None, await desk.database.read(lambda connection: len(read_entries(connection, desk.place)[1]))
    while end is None or after < end:
        page = await desk.centre.get(f"/{desk.lease}/entries", after=after)
        end, new = page["end"], [read_entry(line) for line in page["entries"]]
        if not new:
            break
        change, after = Change(desk.place, new, desk.clock(), None, None), new[-1].seq
        await desk.database.write(partial(_insert, change=change, epoch=await desk.journal.epoch()))
    told = await desk.centre.get(f"/{desk.lease}")
    here = await desk.journal.read(desk.place)
    if (len(here), digest_of(desk.place, desk.lease, here)) != (told["end"], told["digest"]):
        raise NotTaken(
            "What has come is not what the centre has. Remove the folder, and have the day taken back there."
        )
    await desk.database.write(lambda connection: note_sent(connection, len(here)))
    return len(here)


def _insert(connection: Connection, change: Change, epoch: str) -> None:
    insert_in_epoch(connection, entries, change.rows, epoch)
    keep_referrals(connection, change.place, change.entries)
