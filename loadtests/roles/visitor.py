"""The visitor: takes a number on the phone, watches its place, and comes when called, or does not."""

from __future__ import annotations

import random
import time

import gevent
from locust import task

from loadtests.crowd.books import GENERAL
from loadtests.crowd.followers import Follower
from loadtests.crowd.hall import hall
from loadtests.crowd.people import Json, Person
from loadtests.crowd.pictures import Picture
from loadtests.crowd.visits import Visit

PRIORITY_PART = 0.15
NEW_PART = 0.2  # of the phones have never loaded these pages before
CANCEL_PART, AWAY_PART, RETURN_PART, FEEDBACK_PART = 0.1, 0.1, 0.6, 0.5
OVER = ("completed", "cancelled")
LOOK_SECONDS = 10.0  # about how often one phone's state is compared with HTTP
STALE_SECONDS, DEAF_SECONDS = 2.0, 30.0


class Visitor(Person):
    weight = 75
    refusal = ""  # of the last number asked for

    def on_start(self) -> None:
        self.has_pages = random.random() > NEW_PART

    @task
    def come(self) -> None:
        self.visit()

    def visit(self) -> None:
        self.load_page(f"/b/{hall.branch}", "/b/[branch]")
        self.think(3)
        ticket = self.take_number()
        if ticket is None:
            self.pause(random.uniform(5, 15))
            return
        self.stay(ticket)
        self.think(5)

    def stay(self, ticket: Json) -> None:
        """Until it is over, with the phone in hand."""
        token = str(ticket["token"])
        self.load_page(f"/t/{token}", "/t/[token]")
        visit = Visit(ticket["label"], label=ticket["label"], is_general=ticket["class"] == GENERAL)
        with Follower(hall, f"ticket={token}", visit) as phone:
            Stay(self, token, visit, phone).until_over()

    def wanted_queue(self) -> str:
        return random.choice(hall.queues)

    def take_number(self) -> Json | None:
        """None when the rules refuse: the queue is closed, or has no number left."""
        ticket_class = GENERAL if random.random() > PRIORITY_PART or not hall.classes else random.choice(hall.classes)
        body = {"queue": self.wanted_queue(), "class": ticket_class}
        answer = self.act(
            f"/api/v1/branches/{hall.branch}/tickets",
            "/tickets",
            "issued",
            body=body,
            refusals=("queue_closed", "quota_full"),
        )
        self.refusal = answer.code
        if answer.status != 201:
            return None
        hall.books.classes[answer.body["label"]] = ticket_class
        return {**answer.body, "class": ticket_class}


class Stay:
    """From the number to the end of the visit."""

    def __init__(self, visitor: Visitor, token: str, visit: Visit, phone: Follower) -> None:
        self.visitor = visitor
        self.path = f"/api/v1/tickets/{token}"
        self.visit = visit
        self.phone = phone
        chance = random.random()
        self.plans = {"cancel": chance < CANCEL_PART, "step-away": CANCEL_PART < chance < CANCEL_PART + AWAY_PART}
        self.acts_at = time.monotonic() + random.uniform(1, 15) / hall.speed
        self.looks_at = time.monotonic() + random.uniform(1, LOOK_SECONDS)

    def until_over(self) -> None:
        while self.visit.state not in OVER and not self.visit.is_gone:
            self.visitor.idle(0)
            self.phone.wait(1.0)
            now = time.monotonic()
            if now >= self.looks_at:
                self.looks_at = now + random.uniform(0.5, 1.5) * LOOK_SECONDS
                self.look()
            if now >= self.acts_at and self.visit.state == "waiting":
                self.change_mind()
            if self.visit.state == "no_show":
                if random.random() > RETURN_PART:
                    return  # went home
                self.visitor.think(5)
                self.act("check-in", "checked_in")
        if self.visit.state == "completed" and random.random() < FEEDBACK_PART:
            self.visitor.think(2)
            self.act("feedback", "feedback", {"score": random.randint(1, 4)})

    def change_mind(self) -> None:
        if self.plans.pop("cancel", False):
            self.act("cancel", "cancelled")
        elif self.plans.pop("step-away", False):
            self.visit.has_stayed = False
            self.act("step-away", "stepped_away")
            self.visitor.think(4)
            self.act("check-in", "checked_in")

    def act(self, action: str, kind: str, body: Json | None = None) -> None:
        """Meanwhile the clerk may have acted too: then it is not allowed any more."""
        self.visitor.act(
            f"{self.path}/{action}",
            f"/tickets/[token]/{action}",
            kind,
            body=body,
            label=self.visit.label,
            refusals=("not_allowed",),
        )

    def look(self) -> None:
        """Whether the phone shows what HTTP says: its place at once, the newest state two seconds later."""
        answer = self.visitor.get(self.path, "/tickets/[token]")
        if answer.status == 200 and self.visit.compare(answer.body):
            hall.books.counts["places compared with HTTP"] += 1
        queue = self.visit.ticket["queue"] if self.visit.ticket else None
        if queue is None or not self.phone.is_live:
            return
        answer = self.visitor.get(f"/api/v1/branches/{hall.branch}/queues/{queue}", "/queues/[queue]")
        if answer.status == 200:
            snapshot = hall.album.of(answer.body)
            hall.books.counts["looks"] += 1
            if self.visit.lags_behind(snapshot):
                gevent.spawn(watch_laggard, self.phone, snapshot)


def watch_laggard(phone: Follower, snapshot: Picture) -> None:
    """A phone that is behind may be so for a moment. Two seconds are stale; half a minute is a wrong state."""
    seen_at = time.monotonic()
    is_stale = False
    while phone.is_live and phone.sight.lags_behind(snapshot):
        behind = time.monotonic() - seen_at
        if behind > STALE_SECONDS and not is_stale:
            is_stale = True
            hall.books.counts["stale"] += 1
        if behind > DEAF_SECONDS:
            hall.wrong_state(
                f"{phone.sight.who}: has not been told of seq {snapshot.seq} of {snapshot.queue} for {behind:.0f} s."
            )
            return
        gevent.sleep(0.1)
