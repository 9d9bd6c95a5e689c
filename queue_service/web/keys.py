"""Keys in the hands of those who look after them, whether on the office pages or over the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from queue_service.domain.errors import Invalid, NotFound
from queue_service.records.key_lists import ListedKey, list_keys
from queue_service.records.keys import check_scopes
from queue_service.records.roles import RIGHTS, Right, Role
from queue_service.records.staff.grants import Staff
from queue_service.web.house import House
from queue_service.web.staff import check_giving

MOST_DAYS = 3650
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class NewKey:
    """`branch` None: for all; `days` None: until it is revoked; `scopes` none: all rights of the role."""

    role: Role
    branch: str | None
    name: str = ""
    days: int | None = None
    scopes: frozenset[Right] = frozenset()


async def make_key(house: House, staff: Staff, wanted: NewKey) -> str:
    """The key itself, this once. Raises NotFound, Invalid, Forbidden."""
    if wanted.branch is not None:
        house.branches.get(wanted.branch)
    scopes = check_scopes(wanted.role, wanted.scopes)
    check_giving(staff, (Right.CHANGE_KEYS, *(scopes or RIGHTS[wanted.role])), wanted.branch)
    if wanted.days is not None and not 1 <= wanted.days <= MOST_DAYS:
        raise Invalid("Days: expected 1 to {most}, or nothing.", most=MOST_DAYS)
    now = house.floors.clock()
    return await house.keys.create(
        wanted.role,
        wanted.branch,
        now,
        name=wanted.name.strip()[:LONGEST_NAME] or None,
        expires_at=None if wanted.days is None else now + timedelta(days=wanted.days),
        scopes=scopes,
        by=str(staff),
    )


async def seen_keys(house: House, staff: Staff) -> list[ListedKey]:
    listed = await house.database.read(list_keys)
    return [key for key in listed if staff.may(Right.READ_KEYS, key.branch)]


async def own_key(house: House, staff: Staff, key: str) -> ListedKey:
    """One that this member of the staff may end. Raises NotFound."""
    found = next((one for one in await house.database.read(list_keys) if one.id == key), None)
    if found is None or not staff.may(Right.CHANGE_KEYS, found.branch):
        raise NotFound("There is nothing at this address.")
    return found


async def end_key(house: House, staff: Staff, key: str) -> bool:
    """Whether it was valid; its sessions end with it. Raises NotFound."""
    await own_key(house, staff, key)
    now = house.floors.clock()
    is_ended = await house.keys.revoke(key, now, by=str(staff))
    await house.sessions.look(now)
    return is_ended
