"""People who take numbers and call them, come what may: what they were told, and when they had asked."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.service.callers import Answer, Caller, Unanswered
from tests.service.ledgers import KINDS, Deed
from tests.service.plans import QUEUES

THINKING_SECONDS = 0.15  # at most, between two things that one of them does


@dataclass(frozen=True, slots=True)
class Told:
    """That this was done. `asked_at` by `time.monotonic`."""

    deed: Deed
    key: str  # the request's own
    asked_at: float
    token: str | None = None


@dataclass
class Crowd:
    ports: Sequence[int]
    branch: str
    staff_key: str
    rng: random.Random
    told: list[Told] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)  # answers that say neither yes, nor no, nor later
    is_over: bool = False

    @property
    def issued(self) -> list[Told]:
        return [told for told in self.told if told.deed[0] == "issued"]

    async def live(self, visitors: int, counters: int) -> None:
        """Until `is_over`."""
        clerks = (self._clerk(str(n)) for n in range(1, counters + 1))
        await asyncio.gather(*(self._visitor() for _ in range(visitors)), *clerks)

    async def _visitor(self) -> None:
        async with Caller(self.rng.choice(self.ports)) as caller:
            while not self.is_over:
                path, body = f"/branches/{self.branch}/tickets", {"queue": self.rng.choice(list(QUEUES))}
                await self._ask(caller, "issue", path, None, body)
                await asyncio.sleep(self.rng.uniform(0, THINKING_SECONDS))

    async def _clerk(self, counter: str) -> None:
        async with Caller(self.rng.choice(self.ports), self.staff_key) as caller:
            while not self.is_over:
                for action in ("open", "call-next", "serve", "complete"):
                    await self._ask(caller, action, f"/branches/{self.branch}/counters/{counter}/{action}", counter)
                await asyncio.sleep(self.rng.uniform(0, THINKING_SECONDS))

    async def _ask(self, caller: Caller, action: str, path: str, counter: str | None, body: object = None) -> None:
        asked_at, key = time.monotonic(), f"{self.rng.getrandbits(64):016x}"
        try:
            answer = await caller.post(path, body, idempotency=key)
        except Unanswered as silence:
            self.strange.append(str(silence))
            return
        if answer.status in (200, 201) and action != "open":
            self._note(action, answer, counter, key, asked_at)
        elif answer.status not in (200, 204, 409, 503):
            self.strange.append(f"{action}: {answer.status} {answer.body.decode()}")

    def _note(self, action: str, answer: Answer, counter: str | None, key: str, asked_at: float) -> None:
        kind = "issued" if action == "issue" else KINDS[action]
        self.told.append(Told((kind, answer.json["label"], counter), key, asked_at, answer.json.get("token")))
