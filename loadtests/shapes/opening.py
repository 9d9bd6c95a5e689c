"""The opening of a civil registry at 07.30: 12,000 people for 300 numbers, all at the same moment."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from locust import LoadTestShape, events, task
from locust.env import Environment

from loadtests.criteria import Result
from loadtests.crowd import gathering, people
from loadtests.crowd.books import Books
from loadtests.crowd.hall import hall
from loadtests.roles import clerk, lobby, visitor
from loadtests.shapes.curves import employ, scaled

PEOPLE = 12_000
COMING_A_SECOND = 100.0  # before the doors open
EARLY_SECONDS, SPREAD_SECONDS = 2.0, 3.0  # some press before the time; half have pressed so much after it
BEFORE, AFTERWARDS, PATIENCE = 10.0, 20.0, 300.0

doors = {"open": 0.0}  # at which time


@events.test_start.add_listener
def set_the_time(environment: Environment, **_: object) -> None:
    doors["open"] = time.time() + seconds_to_come(environment)


def seconds_to_come(environment: Environment) -> float:
    assert environment.parsed_options is not None
    return float(scaled(PEOPLE, environment) / COMING_A_SECOND + BEFORE / environment.parsed_options.speed)


class Hopeful(visitor.Visitor):
    def visit(self) -> None:
        """Once: whoever gets a number stays until it is over, and whoever gets none goes home."""
        self.load_page(f"/b/{hall.branch}", "/b/[branch]")
        self.idle(max(0.0, doors["open"] - time.time() - EARLY_SECONDS + random.expovariate(1 / SPREAD_SECONDS)))
        pressed_at, ticket = time.time(), self.take_number()
        while ticket is None and self.refusal == "queue_closed":
            self.idle(random.uniform(0.5, 2))
            pressed_at, ticket = time.time(), self.take_number()
        number = 0 if ticket is None else int(ticket["label"].rpartition("-")[2])
        hall.books.presses.append((pressed_at, number))
        if ticket is not None:
            self.stay(ticket)
        self.idle(24 * 3600)

    def wanted_queue(self) -> str:
        return hall.queues[0]


class Registrar(clerk.Clerk):
    pass


class Board(lobby.Lobby):
    pass


class Doorkeeper(people.Person):
    """Needs a supervisor's key."""

    def on_start(self) -> None:
        self.set_queue("close")

    @task
    def wait_for_the_time(self) -> None:
        self.idle(max(0.0, doors["open"] - time.time()))
        self.set_queue("open")
        self.idle(24 * 3600)

    def set_queue(self, action: str) -> None:
        path = f"/api/v1/branches/{hall.branch}/queues/{hall.queues[0]}/{action}"
        headers = {"Authorization": f"Bearer {hall.key}"}
        with self.client.post(path, name=f"/queues/[queue]/{action}", headers=headers, catch_response=True) as response:
            if response.status_code != 200:
                hall.wrong_state(f"With this key the doors do not {action}: {response.status_code} {response.text}")


class Opening(LoadTestShape):
    def __init__(self) -> None:
        super().__init__()
        self.over_at = 0.0
        hall.chapters.append(numbers_given)

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        environment, now = self.runner.environment, self.get_run_time()
        coming = scaled(PEOPLE, environment)
        if len(hall.books.presses) >= coming and not self.over_at:
            self.over_at = now + AFTERWARDS / hall.speed
        if (self.over_at and now > self.over_at) or now > seconds_to_come(environment) + PATIENCE:
            return None
        staff = employ(environment, {Registrar: 6, Board: 4})
        Doorkeeper.fixed_count = 1
        return coming + staff + 1, COMING_A_SECOND


def numbers_given(books: Books) -> tuple[list[Result], list[str]]:
    winners = sorted((number, at) for at, number in books.presses if number)
    losers = [at for at, number in books.presses if not number]
    given = len({number for number, _ in winners})
    results = [
        Result("people who were answered", len(books.presses)),
        Result("numbers that there were", hall.quota),
        Result("different numbers given at the opening", given, most=hall.quota, least=hall.quota if losers else 0),
        *fairness(winners, losers),
    ]
    return results, list(wrong_numbers(books, [number for number, _ in winners], len(losers)))


def wrong_numbers(books: Books, numbers: Sequence[int], losers: int) -> list[str]:
    wrong = []
    asked = sum(kind == "issued" for deeds in books.unanswered.values() for kind, _, _ in deeds)
    if len(numbers) > hall.quota or max(numbers, default=0) > hall.quota:
        wrong.append(f"{len(numbers)} numbers were given, the highest {max(numbers)}; there were {hall.quota}.")
    if losers and len(numbers) + asked < hall.quota:
        wrong.append(f"{losers} people were told that all is given out, and only {len(numbers)} numbers were.")
    return wrong


def fairness(winners: Sequence[tuple[int, float]], losers: Sequence[float]) -> list[Result]:
    """First come, first served, as far as it can be seen from here: by the time of pressing, not of arriving."""
    if not winners:
        return []
    by_time = sorted(at for _, at in winners)
    last = by_time[-1]
    passed = [last - at for at in losers if at < last]
    misplaced = [abs(at - in_order) for (_, at), in_order in zip(winners, by_time, strict=True)]
    return [
        Result("went home, though they pressed before the last who got one", len(passed)),
        Result("… the earliest of them by", max(passed, default=0.0), "s"),
        Result("the number most out of the order of pressing, by", max(misplaced), "s"),
    ]


__all__ = ["Board", "Doorkeeper", "Hopeful", "Opening", "Registrar", "gathering"]
