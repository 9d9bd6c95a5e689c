"""The HTTP contract, version 1: one module per noun."""

from fastapi import APIRouter

from queue_service.web.api import branches, counters, queues, tickets

router = APIRouter(prefix="/api/v1")
for module in (branches, tickets, counters, queues):
    router.include_router(module.router)
