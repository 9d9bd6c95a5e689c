"""Referrals as they are found again: on whatever days the journals tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from queue_service.domain.events import Entry, from_ms, to_ms
from queue_service.domain.referral_events import ReferralEvent
from queue_service.domain.referrals import Referral, Standing, begun, next_look
from queue_service.records.tables import referrals

AT_ONCE = 100
SHOWN = timedelta(days=30)  # how long staff are shown what has ended
MOST_SHOWN = 200
_MOMENTS = ("wanted", "sent_at", "answer_by", "due", "changed_at")
_DAYS = ("day", "on", "told_on")


def keep_referrals(connection: Connection, place: tuple[str, date], entries: Iterable[Entry]) -> None:
    """What these entries tell is added to what was told before. Within the transaction that writes them."""
    for entry in entries:
        if isinstance(entry.event, ReferralEvent):
            _keep(connection, place, entry, entry.event)


def _keep(connection: Connection, place: tuple[str, date], entry: Entry, event: ReferralEvent) -> None:
    row = connection.execute(
        select(referrals.c.told).where(referrals.c.id == event.referral).with_for_update()
    ).one_or_none()
    known = begun(*place, event) if row is None else _read(row.told)
    referral = known.after(place[1], entry)
    look = next_look(referral, entry.at)
    told = {
        "target": "" if referral.via else referral.to,
        "changed_ms": to_ms(entry.at),
        # What is on its way is seen to at once.
        "look_ms": to_ms(entry.at) if referral.standing is Standing.SENT else to_ms(look) if look else None,
        "told": json.dumps(_plain(referral)),
    }
    if row is None:
        ticket = {"branch": referral.branch, "day": referral.day, "label": referral.label}
        connection.execute(insert(referrals).values(id=referral.id, **ticket, **told))
    else:
        connection.execute(update(referrals).where(referrals.c.id == referral.id).values(**told))


def put_off(connection: Connection, referral: str, until: datetime | None) -> None:
    """The clock has seen to it, and nothing has changed."""
    look_ms = None if until is None else to_ms(until)
    connection.execute(update(referrals).where(referrals.c.id == referral).values(look_ms=look_ms))


def find_referral(connection: Connection, id_: str) -> Referral | None:
    return next(iter(_found(connection, referrals.c.id == id_)), None)


def referrals_of(connection: Connection, branch: str, day: date, label: str) -> list[Referral]:
    """That come from this ticket, the oldest first."""
    its = and_(referrals.c.branch == branch, referrals.c.day == day, referrals.c.label == label)
    return _found(connection, its)


def due_referrals(connection: Connection, now: datetime) -> list[Referral]:
    rows = select(referrals.c.told).where(referrals.c.look_ms <= to_ms(now)).order_by(referrals.c.look_ms)
    return [_read(row.told) for row in connection.execute(rows.limit(AT_ONCE))]


def sent_from(connection: Connection, branch: str, now: datetime) -> list[Referral]:
    """Of the last weeks, and all that have not ended; the newest first, and as many as a page shows."""
    return _shown(connection, referrals.c.branch == branch, now)


def sent_to(connection: Connection, branch: str, now: datetime) -> list[Referral]:
    """As `sent_from`."""
    return _shown(connection, referrals.c.target == branch, now)


def _shown(connection: Connection, theirs: ColumnElement[bool], now: datetime) -> list[Referral]:
    is_shown = or_(referrals.c.changed_ms >= to_ms(now - SHOWN), referrals.c.look_ms.is_not(None))
    newest = (referrals.c.changed_ms.desc(), referrals.c.id)
    rows = connection.execute(select(referrals.c.told).where(theirs, is_shown).order_by(*newest).limit(MOST_SHOWN))
    return [_read(row.told) for row in rows]


def _found(connection: Connection, where: ColumnElement[bool]) -> list[Referral]:
    rows = connection.execute(select(referrals.c.told).where(where).order_by(referrals.c.changed_ms, referrals.c.id))
    return [_read(row.told) for row in rows]


def _plain(referral: Referral) -> dict[str, Any]:
    values = {name: value for name, value in asdict(referral).items() if value not in (None, "", (), 0)}
    values |= {name: to_ms(values[name]) for name in _MOMENTS if name in values}
    return values | {name: values[name].isoformat() for name in _DAYS if name in values}


def _read(told: str) -> Referral:
    values: dict[str, Any] = json.loads(told)
    values |= {name: from_ms(values[name]) for name in _MOMENTS if name in values}
    values |= {name: date.fromisoformat(values[name]) for name in _DAYS if name in values}
    if "standing" in values:
        values["standing"] = Standing(values["standing"])
    several = {name: tuple(values.get(name, ())) for name in ("fields", "ready")}
    return Referral(**{**values, **several})
