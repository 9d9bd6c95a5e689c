"""What a branch publishes of its services: to be read before anybody travels."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.web.house import TheHouse
from queue_service.web.languages import language_of
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.paper import page
from queue_service.web.views import branch_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/b/{branch}/standards")
async def show(branch: str, request: Request, house: TheHouse) -> Response:
    floor, now, language = await house.floors.get_today(branch), house.floors.clock(), language_of(request)
    shown = branch_object(floor, now, language)
    return page(request, "standards.html", branch=shown, services=services_with_standards(shown))


def services_with_standards(branch: dict[str, Any]) -> list[dict[str, Any]]:
    """Journeys first, as where numbers are taken; the procedure of one that names none is its way."""
    queues = {queue["id"]: queue["name"] for queue in branch["queues"]}
    found = [service for service in (*branch["journeys"], *branch["queues"]) if service["standard"]]
    return [{**service, "way": way_of(service, queues)} for service in found]


def way_of(service: dict[str, Any], queues: dict[str, str]) -> list[str]:
    return [" + ".join(queues[stop] for stop in stage) for stage in service.get("stops", ())]
