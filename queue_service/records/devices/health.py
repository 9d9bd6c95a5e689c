"""How a device does, as it tells every half minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DARK = timedelta(seconds=90)  # without a word
OLD = 90  # seconds: the stream says something every 25, and a kiosk looks at its queues about as often


class DeviceState(StrEnum):
    DARK = "dark"
    STALE = "stale"  # it reports, but what it shows is old
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Report:
    """A device's own words. `frame_age`: seconds since it last heard how things are; None: it never did."""

    page: str
    version: str
    frame_age: int | None
    visible: bool
    sound: bool | None  # None: a page without any
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Health:
    """`at`: of the last report, or of the pairing where there was none."""

    at: datetime
    report: Report | None = None


def state_of(health: Health, now: datetime) -> DeviceState:
    if now - health.at > DARK:
        return DeviceState.DARK
    report = health.report
    if report is not None and (report.frame_age is None or report.frame_age > OLD or not report.visible):
        return DeviceState.STALE
    return DeviceState.LIVE
