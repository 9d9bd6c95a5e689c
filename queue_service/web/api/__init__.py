"""The HTTP contract, version 1: one module per noun."""

from queue_service.web.api import (
    appointments,
    audit,
    branches,
    cases,
    corrections,
    counters,
    devices,
    draws,
    field,
    keys,
    persons,
    queues,
    requests,
    set_ups,
    staff,
    tickets,
)

routers = (
    counters.router,
    corrections.router,
    tickets.router,
    cases.router,
    appointments.router,
    draws.router,
    persons.router,
    requests.router,
    queues.router,
    branches.router,
    devices.router,
    set_ups.router,
    staff.router,
    keys.router,
    audit.router,
    field.router,
)
