"""The HTTP contract, version 1: one module per noun."""

from queue_service.web.api import (
    appointments,
    branches,
    corrections,
    counters,
    devices,
    draws,
    persons,
    queues,
    set_ups,
    tickets,
)

routers = (
    counters.router,
    corrections.router,
    tickets.router,
    appointments.router,
    draws.router,
    persons.router,
    queues.router,
    branches.router,
    devices.router,
    set_ups.router,
)
