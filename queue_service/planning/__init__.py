"""Which team goes where on which day: requests, teams and roads in, a proposal and its reasons out. No I/O."""

from queue_service.planning.values import Left as Left
from queue_service.planning.values import Problem as Problem
from queue_service.planning.values import Proposal as Proposal
from queue_service.planning.values import Shift as Shift
from queue_service.planning.values import Stop as Stop
from queue_service.planning.values import Trip as Trip
from queue_service.planning.values import Why as Why
from queue_service.planning.values import Wish as Wish
