"""The lobby screen: every queue of the branch, all day long."""

from __future__ import annotations

import random

import gevent
from locust import task

from loadtests.crowd.followers import Follower
from loadtests.crowd.hall import hall
from loadtests.crowd.people import Person
from loadtests.crowd.visits import Sight
from loadtests.roles.visitor import watch_laggard

LOOK_SECONDS = 5.0


class Lobby(Person):
    weight = 1

    @task
    def show(self) -> None:
        self.load_page(f"/lobby/{hall.branch}", "/lobby/[branch]")
        sight = Sight(f"the screen {id(self):x}")
        with Follower(hall, f"branch={hall.branch}", sight) as screen:
            while True:
                self.idle(random.uniform(0.5, 1.5) * LOOK_SECONDS)
                self.look_aside(screen)

    def look_aside(self, screen: Follower) -> None:
        """One seq has one picture: the album notes it if a snapshot and a frame of the same one differ."""
        for queue in hall.queues:
            answer = self.get(f"/api/v1/branches/{hall.branch}/queues/{queue}", "/queues/[queue]")
            if answer.status != 200 or not screen.is_live:
                continue
            snapshot = hall.album.of(answer.body)
            shown = screen.sight.shown.get(queue)
            if shown is not None and shown.name == snapshot.name:
                hall.books.counts["screens compared with HTTP"] += 1
            hall.books.counts["looks"] += 1
            if screen.sight.lags_behind(snapshot):
                gevent.spawn(watch_laggard, screen, snapshot)
