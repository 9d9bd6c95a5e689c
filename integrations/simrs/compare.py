"""What has changed from one picture to the next. Pure.

Nothing in these tables says when a row was changed, and some that are withdrawn are simply deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from integrations.simrs.snapshot import Picture, Row

GONE_AFTER = 2  # looks in a row without the row
FEW = 3  # that may vanish at once without anybody wondering
MOST_AT_ONCE = 4  # as a divisor: more than a fourth of all rows vanish only when something is wrong

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Change(Generic[Key]):
    key: Key
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Known:
    """All that was seen and has not vanished for good. `missing`: in how many looks in a row it was not there."""

    picture: Picture = field(default_factory=Picture)
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """`alarm`: why this picture is not believed; then it changes nothing."""

    known: Known
    visits: tuple[Change[str], ...] = ()
    alarm: str = ""


def compare(known: Known, seen: Picture) -> Compared:
    before = known.picture.visits
    vanished = before.keys() - seen.visits.keys()
    if before and not seen.visits:
        return Compared(known, alarm="All registrations of today are gone: nothing is cancelled for that.")
    if len(vanished) > FEW and len(vanished) * MOST_AT_ONCE > len(before):
        return Compared(known, alarm=f"{len(vanished)} of {len(before)} registrations of today are gone at once.")
    missing = {visit: known.missing.get(visit, 0) + 1 for visit in vanished}
    gone = {visit for visit, looks in missing.items() if looks >= GONE_AFTER}
    kept = {visit: before[visit] for visit in vanished - gone}
    visits = {**seen.visits, **kept}
    still = {visit: looks for visit, looks in missing.items() if visit not in gone}
    return Compared(Known(replace(seen, visits=visits), still), tuple(changes(before, visits)))


def changes(before: Mapping[Key, Row], after: Mapping[Key, Row]) -> Iterator[Change[Key]]:
    for key, row in after.items():
        was = before.get(key)
        if was is not row and was != row:
            yield Change(key, was, row)
    for key in before.keys() - after.keys():
        yield Change(key, before[key], None)


def without(compared: Compared, visits: Collection[str]) -> Compared:
    """As if these had not changed yet."""
    before = {change.key: change.before for change in compared.visits if change.key in visits}
    picture = compared.known.picture
    rows = {visit: row for visit, row in {**picture.visits, **before}.items() if row is not None}
    kept = tuple(change for change in compared.visits if change.key not in visits)
    return replace(compared, known=replace(compared.known, picture=replace(picture, visits=rows)), visits=kept)
