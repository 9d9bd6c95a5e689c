"""The bookings that BPJS was told of, and what it takes of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.doubles.bpjs.replies import Refusal

CANCELLED = 99
ALL_TASKS = (1, 2, 3, 4, 5, 6, 7)
TASK_NAMES = {
    1: "mulai waktu tunggu admisi",
    2: "akhir waktu tunggu admisi / mulai waktu layan admisi",
    3: "akhir waktu layan admisi / mulai waktu tunggu poli",
    4: "akhir waktu tunggu poli / mulai waktu layan poli",
    5: "akhir waktu layan poli / mulai waktu tunggu farmasi",
    6: "akhir waktu tunggu farmasi / mulai waktu layan farmasi membuat obat",
    7: "akhir waktu obat selesai dibuat",
    CANCELLED: "tidak hadir / batal",
}
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}  # hours ahead of UTC


@dataclass(frozen=True, slots=True)
class Task:
    at_ms: int  # as the hospital says
    received_ms: int
    prescription: str = ""


@dataclass(slots=True)
class Booking:
    fields: dict[str, Any]  # as of `antrean/add`, numbers made whole
    created_ms: int
    source: str = "Bridging Antrean"
    tasks: dict[int, Task] = field(default_factory=dict)
    pharmacy: dict[str, Any] | None = None
    cancelled_because: str | None = None

    @property
    def code(self) -> str:
        return str(self.fields["kodebooking"])

    @property
    def day(self) -> date:
        return date.fromisoformat(self.fields["tanggalperiksa"])

    @property
    def last_task(self) -> int:
        if self.cancelled_because is not None:
            return CANCELLED
        return next(reversed(self.tasks), 0)

    @property
    def status(self) -> str:
        if self.last_task == CANCELLED:
            return "Batal"
        if self.last_task >= 5:
            return "Selesai dilayani"
        return "Sedang dilayani" if self.last_task == 4 else "Belum dilayani"

    def take(self, task: int, new: Task) -> None:
        """Raises Refusal, in the words that were met in the field."""
        if task in self.tasks:
            raise Refusal(f"TaskId={task} sudah ada", 208)
        if self.last_task > task:
            raise Refusal(f"TaskId terakhir {self.last_task}")
        if (missing := self._lacks_before(task)) is not None:
            raise Refusal(f"TaskId={missing} belum ada")
        if self.tasks and new.at_ms < self.tasks[next(reversed(self.tasks))].at_ms:
            raise Refusal("Waktu tidak boleh kurang dari waktu sebelumnya")
        self.tasks[task] = new

    def _lacks_before(self, task: int) -> int | None:
        """Who is known there already begins with task 3; 1 and 2 are taken all the same."""
        first = 1 if self.fields["pasienbaru"] else 3
        if task == CANCELLED or task <= first:
            return None
        return next((each for each in ALL_TASKS[first - 1 : task - 1] if each not in self.tasks), None)

    def listed_tasks(self, zone: str) -> list[dict[str, Any]]:
        return [
            {
                "wakturs": local_time(task.at_ms, zone),
                "waktu": local_time(task.received_ms, zone),
                "taskname": TASK_NAMES[number],
                "taskid": number,
                "kodebooking": self.code,
            }
            for number, task in self.tasks.items()
        ]

    def listed(self) -> dict[str, Any]:
        """As `antrean/pendaftaran` shows it."""
        return {
            "kodebooking": self.code,
            "tanggal": self.fields["tanggalperiksa"],
            "kodepoli": self.fields["kodepoli"],
            "kodedokter": self.fields["kodedokter"],
            "jampraktek": self.fields["jampraktek"],
            "nik": self.fields["nik"],
            "nokapst": self.fields["nomorkartu"],
            "nohp": self.fields["nohp"],
            "norekammedis": self.fields["norm"],
            "jeniskunjungan": self.fields["jeniskunjungan"],
            "nomorreferensi": self.fields["nomorreferensi"],
            "sumberdata": self.source,
            "ispeserta": int(self.fields["jenispasien"] == "JKN"),
            "noantrean": self.fields["nomorantrean"],
            "estimasidilayani": self.fields["estimasidilayani"],
            "createdtime": self.created_ms,
            "status": self.status,
        }


def local_time(at_ms: int, zone: str) -> str:
    at = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(hours=ZONES[zone])
    return f"{at:%d-%m-%Y %H:%M:%S} {zone}"
