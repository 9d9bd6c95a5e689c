"""From an event of ours to the fields that they want. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from integrations.contract import Item
from integrations.opd.sources import Plain, check_format, write_moment
from integrations.webhook.translate import TYPES
from queue_service.domain.events import from_ms

Named = TypeVar("Named", bound=str)
Ours = Literal["event", "event_id", "ticket_id", "their_id", "branch", "day", "seq", "label", "queue", "counter", "at"]


class Told(BaseModel, Generic[Named]):
    """One field of theirs: in the set-up file the name of ours, or `{from: …}`, or `{is: …}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    ours: Named | None = Field(alias="from", default=None)
    constant: Plain | int | float | bool | None = Field(alias="is", default=None)
    values: dict[Plain, Plain] | None = None  # what we write: what they write
    otherwise: Plain | None = None
    format: Annotated[str, AfterValidator(check_format)] | None = None  # of a moment or a day

    @model_validator(mode="before")
    @classmethod
    def a_name_alone_is_ours(cls, given: Any) -> Any:
        return given if isinstance(given, dict | Told) else {"from": given}

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if (self.ours is None) == (self.constant is None):
            raise ValueError("expected one of our fields, or “is” with what it always is")
        return self


FieldName = Annotated[str, Field(min_length=1, max_length=120)]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, and what belongs to it. `their_id`: empty where they have none for this ticket."""

    item: Item
    their_id: str
    queue: str

    @property
    def label(self) -> str:
        return str(self.item.fields.get("label") or "")

    def ours(self) -> Mapping[str, Any]:
        item = self.item
        return {
            "event": TYPES.get(item.kind, item.kind),
            "event_id": item.id,
            "ticket_id": ticket_id(item, self.label) if self.label else "",
            "their_id": self.their_id,
            "branch": item.branch,
            "day": item.day,
            "seq": item.seq,
            "label": self.label,
            "queue": self.queue,
            "counter": item.fields.get("counter") or "",
            "at": from_ms(int(item.fields.get("occurred") or item.at_ms)),
        }


def ticket_id(item: Item, label: str) -> str:
    """Our stable id of a ticket."""
    return f"{item.branch}/{item.day}/{label}"


def tell(fields: Mapping[str, Told[Any]], ours: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """A dot in the name of a field of theirs lays it into another. What we have none of is null."""
    found: dict[str, Any] = {}
    for name, one in fields.items():
        inner, steps = found, name.split(".")
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[steps[-1]] = _value(one, ours, zone)
    return found


def _value(one: Told[Any], ours: Mapping[str, Any], zone: ZoneInfo) -> Any:
    if one.constant is not None:
        return one.constant
    value = ours.get(str(one.ours))
    if isinstance(value, datetime):
        value = write_moment(value, one.format, zone)
    elif isinstance(value, date):
        value = value.strftime(one.format) if one.format else value.isoformat()
    if one.values is not None:
        value = one.values.get(str(value), value if one.otherwise is None else one.otherwise)
    return None if value == "" else value


def as_form(fields: Mapping[str, Any]) -> bytes:
    """For who takes no JSON. What lies within another field is written `a[b]`."""
    return urlencode(list(_pairs(fields, ""))).encode()


def _pairs(fields: Mapping[str, Any], within: str) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        place = f"{within}[{name}]" if within else name
        if isinstance(value, dict):
            yield from _pairs(value, place)
        elif value is not None:
            yield place, str(value).lower() if isinstance(value, bool) else str(value)
