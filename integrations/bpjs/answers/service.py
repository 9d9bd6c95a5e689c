"""The web service: which address is which service, who may ask, and every answer in BPJS's envelope."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from integrations.bpjs.answers.access import Access
from integrations.bpjs.answers.fktp import Puskesmas
from integrations.bpjs.answers.hospital import Hospital, Place
from integrations.bpjs.answers.paths import Family, Service, method_of
from integrations.bpjs.answers.patients import EnrolledPatients
from integrations.bpjs.answers.replies import FAILED, FAILURE, Declined, Reply
from integrations.bpjs.answers.settings import Answers, AnswerSettings
from integrations.bpjs.answers.theatre import NoTheatre, TheatreFile
from integrations.bpjs.clinics import ClinicPlan
from integrations.contract import Opening

log = logging.getLogger("antrean.bpjs")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
Ask = Callable[[Mapping[str, Any]], Awaitable[Reply]]


def make_service(
    opening: Opening,
    settings: Answers,
    clinics: Sequence[ClinicPlan],
    admission: Sequence[str] = (),
    pharmacy: Mapping[str, str] | None = None,
) -> ASGIApp:
    """Raises NotReady."""
    patients = EnrolledPatients(opening, expects_all=settings.patients == "known")
    file = settings.theatre if isinstance(settings, AnswerSettings) else None
    theatre = NoTheatre() if file is None else TheatreFile(file)
    place = Place(opening, clinics, patients, admission, pharmacy or {}, theatre)
    door = Door(Access.of(opening), settings)
    services = _of_puskesmas(place) if settings.family is Family.FKTP else _of_hospital(place)
    routes = [door.route(service, path, services.get(service)) for service, path in settings.all_paths.items()]
    if settings.family is Family.MLITE:
        routes.append(door.route(Service.CHECK_IN, "/pasien/checkin", services[Service.CHECK_IN]))  # as it was once
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    app.router.default = door.unknown  # a route for everything else would pass over an address with a line break
    app.state.house = opening.house
    return app


def _of_hospital(place: Place) -> Mapping[Service, Ask]:
    hospital = Hospital(place)
    return {
        Service.TAKE: hospital.take,
        Service.STATUS: hospital.status,
        Service.REMAINING: hospital.remaining,
        Service.CANCEL: hospital.cancel,
        Service.CHECK_IN: hospital.check_in,
        Service.ENROL: hospital.enrol,
        Service.THEATRE: hospital.theatre,
        Service.THEATRE_OF_PATIENT: hospital.theatre_of_patient,
        Service.TAKE_PHARMACY: hospital.take_pharmacy,
        Service.PHARMACY_STATUS: hospital.pharmacy_status,
    }


def _of_puskesmas(place: Place) -> Mapping[Service, Ask]:
    puskesmas = Puskesmas(place)
    return {
        Service.TAKE: puskesmas.take,
        Service.STATUS: puskesmas.status,
        Service.REMAINING: puskesmas.remaining,
        Service.CANCEL: puskesmas.cancel,
        Service.ENROL: puskesmas.enrol,
    }


class Door:
    def __init__(self, access: Access, settings: Answers) -> None:
        self._access = access
        self._settings = settings

    def route(self, service: Service, path: str, ask: Ask | None) -> Route:
        """`ask` None: it is the one that gives tokens."""
        method = method_of(service, self._settings.family)

        async def answer(request: Request) -> Response:
            return await self._answer(request, service, method, ask)

        return Route(path, answer, methods=METHODS)

    async def unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._told(Reply.to(Declined("Service tidak terdaftar")))(scope, receive, send)

    async def _answer(self, request: Request, service: Service, method: str, ask: Ask | None) -> Response:
        try:
            if request.method != method:
                raise Declined("Methode tersebut tidak bisa digunakan")
            if ask is None:
                return self._told(Reply({"token": await self._access.give_token(request)}))
            await self._access.check(request)
            return self._told(await ask(await _body_of(request)))
        except Declined as declined:
            return self._told(Reply.to(declined))
        except ClientDisconnect:
            raise
        except Exception as error:
            # Its own words may hold what was asked: only what it is and where it came from is told.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
            log.error("Answering %s failed: %s", service.value, where)
            return self._told(Reply(None, FAILURE, FAILED))

    def _told(self, reply: Reply) -> Response:
        return reply.in_envelope(tells_status=self._settings.tells_status)


async def _body_of(request: Request) -> Mapping[str, Any]:
    """JSON, whatever it is called; what is no object says nothing. What stands in the address counts as well."""
    try:
        given = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        given = {}
    body = given if isinstance(given, dict) else {}
    return body | {_KEYS[name]: value for name, value in request.path_params.items() if name in _KEYS}


_KEYS = {"poli": "kodepoli", "day": "tanggalperiksa", "card": "nomorkartu"}
