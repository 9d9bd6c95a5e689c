from __future__ import annotations

from typing import Annotated

from pydantic import Field

from integrations.contract import SystemSettings
from integrations.splp.gateway import GatewaySettings
from queue_service.records.calendar_plans import Slug

Code = Annotated[int, Field(ge=0, le=2**31 - 1)]  # of LAPOR's own lists, which an agency's account shows


class LaporSettings(SystemSettings, GatewaySettings):
    """`categories`: LAPOR's category by the kind of a complaint here; `category_id` for all others."""

    key_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,60}$")] = ""
    channel: Code
    user_id: Code
    disposition_id: Code
    classification_id: Code
    category_id: Code
    location_id: Code
    categories: dict[Slug, Code] = {}
    priority_program_id: Code | None = None
    community_id: Code | None = None
    tags: Annotated[str, Field(max_length=200, pattern=r"^(#\w+( #\w+)*)?$")] = "#antrean"
