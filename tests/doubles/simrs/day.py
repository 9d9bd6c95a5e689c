"""A small hospital's day, written as it goes: people are registered, called, examined and given their medicine."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.doubles.simrs.hospital import Hospital
from tests.doubles.simrs.schema import KHANZA

CLINICS = (("ANA", "D01"), ("INT", "D02"))


class HospitalDay:
    """One step at a time, whichever is next. `clock`: the hospital's own, local and without a zone."""

    def __init__(self, hospital: Hospital, clock: Callable[[], datetime], chance: random.Random) -> None:
        self._hospital = hospital
        self._clock = clock
        self._chance = chance
        self._waiting: dict[str, list[str]] = {clinic: [] for clinic, _ in CLINICS}
        self._inside: dict[str, str] = {}
        self._medicine: list[str] = []

    def step(self) -> str:
        """What was done, for whoever watches."""
        deeds = [self._register, self._register, self._call, self._call, self._examine, self._examine, self._hand_over]
        for deed in self._chance.sample([*deeds, self._cancel], len(deeds) + 1):
            if told := deed():
                return told
        return self._register()

    def _register(self) -> str:
        clinic, doctor = self._chance.choice(CLINICS)
        visit = self._hospital.register(self._clock(), clinic, doctor, f"{self._chance.randrange(10**6):06d}")
        self._hospital.send_file(visit, self._clock())
        self._waiting[clinic].append(visit)
        return f"{visit} is registered at {clinic}"

    def _call(self) -> str:
        free = [clinic for clinic, line in self._waiting.items() if line and clinic not in self._inside]
        if not free:
            return ""
        clinic = self._chance.choice(free)
        visit = self._inside[clinic] = self._waiting[clinic].pop(0)
        if self._hospital.kind == KHANZA:
            self._hospital.call(visit)
        self._hospital.receive_file(visit, self._clock())
        return f"{visit} is called into {clinic}"

    def _examine(self) -> str:
        if not self._inside:
            return ""
        clinic = self._chance.choice(sorted(self._inside))
        visit = self._inside.pop(clinic)
        if self._chance.random() < 0.7:
            is_compounded = self._chance.random() < 0.2
            self._medicine.append(self._hospital.prescribe(visit, self._clock(), is_compounded=is_compounded))
        self._hospital.examine(visit, self._clock())
        return f"{visit} is done in {clinic}"

    def _hand_over(self) -> str:
        if not self._medicine:
            return ""
        prescription = self._medicine.pop(0)
        if self._hospital.kind == KHANZA:
            self._hospital.call_to_pharmacy(prescription)
        self._hospital.validate(prescription, self._clock())
        self._hospital.hand_over(prescription, self._clock())
        return f"the medicine of {prescription} is handed over"

    def _cancel(self) -> str:
        lines = [line for line in self._waiting.values() if len(line) > 3]
        if not lines or self._chance.random() < 0.8:
            return ""
        visit = self._chance.choice(lines).pop()
        self._hospital.cancel(visit)
        return f"{visit} is cancelled"


async def live(day: HospitalDay, pause: timedelta, tell: Callable[[str], None]) -> None:
    """Until it is cancelled."""
    while True:
        tell(day.step())
        await asyncio.sleep(pause.total_seconds())
