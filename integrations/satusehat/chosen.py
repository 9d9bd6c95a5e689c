"""Which connection a command is about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.contract import secret_of
from integrations.satusehat.settings import SatusehatSettings
from queue_service.domain.branches import Branch
from queue_service.faults import Fault
from queue_service.records.connections import read_connections
from queue_service.records.opening import Records
from queue_service.records.plans import ConnectionPlan

SYSTEM = "satusehat"


class NotChosen(Fault):
    """No connection, or not clear which."""


@dataclass(frozen=True, slots=True)
class Chosen:
    plan: ConnectionPlan
    settings: SatusehatSettings
    branches: Sequence[Branch]

    def secret(self, name: str) -> str:
        """Raises NotReady."""
        return secret_of(self.plan.id, name, os.environ)


async def choose(records: Records, name: str | None) -> Chosen:
    """Raises NotChosen."""
    known = [each.plan for each in await records.database.read(read_connections) if each.plan.system == SYSTEM]
    if not known:
        raise NotChosen("no connection to SATUSEHAT is set up.")
    fitting = [plan for plan in known if name in (None, plan.id)]
    if len(fitting) != 1:
        raise NotChosen(f"which connection? --connection takes one of: {', '.join(plan.id for plan in known)}.")
    plan = fitting[0]
    branches = [branch for branch in records.branches.all.values() if not plan.branches or branch.id in plan.branches]
    return Chosen(plan, SatusehatSettings.model_validate(plan.settings), branches)
