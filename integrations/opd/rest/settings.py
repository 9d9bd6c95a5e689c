"""What a set-up file says of an agency's system with REST and JSON."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from integrations.opd.mapped import Mapped, Part
from integrations.opd.mapping import FieldMap
from integrations.opd.sources import Plain, Source, check_format
from integrations.opd.telling import FieldName, Ours, Told
from integrations.reach import Reach, Url
from integrations.webhook.settings import EventType

_is_header = re.compile(r"[A-Za-z0-9-]{1,60}").fullmatch


def _check_header(name: str) -> str:
    if not _is_header(name):
        raise ValueError("expected the name of a header, such as Authorization")
    return name


class HeaderPlan(Part):
    """The token from the environment stands in it, behind the scheme."""

    name: Annotated[str, AfterValidator(_check_header)] = "Authorization"
    scheme: Annotated[str, Field(max_length=40, pattern=r"^[!-~]*$")] = "Bearer"


class SuccessPlan(Part):
    """Of an answer whose body says whether it is one."""

    named: Plain = Field(alias="from")
    values: tuple[Plain, ...] = Field(alias="is", min_length=1)

    @field_validator("values", mode="before")
    @classmethod
    def one_is_a_list_of_one(cls, given: object) -> object:
        several = given if isinstance(given, list | tuple) else [given]
        return [str(each).lower() if isinstance(each, bool) else each for each in several]


class SincePlan(Part):
    """How they are asked for what is new, and where a record says when it was changed."""

    parameter: Annotated[str, Field(min_length=1, max_length=80)]
    changed: Source
    format: Annotated[str, AfterValidator(check_format)] | None = None  # of the parameter; otherwise ISO 8601
    overlap_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60


class PagesPlan(Part):
    """By number; or by where an answer tells the next: its address, or with `parameter` what to say for it there."""

    parameter: Annotated[str, Field(max_length=80)] = ""
    first: Annotated[int, Field(ge=0, le=1)] = 1
    next: str = ""

    @model_validator(mode="after")
    def says_how(self) -> Self:
        if not self.parameter and not self.next:
            raise ValueError("expected “parameter”, “next” or both")
        return self


class PullPlan(Part):
    url: Url
    records: str = ""  # where the list stands in an answer; empty: the answer is the list
    since: SincePlan | None = None
    pages: PagesPlan | None = None
    seconds: Annotated[float, Field(ge=2, le=86_400)] = 30
    success: SuccessPlan | None = None


class PushPlan(Part):
    url: Url
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    events: Annotated[list[EventType], Field(min_length=1)] | None = None
    about: Literal["all", "theirs"] = "all"  # theirs are the numbers that they have an id for
    fields: Annotated[dict[FieldName, Told[Ours]], Field(min_length=1)]
    form: Literal["json", "form"] = "json"
    receipt: str = ""  # where an answer tells their id for the number
    success: SuccessPlan | None = None


class WithToken(Reach):
    header: HeaderPlan = HeaderPlan()


class RestSettings(Mapped, WithToken):
    pull: PullPlan | None = None
    mapping: FieldMap | None = None
    push: PushPlan | None = None

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        if self.pull is None and self.push is None:
            raise ValueError("expected “pull”, “push” or both")
        if (self.pull is None) != (self.mapping is None):
            raise ValueError("expected “pull” and “mapping” together: how what is asked for is understood")
        if self.pull is not None:
            self.check_reach(self.pull.url, "pull.url")
        if self.push is not None:
            self.check_reach(self.push.url, "push.url")
        return self

    @property
    def field_map(self) -> FieldMap:
        return self.mapping or super().field_map
