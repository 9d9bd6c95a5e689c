"""A hospital's morning: most come early, the house is full by nine, and at noon it is empty."""

from types import MappingProxyType

from loadtests.crowd import gathering
from loadtests.roles import clerk, lobby, poller, visitor
from loadtests.shapes import curves


class Patient(visitor.Visitor):
    pass


class WardClerk(clerk.Clerk):
    walking_seconds, serving_seconds, resting_seconds = 20, 180, 10


class WaitingRoom(lobby.Lobby):
    pass


class Relative(poller.Poller):
    """At home, on a page that shows the queue."""


class Morning(curves.Curve):
    points = ((0, 20), (0.5, 150), (1.5, 300), (2.5, 300), (4, 120), (5, 0))
    staff = MappingProxyType({WardClerk: 12, WaitingRoom: 4, Relative: 20})


__all__ = ["Morning", "Patient", "Relative", "WaitingRoom", "WardClerk", "gathering"]
