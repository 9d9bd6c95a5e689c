"""What `antrean serve` asks for a connection's own web service."""

from __future__ import annotations

import os

from starlette.types import ASGIApp

from integrations.contract import NotReady, Opening
from integrations.run import settings_for
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House


def open_service(plan: ConnectionPlan, house: House) -> ASGIApp | None:
    """Raises ValueError with a sentence."""
    try:
        return settings_for(plan).service(Opening(plan, house, os.environ))
    except NotReady as fault:
        raise ValueError(str(fault)) from fault
