from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from integrations.bpjs.answers.paths import PATHS, Family, Service

OwnPath = Annotated[str, Field(max_length=80, pattern=r"^(/[A-Za-z0-9_-]+)+$")]


class Answers(BaseModel):
    """The part `answers:` of a connection, as far as it is the same for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Family
    tells_status: bool = False
    patients: Literal["known", "enrolled"] = "known"

    @property
    def all_paths(self) -> dict[Service, str]:
        return dict(PATHS[self.family])


class AnswerSettings(Answers):
    """A hospital's. `paths` stand in the place of the family's; `theatre` is a file of operations."""

    family: Literal[Family.KHANZA, Family.MLITE] = Family.KHANZA
    paths: dict[Service, OwnPath] = Field(default_factory=dict)
    theatre: Path | None = None

    @property
    def all_paths(self) -> dict[Service, str]:
        return {**PATHS[self.family], **self.paths}

    @model_validator(mode="after")
    def each_has_its_own(self) -> Self:
        places = list(self.all_paths.values())
        twice = sorted({path for path in places if places.count(path) > 1})
        if twice:
            raise ValueError(f"expected another path for each service, and {twice[0]} stands for two")
        return self


class PuskesmasAnswers(Answers):
    """A Puskesmas's or clinic's: BPJS says what its paths are."""

    family: Literal[Family.FKTP] = Family.FKTP
