"""A herd that comes back: every phone loses its connection at the same moment, three times, a minute apart."""

from __future__ import annotations

from locust import LoadTestShape

from loadtests.criteria import Result
from loadtests.crowd import gathering
from loadtests.crowd.books import Books
from loadtests.crowd.hall import hall
from loadtests.roles import clerk, lobby, visitor
from loadtests.shapes.curves import employ, scaled

PEOPLE = 2000
COMING_A_SECOND = 50.0
CUTS, INTERVAL = 3, 60.0


class Passenger(visitor.Visitor):
    pass


class Conductor(clerk.Clerk):
    pass


class Board(lobby.Lobby):
    pass


class Herd(LoadTestShape):
    def __init__(self) -> None:
        super().__init__()
        self.cuts = 0
        hall.chapters.append(came_back)

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        environment = self.runner.environment
        people = scaled(PEOPLE, environment)
        next_cut = people / COMING_A_SECOND + 10 + self.cuts * INTERVAL
        if self.get_run_time() > next_cut:
            if self.cuts == CUTS:
                return None
            self.cuts += 1
            gathering.cut_all()
        return people + employ(environment, {Conductor: 6, Board: 4}), COMING_A_SECOND


def came_back(books: Books) -> tuple[list[Result], list[str]]:
    lost, back = books.counts["connections lost"], books.counts["came back"]
    wrong = [] if lost else ["No connection was lost: there was no herd."]
    return [Result("came back", back, note=f"of {lost} connections lost; the others left meanwhile")], wrong


__all__ = ["Board", "Conductor", "Herd", "Passenger"]
