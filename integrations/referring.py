"""Referrals to an agency that has a system of its own: what its connector fills in, and what is the same for each.

A connector derives from `ReferralSender` and says in `hand_over` how its agency gives a place. It is told of a referral
by the journal, as everything that is sent: again after each failure, in order for each number, and never forgotten.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from integrations.contract import Item, Opening, Sender, Undelivered
from queue_service.domain.errors import NotFound
from queue_service.domain.referral_actions import Accept, Delay, OfReferral, Refuse
from queue_service.domain.referral_events import ReferralClosed, Referred
from queue_service.domain.referrals import Outcome, Reason, Referral, Step
from queue_service.domain.referring import CLOSING
from queue_service.records.audit import Deed, note
from queue_service.referring import PASSED_ON, worth_passing_on


@dataclass(frozen=True, slots=True)
class HandedOver:
    """All that the other agency gets. `id`: the same at each try of this attempt, so that it gives one place only.
    `people`: what its visitor agreed to, and nothing else; `consent`: the id of the wording that they were read."""

    id: str
    errand: str
    source: str
    to: str
    queue: str
    not_before: date
    wanted: datetime | None
    agreed_at: datetime
    consent: str
    answer_by: datetime | None
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """`number`: as it is known there, of up to 16 characters."""

    number: str
    on: date
    due: datetime


class ReferralSender(Sender):
    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def wants(self, kind: str) -> bool:
        return kind in (Referred.kind, ReferralClosed.kind)

    @abstractmethod
    async def hand_over(self, handed: HandedOver) -> Place | Reason:
        """The place that it got, or why it got none; `PENDING` where that is told later. Raises Undelivered where the
        other side is away."""

    @abstractmethod
    async def take_back(self, id_: str) -> None:
        """It was withdrawn, perhaps before it came. Raises Undelivered."""

    async def send(self, item: Item) -> bool:
        """Raises Undelivered."""
        referral = await self._opening.house.referring.get(item.fields["referral"])
        if referral.via != self._opening.connection:
            return False
        if item.kind == ReferralClosed.kind:
            return await self._close(referral, item)
        if not referral.is_open or referral.attempt != item.fields["attempt"]:
            return False
        try:
            answer = await self.hand_over(await self._handed(referral))
        except Undelivered as error:
            if not error.is_refused:
                await self._act(Delay(referral, Reason.AWAY))
            raise
        if isinstance(answer, Place):
            await self._act(Accept(referral, referral.attempt, answer.number, answer.on, answer.due))
        elif answer is Reason.PENDING:
            await self._act(Delay(referral, answer))
        else:
            await self._act(Refuse(referral, answer))
        return True

    async def _close(self, referral: Referral, item: Item) -> bool:
        if item.fields["outcome"] != Outcome.WITHDRAWN.value or not referral.attempt:
            return False
        await self.take_back(_id_of(referral))
        return True

    async def _handed(self, referral: Referral) -> HandedOver:
        house = self._opening.house
        branch = house.branches.get(referral.branch)
        errand = branch.errands.get(referral.errand)
        assert referral.sent_at is not None
        later = timedelta(days=errand.days_later if errand else 0)
        first = branch.day_of(referral.sent_at) + later
        people = await self._people(referral)
        return HandedOver(
            _id_of(referral),
            referral.errand,
            referral.branch,
            referral.to,
            referral.queue,
            first,
            referral.wanted,
            referral.sent_at,
            referral.wording,
            referral.answer_by,
            people,
        )

    async def _people(self, referral: Referral) -> Mapping[str, str]:
        """That it leaves the house is noted first: never one without the other."""
        house = self._opening.house
        try:
            person = await house.people.get((referral.branch, referral.day, referral.label))
        except NotFound:
            return {}
        given = {
            str(asked.value): text for asked, text in worth_passing_on(person).items() if asked.value in referral.fields
        }
        if given:
            told = {"to": self._opening.connection, "fields": ",".join(sorted(given)), "referral": referral.id}
            deed = Deed(f"system:{self._opening.connection}", PASSED_ON, person.id, referral.branch, {**told})
            await house.database.write(partial(note, deed=deed, at=house.floors.clock()))
        return given

    async def _act(self, action: OfReferral) -> None:
        await self._opening.house.referring.act(action, f"system:{self._opening.connection}")


def _id_of(referral: Referral) -> str:
    return f"{referral.id}-{referral.attempt}"


async def _find(opening: Opening, id_: str) -> Referral | None:
    """That was handed over with this id; None for an attempt that another has followed. Raises NotFound."""
    referral = await opening.house.referring.get(id_.rpartition("-")[0])
    earlier = {f"{referral.id}-{attempt}" for attempt in range(1, referral.attempt)}
    if referral.via != opening.connection or id_ not in {_id_of(referral), *earlier}:
        raise NotFound("There is no such referral.")
    return None if id_ in earlier else referral


async def report(opening: Opening, id_: str, told: Place | Outcome | Reason, paper: str = "") -> bool:
    """What the other agency tells later: its place, done, papers ready or one of them, nobody came, or why it does not
    keep the place. False where that is no news.

    Raises a Refusal or Unavailable.
    """
    referring, by = opening.house.referring, f"system:{opening.connection}"
    referral = await _find(opening, id_)
    if referral is None:
        return False
    if not referral.may(step := _step_of(told)):
        if referral.is_open:
            referral.check(step)  # what comes first may still come
        return False
    if isinstance(told, Place):
        after = await referring.act(Accept(referral, referral.attempt, told.number, told.on, told.due), by)
    elif isinstance(told, Outcome):
        after = await (referring.report_paper(referral, paper, by) if paper else referring.report(referral, told, by))
    elif told is Reason.PENDING:
        after = await referring.act(Delay(referral, told), by)
    else:
        after = await referring.refuse(referral, told, by)
    return (after.told_on, after.told_seq) != (referral.told_on, referral.told_seq)


def _step_of(told: Place | Outcome | Reason) -> Step:
    if isinstance(told, Outcome):
        return CLOSING[told]
    if isinstance(told, Place):
        return Step.ACCEPT
    return Step.DELAY if told is Reason.PENDING else Step.REFUSE
