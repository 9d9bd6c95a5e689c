"""The HTTP contract, version 1: one module per noun."""

from queue_service.web.api import branches, counters, queues, tickets

routers = (counters.router, tickets.router, queues.router, branches.router)
