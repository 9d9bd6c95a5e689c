from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from integrations.contract import SystemSettings
from integrations.reach import Reach, Url
from queue_service.records.plans import ConnectionPlan


def _read_mode(given: Any) -> Any:
    return "off" if given is False else given  # what YAML makes of a plain `off`


class DukcapilSettings(SystemSettings, Reach):
    """`base_url`, `customer`, `ip_user`: as the agreement with the register says, for `mode: official` only.
    `threshold`: how alike two names must be, in percent, to agree at all."""

    mode: Annotated[Literal["off", "format-only", "official"], BeforeValidator(_read_mode)] = "off"
    base_url: Url | None = None
    customer: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None
    ip_user: Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]{2,45}$")] | None = None
    threshold: Annotated[int, Field(ge=50, le=100)] = 90
    seconds: Annotated[float, Field(ge=1, le=30)] = 10  # for an answer

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        if self.base_url is not None:
            self.check_reach(self.base_url, "base_url")
        if self.mode == "official":
            for name in ("base_url", "customer", "ip_user"):
                if getattr(self, name) is None:
                    raise ValueError(f"mode: official needs “{name}”, as the agreement with the register says")
        return self


def can_verify(plan: ConnectionPlan) -> bool:
    """Whether staff are to be offered the question."""
    return plan.system == "dukcapil" and plan.settings.get("mode") in ("format-only", "official")
