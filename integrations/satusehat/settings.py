from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from integrations.contract import SystemSettings
from integrations.reach import Reach, Url
from queue_service.records.calendar_plans import Slug

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,64}$")]  # as FHIR writes one


def _read_mode(given: Any) -> Any:
    return "off" if given is False else given  # what YAML makes of a plain `off`


def _check_base(url: str) -> str:
    if url.endswith("/") or "?" in url:
        raise ValueError("expected an address without an ending, such as https://api-satusehat.kemkes.go.id")
    return url


class ClinicPlan(BaseModel):
    """`location`: the id of its Location, which `antrean satusehat register-locations` prints. `practitioner`: the IHS
    number of whoever examines there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: Slug
    location: Id | None = None
    practitioner: Id | None = None
    practitioner_name: Annotated[str, Field(min_length=1, max_length=80)] | None = None


class SatusehatSettings(SystemSettings, Reach):
    mode: Annotated[Literal["off", "advise", "own"], BeforeValidator(_read_mode)] = "off"
    base_url: Annotated[Url, AfterValidator(_check_base)]
    organization: Id
    clinics: tuple[ClinicPlan, ...] = ()
    finished: bool = False  # needs a diagnosis, which the SIMRS adds

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        self.check_reach(self.base_url, "base_url")
        queues = [clinic.queue for clinic in self.clinics]
        if twice := next((queue for queue in queues if queues.count(queue) > 1), None):
            raise ValueError(f"expected each clinic once, but “{twice}” stands twice")
        if self.mode != "off" and not self.clinics:
            raise ValueError(f"mode: {self.mode} needs “clinics”: which queues are clinics, and which rooms are theirs")
        lacking = next((clinic.queue for clinic in self.clinics if clinic.location is None), None)
        if self.mode == "own" and lacking:
            raise ValueError(f"mode: own needs the “location” of “{lacking}”: `antrean satusehat register-locations`")
        return self
