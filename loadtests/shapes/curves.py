"""How many people are in the house, hour by hour; and the staff that a shape needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from locust import LoadTestShape, User
from locust.env import Environment

from loadtests.crowd.hours import people_at

HOUR = 3600.0
COMING_A_SECOND = 50.0  # when many are missing at once


def scale_of(environment: Environment) -> float:
    assert environment.parsed_options is not None
    return float(environment.parsed_options.scale)


def scaled(people: int, environment: Environment) -> int:
    return max(1, round(people * scale_of(environment)))


def employ(environment: Environment, staff: Mapping[type[User], int]) -> int:
    """So many of each, whatever else comes; how many these are together."""
    for role, count in staff.items():
        role.fixed_count = scaled(count, environment)
    return sum(role.fixed_count for role in staff)


class Curve(LoadTestShape):
    """Visitors come and go along straight lines between `points`: hours since the beginning, people in the house."""

    abstract = True
    points: Sequence[tuple[float, int]] = ()
    staff: Mapping[type[User], int] = MappingProxyType({})

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None and self.runner.environment.parsed_options is not None
        environment = self.runner.environment
        hours = self.get_run_time() * self.runner.environment.parsed_options.speed / HOUR
        visitors = people_at(self.points, hours)
        if visitors is None:
            return None
        return employ(environment, self.staff) + round(visitors * scale_of(environment)), COMING_A_SECOND
