"""The population register's web service at the wire, as far as it verifies: what agrees, and nothing of what is
right."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from tests.doubles.outages import Outages
from tests.doubles.web import Answer, Request

CUSTOMER, USER, PASSWORD, IP_USER = "1604", "dinas.uji", "sandi-uji", "10.16.4.10"
CALL = f"/dukcapil/get_json/{CUSTOMER}/CALL_VERIFY_BY_ELEMEN"
RESPONSES = {
    "deceased": ("11", "Data Ditemukan, Status Meninggal Dunia"),
    "duplicate": ("12", "Data Ditemukan, Status Data Ganda"),
    "not_found": ("13", "Data Tidak Ditemukan"),
    "inactive": ("14", "Data Ditemukan, Status Non Aktif"),
    "format": ("15", "Format NIK Salah"),
    "old_format": ("08", "NIK Tidak Sesuai Format Dukcapil"),
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resident:
    """`state`: of RESPONSES, instead of an answer."""

    name: str
    birth_date: str
    state: str = ""


class Register:
    def __init__(
        self, clock: Callable[[], float] = time.monotonic, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.residents: dict[str, Resident] = {}
        self.asked: list[Json] = []
        self.outages = Outages(clock)
        self._tell = tell

    async def answer(self, request: Request) -> Answer | None:
        if request.path == "/_outage":
            if request.method == "POST":
                try:
                    self.outages.told(json.loads(request.body))
                except ValueError as error:
                    return _told({"message": str(error)}, 400)
            return _told(self.outages.shown())
        return await self.outages.around(lambda: self._act(request))

    def _act(self, request: Request) -> Answer:
        if request.path != CALL or request.method != "POST":
            return _told({"error": "Not Found"}, 404)
        asked = json.loads(request.body)
        self.asked.append(asked)
        told = self._verify(asked)
        self._tell(f"asked about …{asked.get('NIK', '')[-4:]}: {json.dumps(told)}")
        return _told({"content": [told], "lastPage": True, "numberOfElements": 1})

    def _verify(self, asked: Mapping[str, str]) -> Json:
        known = (asked.get("USER_ID"), asked.get("PASSWORD"), asked.get("IP_USER"))
        if known != (USER, PASSWORD, IP_USER):
            return {"RESPONSE_CODE": "05", "RESPON": "User tidak memiliki akses"}
        nik = asked.get("NIK", "")
        if len(nik) != 16 or not nik.isdigit():
            return _refusal("format")
        resident = self.residents.get(nik)
        if resident is None or resident.state:
            return _refusal(resident.state if resident else "not_found")
        told = {"NIK": "Sesuai"}
        if "NAMA_LGKP" in asked:
            told["NAMA_LGKP"] = _similar(asked["NAMA_LGKP"], resident.name, int(asked["TRESHOLD"]))
        if "TGL_LHR" in asked:
            told["TGL_LHR"] = "Sesuai" if asked["TGL_LHR"] == resident.birth_date else "Tidak Sesuai"
        return told


def _similar(given: str, name: str, threshold: int) -> str:
    alike = round(100 * SequenceMatcher(None, given.upper(), name.upper()).ratio())
    return f"Sesuai ({alike})" if alike >= threshold else "Tidak Sesuai"


def _refusal(state: str) -> Json:
    code, words = RESPONSES[state]
    return {"RESPONSE_CODE": code, "RESPON": words}


def _told(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)
