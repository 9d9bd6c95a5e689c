"""A team of the example's registry that serves people in a village."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import yaml

from queue_service.domain.branches import Branch
from queue_service.domain.trip_events import TripStop
from tests.houses import LAHAT

TEAM, STOP = "bola-1", "a"


def team_set_up(timezone: str = "Asia/Jakarta") -> dict[str, Any]:
    office = yaml.safe_load(LAHAT.read_text())["branches"][1]
    service = {"id": "ktp-rekam", "name": {"id": "Perekaman KTP-el", "en": "ID card recording"}}
    office["outreach"] = {"regency": "16.04", "services": [service]}
    counters = [{"id": number, "name": f"Tablet {number}", "queues": []} for number in "12"]
    team = {"office": office["id"], "base": "16.04.10.1001", "sets": 2}
    branch = {"id": TEAM, "name": "Tim Jemput Bola 1", "team": team, "queues": [], "counters": counters}
    return {"branches": [office, {**branch, "timezone": timezone}]}


def all_day_long(branch: Branch, day: date) -> TripStop:
    opens = datetime.combine(day, time(0), branch.timezone).astimezone(UTC)
    return TripStop(STOP, "A", "16.04.10.2001", "Balai Desa", opens, opens + timedelta(hours=23, minutes=59))
