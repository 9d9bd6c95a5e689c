"""Every wording of a purpose, kept when a set-up brings it: years later it is still known what people were told."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import Connection, insert, select

from queue_service.domain.branches import Branch
from queue_service.domain.referrals import ErrandPlan
from queue_service.records.people.given import wording_id, wording_of
from queue_service.records.people.tables import purposes


def keep_wordings(connection: Connection, branch: Branch) -> None:
    asked = {
        wording_id(queue.asks): (queue.id, wording_of(queue.asks)) for queue in branch.queues.values() if queue.asks
    }
    passed_on = {consent_id(errand): (errand.id, consent_of(errand)) for errand in branch.errands.values()}
    new = {**asked, **passed_on}
    if not new:
        return
    known = set(connection.execute(select(purposes.c.id).where(purposes.c.id.in_(list(new)))).scalars())
    for id_, (about, wording) in new.items():
        if id_ not in known:
            connection.execute(insert(purposes).values(id=id_, branch=branch.id, queue=about, wording=wording))


def consent_of(errand: ErrandPlan) -> str:
    """What is said to those who are asked whether their data may go over, in both languages."""
    said = {"errand": errand.id, "to": errand.to, "queue": errand.queue, "via": errand.via, "gives": list(errand.gives)}
    words = {"id": errand.consent.id, "en": errand.consent.en}
    return json.dumps({**said, **words}, ensure_ascii=False, sort_keys=True)


def consent_id(errand: ErrandPlan) -> str:
    return hashlib.sha256(consent_of(errand).encode()).hexdigest()[:16]
