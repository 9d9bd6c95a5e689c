"""The clerk: opens a counter, calls whoever is next, and serves them, or nobody comes."""

from __future__ import annotations

import random

from locust import task
from locust.exception import StopUser

from loadtests.crowd.gathering import ask_for_counter
from loadtests.crowd.hall import hall
from loadtests.crowd.people import Answer, Person

MISSED_PART, UNDONE_PART, REQUEUED_PART = 0.08, 0.02, 0.02
KINDS = {
    "call-next": "called",
    "serve": "serving",
    "complete": "completed",
    "no-show": "no_show",
    "undo": "undone",
    "requeue": "requeued",
}
# Whoever is called may cancel at that moment; nothing else may come between a clerk and its own counter.
REFUSALS = {"call-next": (), "undo": ("nothing_to_undo",)}
SOMEBODY_LEFT = ("nobody_at_counter",)


class Clerk(Person):
    weight = 3
    walking_seconds = 0.5
    serving_seconds = 1.0
    resting_seconds = 0.3

    counter = ""

    def on_start(self) -> None:
        if not hall.key:
            raise StopUser  # visitors alone
        counter = ask_for_counter()
        if counter is None:
            raise StopUser  # more clerks than counters
        self.counter = counter
        self._begin_day()

    def _begin_day(self) -> None:
        """Somebody may still stand here from an earlier run."""
        at = f"/api/v1/branches/{hall.branch}/counters/{self.counter}"
        headers = {"Authorization": f"Bearer {hall.key}"}
        here = self.get(at, "/counters/[counter]", headers)
        if here.status == 200 and here.body["ticket"]:
            self.press("complete")
        with self.client.post(f"{at}/open", name="/counters/[counter]/open", headers=headers, catch_response=True) as r:
            if r.status_code != 200:
                hall.wrong_state(f"Counter {self.counter} does not open: {r.status_code} {r.text}")

    @task
    def attend(self) -> None:
        self.think(self.resting_seconds)
        called = self.press("call-next")
        if called.status != 200:
            self.pause(random.uniform(0.5, 1.5))  # nobody is waiting
            return
        self.think(self.walking_seconds)
        chance = random.random()
        if chance < MISSED_PART:
            self.press("no-show")
        elif chance < MISSED_PART + UNDONE_PART:
            self.press("undo")
        elif chance < MISSED_PART + UNDONE_PART + REQUEUED_PART:
            self.press("requeue")
        elif self.press("serve").status == 200:
            self.think(self.serving_seconds)
            self.press("complete")

    def press(self, action: str) -> Answer:
        return self.act(
            f"/api/v1/branches/{hall.branch}/counters/{self.counter}/{action}",
            f"/counters/[counter]/{action}",
            KINDS[action],
            counter=self.counter,
            key=hall.key,
            refusals=REFUSALS.get(action, SOMEBODY_LEFT),
        )
