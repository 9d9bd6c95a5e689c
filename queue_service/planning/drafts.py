"""A trip in the making: villages in order, who is served in each, and whether the day is long enough for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import pairwise

from queue_service.planning.travel import Travel
from queue_service.planning.values import Problem, Shift, Stop, Wish


def span_of(minutes: Iterable[int], sets: int) -> int:
    """How long it takes to serve people one after the other, each at the set that is free first."""
    free = [0] * sets
    heapify(free)
    for each in minutes:
        heapreplace(free, free[0] + each)
    return max(free)


@dataclass(slots=True)
class Visit:
    village: str
    wishes: list[Wish]

    @property
    def minutes(self) -> Iterator[int]:
        return (each for wish in self.wishes for each in wish.minutes)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one more request fits into a draft: at a visit that is there, or at a new one before the one of that index.
    `detour`: the minutes of travel that it costs."""

    detour: int
    index: int
    is_new: bool


class Draft:
    """Of one shift. Nobody is put where they do not fit."""

    def __init__(self, shift: Shift, travel: Travel, set_up_minutes: int) -> None:
        self.shift = shift
        self.visits: list[Visit] = []
        self.people = 0
        self._travel = travel
        self._set_up = set_up_minutes
        self._spans: list[int] = []  # of each visit

    @property
    def travel(self) -> int:
        return sum(self.legs)

    @property
    def legs(self) -> list[int]:
        """The last leads back to the base."""
        way = [self.shift.base, *(visit.village for visit in self.visits), self.shift.base]
        return [self._travel.minutes(one, other) for one, other in pairwise(way)]

    @property
    def minutes(self) -> int:
        return self.travel + sum(self._spans) + self._set_up * len(self.visits)

    @property
    def wishes(self) -> Iterator[Wish]:
        return (wish for visit in self.visits for wish in visit.wishes)

    def place_for(self, wish: Wish) -> Place | None:
        """The one that costs the least travel, or None where there is none."""
        if self.people + wish.people > self.shift.capacity:
            return None
        room = self.shift.length - self.minutes
        for index, visit in enumerate(self.visits):
            if visit.village == wish.village:
                longer = span_of([*visit.minutes, *wish.minutes], self.shift.sets) - self._spans[index]
                return Place(0, index, is_new=False) if longer <= room else None
        room -= self._set_up + span_of(wish.minutes, self.shift.sets)
        best = min(self._detours(wish.village), default=None)
        return None if best is None or best[0] > room else Place(*best, is_new=True)

    def _detours(self, village: str) -> Iterator[tuple[int, int]]:
        way = [self.shift.base, *(visit.village for visit in self.visits), self.shift.base]
        minutes = self._travel.minutes
        for index, (one, other) in enumerate(pairwise(way)):
            yield minutes(one, village) + minutes(village, other) - minutes(one, other), index

    def put(self, wish: Wish, place: Place) -> None:
        if place.is_new:
            self.visits.insert(place.index, Visit(wish.village, []))
            self._spans.insert(place.index, 0)
        visit = self.visits[place.index]
        visit.wishes.append(wish)
        self._spans[place.index] = span_of(visit.minutes, self.shift.sets)
        self.people += wish.people

    def take_out(self, wish: Wish) -> None:
        for index, visit in enumerate(self.visits):
            if wish in visit.wishes:
                visit.wishes.remove(wish)
                self.people -= wish.people
                self._spans[index] = span_of(visit.minutes, self.shift.sets)
                if not visit.wishes:
                    del self.visits[index], self._spans[index]
                return

    def fill(self, wishes: Iterable[Wish]) -> list[Wish]:
        """In this order of villages, as far as they fit; those that do not."""
        over = []
        for wish in wishes:
            known = next((i for i, visit in enumerate(self.visits) if visit.village == wish.village), None)
            at_end = Place(0, len(self.visits), is_new=True)
            self.put(wish, at_end if known is None else Place(0, known, is_new=False))
            if self.people > self.shift.capacity or self.minutes > self.shift.length:
                self.take_out(wish)
                over.append(wish)
        return over

    def stops(self) -> tuple[tuple[Stop, ...], int]:
        """With the times of the day; and when the team is back."""
        at, stops, legs = 0, [], self.legs
        for visit, leg, span in zip(self.visits, legs, self._spans, strict=False):
            begins = at + leg + self._set_up
            at = begins + span
            arrives, leaves = self.shift.clock(begins), self.shift.clock(at)
            people = sum(wish.people for wish in visit.wishes)
            stops.append(Stop(visit.village, arrives, leaves, people, tuple(wish.id for wish in visit.wishes)))
        return tuple(stops), self.shift.clock(at + legs[-1])


def empty_drafts(problem: Problem, shifts: Sequence[Shift]) -> list[Draft]:
    return [Draft(shift, problem.travel, problem.set_up_minutes) for shift in shifts]
