from __future__ import annotations

from integrations.contract import NotReady, Opening, Poller, System
from integrations.simrs.client import SimrsClient
from integrations.simrs.poller import SimrsPoller
from integrations.simrs.probing import probe
from integrations.simrs.settings import SimrsSettings


class SimrsSystem(SimrsSettings, System):
    def poller(self, opening: Opening) -> Poller:
        return SimrsPoller(opening, self, self._client(opening))

    async def probe(self, opening: Opening) -> str:
        client = self._client(opening)
        try:
            return await probe(client, self, opening)
        finally:
            await client.close()

    def _client(self, opening: Opening) -> SimrsClient:
        """Raises NotReady."""
        _check_queues(self, opening)
        return SimrsClient(self, opening.secret("PASSWORD"))


def _check_queues(settings: SimrsSettings, opening: Opening) -> None:
    """Raises NotReady."""
    branches = opening.branches()
    if len(branches) != 1:
        raise NotReady("A SIMRS is one hospital's: name one branch under “branches”.")
    (branch,) = branches
    wanted = [plan.queue for plan in settings.clinics] + [plan.queue for plan in settings.admission]
    wanted += settings.pharmacy.queues if settings.pharmacy else ()
    wanted += [settings.births.queue] if settings.births and settings.births.queue else []
    if strange := [queue for queue in wanted if queue not in branch.queues]:
        raise NotReady(f"The branch {branch.id} has no queue “{strange[0]}”.")
    for plan in settings.clinics:
        for journey in filter(None, (plan.journey, plan.new_journey)):
            stops = branch.journeys[journey].stages if journey in branch.journeys else ()
            if plan.queue not in {queue for stage in stops for queue in stage}:
                raise NotReady(f"The branch {branch.id} has no journey “{journey}” that leads to {plan.queue}.")
    if settings.births and settings.births.errand not in branch.errands:
        raise NotReady(f"The branch {branch.id} has no errand “{settings.births.errand}”.")
    counters = [plan.counter for plan in settings.clinics]
    counters += [settings.pharmacy.counter, settings.pharmacy.compounded_counter] if settings.pharmacy else []
    counters += [counter for plan in settings.admission for counter in plan.desks.values()]
    if strange := [counter for counter in counters if counter is not None and counter not in branch.counters]:
        raise NotReady(f"The branch {branch.id} has no counter “{strange[0]}”.")
