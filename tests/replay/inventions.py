"""Recordings of days that never were: drawn from a seed, with calls out of turn and people who never came up."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from queue_service.replay.recordings import Lane, Recorded

LANES = (
    Lane("rumah-sakit", "pendaftaran"),
    Lane("rumah-sakit", "poli-anak"),
    Lane("rumah-sakit", "farmasi"),
    Lane("kantor", "ktp-el"),
    Lane("kantor", "akta"),
)
DAYS = (date(2026, 3, 2), date(2026, 3, 3))


def invent(seed: int, each: int, lanes: Sequence[Lane] = LANES, days: Sequence[date] = DAYS) -> list[Recorded]:
    """`each`: tickets in each queue on each day. Every ninth never comes up, every seventh is called out of turn."""
    chance = Random(seed)
    return [one for day in days for lane in lanes for one in _lane(chance, lane, day, each)]


def _lane(chance: Random, lane: Lane, day: date, each: int) -> list[Recorded]:
    at = datetime.combine(day, time(8))
    issued: list[datetime] = []
    for _ in range(each):
        at += timedelta(seconds=chance.randrange(90))
        issued.append(at)
    called: list[datetime | None] = [None] * each
    free = issued[0]
    for position in _order_of_calls(chance, each):
        free = max(free, issued[position]) + timedelta(seconds=chance.randrange(100))
        called[position] = free
    return [Recorded(lane, str(n), *times) for n, times in enumerate(zip(issued, called, strict=True), 1)]


def _order_of_calls(chance: Random, each: int) -> list[int]:
    order = [position for position in range(each) if position % 9 != 8]
    for place in range(6, len(order) - 4, 7):
        order.insert(place, order.pop(place + chance.randrange(1, 4)))
    return order
