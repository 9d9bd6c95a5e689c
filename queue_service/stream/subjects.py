"""What a connection asks to see: one ticket, one queue, or every queue of a branch."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.floors import Floor
from queue_service.floors import Floors
from queue_service.journal.appends import Place
from queue_service.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Subject:
    """`label`: a phone with this ticket; else `queue`, or all queues when that is None."""

    floor: Floor
    label: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    place: Place
    label: str | None = None
    queue: str | None = None

    def is_on(self, floor: Floor) -> bool:
        """Not yet, when another process has issued the ticket a moment ago."""
        return self.label is None or self.label in floor.tickets

    def on(self, floor: Floor) -> Subject:
        """Raises NotFound."""
        if self.label is not None:
            floor.ticket(self.label)
        if self.queue is not None:
            floor.branch.queue(self.queue)
        return Subject(floor, self.label, self.queue)


def read_query(query: str, floors: Floors, tokens: Tokens) -> Asked:
    """Raises Invalid, NotFound."""
    try:
        given = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=8)
    except ValueError:
        raise Invalid("query: this is not a query that can be read.") from None
    values = {name: found[0] for name, found in given.items() if len(found) == 1}
    if len(values) != len(given) or set(values) not in ({"ticket"}, {"branch"}, {"branch", "queue"}):
        raise Invalid("query: expected ticket=TOKEN, branch=B, or branch=B&queue=Q.")
    if "ticket" not in values:
        return Asked(floors.today(values["branch"]), queue=values.get("queue"))
    name = tokens.read(values["ticket"])
    if name is None:
        raise NotFound("There is no such ticket.")
    return Asked((name.branch, name.day), label=name.label)
