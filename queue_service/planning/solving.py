"""The trips as a routing problem with time windows, for PyVRP: vehicles are team-days on one clock of many days,
clients are requests, and a promise is the end of a client's window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self, TypeAlias

from pyvrp import Client, Depot, Location, ProblemData, Route, Solution, VehicleType
from pyvrp import solve as search
from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

from queue_service.planning.drafts import Draft, empty_drafts
from queue_service.planning.gathering import gather
from queue_service.planning.settling import fit_of, settle
from queue_service.planning.values import Fit, Problem, Wish

Window: TypeAlias = tuple[date, date]
Matrix: TypeAlias = Any  # rows of numbers; PyVRP makes arrays of them

DAY = 24 * 60
PARTS = 4  # of a minute: two people at two sets take half of theirs each
# More than any detour is worth: nobody is left out to save travel, and nobody whose promise is near for somebody else.
PRIZE = 100_000
LATER = 2  # minutes of travel that it is worth to go a day earlier


@dataclass(frozen=True, slots=True)
class Effort:
    """`iterations` end the search, so that the same seed gives the same answer; `seconds` only one that takes too
    long."""

    iterations: int
    seconds: float = 35.0
    seed: int = 1

    @classmethod
    def fitting(cls, wishes: int) -> Self:
        """Half a minute of one core for two thousand requests."""
        return cls(5_000 + 15 * wishes)


def solve(problem: Problem, wishes: Sequence[Wish], effort: Effort) -> tuple[list[Draft], list[Wish]]:
    """Trips, and who is on none. Only wishes that the travel times know. Where the days that some asked for would leave
    others out, or late, these are searched for without them, and get their days as far as there is room."""
    if not any(wish.days for wish in wishes):
        return _solve(problem, wishes, effort)
    half = replace(effort, seconds=effort.seconds / 2)
    wished = _solve(problem, wishes, half)
    if not any(missed := _missed(*wished)):
        return wished
    known = {wish.id: wish for wish in wishes}
    drafts, left = _solve(problem, [replace(wish, days=None) for wish in wishes], half)
    for draft in drafts:
        for visit in draft.visits:
            visit.wishes = [known[wish.id] for wish in visit.wishes]
    unwished = drafts, settle(drafts, [known[wish.id] for wish in left])
    return wished if missed <= _missed(*unwished) else unwished


def _missed(drafts: Sequence[Draft], left: Sequence[Wish]) -> tuple[int, int]:
    """How many are left out, and how many late."""
    late = sum(fit_of(draft, wish) is Fit.LATE for draft in drafts for wish in draft.wishes)
    return len(left), late


def _solve(problem: Problem, wishes: Sequence[Wish], effort: Effort) -> tuple[list[Draft], list[Wish]]:
    drafts = empty_drafts(problem, problem.shifts)
    left = settle(drafts, gather(drafts, wishes))
    if not any(draft.visits for draft in drafts):
        return drafts, left
    return _improved(problem, drafts, wishes, effort)


def _improved(
    problem: Problem, drafts: Sequence[Draft], wishes: Sequence[Wish], effort: Effort
) -> tuple[list[Draft], list[Wish]]:
    """Searched for from these on; whoever finds no place in time is put in afterwards."""
    first = min(shift.day for shift in problem.shifts)
    data = _problem_data(problem, wishes, first)
    number = {wish.id: n for n, wish in enumerate(wishes)}
    begun = Solution(data, list(_routes(data, drafts, number, _windows(problem, wishes))))
    stop = MultipleCriteria([MaxIterations(effort.iterations), MaxRuntime(effort.seconds)])
    found = search(data, stop, effort.seed, collect_stats=False, initial_solution=begun).best
    new, over = empty_drafts(problem, problem.shifts), list[Wish]()
    for route in found.routes():
        visited = [wishes[activity.idx] for activity in route if activity.is_client()]
        over += new[route.vehicle_type()].fill(visited)
    placed = {wish.id for draft in new for wish in draft.wishes}
    return new, settle(new, [wish for wish in wishes if wish.id not in placed])


def _windows(problem: Problem, wishes: Sequence[Wish]) -> list[Window]:
    """Within which they are searched a place for; whoever asked for days on which nobody is on the road may have any
    that is in time."""
    days = {shift.day for shift in problem.shifts}
    first = min(days)
    return [
        wish.days
        if wish.days and any(wish.days[0] <= day <= wish.days[1] for day in days)
        else (first, wish.promised_by)
        for wish in wishes
    ]


def _routes(
    data: ProblemData, drafts: Sequence[Draft], number: Mapping[str, int], windows: Sequence[Window]
) -> list[Route]:
    routes = []
    for n, draft in enumerate(drafts):
        within = [(number[wish.id], windows[number[wish.id]]) for wish in draft.wishes]
        visits = [client for client, (first, last) in within if first <= draft.shift.day <= last]
        if visits:
            routes.append(Route(data, visits, n))
    return routes


def _problem_data(problem: Problem, wishes: Sequence[Wish], first: date) -> ProblemData:
    villages = sorted({wish.village for wish in wishes})
    bases = sorted({shift.base for shift in problem.shifts})
    at = {village: n for n, village in enumerate(villages)}
    sets = min(shift.sets for shift in problem.shifts)
    travel, duration = _matrices(problem, villages, bases)
    return ProblemData(
        locations=[Location(0, 0) for _ in (*villages, *bases)],
        clients=[
            _client(wish, at[wish.village], window, first, sets)
            for wish, window in zip(wishes, _windows(problem, wishes), strict=True)
        ],
        depots=[Depot(len(villages) + n) for n in range(len(bases))],
        vehicle_types=[
            VehicleType(
                capacity=[shift.capacity],
                start_depot=bases.index(shift.base),
                end_depot=bases.index(shift.base),
                fixed_cost=(shift.day - first).days * LATER,
                tw_early=(shift.day - first).days * DAY * PARTS,
                tw_late=((shift.day - first).days * DAY + shift.length) * PARTS,
            )
            for shift in problem.shifts
        ],
        distance_matrices=[travel],
        duration_matrices=[duration],
    )


def _client(wish: Wish, location: int, window: Window, first: date, sets: int) -> Client:
    before, days = (window[0] - first).days, (window[1] - first).days + 1
    service = max(sum(wish.minutes) * PARTS // sets, 1)
    return Client(
        location,
        delivery=[wish.people],
        service_duration=service,
        tw_early=max(before, 0) * DAY * PARTS,
        tw_late=max(days, 0) * DAY * PARTS,
        prize=PRIZE * wish.people,
        required=False,
    )


def _matrices(problem: Problem, villages: Sequence[str], bases: Sequence[str]) -> tuple[Matrix, Matrix]:
    """Minutes of travel, which cost; and parts of a minute until the first is served there, which fill the day."""
    places = [*villages, *bases]
    travel = [[problem.travel.minutes(one, other) for other in places] for one in places]
    set_up = [problem.set_up_minutes] * len(villages) + [0] * len(bases)
    duration = [
        [0 if i == j else (minutes + set_up[j]) * PARTS for j, minutes in enumerate(row)]
        for i, row in enumerate(travel)
    ]
    return travel, duration
