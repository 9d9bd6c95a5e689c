"""Tells an agency's system what happens here, in its own fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from integrations.contract import Item, Opening, Sender
from integrations.http import Answer
from integrations.opd.here import system_of
from integrations.opd.mapping import LONGEST_ID
from integrations.opd.rest.client import check_success, open_http
from integrations.opd.sources import Unmapped, plain_text, value_at
from integrations.opd.telling import Event, as_form, tell
from integrations.webhook.translate import TYPES
from queue_service.domain.errors import NotFound
from queue_service.records.identifiers import Identifier, identifiers_of, keep_identifier

if TYPE_CHECKING:
    from integrations.opd.rest.settings import PushPlan, RestSettings

KINDS = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


class RestSender(Sender):
    def __init__(self, opening: Opening, settings: RestSettings, plan: PushPlan) -> None:
        """Raises NotReady."""
        self._house = opening.house
        self._plan = plan
        self._system = system_of(opening.connection)
        self._http = open_http(opening, settings)

    def wants(self, kind: str) -> bool:
        return kind in TYPES and (self._plan.events is None or TYPES[kind] in self._plan.events)

    async def send(self, item: Item) -> bool:
        label = str(item.fields.get("label") or "")
        their_id = await self._their_id(item, label) if label else ""
        if self._plan.about == "theirs" and not their_id:
            return False
        event = Event(item, their_id, await self._queue(item, label))
        fields = tell(self._plan.fields, event.ours(), self._house.branches.get(item.branch).timezone)
        content = as_form(fields) if self._plan.form == "form" else json.dumps(fields, ensure_ascii=False).encode()
        headers = {"Content-Type": KINDS[self._plan.form], "Idempotency-Key": item.id}
        answer = await self._http.ask(self._plan.method, self._plan.url, content=content, headers=headers)
        if not answer.is_success:
            raise answer.failure()
        await self._take_receipt(answer, item, label, their_id)
        return True

    async def close(self) -> None:
        await self._http.close()

    async def _their_id(self, item: Item, label: str) -> str:
        known = await self._house.database.read(lambda c: identifiers_of(c, item.branch, item.day, label))
        return next((each.value for each in known if each.system == self._system), "")

    async def _queue(self, item: Item, label: str) -> str:
        """Where it is about no queue itself, the one that its number stands in."""
        if item.fields.get("queue") or not label:
            return str(item.fields.get("queue") or "")
        try:
            floor = await self._house.floors.get(item.place, label)
        except NotFound:
            return ""
        return floor.tickets[label].queue if label in floor.tickets else ""

    async def _take_receipt(self, answer: Answer, item: Item, label: str, their_id: str) -> None:
        """Raises Undelivered."""
        if self._plan.success is None and not self._plan.receipt:
            return
        body: Any = answer.json()
        check_success(self._plan.success, body)
        if not (self._plan.receipt and label) or their_id:
            return
        try:
            told = plain_text(value_at(body, self._plan.receipt), "receipt")
        except Unmapped:
            return
        if 0 < len(told) <= LONGEST_ID:
            known = Identifier(item.branch, self._system, told, item.day, label)
            await self._house.database.write(lambda connection: keep_identifier(connection, known))
