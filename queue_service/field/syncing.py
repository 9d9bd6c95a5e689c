"""What was written here goes to the centre, in pieces: whatever breaks, what has arrived is known on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from queue_service.domain.events import Entry
from queue_service.domain.trip_events import FieldTaken
from queue_service.field.agreeing import agree, begin_anew, marks_of, note_sent, sent_until
from queue_service.field.centre import Away
from queue_service.field.desks import FieldDesk
from queue_service.leases.parts import PARTS, Part
from queue_service.leases.standing import Standing
from queue_service.leases.wire import digest_of, encoded, in_json

SIZES = (200, 40, 8, 1)  # entries at a time: on a link that breaks again and again fewer come through
MOST = 500  # that the centre takes at a time
ITEMS, BYTES = 20, 100_000  # of other things at a time

Json = dict[str, Any]


@dataclass
class Progress:
    """`end`: how many entries the centre has. `aside`: of what was sent, entries that it kept beside the day; `kept`:
    things that it had changed meanwhile, or could not take."""

    end: int = 0
    entries: int = 0
    things: int = 0
    aside: int = 0
    kept: int = 0
    standing: Standing = Standing.OUT


async def sync(desk: FieldDesk) -> Progress:
    """Once through. Raises Away, Refused, Unavailable; what has arrived by then stays there, and is not sent again."""
    progress = Progress()
    await _send_entries(desk, progress)
    for part in PARTS:
        if part.comes_back:
            await _send_part(desk, part, progress)
    return progress


async def _send_entries(desk: FieldDesk, progress: Progress) -> None:
    progress.end = await desk.database.read(sent_until)
    sizes = list(SIZES)
    entries = await desk.journal.read(desk.place)
    taken = next(e.seq for e in entries if isinstance(e.event, FieldTaken) and e.event.lease == desk.lease)
    if progress.end >= len(entries):
        told = await desk.centre.get(f"/{desk.lease}")
        progress.standing = Standing(told["standing"])
        is_over = progress.standing in (Standing.RETURNED, Standing.RECLAIMED)
        if is_over or told["end"] >= progress.end:
            return
        progress.end = told["end"]  # it has been restored from a backup, and knows less than it did
        await desk.database.write(partial(begin_anew, end=progress.end))
    while progress.end < len(entries):
        some = entries[progress.end : max(progress.end + sizes[0], min(progress.end + MOST, taken))]
        try:
            answer = await _send(desk, entries[: some[-1].seq], some)
        except Away:
            if len(sizes) == 1 or len(some) == 1:
                raise
            del sizes[0]
            continue
        end = int(answer["end"])
        if end < progress.end:
            await desk.database.write(partial(begin_anew, end=end))
        progress.standing = Standing(answer["standing"])
        progress.aside += int(answer["aside"])
        progress.entries += max(0, end - progress.end)
        if end == progress.end:
            raise Away("it has not taken what was sent, and has not said why.")
        progress.end = end
        await desk.database.write(partial(note_sent, end=end))


async def _send(desk: FieldDesk, until: Sequence[Entry], some: Sequence[Entry]) -> Json:
    digest = digest_of(desk.place, desk.lease, until)
    return await desk.centre.post(
        f"/{desk.lease}/entries", {"entries": [in_json(entry) for entry in some], "digest": digest}
    )


async def _send_part(desk: FieldDesk, part: Part, progress: Progress) -> None:
    """What is other here than what both sides last agreed on."""
    at = desk.at
    here = await desk.database.read(lambda connection: part.read(connection, at))
    known = await desk.database.read(lambda connection: marks_of(connection, part.name))
    changed = [id_ for id_, content in here.items() if at.mark(content) != known.get(id_, "")]
    while changed:
        items = _some(here, known, changed)
        answer = await desk.centre.post(f"/{desk.lease}/parts/{part.name}", {"items": items})
        progress.things += len(items)
        progress.kept += int(answer["kept"])
        changed = changed[len(items) :]
        marks = {item["id"]: at.mark(item["content"]) for item in items}
        await desk.database.write(partial(agree, part=part.name, marks=marks))


def _some(here: dict[str, Json], known: dict[str, str], changed: Sequence[str]) -> list[Json]:
    items: list[Json] = []
    size = 0
    for id_ in changed[:ITEMS]:
        size += len(encoded(here[id_]))
        if items and size > BYTES:
            break
        items.append({"id": id_, "base": known.get(id_, ""), "content": here[id_]})
    return items
