"""What is asked of the API: the bodies of its requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from queue_service.domain.visiting import Correction
from queue_service.records.devices import Face
from queue_service.records.roles import Right, Role
from queue_service.web.shapes import Day


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def holds_text(cls, value: Any) -> Any:
        """JSON can spell half a character, and a NUL that some databases refuse; neither is text."""
        for text in _texts(value):
            if "\0" in text or not _is_text(text):
                raise ValueError("expected text, without control bytes and halves of characters")
        return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class ClassBody(Body):
    ticket_class: str = Field("general", alias="class")


class VisitorBody(Body):
    """Only what the queue asks for: its `asks` says so, and its `purpose` why. `consent`: to the keeping of what is
    optional."""

    name: Annotated[str, Field(max_length=200)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    nik: Annotated[str, Field(max_length=40)] | None = None
    consent: bool = False


class IssueBody(ClassBody):
    """For a queue, or for a journey through several."""

    queue: str | None = Field(None, examples=["poli-anak"])
    journey: str | None = None


class VisitorsIssueBody(IssueBody):
    visitor: VisitorBody | None = None


class CorrectionBody(Body):
    ticket_class: str = Field(alias="class")
    reason: Correction


class EntryBody(Body):
    visitor: VisitorBody | None = None


class AppointmentBody(ClassBody):
    visitor: VisitorBody | None = None
    queue: str = Field(examples=["poli-anak"])
    slot: datetime = Field(examples=["2026-11-24T09:00:00+07:00"])


class RescheduleBody(Body):
    slot: datetime = Field(examples=["2026-11-24T09:00:00+07:00"])


class OpenBody(Body):
    queues: Annotated[list[str], Field(min_length=1, max_length=100)] | None = None


class PressedBody(Body):
    """`occurred`: when the clerk did it, where that could not be told at once. Only a team that travels may tell it."""

    occurred: AwareDatetime | None = None


class CallBody(PressedBody):
    label: str = Field(examples=["A-012"])


class RequeueBody(PressedBody):
    """`label` names a held or missed ticket; without it, the ticket at this counter."""

    after_minutes: Annotated[int, Field(ge=0, le=480)] | None = None
    label: str | None = None


class ExpectingBody(PressedBody):
    """`label`: the ticket that whoever acts sees at the counter; refused where it is another by now."""

    label: str = ""


class CompleteBody(ExpectingBody):
    """`ends`: the visit, even if its journey had more stops."""

    ends: bool = False


class TransferBody(ExpectingBody):
    """`comes_back`: afterwards, to the queue that sends it."""

    queue: str
    comes_back: bool = False


class CloseBody(Body):
    """`sends_back`: whoever is called there returns to the place that they had."""

    sends_back: bool = False


class SuspendBody(Body):
    """`until` empty: nobody serves the queue on that day. `day` empty: today."""

    text: Annotated[str, Field(min_length=1, max_length=280)]
    until: datetime | None = None
    day: Day | None = None


class ResumeBody(Body):
    day: Day | None = None


class MoveBody(Body):
    queue: str


class PostponeBody(Body):
    day: Day


class FindBody(Body):
    """One of the three. `day` otherwise is today. A part of the name is enough."""

    name: Annotated[str, Field(min_length=3, max_length=200)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    nik: Annotated[str, Field(max_length=40)] | None = None
    day: Day | None = None

    @model_validator(mode="after")
    def names_one_of_the_three(self) -> Self:
        if sum(given is not None for given in (self.name, self.phone, self.nik)) != 1:
            raise ValueError("expected one of “name”, “phone” and “nik”")
        return self


class RevealBody(Body):
    """`reason` is kept in the audit trail."""

    field: Literal["name", "phone", "nik"]
    reason: Annotated[str, Field(max_length=400)]


class FeedbackBody(Body):
    """1 is the worst, 4 the best: the scale of the national satisfaction survey."""

    score: Annotated[int, Field(ge=1, le=4)]


class NoticeBody(Body):
    text: Annotated[str, Field(min_length=1, max_length=280)]
    until: datetime
    queue: str | None = None


AccountName = Annotated[str, Field(min_length=1, max_length=80)]
OpenidName = Annotated[str, Field(min_length=1, max_length=255)]


class GrantBody(Body):
    """`branch` null: all branches, and what is of none. `queues` empty: all of the branch."""

    role: Literal["clerk", "supervisor", "administrator", "head"]
    branch: str | None = Field(None, examples=["rsud-lahat"])
    queues: Annotated[list[str], Field(max_length=100)] = []


class AccountBody(Body):
    """`openid`: by which a provider may name its owner."""

    login: str = Field(max_length=64, examples=["petugas.farmasi"])
    name: AccountName
    openid: OpenidName | None = None
    grants: Annotated[list[GrantBody], Field(max_length=100)] = []


class AccountChangeBody(Body):
    """What is not there stays as it is. `openid` null: no provider may sign this account in any more."""

    name: AccountName | None = None
    openid: OpenidName | None = None
    disabled: bool | None = None


class GrantsBody(Body):
    """All that the account may do from now on."""

    grants: Annotated[list[GrantBody], Field(max_length=100)]


class KeyBody(Body):
    """`branch` null: all branches. `days` null: valid until it is revoked. `scopes`: it may do only this; an
    integration's key needs some."""

    role: Role
    branch: str | None = Field(examples=["rsud-lahat"])
    name: Annotated[str, Field(max_length=80)] = ""
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    scopes: Annotated[list[Right], Field(max_length=100)] = []


class PairingBody(Body):
    """`code`: as the screen shows it. `queues`: which of them a lobby's screen shows; empty: all."""

    code: Annotated[str, Field(max_length=20)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    shows: Face
    queues: Annotated[list[str], Field(max_length=100)] = []


class DeviceBody(Body):
    """What is not there stays as it is; a device that comes to another `branch` shows all queues there, if none are
    named."""

    branch: str | None = None
    name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    shows: Face | None = None
    queues: Annotated[list[str], Field(max_length=100)] | None = None
