"""The faces: pages for visitors, screens, kiosks and clerks."""

from fastapi import FastAPI

from queue_service.web.pages import (
    absences,
    account,
    booking,
    mistakes,
    openid,
    screens,
    sign_in,
    staff,
    staff_persons,
    ticket,
    visitor,
)
from queue_service.web.pages.paper import static


def install(app: FastAPI) -> None:
    """After the API: what is no page either gets a problem in a page's dress."""
    for module in (visitor, booking, ticket, screens, sign_in, openid, account, staff, staff_persons, absences):
        app.routes.extend(module.router.routes)
    app.mount("/static", static)
    mistakes.install(app)
