"""What has happened to a ticket up to an entry of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from integrations import ledger
from integrations.contract import Item
from queue_service.database import Database
from queue_service.journal.appends import Place

READ_AT_ONCE = 1000
DAYS_KEPT = 8  # of all branches together; a day that is asked for again is read again


@dataclass(slots=True)
class _Day:
    epoch: str
    read_to: int = 0
    of_label: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))


class Histories:
    """Each day is read once and forward, as far as it is asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._days: dict[Place, _Day] = {}

    async def of(self, item: Item) -> list[Item]:
        """The entries of this item's ticket up to it, in order, without those that were undone. Raises Unavailable."""
        day = await self._read(item)
        known = day.of_label[_label(item)]
        so_far = known[: bisect_right(known, item.seq, key=lambda each: each.seq)]
        undone = {each.fields["undoes"] for each in so_far if each.kind == "undone"}
        return [each for each in so_far if each.seq not in undone and each.kind != "undone"]

    async def is_undone(self, item: Item) -> bool:
        """Whether it holds no more, by all that is written by now. Raises Unavailable."""
        day = await self._read(item, to_end=True)
        return any(each.kind == "undone" and each.fields["undoes"] == item.seq for each in day.of_label[_label(item)])

    async def _read(self, item: Item, *, to_end: bool = False) -> _Day:
        day = self._days.pop(item.place, None)
        if day is None or day.epoch != item.epoch:
            day = _Day(item.epoch)
        self._days[item.place] = day  # the one asked for last stands last
        while len(self._days) > DAYS_KEPT:
            del self._days[next(iter(self._days))]
        while to_end or day.read_to < item.seq:
            after = day.read_to
            items = await self._database.read(
                lambda connection: ledger.read_items(connection, item.epoch, item.place, after, READ_AT_ONCE)  # noqa: B023
            )
            if day.read_to == after:  # nobody else has read on meanwhile
                self._note(day, items)
            if not items:
                break
        return day

    def _note(self, day: _Day, items: Sequence[Item]) -> None:
        for each in items:
            day.read_to = each.seq
            if label := each.fields.get("label"):
                day.of_label[label].append(each)


def _label(item: Item) -> str:
    """Empty for what is about no ticket, which has no history."""
    return str(item.fields.get("label") or "")
