"""The hub: who is connected to this process, and who must hear of what."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from websockets.frames import CloseCode

from queue_service.domain.events import Entry, Event, Noticed, QueueSet, Suspended
from queue_service.domain.floors import Floor
from queue_service.domain.trip_events import StopEvent, TripCancelled, TripPlanned
from queue_service.floors import Floors, place_of
from queue_service.journal.appends import Place
from queue_service.meters import COMMIT_TO_SEND
from queue_service.stream.admission import Admission
from queue_service.stream.audiences import SLICE, Audience, Counts
from queue_service.stream.connections import Connection
from queue_service.stream.frames import (
    causes,
    gone_frame,
    label_of,
    notice_frame,
    queue_payload,
    snapshot_payload,
    tick_frame,
    ticket_frame,
)
from queue_service.stream.subjects import Subject

TICK_SECONDS = 25.0
GOODBYES_A_SECOND = 100  # at least: so many who come back are no herd

Holding = tuple[Place, str]  # a ticket: its place and label


class Hub:
    def __init__(self, floors: Floors, max_connections: int, admission: Admission) -> None:
        self.floors = floors
        self.admission = admission
        self.counts = Counts()
        self.connections: set[Connection] = set()
        self.max_connections = max_connections
        self._audiences: dict[tuple[Place, str], Audience] = {}
        self._holders: dict[Holding, list[Connection]] = {}
        self._screens: dict[str, set[Connection]] = {}  # by branch: they move on to the next day
        self._busy: deque[Audience] = deque()
        self._is_sending = False
        floors.listen(self.on_change)
        floors.in_use = self._is_watched
        floors.on_restore = self.on_restore

    @property
    def is_full(self) -> bool:
        return len(self.connections) >= self.max_connections

    @property
    def is_sending(self) -> bool:
        """Whether anything that has happened is still to be sent to anyone."""
        return self._is_sending or any(audience.is_scheduled for audience in self._audiences.values())

    # Reading

    def payload(self, floor: Floor, queue: str) -> bytes:
        """The queue as everyone sees it now; the same bytes for a poll as for a frame of the same seq."""
        return self._payload_of(self._audience(floor, queue))

    def snapshot(self, floor: Floor, queue: str) -> bytes:
        return snapshot_payload(self.payload(floor, queue), floor)

    def _payload_of(self, audience: Audience) -> bytes:
        audience.current()
        return audience.payload

    def _build(self, audience: Audience) -> bytes:
        return queue_payload(audience.floor, audience.queue, audience.why, self.floors.clock())

    def _audience(self, floor: Floor, queue: str) -> Audience:
        key = (place_of(floor), queue)
        audience = self._audiences.get(key)
        if audience is None:
            audience = self._audiences[key] = Audience(floor, queue, self._build, self.counts)
        elif audience.floor is not floor and self.floors.find(key[0]) is floor:
            audience.take_over(floor)
        return audience

    # Coming and going

    def welcome(self, connection: Connection, subject: Subject) -> None:
        """Sends the current state at once, from memory: the floor is there already."""
        self.connections.add(connection)
        self.counts.connections += 1
        floor = subject.floor
        now = self.floors.clock()
        if subject.label is not None:
            connection.holding = (place_of(floor), subject.label)
            self._holders.setdefault(connection.holding, []).append(connection)
            connection.send(ticket_frame(floor, subject.label, now))
            queues: Iterable[str] = _itinerary(floor, subject.label)
        elif subject.queue is not None:
            queues = (subject.queue,)
        else:
            queues = floor.branch.queues
        if subject.label is None:
            connection.screen = subject
            self._screens.setdefault(floor.branch.id, set()).add(connection)
        self._watch(connection, floor, queues)
        self._send_notices(connection)

    def _watch(self, connection: Connection, floor: Floor, queues: Iterable[str]) -> None:
        connection.audiences = tuple(self._audience(floor, queue) for queue in queues)
        for audience in connection.audiences:
            connection.send(audience.current())
            audience.join(connection)

    def refresh(self, connection: Connection) -> None:
        """The newest state for someone who has skipped frames."""
        if connection.holding is not None:
            place, label = connection.holding
            floor = self.floors.find(place)
            if floor is not None and label in floor.tickets:
                connection.send(ticket_frame(floor, label, self.floors.clock()))
        for audience in connection.audiences:
            connection.send(audience.current())
        self._send_notices(connection)

    def _send_notices(self, connection: Connection) -> None:
        if not connection.audiences:
            return  # a team without a trip today
        now, queues = self.floors.clock(), {audience.queue for audience in connection.audiences}
        floor = connection.audiences[0].floor
        for notice in floor.notices:
            if notice.until > now and (notice.queue is None or notice.queue in queues):
                connection.send(notice_frame(floor, notice))

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if connection.holding is not None:
            holders = self._holders.get(connection.holding, [])
            if connection in holders:
                holders.remove(connection)
            if not holders:
                self._holders.pop(connection.holding, None)
        if connection.screen is not None:
            self._screens[connection.screen.floor.branch.id].discard(connection)

    def _is_watched(self, place: Place) -> bool:
        return any(key[0] == place and not audience.is_empty for key, audience in self._audiences.items())

    # Telling

    def on_change(self, floor: Floor, entries: Sequence[Entry], touched: Collection[str]) -> None:
        """Everything in `entries` is durable."""
        for queue in touched:
            audience = self._audiences.get((place_of(floor), queue))
            if audience is not None:
                audience.is_outdated = True
                audience.why += causes(floor, queue, entries)
                if entries:
                    audience.since = audience.since or entries[0].at
                self._send_soon(audience)
        for label in {label for entry in entries if (label := label_of(entry))}:
            self._tell_holders(floor, label)
        for event in (entry.event for entry in entries):
            if isinstance(event, Noticed):
                self._give_notice(floor, event)
            elif isinstance(event, (Suspended, QueueSet)):  # what its holders may do has changed with it
                self._tell_anew(floor, self._held_in(floor, event.queue))
        self._follow_trip(floor, {type(entry.event) for entry in entries})

    def _follow_trip(self, floor: Floor, happened: set[type[Event]]) -> None:
        """Where the team is concerns everybody who waits for it, and its stops are what screens show."""
        if TripPlanned in happened:
            for screen in self._screens.get(floor.branch.id, ()):
                if screen.screen is not None and screen.screen.queue is None and screen.screen.floor is floor:
                    for audience in screen.audiences:
                        audience.forget(screen)
                    self._watch(screen, floor, floor.branch.queues)
        if any(issubclass(kind, (StopEvent, TripCancelled, TripPlanned)) for kind in happened):
            place = place_of(floor)
            self._tell_anew(floor, [label for at, label in self._holders if at == place])

    def _tell_holders(self, floor: Floor, label: str) -> None:
        holders = self._holders.get((place_of(floor), label))
        if not holders:
            return
        frame = ticket_frame(floor, label, self.floors.clock())
        queues = _itinerary(floor, label)
        audiences = tuple(self._audience(floor, queue) for queue in queues)
        for holder in tuple(holders):
            holder.send(frame)
            if set(audiences) != set(holder.audiences):  # the visit goes on elsewhere
                for audience in audiences:
                    audience.forget(holder)  # it may have been here before
                self._watch(holder, floor, queues)

    def on_restore(self, floor: Floor) -> None:
        """This floor replaces the one that people have seen; a number on their phone may be gone with that."""
        place = place_of(floor)
        for (at, queue), audience in self._audiences.items():
            if at == place and queue in floor.branch.queues:
                audience.take_over(floor)
                self._send_soon(audience)
        self._tell_anew(floor, [label for at, label in self._holders if at == place])

    def _held_in(self, floor: Floor, queue: str) -> list[str]:
        place, tickets = place_of(floor), floor.tickets
        return [
            label for at, label in self._holders if at == place and label in tickets and tickets[label].queue == queue
        ]

    def _tell_anew(self, floor: Floor, labels: list[str]) -> None:
        for label in labels[-SLICE:]:
            if label in floor.tickets:
                self._tell_holders(floor, label)
            else:
                self._part_from_holders(floor, label)
        del labels[-SLICE:]
        if labels and self.floors.find(place_of(floor)) is floor:
            asyncio.get_running_loop().call_soon(self._tell_anew, floor, labels)

    def _part_from_holders(self, floor: Floor, label: str) -> None:
        for holder in tuple(self._holders.get((place_of(floor), label), ())):
            holder.send(gone_frame(floor, label))
            holder.close(CloseCode.GOING_AWAY)

    def _give_notice(self, floor: Floor, notice: Noticed) -> None:
        frame = notice_frame(floor, notice)
        queues = floor.branch.queues if notice.queue is None else (notice.queue,)
        audiences = {self._audience(floor, queue) for queue in queues}
        listeners = [c for c in self.connections if not audiences.isdisjoint(c.audiences)]
        self._send_sliced(frame, listeners)

    # Sending

    def _send_soon(self, audience: Audience) -> None:
        """A quiet queue at once, a busy one when its spacing is over."""
        if audience.is_empty:
            audience.forget_causes()
            return
        loop = asyncio.get_running_loop()
        if audience.is_scheduled:
            return
        audience.is_scheduled = True
        wait = audience.next_at - loop.time()
        if wait <= 0:
            loop.call_soon(self._begin, audience)
        else:
            loop.call_later(wait, self._begin, audience)

    def _begin(self, audience: Audience) -> None:
        audience.is_scheduled = False
        audience.begin_round(asyncio.get_running_loop().time())
        if audience not in self._busy:
            self._busy.append(audience)
        if not self._is_sending:
            self._is_sending = True
            self._send_slices()

    def _send_slices(self) -> None:
        """One slice for the queue whose turn it is, then whatever else this process has to do."""
        audience = self._busy.popleft()
        if audience.send_slice():
            self._busy.append(audience)
        for since in audience.pop_told():
            COMMIT_TO_SEND.observe(max(0.0, (self.floors.clock() - since).total_seconds()))
        if self._busy:
            asyncio.get_running_loop().call_soon(self._send_slices)
        else:
            self._is_sending = False

    def _send_sliced(self, frame: bytes, connections: list[Connection]) -> None:
        for connection in connections[-SLICE:]:
            if connection.is_open:
                connection.send(frame)
        del connections[-SLICE:]
        if connections:
            asyncio.get_running_loop().call_soon(self._send_sliced, frame, connections)

    # By the clock

    async def tick(self) -> None:
        """Ticks, opening hours and midnight."""
        self._send_sliced(tick_frame(self.floors.clock()), list(self.connections))
        await self._move_screens_on()
        for key, audience in list(self._audiences.items()):
            self._look_at_hours(audience)
            audience.drop_gone()
            if audience.is_empty and self.floors.find(key[0]) is not audience.floor:
                del self._audiences[key]

    def _look_at_hours(self, audience: Audience) -> None:
        floor, queue = audience.floor, audience.queue
        if queue not in floor.branch.queues:
            return
        is_steady = floor.branch.queues[queue].calendar.is_always_open and floor.line(queue).suspended_until is None
        if not is_steady:
            before = audience.payload
            if not audience.is_outdated and self._build(audience) != before:
                audience.is_outdated = True
                self._send_soon(audience)

    async def _move_screens_on(self) -> None:
        for branch, screens in list(self._screens.items()):
            if not self.floors.is_set_up(branch):
                continue  # gone with a restore, until it is set up again
            place = self.floors.today(branch)
            late = [screen for screen in screens if screen.screen and place_of(screen.screen.floor) != place]
            floor = await self.floors.get(place) if late else None
            for screen in late:
                if floor is not None and screen.screen is not None and screen.is_open:
                    screen.screen = Subject(floor, queue=screen.screen.queue)
                    queue = screen.screen.queue
                    self._watch(screen, floor, floor.branch.queues if queue is None else (queue,))

    def seconds_to_tick(self) -> float:
        """Sooner than usual when midnight comes before, anywhere that someone watches."""
        now = self.floors.clock()
        waits = [TICK_SECONDS]
        for screens in self._screens.values():
            for screen in screens:
                if screen.screen is not None:
                    branch = screen.screen.floor.branch
                    local = branch.local(now)
                    next_day = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
                    waits.append((next_day - local).total_seconds() + 0.01)
                    break
        return max(0.01, min(waits))

    async def part(self, seconds: float) -> None:
        """Lets nobody in any more, and says goodbye to all: one by one in random order, over so many seconds at most.

        Those who leave together come back together. Whoever stays still gets every frame.
        """
        self.admission.is_closed = True
        leaving = list(self.connections)
        random.shuffle(leaving)
        pause = min(seconds / max(1, len(leaving)), 1 / GOODBYES_A_SECOND)
        clock = asyncio.get_running_loop().time
        begun = clock()
        for n, connection in enumerate(leaving):
            early = begun + n * pause - clock()
            if early > 0:
                await asyncio.sleep(early)
            connection.close(CloseCode.GOING_AWAY)


def _itinerary(floor: Floor, label: str) -> list[str]:
    """The queues that are left of a visit, each once: its holder sees how things stand at each."""
    ticket = floor.tickets[label]
    ahead = (stop.queue for stage in ticket.ahead for stop in stage if stop.queue in floor.branch.queues)
    return list(dict.fromkeys((*ticket.queues, *ahead)))
