"""What the API tells of paired screens and kiosks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from queue_service.web.shapes import Shape


class ReportShape(Shape):
    """The device's own words. `frame_age`: seconds since it last heard how things are; null: it never did."""

    page: str
    version: str
    frame_age: int | None
    visible: bool
    sound: bool | None
    width: int
    height: int


class DeviceShape(Shape):
    """`dark`: without a word for 90 seconds; `stale`: it reports, but what it shows is old, or nobody sees its page.
    `heard_at`: of the last report, or of the pairing."""

    id: str
    name: str
    shows: Literal["lobby", "kiosk"]
    queues: list[str]
    page: str
    state: Literal["dark", "stale", "live"]
    paired_at: datetime
    heard_at: datetime
    report: ReportShape | None


class DeviceList(Shape):
    devices: list[DeviceShape]
