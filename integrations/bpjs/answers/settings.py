from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from integrations.bpjs.answers.paths import PATHS, Family, Service

OwnPath = Annotated[str, Field(max_length=80, pattern=r"^(/[A-Za-z0-9_-]+)+$")]


class AnswerSettings(BaseModel):
    """The part `answers:` of a connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Family = Family.KHANZA
    paths: dict[Service, OwnPath] = Field(default_factory=dict)  # in the place of the family's
    tells_status: bool = False
    patients: Literal["known", "enrolled"] = "known"
    theatre: Path | None = None  # a file of operations

    @model_validator(mode="after")
    def each_has_its_own(self) -> Self:
        if self.paths and self.family is Family.FKTP:
            raise ValueError("expected no “paths” with family: fktp, where BPJS says what they are")
        places = list(self.all_paths.values())
        twice = sorted({path for path in places if places.count(path) > 1})
        if twice:
            raise ValueError(f"expected another path for each service, and {twice[0]} stands for two")
        return self

    @property
    def all_paths(self) -> dict[Service, str]:
        return {**PATHS[self.family], **self.paths}
