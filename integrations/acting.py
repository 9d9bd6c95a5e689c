"""Inbound: what another system wants done is done as the same action that a person would take."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from integrations.contract import Opening
from queue_service.desk import no_answer
from queue_service.domain.actions import Action, OfPeople, Reported
from queue_service.journal import Beside, Request
from queue_service.turns import Answer, Told


async def act(
    opening: Opening,
    branch: str,
    action: OfPeople,
    key: str,
    *,
    day: date | None = None,
    answer: Answer = no_answer,
    beside: Beside | None = None,
    occurred: datetime | None = None,
) -> Told:
    """`key`: from the other system's own id; with the same one nothing happens twice. `occurred`: when it really
    happened, where the other system knows. Raises a Refusal, Claimed or Unavailable."""
    done: Action = action if occurred is None else Reported(action, occurred)
    digest = hashlib.sha256(f"{opening.connection}\n{branch}\n{day or ''}\n{key}".encode()).hexdigest()
    request = Request(digest, digest)
    by = f"system:{opening.connection}"
    return await opening.house.desk.act(branch, done, by, day=day, request=request, answer=answer, beside=beside)
