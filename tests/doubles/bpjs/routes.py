"""Which path is which call. Paths are taken apart as they came, since a value may hold an encoded slash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from tests.doubles.bpjs.dashboards import dashboard
from tests.doubles.bpjs.hospital import Hospital
from tests.doubles.bpjs.puskesmas import Puskesmas
from tests.doubles.bpjs.replies import Reply, day_of

Call = Callable[..., Reply]
Routes = Mapping[str, Mapping[str, Call]]  # method, pattern

Body = Mapping[str, Any]


def hospital_routes(hospital: Hospital, now_ms: Callable[[], int]) -> Routes:
    def on_day(day: str, whose: str) -> Reply:
        wanted = day_of(day, "tanggal")
        found = [each for each in hospital.bookings.values() if each.day == wanted]
        return dashboard(found, whose, hospital.masters.hospital, now_ms())

    def in_month(month: str, year: str, whose: str) -> Reply:
        day_of(f"{year}-{month}-01", "bulan")
        found = [
            each for each in hospital.bookings.values() if each.fields["tanggalperiksa"].startswith(f"{year}-{month}-")
        ]
        return dashboard(found, whose, hospital.masters.hospital, now_ms())

    return {
        "GET": {
            "/ref/poli": hospital.clinics,
            "/ref/dokter": hospital.doctors,
            "/ref/poli/fp": hospital.fingerprint_clinics,
            "/ref/pasien/fp/identitas/*/noidentitas/*": hospital.fingerprint,
            "/jadwaldokter/kodepoli/*/tanggal/*": hospital.schedule,
            "/dashboard/waktutunggu/tanggal/*/waktu/*": on_day,
            "/dashboard/waktutunggu/bulan/*/tahun/*/waktu/*": in_month,
            "/antrean/pendaftaran/tanggal/*": hospital.bookings_on,
            "/antrean/pendaftaran/kodebooking/*": hospital.booking,
            "/antrean/pendaftaran/aktif": hospital.active,
            "/antrean/pendaftaran/kodepoli/*/kodedokter/*/hari/*/jampraktek/*": hospital.active_of,
        },
        "POST": {
            "/jadwaldokter/updatejadwaldokter": hospital.change_schedule,
            "/antrean/add": lambda body: hospital.add(body, now_ms()),
            "/antrean/updatewaktu": lambda body: hospital.update_time(body, now_ms()),
            "/antrean/batal": hospital.cancel,
            "/antrean/farmasi/add": hospital.add_pharmacy,
            "/antrean/getlisttask": hospital.tasks,
        },
    }


def puskesmas_routes(puskesmas: Puskesmas) -> Routes:
    return {
        "GET": {"/ref/poli/tanggal/*": puskesmas.clinics, "/ref/dokter/kodepoli/*/tanggal/*": puskesmas.doctors},
        "POST": {
            "/antrean/add": puskesmas.add,
            "/antrean/panggil": puskesmas.call,
            "/antrean/batal": puskesmas.cancel,
        },
    }


def find(routes: Routes, method: str, path: str) -> tuple[Call, list[str]] | None:
    given = path.split("/")
    for pattern, call in routes.get(method, {}).items():
        parts = pattern.split("/")
        if len(parts) == len(given) and all(part in ("*", one) for part, one in zip(parts, given, strict=True)):
            return call, [unquote(one) for part, one in zip(parts, given, strict=True) if part == "*"]
    return None
