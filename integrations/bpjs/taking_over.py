"""Taking over hours and places from the insurer's register, when an administrator says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from integrations.bpjs.schedules import Difference, Json, agreed, clinics_with, per_slot
from integrations.contract import Opening
from queue_service.domain.branches import Branch
from queue_service.records.keys import COMMAND
from queue_service.records.set_ups import BRANCHES, CONNECTIONS, Change, etag_of, make, read_pieces

Taken = Mapping[tuple[str, int, str], tuple[str, int]]


async def take_over(opening: Opening, found: Iterable[Difference]) -> list[str]:
    """What was taken over, in sentences."""
    taken, house = agreed(found), opening.house
    now = house.floors.clock()

    def work(connection: Connection) -> list[str]:
        pieces = read_pieces(connection)
        piece = pieces[CONNECTIONS][opening.connection]
        clinics = clinics_with(piece["settings"]["clinics"], taken)
        if clinics == piece["settings"]["clinics"]:
            return []
        content = {**piece, "settings": {**piece["settings"], "clinics": clinics}}
        make(connection, Change(CONNECTIONS, opening.connection, content, etag_of(piece), COMMAND), now)
        for branch in opening.branches():
            before = read_pieces(connection)[BRANCHES][branch.id]
            after = {**before, "queues": [_queue_with(branch, queue, clinics, taken) for queue in before["queues"]]}
            if after != before:
                make(connection, Change(BRANCHES, branch.id, after, etag_of(before), COMMAND), now)
        return [_sentence(key, *new) for key, new in taken.items()]

    told = await house.database.write(work)
    await house.floors.take_up()
    return told


def _queue_with(branch: Branch, queue: Json, clinics: Iterable[Json], taken: Taken) -> Json:
    """With as many to a time as make the places of the clinic that it alone is for."""
    its = [clinic for clinic in clinics if clinic["queue"] == queue["id"]]
    if len(its) != 1 or not queue.get("appointments"):
        return queue
    capacity = its[0].get("quota_jkn", 0) + its[0].get("quota_non_jkn", 0)
    is_new = any(key[:2] == (its[0]["poli"], its[0]["doctor"]) for key in taken)
    most = per_slot(branch.queue(queue["id"]), its[0]["hours"], capacity) if is_new else None
    return queue if most is None else {**queue, "appointments": {**queue["appointments"], "per_slot": most}}


def _sentence(clinic: tuple[str, int, str], hours: str, capacity: int) -> str:
    poli, doctor, before = clinic
    new = [f"{hours} instead of {before}"] if hours else []
    new += [f"{capacity} places"] if capacity else []
    return f"{poli}, doctor {doctor}: {', '.join(new)} from now on."
