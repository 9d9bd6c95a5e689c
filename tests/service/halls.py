"""A hall full of people who act at once: visitors who change their minds, clerks who call and serve them."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.service.callers import Answer, Caller, Unanswered
from tests.service.ledgers import Ledger
from tests.service.plans import QUEUES

UNDERSTOOD = {"not_allowed", "nobody_at_counter", "nothing_to_undo", "counter_busy", "counter_closed"}
RETRY_SECONDS = 0.05
THINKING_SECONDS = 0.1  # at most: people who never paused would only lengthen the line, and keep two cores busy
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that was asked with an idempotency key, and what was answered."""

    key: str
    path: str
    body: Any
    answer: Answer


@dataclass
class Hall:
    """`ports`: of the processes that people are spread over. `keys`: the part of all actions that carries a key."""

    ports: Sequence[int]
    branch: str
    staff_key: str
    rng: random.Random
    keys: float = 0.5
    queues: Sequence[str] = tuple(QUEUES)
    ledger: Ledger = field(default_factory=Ledger)
    faults: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)  # keys that got no answer, or only “later”, at least once
    _missed: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _is_closing: bool = False
    _is_drained: bool = False

    async def live(self, visitors: int, tickets_each: int, counters: int) -> None:
        """Until every visitor has had their numbers (or `close` was called), and nobody waits any more."""
        await asyncio.gather(*(self._open(str(n)) for n in range(1, counters + 1)))
        async with asyncio.TaskGroup() as group:
            latecomers = group.create_task(self._latecomers())
            for n in range(1, counters + 1):
                group.create_task(self._clerk(str(n)))
            await asyncio.gather(*(self._visitor(tickets_each) for _ in range(visitors)))
            self._is_closing = True
            self._news.set()
            await self._missed.join()
            self._missed.put_nowait(NOBODY)
            await latecomers
            self._is_drained = True
            self._news.set()

    def close(self) -> None:
        self._is_closing = True

    async def _open(self, counter: str) -> None:
        chosen = self.rng.sample(list(self.queues), self.rng.randint(1, len(self.queues)))
        path = f"/branches/{self.branch}/counters/{counter}/open"
        async with self._caller(self.staff_key) as caller:
            answer = await self._ask(caller, "open", path, {"queues": chosen})
        assert answer.status == 200, answer

    async def _visitor(self, tickets: int) -> None:
        async with self._caller() as caller:
            for _ in range(tickets):
                if self._is_closing:
                    return
                token = await self._take_number(caller)
                await self._change_mind(caller, token)
                await asyncio.sleep(self.rng.uniform(0, THINKING_SECONDS))

    async def _take_number(self, caller: Caller) -> str:
        body = {"queue": self.rng.choice(self.queues)}
        if self.rng.random() < 0.2:
            body["class"] = "lansia"
        taken = (await self._ask(caller, "issue", f"/branches/{self.branch}/tickets", body)).json
        self.tokens[taken["label"]] = taken["token"]
        self.ledger.note("issue", taken["label"])
        self._news.set()
        return str(taken["token"])

    async def _change_mind(self, caller: Caller, token: str) -> None:
        chance = self.rng.random()
        if chance < 0.1:
            await self._act(caller, "cancel", f"/tickets/{token}/cancel")
        elif chance < 0.2:
            await self._act(caller, "step-away", f"/tickets/{token}/step-away")
            if self.rng.random() < 0.7:
                await self._act(caller, "check-in", f"/tickets/{token}/check-in")
                self._news.set()

    async def _latecomers(self) -> None:
        """Whoever was missed comes back, mostly."""
        async with self._caller() as caller:
            while (label := await self._missed.get()) != NOBODY:
                if self.rng.random() < 0.6:
                    while label not in self.tokens:  # the answer with the number was lost; its visitor asks again
                        await asyncio.sleep(RETRY_SECONDS)
                    await self._act(caller, "check-in", f"/tickets/{self.tokens[label]}/check-in")
                    self._news.set()
                self._missed.task_done()

    async def _clerk(self, counter: str) -> None:
        async with self._caller(self.staff_key) as caller:
            while True:
                called = await self._at_counter(caller, counter, "call-next")
                if called is not None:
                    await self._attend(caller, counter, called)
                elif not self._is_drained:
                    self._news.clear()
                    await self._news.wait()
                else:
                    return

    async def _attend(self, caller: Caller, counter: str, called: dict[str, Any]) -> None:
        chance = self.rng.random()
        if chance < 0.1:
            missed = await self._at_counter(caller, counter, "no-show")
            if missed is not None and not self._is_drained:
                self._missed.put_nowait(missed["label"])
        elif chance < 0.15:
            await self._at_counter(caller, counter, "undo")
        elif chance < 0.2:
            await self._at_counter(caller, counter, "hold")
        else:
            await self._at_counter(caller, counter, "serve")
            await self._at_counter(caller, counter, "complete")
            if chance > 0.95 and await self._at_counter(caller, counter, "undo"):
                await self._at_counter(caller, counter, "complete")

    async def _at_counter(self, caller: Caller, counter: str, action: str) -> dict[str, Any] | None:
        path = f"/branches/{self.branch}/counters/{counter}/{action}"
        return await self._act(caller, action, path, counter)

    async def _act(self, caller: Caller, action: str, path: str, counter: str | None = None) -> dict[str, Any] | None:
        """The ticket, or None when the rules refused or nobody was waiting."""
        answer = await self._ask(caller, action, path)
        if answer.status != 200:
            return None
        ticket: dict[str, Any] = answer.json
        self.ledger.note(action, ticket["label"], counter)
        return ticket

    async def _ask(self, caller: Caller, action: str, path: str, body: object = None) -> Answer:
        """What was answered in the end: whoever gets no answer asks again, with the same key if there is one."""
        key = f"{self.rng.getrandbits(64):016x}" if self.rng.random() < self.keys else None
        while True:
            try:
                answer = await caller.post(path, body, idempotency=key)
            except Unanswered as silence:
                if key is None:
                    self.faults.append(str(silence))
                    raise
                self.unanswered.add(key)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if self.must_repeat(answer):
                self.unanswered.update([key] if key else [])
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._judge(action, answer)
            if key is not None and answer.status in (200, 201):
                self.asked.append(Asked(key, path, body, answer))
            return answer

    def must_repeat(self, answer: Answer) -> bool:
        """Whether this answer only says: later."""
        return False

    def _judge(self, action: str, answer: Answer) -> None:
        if answer.code is not None:
            self.ledger.refusals[answer.code] += 1
        if not (answer.status in (200, 201, 204) or (answer.status == 409 and answer.code in UNDERSTOOD)):
            self.faults.append(f"{action}: {answer.status} {answer.body.decode()}")

    def _caller(self, key: str | None = None) -> Caller:
        return Caller(self.rng.choice(self.ports), key)
