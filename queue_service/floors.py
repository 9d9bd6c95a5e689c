"""The folded floors of this process, kept current. They hold only what is durable, and all that is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime

from queue_service.database import Unavailable
from queue_service.domain.branches import Branch
from queue_service.domain.events import Entry, from_ms, to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.journal import Journal
from queue_service.journal.appends import Place
from queue_service.records.branches import Branches

log = logging.getLogger("antrean.floors")

LOOK_SECONDS = 1.0  # how long this process may stay behind another that writes to the same journal
PAST_FLOORS = 32  # how many floors of other days are kept

Listener = Callable[[Floor, Sequence[Entry], Collection[str]], None]  # the floor, what is new, the queues it touched


Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, to the millisecond: the journal keeps no more, and a floor read anew must equal the one that was."""
    return from_ms(to_ms(datetime.now(UTC)))


class Floors:
    def __init__(
        self, journal: Journal, branches: Branches, clock: Clock = wall_clock, held: frozenset[str] = frozenset()
    ) -> None:
        """`held`: the leases by which days are in this installation's own hands, away from their centre."""
        self.clock = clock
        self._held = held
        self._journal = journal
        self._branches = branches
        self._floors: dict[Place, Floor] = {}
        self._locks: dict[Place, asyncio.Lock] = {}
        self._listeners: list[Listener] = []
        self._epoch = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: dict[Place, bool] = {}  # what is being read because of a nudge; whether another came since
        self.in_use: Callable[[Place], bool] = lambda place: False
        self.on_restore: Callable[[Floor], None] = lambda floor: None  # this floor takes the place of one that was
        self.on_load: Callable[[str], None] = lambda branch: None
        self.healed = 0  # times that a look found what no nudge had told

    def listen(self, listener: Listener) -> None:
        """To be told of every change, in order, once it is durable."""
        self._listeners.append(listener)

    @property
    def is_away(self) -> bool:
        """Whether this is a laptop in the field: but for the day that it has along, all goes on at the centre."""
        return bool(self._held)

    def today(self, branch: str) -> Place:
        """Raises NotFound."""
        return branch, self._branches.get(branch).day_of(self.clock())

    def is_set_up(self, branch: str) -> bool:
        return branch in self._branches.all

    def find(self, place: Place) -> Floor | None:
        """The floor if it is in memory: costs no database work."""
        return self._floors.get(place)

    async def get(self, place: Place, label: str | None = None) -> Floor:
        """With the ticket of this label on it, should another process have issued it a moment ago.

        Raises NotFound, Unavailable.
        """
        floor = self._floors.get(place)
        if floor is None:
            async with self._lock(place):
                if place not in self._floors:  # of a herd that comes while it is loaded, only the first reads
                    await self._load(place, self._branches.get(place[0]))
            floor = self._floors[place]
        if label is not None and label not in floor.tickets:
            await self.catch_up(place)
            floor = self._floors[place]
        return floor

    async def get_today(self, branch: str) -> Floor:
        return await self.get(self.today(branch))

    def tell(self, place: Place, entries: Sequence[Entry], epoch: str) -> bool:
        """Entries that have just become durable; those that came some other way already are passed over.

        Whether the floor is current with them; not when it is not in memory, is of another epoch, or something before
        them is missing.
        """
        floor = self._floors.get(place)
        if floor is None or floor.epoch != epoch or (entries and entries[0].seq > floor.seq + 1):
            return False
        new = [entry for entry in entries if entry.seq > floor.seq]
        touched = {queue for entry in new for queue in apply(floor, entry)}
        if new:
            self._announce(floor, new, touched)
        return True

    async def catch_up(self, place: Place) -> bool:
        """Reads what this floor has not seen. Whether there was anything."""
        async with self._lock(place):
            floor = self._floors.get(place)
            if floor is None:
                await self._load(place, self._branches.get(place[0]))
                return True
            seq = floor.seq
            epoch, entries = await self._journal.read_with_epoch(place, after=seq)
            if epoch != floor.epoch:  # restored: nothing of what this floor holds need have happened
                await self._load(place, floor.plan)
                self.on_restore(self._floors[place])
                return True
            self.tell(place, entries, epoch)
            return floor.seq > seq

    def _lock(self, place: Place) -> asyncio.Lock:
        return self._locks.setdefault(place, asyncio.Lock())

    def hear(self, place: Place, seq: int) -> None:
        """A nudge: another process says that this journal has come so far."""
        floor = self._floors.get(place)
        if floor is None or seq <= floor.seq:
            return
        if place not in self._following:
            task = asyncio.get_running_loop().create_task(self._follow(place))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._following[place] = True

    async def _follow(self, place: Place) -> None:
        """Once for each nudge, or for several that come together; what is not there yet another look will find."""
        try:
            while self._following[place]:
                self._following[place] = False
                await self.catch_up(place)
        except Unavailable as error:
            log.warning("A nudge was of no use without the database: %s", error)
        finally:
            del self._following[place]

    async def _load(self, place: Place, branch: Branch) -> None:
        epoch, entries = await self._journal.read_with_epoch(place)
        floor = Floor(branch, place[1], epoch=epoch, held=self._held)
        for entry in entries:
            apply(floor, entry)
        self._floors[place] = floor
        self.on_load(place[0])

    async def look(self) -> bool:
        """To be done every second: what other processes wrote, new set-ups, floors that nobody needs any more.

        Whether the database was restored from a backup since the last look.
        """
        epoch = await self._journal.epoch()
        is_restored = self._epoch not in ("", epoch)
        await self.take_up(anew=is_restored)
        self._drop_past()
        for place, end in (await self._journal.ends(list(self._floors))).items():
            floor = self._floors.get(place)
            if floor is not None and (end > floor.seq or floor.epoch != epoch):
                self.healed += await self.catch_up(place)
        self._epoch = epoch
        return is_restored

    async def take_up(self, anew: bool = False) -> None:
        """New set-ups, where there are any; `anew`: as if."""
        if await self._branches.refresh(anew=anew):
            self._take_up_new_plans()

    def _take_up_new_plans(self) -> None:
        for (branch, _), floor in self._floors.items():
            # A restore may take a branch away, until it is set up again; who looks at it meanwhile sees it empty.
            floor.take_up(self._branches.all.get(branch, floor.plan))
            self._announce(floor, (), floor.branch.queues.keys())

    def _drop_past(self) -> None:
        today = {branch: self.today(branch) for branch in self._branches.all}
        past = [place for place in self._floors if place != today.get(place[0]) and not self.in_use(place)]
        for place in past[: max(0, len(past) - PAST_FLOORS)]:
            del self._floors[place]
            self._locks.pop(place, None)

    def _announce(self, floor: Floor, entries: Sequence[Entry], touched: Collection[str]) -> None:
        for listener in self._listeners:
            listener(floor, entries, touched)


def place_of(floor: Floor) -> tuple[str, date]:
    return floor.branch.id, floor.day
