"""Requests for visits in the contract: what is asked, and what is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from queue_service.domain.requests import MOST_PEOPLE, Asker, Check, Need
from queue_service.domain.trips import Result
from queue_service.domain.visits import Stage
from queue_service.web.bodies import Body
from queue_service.web.shapes import Day, Shape

Text = Annotated[str, Field(max_length=500)]
Short = Annotated[str, Field(max_length=80)]


class PersonBody(Body):
    """`nik`: only with consent."""

    name: Short = Field(examples=["Nama Orang"])
    service: str = Field(examples=["ktp-rekam"])
    needs: list[Need] = Field([], max_length=len(Need))
    birth_year: int | None = Field(None, examples=[1950])
    nik: Annotated[str, Field(max_length=40)] = ""


class ContactBody(Body):
    """Who asks, and where to come. `body`: the name of the village, school or agency; `letter`: its reference."""

    name: Short = Field(examples=["Nama Pemohon"])
    phone: Annotated[str, Field(max_length=40)] = Field(examples=["0812 3456 7890"])
    body: Short = ""
    place: Annotated[str, Field(max_length=200)] = ""
    access: Text = ""
    letter: Short = ""


class RequestBody(Body):
    """`village`: its code, as `/regions` has it. `consent`: to the keeping of what need not be given. `first` and
    `last`: days between which a visit would suit."""

    asker: Asker
    village: Annotated[str, Field(max_length=20)] = Field(examples=["16.04.01.2001"])
    people: Annotated[list[PersonBody], Field(min_length=1, max_length=MOST_PEOPLE)]
    contact: ContactBody
    consent: bool = False
    first: Day | None = None
    last: Day | None = None


class NewContactBody(Body):
    name: Short
    phone: Annotated[str, Field(max_length=40)]


class DatesBody(Body):
    first: Day
    last: Day


class AnswerBody(Body):
    answer: Text


class CheckBody(Body):
    person: Annotated[str, Field(max_length=8)] = Field(examples=["1"])
    check: Check


class QuestionBody(Body):
    question: Text


class ReasonBody(Body):
    reason: Text


class MergeBody(Body):
    into: Annotated[str, Field(max_length=16)] = Field(examples=["JB-26-00012"])


class PersonCheckShape(Shape):
    """`result` null: no visit has come to one yet."""

    id: str
    service: str
    service_name: str
    check: Check
    result: Result | None


class VisitTicketShape(Shape):
    """`url`: where the place in the team's line is followed live."""

    person: str
    label: str
    slot: str | None
    url: str


class VisitShape(Shape):
    """`arrives` and `leaves`: when the team means to be there."""

    team: str
    day: Day
    stop: str
    arrives: str | None
    leaves: str | None
    tickets: list[VisitTicketShape]


class DatesShape(Shape):
    first: Day
    last: Day


class RequestShape(Shape):
    """Names nobody. `promised_by`: the last day of the office's promise. `question`: what the office wants to know."""

    id: str = Field(examples=["JB-26-00123"])
    office: str
    asker: Asker
    village: str
    village_name: str
    state: Stage
    received: str
    promised_by: Day
    dates: DatesShape | None
    question: str
    reason: str
    merged_into: str
    people: list[PersonCheckShape]
    visits: list[VisitShape]


class NewRequestShape(RequestShape):
    """`url`: where whoever asked follows it. Nobody else has it."""

    token: str
    url: str


class RequestList(Shape):
    """`next`: what to ask for as `after`, where there are more."""

    requests: list[RequestShape]
    next: str | None


class VillageShape(Shape):
    """`position`: what the coordinates are the middle of."""

    code: str
    name: str
    district: str
    district_name: str
    latitude: float
    longitude: float
    position: Literal["village", "district"]


class RegionShape(Shape):
    code: str
    name: str
    villages: list[VillageShape]
