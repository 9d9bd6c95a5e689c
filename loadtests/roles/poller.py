"""The poller: a phone for which sockets are blocked, or a page that embeds a queue."""

from __future__ import annotations

import random

from locust import task

from loadtests.crowd.hall import hall
from loadtests.crowd.people import Person

FRESH_SECONDS = 2.0  # for which an answer may be kept


class Poller(Person):
    weight = 5

    def on_start(self) -> None:
        self.queue = random.choice(hall.queues)
        self.etag = ""

    @task
    def poll(self) -> None:
        headers = {"If-None-Match": self.etag} if self.etag else {}
        answer = self.get(f"/api/v1/branches/{hall.branch}/queues/{self.queue}", "/queues/[queue]", headers)
        hall.books.counts["polls"] += 1
        if answer.status == 304:
            hall.books.counts["polls answered with 304"] += 1
        elif answer.status == 200:
            if answer.etag == self.etag:
                hall.wrong_state(f"{self.queue}: what has not changed was sent again: {answer.etag}.")
            self.etag = answer.etag
            hall.album.of(answer.body)
        self.idle(random.uniform(1, 1.5) * FRESH_SECONDS)
