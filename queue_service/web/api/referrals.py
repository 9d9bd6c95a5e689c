"""Referrals to another agency, for the staff of both."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from queue_service.records.referrals import sent_from, sent_to
from queue_service.web.api.appointments import moment_of
from queue_service.web.bodies import Body
from queue_service.web.errands import ServingErrand
from queue_service.web.house import TheHouse
from queue_service.web.languages import language_of
from queue_service.web.problems import problems
from queue_service.web.referrals import (
    ReferralList,
    ReferralShape,
    Wish,
    begin,
    referral_object,
    refuse,
    report,
    withdraw,
)
from queue_service.web.shapes import Day, Json
from queue_service.web.staff import Clerk

router = APIRouter(prefix="/api/v1", tags=["referrals"])

OF_BRANCH = "/branches/{branch}/referrals"
ONE = f"{OF_BRANCH}/{{referral}}"
REFUSED = problems(401, 403, 404, 409, 422, 503)


class ReferBody(Body):
    """`label` on `day` (otherwise today) is the visitor's number. `agrees`: the errand's consent was read to them, and
    they agree; without it, it is offered on their own page. `slot`: the time that they chose there."""

    label: Annotated[str, Field(min_length=1, max_length=16, examples=["K-001"])]
    errand: Annotated[str, Field(max_length=64, examples=["lahir-pulang-bawa-akta"])]
    agrees: bool = False
    day: Day | None = None
    slot: datetime | None = None


class RefusalBody(Body):
    reason: Literal["other_agency", "not_needed", "incomplete", "full"]


class ReadyBody(Body):
    """`paper`: one of the errand's; without it, all are ready."""

    paper: Annotated[str, Field(max_length=64)] = ""


@router.get(OF_BRANCH, response_model=ReferralList, responses=problems(401, 403, 404, 503))
async def list_(branch: str, request: Request, house: TheHouse, clerk: Clerk) -> Json:
    """Those that the branch has sent, and those that come to it."""
    house.branches.get(branch)
    language, now = language_of(request), house.floors.clock()
    sent = await house.database.read(lambda connection: sent_from(connection, branch, now))
    come = await house.database.read(lambda connection: sent_to(connection, branch, now))
    return {
        "sent": [await referral_object(house, one, language) for one in sent],
        "come": [await referral_object(house, one, language) for one in come],
    }


@router.post(OF_BRANCH, status_code=201, response_model=ReferralShape, responses=REFUSED)
async def refer(branch: str, body: ReferBody, request: Request, errand: ServingErrand) -> Json:
    """With what the visitor agrees to, and no more."""
    slot = moment_of(body.slot) if body.slot else None
    wish = Wish(body.label.strip().upper(), body.errand, body.agrees, body.day, slot)
    referral = await begin(errand, errand.house.branches.get(branch), wish)
    return await referral_object(errand.house, referral, language_of(request))


@router.post(f"{ONE}/withdraw", response_model=ReferralShape, responses=REFUSED)
async def take_back(branch: str, referral: str, request: Request, errand: ServingErrand) -> Json:
    """As the visitor wishes; by the branch that has sent it, until the other agency has given a place."""
    withdrawn = await withdraw(errand, branch, referral)
    return await referral_object(errand.house, withdrawn, language_of(request))


@router.post(f"{ONE}/refuse", response_model=ReferralShape, responses=REFUSED)
async def decline(branch: str, referral: str, body: RefusalBody, request: Request, errand: ServingErrand) -> Json:
    """By the branch that it comes to: the place is free again, and what was passed on is erased."""
    refused = await refuse(errand, branch, referral, body.reason)
    return await referral_object(errand.house, refused, language_of(request))


@router.post(f"{ONE}/ready", response_model=ReferralShape, responses=REFUSED)
async def tell(branch: str, referral: str, body: ReadyBody, request: Request, errand: ServingErrand) -> Json:
    """By the branch that it comes to: a paper can be collected, or all can."""
    reported = await report(errand, branch, referral, body.paper)
    return await referral_object(errand.house, reported, language_of(request))
