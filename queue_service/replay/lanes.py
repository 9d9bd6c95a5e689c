"""One queue with its counter: a recorded day's happenings, done one after the other through the service."""

from __future__ import annotations

from dataclasses import dataclass

from queue_service.replay.client import Client, Json, Refused, ReplayStopped
from queue_service.replay.order import Happening, Kind
from queue_service.replay.recordings import Lane
from queue_service.replay.tally import Account, Refusal


@dataclass(frozen=True, slots=True)
class Held:
    """A recorded number's ticket at the service."""

    label: str
    token: str


class OpenLane:
    def __init__(self, client: Client, account: Account, lane: Lane, counter: str, *, has_strangers: bool) -> None:
        self.lane = lane
        self._client = client
        self._account = account
        self._counter = f"/branches/{lane.branch}/counters/{counter}"
        self._has_strangers = has_strangers  # others wait here, whom the recording does not know
        self._waiting: dict[str, Held] = {}  # by recorded number, in the order in which they came
        self._here: str | None = None

    async def open(self) -> None:
        await self._client.post(f"{self._counter}/open", {"queues": [self.lane.queue]})

    async def do(self, happening: Happening) -> None:
        if happening.kind is Kind.ISSUE:
            await self._issue(happening.number)
        else:
            await self._call(happening.number)

    async def end_day(self, *, is_last: bool) -> None:
        """Whoever is at the counter is served. Who never came up is left waiting; before another day they go home."""
        await self._complete()
        if is_last:
            self._account.lanes[self.lane].left += len(self._waiting)
            return
        for number, held in self._waiting.items():
            if await self._ask("cancel", number, f"/tickets/{held.token}/cancel"):
                self._account.lanes[self.lane].cancelled += 1
        self._waiting.clear()

    async def close(self) -> None:
        await self._client.post(f"{self._counter}/close")

    async def _issue(self, number: str) -> None:
        told = await self._ask("issue", number, f"/branches/{self.lane.branch}/tickets", {"queue": self.lane.queue})
        if told is None:
            return
        self._account.days.add(told["day"])
        if len(self._account.days) > 1:
            raise ReplayStopped(
                "A new day began at the service meanwhile. Start the replay again, on an empty database."
            )
        if told["label"] in self._account.labels[self.lane]:
            self._surprise(f"{told['label']} was issued twice")
        self._account.labels[self.lane][told["label"]] = 0
        self._account.lanes[self.lane].issued += 1
        self._waiting[number] = Held(told["label"], told["token"])

    async def _call(self, number: str) -> None:
        held = self._waiting.get(number)
        if held is None:
            return  # its issue was refused, and counted
        await self._complete()
        told = None
        if number == next(iter(self._waiting)) and not self._has_strangers:
            told = await self._call_next(number, held)
        if told is None:
            told = await self._ask("call", number, f"{self._counter}/call", {"label": held.label})
            self._account.by_label += told is not None
        if told is not None:
            del self._waiting[number]
            self._here = number
            self._account.lanes[self.lane].called += 1
            self._account.labels[self.lane][held.label] += 1

    async def _call_next(self, number: str, held: Held) -> Json | None:
        """None when the rules choose somebody else; that one goes back to the line."""
        told = await self._ask("call-next", number, f"{self._counter}/call-next")
        if told is not None and told["label"] == held.label:
            self._account.by_rule += 1
            return told
        self._has_strangers = True
        chosen = told["label"] if told else "nobody"
        self._surprise(f"call-next chose {chosen} where {held.label} (recorded as {number}) was due")
        if told is not None:
            await self._ask("undo", number, f"{self._counter}/undo")
        return None

    async def _complete(self) -> None:
        if self._here is not None:
            told = await self._ask("complete", self._here, f"{self._counter}/complete")
            self._account.lanes[self.lane].completed += told is not None
            self._here = None

    async def _ask(self, action: str, number: str, path: str, body: Json | None = None) -> Json | None:
        """None when it was refused, or answered with nothing."""
        try:
            return await self._client.post(path, body)
        except Refused as refused:
            what = f"{action}, {self.lane} number {number}"
            self._account.refusals.append(Refusal(refused.code, what, refused.detail))
            return None

    def _surprise(self, sentence: str) -> None:
        self._account.surprises.append(f"{self.lane}: {sentence}")
