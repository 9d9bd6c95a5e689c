"""Where each service lies, below the address of the connection: the hospital chooses, and registers it with BPJS."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Service(StrEnum):
    TOKEN = "token"  # noqa: S105 - the name of a service
    TAKE = "ambil"
    STATUS = "status"
    REMAINING = "sisa"
    CANCEL = "batal"
    CHECK_IN = "checkin"
    ENROL = "pasien_baru"
    THEATRE = "operasi_rs"
    THEATRE_OF_PATIENT = "operasi_pasien"
    TAKE_PHARMACY = "ambil_farmasi"
    PHARMACY_STATUS = "status_farmasi"


class Family(StrEnum):
    KHANZA = "khanza"
    MLITE = "mlite"
    FKTP = "fktp"  # a Puskesmas, whose services are others


# Khanza has no pharmacy services; these two are named as the rest of its family is.
_KHANZA: Mapping[Service, str] = {
    Service.TOKEN: "/auth",
    Service.TAKE: "/ambilantrean",
    Service.STATUS: "/statusantrean",
    Service.REMAINING: "/sisaantrean",
    Service.CANCEL: "/batalantrean",
    Service.CHECK_IN: "/checkinantrean",
    Service.ENROL: "/pasienbaru",
    Service.THEATRE: "/jadwaloperasirs",
    Service.THEATRE_OF_PATIENT: "/jadwaloperasipasien",
    Service.TAKE_PHARMACY: "/ambilantreanfarmasi",
    Service.PHARMACY_STATUS: "/statusantreanfarmasi",
}
_MLITE: Mapping[Service, str] = {
    Service.TOKEN: "/token",
    Service.TAKE: "/antrian/ambil",
    Service.STATUS: "/antrian/status",
    Service.REMAINING: "/antrian/sisa",
    Service.CANCEL: "/antrian/batal",
    Service.CHECK_IN: "/antrian/checkin",
    Service.ENROL: "/pasien/baru",
    Service.THEATRE: "/operasi/rs",
    Service.THEATRE_OF_PATIENT: "/operasi/pasien",
    Service.TAKE_PHARMACY: "/antrian/ambilfarmasi",
    Service.PHARMACY_STATUS: "/antrian/statusfarmasi",
}
# The others of a Puskesmas have their methods and parameters in BPJS's own words.
_FKTP: Mapping[Service, str] = {
    Service.TOKEN: "/auth",
    Service.STATUS: "/antrean/status/{poli}/{day}",
    Service.TAKE: "/antrean",
    Service.REMAINING: "/antrean/sisapeserta/{card}/{poli}/{day}",
    Service.CANCEL: "/antrean/batal",
    Service.ENROL: "/peserta",
}
PATHS: Mapping[Family, Mapping[Service, str]] = {Family.KHANZA: _KHANZA, Family.MLITE: _MLITE, Family.FKTP: _FKTP}

_FKTP_METHODS = {Service.STATUS: "GET", Service.REMAINING: "GET", Service.CANCEL: "PUT"}


def method_of(service: Service, family: Family) -> str:
    if service is Service.TOKEN:
        return "GET"
    return _FKTP_METHODS.get(service, "POST") if family is Family.FKTP else "POST"
