"""Everyone who comes to a branch, for `locust -f loadtests/locustfile.py`. The shapes are in `shapes/`."""

from loadtests.crowd import gathering
from loadtests.roles.clerk import Clerk
from loadtests.roles.lobby import Lobby
from loadtests.roles.poller import Poller
from loadtests.roles.visitor import Visitor

__all__ = ["Clerk", "Lobby", "Poller", "Visitor", "gathering"]
