"""The faces: pages for visitors, screens, kiosks and clerks."""

from fastapi import FastAPI

from queue_service.web.pages import (
    absences,
    account,
    arrivals,
    booking,
    cases,
    casework,
    complaints,
    devices,
    draws,
    identity,
    lost,
    mistakes,
    office,
    openid,
    outreach,
    referrals,
    referrals_staff,
    screen,
    screens,
    sign_in,
    staff,
    staff_persons,
    standards,
    stops,
    ticket,
    visitor,
)
from queue_service.web.pages.paper import static


def install(app: FastAPI) -> None:
    """After the API: what is no page either gets a problem in a page's dress."""
    for module in (visitor, standards, stops, booking, draws, complaints, outreach, cases, referrals, ticket):
        app.routes.extend(module.router.routes)
    for module in (screens, arrivals, screen, devices, sign_in, openid, account, staff, staff_persons):
        app.routes.extend(module.router.routes)
    for module in (absences, lost, casework, identity, referrals_staff, *office.pages):
        app.routes.extend(module.router.routes)
    app.mount("/static", static)
    mistakes.install(app)
