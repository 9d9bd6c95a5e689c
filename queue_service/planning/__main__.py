"""The process that plans: a problem comes in, a proposal goes out."""

import sys

from queue_service.planning.proposing import propose
from queue_service.planning.wire import read_problem, write_proposal

if __name__ == "__main__":
    sys.stdout.write(write_proposal(propose(read_problem(sys.stdin.read()))))
