"""How the days of real offices run, read from `examples/day-shapes.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"  # next to the package, in a checkout and in a wheel
BIN_MINUTES = 5
_LIVELY = 0.4  # of the day's mean: what is quieter is left out of a play


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Amount = Annotated[float, Field(ge=0)]


class DayShape(Part):
    opens: Annotated[str, Field(alias="from", pattern=r"^\d\d:\d\d$")]
    shares: Annotated[tuple[Amount, ...], Field(min_length=1)]


class ServiceTimes(Part):
    seconds: Annotated[tuple[Amount, ...], Field(min_length=2)]  # evenly spaced quantiles, from 0 to 100 %


class DayShapes(Part):
    days: dict[str, DayShape]
    services: dict[str, ServiceTimes]
    no_show: Annotated[float, Field(ge=0, le=1)]
    way: tuple[Amount, Amount]


@dataclass(frozen=True, slots=True)
class Round:
    """A day's lively stretches, one after the other; arrivals go round in it. 1 is its mean."""

    intensities: tuple[float, ...]
    liveliest: int  # the five minutes at which it is liveliest


def read_shapes(path: Path = EXAMPLES / "day-shapes.yaml") -> DayShapes:
    return DayShapes.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def round_of(day: DayShape) -> Round:
    least = _LIVELY * fmean(day.shares)
    lively = [share for share in day.shares if share >= least]
    mean = fmean(lively)
    return Round(tuple(share / mean for share in lively), lively.index(max(lively)))
