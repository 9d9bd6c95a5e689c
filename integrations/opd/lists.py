"""The records of one list, side by side: those of one visit one after the other, and all begun in the list's order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from integrations.opd.here import Here
from integrations.opd.mapping import Act, Wanted
from integrations.opd.settling import Known, Outcome, settle, settle_known
from integrations.opd.sources import Unmapped
from queue_service.domain.errors import Refusal

AT_ONCE = 64  # records; what they write shares its commits

Settled = Outcome | Unmapped | Refusal


@dataclass(frozen=True, slots=True)
class Listed:
    """`place`: in the list. `mark`: what makes the record the same when it comes again."""

    place: int
    wanted: Wanted
    mark: str


async def settle_list(listed: Sequence[Listed], here: Here) -> list[Settled]:
    """What became of each, in the list's order. Raises Unavailable: then all that was begun has ended, and the list may
    be settled once more from its beginning."""
    found: dict[int, Settled] = {}
    for begin in range(0, len(listed), AT_ONCE):
        some = listed[begin : begin + AT_ONCE]
        known = await here.find_all([each.wanted for each in some])
        ended = await asyncio.gather(*(_follow(visit, known, here) for visit in _visits(some)), return_exceptions=True)
        for told in ended:
            if isinstance(told, BaseException):
                raise told
            found |= told
    return [found[each.place] for each in listed]


def _visits(some: Sequence[Listed]) -> Iterator[list[Listed]]:
    visits: dict[tuple[str, str], list[Listed]] = {}
    for each in some:
        visits.setdefault((each.wanted.branch, each.wanted.id), []).append(each)
    yield from visits.values()


async def _follow(visit: Sequence[Listed], known: dict[tuple[str, str], Known], here: Here) -> dict[int, Settled]:
    """What is known of the first is known beforehand, so that it is decided on before any that stands below it: numbers
    are given, and places taken, in the order of the list."""
    found: dict[int, Settled] = {}
    for n, each in enumerate(visit):
        wanted = each.wanted
        try:
            if n == 0 and wanted.act not in (Act.IGNORE, Act.PROGRESS):
                before = known.get((wanted.branch, wanted.id))
                found[each.place] = await settle_known(wanted, here, each.mark, before)
            else:
                found[each.place] = await settle(wanted, here, each.mark)
        except (Unmapped, Refusal) as error:
            found[each.place] = error
    return found
