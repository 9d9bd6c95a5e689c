"""A slow day of a small office: a few people at any time, for eight hours, and hardly anybody at noon."""

from types import MappingProxyType

from loadtests.crowd import gathering
from loadtests.roles import clerk, lobby, poller, visitor
from loadtests.shapes import curves


class Villager(visitor.Visitor):
    pass


class OfficeClerk(clerk.Clerk):
    walking_seconds, serving_seconds, resting_seconds = 15, 420, 30


class OfficeScreen(lobby.Lobby):
    pass


class Neighbour(poller.Poller):
    pass


class SlowDay(curves.Curve):
    points = ((0, 5), (1, 40), (3, 25), (4.5, 8), (5.5, 20), (7, 10), (8, 0))
    staff = MappingProxyType({OfficeClerk: 4, OfficeScreen: 1, Neighbour: 3})


__all__ = ["Neighbour", "OfficeClerk", "OfficeScreen", "SlowDay", "Villager", "gathering"]
